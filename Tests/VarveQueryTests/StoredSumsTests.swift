import Testing
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// Blocks that are cut by periods are summed up from the integers they store.
@Suite struct StoredSumsTests {
    private static let base = 2_900 * Nanoseconds.perWeek

    /// Rows as metrics have them: decimals that walk, sometimes with values that are no samples.
    private func rows(_ random: inout SplitMix64) -> [FakeSnapshot.Row] {
        let power = [1.0, 10, 100, 1000].randomElement(using: &random)!
        let isOdd = Bool.random(using: &random)
        let isRegular = Bool.random(using: &random)
        var number = Int.random(in: -2_000...2_000, using: &random)
        var time = Self.base
        return (0..<Int.random(in: 3_000...9_000, using: &random)).map { row in
            number += Int.random(in: -150...150, using: &random)
            time += (isRegular ? 10 : Int64.random(in: 1...20, using: &random)) * Nanoseconds.perSecond
            let isSpecial = isOdd && Int.random(in: 0..<200, using: &random) == 0
            let value = isSpecial ? [.nan, .infinity, -0.0].randomElement(using: &random)! : Double(number) / power
            return FakeSnapshot.Row(timestamp: time, value: value)
        }
    }

    @Test("answers from stored integers have the bits of answers from rows", arguments: 0..<10 as Range<UInt64>)
    func sameAnswers(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var names = FakeSnapshot()
        var stored: [SeriesID: [FakeSnapshot.Row]] = [:]
        for number in 0..<3 {
            let rows = rows(&random)
            names.add("n", "m", ["s": "\(number)"], rows: rows.map { ($0.timestamp, $0.value) })
            stored[SeriesID(rawValue: UInt32(number))] = rows
        }
        var segments = SegmentsSnapshot(names: names)
        try segments.add(stored, to: "rows", on: SimulatedFileSystem(), rollups: .none)
        let context = QueryContext(nowNs: Self.base)
        for period in ["1m", "5m", "7m", "1h", "100m", "1d"] {
            for columns in ["SUM(m), COUNT(m)", "AVG(m)", "MIN(m), MAX(m)"] {
                let since = Self.base + Int64.random(in: 0...30, using: &random) * Nanoseconds.perMinute
                let until = Self.base + Int64.random(in: 400...2_000, using: &random) * Nanoseconds.perMinute
                let group = Bool.random(using: &random) ? " GROUP BY s" : ""
                let statement = "SELECT \(columns) FROM n\(group) SINCE \(since) UNTIL \(until) PERIOD \(period)"
                let expected = try QueryEngine.run(statement, on: names, in: context)
                let answer = try QueryEngine.run(statement, on: segments, in: context)
                #expect(answer == expected, "seed \(seed): \(statement)")
                #expect(bits(answer) == bits(expected), "seed \(seed): \(statement)")
            }
        }
    }

    private func bits(_ result: QueryResult) -> [[UInt64]] { (result.series ?? []).map { $0.values.map(\.bitPattern) } }
}
