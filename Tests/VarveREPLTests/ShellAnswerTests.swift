import Glibc
import Synchronization
import Testing
import VarveModel
import VarveQuery
import VarveREPL

@Suite("Commands for answers")
struct ShellAnswerTests {
    private let statement = "SELECT AVG(usage_user) FROM n GROUP BY host"

    private func session() -> FakeSession {
        let session = FakeSession()
        var answer = QueryResult.twoHosts
        answer.range = TimeRange(start: testNowNs - 120_000_000_000, end: testNowNs + 60_000_000_000)
        session.answers[statement] = answer
        return session
    }

    private func runner(
        _ session: FakeSession, _ console: Console, pauses: [Pause] = []
    ) -> ShellRunner {
        var rest = pauses[...]
        return ShellRunner(
            shell: Shell(), session: session, console: console, pause: { _ in rest.popFirst() ?? .interrupted })
    }

    @Test(
        "words are understood as they are meant",
        arguments: [
            ("\\chart bar", .chart(.bar)), ("\\chart", .chart(nil)), ("\\sparklines on", .sparklines(true)),
            ("\\watch", .watch(intervalNs: 5_000_000_000, statement: nil)),
            ("\\watch 2", .watch(intervalNs: 2_000_000_000, statement: nil)),
            (
                "\\watch 500ms SELECT AVG(x)  FROM n;",
                .watch(intervalNs: 500_000_000, statement: "SELECT AVG(x)  FROM n")
            ),
            ("\\watch SHOW METRICS ;", .watch(intervalNs: 5_000_000_000, statement: "SHOW METRICS")),
            ("\\compare 1d", .compare(shiftNs: 86_400_000_000_000, statement: nil)),
            ("\\compare 1w SELECT x", .compare(shiftNs: 604_800_000_000_000, statement: "SELECT x")),
            ("\\export my file.png", .export(path: "my file.png")), ("\\help watch", .help("watch")),
            ("\\help \\Export", .help("export")),
        ] as [(String, ShellCommand)])
    func commands(line: String, command: ShellCommand) { #expect(ShellCommand(line: line) == command) }

    @Test(
        "what is not understood is said",
        arguments: [
            "\\chart pie", "\\sparklines maybe", "\\watch 5x SELECT", "\\watch 1ms", "\\watch 2d", "\\compare",
            "\\compare yesterday", "\\compare 0s", "\\export", "\\help nonsense",
        ])
    func wrong(line: String) {
        guard case .invalid? = ShellCommand(line: line) else {
            Issue.record("\(String(describing: ShellCommand(line: line)))")
            return
        }
    }

    @Test("every command has help with an example, is in the list, and fits 80 columns")
    func help() {
        for name in ["format", "chart", "sparklines", "watch", "compare", "export", "since", "timing", "help", "quit"] {
            let text = ShellHelp.topic(name) ?? ""
            #expect(text.contains("\n  \\\(name)"), "\(name) has no example:\n\(text)")
            #expect(ShellHelp.overview.contains("\n  \\\(name)"))
            #expect(ShellHelp.completions.contains { $0.hasPrefix("\\\(name)") })
        }
        let topics = ShellHelp.completions.compactMap { ShellHelp.topic(String($0.dropFirst().prefix { $0 != " " })) }
        let lines = (topics + [ShellHelp.overview]).joined().split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines.filter { $0.count > 80 })")
    }

    @Test("without an answer, commands that need one say so")
    func noAnswer() {
        let recorded = RecordedConsole()
        let runner = runner(FakeSession(), recorded.console())
        for line in ["\\export x.csv", "\\watch 5s", "\\compare 1d", "\\chart bar"] { _ = runner.take(line: line) }
        #expect(recorded.errors.split(separator: "\n").count == 4)
        #expect(recorded.errors.contains("\\watch: there is no statement yet"))
        #expect(runner.status == .wrongInput)
    }

    @Test("on a pipe, answers of a watched statement follow each other with their times, until Ctrl-C")
    func watchOnPipe() {
        let (recorded, session) = (RecordedConsole(), session())
        let runner = runner(session, recorded.console(), pauses: [.elapsed, .resized])
        #expect(runner.take(line: "\\watch 1s \(statement)"))
        #expect(session.statements == [statement, statement, statement])
        #expect(recorded.out.split(separator: "\n").count { $0.hasPrefix("-- 2026-11-22 00:10:00, took ") } == 3)
        #expect(recorded.out.split(separator: "\n").count { $0 == "(5 rows, period 1m, times in UTC)" } == 3)
        #expect(!recorded.out.contains("\u{1b}"))
        // The shell goes on, and the answer is the last one.
        _ = runner.take(line: "\\chart")
        #expect(recorded.out.contains("┤"))
        #expect(runner.status == .ok)
    }

    @Test("machine formats have nothing but answers on standard output")
    func watchMachine() {
        let (recorded, session) = (RecordedConsole(), session())
        let runner = runner(session, recorded.console(), pauses: [.elapsed])
        _ = runner.take(line: "\\format csv")
        _ = runner.take(line: "\\watch \(statement)")
        #expect(recorded.out.split(separator: "\r\n").count == 12)
        #expect(!recorded.out.contains("--") && recorded.errors.contains("-- 2026-11-22"))
    }

    @Test("nobody reads any more: watching ends")
    func watchClosed() {
        let (recorded, session) = (RecordedConsole(), session())
        var console = recorded.console()
        console.outputIsClosed = { recorded.out.split(separator: "\n").count > 20 }
        let runner = ShellRunner(shell: Shell(), session: session, console: console, pause: { _ in .elapsed })
        _ = runner.take(line: "\\watch \(statement)")
        #expect((2...4).contains(session.statements.count))
    }

