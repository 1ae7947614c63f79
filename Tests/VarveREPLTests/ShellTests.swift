import Testing
import VarveREPL

@Suite("Statements from lines")
struct StatementBufferTests {
    /// All statements of `text`, fed as a pipe does.
    private func statements(_ text: String) -> [String] {
        var buffer = StatementBuffer()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let found = lines.indices.flatMap { buffer.append(line: lines[$0], moreFollows: $0 < lines.count - 1) }
        return found + buffer.finish()
    }

    @Test("a complete line is a statement without a semicolon")
    func oneLine() {
        var buffer = StatementBuffer()
        let line = #"SELECT AVG(x) FROM "System/Linux" GROUP BY cpu SINCE 15m"#
        #expect(buffer.append(line: line, moreFollows: false) == [line])
        #expect(buffer.isEmpty)
    }

    @Test(
        "a line with something open or missing goes on",
        arguments: [
            "SELECT AVG(x)", "SELECT AVG(x) FROM", "SELECT AVG(", "SELECT AVG(x) FROM \"AWS/",
            "SELECT AVG(x) FROM ns WHERE",
            "SELECT AVG(x) FROM ns GROUP BY", "SELECT AVG(x) FROM ns GROUP BY a,", "SELECT AVG(x) FROM ns WHERE a =",
            "SHOW", "SHOW METRICS FROM", "SELECT AVG(x) FROM ns \\",
        ])
    func unfinished(line: String) {
        var buffer = StatementBuffer()
        #expect(buffer.append(line: line, moreFollows: false) == [])
        #expect(!buffer.isEmpty)
    }

    @Test("semicolons separate statements, except in quotes")
    func semicolons() {
        #expect(
            statements("SHOW NAMESPACES; SHOW METRICS ;;\nSELECT AVG(\"a;b\") FROM n WHERE h = 'x;\\'y'; SHOW")
                == ["SHOW NAMESPACES", "SHOW METRICS", "SELECT AVG(\"a;b\") FROM n WHERE h = 'x;\\'y'", "SHOW"])
    }

    @Test("with more input at hand, a line that begins with a clause belongs to the statement before it")
    func pasted() {
        #expect(
            statements("SELECT AVG(x)\nFROM n\nGROUP BY h\nSHOW NAMESPACES\nSHOW METRICS")
                == ["SELECT AVG(x)\nFROM n\nGROUP BY h", "SHOW NAMESPACES", "SHOW METRICS"])
    }

    @Test("an empty line ends what cannot be complete, comments and blanks are skipped")
    func emptyLine() {
        #expect(statements("-- first\n\n  \nSELECT\n\nSHOW NAMESPACES") == ["SELECT", "SHOW NAMESPACES"])
    }

    @Test("whatever the cut into lines, statements with semicolons come out the same")
    func anyCut() {
        let text = #"SELECT AVG("a b") FROM "n;1" WHERE h = 'ü;x' ; SHOW NAMESPACES;"#
        let words = text.split(separator: " ")
        for cut in 1..<words.count where words[cut - 1] != "AVG(\"a" && !words[cut - 1].hasSuffix("\"a") {
            let lines = words[..<cut].joined(separator: " ") + "\n" + words[cut...].joined(separator: " ")
            let found = statements(lines).map { $0.replacing("\n", with: " ") }
            #expect(found == [#"SELECT AVG("a b") FROM "n;1" WHERE h = 'ü;x'"#, "SHOW NAMESPACES"], "cut \(cut)")
        }
    }
}

