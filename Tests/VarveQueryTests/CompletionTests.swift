import Testing
import VarveModel
import VarveQuery

@Suite struct CompletionTests {
    typealias Candidate = CompletionContext.Candidate

    /// `|` marks the cursor.
    private func context(_ marked: String) -> CompletionContext {
        let cursor = marked.utf8.firstIndex(of: UInt8(ascii: "|")).map {
            marked.utf8.distance(from: marked.utf8.startIndex, to: $0)
        }
        return QueryEngine.completionContext(statement: marked.filter { $0 != "|" }, cursor: cursor ?? 0)
    }

    @Test(
        "the grammar says what can follow",
        arguments: [
            ("|", [.keyword("SELECT"), .keyword("MATH"), .keyword("SHOW"), .keyword("EXPLAIN")]),
            ("SEL|", [.keyword("SELECT"), .keyword("MATH"), .keyword("SHOW"), .keyword("EXPLAIN")]),
            ("EXPLAIN |", [.keyword("ANALYZE"), .keyword("MATH"), .keyword("SELECT")]),
            ("MATH m = SELECT AVG(|) FROM n, o = SELECT AVG(x) FROM p", [.metric(namespace: "n")]),
            ("MATH m = SELECT AVG(x) FROM n, o = SELECT AVG(|) FROM p", [.metric(namespace: "p")]),
            ("MATH m = SELECT AVG(x) FROM |", [.keyword("SCHEMA"), .namespace]),
            (
                "MATH e = FILL(m, 0) |",
                ["AS", "SINCE", "UNTIL", "PERIOD", "RETURN"].map { .keyword($0) }
            ),
            ("MATH e = FILL(m |", []),
            (
                "SELECT A|",
                [
                    "AVG", "COUNT", "LAST", "MAX", "MIN", "SUM", "IQM", "p50", "p90", "p95", "p99", "TM", "WM", "TC",
                    "TS", "PR",
                ].map { .keyword($0) }
            ),
            ("SELECT AVG(|", [.metric(namespace: nil)]),
            ("SELECT AVG(us|) FROM \"System/Linux\"", [.metric(namespace: "System/Linux")]),
            ("SELECT AVG(|) FROM SCHEMA(n, k)", [.metric(namespace: "n")]),
            ("SELECT AVG(x) |", [.keyword("FROM")]),
            ("SELECT AVG(x) FROM |", [.keyword("SCHEMA"), .namespace]),
            ("SELECT AVG(x) FROM System/L|", [.keyword("SCHEMA"), .namespace]),
            ("SELECT AVG(x) FROM \"Sys|", [.namespace]),
            ("SELECT AVG(x) FROM SCHEMA(n, |", [.dimensionName(namespace: "n")]),
            ("SELECT AVG(x) FROM n WHERE |", [.dimensionName(namespace: "n")]),
            ("SELECT AVG(x) FROM n WHERE host = |", [.dimensionValue(name: "host", namespace: "n")]),
            ("SELECT AVG(x) FROM n WHERE host != 'web|", [.dimensionValue(name: "host", namespace: "n")]),
            ("SELECT AVG(x) FROM n WHERE host = \"web|", []),
            ("SELECT AVG(x) FROM n GROUP |", [.keyword("BY")]),
            ("SELECT AVG(x) FROM n GROUP BY |", [.dimensionName(namespace: "n")]),
            ("SELECT AVG(x) FROM n LIMIT 5 |", [.keyword("SINCE"), .keyword("UNTIL"), .keyword("PERIOD")]),
            ("SELECT AVG(x) FROM n SINCE |", [.time]),
            ("SELECT AVG(x) FROM n SINCE 1h PERIOD 3|", [.duration]),
            ("SHOW |", [.keyword("NAMESPACES"), .keyword("METRICS"), .keyword("SERIES"), .keyword("DIMENSIONS")]),
            ("SHOW METRICS FROM |", [.namespace]),
            // After a mistake there is nothing to offer.
            ("SELECT FROM |", []),
            ("SELECT AVG(x) FROM n LIMIT |", []),
        ] as [(String, [Candidate])])
    func candidates(marked: String, expected: [Candidate]) { #expect(context(marked).candidates == expected) }

    @Test("the word under the cursor is split off with its quote")
    func word() {
        let name = context("SELECT AVG(x) FROM \"Sys|tem")
        #expect(name.prefix == "Sys" && name.quote == "\"" && name.wordStart == 19)
        let bare = context("SELECT AVG(us|)")
        #expect(bare.prefix == "us" && bare.quote == nil && bare.wordStart == 11)
        let none = context("SELECT AVG(x) |")
        #expect(none.prefix.isEmpty && none.wordStart == 14)
    }

    @Test("names and values come from the data, quoted as they must be")
    func texts() {
        var snapshot = FakeSnapshot()
        snapshot.add("System/Linux", "usage_user", ["host": "web'1", "cpu core": "0"], rows: [])
        snapshot.add("System/Linux", "usage_system", ["host": "db"], rows: [])
        snapshot.add("app", "limit", rows: [])
        func complete(_ text: String) -> [String] {
            QueryEngine.complete(text, cursor: text.utf8.count, on: snapshot, in: .default).texts
        }
        #expect(complete("SELECT AVG(US") == ["usage_system", "usage_user"])
        #expect(complete("SELECT AVG(l") == ["\"limit\""])
        #expect(complete("SELECT AVG(x) FROM ") == ["\"System/Linux\"", "SCHEMA", "app"])
        #expect(complete("SELECT AVG(x) FROM \"sys") == ["\"System/Linux\""])
        #expect(complete("SELECT AVG(x) FROM \"System/Linux\" GROUP BY ") == ["\"cpu core\"", "host"])
        #expect(complete("SELECT AVG(x) FROM \"System/Linux\" WHERE host = ") == ["'db'", "'web\\'1'"])
        #expect(complete("SELECT AVG(x) FROM \"System/Linux\" WHERE host = 'w") == ["'web\\'1'"])
        #expect(complete("SELECT AVG(x) FROM app O") == ["ORDER BY"])
        #expect(complete("SELECT AVG(x) FROM app SINCE n") == ["now"])
    }

    @Test("an expression goes on with names that the statement has defined, with functions and words")
    func math() {
        var snapshot = FakeSnapshot()
        snapshot.add("n", "x", rows: [])
        func complete(_ text: String) -> [String] {
            QueryEngine.complete(text, cursor: text.utf8.count, on: snapshot, in: .default).texts
        }
        #expect(complete("MATH busy = SELECT AVG(x) FROM n, FIL") == ["FILL"])
        #expect(complete("MATH busy = SELECT AVG(x) FROM n RETURN FILL(b") == ["busy"])
        #expect(complete("MATH busy = SELECT AVG(x) FROM n RETURN 2 * RU") == ["RUNNING_SUM"])
        #expect(complete("MATH busy = SELECT AVG(x) FROM n RETURN FILL(busy, REP") == ["REPEAT"])
        #expect(complete("MATH a = 1, SEL") == ["SELECT"])
        #expect(complete("MATH busy = SELECT AVG(x) FROM n RET") == ["RETURN"])
    }

    @Test("every word of the language is listed once")
    func keywords() {
        #expect(Set(Keywords.all).count == Keywords.all.count)
        #expect(Keywords.all.contains("AVG") && Keywords.all.contains("SINCE") && Keywords.all.contains("NAMESPACES"))
    }
}