    @Test("on a terminal it is repainted in place, within the window, and the last picture stays")
    func watchOnTerminal() {
        let (recorded, session) = (RecordedConsole(), session())
        let console = recorded.console(isTerminal: true, columns: 30, lines: 6)
        let runner = runner(session, console, pauses: [.elapsed])
        _ = runner.take(line: "\\watch 2s \(statement)")
        #expect(recorded.out.hasPrefix("\u{1b}[?1049h\u{1b}[H"))
        #expect(recorded.out.contains("\u{1b}[?1049l"))
        let frames = recorded.out.split(separator: "\u{1b}[?1049l")[0].split(separator: "\u{1b}[H").dropFirst()
        #expect(frames.count == 2)
        for frame in frames {
            let lines = frame.split(separator: "\u{1b}[K\r\n").map(String.init).dropLast()
            #expect(lines.count <= 5, "\(lines)")
            #expect(lines.allSatisfy { DisplayWidth.of($0) <= 30 }, "\(lines)")
            #expect(lines.first?.hasPrefix("Every 2s, Ctrl-C ends. Last:") == true)
            #expect(lines.last?.contains("more lines") == true)
        }
        let after = recorded.out.split(separator: "\u{1b}[?1049l").last ?? ""
        #expect(after.hasSuffix("(5 rows, period 1m, times in UTC)\n"))
    }

    @Test("a wrong statement ends watching; a server that goes away is waited for")
    func watchProblems() {
        let (recorded, session) = (RecordedConsole(), session())
        session.problem = Problem(.wrongInput, "query", "expected FROM")
        var runner = runner(session, recorded.console(), pauses: [.elapsed, .elapsed])
        _ = runner.take(line: "\\watch \(statement)")
        #expect(session.statements.count == 1 && runner.status == .wrongInput)
        session.problem = nil
        var waits = 0
        runner = ShellRunner(
            shell: Shell(), session: session, console: recorded.console(),
            pause: { _ in
                waits += 1
                session.problem = waits == 2 ? Problem(.failed, "server", "cannot connect") : nil
                return waits < 4 ? .elapsed : .interrupted
            })
        _ = runner.take(line: "\\watch \(statement)")
        #expect(recorded.errors.contains("cannot connect"))
        #expect(session.statements.count == 1 + 4 && runner.status == .ok)
    }

    // MARK: Files

    private func withDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/varve-export-XXXXXX\0".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        let directory = try #require(made)
        defer {
            for name in Self.names(in: directory) { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }
        try body(directory)
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func bytes(of path: String) -> [UInt8] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&buffer, 1, buffer.count, file)
        return Array(buffer[..<count])
    }

    @Test("the ending of a file says what is written; an answer replaces what was there")
    func export() throws {
        try withDirectory { directory in
            let recorded = RecordedConsole()
            let runner = runner(session(), recorded.console())
            _ = runner.take(line: statement)
            for name in ["a.csv", "a.JSON", "a.png", "a.csv"] { _ = runner.take(line: "\\export \(directory)/\(name)") }
            #expect(Self.names(in: directory) == ["a.JSON", "a.csv", "a.png"])
            #expect(bytes(of: "\(directory)/a.csv").starts(with: Array("time,host,AVG(usage_user)\r\n".utf8)))
            #expect(bytes(of: "\(directory)/a.JSON").starts(with: Array("{\"columns\":".utf8)))
            #expect(bytes(of: "\(directory)/a.png").starts(with: [137, 80, 78, 71]))
            // On a pipe, what commands say is no answer.
            #expect(recorded.errors.contains("wrote \(directory)/a.png: 1280 × 720 pixels, "))
            #expect(runner.status == .ok)
            _ = runner.take(line: "\\export \(directory)/a.txt")
            #expect(recorded.errors.contains("the ending says what is written: .csv, .json, .png"))
            _ = runner.take(line: "\\export \(directory)/missing/a.csv")
            #expect(recorded.errors.contains("cannot be written: No such file or directory"))
            _ = runner.take(line: "SHOW NAMESPACES")
            _ = runner.take(line: "\\export \(directory)/list.png")
            #expect(recorded.errors.contains("is a list"))
            #expect(Self.names(in: directory).count == 3)
        }
    }

    @Test("varve query writes a file instead of standard output, and refuses before it asks")
    func output() throws {
        try withDirectory { directory in
            let (recorded, session) = (RecordedConsole(), session())
            var options = QueryCommand.Options(output: "\(directory)/q.png")
            #expect(QueryCommand.run(statement, options: options, session: session, console: recorded.console()) == .ok)
            #expect(recorded.out.isEmpty && Self.names(in: directory) == ["q.png"])
            options.output = "\(directory)/q"
            #expect(
                QueryCommand.run(statement, options: options, session: session, console: recorded.console()) == .usage)
            #expect(session.statements.count == 1)
            options.output = "\(directory)/q.csv"
            let two = "\(statement); \(statement)"
            #expect(QueryCommand.run(two, options: options, session: session, console: recorded.console()) == .usage)
            #expect(recorded.errors.contains("--output takes one statement, not 2"))
        }
    }

    @Test("the kind of chart stays, and sparklines are for tables of series only")
    func settings() {
        let recorded = RecordedConsole()
        let runner = runner(session(), recorded.console(columns: 60))
        _ = runner.take(line: statement)
        _ = runner.take(line: "\\chart bar")
        #expect(recorded.out.contains("█"))
        _ = runner.take(line: "\\sparklines")
        _ = runner.take(line: statement)
        #expect(recorded.out.contains("│ ▁▁█ "))
        #expect(recorded.errors.contains("Sparklines are on."))
    }
}
