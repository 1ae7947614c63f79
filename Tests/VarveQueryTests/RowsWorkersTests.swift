import Testing
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// `SELECT *` divided among threads, and around chunks that overlap in time.
@Suite struct RowsWorkersTests {
    private static func context(workers: Int, samplesMax: Int = 1 << 20) -> QueryContext {
        var context = QueryContext(nowNs: RandomWorld.nowNs, samplesMax: samplesMax)
        context.workersMax = workers
        context.seriesPerWorkerMin = 1
        return context
    }

    @Test("answers do not depend on how many threads read them", arguments: 0..<20 as Range<UInt64>)
    func workers(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        // With several samples at one time, too.
        let snapshot = RandomWorld.snapshot(&random)
        for cut in 0..<4 as Range<UInt64> {
            let rows = RandomRows.rows(&random)
            let data = snapshot.cutAtRandom(seed: seed &* 31 &+ cut)
            let alone = try QueryEngine.run(.rows(rows), on: data, in: Self.context(workers: 1))
            for workers in 2...5 {
                let context = Self.context(workers: workers, samplesMax: workers == 5 ? 700 : 1 << 20)
                let answer = try QueryEngine.run(.rows(rows), on: data, in: context)
                #expect("\(answer)" == "\(alone)", "seed \(seed), cut \(cut), \(workers) workers: \(rows)")
            }
        }
    }

    @Test("rows of many sources come by time, then by source", arguments: [1, 2, 3])
    func manySources(workers: Int) throws {
        var random = SplitMix64(seed: 5)
        var snapshot = FakeSnapshot()
        var expected: [(time: Int64, host: Int, value: Double)] = []
        // More than a batch of sources, most of which have no row that is wanted.
        for host in 0..<700 {
            var times: Set<Int64> = []
            for _ in 0..<20 { times.insert(RandomWorld.nowNs - Int64.random(in: 1...40, using: &random)) }
            let rows = times.sorted().map { ($0, Double(Int.random(in: 0...99, using: &random))) }
            snapshot.add("n", "x", ["h": "\(host + 1_000)"], rows: rows)
            expected += rows.filter { $0.1 > 80 }.map { ($0.0, host, $0.1) }
        }
        let context = Self.context(workers: workers)
        let ascending = expected.sorted { ($0.time, $0.host) < ($1.time, $1.host) }
        let descending = expected.sorted { (-$0.time, $0.host) < (-$1.time, $1.host) }
        func cells(_ rows: some Sequence<(time: Int64, host: Int, value: Double)>) -> QueryRows {
            QueryRows(rows.map { [.time($0.time), .text("\($0.host + 1_000)"), .number($0.value)] })
        }
        let all = try QueryEngine.run("SELECT * FROM n WHERE x > 80", on: snapshot, in: context)
        #expect(all.rows == cells(ascending))
        for limit in [1, 7, 600, 1_500] {
            let statement = "SELECT * FROM n WHERE x > 80 ORDER BY time DESC LIMIT \(limit)"
            let some = try QueryEngine.run(statement, on: snapshot, in: context)
            #expect(some.rows == cells(descending.prefix(limit)), "\(statement)")
            #expect(some.notices == ["\(limit) of \(expected.count) rows shown (LIMIT)"])
        }
    }

    @Test("chunks that overlap are no reason to decode all of a source, samples at one time are")
    func overlaps() throws {
        let base = RandomWorld.nowNs - 100
        func piece(_ rows: [(Int64, Double)]) -> FakeSnapshot.Piece {
            FakeSnapshot.Piece(
                rows: rows.map { FakeSnapshot.Row(timestamp: base + $0.0, value: $0.1) }, hasStatistics: true)
        }
        func blocks(_ user: [FakeSnapshot.Piece]) throws -> (decoded: String, rows: QueryRows) {
            var snapshot = FakeSnapshot()
            snapshot.add("n", "user", rows: [])
            snapshot.add("n", "idle", rows: [])
            snapshot.series[0].pieces = user
            snapshot.series[1].pieces = [piece([(0, 5), (10, 6)]), piece([(20, 7), (30, 8)])]
            let statement = "SELECT * FROM n WHERE user > 90"
            let report = try QueryEngine.run("EXPLAIN ANALYZE \(statement)", on: snapshot, in: Self.context(workers: 1))
            let line = report.rows.first { $0[0] == .text("blocks decoded") }
            guard case .text(let count)? = line?[1] else { return ("", []) }
            return (count, try QueryEngine.run(statement, on: snapshot, in: Self.context(workers: 1)).rows)
        }
        let row: [QueryResult.Value] = [.time(base + 10), .number(6), .number(95)]
        // One of either metric.
        let distinct = try blocks([piece([(0, 1), (20, 2)]), piece([(10, 95), (30, 3)])])
        #expect(distinct.decoded == "2" && distinct.rows == [row])
        // The hit's block, and then all.
        let shared = try blocks([piece([(10, 1), (20, 2)]), piece([(10, 95), (30, 3)])])
        #expect(shared.decoded == "5")
        #expect(shared.rows == [[.time(base + 10), .null, .number(95)]])
    }

    @Test("what cannot be read is said once, however often it is met", arguments: [1, 3])
    func gaps(workers: Int) throws {
        var snapshot = FakeSnapshot()
        for host in 0..<6 {
            let rows = (0..<10).map { (RandomWorld.nowNs - 50 + $0, 95.0) }
            snapshot.add("n", "user", ["h": "\(host)"], rows: rows)
            snapshot.add("n", "idle", ["h": "\(host)"], rows: rows)
        }
        snapshot.decodeError = .corrupt(Corruption(path: "s1", offset: 7, detail: "bad"))
        var context = Self.context(workers: workers)
        context.acceptsGaps = true
        let answer = try QueryEngine.run("SELECT * FROM n WHERE user > 90", on: snapshot, in: context)
        #expect(answer.isPartial && answer.rows.isEmpty)
        #expect(answer.notices.count == 1 && answer.notices[0].hasPrefix("gap: up to 60 rows "), "\(answer.notices)")
    }
}
