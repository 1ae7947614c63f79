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
    /// Whether nobody reads standard output any more: what repeats itself ends then.
    package var outputIsClosed: @Sendable () -> Bool

    package init(
        print: @escaping @Sendable (String) -> Void,
        complain: @escaping @Sendable (String) -> Void,
        outputIsTerminal: Bool = false,
        errorIsTerminal: Bool = false,
        hasColour: Bool = false,
        size: @escaping @Sendable () -> (columns: Int, lines: Int) = { (80, 24) },
        zone: LocalZone = .system,
        nowNs: @escaping @Sendable () -> Int64,
        outputIsClosed: @escaping @Sendable () -> Bool = { false }
    ) {
        self.print = print
        self.complain = complain
        self.outputIsTerminal = outputIsTerminal
        self.errorIsTerminal = errorIsTerminal
        self.hasColour = hasColour
        self.size = size
        self.zone = zone
        self.nowNs = nowNs
        self.outputIsClosed = outputIsClosed
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
    package func show(_ answer: Answer, as view: AnswerView) -> ExitStatus {
        print(text(of: answer, as: view))
        return showNotices(of: answer.result, format: view.format)
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
        text(of: Answer(result), as: AnswerView(format))
    }

    /// The answer as it is to be seen.
    package func text(of answer: Answer, as view: AnswerView) -> String {
        switch view.format {
        case .table: table(of: answer, as: view)
        case .csv: CSVRenderer.render(answer.document)
        case .json: JSONRenderer.render(answer.document)
        case .chart: chart(of: answer, view.chart)
        }
    }

    private func table(of answer: Answer, as view: AnswerView) -> String {
        if view.hasSparklines, answer.comparison == nil,
            let lines = SparklineTable.render(answer.result, zone: zone, columnsMax: size().columns)
        {
            return lines
        }
        return TableRenderer.render(answer.result, nowNs: nowNs(), zone: zone)
    }

    /// Lists have no chart and are written as a table.
    private func chart(of answer: Answer, _ kind: ChartKind) -> String {
        guard answer.result.series != nil else { return text(of: answer, as: AnswerView(.table)) }
        let size = size()
        return ChartRenderer.render(
            answer, kind: kind,
            style: ChartStyle(columns: size.columns, lines: size.lines, hasColour: hasColour, zone: zone))
    }
}
