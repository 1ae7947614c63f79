/// What the backslash commands change.
package struct ShellSettings: Equatable, Sendable {
    package var view: AnswerView
    package var showsTiming = false
    /// A duration or time for statements without SINCE; empty for the engine's own default.
    package var since = ""

    package init(view: AnswerView = AnswerView()) { self.view = view }

    /// `statement` with the default for SINCE put in, when it is a SELECT that says nothing about its beginning.
    package func applied(to statement: String) -> String {
        guard !since.isEmpty else { return statement }
        let scan = StatementScan(statement)
        guard scan.firstWord == "SELECT" || scan.firstWord == "EXPLAIN", !scan.hasOpenQuote,
            scan.firstOffset(ofWords: ["SINCE"]) == nil
        else { return statement }
        // SINCE comes before UNTIL and PERIOD, else at the end.
        guard let offset = scan.firstOffset(ofWords: ["UNTIL", "PERIOD"]) else { return "\(statement) SINCE \(since)" }
        let index = statement.utf8.index(statement.utf8.startIndex, offsetBy: offset)
        return "\(statement[..<index])SINCE \(since) \(statement[index...])"
    }
}
