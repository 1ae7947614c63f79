import VarveModel
package import VarveQuery

/// Carries out what a ``Shell`` decides: runs statements, writes answers, keeps the history. Owned by one thread.
package final class ShellRunner {
    /// Runs `body` with a flag that ends a running statement: raised by Ctrl-C.
    package typealias Cancelling =
        @Sendable (
            (CancellationFlag) throws(Problem) -> Answer
        ) throws(Problem) -> Answer

    private var shell: Shell
    private let session: any Session
    private let console: Console
    private let remember: (String) -> Void
    private let showPages: (String) -> Bool
    private let cancelling: Cancelling
    private let pause: (_ ns: Int64) -> Pause
    private var last: (statement: String, answer: Answer)?
    /// The worst that happened, for scripts on a pipe.
    package private(set) var status = ExitStatus.ok

    /// - Parameters:
    ///   - remember: keeps a line in the history.
    ///   - showPages: shows text page by page when the terminal needs it; false leaves it to the console.
    ///   - pause: waits between the answers of `\watch`.
    package init(
        shell: Shell,
        session: any Session,
        console: Console,
        remember: @escaping (String) -> Void = { _ in },
        showPages: @escaping (String) -> Bool = { _ in false },
        cancelling: @escaping Cancelling = { (body) throws(Problem) in try body(CancellationFlag()) },
        pause: @escaping (_ ns: Int64) -> Pause = Pause.wait
    ) {
        self.shell = shell
        self.session = session
        self.console = console
        self.remember = remember
        self.showPages = showPages
        self.cancelling = cancelling
        self.pause = pause
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
            case .watch(let intervalNs, let statement): watch(statement, intervalNs: intervalNs)
            case .compare(let shiftNs, let statement): compare(statement, shiftNs: shiftNs)
            case .export(let path): export(path)
            case .print(let text): say(text)
            case .complain(let reason): refuse(reason)
            case .remember(let line): remember(line)
            case .quit: return false
            }
        }
        return true
    }

    // MARK: Statements

    private func run(_ statement: String) {
        ask(statement) { (flag) throws(Problem) in Answer(try self.session.run(statement, cancellation: flag)) }
    }

    private func compare(_ wanted: String?, shiftNs: Int64) {
        guard let statement = wanted ?? last?.statement else {
            return refuse("\\compare: there is no statement yet; write one behind it, or run one first")
        }
        ask(statement) { (flag) throws(Problem) in
            try Comparison.run(statement, shiftNs: shiftNs, on: self.session, cancellation: flag)
        }
    }

    private func ask(_ statement: String, _ body: (CancellationFlag) throws(Problem) -> Answer) {
        let startNs = MonotonicClock.nowNs()
        do throws(Problem) {
            let answer = try cancelling(body)
            let elapsedNs = MonotonicClock.nowNs() - startNs
            last = (statement, answer)
            show(console.text(of: answer, as: shell.settings.view))
            worsen(console.showNotices(of: answer.result, format: shell.settings.view.format))
            if shell.settings.showsTiming { say("Time: \(ElapsedText.short(ns: elapsedNs))\n") }
        } catch {
            console.report(error, statement: statement)
            worsen(error.status)
        }
    }

    private func watch(_ wanted: String?, intervalNs: Int64) {
        guard let statement = wanted ?? last?.statement else {
            return refuse("\\watch: there is no statement yet; write one behind it, or run one first")
        }
        let watch = Watch(statement: statement, intervalNs: intervalNs, view: shell.settings.view, console: console)
        do throws(Problem) {
            let (session, cancelling) = (session, cancelling)
            let answer = try watch.run(pause: pause) { () throws(Problem) in
                try cancelling { (flag) throws(Problem) in Answer(try session.run(statement, cancellation: flag)) }
            }
            if let answer { last = (statement, answer) }
        } catch {
            console.report(error, statement: statement)
            worsen(error.status)
        }
    }

    // MARK: The last answer

    private func drawLastAnswer() {
        guard let last else { return refuse("\\chart: there is no answer yet; run a SELECT first") }
        guard last.answer.result.series != nil else {
            return refuse("\\chart: the last answer is a list; run a SELECT first")
        }
        var view = shell.settings.view
        view.format = .chart
        console.print(console.text(of: last.answer, as: view))
    }

    private func export(_ path: String) {
        guard let last else { return refuse("\\export: there is no answer yet; run a statement first") }
        do throws(Problem) {
            let home = Console.environment("HOME") ?? "~"
            let place = path.hasPrefix("~/") ? home + path.dropFirst() : path
            let done = try AnswerFile.write(
                last.answer, to: place, title: last.statement, chart: shell.settings.view.chart, zone: console.zone)
            say(PrintableText.escape(done) + "\n")
        } catch {
            console.report(error)
            worsen(error.status)
        }
    }

    // MARK: Output

    private func show(_ text: String) {
        if !showPages(text) { console.print(text) }
    }

    /// On a pipe, standard output is for answers only.
    private func say(_ text: String) { console.outputIsTerminal ? console.print(text) : console.complain(text) }

    private func refuse(_ reason: String) {
        console.complain("varve: \(PrintableText.escape(reason))\n")
        worsen(.wrongInput)
    }

    private func worsen(_ new: ExitStatus) {
        if new.rawValue > status.rawValue { status = new }
    }
}
