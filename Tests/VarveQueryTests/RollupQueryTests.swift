import Synchronization
import Testing
import VarveIO
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// Goes on by a microsecond with every look.
private final class TickingClock: SystemClock {
    private let ticks = Atomic<Int64>(0)

    func wallNs() -> Int64 { monotonicNs() }
    func monotonicNs() -> Int64 { ticks.add(1_000, ordering: .relaxed).newValue }
}

@Suite struct RollupQueryTests {
    private static let hour = Nanoseconds.perHour
    /// A whole week since 1970.
    private static let base = 2_900 * Nanoseconds.perWeek
    private let disk = SimulatedFileSystem()

    private func value(_ random: inout SplitMix64, wild: Bool) -> Double {
        guard wild else { return Double(Int64(random.next() % 20_000) - 10_000) / 100 }
        switch random.next() % 40 {
        case 0: return .nan
        case 1: return -.infinity
        case 2: return .infinity
        case 3...6: return -0.0
        case 7: return .greatestFiniteMagnitude
        case 8: return .leastNonzeroMagnitude
        default: return Double(bitPattern: random.next() & 0xbfff_ffff_ffff_ffff)
        }
    }

    /// Rows of some series over two days, a few of them at equal times.
    private func rows(_ random: inout SplitMix64, series: Int) -> [FakeSnapshot.Row] {
        let count = Int.random(in: 1...3_000, using: &random)
        let stepNs = 2 * 48 * Self.hour / Int64(count)
        var time = Self.base - 3 * Self.hour + Int64.random(in: 0..<Self.hour, using: &random)
        let isWild = random.next() % 2 == 0
        return (0..<count).map { _ in
            time += random.next() % 20 == 0 ? 0 : Int64.random(in: 0..<stepNs, using: &random)
            return FakeSnapshot.Row(timestamp: time, value: value(&random, wild: isWild))
        }
    }

    private func add(
        _ layers: [[SeriesID: [FakeSnapshot.Row]]], to snapshot: inout SegmentsSnapshot, _ name: String,
        _ random: inout SplitMix64, rollups: RollupPolicy?
    ) throws {
        let policies: [RollupPolicy] = [
            .none, .standard, RollupPolicy(widths: [Self.hour], rowsPerBucketMin: 1),
            RollupPolicy(widths: [Nanoseconds.perMinute, 5 * Nanoseconds.perMinute, Self.hour], rowsPerBucketMin: 1),
            RollupPolicy(widths: [5 * Nanoseconds.perMinute, Self.hour], rowsPerBucketMin: 20),
        ]
        for (index, layer) in layers.enumerated() {
            let blockRows = Int.random(in: 1...700, using: &random)
            try snapshot.add(
                layer, to: "\(name)\(index)", on: disk, rollups: rollups ?? policies.randomElement(using: &random)!,
                blockRows: blockRows)
        }
    }

    private func statement(_ random: inout SplitMix64) -> String {
        let periods = ["1m", "5m", "10m", "7m", "1h", "2h", "90m", "6h", "1d", "1w", "13s"]
        let period = periods.randomElement(using: &random)!
        let since = Self.base + Int64.random(in: -6...40, using: &random) * Self.hour / 2
        let until = Self.base + Int64.random(in: 45...110, using: &random) * Self.hour / 2 + 1_234
        let columns = ["AVG(m)", "SUM(m), COUNT(m)", "MIN(m), MAX(m)", "AVG(m), MIN(m), MAX(m), SUM(m), COUNT(m)"]
        let group = Bool.random(using: &random) ? " GROUP BY s" : ""
        return "SELECT \(columns.randomElement(using: &random)!) FROM n\(group)"
            + " SINCE \(since) UNTIL \(until) PERIOD \(period)"
    }

    @Test("answers are the same to the last bit with and without rollups", arguments: 0..<12)
    func sameAnswers(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var names = FakeSnapshot()
        // Overlapping segments: late rows in the second one.
        var layers: [[SeriesID: [FakeSnapshot.Row]]] = [[:], [:], [:]]
        for number in 0..<4 {
            names.add("n", "m", ["s": "\(number)"], rows: [])
            for row in rows(&random, series: number) {
                let layer = random.next() % 10 == 0 ? 2 : row.timestamp < Self.base + 20 * Self.hour ? 0 : 1
                layers[layer][SeriesID(rawValue: UInt32(number)), default: []].append(row)
            }
        }
        var summed = SegmentsSnapshot(names: names)
        var plain = SegmentsSnapshot(names: names)
        try add(layers, to: &summed, "summed", &random, rollups: nil)
        try add(layers, to: &plain, "plain", &random, rollups: RollupPolicy.none)
        let context = QueryContext(nowNs: Self.base)
        for _ in 0..<12 {
            let statement = statement(&random)
            let expected = try QueryEngine.run(statement, on: plain, in: context)
            let answer = try QueryEngine.run(statement, on: summed, in: context)
            #expect(answer == expected, "seed \(seed): \(statement)")
            #expect(bits(answer) == bits(expected), "seed \(seed): \(statement)")
        }
    }

