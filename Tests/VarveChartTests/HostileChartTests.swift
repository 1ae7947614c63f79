import Testing
import VarveChart
import VarveModel

@Suite struct HostileChartTests {
    @Test(
        "no picture is too small", arguments: Chart.View.allCases,
        [(1, 1), (2, 2), (50, 20), (20, 50), (1, 2_000), (2_000, 1), (119, 79), (121, 81), (160, 60)])
    func sizes(view: Chart.View, size: (Int, Int)) throws {
        var chart = Samples.chart()
        chart.view = view
        (chart.width, chart.height) = size
        chart.title = "Title"
        chart.series = (0..<3).map { index in Samples.series("series \(index)", unit: .bytes) { Double($0 * index) } }
        chart.series[1].side = .right
        chart.horizontals = [ChartHorizontal(value: 100, label: "limit", fill: .above)]
        chart.verticals = [ChartVertical(timestampNs: Samples.noonNs + Nanoseconds.perHour, label: "now", fill: .after)]
        chart.alarms = [ChartAlarm(name: "High", state: .alarm, threshold: 50)]
        for legend in Chart.LegendPosition.allCases {
            chart.legend = legend
            let file = try #require(chart.png())
            let picture = try #require(DecodedPNG(file))
            #expect(picture.width == size.0 && picture.height == size.1)
        }
    }

    @Test("nothing that a chart may hold makes it trap", arguments: [1, 22, 333, 4_444, 55_555] as [UInt64])
    func random(seed: UInt64) throws {
        var generator = SmallGenerator(state: seed)
        for number in 0..<40 {
            let chart = Self.chart(&generator)
            let png = try #require(chart.png(), "seed \(seed), chart \(number)")
            #expect(png.count > 60, "seed \(seed), chart \(number)")
        }
    }

    @Test("five hundred series and series of a hundred thousand points are drawn in every view")
    func many() throws {
        var chart = Samples.chart()
        let times = (0..<100_000).map { Samples.noonNs + Int64($0) * 108 * Nanoseconds.perMillisecond }
        chart.series = [ChartSeries(label: "long", timestampsNs: times, values: times.indices.map { Double($0 % 977) })]
        chart.series += (0..<500).map { index in
            Samples.series("series \(index)", count: 60) { Double($0 * index % 311) }
        }
        for view in Chart.View.allCases {
            chart.view = view
            #expect(try #require(chart.png()).count > 1_000)
        }
    }

    @Test("texts of any kind are one line: breaks, zero bytes, right-to-left, combining marks, ten thousand characters")
    func texts() throws {
        for text in [
            "a\nb\r\u{0}c\t", "مرحبا", "e\u{301}\u{302}\u{303}", "👩‍👩‍👧‍👦", String(repeating: "W", count: 10_000),
            "\u{202e}x",
        ] {
            var chart = Samples.chart()
            chart.title = text
            chart.left.label = text
            chart.series = [Samples.series(text) { Double($0) }]
            chart.horizontals = [ChartHorizontal(value: 90, label: text)]
            for view in Chart.View.allCases {
                chart.view = view
                #expect(chart.png() != nil)
            }
        }
    }

    // MARK: Random charts

    private static let numbers: [Double] = [
        0, -0.0, 1, -1, 100, 1e-5, 1e308, -1e308, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .nan, .infinity,
        -.infinity, 1e300, 4_096,
    ]
    private static let instants: [Int64] = [
        .min, .max, 0, -1, Samples.noonNs, Samples.noonNs + 1, Samples.noonNs + Nanoseconds.perHour,
        Samples.noonNs + 3 * Nanoseconds.perHour, .max - 1, .min + 1,
    ]

    private static func number(_ generator: inout SmallGenerator) -> Double {
        Bool.random(using: &generator)
            ? numbers.randomElement(using: &generator) ?? 0 : Double.random(in: -1e4...1e4, using: &generator)
    }

    private static func instant(_ generator: inout SmallGenerator) -> Int64 {
        Int.random(in: 0..<4, using: &generator) == 0
            ? instants.randomElement(using: &generator) ?? 0
            : Samples.noonNs + Int64.random(in: -20_000...20_000, using: &generator) * Nanoseconds.perSecond
    }

    private static func wish(_ generator: inout SmallGenerator) -> Double? {
        Bool.random(using: &generator) ? number(&generator) : nil
    }

    private static func chart(_ generator: inout SmallGenerator) -> Chart {
        let (first, second) = (instant(&generator), instant(&generator))
        var chart = Chart(range: TimeRange(start: min(first, second), end: max(first, second)))
        chart.view = Chart.View.allCases.randomElement(using: &generator) ?? .lines
        chart.theme = Chart.Theme.allCases.randomElement(using: &generator) ?? .light
        chart.legend = Chart.LegendPosition.allCases.randomElement(using: &generator) ?? .bottom
        chart.width = Int.random(in: -5...700, using: &generator)
        chart.height = Int.random(in: -5...500, using: &generator)
        chart.title = Bool.random(using: &generator) ? "Title" : nil
        chart.periodNs = [nil, 0, -1, 1, Nanoseconds.perMinute, .max].randomElement(using: &generator) ?? nil
        chart.zoneOffsetSeconds = [0, 3_600, -86_399, .max / 4_000_000_000].randomElement(using: &generator) ?? 0
        chart.hasFullPrecision = Bool.random(using: &generator)
        chart.left = ChartAxis(min: wish(&generator), max: wish(&generator), label: "left")
        chart.right = ChartAxis(min: wish(&generator), max: wish(&generator), showsUnits: false)
        chart.series = (0..<Int.random(in: 0...6, using: &generator)).map { _ in series(&generator) }
        chart.bands = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
            let one = series(&generator)
            return ChartBand(
                label: one.label, side: one.side, timestampsNs: one.timestampsNs, lower: one.values,
                upper: one.values.map { _ in number(&generator) })
        }
        chart.horizontals = (0..<Int.random(in: 0...4, using: &generator)).map { _ in horizontal(&generator) }
        chart.verticals = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
            let fill: [ChartVertical.Fill] = [.none, .before, .after, .to(instant(&generator))]
            return ChartVertical(
                timestampNs: instant(&generator), label: "v", fill: fill.randomElement(using: &generator) ?? .none)
        }
        chart.alarms = [ChartAlarm(name: "alarm", state: .alarm, threshold: wish(&generator))]
        return chart
    }

    private static func horizontal(_ generator: inout SmallGenerator) -> ChartHorizontal {
        let fill: [ChartHorizontal.Fill] = [.none, .above, .below, .to(number(&generator))]
        return ChartHorizontal(
            value: number(&generator), label: Bool.random(using: &generator) ? "h" : nil,
            fill: fill.randomElement(using: &generator) ?? .none,
            side: Chart.Side.allCases.randomElement(using: &generator) ?? .left)
    }

    private static func series(_ generator: inout SmallGenerator) -> ChartSeries {
        var times = (0..<Int.random(in: 0...300, using: &generator)).map { _ in instant(&generator) }
        if Bool.random(using: &generator) { times.sort() }
        return ChartSeries(
            label: "s", side: Chart.Side.allCases.randomElement(using: &generator) ?? .left, timestampsNs: times,
            values: times.map { _ in number(&generator) },
            unit: Unit.allCases.randomElement(using: &generator) ?? .none)
    }
}
