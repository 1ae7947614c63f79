import Glibc
import Testing
import VarveChart
import VarveModel

@Suite struct PictureTests {
    /// First colour of the palette, its second, the grid and the axis of the light theme.
    private static let blue: UInt32 = 0x0072b2
    private static let vermilion: UInt32 = 0xd55e00
    private static let axis: UInt32 = 0xb4bac2

    private static func draw(_ chart: Chart) throws -> DecodedPNG {
        let png = try #require(chart.png())
        return try #require(DecodedPNG(png))
    }

    /// Rows of the plot, from an axis of 0 to 100: the row of the line at the bottom, and that of 100.
    private static func plotRows(_ picture: DecodedPNG) throws -> (bottom: Int, top: Int) {
        let middle = picture.width / 2 + 7
        let bottom = try #require((0..<picture.height).first { picture[middle, $0] == axis })
        let top = try #require((0..<picture.height).first { picture[middle, $0] == 0xe8eaed })
        return (bottom, top)
    }

    @Test(
        "pictures have the size that is asked for, and the nearest one that there is",
        arguments: [
            (600, 400, 600, 400), (1, 1, 1, 1), (2_000, 3, 2_000, 3), (0, -5, 1, 1), (9_999, 2_001, 2_000, 2_000),
        ])
    func size(width: Int, height: Int, drawnWidth: Int, drawnHeight: Int) throws {
        var chart = Samples.chart()
        (chart.width, chart.height) = (width, height)
        let picture = try Self.draw(chart)
        #expect(picture.width == drawnWidth && picture.height == drawnHeight)
    }

    @Test("the same chart is the same bytes", arguments: Chart.View.allCases)
    func determinism(view: Chart.View) throws {
        var chart = Samples.chart()
        chart.view = view
        chart.title = "Twice"
        chart.series = [Samples.series("a") { 50 + 20 * sin(Double($0) / 9) }, Samples.series("b") { Double($0) }]
        let first = try #require(chart.png())
        #expect(first == chart.png())
    }

