import Testing
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

/// The machine behind reports against one that keeps everything.
@Suite struct ContributorReportTests {
    private static func key(_ text: String) -> ContributorKey { ContributorKey(texts: [NameKey(text)]) }

    private struct Event {
        var contributor: String
        var value: Double
        var slot: Int
    }

    private static func events(_ random: inout SplitMix64, contributors: Int, count: Int) -> [Event] {
        var slot = 0
        return (0..<count).map { _ in
            if Int.random(in: 0..<20, using: &random) == 0 { slot += Int.random(in: 1...3, using: &random) }
            // Squares: some contribute far more than others.
            let uniform = Double.random(in: 0..<1, using: &random)
            let value = Double(Int.random(in: -2...50, using: &random))
            return Event(contributor: "c\(Int(uniform * uniform * Double(contributors)))", value: value, slot: slot)
        }
    }

    @Test("with room for all contributors every figure is that of a naive computation")
    func exact() throws {
        try forEvery("seed", in: 1...(40 as UInt64)) { seed in
            var random = SplitMix64(seed: seed)
            let events = Self.events(&random, contributors: 30, count: Int.random(in: 0..<400, using: &random))
            for order in ContributorReport.Order.allCases {
                var report = ContributorReport(order: order, contributorsMax: 64)
                for event in events {
                    report.add(Contribution(key: Self.key(event.contributor), value: event.value), slot: event.slot)
                }
                report.finish()
                #expect(report.isExact && report.total == events.reduce(0) { $0 + $1.value })
                #expect(report.uniqueCount == Double(Set(events.map(\.contributor)).count))
                let bySlot = Dictionary(grouping: events, by: \.slot)
                #expect(report.points.map(\.slot) == bySlot.keys.sorted())
                for point in report.points { #expect(point == Self.point(bySlot[point.slot] ?? [], point.slot)) }
                let ranks = Dictionary(grouping: events, by: \.contributor).mapValues { Self.rank($0, order) }
                let expected = ranks.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
                #expect(report.largest(7) == expected.prefix(7).map { Self.key($0.key) }, "\(Trail.here), \(order)")
            }
        }
    }

    private static func sums(_ events: [Event], by key: (Event) -> String) -> [Double] {
        Dictionary(grouping: events, by: key).values.map { $0.reduce(0) { $0 + $1.value } }
    }

    private static func point(_ events: [Event], _ slot: Int) -> ContributorReport.Point {
        let values = events.map(\.value)
        return ContributorReport.Point(
            slot: slot, uniqueContributors: Double(Set(events.map(\.contributor)).count),
            maxContributorValue: sums(events, by: \.contributor).max() ?? 0, sampleCount: Double(events.count),
            sum: values.reduce(0, +), minimum: values.min() ?? 0, maximum: values.max() ?? 0)
    }

    private static func rank(_ events: [Event], _ order: ContributorReport.Order) -> Double {
        switch order {
        case .sum: events.reduce(0) { $0 + $1.value }
        case .maximum: sums(events, by: { "\($0.slot)" }).max() ?? 0
        }
    }

    @Test("a table that is too small keeps whoever has more than its share, with bounds that hold")
    func approximate() throws {
        try forEvery("seed", in: 1...(20 as UInt64)) { seed in
            var random = SplitMix64(seed: seed)
            let events = Self.events(&random, contributors: 400, count: 3_000)
            var counter = ContributorCounter(countMax: 40)
            var truth: [String: Double] = [:]
            for event in events {
                counter.add(Self.key(event.contributor), abs(event.value))
                truth[event.contributor, default: 0] += abs(event.value)
            }
            #expect(!counter.isExact && counter.entries.count == 40)
            let total = truth.values.reduce(0, +)
            #expect(counter.entries.reduce(0) { $0 + $1.value } == total, "values move between entries only")
            for entry in counter.entries {
                let value = truth[entry.key.texts[0].text] ?? 0
                #expect(entry.value - entry.excess <= value && value <= entry.value, "\(Trail.here)")
            }
            let kept = Set(counter.entries.map(\.key))
            for (name, value) in truth where value > total / 40 { #expect(kept.contains(Self.key(name)), "\(name)") }
        }
    }

    @Test("the largest values of periods are found although the table is too small")
    func raises() throws {
        try forEvery("seed", in: 1...(20 as UInt64)) { seed in
            var random = SplitMix64(seed: seed)
            var counter = ContributorCounter(countMax: 10)
            var truth: [String: Double] = [:]
            for _ in 0..<500 {
                let name = "c\(Int.random(in: 0..<100, using: &random))"
                let value = Double.random(in: 0..<1_000, using: &random)
                counter.raise(Self.key(name), to: value)
                truth[name] = max(truth[name] ?? 0, value)
            }
            let expected = truth.sorted { $0.value > $1.value }.prefix(10)
            #expect(counter.largest(10).map(\.key) == expected.map { Self.key($0.key) }, "\(Trail.here)")
        }
    }

    @Test("different keys are counted within 3 %")
    func distinct() {
        for count in [0, 1, 100, 5_000, 60_000] {
            var distinct = DistinctCount()
            for index in 0..<2 * count { distinct.add(Self.key("user-\(index / 2)")) }
            #expect(abs(distinct.estimate - Double(count)) <= 0.03 * Double(count), "\(count): \(distinct.estimate)")
        }
    }
}
