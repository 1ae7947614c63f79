import Testing
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// Statistics, arithmetic, HAVING and LAST in statements.
@Suite struct StatisticQueryTests {
    private static let minute = Nanoseconds.perMinute
    /// A whole minute.
    private static let base: Int64 = 1_700_000_040 * Nanoseconds.perSecond
    private let context = QueryContext(nowNs: base + 2 * minute - 1)

    /// Minute 0: a 1 to 10, b 100. Minute 1: a 20.
    private let snapshot: FakeSnapshot = {
        var snapshot = FakeSnapshot()
        let rows = (1...10).map { (base + Int64($0), Double($0)) } + [(base + minute, 20)]
        snapshot.add("App", "latency", ["host": "a"], rows: rows)
        snapshot.add("App", "latency", ["host": "b"], rows: [(base + 5, 100)])
        snapshot.add("App", "errors", ["host": "a"], rows: [(base + 1, 1), (base + 2, 1), (base + minute, 0)])
        return snapshot
    }()

    private func cells(_ statement: String, samplesMax: Int = 1_000) throws -> [[QueryResult.Value]] {
        let context = QueryContext(nowNs: context.nowNs, samplesMax: samplesMax)
        let result = try QueryEngine.run("\(statement) SINCE now - 2m PERIOD 1m", on: snapshot, in: context)
        return result.rows.map { Array($0.dropFirst()) }
    }

