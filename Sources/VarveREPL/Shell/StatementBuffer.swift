/// Gathers lines until they make statements. A pure machine.
///
/// A statement ends at `;`, or at the end of a line when nothing is open or obviously missing. When more input is
/// already there (a pipe, text that was pasted), a line that begins with a clause word such as GROUP still belongs to
/// it. A line that ends with `\` goes on, an empty line ends everything.
package struct StatementBuffer: Sendable {
    private var pending = ""
    /// Whether `pending` was complete at its last line end and only waits for a look at the next line.
    private var isTentative = false

    package init() {}

    /// Whether lines of an unfinished statement are waiting.
    package var isEmpty: Bool { pending.isEmpty }
    /// The lines of the unfinished statement.
    package var text: String { pending }
    /// Whether the next line begins inside quotes.
    package var hasOpenQuote: Bool { !pending.isEmpty && StatementScan(pending).hasOpenQuote }

    /// Takes a line, without its line end, and gives the statements that are complete now, without `;`.
    /// - Parameter moreFollows: whether the next line is already there.
    package mutating func append(line: String, moreFollows: Bool) -> [String] {
        var statements: [String] = []
        if !StatementScan(line).continuesStatement { statements += finishIfComplete() }
        isTentative = false
        let isBlankLine = line.allSatisfy(\.isWhitespace)
        if pending.isEmpty, isBlankLine || line.hasPrefix("--") { return statements }
        let goesOn = line.hasSuffix("\\") && !line.hasSuffix("\\\\")
        pending += (pending.isEmpty ? "" : "\n") + (goesOn ? String(line.dropLast()) : line)
        statements += takeUpToSemicolons()
        if goesOn || pending.isEmpty { return statements }
        if isBlankLine { return statements + finish() }
        if StatementScan(pending).isComplete {
            if moreFollows { isTentative = true } else { statements += finish() }
        }
        return statements
    }

    /// What is left at the end of the input, complete or not.
    package mutating func finish() -> [String] {
        let rest = Self.trim(pending)
        clear()
        return rest.isEmpty ? [] : [rest]
    }

    /// The waiting statement, when it was complete at its line end.
    package mutating func finishIfComplete() -> [String] { isTentative ? finish() : [] }

    /// Forgets everything unfinished.
    package mutating func clear() {
        pending = ""
        isTentative = false
    }

    private mutating func takeUpToSemicolons() -> [String] {
        var statements: [String] = []
        while let offset = StatementScan(pending).firstSemicolon {
            let index = pending.utf8.index(pending.utf8.startIndex, offsetBy: offset)
            let statement = Self.trim(String(pending[..<index]))
            if !statement.isEmpty { statements.append(statement) }
            pending = String(pending[pending.utf8.index(after: index)...])
        }
        if pending.allSatisfy(\.isWhitespace) { pending = "" }
        return statements
    }

    private static func trim(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
    }
}
