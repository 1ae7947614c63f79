package import VarveQuery

/// Carries out what a ``Shell`` decides: runs statements, writes answers, keeps the history. Owned by one thread.
package final class ShellRunner {
    /// Gives `body` a flag that ends a running statement: raised by Ctrl-C.
    package typealias Cancelling = ((CancellationFlag) throws(Problem) -> QueryResult) throws(Problem) -> QueryResult

    private var shell: Shell
    private let session: any Session
    private let console: Console
    private let remember: (String) -> Void
    private let showPages: (String) -> Bool
    private let cancelling: Cancelling
    private var lastAnswer: QueryResult?
    /// The worst that happened, for scripts on a pipe.
    package private(set) var status = ExitStatus.ok

    /// - Parameters:
    ///   - remember: keeps a line in the history.
    ///   - showPages: shows text page by page when the terminal needs it; false leaves it to the console.
    package init(
        shell: Shell,
        session: any Session,
        console: Console,
        remember: @escaping (String) -> Void = { _ in },
        showPages: @escaping (String) -> Bool = { _ in false },
        cancelling: @escaping Cancelling = { (body) throws(Problem) in try body(CancellationFlag()) }
    ) {
        self.shell = shell
        self.session = session
        self.console = console
        self.remember = remember
        self.showPages = showPages
        self.cancelling = cancelling
    }

    package var prompt: String { shell.isContinuing ? "    -> " : "varve> " }
    package var unfinishedText: String { shell.unfinishedText }

    /// Takes a line and does what follows from it.
    /// - Returns: false when the shell is to end.
    package func take(line: String, moreFollows: Bool = false) -> Bool {
        perform(shell.take(line: line, moreFollows: moreFollows))
    }

    /// Does what is left at the end of the input.
    package func takeEnd() { _ = perform(shell.takeEnd()) }

    /// Forgets the unfinished statement.
    package func interrupt() { shell.interrupt() }

    private func perform(_ actions: [Shell.Action]) -> Bool {
        for action in actions {
            switch action {
            case .run(let statement, let historyEntry):
                if let historyEntry { remember(historyEntry) }
                run(statement)
            case .drawLastAnswer: drawLastAnswer()
            // On a pipe, standard output is for answers only.
            case .print(let text): console.outputIsTerminal ? console.print(text) : console.complain(text)
            case .complain(let reason):
                console.complain("varve: \(reason)\n")
                worsen(.wrongInput)
            case .remember(let line): remember(line)
            case .quit: return false
            }
        }
        return true
    }

    private func run(_ statement: String) {
        let startNs = console.nowNs()
        do throws(Problem) {
            let answer = try cancelling { (flag) throws(Problem) in
                try self.session.run(statement, cancellation: flag)
            }
            let elapsedNs = console.nowNs() - startNs
            lastAnswer = answer
            show(console.text(of: answer, format: shell.settings.format))
            worsen(console.showNotices(of: answer, format: shell.settings.format))
            if shell.settings.showsTiming { console.print("Time: \(ElapsedText.short(ns: elapsedNs))\n") }
        } catch {
            console.report(error, statement: statement)
            worsen(error.status)
        }
    }

    private func drawLastAnswer() {
        guard let lastAnswer else {
            console.complain("varve: \\chart: there is no answer yet; run a SELECT first\n")
            return worsen(.wrongInput)
        }
        guard lastAnswer.series != nil else {
            console.complain("varve: \\chart: the last answer is a list; run a SELECT first\n")
            return worsen(.wrongInput)
        }
        console.print(console.text(of: lastAnswer, format: .chart))
    }

    private func show(_ text: String) {
        if !showPages(text) { console.print(text) }
    }

    private func worsen(_ new: ExitStatus) {
        if new.rawValue > status.rawValue { status = new }
    }
}