    private func bits(_ result: QueryResult) -> [[UInt64]] { (result.series ?? []).map { $0.values.map(\.bitPattern) } }

    @Test("EXPLAIN counts what comes from rollups, from statistics and from rows")
    func explain() throws {
        var names = FakeSnapshot()
        names.add("n", "m", rows: [])
        var snapshot = SegmentsSnapshot(names: names)
        let rows = (0..<8_640).map { (row: Int) in
            FakeSnapshot.Row(timestamp: Self.base + Int64(row) * 10 * Nanoseconds.perSecond, value: Double(row % 7))
        }
        try snapshot.add([SeriesID(rawValue: 0): rows], to: "day", on: disk, rollups: .standard)
        func sources(_ period: String) throws -> [String] {
            let statement = "EXPLAIN SELECT AVG(m) FROM n SINCE \(Self.base) UNTIL \(Self.base + 24 * Self.hour)"
            let result = try QueryEngine.run(
                "\(statement) PERIOD \(period)", on: snapshot, in: QueryContext(nowNs: Self.base))
            return result.rows.suffix(3).compactMap { if case .text(let text) = $0[1] { text } else { nil } }
        }
        #expect(try sources("1h") == ["8640", "0", "0"])
        #expect(try sources("6h") == ["8640", "0", "0"])
        // The last block, rows 8 192 to 8 639, begins after 22:30.
        #expect(try sources("90m") == ["0", "448", "8192"])
        #expect(try sources("5m") == ["0", "0", "8640"])
        #expect(try sources("1d") == ["0", "8640", "0"])
    }

    @Test("EXPLAIN ANALYZE runs the statement and tells what was read, and how long each stage took")
    func analyze() throws {
        var names = FakeSnapshot()
        names.add("n", "m", rows: [])
        var snapshot = SegmentsSnapshot(names: names)
        let rows = (0..<8_640).map { (row: Int) in
            FakeSnapshot.Row(timestamp: Self.base + Int64(row) * 10 * Nanoseconds.perSecond, value: Double(row % 7))
        }
        try snapshot.add([SeriesID(rawValue: 0): rows], to: "day", on: disk, rollups: .standard)
        func lines(_ statement: String, clock: (any SystemClock)? = nil) throws -> [String: String] {
            let context = QueryContext(nowNs: Self.base + 24 * Self.hour, clock: clock)
            let result = try QueryEngine.run("EXPLAIN ANALYZE \(statement)", on: snapshot, in: context)
            return Dictionary(
                uniqueKeysWithValues: result.rows.compactMap { row in
                    guard case .text(let item) = row[0], case .text(let value) = row[1] else { return nil }
                    return (item, value)
                })
        }
        let range = "SINCE \(Self.base) UNTIL \(Self.base + 24 * Self.hour)"
        let hours = try lines("SELECT AVG(m) FROM n \(range) PERIOD 1h")
        #expect(hours["samples from rollups"] == "8640" && hours["blocks decoded"] == "0" && hours["rows"] == "24")
        #expect(hours["segments"] == "1" && hours["series"] == "1" && hours["time"] == nil)
        let day = try lines("SELECT AVG(m) FROM n \(range) PERIOD 1d")
        #expect(day["blocks from statistics"] == "3" && day["samples from block statistics"] == "8640")
        // The median needs every sample; the latest one only the last block.
        let median = try lines("SELECT p50(m) FROM n \(range) PERIOD 1d")
        #expect(median["blocks decoded"] == "3" && median["samples decoded"] == "8640")
        #expect(median["bytes decoded"] == "138240" && median["rows"] == "1")
        let all = try lines("SELECT * FROM n WHERE m = 3 \(range)")
        #expect(all["blocks decoded"] == "3" && all["sources"] == "1" && all["rows"] == "1234")
        let timed = try lines("SELECT p50(m) FROM n \(range)", clock: TickingClock())
        for stage in ["planning", "finding blocks", "decoding", "aggregating", "answering"] {
            #expect(timed["time \(stage)"]?.hasSuffix(" ms") == true, "\(stage)")
        }
        #expect(timed["time"] != "0.000 ms")
    }
}
