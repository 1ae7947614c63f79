import Synchronization
import Testing
import VarveModel
import VarveQuery
import VarveStore

@Suite struct QueryLimitsTests {
    private let context = QueryContext(nowNs: 1_700_000_000_000_000_000)

    @Test("limits fit each other")
    func relations() {
        #expect(QueryLimits.bucketsMax <= QueryLimits.cellsPerTurn)
        #expect(QueryLimits.bucketsMax <= QueryLimits.resultRowsMax)
        #expect(QueryLimits.bucketsMax < Int(Int32.max))
        #expect(QueryLimits.defaultBucketsMax * QueryLimits.seriesReturnedDefault <= QueryLimits.resultRowsMax)
        #expect(QueryLimits.defaultBucketsMax * QueryLimits.aggregatesMax <= QueryLimits.cellsPerTurn)
    }

    @Test("too many buckets are refused with the number and what to do")
    func buckets() {
        let error = #expect(throws: QueryError.self) {
            try QueryEngine.run("SELECT AVG(x) FROM n SINCE 1d PERIOD 1ms", on: FakeSnapshot(), in: context)
        }
        #expect(
            error
                == .limit(
                    message:
                        "the range has about 86400000 periods of 1ms, the limit is 100800 periods per series;"
                        + " take a longer"
                        + " PERIOD or a shorter range"))
    }

    @Test("too many buckets times metrics are refused")
    func cells() {
        let list = (0..<6).map { "AVG(m\($0))" }.joined(separator: ", ")
        let error = #expect(throws: QueryError.self) {
            try QueryEngine.run("SELECT \(list) FROM n SINCE 100000s PERIOD 1s", on: FakeSnapshot(), in: context)
        }
        #expect(error?.description.contains("100001 periods of 6 metrics are 600006 values per group") == true)
    }

    @Test("more groups than fit one turn give the same answer as few")
    func turns() throws {
        var snapshot = FakeSnapshot()
        let names = (0..<40).map { "h\($0 + 10)" }
        for (index, name) in names.enumerated() {
            snapshot.add(
                "n", "x", ["host": name], rows: [(context.nowNs - 5, Double(index % 20)), (context.nowNs - 1, 1)])
        }
        // 86 401 buckets: six groups a turn.
        let clauses = "GROUP BY host ORDER BY MAX() DESC LIMIT 3 SINCE 1d PERIOD 1s"
        let result = try QueryEngine.run("SELECT MAX(x) FROM n \(clauses)", on: snapshot, in: context)
        #expect(result.series?.map(\.label) == ["h29", "h49", "h28"])
        #expect(result.notices == ["3 of 40 series shown (LIMIT)"])
        let first = try QueryEngine.run(
            "SELECT MAX(x) FROM n GROUP BY host LIMIT 9 SINCE 1d PERIOD 1s", on: snapshot, in: context)
        #expect(first.series?.map(\.label) == Array(names.prefix(9)))
        #expect(first.notices == ["9 of more series shown (LIMIT)"])
    }

    @Test("without LIMIT 500 series are returned, with LIMIT as many, and never more than the caller allows")
    func seriesLimit() throws {
        var snapshot = FakeSnapshot()
        for index in 0..<510 { snapshot.add("n", "x", ["host": "\(index)"], rows: [(context.nowNs, 1)]) }
        var strict = context
        strict.seriesReturnedMax = 500
        for (clause, count) in [("", 500), ("LIMIT 501", 501), ("LIMIT 99999999999999999999", 510)] {
            let statement = "SELECT AVG(x) FROM n GROUP BY host \(clause)"
            let result = try QueryEngine.run(statement, on: snapshot, in: context)
            #expect(result.series?.count == count && result.notices.isEmpty == (count == 510))
            let cut = try QueryEngine.run(statement, on: snapshot, in: strict)
            #expect(cut.series?.count == 500 && cut.notices.count == 1)
        }
    }

    @Test("a raised flag ends the scan at the next chunk")
    func cancellation() {
        var context = context
        let flag = CancellationFlag()
        context.cancellation = flag
        var snapshot = FakeSnapshot()
        for index in 0..<10 { snapshot.add("n", "x", ["i": "\(index)"], rows: [(context.nowNs, 1)]) }
        let chunks = Mutex(0)
        snapshot.onChunk = {
            chunks.withLock { count in
                count += 1
                if count == 3 { flag.raise() }
            }
        }
        #expect(throws: QueryError.cancelled) { try QueryEngine.run("SELECT AVG(x) FROM n", on: snapshot, in: context) }
        #expect(chunks.withLock { $0 } == 3)
        #expect(throws: QueryError.cancelled) { try QueryEngine.run("SHOW SERIES", on: snapshot, in: context) }
    }

    @Test("an error of the store comes through")
    func storeError() {
        var snapshot = FakeSnapshot()
        snapshot.add("n", "x", rows: [(context.nowNs, 1)])
        let place = Corruption(path: "s1", offset: 7, detail: "bad")
        snapshot.scanError = .corrupt(place)
        #expect(throws: QueryError.store(.corrupt(place))) {
            try QueryEngine.run("SELECT AVG(x) FROM n", on: snapshot, in: context)
        }
    }
}
