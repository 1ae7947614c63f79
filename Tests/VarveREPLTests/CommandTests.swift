import Glibc
import Synchronization
import Testing
import VarveModel
import VarveQuery
import VarveREPL
import VarveStore

@Suite("Commands")
struct CommandTests {
    private let recorded = RecordedConsole()

    /// Ingests `text`, read in pieces of `pieceBytes`.
    private func ingest(
        _ text: String, pieceBytes: Int, into session: FakeSession, isTerminal: Bool = false
    ) -> VarveREPL.ExitStatus {
        var rest = Array(text.utf8)[...]
        var clockNs: Int64 = 0
        var command = IngestCommand(name: "a.lp", totalBytes: rest.count) { () throws(Problem) in
            defer { rest = rest.dropFirst(pieceBytes) }
            return Array(rest.prefix(pieceBytes))
        }
        command.clock = {
            clockNs += 500_000_000
            return clockNs
        }
        return command.run(session: session, console: recorded.console(isTerminal: isTerminal))
    }

    @Test("ingest sends whole lines, however the file is read")
    func wholeLines() {
        let text = (0..<50).map { "metric value=\($0)" }.joined(separator: "\n")
        for pieceBytes in [1, 7, 64, 10_000] {
            let session = FakeSession()
            #expect(ingest(text, pieceBytes: pieceBytes, into: session) == .ok)
            #expect(String(decoding: session.written.joined(), as: UTF8.self) == text)
            #expect(session.written.dropLast().allSatisfy { $0.last == UInt8(ascii: "\n") })
        }
    }

