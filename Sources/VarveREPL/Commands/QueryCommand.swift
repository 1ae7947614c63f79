import VarveQuery

/// `varve query`: one or more statements, answers on standard output or in a file.
package enum QueryCommand {
    /// What is done with answers.
    package struct Options: Equatable, Sendable {
        package var view: AnswerView
        /// A file for the answer, instead of standard output.
        package var output: String?
        /// Sets the answer beside the one of that long ago, nanoseconds.
        package var shiftNs: Int64?

        package init(view: AnswerView = AnswerView(), output: String? = nil, shiftNs: Int64? = nil) {
            self.view = view
            self.output = output
            self.shiftNs = shiftNs
        }
    }

    /// Runs the statements of `text` one after the other, up to the first that fails.
    /// - Returns: `wrongInput` also when an answer is partial; it is printed all the same.
    package static func run(_ text: String, options: Options, session: any Session, console: Console) -> ExitStatus {
        let statements = statements(of: text)
        guard !statements.isEmpty else {
            return refuse("there is no statement", advice: "see varve query --help", console)
        }
        if options.output != nil, statements.count > 1 {
            return refuse(
                "--output takes one statement, not \(statements.count)", advice: "write one file for each", console)
        }
        var worst = ExitStatus.ok
        for statement in statements {
            do throws(Problem) {
                let status = try run(one: statement, options, session, console)
                if status != .ok { worst = status }
            } catch {
                console.report(error, statement: statement)
                return error.status
            }
        }
        return worst
    }

    private static func statements(of text: String) -> [String] {
        var buffer = StatementBuffer()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let complete = lines.indices.flatMap { buffer.append(line: lines[$0], moreFollows: $0 + 1 < lines.count) }
        return complete + buffer.finish()
    }

    private static func refuse(_ why: String, advice: String, _ console: Console) -> ExitStatus {
        console.report(Problem(.usage, "query", why, advice: advice))
        return .usage
    }

    private static func run(
        one statement: String, _ options: Options, _ session: any Session, _ console: Console
    ) throws(Problem) -> ExitStatus {
        // Before anything is asked, which may take long.
        if let output = options.output { try AnswerFile.check(output) }
        let answer = try Interrupts.cancelling { (flag) throws(Problem) -> Answer in
            guard let shiftNs = options.shiftNs else { return Answer(try session.run(statement, cancellation: flag)) }
            return try Comparison.run(statement, shiftNs: shiftNs, on: session, cancellation: flag)
        }
        guard let output = options.output else { return console.show(answer, as: options.view) }
        let done = try AnswerFile.write(
            answer, to: output, title: statement, chart: options.view.chart, zone: console.zone)
        console.complain(PrintableText.escape(done) + "\n")
        return console.showNotices(of: answer.result, format: .table)
    }
}
