import Testing
import VarveModel
import VarveQuery
import VarveStore

/// The example with which the semantics of Metrics Insights are usually explained: samples merge, averages weigh
/// samples, series without the key fall into `Other`.
@Suite struct WorkedExampleTests {
    private static let minute = Nanoseconds.perMinute
    /// A whole minute.
    private static let base: Int64 = 1_700_000_040 * Nanoseconds.perSecond
    private let context = QueryContext(nowNs: base + 3 * minute - 1)

    private static func at(_ minute: Int64, _ value: Double, times count: Int = 1) -> [(Int64, Double)] {
        (0..<count).map { (base + minute * Self.minute + Int64($0), value) }
    }

    private let snapshot: FakeSnapshot = {
        var snapshot = FakeSnapshot()
        snapshot.add("App", "Load", rows: at(0, 100) + at(2, 200))
        snapshot.add("App", "Load", ["Team": "A"], rows: at(0, 2, times: 3) + at(0, 8) + at(1, 6))
        snapshot.add("App", "Load", ["Team": "B"], rows: at(0, 20) + at(2, 40, times: 2))
        snapshot.add("App", "Load", ["Team": "A", "Zone": "west"], rows: at(0, 50, times: 2) + at(1, 10))
        snapshot.add("App", "Load", ["Team": "A", "Zone": "east"], rows: at(1, 30, times: 3))
        snapshot.add("App", "Load", ["Zone": "west"], rows: at(0, 70))
        return snapshot
    }()

    /// Points by label; nil stands for no point.
    private func points(_ statement: String) throws -> [String: [Double?]] {
        let result = try QueryEngine.run("\(statement) SINCE now - 3m PERIOD 1m", on: snapshot, in: context)
        var points: [String: [Double?]] = [:]
        for series in result.series ?? [] {
            let values = Dictionary(uniqueKeysWithValues: zip(series.timestamps, series.values))
            points[series.label] = (0..<3).map { values[Self.base + $0 * Self.minute] }
        }
        return points
    }

    @Test("AVG over everything weighs samples")
    func average() throws {
        #expect(try points("SELECT AVG(Load) FROM App") == ["AVG(Load)": [304.0 / 9, 21.2, 280.0 / 3]])
    }