    @Test("refused lines are reported with their numbers in the file, and the exit code says so")
    func refusedLines() {
        let session = FakeSession()
        session.outcomes = [
            WriteOutcome(rowCount: 1, refusedCount: 1, refused: [RefusedLine(lineNumber: 2, column: 3, reason: "bad")]),
            WriteOutcome(rowCount: 0, refusedCount: 3, refused: [RefusedLine(lineNumber: 1, reason: "worse")]),
        ]
        #expect(ingest("aaa\nbbb\nccc\nddd\n", pieceBytes: 8, into: session) == .wrongInput)
        #expect(
            recorded.errors
                == "varve: a.lp: line 2, column 3: bad\nvarve: a.lp: line 3: worse\n"
                + "varve: a.lp: and 2 more refused lines\n"
        )
        #expect(
            recorded.out
                == "1 rows from a.lp in 1.5s (1 rows/s), 4 lines refused\n")
    }

    @Test("progress is drawn on a terminal only")
    func progress() {
        _ = ingest("a b=1\na b=2\n", pieceBytes: 6, into: FakeSession(), isTerminal: true)
        #expect(recorded.errors.contains("\r\u{1b}[Ka.lp [█████░░░░░] 50 %  6 B  0 rows"))
        let quiet = CommandTests()
        _ = quiet.ingest("a b=1\na b=2\n", pieceBytes: 6, into: FakeSession())
        #expect(quiet.recorded.errors == "")
    }

    @Test("a failing server stops the ingest with code 3 and says what is stored")
    func failingServer() {
        let session = FakeSession()
        session.problem = Problem(.failed, "h:1", "gone", advice: "look")
        #expect(ingest("a b=1\n", pieceBytes: 10, into: session) == .failed)
        #expect(recorded.errors.hasPrefix("varve: h:1: gone; look\nvarve: a.lp: stopped; 0 rows are stored"))
    }

    @Test("a line above the limit is passed over, its neighbours are kept")
    func longLine() {
        var chunker = LineChunker(lineBytesMax: 8)
        #expect(chunker.append("ab\n12345".utf8) == .init(bytes: Array("ab\n".utf8), linesBefore: 0))
        #expect(chunker.append("67890".utf8) == nil)
        #expect(chunker.append("123456789".utf8) == nil)
        #expect(chunker.takePassedOver() == [2])
        #expect(chunker.append("4\nok\n".utf8) == .init(bytes: Array("ok\n".utf8), linesBefore: 2))
        #expect(chunker.finish() == nil)
    }

    @Test("the line end counts neither for the limit nor when a read cuts it in two", arguments: ["\n", "\r\n"])
    func longestLine(lineEnd: String) {
        let line = Array("12345678".utf8)
        let bytes = line + Array(lineEnd.utf8)
        for cut in 1..<bytes.count {
            var chunker = LineChunker(lineBytesMax: 8)
            let pieces = [chunker.append(bytes[..<cut]), chunker.append(bytes[cut...])].compactMap { $0 }
            #expect(pieces == [.init(bytes: bytes, linesBefore: 0)] && chunker.takePassedOver() == [])
        }
        var chunker = LineChunker(lineBytesMax: 8)
        #expect(chunker.append(line + Array("9\r".utf8)) == nil)
        #expect(chunker.takePassedOver() == [1])
    }

    @Test("query prints answers on standard output, errors with a caret on standard error")
    func query() {
        let session = FakeSession()
        session.answers["SHOW NAMESPACES"] = QueryResult(
            columns: [.init(name: "namespace", kind: .text)], rows: [[.text("n")]], notices: ["note it"])
        let console = recorded.console()
        #expect(
            QueryCommand.run(
                "SHOW NAMESPACES;", options: .init(view: AnswerView(.csv)), session: session, console: console) == .ok)
        #expect(recorded.out == "namespace\r\nn\r\n")
        #expect(recorded.errors == "note: note it\n")
        session.problem = Problem(.wrongInput, "query", "expected FROM", statementRange: 7..<10)
        #expect(
            QueryCommand.run("SELECT FRM", options: .init(view: AnswerView(.csv)), session: session, console: console)
                == .wrongInput)
        #expect(recorded.errors.hasSuffix("varve: query: expected FROM\n  SELECT FRM\n         ^^^\n"))
        #expect(
            QueryCommand.run(" ; ", options: .init(view: AnswerView(.csv)), session: session, console: console)
                == .usage)
    }

    @Test("a partial answer is printed, and said to be partial on standard error and by the exit code")
    func partialAnswer() {
        let session = FakeSession()
        var answer = QueryResult(
            columns: [.init(name: "SUM(x)", kind: .number)], rows: [[.number(1)]], notices: ["gap: up to 9 rows"])
        answer.isPartial = true
        session.answers["SELECT SUM(x) FROM n"] = answer
        let said = "varve: query: the answer is partial: rows that belong to it cannot be read; "
        for (format, out) in [(OutputFormat.csv, "SUM(x)\r\n1\r\n"), (.json, #""partial":true"#)] {
            let recorded = RecordedConsole()
            let statements = "SELECT SUM(x) FROM n; SHOW NAMESPACES"
            #expect(
                QueryCommand.run(
                    statements, options: .init(view: AnswerView(format)), session: session, console: recorded.console())
                    == .wrongInput)
            #expect(recorded.out.contains(out) && recorded.errors.contains(said))
            #expect(recorded.errors.contains("note: gap: up to 9 rows\n") == (format == .csv))
        }
        #expect(session.statements.count == 4, "what follows a partial answer is answered as well")
        let runner = ShellRunner(shell: Shell(), session: session, console: recorded.console())
        #expect(runner.take(line: "SELECT SUM(x) FROM n"))
        #expect(runner.status == .wrongInput && recorded.errors.contains(said))
    }

    @Test("stats tells the largest names, to programs on request")
    func cardinality() {
        let session = FakeSession()
        session.cardinality.seriesCount = 1_400
        session.cardinality.sourceCount = 20
        session.cardinality.namespaces = [
            .init(scope: .default, namespace: "App", metric: nil, seriesCount: 1_050),
            .init(scope: Scope(account: "7", region: "r"), namespace: "B", metric: nil, seriesCount: 350),
        ]
        session.cardinality.metrics = [.init(scope: .default, namespace: "App", metric: "a", seriesCount: 700)]
        session.cardinality.dimensions = [.init(name: "host", valueCount: 12_345)]
        let console = recorded.console()
        #expect(StatsCommand.run(format: .table, session: session, console: console) == .ok)
        #expect(recorded.out.contains(" App                │             │  1 050 │ 75.0 %\n"))
        #expect(recorded.out.contains(" 7/r/B              │             │    350 │ 25.0 %\n"))
        #expect(recorded.out.contains(" App                │ a           │    700 │ 50.0 %\n"))
        #expect(recorded.out.contains(" host               │ 12 345\n"))
        let other = RecordedConsole()
        #expect(StatsCommand.run(format: .csv, top: 3, session: session, console: other.console()) == .ok)
        #expect(
            other.out == "kind,namespace,metric,dimension,count\r\nseries,,,,1400\r\nsources,,,,20\r\n"
                + "series of namespace,App,,,1050\r\nseries of namespace,7/r/B,,,350\r\n"
                + "series of metric,App,a,,700\r\nvalues of dimension,,,host,12345\r\n")
    }

    @Test("stats is a list for people and one row for programs")
    func stats() {
        let console = recorded.console()
        #expect(StatsCommand.run(format: .table, session: FakeSession(), console: console) == .ok)
        #expect(recorded.out == "series      1 234\noldest row  –\n")
        #expect(StatsCommand.run(format: .csv, session: FakeSession(), console: console) == .ok)
        #expect(recorded.out.hasSuffix("series,oldest row\r\n1234,\r\n"))
    }

    @Test("export reads durations and times, and refuses nonsense with code 2")
    func exportRange() throws {
        let range = try ExportCommand.range(since: "1h", until: "2026-11-22T00:10:00Z", nowNs: testNowNs)
        #expect(range == TimeRange(start: testNowNs - 3_600_000_000_000, end: testNowNs))
        #expect(try ExportCommand.range(since: nil, until: nil, nowNs: 0) == .all)
        for (since, until) in [("x", nil), (nil, "yesterday"), ("1h", "2h")] as [(String?, String?)] {
            let problem = try #require(throws: Problem.self) {
                try ExportCommand.range(since: since, until: until, nowNs: testNowNs)
            }
            #expect(problem.status == .usage)
        }
    }
}

