package import VarveJSON
package import VarveQuery
package import VarveStore

/// Where statements are answered: a database inside this process, or a server.
///
/// Owned by one thread; `cancellation` may be raised by another one or by a signal handler.
package protocol Session: AnyObject {
    /// The directory or address, for messages.
    var place: String { get }

    /// Runs one statement and waits for its answer.
    /// - Throws: with status `wrongInput` when the statement is wrong (and where), `failed` when the other side is.
    func run(_ statement: String, cancellation: CancellationFlag?) throws(Problem) -> QueryResult

    /// What could go on at the end of an unfinished statement; empty when nothing is known.
    func complete(_ unfinished: String) -> StatementCompletion

    /// Names and figures for `varve stats`, in the order to be printed.
    func statistics() throws(Problem) -> [StoreFigure]

    /// What the series come from: the largest `top` namespaces, metrics and dimension names.
    /// - Parameter top: 1 to 1 000.
    func cardinality(top: Int) throws(Problem) -> Cardinality

    /// Takes line protocol, complete lines only, and waits until it is durable.
    func write(lines: [UInt8]) throws(Problem) -> WriteOutcome

    /// Runs an operation on alarms, topics or events.
    /// - Throws: with status `wrongInput` what the operation refuses.
    func perform(_ operation: String, _ input: JSONValue) throws(Problem) -> JSONValue

    /// Releases the directory or the connection. Closing twice does nothing.
    func close()
}

/// Texts that can replace the end of a statement.
package struct StatementCompletion: Equatable, Sendable {
    /// Where the word that is being typed begins, UTF-8 bytes.
    package var replaceStart: Int
    /// As they must be written, quotes included.
    package var texts: [String]

    package init(replaceStart: Int, texts: [String]) {
        self.replaceStart = replaceStart
        self.texts = texts
    }
}

/// One line of `varve stats`.
package struct StoreFigure: Equatable, Sendable {
    package var name: String
    /// The exact value, for machines.
    package var value: QueryResult.Value
    /// The value as people read it.
    package var text: String

    package init(_ name: String, _ value: QueryResult.Value, text: String) {
        self.name = name
        self.value = value
        self.text = text
    }
}

/// What became of lines.
package struct WriteOutcome: Equatable, Sendable {
    /// Rows that are stored.
    package var rowCount = 0
    /// Lines refused, those beyond the list too.
    package var refusedCount = 0
    /// The first refused lines; their numbers count from 1 at the start of what was written.
    package var refused: [RefusedLine] = []

    package init(rowCount: Int = 0, refusedCount: Int = 0, refused: [RefusedLine] = []) {
        self.rowCount = rowCount
        self.refusedCount = refusedCount
        self.refused = refused
    }

    /// Refused lines that are listed at most: enough to see what is wrong.
    package static let refusedListedMax = 20
}

/// A line that was not stored.
package struct RefusedLine: Equatable, Sendable {
    package var lineNumber: Int
    /// Byte in the line, from 1; nil when the whole line is meant.
    package var column: Int?
    package var reason: String

    package init(lineNumber: Int, column: Int? = nil, reason: String) {
        self.lineNumber = lineNumber
        self.column = column
        self.reason = reason
    }
}
