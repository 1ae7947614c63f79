import Synchronization
import VarveJSON
import VarveQuery
import VarveREPL
import VarveStore

/// 2026-11-22T00:10:00Z.
let testNowNs: Int64 = 1_795_306_200_000_000_000

/// A console that keeps what is written to it. Any thread.
final class RecordedConsole: Sendable {
    private let texts = Mutex<(out: String, errors: String)>(("", ""))

    var out: String { texts.withLock { $0.out } }
    var errors: String { texts.withLock { $0.errors } }

    func console(isTerminal: Bool = false, hasColour: Bool = false, columns: Int = 80, lines: Int = 24) -> Console {
        Console(
            print: { text in self.texts.withLock { $0.out += text } },
            complain: { text in self.texts.withLock { $0.errors += text } },
            outputIsTerminal: isTerminal, errorIsTerminal: isTerminal, hasColour: hasColour,
            size: { (columns, lines) }, zone: .utc, nowNs: { testNowNs }
        )
    }
}

/// Answers every statement from a table. Owned by one thread.
final class FakeSession: Session {
    let place = "fake"
    var answers: [String: QueryResult] = [:]
    var problem: Problem?
    private(set) var statements: [String] = []
    private(set) var written: [[UInt8]] = []
    var outcomes: [WriteOutcome] = []

    func run(_ statement: String, cancellation: CancellationFlag?) throws(Problem) -> QueryResult {
        statements.append(statement)
        if let problem { throw problem }
        return answers[statement] ?? QueryResult(columns: [], rows: [])
    }

    func complete(_ unfinished: String) -> StatementCompletion {
        StatementCompletion(replaceStart: unfinished.utf8.count, texts: [])
    }

    func statistics() throws(Problem) -> [StoreFigure] {
        [StoreFigure("series", .integer(1234), text: "1 234"), StoreFigure("oldest row", .null, text: "–")]
    }

    var cardinality = Cardinality()
    func cardinality(top: Int) throws(Problem) -> Cardinality { cardinality }

    func write(lines: [UInt8]) throws(Problem) -> WriteOutcome {
        written.append(lines)
        if let problem { throw problem }
        return outcomes.isEmpty ? WriteOutcome() : outcomes.removeFirst()
    }

    var operations: [(name: String, input: JSONValue)] = []
    var operationAnswers: [String: JSONValue] = [:]
    func perform(_ operation: String, _ input: JSONValue) throws(Problem) -> JSONValue {
        operations.append((operation, input))
        if let problem { throw problem }
        return operationAnswers[operation] ?? .object([])
    }

    func close() {}
}

extension QueryResult {
    /// Two hosts, three buckets of a minute, a hole in the second host's line.
    static let twoHosts = QueryResult(
        columns: [
            Column(name: "time", kind: .time), Column(name: "host", kind: .text),
            Column(name: "AVG(usage_user)", kind: .number),
        ],
        rows: [
            [.time(testNowNs - 120_000_000_000), .text("a"), .number(12.5)],
            [.time(testNowNs - 60_000_000_000), .text("a"), .number(1.0 / 3)],
            [.time(testNowNs), .text("a"), .number(99)],
            [.time(testNowNs - 120_000_000_000), .text("日本"), .number(.nan)],
            [.time(testNowNs), .text("日本"), .null],
        ],
        series: [
            Series(
                label: "a", groupValues: ["a"],
                timestamps: [testNowNs - 120_000_000_000, testNowNs - 60_000_000_000, testNowNs],
                values: [12.5, 1.0 / 3, 99]),
            Series(
                label: "日本", groupValues: ["日本"], timestamps: [testNowNs - 120_000_000_000, testNowNs],
                values: [.nan, 50]),
        ],
        periodNs: 60_000_000_000
    )
}
