package import VarveQuery

/// Where a command writes, and what is at the other end.
package struct Console: Sendable {
    /// Takes text for standard output.
    package var print: @Sendable (String) -> Void
    /// Takes text for standard error.
    package var complain: @Sendable (String) -> Void
    /// Whether standard output is a terminal: only then are there colours, pages and progress.
    package var outputIsTerminal: Bool
    package var errorIsTerminal: Bool
    package var hasColour: Bool
    /// The terminal's size now; 80 × 24 when there is none.
    package var size: @Sendable () -> (columns: Int, lines: Int)
    package var zone: LocalZone
    /// Nanoseconds since 1970.
    package var nowNs: @Sendable () -> Int64

    package init(
        print: @escaping @Sendable (String) -> Void,
        complain: @escaping @Sendable (String) -> Void,
        outputIsTerminal: Bool = false,
        errorIsTerminal: Bool = false,
        hasColour: Bool = false,
        size: @escaping @Sendable () -> (columns: Int, lines: Int) = { (80, 24) },
        zone: LocalZone = .system,
        nowNs: @escaping @Sendable () -> Int64
    ) {
        self.print = print
        self.complain = complain
        self.outputIsTerminal = outputIsTerminal
        self.errorIsTerminal = errorIsTerminal
        self.hasColour = hasColour
        self.size = size
        self.zone = zone
        self.nowNs = nowNs
    }
}

extension Console {
    /// Prints a problem, and below it the wrong place of the statement when there is one.
    package func report(_ problem: Problem, statement: String? = nil) {
        complain(problem.line + "\n")
        guard let statement, let range = problem.statementRange else { return }
        let error = QueryError.invalid(message: "", offset: range.lowerBound, byteCount: range.count)
        // The first line is the message, which is printed already.
        for line in error.rendered(in: statement).split(separator: "\n") { complain(line + "\n") }
    }

    /// Prints an answer. Notices of the engine go to standard error, so that a pipe gets data only.
    /// - Returns: as ``showNotices(of:format:)``.
    package func show(_ result: QueryResult, format: OutputFormat) -> ExitStatus {
        print(text(of: result, format: format))
        return showNotices(of: result, format: format)
    }

    /// Prints what the engine has to say about an answer; in JSON it is part of the answer.
    /// - Returns: `wrongInput` when rows are missing from it, which is said in every format.
    package func showNotices(of result: QueryResult, format: OutputFormat) -> ExitStatus {
        if format != .json {
            for notice in result.notices { complain("note: \(PrintableText.escape(notice))\n") }
        }
        guard result.isPartial else { return .ok }
        let problem = Problem(
            .wrongInput, "query", "the answer is partial: rows that belong to it cannot be read",
            advice: "its notices say which; see varve verify and the server's /health")
        report(problem)
        return problem.status
    }

    /// The answer in a format.
    package func text(of result: QueryResult, format: OutputFormat) -> String {
        switch format {
        case .table: TableRenderer.render(result, nowNs: nowNs(), zone: zone)
        case .csv: CSVRenderer.render(result)
        case .json: JSONRenderer.render(result)
        case .chart: chart(of: result)
        }
    }

    /// Lists have no chart and are written as a table.
    private func chart(of result: QueryResult) -> String {
        guard result.series != nil else { return text(of: result, format: .table) }
        let size = size()
        return ChartRenderer.render(
            result, style: ChartStyle(columns: size.columns, lines: size.lines, hasColour: hasColour, zone: zone))
    }
}