@Suite("Shell decisions")
struct ShellTests {
    @Test("a statement runs and is kept as one line")
    func multiLine() {
        var shell = Shell()
        #expect(shell.take(line: "SELECT AVG(x)") == [])
        #expect(shell.isContinuing)
        #expect(
            shell.take(line: "FROM n") == [
                .run(statement: "SELECT AVG(x)\nFROM n", historyEntry: "SELECT AVG(x) FROM n")
            ])
        #expect(!shell.isContinuing)
    }

    @Test("a line that begins with a blank is not kept")
    func privateLine() {
        var shell = Shell()
        #expect(shell.take(line: " SHOW NAMESPACES") == [.run(statement: "SHOW NAMESPACES", historyEntry: nil)])
    }

    @Test("backslash commands change the settings")
    func commands() {
        var shell = Shell()
        _ = shell.take(line: "\\format csv")
        _ = shell.take(line: "\\timing")
        _ = shell.take(line: "\\since 1h;")
        #expect(shell.settings.view.format == .csv)
        #expect(shell.settings.showsTiming)
        #expect(shell.settings.since == "1h")
        _ = shell.take(line: "\\since off")
        _ = shell.take(line: "\\timing off")
        #expect(shell.settings.since == "")
        #expect(!shell.settings.showsTiming)
        #expect(shell.take(line: "\\chart") == [.remember("\\chart"), .drawLastAnswer])
        #expect(shell.take(line: "quit").last == .quit)
        #expect(shell.take(line: "\\q").last == .quit)
    }

    @Test(
        "a wrong command is a complaint, never a statement",
        arguments: [
            "\\nope", "\\format xml", "\\timing maybe", "\\since 'x'", "\\since ;drop", "\\format csv json", "\\",
        ])
    func wrongCommands(line: String) {
        var shell = Shell()
        let actions = shell.take(line: line)
        guard case .complain = actions.last else {
            Issue.record("\(actions)")
            return
        }
    }

    @Test(
        "the default for SINCE goes before UNTIL and PERIOD and never overrides",
        arguments: [
            ("SELECT AVG(x) FROM n", "SELECT AVG(x) FROM n SINCE 1h"),
            ("select avg(x) from n period 1m", "select avg(x) from n SINCE 1h period 1m"),
            ("SELECT AVG(x) FROM n UNTIL 5m PERIOD 1m", "SELECT AVG(x) FROM n SINCE 1h UNTIL 5m PERIOD 1m"),
            ("SELECT AVG(x) FROM n SINCE 2h", "SELECT AVG(x) FROM n SINCE 2h"),
            ("SELECT AVG(\"since\") FROM n", "SELECT AVG(\"since\") FROM n SINCE 1h"),
            ("SHOW NAMESPACES", "SHOW NAMESPACES"),
        ])
    func since(statement: String, effective: String) {
        var settings = ShellSettings()
        settings.since = "1h"
        #expect(settings.applied(to: statement) == effective)
    }

    @Test("a command inside open quotes is text; Ctrl-C forgets the statement")
    func openQuote() {
        var shell = Shell()
        _ = shell.take(line: "SELECT AVG(x) FROM \"a")
        #expect(shell.take(line: "\\quit") == [])
        shell.interrupt()
        #expect(!shell.isContinuing)
        #expect(shell.take(line: "\\quit").last == .quit)
    }

    @Test("on a pipe, a command runs after the statement before it")
    func commandAfterStatement() {
        var shell = Shell()
        #expect(shell.take(line: "SHOW NAMESPACES", moreFollows: true) == [])
        let actions = shell.take(line: "\\chart", moreFollows: false)
        #expect(actions.first == .run(statement: "SHOW NAMESPACES", historyEntry: "SHOW NAMESPACES"))
        #expect(actions.last == .drawLastAnswer)
    }
}

@Suite("Tab")
struct TabCompletionTests {
    @Test("one candidate is inserted with a blank, several as far as they agree, then listed")
    func complete() {
        let names = ["SELECT", "SERIES", "SINCE"]
        #expect(TabCompletion.complete("sel", candidates: names) == .replace(scalarCount: 3, text: "SELECT "))
        #expect(TabCompletion.complete("s", candidates: ["SELECT", "SERIES"]) == .replace(scalarCount: 1, text: "SE"))
        #expect(TabCompletion.complete("S", candidates: names) == .list(names))
        #expect(TabCompletion.complete("x", candidates: names) == .nothing)
    }

    @Test("candidates are listed in columns, read downwards")
    func columns() {
        #expect(
            TabCompletion.columns(["a", "bb", "c", "d", "e"], width: 10)
                == "a   d\nbb  e\nc\n".replacing("a   d\nbb  e\nc\n", with: "a   d\nbb  e\nc\n"))
        #expect(TabCompletion.columns([], width: 80) == "")
    }
}