    @Test("statistics are exact, and merge the samples of a group")
    func statistics() throws {
        #expect(
            try cells("SELECT p50(latency), p90(latency), IQM(latency), COUNT(latency) FROM App WHERE host = 'a'") == [
                [.number(5), .number(9), .number(5.5), .integer(10)],
                [.number(20), .number(20), .number(20), .integer(1)],
            ])
        #expect(
            try cells("SELECT p100(latency), p50(latency) FROM App") == [
                [.number(100), .number(6)], [.number(20), .number(20)],
            ])
        #expect(
            try cells(
                "SELECT TM(latency, 10%:90%), TC(latency, 2:5), PR(latency, :5), WM(latency, 20%:), ts90(latency)"
                    + " FROM App WHERE host = 'a'")[0]
                == [.number(5.5), .number(3), .number(50), .number(5.8), .number(45)])
    }

    @Test("a statistic without a value is null")
    func noValue() throws {
        #expect(
            try cells("SELECT COUNT(latency), TM(latency, 500:600) FROM App WHERE host = 'b'") == [
                [.integer(1), .null]
            ])
        // With nothing else there is no row.
        #expect(try cells("SELECT TM(latency, 500:600) FROM App") == [])
    }

    @Test("LAST is the latest sample, of several at that time the largest; it counts over series")
    func last() throws {
        #expect(
            try cells("SELECT LAST(latency) FROM App GROUP BY host") == [
                [.text("a"), .number(10)], [.text("a"), .number(20)], [.text("b"), .number(100)],
            ])
        #expect(
            try cells("SELECT LAST(latency), MAX(latency), COUNT(latency) FROM App") == [
                [.number(10), .number(100), .integer(11)], [.number(20), .number(20), .integer(1)],
            ])
        var snapshot = FakeSnapshot()
        snapshot.add("n", "x", rows: [(1, 7), (9, 5), (9, 6), (9, -1), (10, .nan), (11, -.infinity)])
        let result = try QueryEngine.run(
            "SELECT LAST(x) FROM n SINCE 1970-01-01", on: snapshot, in: QueryContext(nowNs: 100))
        #expect(result.series?.map(\.values) == [[6]])
    }

    @Test("LAST alone, without PERIOD, is one row per group with the time of its latest sample")
    func latest() throws {
        let query = "SELECT LAST(latency), LAST(errors) FROM App GROUP BY host"
        let result = try QueryEngine.run(query, on: snapshot, in: context)
        #expect(
            result.rows == [
                [.time(Self.base + Self.minute), .text("a"), .number(20), .number(0)],
                [.time(Self.base + 5), .text("b"), .number(100), .null],
            ])
        #expect(result.series?.first?.timestamps == [Self.base + Self.minute])
        // A sample of this very moment counts, one at UNTIL does not.
        let now = QueryContext(nowNs: Self.base + 5)
        #expect(
            try QueryEngine.run("SELECT LAST(latency) FROM App WHERE host = 'b'", on: snapshot, in: now).rows.count == 1
        )
        let until = "SELECT LAST(latency) FROM App UNTIL \(Self.base + 5)"
        #expect(try QueryEngine.run(until, on: snapshot, in: context).rows.map { $0[1] } == [.number(4)])
        // With anything else there are periods.
        let mixed = try QueryEngine.run(
            "SELECT LAST(latency), MAX(latency) FROM App SINCE 2m", on: snapshot, in: context)
        #expect(mixed.rows.count > 1)
    }

    @Test("the latest sample is taken from statistics, and decoded where these do not tell it")
    func latestBlocks() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("n", "x", rows: (0..<100).map { (Self.base + $0, Double($0)) })
        snapshot.series[0].pieces = (0..<10).map { piece in
            FakeSnapshot.Piece(
                rows: Array(snapshot.series[0].rows[(10 * piece)..<(10 * piece + 10)]), hasStatistics: true)
        }
        var result = try QueryEngine.run("EXPLAIN ANALYZE SELECT LAST(x) FROM n", on: snapshot, in: context)
        #expect(result.rows.contains([.text("blocks decoded"), .text("0")]))
        #expect(try QueryEngine.run("SELECT LAST(x) FROM n", on: snapshot, in: context).series?.map(\.values) == [[99]])
        // With PERIOD, only the blocks that may hold the latest sample of a period are decoded.
        result = try QueryEngine.run("EXPLAIN ANALYZE SELECT LAST(x) FROM n PERIOD 1h", on: snapshot, in: context)
        #expect(result.rows.contains([.text("blocks decoded"), .text("1")]))
        // An infinity at the end is no sample: the one before it is.
        snapshot.series[0].pieces[9].rows[9].value = .infinity
        result = try QueryEngine.run("EXPLAIN ANALYZE SELECT LAST(x) FROM n", on: snapshot, in: context)
        #expect(result.rows.contains([.text("blocks decoded"), .text("1")]))
        #expect(try QueryEngine.run("SELECT LAST(x) FROM n", on: snapshot, in: context).series?.map(\.values) == [[98]])
    }

    @Test("IN and NOT IN choose among values, those without the key fall to NOT IN")
    func membership() throws {
        func hosts(_ condition: String) throws -> [[QueryResult.Value]] {
            try cells("SELECT MAX(latency) FROM App WHERE \(condition) GROUP BY host")
        }
        let all = try hosts("host != 'z'")
        #expect(try hosts("host IN ('a', 'b', 'b', 'c')") == all && hosts("host NOT IN ('c')") == all)
        #expect(try hosts("host IN ('b')") == [[.text("b"), .number(100)]])
        #expect(try hosts("host NOT IN ('a', 'c')") == [[.text("b"), .number(100)]])
        #expect(try hosts("host IN ('a', 'b') AND host IN ('b', 'c')") == [[.text("b"), .number(100)]])
        #expect(try hosts("rack IN ('a')") == [] && hosts("rack NOT IN ('a')") == all)
        #expect(try hosts("AWS.AccountId IN ('1')") == [])
        let rows = try QueryEngine.run(
            "SELECT * FROM App WHERE host IN ('b') AND latency > 1", on: snapshot, in: context)
        #expect(rows.rows.count == 1)
    }

    @Test("arithmetic is done bucket by bucket; nothing comes of a missing value or a division by zero")
    func arithmetic() throws {
        #expect(
            try cells(
                "SELECT 100 * SUM(errors) / COUNT(latency), -MIN(latency) + 2, SUM(errors) FROM App WHERE host = 'a'")
                == [[.number(20), .number(1), .number(2)], [.number(0), .number(-18), .number(0)]])
        #expect(
            try cells("SELECT COUNT(latency) / SUM(errors), COUNT(latency) FROM App WHERE host = 'a'")
                == [[.number(5), .integer(10)], [.null, .integer(1)]])
        #expect(try cells("SELECT SUM(errors) + COUNT(latency) FROM App WHERE host = 'b'") == [])
        let result = try QueryEngine.run(
            "SELECT (MAX(latency) - MIN(latency)) / 2 FROM App GROUP BY host SINCE 2m PERIOD 1m", on: snapshot,
            in: context)
        #expect(result.columns.map(\.name) == ["time", "host", "(MAX(latency) - MIN(latency)) / 2"])
        #expect(result.series?.map(\.values) == [[4.5, 0], [0]])
    }

    @Test("HAVING keeps the rows that satisfy all conditions, on aggregates shown or not")
    func having() throws {
        let query = "SELECT SUM(latency) FROM App GROUP BY host"
        #expect(
            try cells("\(query) HAVING MAX(latency) >= 20") == [
                [.text("a"), .number(20)], [.text("b"), .number(100)],
            ])
        #expect(try cells("\(query) HAVING MAX(latency) >= 20 AND COUNT(errors) > 0") == [[.text("a"), .number(20)]])
        #expect(try cells("\(query) HAVING p90(latency) - p10(latency) > 5") == [[.text("a"), .number(55)]])
        #expect(try cells("\(query) HAVING SUM(errors) / SUM(errors) != 7") == [[.text("a"), .number(55)]])
        #expect(
            try cells("\(query) HAVING COUNT(latency) = 1 ORDER BY MAX() DESC LIMIT 1") == [[.text("b"), .number(100)]])
        // A group without rows is no result.
        let none = try QueryEngine.run("\(query) HAVING MAX(latency) > 1000 SINCE 2m", on: snapshot, in: context)
        #expect(none.series == [] && none.rows == [])
    }

    @Test("ORDER BY takes every function")
    func order() throws {
        let query = "SELECT MAX(latency) FROM App GROUP BY host"
        func hosts(_ order: String) throws -> [String] {
            let result = try QueryEngine.run(
                "\(query) ORDER BY \(order) SINCE 2m PERIOD 1m", on: snapshot, in: context)
            return result.series?.map(\.label) ?? []
        }
        // Points: a 10, 20; b 100.
        #expect(try hosts("p50() DESC") == ["b", "a"])
        #expect(try hosts("LAST()") == ["a", "b"])
        #expect(try hosts("TC(5:15) DESC") == ["a", "b"])
        // b has no point in the range: last in either direction.
        #expect(try hosts("TM(5:15) DESC") == ["a", "b"] && hosts("TM(5:15)") == ["a", "b"])
    }

    @Test(
        "more samples than may be held are worked on by groups, then by periods; a period that is too large is refused")
    func budget() throws {
        let query = "SELECT p50(latency), COUNT(errors), IQM(errors) FROM App GROUP BY host"
        let whole = try cells(query)
        #expect(whole.count == 3)
        for samplesMax in 12...15 { #expect(try cells(query, samplesMax: samplesMax) == whole, "\(samplesMax)") }
        let error = #expect(throws: QueryError.self) { try cells(query, samplesMax: 11) }
        #expect(
            error
                == .limit(
                    message: "a period of 1m has more than 11 samples, the limit of percentiles and other statistics"
                        + " that need all of them; take a shorter PERIOD or more GROUP BY keys"))
        // Nothing needs to be held for these.
        #expect(try cells("SELECT AVG(latency), LAST(latency) FROM App", samplesMax: 0).count == 2)
    }

    @Test("damage ends the statement; with gaps accepted it is left out and said once, also after a second try")
    func gaps() throws {
        var broken = snapshot
        let place = Corruption(path: "s1", offset: 7, detail: "bad")
        broken.decodeError = .corrupt(place)
        #expect(throws: QueryError.store(.corrupt(place))) {
            try QueryEngine.run("SELECT p50(latency) FROM App", on: broken, in: context)
        }
        var accepting = context
        accepting.acceptsGaps = true
        let result = try QueryEngine.run("SELECT p50(latency) FROM App", on: broken, in: accepting)
        #expect(result.rows.isEmpty && result.notices.count == 1)
    }
}
