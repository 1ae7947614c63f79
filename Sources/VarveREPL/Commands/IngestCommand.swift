import VarveModel

/// `varve ingest`: line protocol from a file or standard input into a session.
package struct IngestCommand {
    /// For messages: the path, or `standard input`.
    package var name: String
    /// The next bytes; empty at the end.
    package var read: () throws(Problem) -> [UInt8]
    /// Bytes of the whole input, when known.
    package var totalBytes: Int?
    /// Elapsed time, nanoseconds since an arbitrary instant.
    package var clock: () -> Int64 = MonotonicClock.nowNs

    package init(name: String, totalBytes: Int?, read: @escaping () throws(Problem) -> [UInt8]) {
        self.name = name
        self.totalBytes = totalBytes
        self.read = read
    }

    /// Reads to the end. Refused lines are reported with their numbers, the others are kept.
    /// - Returns: `wrongInput` when lines were refused. What was durable before a failure stays.
    package func run(session: any Session, console: Console) -> ExitStatus {
        var run = IngestRun(command: self, console: console)
        do throws(Problem) {
            try run.ingest(into: session)
            run.finish()
            return run.progress.refusedCount > 0 ? .wrongInput : .ok
        } catch {
            run.fail(error)
            return error.status
        }
    }
}

/// One ingest under way.
private struct IngestRun {
    let command: IngestCommand
    let console: Console
    var progress: IngestProgress
    private let startNs: Int64
    private var shownNs: Int64?
    private var chunker = LineChunker()
    private var reportedCount = 0

    /// Redrawn this often at most: faster than anybody reads, too rare to cost anything.
    private static let redrawNs = Nanoseconds.perSecond / 10
    /// Refused lines that are printed; the others are only counted.
    private static let reportedMax = 20

    init(command: IngestCommand, console: Console) {
        self.command = command
        self.console = console
        progress = IngestProgress(name: command.name, totalBytes: command.totalBytes)
        startNs = command.clock()
    }

    mutating func ingest(into session: any Session) throws(Problem) {
        while true {
            let bytes = try command.read()
            let piece = bytes.isEmpty ? chunker.finish() : chunker.append(bytes)
            if let piece { report(try session.write(lines: piece.bytes), linesBefore: piece.linesBefore) }
            reportPassedOver()
            progress.doneBytes += bytes.count
            show(isLast: bytes.isEmpty)
            if bytes.isEmpty { return }
        }
    }

    /// One line of summary.
    mutating func finish() {
        clearLine()
        let hidden = progress.refusedCount - reportedCount
        if hidden > 0 { console.complain("varve: \(command.name): and \(hidden) more refused lines\n") }
        let refused = progress.refusedCount > 0 ? ", \(progress.refusedCount) lines refused" : ""
        let elapsed = ElapsedText.short(ns: progress.elapsedNs)
        let rate = NumberFormat.si(progress.rowsPerSecond.rounded())
        let name = PrintableText.escape(command.name)
        console.print("\(progress.rowCount) rows from \(name) in \(elapsed) (\(rate) rows/s)\(refused)\n")
    }

    mutating func fail(_ problem: Problem) {
        clearLine()
        console.report(problem)
        progress.rowCount += problem.storedRowCount
        console.complain(
            "varve: \(command.name): stopped; \(progress.rowCount) rows are stored, "
                + "sending the file again would store them twice\n")
    }

    private mutating func report(_ outcome: WriteOutcome, linesBefore: Int) {
        progress.rowCount += outcome.rowCount
        progress.refusedCount += outcome.refusedCount
        for line in outcome.refused { complain(linesBefore + line.lineNumber, line.column, line.reason) }
    }

    private mutating func reportPassedOver() {
        for lineNumber in chunker.takePassedOver() {
            progress.refusedCount += 1
            complain(lineNumber, nil, "the line is longer than \(Limits.lineBytesMax) bytes")
        }
    }

    private mutating func complain(_ lineNumber: Int, _ column: Int?, _ reason: String) {
        guard reportedCount < Self.reportedMax else { return }
        reportedCount += 1
        clearLine()
        let place = column.map { "line \(lineNumber), column \($0)" } ?? "line \(lineNumber)"
        console.complain(PrintableText.escape("varve: \(command.name): \(place): \(reason)") + "\n")
    }

    private mutating func show(isLast: Bool) {
        let nowNs = command.clock()
        progress.elapsedNs = nowNs - startNs
        guard console.errorIsTerminal, !isLast, nowNs - (shownNs ?? .min / 2) >= Self.redrawNs else { return }
        shownNs = nowNs
        console.complain("\r\u{1b}[K" + progress.line(width: console.size().columns - 1))
    }

    private mutating func clearLine() {
        guard shownNs != nil else { return }
        shownNs = nil
        console.complain("\r\u{1b}[K")
    }
}
