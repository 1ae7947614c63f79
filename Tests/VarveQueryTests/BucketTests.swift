import Testing
import VarveModel
import VarveQuery
import VarveTestKit

@Suite struct BucketTests {
    private func grid(_ since: Int64, _ until: Int64, _ periodNs: Int64, open: Bool = false) -> [Int64]? {
        let grid = BucketGrid(since: since, until: until, isOpenEnded: open, periodNs: periodNs, countMax: 1_000)
        return grid.map { [$0.start, $0.end, Int64($0.count)] }
    }

    @Test("both ends are rounded down to multiples of the period; an open end keeps the bucket in progress")
    func rounding() {
        #expect(grid(0, 60, 60) == [0, 60, 1])
        #expect(grid(61, 299, 60) == [60, 240, 3])
        #expect(grid(61, 299, 60, open: true) == [60, 300, 4])
        #expect(grid(60, 300, 60, open: true) == [60, 360, 5])
        #expect(grid(61, 62, 60) == [60, 60, 0])
        #expect(grid(61, 62, 60, open: true) == [60, 120, 1])
        #expect(grid(-61, 1, 60) == [-120, 0, 2])
        #expect(grid(-1, 1, 60, open: true) == [-60, 60, 2])
        #expect(grid(0, 60_060, 60) == nil)
    }

    @Test("nothing traps at the ends of time")
    func endsOfTime() {
        #expect(grid(.min, .max, .max) == [-.max, .max, 2])
        #expect(grid(.min, .min + 1, .max, open: true) == [-.max, 0, 1])
        #expect(grid(.max - 5, .max, 60, open: true) == [.max - 7, .max - 7, 0])
        #expect(grid(.min, .min + 100, 60) == [.min + 8, .min + 68, 1])
        #expect(grid(.min, .max, 1 << 62) == [.min, 1 << 62, 3])
        #expect(grid(.min, .max, 1 << 62, open: true) == [.min, 1 << 62, 3])
    }

    private func result(_ rows: [(Int64, Double)], _ clauses: String, nowNs: Int64) throws -> [Int64: Double] {
        var snapshot = FakeSnapshot()
        snapshot.add("n", "x", rows: rows)
        let context = QueryContext(nowNs: nowNs)
        let result = try QueryEngine.run("SELECT COUNT(x) FROM n \(clauses)", on: snapshot, in: context)
        let series = try #require(result.series?.first)
        return Dictionary(uniqueKeysWithValues: zip(series.timestamps, series.values))
    }

    @Test("buckets are half-open")
    func halfOpen() throws {
        let rows: [(Int64, Double)] = [(-1, 1), (0, 1), (59_999_999_999, 1), (60_000_000_000, 1), (120_000_000_000, 1)]
        let clauses = "SINCE 1970-01-01 UNTIL 1970-01-01T00:02:00Z PERIOD 1m"
        #expect(try result(rows, clauses, nowNs: 0) == [0: 2, 60_000_000_000: 1])
        let before = "SINCE 1969-12-31T23:59:01Z UNTIL 1970-01-01T00:01:59Z PERIOD 1m"
        #expect(try result(rows, before, nowNs: 0) == [-60_000_000_000: 1, 0: 2])
    }

    @Test("a sample of this very moment is seen by default, and with UNTIL now")
    func now() throws {
        let nowNs: Int64 = 1_700_000_000_123_456_789
        #expect(try result([(nowNs, 1)], "", nowNs: nowNs).values.first == 1)
        #expect(try result([(nowNs, 1)], "SINCE 1h UNTIL now PERIOD 1d", nowNs: nowNs).values.first == 1)
        #expect(try result([(nowNs - 1, 1)], "SINCE 1h UNTIL 1s PERIOD 10s", nowNs: nowNs).isEmpty)
    }

    @Test("samples and ranges near the ends of time are answered")
    func farTimes() throws {
        let rows: [(Int64, Double)] = [(.min, 1), (.min + 1, 1), (-1, 1), (0, 1), (.max - 1, 1), (.max, 1)]
        let clauses = "SINCE 1677-09-21T00:12:43.145224192Z UNTIL 2262-04-11T23:47:16.854775807Z"
        // 4 611 686 018 427 387 904 ns = 2^62: four buckets from −2^63, of which the last does not end in range.
        let quarters = try result(rows, "\(clauses) PERIOD 4611686018427387904ns", nowNs: 0)
        #expect(quarters == [.min: 2, -(1 << 62): 1, 0: 1])
        #expect(try result(rows, clauses, nowNs: 0).values.reduce(0, +) >= 2)
        #expect(try result(rows, "SINCE 292w", nowNs: .min + 1).count <= 1)
        #expect(try result(rows, "SINCE 292w", nowNs: .max).values.reduce(0, +) <= 2)
    }

    @Test("a range without a whole period says so")
    func noWholePeriod() throws {
        let context = QueryContext(nowNs: 0)
        let statement = "SELECT AVG(x) FROM n SINCE 2026-11-22T10:00:00Z UNTIL 2026-11-22T10:59:59Z PERIOD 1h"
        let result = try QueryEngine.run(statement, on: FakeSnapshot(), in: context)
        #expect(
            result.notices.last
                == "no whole period of 1h ends by 2026-11-22T10:59:59Z; take a later UNTIL, a shorter PERIOD,"
                + " or leave out UNTIL")
    }

    @Test(
        "an empty range is an error at SINCE or UNTIL",
        arguments: [
            ("SINCE «now»", "the range is empty: SINCE 1970-01-01T00:00:00Z is not before now 1970-01-01T00:00:00Z"),
            (
                "UNTIL 2h SINCE «1h»",
                "the range is empty: SINCE 1969-12-31T23:00:00Z is not before UNTIL 1969-12-31T22:00:00Z"
            ),
        ])
    func emptyRange(marked: String, message: String) throws {
        let statement = "SELECT AVG(x) FROM n " + marked.filter { !"«»".contains($0) }
        let error = #expect(throws: QueryError.self) {
            try QueryEngine.run(statement, on: FakeSnapshot(), in: QueryContext(nowNs: 0))
        }
        let prefix = "SELECT AVG(x) FROM n " + marked.prefix { $0 != "«" }
        let place = marked.drop { $0 != "«" }.dropFirst().prefix { $0 != "»" }
        #expect(error == .invalid(message: message, offset: prefix.utf8.count, byteCount: place.utf8.count))
    }

    @Test(
        "the default period is the shortest round one with at most 200 buckets",
        arguments: [
            ("3h", "1m"), ("15m", "5s"), ("200s", "1s"), ("201s", "5s"), ("1h", "30s"), ("1d", "15m"), ("16h", "5m"),
            ("7d", "1h"), ("30d", "6h"), ("455d", "1w"), ("200w", "1w"), ("401w", "3w"), ("1ns", "1s"),
        ])
    func defaultPeriod(range: String, period: String) throws {
        let context = QueryContext(nowNs: 1_700_000_000_000_000_000)
        let result = try QueryEngine.run("SELECT AVG(x) FROM n SINCE \(range)", on: FakeSnapshot(), in: context)
        #expect(result.periodNs == DurationText.parse(period))
    }
}
