import Testing
import VarveModel
import VarveQuery

@Suite struct ShowTests {
    private let snapshot: FakeSnapshot = {
        var snapshot = FakeSnapshot()
        snapshot.add("System/Linux", "usage", ["host": "b", "cpu": "1"], unit: .percent, rows: [])
        snapshot.add("System/Linux", "usage", ["host": "a", "cpu": "0"], unit: .percent, rows: [])
        snapshot.add("System/Linux", "load", ["host": "a"], rows: [])
        snapshot.add("App", "Load", rows: [])
        return snapshot
    }()

    private func run(_ statement: String) throws -> QueryResult {
        try QueryEngine.run(statement, on: snapshot, in: QueryContext(nowNs: 0))
    }

    private func texts(_ statement: String) throws -> [[String]] {
        try run(statement).rows.map { row in
            row.map { value in
                switch value {
                case .text(let text): text
                case .integer(let number): "\(number)"
                default: "?"
                }
            }
        }
    }

    @Test("namespaces and metrics are listed in order")
    func names() throws {
        #expect(try texts("SHOW NAMESPACES") == [["App"], ["System/Linux"]])
        #expect(
            try texts("SHOW METRICS") == [
                ["App", "Load", "1"], ["System/Linux", "load", "1"], ["System/Linux", "usage", "2"],
            ])
        #expect(try texts("SHOW METRICS FROM App") == [["App", "Load", "1"]])
        #expect(try run("SHOW METRICS FROM Apq").notices == ["there is no namespace \"Apq\"; did you mean \"App\"?"])
        #expect(try run("SHOW NAMESPACES").series == nil)
    }

    @Test("series are listed by metric, then by dimensions, and filtered")
    func series() throws {
        #expect(
            try texts("SHOW SERIES") == [
                ["App", "Load", "", "None"], ["System/Linux", "load", "host=a", "None"],
                ["System/Linux", "usage", "cpu=0, host=a", "Percent"],
                ["System/Linux", "usage", "cpu=1, host=b", "Percent"],
            ])
        #expect(try texts("SHOW SERIES FROM \"System/Linux\" WHERE host != 'b'").count == 2)
        #expect(
            try texts("SHOW SERIES FROM SCHEMA(\"System/Linux\", host)") == [
                ["System/Linux", "load", "host=a", "None"]
            ])
        #expect(try texts("SHOW SERIES LIMIT 3").count == 3)
        #expect(try run("SHOW SERIES LIMIT 3").notices == ["3 of 4 series shown; LIMIT n shows more"])
    }

    @Test("dimensions are listed with the number of their values")
    func dimensions() throws {
        #expect(try texts("SHOW DIMENSIONS FROM \"System/Linux\"") == [["cpu", "2"], ["host", "2"]])
        #expect(try texts("SHOW DIMENSIONS FROM SCHEMA(\"System/Linux\", host)") == [["host", "1"]])
        #expect(try texts("SHOW DIMENSIONS FROM App").isEmpty)
    }
}
