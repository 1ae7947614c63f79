import Testing
import VarveExchange
import VarveJSON
import VarveModel
import VarveQuery

@Suite struct ExchangeTests {
    @Test("an answer survives the way over the wire exactly")
    func roundTrips() throws {
        let answer = QueryResult(
            columns: [
                .init(name: "time", kind: .time), .init(name: "cpu", kind: .text), .init(name: "AVG(x)", kind: .number),
                .init(name: "n", kind: .integer),
            ],
            rows: [
                [.time(1_700_000_000_123_456_789), .text("cpu\"0"), .number(0.1), .integer(3)],
                [.null, .null, .null, .null],
            ],
            series: [.init(label: "a", groupValues: ["a"], timestamps: [1, 2], values: [0.5, -3])],
            periodNs: 30_000_000_000,
            range: TimeRange(start: -5, end: 7),
            notices: ["a \"quoted\" notice"]
        )
        var writer = JSONWriter()
        answer.write(to: &writer)
        #expect(try QueryResult(json: JSONReader.read(writer.bytes)) == answer)
    }

    @Test(
        "an answer of another program is refused by naming the member",
        arguments: [
            (#"{}"#, "columns"), (#"{"columns":[]}"#, "rows"),
            (#"{"columns":[{"name":"a","kind":"x"}],"rows":[]}"#, "columns"),
            (#"{"columns":[{"name":"a","kind":"time"}],"rows":[["b"]]}"#, "rows"),
            (#"{"columns":[],"rows":[],"series":[1]}"#, "series"),
            (#"{"columns":[],"rows":[],"range":{"start":2,"end":1}}"#, "range"),
        ])
    func refusesOthers(text: String, member: String) throws {
        let json = try JSONReader.read(Array(text.utf8))
        #expect(throws: ExchangeError(member: member)) { try QueryResult(json: json) }
    }
}
