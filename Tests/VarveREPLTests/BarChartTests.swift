import Testing
import VarveModel
import VarveQuery
import VarveREPL

/// Pictures are worked out by hand: rows and columns follow from the sizes named in each test.
@Suite("Bar charts")
struct BarChartTests {
    private let period: Int64 = 600_000_000_000

    private func answer(_ values: [[Double]], earlier: [[Double]]? = nil) -> Answer {
        let series = values.enumerated().map { self.series("abcdefgh"[$0.offset], $0.element) }
        let result = QueryResult(
            columns: [], rows: [], series: series, periodNs: period,
            range: TimeRange(start: testNowNs, end: testNowNs + period * Int64(values[0].count)))
        let comparison = earlier.map { earlier in
            Comparison(
                earlier: earlier.enumerated().map { self.series("abcdefgh"[$0.offset], $0.element) }, name: "1d ago")
        }
        return Answer(result, comparison: comparison)
    }

    private func series(_ label: Character, _ values: [Double]) -> QueryResult.Series {
        .init(
            label: String(label), groupValues: [],
            timestamps: values.indices.map { testNowNs + Int64($0) * period }, values: values)
    }

    private func style(lines: Int, columns: Int = 34, hasColour: Bool = false) -> ChartStyle {
        ChartStyle(columns: columns, lines: lines, hasColour: hasColour, zone: .utc)
    }

    // Four lines of plot are 32 eighths for 5; the bars are 3, 8, 16 and 32 of them.
    @Test("bars stand on zero and end in eighths of a character")
    func bars() {
        let expected = """
            5 ┤                      ███████
              │                      ███████
              │               ██████ ███████
              │▃▃▃▃▃▃ ███████ ██████ ███████
            0 └───────────────┬──────────────
                            00:30
               from 2026-11-22, times in UTC
             ██ a  min 0.5  mean 2.312  max 5  last 5
            """
        let text = ChartRenderer.render(answer([[0.5, 1.25, 2.5, 5]]), kind: .bar, style: style(lines: 10))
        #expect(text == expected + "\n")
    }

    // Six lines: three up, zero, two down; 8 eighths for 1 in both directions.
    @Test("negative bars hang from a line at zero, in the same scale")
    func negative() {
        let expected = """
               │
             2 ┤████████████
               │████████████
             0 ┤─────────────────────────────
               │              ████████████
            -2 ┤
               └┬─────────────┬──────────────
              00:10         00:20
                from 2026-11-22, times in UTC
             ██ a  min -1  mean 0.5  max 2  last -1
            """
        let text = ChartRenderer.render(answer([[2, -1]]), kind: .bar, style: style(lines: 12))
        #expect(text == expected + "\n")
    }

    // Five lines for 5: one for each.
    @Test("stacked bars add up; without colours every series has a pattern")
    func stacked() {
        let expected = """
            5 ┤░░░░░░░░░░░░   ░░░░░░░░░░░░
              │░░░░░░░░░░░░   ████████████
              │░░░░░░░░░░░░   ████████████
              │████████████   ████████████
              │████████████   ████████████
            0 └┬──────────────┬──────────────
             00:10          00:20
               from 2026-11-22, times in UTC
             ██ a  min 2  mean 3  max 4  last 4
             ░░ b  min 1  mean 2  max 3  last 1
            """
        let text = ChartRenderer.render(answer([[2, 4], [3, 1]]), kind: .stacked, style: style(lines: 12))
        #expect(text == expected + "\n")
    }

    @Test("with colours two layers share a character: the lower one in front, the upper one behind")
    func colours() {
        let text = ChartRenderer.render(
            answer([[2.5], [2.5]]), kind: .stacked, style: style(lines: 12, hasColour: true))
        // 20 of 40 eighths are the first series: two whole lines and half of the third.
        #expect(text.contains("\u{1b}[32;43m▄▄▄▄▄▄▄▄▄▄▄▄\u{1b}[0m"))
        #expect(text.contains("\u{1b}[32m██\u{1b}[0m a"))
        #expect(text.split(separator: "\u{1b}[0m").count == text.split(separator: "\u{1b}[3").count)
    }

    // 30 columns for two periods of three bars: 15 for each, 14 without the gap, 4 or 5 for a bar.
    @Test("bars of several series stand side by side")
    func grouped() {
        let text = ChartRenderer.render(
            answer([[1.25, 0], [2.5, 5], [5, 1.25]]), kind: .bar, style: style(lines: 12))
        let plot = text.split(separator: "\n").prefix(4).map { $0.drop { $0 != "┤" && $0 != "│" }.dropFirst() }
        #expect(plot.count == 4)
        for (pattern, heights) in [("█", [1, 0]), ("░", [2, 4]), ("▓", [4, 1])] {
            let column = plot.map { String($0.prefix(15)).contains(pattern) }.count { $0 }
            let second = plot.map { String($0.dropFirst(15)).contains(pattern) }.count { $0 }
            #expect([column, second] == heights, "\(pattern)\n\(text)")
        }
    }

