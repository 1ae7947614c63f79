import Testing
import VarveModel
import VarveQuery

/// What NaN, infinities, zeros and huge values do to a bucket.
@Suite struct SampleValueTests {
    private let nowNs: Int64 = 1_700_000_000_000_000_000

    private func row(_ values: [Double], unit: Unit = .none, statistics: Bool = false) throws -> [QueryResult.Value] {
        var snapshot = FakeSnapshot()
        snapshot.add("n", "x", rows: values.map { (nowNs, $0) })
        snapshot.series[0].pieces[0].hasStatistics = statistics
        let statement = "SELECT COUNT(x), SUM(x), AVG(x), MIN(x), MAX(x) FROM n SINCE 1m PERIOD 1h"
        let result = try QueryEngine.run(statement, on: snapshot, in: QueryContext(nowNs: nowNs))
        return result.rows.first.map { Array($0.dropFirst()) } ?? []
    }

    @Test("values that are not finite are no samples", arguments: [false, true])
    func notFinite(statistics: Bool) throws {
        let many: [Double] = [.nan, 1, .infinity, 2, -.infinity, 3, .nan, 4, 5, 6, .nan]
        #expect(
            try row(many, statistics: statistics) == [.integer(6), .number(21), .number(3.5), .number(1), .number(6)])
        #expect(try row([.nan, .infinity], statistics: statistics) == [])
        let one = try row([.infinity, 1], statistics: statistics)
        #expect(one == [.integer(1), .number(1), .number(1), .number(1), .number(1)])
    }

    @Test("a sum beyond the largest double has no value, the other aggregates have", arguments: [false, true])
    func overflow(statistics: Bool) throws {
        let huge = Double.greatestFiniteMagnitude
        #expect(
            try row([huge, huge], statistics: statistics) == [.integer(2), .null, .null, .number(huge), .number(huge)])
        #expect(try row([huge, huge, -huge], statistics: statistics)[1] == .number(huge))
    }

    @Test("a zero is +0.0 whichever came first", arguments: [[0.0, -0.0], [-0.0, 0.0], [-0.0]])
    func zeros(values: [Double]) throws {
        #expect("\(try row(values).dropFirst())".contains("-0.0") == false)
    }

    @Test("sums are exact before they are rounded")
    func exactness() throws {
        #expect(try row([1e16, 1, -1e16])[1] == .number(1))
        #expect(try row([Double](repeating: 0.1, count: 10))[1] == .number(1))
    }

    @Test("samples of different units are merged, and a notice says so")
    func units() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("n", "x", unit: .seconds, rows: [(nowNs, 1)])
        snapshot.add("n", "x", unit: .milliseconds, rows: [(nowNs, 3)])
        let result = try QueryEngine.run("SELECT AVG(x) FROM n", on: snapshot, in: QueryContext(nowNs: nowNs))
        #expect(result.series?.first?.values == [2])
        #expect(
            result.notices == [
                "\"x\" has samples in different units (Milliseconds, Seconds), merged without conversion"
            ])
    }
}
