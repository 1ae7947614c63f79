/// The decisions of the query shell: lines in, actions out. A pure machine; the terminal and the session are elsewhere.
package struct Shell: Sendable {
    /// What the caller has to do, in order.
    package enum Action: Equatable, Sendable {
        /// Run a statement and show its answer. `historyEntry` is what the history keeps, nil for nothing.
        case run(statement: String, historyEntry: String?)
        /// Draw the last answer.
        case drawLastAnswer
        /// Run a statement, nil: the last one, again and again.
        case watch(intervalNs: Int64, statement: String?)
        /// Run a statement, nil: the last one, for now and for the time before.
        case compare(shiftNs: Int64, statement: String?)
        /// Write the last answer into a file.
        case export(path: String)
        /// Print a text that ends in a line feed.
        case print(String)
        /// Print a complaint.
        case complain(String)
        /// Keep a line that is no statement in the history.
        case remember(String)
        case quit
    }

    package private(set) var settings: ShellSettings
    private var buffer = StatementBuffer()
    /// Whether the unfinished statement began with a blank and so is not for the history.
    private var isPrivate = false

    package init(settings: ShellSettings = ShellSettings()) { self.settings = settings }

    /// Whether the next line goes on with a statement: the prompt shows it.
    package var isContinuing: Bool { !buffer.isEmpty }

    /// The lines of the unfinished statement, each with its line end; for completion.
    package var unfinishedText: String { buffer.isEmpty ? "" : buffer.text + "\n" }

    /// Takes one line, without its line end.
    /// - Parameter moreFollows: whether the next line is already there (a pipe, pasted text).
    package mutating func take(line: String, moreFollows: Bool = false) -> [Action] {
        if !buffer.hasOpenQuote, let command = ShellCommand(line: line), buffer.isEmpty || line.hasPrefix("\\") {
            return actions(for: buffer.finishIfComplete()) + [.remember(line)] + execute(command)
        }
        if buffer.isEmpty { isPrivate = line.first?.isWhitespace == true }
        return actions(for: buffer.append(line: line, moreFollows: moreFollows))
    }

    /// The input has ended.
    package mutating func takeEnd() -> [Action] { actions(for: buffer.finish()) + [.quit] }

    /// Ctrl-C: whatever is unfinished is forgotten.
    package mutating func interrupt() { buffer.clear() }

    private func actions(for statements: [String]) -> [Action] {
        statements.map { statement in
            let entry = statement.split(whereSeparator: \.isNewline).joined(separator: " ")
            return .run(statement: settings.applied(to: statement), historyEntry: isPrivate ? nil : entry)
        }
    }

    private mutating func execute(_ command: ShellCommand) -> [Action] {
        switch command {
        case .help(let topic): return [.print(topic.flatMap(ShellHelp.topic) ?? ShellHelp.overview)]
        case .timing(let isOn):
            settings.showsTiming = isOn ?? !settings.showsTiming
            return [.print("Timing is \(settings.showsTiming ? "on" : "off").\n")]
        case .sparklines(let isOn):
            settings.view.hasSparklines = isOn ?? !settings.view.hasSparklines
            return [.print("Sparklines are \(settings.view.hasSparklines ? "on" : "off").\n")]
        case .format(let format):
            settings.view.format = format ?? settings.view.format
            return [.print("Answers are written as \(settings.view.format.rawValue).\n")]
        case .chart(let kind):
            settings.view.chart = kind ?? settings.view.chart
            return [.drawLastAnswer]
        case .since(let since):
            settings.since = since ?? settings.since
            let state = settings.since.isEmpty ? "the engine's default" : settings.since
            return [.print("SELECT without SINCE looks back: \(state).\n")]
        case .watch(let intervalNs, let statement):
            return [.watch(intervalNs: intervalNs, statement: statement.map(settings.applied))]
        case .compare(let shiftNs, let statement):
            return [.compare(shiftNs: shiftNs, statement: statement.map(settings.applied))]
        case .export(let path): return [.export(path: path)]
        case .quit: return [.quit]
        case .invalid(let reason): return [.complain(reason)]
        }
    }
}
