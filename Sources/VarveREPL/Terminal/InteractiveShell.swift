import Glibc
import VarveMonitoring
import VarveQuery

/// The query shell on this process's standard input: with line editing on a terminal, plainly on a pipe.
package enum InteractiveShell {
    /// Reads until the end of the input or `\quit`.
    /// - Returns: on a terminal `ok`; on a pipe the worst that happened, so that scripts notice.
    package static func run(session: any Session, console: Console, view: AnswerView = AnswerView()) -> ExitStatus {
        let shell = Shell(settings: ShellSettings(view: view))
        guard isatty(STDIN_FILENO) == 1, console.outputIsTerminal else {
            return runOnPipe(
                ShellRunner(shell: shell, session: session, console: console, cancelling: cancelling))
        }
        return runOnTerminal(shell, session: session, console: console)
    }

    // MARK: Pipe

    private static func runOnPipe(_ runner: ShellRunner) -> ExitStatus {
        var next = readLine(strippingNewline: true)
        while let line = next {
            next = readLine(strippingNewline: true)
            guard runner.take(line: line, moreFollows: next != nil) else { return runner.status }
        }
        runner.takeEnd()
        return runner.status
    }

    // MARK: Terminal

    private static func runOnTerminal(_ shell: Shell, session: any Session, console: Console) -> ExitStatus {
        let history = HistoryFile.standard(environment: Console.environment)
        let editing = Editing(session: session)
        guard
            let editor = LineEditor(
                history: history?.load() ?? [],
                completer: { text in editing.complete(text) })
        else {
            return runOnPipe(
                ShellRunner(shell: shell, session: session, console: console, cancelling: cancelling))
        }
        let runner = ShellRunner(
            shell: shell, session: session, console: console,
            remember: { line in
                editor.remember(line)
                history?.append(line)
            },
            showPages: { text in page(text, console) },
            cancelling: cancelling
        )
        editing.runner = runner
        console.print("Connected to \(session.place). \\help shows what can be typed, Ctrl-D leaves.\n")
        loop(editor, runner, console)
        return .ok
    }

    /// Runs a statement that Ctrl-C ends.
    private static let cancelling: ShellRunner.Cancelling = { (body) throws(Problem) in
        // Ctrl-C from before the statement is not meant for it.
        _ = Interrupts.takeInterrupt()
        defer { _ = Interrupts.takeInterrupt() }
        return try Interrupts.cancelling(body)
    }

    private static func loop(_ editor: LineEditor, _ runner: ShellRunner, _ console: Console) {
        while true {
            switch editor.readLine(prompt: runner.prompt) {
            case .line(let line):
                guard runner.take(line: line, moreFollows: inputIsWaiting()) else { return }
            case .interrupted: runner.interrupt()
            case .end:
                console.print("\n")
                return runner.takeEnd()
            }
        }
    }

    /// Whether the next line is already there: text was pasted.
    private static func inputIsWaiting() -> Bool {
        var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) == 1
    }

    private static func page(_ text: String, _ console: Console) -> Bool {
        let size = console.size()
        guard Pager.isNeeded(for: text, columns: size.columns, lines: size.lines),
            let command = Pager.command(environment: Console.environment)
        else { return false }
        return Pager.show(text, command: command)
    }
}

/// Ties Tab to the statement that is being typed. Owned by one thread.
private final class Editing {
    private let session: any Session
    var runner: ShellRunner?

    init(session: any Session) { self.session = session }

    func complete(_ textBeforeCursor: String) -> TabCompletion.Outcome {
        let before = runner?.unfinishedText ?? ""
        if before.isEmpty, textBeforeCursor.hasPrefix("\\") {
            guard let start = Self.statementStart(in: textBeforeCursor) else {
                return TabCompletion.complete(textBeforeCursor, candidates: ShellHelp.completions)
            }
            return complete(statement: String(textBeforeCursor[start...]))
        }
        return complete(statement: before + textBeforeCursor)
    }

    /// Where the statement of `\watch 5s SELECT …` begins; nil while there is none.
    private static func statementStart(in line: String) -> String.Index? {
        let words = line.split(maxSplits: 2, omittingEmptySubsequences: true) { $0 == " " }
        guard let command = words.first, ["\\watch", "\\compare"].contains(command), words.count > 1 else { return nil }
        if words[1].first?.isNumber != true { return words[1].startIndex }
        return words.count > 2 ? words[2].startIndex : line.hasSuffix(" ") ? line.endIndex : nil
    }

    /// Alarms have statements of their own, which the grammar of metrics does not know.
    private func completion(of statement: String) -> StatementCompletion {
        let session = session
        let about = AlarmCompletion(statement) {
            // A name that cannot be had is typed.
            guard let alarms = try? session.run("SHOW ALARMS LIMIT 200", cancellation: nil) else { return [] }
            return alarms.rows.map { row in if case .text(let name) = row[0] { name } else { "" } }
        }
        guard let about else { return session.complete(statement) }
        let known = StatementCompletion(replaceStart: about.replaceStart, texts: about.texts)
        guard !about.isComplete else { return known }
        let others = session.complete(statement)
        // Another start of the word: then the others have understood something else.
        guard others.replaceStart == about.replaceStart, !others.texts.isEmpty else { return known }
        return StatementCompletion(replaceStart: about.replaceStart, texts: others.texts + about.texts)
    }

    private func complete(statement: String) -> TabCompletion.Outcome {
        let completion = completion(of: statement)
        let word = String(decoding: Array(statement.utf8).dropFirst(completion.replaceStart), as: UTF8.self)
        return TabCompletion.complete(word, candidates: completion.texts)
    }
}
