package import Varve
package import VarveQuery

/// How a command ended, for the shell that started it: Docs/CommandLine.md, "Exit codes".
package enum ExitStatus: Int32, Sendable {
    case ok = 0
    /// The data or the query is wrong.
    case wrongInput = 1
    /// The command was called wrongly.
    case usage = 2
    /// The server or the disk failed.
    case failed = 3
}

/// Why a command stopped. Printed as `varve: what: why; what to do`.
package struct Problem: Error, Equatable, Sendable {
    package var status: ExitStatus
    /// What could not be done, or to what: a path, an address, "query".
    package var what: String
    package var why: String
    package var advice: String?
    /// Place in the statement, in UTF-8 bytes, when a statement is wrong.
    package var statementRange: Range<Int>?

    package init(
        _ status: ExitStatus, _ what: String, _ why: String, advice: String? = nil, statementRange: Range<Int>? = nil
    ) {
        self.status = status
        self.what = what
        self.why = why
        self.advice = advice
        self.statementRange = statementRange
    }

    /// One line without a line feed.
    package var line: String {
        PrintableText.escape("varve: \(what): \(why)" + (advice.map { "; \($0)" } ?? ""))
    }
}

extension Problem {
    /// A failure of the embedded database.
    package init(_ error: DatabaseError) {
        let status: ExitStatus =
            switch error.code {
            case .invalidStatement, .invalidSample, .limitExceeded, .cancelled, .notADatabase, .corrupt: .wrongInput
            case .inUse, .newerFormat, .disk, .readOnly, .outcomeUnknown, .overloaded, .closed: .failed
            }
        self.init(
            status, error.place ?? (error.statementRange == nil ? "database" : "query"), error.message,
            advice: error.advice, statementRange: error.statementRange
        )
    }

    /// A failure of a statement.
    package init(_ error: QueryError) { self.init(DatabaseError(error)) }
}

/// A wrong place in a statement, shown under it.
package enum CaretText {
    /// The line of `statement` that holds `range` and a line of `^` below the place; nil when the place is not inside.
    package static func render(statement: String, range: Range<Int>) -> String? {
        let bytes = Array(statement.utf8)
        guard range.lowerBound >= 0, range.lowerBound <= bytes.count else { return nil }
        let isLineFeed: (UInt8) -> Bool = { $0 == UInt8(ascii: "\n") }
        let start = bytes[..<range.lowerBound].lastIndex(where: isLineFeed).map { $0 + 1 } ?? 0
        let end = bytes[range.lowerBound...].firstIndex(where: isLineFeed) ?? bytes.count
        let marked = range.lowerBound..<max(range.lowerBound, min(range.upperBound, end))
        let text = { (part: Range<Int>) in PrintableText.escape(String(decoding: bytes[part], as: UTF8.self)) }
        let indent = String(repeating: " ", count: DisplayWidth.of(text(start..<range.lowerBound)))
        let carets = String(repeating: "^", count: max(1, DisplayWidth.of(text(marked))))
        return "  \(text(start..<end))\n  \(indent)\(carets)\n"
    }
}
