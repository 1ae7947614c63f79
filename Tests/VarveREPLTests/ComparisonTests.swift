import Testing
import VarveModel
import VarveQuery
import VarveREPL

@Suite("Comparing with earlier")
struct ComparisonTests {
    private let minute: Int64 = 60_000_000_000
    private let day: Int64 = 86_400_000_000_000
    private let statement = "SELECT AVG(x) FROM n WHERE h != 'q' GROUP BY h HAVING AVG(x) > 1 ORDER BY MAX() DESC"

    private func result(_ start: Int64, _ series: [(String, [Int64: Double])]) -> QueryResult {
        let made = series.map { label, points in
            let times = points.keys.sorted()
            return QueryResult.Series(
                label: label, groupValues: [label], timestamps: times.map { start + $0 * minute },
                values: times.map { points[$0] ?? .nan })
        }
        return QueryResult(
            columns: [
                .init(name: "time", kind: .time), .init(name: "h", kind: .text), .init(name: "AVG(x)", kind: .number),
            ],
            rows: [], series: made, periodNs: minute, range: TimeRange(start: start, end: start + 3 * minute))
    }

    @Test("the statement is asked for the same range that long before, and rows that belong together stand together")
    func table() throws {
        let session = FakeSession()
        let start = testNowNs
        session.answers[statement] = result(start, [("a", [0: 10, 1: 20]), ("b", [2: 5])])
        let earlier =
            "SELECT AVG(x) FROM n WHERE h != 'q' GROUP BY h SINCE 2026-11-21T00:10:00Z UNTIL 2026-11-21T00:13:00Z "
            + "PERIOD 1m"
        session.answers[earlier] = result(start - day, [("a", [1: 15, 2: 1]), ("gone", [0: 7])])
        let answer = try Comparison.run(statement, shiftNs: day, on: session, cancellation: nil)
        #expect(session.statements == [statement, earlier])
        let console = RecordedConsole().console()
        let expected = """
             time     │ h    │ AVG(x) │ AVG(x) 1d ago │ difference
            ──────────┼──────┼────────┼───────────────┼────────────
             00:10:00 │ a    │     10 │               │
             00:11:00 │ a    │     20 │            15 │          5
             00:12:00 │ a    │        │             1 │
             00:12:00 │ b    │      5 │               │
             00:10:00 │ gone │        │             7 │
            (5 rows, period 1m, times in UTC)
            """
        #expect(console.text(of: answer, as: AnswerView()) == expected + "\n")
        // Programs get both lines of each chart.
        #expect(answer.document.series?.map(\.label) == ["a", "b", "gone", "a (1d ago)", "gone (1d ago)"])
        #expect(answer.document.series?[3].timestamps == [start + minute, start + 2 * minute])
    }

    @Test("with LIMIT, only the series of now are shown, and found among all of then")
    func limit() throws {
        let session = FakeSession()
        let statement = "SELECT AVG(x) FROM n GROUP BY h LIMIT 1"
        session.answers[statement] = result(testNowNs, [("a", [0: 1])])
        session.answers[
            "SELECT AVG(x) FROM n GROUP BY h LIMIT 100000 "
                + "SINCE 2026-11-21T00:10:00Z UNTIL 2026-11-21T00:13:00Z PERIOD 1m"
        ] = result(testNowNs - day, [("z", [0: 9]), ("a", [0: 2])])
        let answer = try Comparison.run(statement, shiftNs: day, on: session, cancellation: nil)
        #expect(answer.result.series?.map(\.label) == ["a"])
        #expect(answer.comparison?.earlier.map { $0?.values } == [[2]])
    }

    @Test("nothing then and now is an empty table with the same columns")
    func empty() throws {
        let session = FakeSession()
        session.answers["SELECT AVG(x) FROM n GROUP BY h"] = result(testNowNs, [])
        let answer = try Comparison.run("SELECT AVG(x) FROM n GROUP BY h", shiftNs: day, on: session, cancellation: nil)
        #expect(answer.result.columns.map(\.name) == ["time", "h", "AVG(x)", "AVG(x) 1d ago", "difference"])
        #expect(answer.result.rows.isEmpty)
    }

    @Test("what cannot be compared is refused with the reason")
    func refusals() {
        let session = FakeSession()
        session.answers["SELECT AVG(x) FROM n"] = result(testNowNs, [("a", [0: 1])])
        for (statement, shift, why) in [
            ("SHOW METRICS", day, "only a SELECT of aggregates"),
            ("SELECT * FROM n", day, "only a SELECT of aggregates"),
            ("SELECT AVG(x) FRM n", day, "expected ',' or FROM"), ("SELECT AVG(x) FROM n", minute / 2, "multiple"),
        ] {
            let problem = #expect(throws: Problem.self) {
                try Comparison.run(statement, shiftNs: shift, on: session, cancellation: nil)
            }
            #expect(problem?.line.contains(why) == true, "\(problem?.line ?? "")")
        }
    }

    @Test("in a chart, then lies dashed beneath now, and both are in the legend")
    func chart() throws {
        let session = FakeSession()
        let statement = "SELECT AVG(x) FROM n GROUP BY h"
        session.answers[statement] = result(testNowNs, [("a", [0: 10, 1: 10, 2: 10])])
        session.answers[
            "SELECT AVG(x) FROM n GROUP BY h SINCE 2026-11-21T00:10:00Z UNTIL 2026-11-21T00:13:00Z PERIOD 1m"
        ] = result(testNowNs - day, [("a", [0: 0, 1: 0, 2: 0])])
        let answer = try Comparison.run(statement, shiftNs: day, on: session, cancellation: nil)
        let style = ChartStyle(columns: 36, lines: 10, hasColour: false, zone: .utc)
        let text = ChartRenderer.render(answer, style: style)
        let lines = text.split(separator: "\n").map(String.init)
        func dots(_ line: String) -> Int {
            line.unicodeScalars.reduce(0) { count, scalar in
                (0x2800...0x28FF).contains(scalar.value) ? count + (scalar.value - 0x2800).nonzeroBitCount : count
            }
        }
        // Two thirds of 62 dots, and about half of them.
        #expect(dots(lines[0]) > 35, "\(text)")
        #expect((dots(lines[0]) / 2 - 3...dots(lines[0]) / 2 + 3).contains(dots(lines[3])), "\(text)")
        #expect(text.contains(" ⠒⠒ a           min 10"))
        #expect(text.contains(" ⠂⠂ a (1d ago)  min 0"))
        let coloured = ChartRenderer.render(
            answer, style: ChartStyle(columns: 70, lines: 10, hasColour: true, zone: .utc))
        #expect(coloured.contains(", compared with 1d ago\n"))
        #expect(coloured.contains("\u{1b}[2;32m"), "\(coloured)")
    }
}
