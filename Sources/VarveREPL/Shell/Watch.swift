import VarveModel
import VarveQuery

/// A statement that is asked again and again: repainted in place on a terminal, one answer after the other on a pipe.
struct Watch {
    let statement: String
    let intervalNs: Int64
    let view: AnswerView
    let console: Console

    /// Lines above an answer.
    private static let headLines = 2

    /// Asks until Ctrl-C, or until nobody reads the output any more. A server that goes away in between is waited for.
    /// - Returns: the last answer.
    /// - Throws: what the first question throws; later only what is wrong with the statement.
    func run(pause: (Int64) -> Pause, ask: () throws(Problem) -> Answer) throws(Problem) -> Answer? {
        var last = try askMeasured(ask)
        let screen = console.outputIsTerminal
        if screen { console.print("\u{1b}[?1049h") }
        // The last picture stays on the screen that was there before.
        defer { if screen { console.print("\u{1b}[?1049l" + text(of: last.answer, lines: console.size().lines)) } }
        show(last, problem: nil)
        while !console.outputIsClosed() {
            if pause(intervalNs) == .interrupted { break }
            do throws(Problem) {
                last = try askMeasured(ask)
                show(last, problem: nil)
            } catch {
                // Ctrl-C during the question, too.
                if error.status != .failed { break }
                show(last, problem: error)
            }
        }
        return last.answer
    }

    private struct Measured {
        var answer: Answer
        var atNs: Int64
        var elapsedNs: Int64
    }

    private func askMeasured(_ ask: () throws(Problem) -> Answer) throws(Problem) -> Measured {
        let startNs = MonotonicClock.nowNs()
        let answer = try ask()
        return Measured(answer: answer, atNs: console.nowNs(), elapsedNs: MonotonicClock.nowNs() - startNs)
    }

    private func show(_ measured: Measured, problem: Problem?) {
        if console.outputIsTerminal { return paint(measured, problem) }
        if let problem { return console.report(problem) }
        // For programs, nothing stands between the answers.
        let when = "-- \(head(measured))\n"
        view.format == .csv || view.format == .json ? console.complain(when) : console.print(when)
        console.print(console.text(of: measured.answer, as: view))
        // Whether it is partial is said below each; the exit code is that of statements that end.
        _ = console.showNotices(of: measured.answer.result, format: view.format)
    }

    private func head(_ measured: Measured) -> String {
        let time = console.zone.calendarTime(ofNs: measured.atNs)
        return "\(time.dateText) \(time.clockText), took \(ElapsedText.short(ns: measured.elapsedNs))"
    }

    // MARK: Terminal

    /// Overwrites the screen line by line, so that nothing flickers.
    private func paint(_ measured: Measured, _ problem: Problem?) {
        let size = console.size()
        let title = "Every \(ElapsedText.short(ns: intervalNs)), Ctrl-C ends. Last: \(head(measured))"
        let second = problem?.line ?? statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        var lines = [title, PrintableText.escape(second)].map { DisplayWidth.truncate($0, to: size.columns) }
        lines += self.lines(of: measured.answer, size)
        let notices = measured.answer.result.notices.map { "note: \(PrintableText.escape($0))" }
        lines += notices.map { DisplayWidth.truncate($0, to: size.columns) }
        let shown = lines.prefix(max(1, size.lines - 1)).map { $0 + "\u{1b}[K\r\n" }.joined()
        console.print("\u{1b}[H" + shown + "\u{1b}[J")
    }

    /// The answer in what is left of the screen.
    private func lines(of answer: Answer, _ size: (columns: Int, lines: Int)) -> [String] {
        let room = max(1, size.lines - Self.headLines - 1 - min(answer.result.notices.count, 3))
        let all = text(of: answer, lines: room + 1).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        var lines = all.prefix(all.count > room ? room - 1 : room).map { line in
            // Charts fit, and their colours cannot be cut.
            line.contains("\u{1b}") ? String(line) : DisplayWidth.truncate(String(line), to: size.columns)
        }
        if all.count > room {
            let rest = "… \(all.count - lines.count) more lines; make the window larger, or use LIMIT"
            lines.append(DisplayWidth.truncate(rest, to: size.columns))
        }
        return lines
    }

    private func text(of answer: Answer, lines: Int) -> String {
        var console = console
        let columns = console.size().columns
        console.size = { (columns, lines) }
        return console.text(of: answer, as: view)
    }
}
