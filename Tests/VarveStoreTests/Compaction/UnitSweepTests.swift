import Testing
import VarveBytes
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
    /// those or behind all of them, and so it does with the result. Units of one order have no row of the same time; so
    /// the result must not get the order of another unit with a time in common.
    private func isConsecutive(_ positions: [Int], of units: [Unit], withoutTiesOfMembers: Bool = false) -> Bool {
        let members = positions.map { units[$0] }
        let merged = UnitOrder(
            first: members.map(\.order.first).min() ?? 0, last: members.map(\.order.last).max() ?? 0)
        return units.indices.allSatisfy { index in
            if positions.contains(index) { return true }
            let other = units[index]
            let rivals = members.filter { $0.order != other.order && $0.overlaps(other) }
            let isTied = other.order == merged && !(withoutTiesOfMembers && other.isMember)
            return rivals.allSatisfy { !isTied && (other.order < $0.order) == (other.order < merged) }
        }
    }

    private func stretches(_ units: [Unit]) -> [[Int]] {
        var stretches: [[Int]] = []
        for index in units.indices where units[index].isMember {
            if let last = stretches.last, isConsecutive(last + [index], of: units, withoutTiesOfMembers: true) {
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

    @Test("of units whose ranges overlap in one order, hardly any stretch is not what the rule allows")
    func overlappingOrders() {
        var tornCount = 0
        for seed in 0..<UInt64(4_000) {
            var random = SplitMix64(seed: seed)
            var units = units(using: &random)
            for index in units.indices where Bool.random(using: &random) { units[index].ranges += units[0].ranges }
            let members = units.indices.filter { units[$0].isMember }
            var whole = sweep(units)
            #expect(whole.isConsecutive() == isConsecutive(members, of: units), "seed \(seed): \(units)")
            var parts = sweep(units)
            let found = parts.stretches()
            #expect(found.flatMap { $0 } == members, "seed \(seed)")
            let isAllowed = found.allSatisfy { isConsecutive($0, of: units, withoutTiesOfMembers: true) }
            if !isAllowed { tornCount += 1 }
        }
        // A plan asks for its own units once more.
        #expect(tornCount < 10)
    }

    /// Units as they may be in a store: of weeks that have settled, as patches and as windows.
    private func candidates(_ units: [Unit], using random: inout SplitMix64) -> [CompactionCandidate] {
        units.map { unit in
            let window = TimeRange(start: unit.ranges[0].start, end: unit.ranges[unit.ranges.count - 1].end)
            let isPatch = unit.ranges.count > 1
            let identity = SegmentIdentity(
                uuid: UUID16(high: random.next(), low: random.next()), storeUUID: UUID16(high: 1, low: 2),
                kind: .configuration, level: 2, window: window, isMultiWindow: isPatch, lsnFirst: unit.order.first,
                lsnLast: unit.order.last, createdNs: 0)
            let summary = SegmentSummary(
                identity: identity, firstTimestamp: window.start, lastTimestamp: window.end - 1, rowCount: 1,
                seriesCount: 1, byteCount: 1 << Int.random(in: 16...28, using: &random), fileCRC: 0)
            return CompactionCandidate(summary: summary, weeks: isPatch ? unit.ranges.map(\.start) : [])
        }
    }

    @Test("no plan tears the order of rows, whichever units are large and which are small")
    func plans() {
        var planCount = 0
        for seed in 0..<UInt64(6_000) {
            var random = SplitMix64(seed: seed)
            let week = Nanoseconds.perWeek
            let units = units(using: &random).map { unit in
                var unit = unit
                unit.ranges = unit.ranges.map { TimeRange(start: $0.start / 10 * week, end: $0.end / 10 * week) }
                return unit
            }
            let candidates = candidates(units, using: &random)
            let policy = CompactionPolicy(nowNs: 100 * week, freeBytes: .max)
            guard let plan = policy.decide(candidates) else { continue }
            planCount += 1
            let inputs = units.indices.filter { plan.inputs.contains(candidates[$0].summary.identity.uuid) }
            #expect(isConsecutive(inputs, of: units), "seed \(seed): \(plan.target), \(inputs) of \(units)")
        }
        #expect(planCount > 500)
    }

    @Test("a part of what may be merged is not merged where its first LSN would move it behind a patch")
    func suffix() {
        // Patches of flushes 1…5 have become one; of week 2 there are flushes 1, 2 and 5, of week 0 flush 4.
        let week = Nanoseconds.perWeek
        let weeks = (0..<3).map { TimeRange(start: $0 * week, end: ($0 + 1) * week) }
        func unit(_ lsn: UInt64, _ week: Int, isMember: Bool = true) -> Unit {
            Unit(order: UnitOrder(first: lsn, last: lsn), ranges: [weeks[week]], isMember: isMember)
        }
        let patch = Unit(order: UnitOrder(first: 1, last: 5), ranges: [weeks[0], weeks[1]], isMember: false)
        let units = [unit(1, 2), unit(2, 2), unit(4, 0), patch, unit(5, 2)]
        for first in 0..<3 {
            var part = units
            for index in 0..<first { part[index].isMember = false }
            let members = part.indices.filter { part[$0].isMember }
            var sweep = sweep(part)
            #expect(!isConsecutive(members, of: part))
            let isAllowed = sweep.isConsecutive()
            #expect(!isAllowed, "from \(first)")
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
