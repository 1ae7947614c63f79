/// `varve query`: one or more statements, answers on standard output.
package enum QueryCommand {
    /// Runs the statements of `text` one after the other, up to the first that fails.
    /// - Returns: `wrongInput` also when an answer is partial; it is printed all the same.
    package static func run(_ text: String, format: OutputFormat, session: any Session, console: Console) -> ExitStatus
    {
        var buffer = StatementBuffer()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let complete = lines.indices.flatMap { buffer.append(line: lines[$0], moreFollows: $0 + 1 < lines.count) }
        let statements = complete + buffer.finish()
        guard !statements.isEmpty else {
            console.report(Problem(.usage, "query", "there is no statement", advice: "see varve query --help"))
            return .usage
        }
        var worst = ExitStatus.ok
        for statement in statements {
            do throws(Problem) {
                let answer = try Interrupts.cancelling { (flag) throws(Problem) in
                    try session.run(statement, cancellation: flag)
                }
                let status = console.show(answer, format: format)
                if status != .ok { worst = status }
            } catch {
                console.report(error, statement: statement)
                return error.status
            }
        }
        return worst
    }
}
