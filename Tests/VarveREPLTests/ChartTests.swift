import Testing
import VarveModel
import VarveQuery
import VarveREPL

@Suite("Charts")
struct ChartTests {
    private let minute: Int64 = 60_000_000_000

    private func style(hasColour: Bool = false) -> ChartStyle {
        ChartStyle(columns: 60, lines: 14, hasColour: hasColour, zone: .utc)
    }

    private func ramp(_ label: String, from start: Double = 0, count: Int = 30) -> QueryResult.Series {
        .init(
            label: label, groupValues: [],
            timestamps: (0..<count).map { testNowNs + Int64($0) * minute },
            values: (0..<count).map { start + Double($0) * 50 })
    }

    private func result(_ series: [QueryResult.Series]) -> Answer {
        Answer(
            QueryResult(
                columns: [], rows: [], series: series, periodNs: minute,
                range: TimeRange(start: testNowNs, end: testNowNs + 30 * minute)))
    }

    @Test("a ramp is drawn between round values and round times")
    func ramp() {
        let expected = """
            1.5k ┤                                              ⢀⣀⡠⠤⠒⠂
                 │                                       ⢀⣀⡠⠤⠒⠒⠉⠁
              1k ┤                                ⢀⣀⡠⠤⠒⠒⠉⠁
                 │                           ⣀⠤⠒⠒⠉⠁
                 │                    ⣀⣀⠤⠔⠒⠊⠉
             500 ┤             ⣀⣀⠤⠔⠒⠊⠉
                 │      ⣀⣀⠤⠔⠒⠊⠉
               0 ┤⣀⠤⠔⠒⠊⠉
                 └┬────────────────┬─────────────────┬─────────────────
                00:10            00:20             00:30
                  from 2026-11-22, times in UTC
             ⠒⠒ AVG(x)  min 0  mean 725  max 1.45k  last 1.45k
            """
        #expect(ChartRenderer.render(result([ramp("AVG(x)")]), style: style()) == expected + "\n")
    }

    @Test("without colours, several series are told apart by marks")
    func marks() {
        let expected = """
            4k ┤
               │
               │
            2k ┤                                      + + + ++ + + + +
               │                + + + ++ + + + + ++ +     * ** * * * *
               │++ + + + + ++ +     * ** * * * * ** * * *
             0 ┤** * * * * ** * * *
               └┬─────────────────┬─────────────────┬──────────────────
              00:10             00:20             00:30
                from 2026-11-22, times in UTC
             *  a  min 0    mean 725     max 1.45k  last 1.45k
             +  b  min 700  mean 1.425k  max 2.15k  last 2.15k
            """
        let text = ChartRenderer.render(result([ramp("a"), ramp("b", from: 700)]), style: style())
        #expect(text == expected + "\n")
    }

    @Test("with colours, each series has its own, in the plot and in the legend")
    func colours() {
        let text = ChartRenderer.render(result([ramp("a"), ramp("b", from: 700)]), style: style(hasColour: true))
        #expect(text.contains("\u{1b}[32m━━\u{1b}[0m a"))
        #expect(text.contains("\u{1b}[33m━━\u{1b}[0m b"))
        // Every colour that begins ends.
        #expect(text.split(separator: "\u{1b}[0m").count == text.split(separator: "\u{1b}[3").count)
    }

    @Test("a missing bucket breaks the line, as NaN does")
    func gaps() {
        var series = ramp("x", count: 3)
        series.values = [10, 10, 10]
        let whole = ChartRenderer.render(result([series]), style: style())
        series.values[1] = .nan
        let withNaN = ChartRenderer.render(result([series]), style: style())
        series.values.remove(at: 1)
        series.timestamps.remove(at: 1)
        let missing = ChartRenderer.render(result([series]), style: style())
        #expect(dots(whole) > 2)
        #expect(dots(withNaN) == 2)
        #expect(dots(missing) == 2)
    }

    /// Dots above the axis.
    private func dots(_ text: String) -> Int {
        text.split(separator: "└")[0].unicodeScalars.reduce(0) { count, scalar in
            (0x2800...0x28FF).contains(scalar.value) ? count + (scalar.value - 0x2800).nonzeroBitCount : count
        }
    }

    @Test("nothing to draw is a sentence, and more than eight series are counted")
    func nothing() {
        #expect(ChartRenderer.render(result([]), style: style()) == "No data to draw.\n")
        var nan = ramp("x", count: 1)
        nan.values = [.nan]
        #expect(ChartRenderer.render(result([nan]), style: style()) == "No data to draw.\n")
        let list = Answer(QueryResult(columns: [], rows: []))
        #expect(ChartRenderer.render(list, style: style()).hasPrefix("This answer is a list"))
        let many = ChartRenderer.render(result((0..<11).map { ramp("s\($0)") }), style: style())
        #expect(many.contains("and 3 more series, not drawn"))
    }

    @Test(
        "no value and no size makes the renderer fail",
        arguments: [
            0.0, -1, 1e308, -1e308, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity, .nan,
            1e15 + 0.5,
        ])
    func extremes(value: Double) {
        for (columns, lines) in [(20, 5), (60, 14), (1, 1), (200, 50)] {
            let style = ChartStyle(columns: columns, lines: lines, hasColour: true, zone: .utc)
            var series = ramp("x", count: 3)
            series.values = [value, 1, -value]
            #expect(!ChartRenderer.render(result([series]), style: style).isEmpty)
            series.timestamps = [.min, 0, .max]
            var extreme = result([series])
            extreme.result.range = .all
            #expect(!ChartRenderer.render(extreme, style: style).isEmpty)
        }
    }

    @Test(
        "ticks are round and cover the values",
        arguments: [
            (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (0, 1450, [0, 500, 1000, 1500]),
            (-3, 7, [-4, -2, 0, 2, 4, 6, 8]),
            (5, 5, [4.4, 4.6, 4.8, 5, 5.2, 5.4, 5.6]), (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ] as [(Double, Double, [Double])])
    func ticks(low: Double, high: Double, expected: [Double]) {
        let ticks = NiceTicks.values(from: low, through: high, countWanted: 6)
        #expect(ticks.count == expected.count, "\(ticks)")
        for (tick, wanted) in zip(ticks, expected) { #expect(abs(tick - wanted) < 1e-9) }
    }

    @Test("time ticks are round on the reader's clock")
    func timeTicks() {
        let zone = LocalZone.fixed(offsetSeconds: 19_800)
        let day = TimeRange(start: testNowNs, end: testNowNs + 1_440 * minute)
        let ticks = NiceTicks.times(in: day, countWanted: 4, zone: zone)
        #expect(ticks.stepNs == 360 * minute)
        #expect(
            ticks.timestampsNs.map { zone.calendarTime(ofNs: $0).minuteText } == ["06:00", "12:00", "18:00", "00:00"])
    }
}