@Suite("Shell runner")
struct ShellRunnerTests {
    private let recorded = RecordedConsole()
    private let session = FakeSession()

    private func runner(isTerminal: Bool = true) -> ShellRunner {
        ShellRunner(shell: Shell(), session: session, console: recorded.console(isTerminal: isTerminal))
    }

    @Test("the last answer can be drawn, a list cannot")
    func draw() {
        let runner = runner()
        #expect(runner.take(line: "\\chart"))
        #expect(recorded.errors == "varve: \\chart: there is no answer yet; run a SELECT first\n")
        session.answers["SELECT a FROM b"] = .twoHosts
        #expect(runner.take(line: "SELECT a FROM b"))
        #expect(runner.take(line: "\\chart"))
        #expect(recorded.out.contains("┤"))
        #expect(runner.status == .wrongInput)
    }

    @Test("statements run with the settings made before them, until the end")
    func settings() {
        let runner = runner(isTerminal: false)
        #expect(runner.take(line: "\\since 2h"))
        #expect(runner.take(line: "SELECT a FROM b PERIOD 1m"))
        #expect(!runner.take(line: "\\quit"))
        #expect(session.statements == ["SELECT a FROM b SINCE 2h PERIOD 1m"])
        // On a pipe, standard output is for answers only.
        #expect(!recorded.out.contains("looks back"))
    }

    @Test("an unfinished statement at the end is run, and a failure is remembered for the exit code")
    func end() {
        session.problem = Problem(.failed, "h:1", "gone")
        let runner = runner()
        #expect(runner.take(line: "SELECT AVG(x)"))
        #expect(runner.prompt == "    -> ")
        runner.takeEnd()
        #expect(session.statements == ["SELECT AVG(x)"])
        #expect(runner.status == .failed)
    }
}

@Suite("History and pager")
struct HistoryTests {
    private let path = "/tmp/varve-history-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"

    @Test("lines are kept in order, on one line each, in a file for the owner only")
    func appended() {
        let file = HistoryFile(path: path)
        defer { unlink(path) }
        #expect(file.load() == [])
        file.append("SHOW NAMESPACES")
        file.append("SELECT AVG(x)\nFROM n")
        #expect(file.load() == ["SHOW NAMESPACES", "SELECT AVG(x) FROM n"])
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("a file that has grown is cut to the newest lines")
    func trimmed() {
        let file = HistoryFile(path: path, linesMax: 3)
        defer { unlink(path) }
        for number in 0..<7 { file.append("\(number)") }
        #expect(file.load() == ["4", "5", "6"])
        file.append("7")
        #expect(HistoryFile(path: path, linesMax: 100).load() == ["4", "5", "6", "7"])
    }

    @Test("HISTFILE names the file, an empty one switches it off")
    func place() {
        let environment = ["HOME": "/h/u", "HISTFILE": "/h"]
        #expect(HistoryFile.standard { environment[$0] }?.path == "/h")
        #expect(HistoryFile.standard { $0 == "HOME" ? "/h/u" : nil }?.path == "/h/u/.varve_history")
        #expect(HistoryFile.standard { $0 == "HISTFILE" ? "" : "/h/u" } == nil)
    }

    @Test("text pages when it is wider or longer than the terminal")
    func pager() {
        #expect(!Pager.isNeeded(for: "abc\n", columns: 3, lines: 2))
        #expect(Pager.isNeeded(for: "abcd\n", columns: 3, lines: 5))
        #expect(!Pager.isNeeded(for: "日\n", columns: 2, lines: 5))
        #expect(Pager.isNeeded(for: "a\nb\nc\n", columns: 3, lines: 3))
        #expect(Pager.command { _ in nil } == "less -SFRX")
        #expect(Pager.command { _ in "" } == nil)
        #expect(Pager.command { _ in "more" } == "more")
    }
}