    @Test("a line is where its values are: its colour is in all columns but those of a gap")
    func lineColumns() throws {
        var chart = Samples.chart()
        chart.legend = .hidden
        chart.series = [Samples.series("load") { (90..<120).contains($0) ? .nan : 50 }]
        let columns = Set(try Self.draw(chart).columns(with: Self.blue))
        let (first, last) = (try #require(columns.min()), try #require(columns.max()))
        #expect(last - first > 480)
        // Minutes 90 to 119 of 180 have no value; the line ends at minute 89 and begins at minute 120.
        let width = Double(last - first) / 179
        for minute in 0..<180 {
            let column = first + Int((Double(minute) * width).rounded())
            if (91..<119).contains(minute) { #expect(!columns.contains(column), "minute \(minute)") }
            if minute < 89 || minute > 120 { #expect(columns.contains(column), "minute \(minute)") }
        }
    }

    @Test("a level line and a filled band are at the rows of their values")
    func bandRows() throws {
        var chart = Samples.chart()
        chart.legend = .hidden
        chart.left = ChartAxis(min: 0, max: 100)
        chart.series = [Samples.series("load") { _ in 10 }]
        chart.horizontals = [ChartHorizontal(value: 25, colour: ChartColour(0xff0000), fill: .to(75))]
        let picture = try Self.draw(chart)
        let (bottom, top) = try Self.plotRows(picture)
        // 13% of pure red on white.
        let tinted = picture.rows(near: 0xffdede, columns: 300..<330)
        let height = Double(bottom - top)
        let (first, last) = (try #require(tinted.first), try #require(tinted.last))
        #expect(abs(Double(bottom - first) / height - 0.75) < 0.01)
        #expect(abs(Double(bottom - last) / height - 0.25) < 0.01)
        let lines = picture.rows(with: Self.blue)
        #expect(lines.allSatisfy { abs(Double(bottom - $0) / height - 0.1) < 0.015 } && !lines.isEmpty)
    }

    @Test("areas above and below a line end at the edges of the plot")
    func fillsToTheEdges() throws {
        var chart = Samples.chart()
        chart.legend = .hidden
        chart.left = ChartAxis(min: 0, max: 100)
        chart.horizontals = [
            ChartHorizontal(value: 80, colour: ChartColour(0xff0000), fill: .above),
            ChartHorizontal(value: 20, colour: ChartColour(0x0000ff), fill: .below),
        ]
        let picture = try Self.draw(chart)
        let (bottom, top) = try Self.plotRows(picture)
        let height = Double(bottom - top)
        let (red, blue) = (picture.rows(near: 0xffdede), picture.rows(near: 0xdedeff))
        #expect(try abs(#require(red.first) - top) <= 2)
        #expect(try abs(Double(bottom - #require(red.last)) / height - 0.8) < 0.01)
        #expect(try abs(Double(bottom - #require(blue.first)) / height - 0.2) < 0.01)
        #expect(try abs(#require(blue.last) - bottom) <= 2)
    }

    @Test("an expected range is filled between its two ends, whichever comes first")
    func anomalyBand() throws {
        var chart = Samples.chart()
        chart.legend = .hidden
        chart.left = ChartAxis(min: 0, max: 100)
        let times = Samples.series("") { _ in 0 }.timestampsNs
        chart.bands = [
            ChartBand(
                label: "expected", colour: ChartColour(0x00ff00), timestampsNs: times, lower: times.map { _ in 60 },
                upper: times.map { _ in 40 })
        ]
        let picture = try Self.draw(chart)
        let (bottom, top) = try Self.plotRows(picture)
        // 22% of pure green on white.
        let rows = picture.rows(near: 0xc7ffc7, columns: 300..<330)
        let height = Double(bottom - top)
        #expect(try abs(Double(bottom - #require(rows.first)) / height - 0.6) < 0.01)
        #expect(try abs(Double(bottom - #require(rows.last)) / height - 0.4) < 0.01)
    }

    @Test("a span of time is filled between its columns")
    func verticalSpan() throws {
        var chart = Samples.chart()
        chart.legend = .hidden
        chart.series = [Samples.series("load") { _ in 10 }]
        let hour = Nanoseconds.perHour
        chart.verticals = [
            ChartVertical(
                timestampNs: Samples.noonNs + hour, colour: ChartColour(0xff0000), fill: .to(Samples.noonNs + 2 * hour))
        ]
        let picture = try Self.draw(chart)
        let columns = picture.columns(near: 0xffdede)
        let axis = picture.columns(with: Self.axis, rows: 300..<400)
        let (left, right) = (try #require(axis.min()), try #require(axis.max()))
        let width = Double(right - left)
        #expect(try abs(Double(#require(columns.first) - left) / width - 1.0 / 3) < 0.01)
        #expect(try abs(Double(#require(columns.last) - left) / width - 2.0 / 3) < 0.01)
    }

    @Test("the legend is below, on the right, or not there")
    func legend() throws {
        var chart = Samples.chart()
        // High above the legend.
        chart.left = ChartAxis(min: 0, max: 100)
        chart.series = [Samples.series("load") { _ in 90 }]
        chart.legend = .bottom
        #expect(try Self.draw(chart).rows(with: Self.blue).contains { $0 > 330 })
        chart.legend = .hidden
        #expect(try !Self.draw(chart).rows(with: Self.blue).contains { $0 > 330 })
        chart.legend = .right
        let picture = try Self.draw(chart)
        #expect(!picture.rows(with: Self.blue).contains { $0 > 330 })
        #expect(picture.columns(with: Self.blue, rows: 5..<30).contains { $0 > 400 })
    }

    @Test("titles end inside of the picture")
    func title() throws {
        var chart = Samples.chart()
        chart.legend = .hidden
        chart.title = String(repeating: "A very long title, ", count: 40)
        let picture = try Self.draw(chart)
        let last = (0..<600).last { x in (0..<26).contains { picture[x, $0] != 0xffffff } }
        #expect((540..<590).contains(try #require(last)))
    }

    @Test("a threshold has the colour of its alarm's state", arguments: ChartAlarm.State.allCases)
    func alarm(state: ChartAlarm.State) throws {
        let colours: [ChartAlarm.State: UInt32] = [.ok: 0x2e8540, .alarm: 0xc00d2e, .insufficientData: 0x7d8998]
        var chart = Samples.chart()
        chart.legend = .hidden
        chart.left = ChartAxis(min: 0, max: 100)
        chart.alarms = [ChartAlarm(name: "High", state: state, threshold: 50)]
        let picture = try Self.draw(chart)
        let (bottom, top) = try Self.plotRows(picture)
        let rows = picture.rows(with: try #require(colours[state]))
        #expect(rows.contains { abs(Double(bottom - $0) / Double(bottom - top) - 0.5) < 0.01 })
        #expect(picture.columns(with: try #require(colours[state])).count > 350)
    }

    @Test("the right axis has its own scale")
    func rightAxis() throws {
        var chart = Samples.chart()
        chart.legend = .hidden
        chart.left = ChartAxis(min: 0, max: 100)
        chart.right = ChartAxis(min: 0, max: 1)
        var second = Samples.series("share") { _ in 0.25 }
        second.side = .right
        chart.series = [Samples.series("load") { _ in 75 }, second]
        let picture = try Self.draw(chart)
        let (bottom, top) = try Self.plotRows(picture)
        func share(_ colour: UInt32) throws -> Double {
            let rows = picture.rows(with: colour, columns: 100..<500)
            return try Double(bottom - #require(rows.first)) / Double(bottom - top)
        }
        #expect(abs(try share(Self.blue) - 0.75) < 0.015)
        #expect(abs(try share(Self.vermilion) - 0.25) < 0.015)
    }

    @Test("slices are as large as their shares")
    func pie() throws {
        var chart = Samples.chart()
        chart.view = .pie
        chart.legend = .hidden
        chart.series = [
            Samples.series("a") { _ in 3 }, Samples.series("b") { _ in 1 }, Samples.series("c") { _ in -9 },
        ]
        let picture = try Self.draw(chart)
        let share = Double(picture.count(Self.blue)) / Double(picture.count(Self.blue) + picture.count(Self.vermilion))
        // The percentages are written on the slices.
        #expect(abs(share - 0.75) < 0.02)
    }

    @Test("bars are as long as their values")
    func bars() throws {
        var chart = Samples.chart()
        chart.view = .bars
        chart.series = [Samples.series("a") { _ in 100 }, Samples.series("b") { _ in 25 }]
        let picture = try Self.draw(chart)
        let ratio = Double(picture.columns(with: Self.vermilion).count) / Double(picture.columns(with: Self.blue).count)
        #expect(abs(ratio - 0.25) < 0.01)
    }

    @Test("a dial is filled up to its value")
    func gauge() throws {
        var chart = Samples.chart()
        chart.view = .gauge
        chart.left = ChartAxis(min: 0, max: 200)
        chart.series = [Samples.series("a") { _ in 50 }]
        let picture = try Self.draw(chart)
        let (filled, rest) = (Double(picture.count(Self.blue)), Double(picture.count(0xe8eaed)))
        #expect(abs(filled / (filled + rest) - 0.25) < 0.02)
    }

    @Test("stacked areas lie on top of each other")
    func stacked() throws {
        var chart = Samples.chart()
        chart.view = .stackedAreas
        chart.legend = .hidden
        chart.left = ChartAxis(min: 0, max: 100)
        chart.series = [Samples.series("a") { _ in 30 }, Samples.series("b") { _ in 40 }]
        let picture = try Self.draw(chart)
        let (bottom, top) = try Self.plotRows(picture)
        let height = Double(bottom - top)
        func rows(_ colour: UInt32) -> [Int] { picture.rows(near: colour, columns: 300..<330) }
        // 72% of blue and of vermilion on white.
        let (lower, upper) = (rows(0x479ac8), rows(0xe18b47))
        #expect(try abs(Double(bottom - #require(lower.first)) / height - 0.3) < 0.015)
        #expect(try abs(Double(bottom - #require(upper.last)) / height - 0.3) < 0.015)
        #expect(try abs(Double(bottom - #require(upper.first)) / height - 0.7) < 0.015)
    }

    @Test("both themes have their own ground, and colours that are asked for stay as they are")
    func themes() throws {
        var chart = Samples.chart()
        chart.series = [Samples.series("a") { _ in 3 }]
        chart.series[0].colour = ChartColour(hex: "#12ab34")
        for (theme, ground) in [(Chart.Theme.light, UInt32(0xffffff)), (.dark, 0x161d26)] {
            chart.theme = theme
            chart.view = .bars
            let picture = try Self.draw(chart)
            #expect(picture[0, 0] == ground && picture[599, 399] == ground)
            #expect(picture.count(0x12ab34) > 200)
        }
    }

    @Test("values, labels and figures of singles and tables are written", arguments: [Chart.View.singleValue, .table])
    func words(view: Chart.View) throws {
        var chart = Samples.chart()
        chart.view = view
        let empty = try Self.draw(chart).pixels.count { $0 != 0xffffff }
        chart.series = [Samples.series("Orders", unit: .count) { Double($0) }]
        let full = try Self.draw(chart)
        #expect(full.pixels.count { $0 != 0xffffff } > empty + 500)
        #expect(full.count(Self.blue) > 20)
    }
}