    @Test("more periods than columns: a bar is the largest of several, and the caption says so")
    func merged() {
        var values = [Double](repeating: 1, count: 300)
        values[137] = -7
        let text = ChartRenderer.render(answer([values]), kind: .bar, style: style(lines: 12, columns: 60))
        #expect(text.contains(" each bar is the largest of 6 periods (1h)\n"), "\(text)")
        // The one peak is drawn, below zero.
        let lines = text.split(separator: "\n")
        let zero = lines.firstIndex { $0.contains("0 ┤──") } ?? 0
        #expect(lines[zero + 1].contains("█"), "\(text)")
    }

    @Test("what was earlier is a dash at its height, in a line of the legend of its own")
    func compared() {
        let text = ChartRenderer.render(
            answer([[2.5, 5]], earlier: [[5, 2.5]]), kind: .bar, style: style(lines: 10))
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "5 ┤╌╌╌╌╌╌╌╌╌╌╌╌   ████████████")
        #expect(lines[1] == "  │               ████████████")
        #expect(lines[2] == "  │████████████   ╌╌╌╌╌╌╌╌╌╌╌╌")
        #expect(lines[3] == "  │████████████   ████████████")
        #expect(text.contains(" ╌╌ a (1d ago)  min 2.5"))
    }

    @Test(
        "no value, number of values and size makes it fail, and nothing is wider than the terminal",
        arguments: [0.0, -1, 1e308, -1e308, .leastNonzeroMagnitude, .infinity, .nan, 1e15 + 0.5], ChartKind.allCases)
    func extremes(value: Double, kind: ChartKind) {
        for columns in [1, 20, 60, 200] {
            for count in [1, 2, 1_000] {
                for seriesCount in [1, 8] {
                    let values = (0..<count).map { $0.isMultiple(of: 3) ? value : -value }
                    let answer = answer(
                        [[Double]](repeating: values, count: seriesCount),
                        earlier: [[Double]](repeating: [1], count: seriesCount))
                    let text = ChartRenderer.render(
                        answer, kind: kind, style: style(lines: 14, columns: columns))
                    #expect(!text.isEmpty)
                    guard columns >= 60 else { continue }
                    let axis = text.split(separator: "\n").prefix { !$0.contains("  min ") }
                    #expect(axis.allSatisfy { DisplayWidth.of(String($0)) <= columns }, "\(text)")
                }
            }
        }
    }
}

extension String {
    fileprivate subscript(_ offset: Int) -> Character { self[index(startIndex, offsetBy: offset)] }
}

@Suite("Sparklines")
struct SparklineTests {
    private let second: Int64 = 1_000_000_000

    private func line(_ values: [Double], from start: Int64 = 0, buckets: Int64, columnsMax: Int = 20) -> String {
        let series = QueryResult.Series(
            label: "", groupValues: [], timestamps: values.indices.map { (start + Int64($0)) * second }, values: values)
        return Sparkline.text(
            series, range: TimeRange(start: 0, end: buckets * second), periodNs: second, columnsMax: columnsMax)
    }

    @Test("the smallest value is the lowest block, the largest the highest")
    func ramp() {
        #expect(line([0, 1, 2, 3, 4, 5, 6, 7], buckets: 8) == "▁▂▃▄▅▆▇█")
        #expect(line([-1, 1], buckets: 2) == "▁█")
        #expect(line([-1e308, 1e308, 0], buckets: 3) == "▁█▅")
    }

    @Test("equal values are in the middle; what is missing is blank")
    func gaps() {
        #expect(line([5, 5, 5], buckets: 3) == "▄▄▄")
        #expect(line([5, .nan, 7], from: 1, buckets: 6) == " ▁ █  ")
        #expect(line([.nan], buckets: 1) == " ")
        #expect(line([], buckets: 3) == "   ")
    }

    @Test("more buckets than columns are put together by their mean")
    func merged() {
        #expect(line([0, 2, 4, 6, 10, 14], buckets: 6, columnsMax: 3) == "▁▃█")
        #expect(line([1], buckets: Int64.max / second, columnsMax: 4) == "▄   ")
        #expect(line([1], buckets: 0) == "")
        #expect(line([1], buckets: 3, columnsMax: 0) == "")
    }

    @Test("a table has a row for each series, with its line and its extremes")
    func table() throws {
        var result = QueryResult.twoHosts
        result.range = TimeRange(start: testNowNs - 180 * second, end: testNowNs + 60 * second)
        let expected = """
             host │ AVG(usage_user) │      min │ max │ last
            ──────┼─────────────────┼──────────┼─────┼──────
             a    │  ▁▁█            │ 0.333333 │  99 │   99
             日本 │    ▄            │       50 │  50 │   50
            (2 series, 00:07:00 to 00:11:00, period 1m, times in UTC)
            """
        #expect(SparklineTable.render(result, zone: .utc, columnsMax: 80) == expected + "\n")
        var list = result
        list.series = nil
        #expect(SparklineTable.render(list, zone: .utc, columnsMax: 80) == nil)
        result.range = TimeRange(start: testNowNs, end: testNowNs + 60 * second)
        #expect(SparklineTable.render(result, zone: .utc, columnsMax: 80) == nil, "one bucket is no line")
    }
}
