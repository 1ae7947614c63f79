import Testing
import VarveModel
import VarveStore
import VarveTestKit

/// Which units may become one, against the rule itself (Docs/Design/0002-no-sequence-column.md).
@Suite struct UnitSweepTests {
    private struct Unit {
        var order: UnitOrder
        var ranges: [TimeRange]
        var isMember: Bool

        func overlaps(_ other: Unit) -> Bool {
            ranges.contains { range in other.ranges.contains { $0.start < range.end && range.start < $0.end } }
        }
    }

    /// The rule as the design says it: any other unit with a time in common with some of them stands before all of
    /// those or behind all of them, and so it does with the result.
    private func isConsecutive(_ positions: [Int], of units: [Unit]) -> Bool {
        let members = positions.map { units[$0] }
        let merged = UnitOrder(
            first: members.map(\.order.first).min() ?? 0, last: members.map(\.order.last).max() ?? 0)
        return units.indices.allSatisfy { index in
            if positions.contains(index) { return true }
            let other = units[index]
            let rivals = members.filter { $0.order != other.order && $0.overlaps(other) }
            return rivals.allSatisfy { (other.order < $0.order) == (other.order < merged) }
        }
    }

    private func stretches(_ units: [Unit]) -> [[Int]] {
        var stretches: [[Int]] = []
        for index in units.indices where units[index].isMember {
            if let last = stretches.last, isConsecutive(last + [index], of: units) {
                stretches[stretches.count - 1].append(index)
            } else {
                stretches.append([index])
            }
        }
        return stretches
    }

    private func sweep(_ units: [Unit]) -> UnitSweep {
        UnitSweep(units.map { UnitSweep.Entry(order: $0.order, ranges: $0.ranges, isMember: $0.isMember) })
    }

    /// Flushes and merges of some windows; those of one order have no time in common.
    private func units(using random: inout SplitMix64) -> [Unit] {
        var units: [Unit] = []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let last = UInt64.random(in: 1...6, using: &random)
            let order = UnitOrder(first: UInt64.random(in: 1...last, using: &random), last: last)
            guard !units.contains(where: { $0.order == order }) else { continue }
            var windows = Array(0..<6).shuffled(using: &random)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let own = windows.prefix(Int.random(in: 1...2, using: &random))
                windows.removeFirst(own.count)
                let ranges = own.sorted().map { TimeRange(start: Int64($0) * 10, end: Int64($0) * 10 + 10) }
                units.append(Unit(order: order, ranges: ranges, isMember: Bool.random(using: &random)))
            }
        }
        return units.sorted { $0.order < $1.order }
    }

    @Test("the sweep agrees with the rule, for one set of units and in stretches")
    func agrees() {
        for seed in 0..<UInt64(4_000) {
            var random = SplitMix64(seed: seed)
            let units = units(using: &random)
            let members = units.indices.filter { units[$0].isMember }
            var whole = sweep(units)
            #expect(whole.isConsecutive() == isConsecutive(members, of: units), "seed \(seed): \(units)")
            var parts = sweep(units)
            #expect(parts.stretches() == stretches(units), "seed \(seed): \(units)")
        }
    }

    @Test("many small units of one window cost a step each, not their square", arguments: [0, 1, 2])
    func cost(form: Int) {
        let count = 4_000
        let window = TimeRange(start: 0, end: 1_000)
        let later = TimeRange(start: 1_000, end: 2_000)
        let units = (0..<count).map { (number: Int) -> Unit in
            // All of them; every other one of a later window; every other one in the way.
            let isMember = form == 0 || number % 2 == 0
            let range = form == 1 && !isMember ? later : window
            let lsn = UInt64(number)
            return Unit(order: UnitOrder(first: lsn, last: lsn), ranges: [range], isMember: isMember)
        }
        var parts = sweep(units)
        let found = parts.stretches()
        #expect(found.count == (form == 2 ? count / 2 : 1))
        #expect(parts.stepCount <= 4 * count)
        var whole = sweep(units)
        #expect(whole.isConsecutive() == (form != 2))
        #expect(whole.stepCount <= 4 * count)
    }
}
