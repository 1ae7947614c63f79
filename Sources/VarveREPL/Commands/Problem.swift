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
    /// Rows of a write that stopped here which are stored all the same.
    package var storedRowCount = 0

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
            case .invalidStatement, .invalidStatistic, .invalidSample, .invalidOption, .invalidAlarm, .unknownAlarm,
                .limitExceeded, .cancelled, .notADatabase, .corrupt:
                .wrongInput
            case .inUse, .newerFormat, .keysNeeded, .disk, .readOnly, .outcomeUnknown, .overloaded, .closed: .failed
            }
        self.init(
            status, error.place ?? (error.statementRange == nil ? "database" : "query"), error.message,
            advice: error.advice, statementRange: error.statementRange
        )
    }

    /// A failure of a statement.
    package init(_ error: QueryError) { self.init(DatabaseError(error)) }
}