    @Test("GROUP BY puts series without the key into Other")
    func grouped() throws {
        #expect(
            try points("SELECT AVG(Load) FROM App GROUP BY Team")
                == ["A": [19, 21.2, nil], "B": [20, nil, 40], "Other": [85, nil, 200]])
        #expect(
            try points("SELECT AVG(Load) FROM App GROUP BY Team, Zone") == [
                "A Other": [3.5, 6, nil], "A east": [nil, 30, nil], "A west": [50, 10, nil], "B Other": [20, nil, 40],
                "Other Other": [100, nil, 200], "Other west": [70, nil, nil],
            ])
    }

    @Test("the other aggregates")
    func others() throws {
        let result = try points("SELECT COUNT(Load), SUM(Load), MIN(Load), MAX(Load) FROM App GROUP BY Team")
        #expect(result["A COUNT(Load)"] == [6, 5, nil])
        #expect(result["A SUM(Load)"] == [114, 106, nil])
        #expect(result["A MIN(Load)"] == [2, 6, nil])
        #expect(result["A MAX(Load)"] == [50, 30, nil])
        #expect(result["Other COUNT(Load)"] == [2, nil, 1])
    }

    @Test("FROM SCHEMA takes series with exactly these dimensions")
    func schema() throws {
        #expect(try points("SELECT AVG(Load) FROM SCHEMA(App)") == ["AVG(Load)": [100, nil, 200]])
        #expect(try points("SELECT AVG(Load) FROM SCHEMA(App, Zone, Team)") == ["AVG(Load)": [50, 25, nil]])
        #expect(
            try points("SELECT COUNT(Load) FROM SCHEMA(App, Team) GROUP BY Team") == [
                "A": [4, 1, nil], "B": [1, nil, 2],
            ])
    }

    @Test("= needs the key, != does not")
    func conditions() throws {
        #expect(try points("SELECT SUM(Load) FROM App WHERE Team = 'A'") == ["SUM(Load)": [114, 106, nil]])
        #expect(try points("SELECT SUM(Load) FROM App WHERE Team != 'A'") == ["SUM(Load)": [190, nil, 280]])
        #expect(
            try points("SELECT SUM(Load) FROM App WHERE Team != 'A' AND Zone = 'west'") == [
                "SUM(Load)": [70, nil, nil]
            ])
        #expect(
            try points(
                "SELECT SUM(Load) FROM App WHERE AWS.AccountId = CURRENT_ACCOUNT_ID() AND Team = 'B' GROUP BY"
                    + " AWS.AccountId"
            )
                == ["000000000001": [20, nil, 80]])
        #expect(try points("SELECT SUM(Load) FROM App WHERE AWS.AccountId = '1'") == ["SUM(Load)": [nil, nil, nil]])
    }

    private func labels(_ statement: String) throws -> [String] {
        let result = try QueryEngine.run("\(statement) SINCE 3m PERIOD 1m", on: snapshot, in: context)
        return (result.series ?? []).map(\.label)
    }

    @Test("ORDER BY ranks series by an aggregate of their points, LIMIT cuts")
    func ordering() throws {
        let query = "SELECT SUM(Load) FROM App GROUP BY Team"
        #expect(try labels(query) == ["A", "B", "Other"])
        // Points: A 114, 106; B 20, 80; Other 170, 200.
        #expect(try labels("\(query) ORDER BY SUM() DESC") == ["Other", "A", "B"])
        #expect(try labels("\(query) ORDER BY MIN()") == ["B", "A", "Other"])
        #expect(try labels("\(query) ORDER BY MAX() ASC LIMIT 2") == ["B", "A"])
        #expect(try labels("\(query) ORDER BY COUNT()") == ["A", "B", "Other"])
        #expect(try labels("\(query) ORDER BY AVG() DESC LIMIT 1") == ["Other"])
        #expect(try labels("\(query) LIMIT 2") == ["A", "B"])
        #expect(try labels("SELECT SUM(Load) FROM App ORDER BY SUM()") == ["SUM(Load)"])
    }

    @Test("the table has time, keys and aggregates; rows go by series, then by time")
    func table() throws {
        let statement = "SELECT COUNT(Load), AVG(Load) FROM App WHERE Team != 'B' GROUP BY Team SINCE 3m PERIOD 1m"
        let result = try QueryEngine.run(statement, on: snapshot, in: context)
        #expect(result.columns.map(\.name) == ["time", "Team", "COUNT(Load)", "AVG(Load)"])
        #expect(result.columns.map(\.kind) == [.time, .text, .integer, .number])
        #expect(
            result.rows == [
                [.time(Self.base), .text("A"), .integer(6), .number(19)],
                [.time(Self.base + Self.minute), .text("A"), .integer(5), .number(21.2)],
                [.time(Self.base), .text("Other"), .integer(2), .number(85)],
                [.time(Self.base + 2 * Self.minute), .text("Other"), .integer(1), .number(200)],
            ])
        #expect(result.periodNs == Self.minute)
        #expect(result.range == TimeRange(start: Self.base - Self.minute, end: Self.base + 3 * Self.minute))
    }

    @Test("two metrics in one statement share buckets; a missing value is null")
    func twoMetrics() throws {
        var snapshot = snapshot
        snapshot.add("App", "Errors", ["Team": "B"], rows: Self.at(1, 5))
        let statement = "SELECT SUM(Load), SUM(Errors) FROM App WHERE Team = 'B' SINCE 3m PERIOD 1m"
        let result = try QueryEngine.run(statement, on: snapshot, in: context)
        #expect(
            result.rows == [
                [.time(Self.base), .number(20), .null], [.time(Self.base + Self.minute), .null, .number(5)],
                [.time(Self.base + 2 * Self.minute), .number(80), .null],
            ])
        #expect(result.series?.map(\.label) == ["SUM(Load)", "SUM(Errors)"])
        #expect(result.series?[1].values == [5])
    }

    @Test("without a match: one empty series, with GROUP BY none; a notice says why")
    func noMatch() throws {
        let unknown = try QueryEngine.run("SELECT AVG(Lod) FROM App", on: snapshot, in: context)
        #expect(unknown.rows.isEmpty && unknown.series?.map(\.values) == [[]])
        #expect(unknown.notices == ["\"App\" has no metric \"Lod\"; did you mean \"Load\"?"])
        let grouped = try QueryEngine.run("SELECT AVG(Load) FROM Ap GROUP BY Team", on: snapshot, in: context)
        #expect(grouped.series == [])
        #expect(grouped.notices == ["there is no namespace \"Ap\"; did you mean \"App\"?"])
        let tag = try QueryEngine.run("SELECT AVG(Load) FROM App GROUP BY tag.env SINCE 3m", on: snapshot, in: context)
        #expect(tag.series?.map(\.label) == ["Other"])
        #expect(tag.notices == ["tag.env: resource tags are not kept, so every series lacks this key"])
    }

    @Test("EXPLAIN tells the plan without decoding samples")
    func explain() throws {
        var unreadable = snapshot
        unreadable.decodeError = .closed
        let result = try QueryEngine.run(
            "EXPLAIN SELECT AVG(Load) FROM App GROUP BY Team SINCE 3m PERIOD 1m", on: unreadable, in: context)
        #expect(result.rows.contains([.text("series"), .text("6")]))
        #expect(result.rows.contains([.text("groups"), .text("3")]))
        #expect(result.rows.contains([.text("periods"), .text("4")]))
        #expect(result.rows.contains([.text("samples to decode"), .text("17")]))
    }
}
