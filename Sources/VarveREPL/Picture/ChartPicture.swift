import VarveModel
import VarveQuery

/// A chart as a picture: title, axes, series, legend.
package struct ChartPicture {
    /// Pixels from the left edge of the picture to the right one: fits a page and a slide.
    package static let width = 1_280
    /// Pixels of a picture with a short legend; longer ones make it taller.
    private static let heightLeast = 720
    private static let margin = 28
    private static let rowHeight = 26

    /// Colours that people with any colour vision tell apart, of similar weight on white: blue, vermilion, green,
    /// orange, purple, sky blue, black and olive. The first five are those of Okabe and Ito.
    static let pens: [PixelColour] = [
        PixelColour(0x0072b2), PixelColour(0xd55e00), PixelColour(0x009e73), PixelColour(0xe69f00),
        PixelColour(0xcc79a7), PixelColour(0x56b4e9), PixelColour(0x222222), PixelColour(0x8a8a00),
    ]
    private static let ink = PixelColour(0x333333)
    private static let paleInk = PixelColour(0x666666)
    private static let axisColour = PixelColour(0x888888)
    private static let gridColour = PixelColour(0xe4e4e4)

    let model: ChartModel
    private let title: String
    private let zone: LocalZone
    private let slots: ChartSlots?
    private let ticks: [Double]
    private let legend: [LegendRow]
    /// Where values are drawn.
    private let plot: (left: Int, top: Int, width: Int, height: Int)
    private var canvas: PixelCanvas

    /// One line of the legend.
    private struct LegendRow {
        var pen: Int
        var isEarlier: Bool
        var label: String
        var figures: [String]
    }

    /// The picture as a PNG file; nil when there is nothing to draw. O(points + pixels).
    /// - Parameter title: the statement.
    package static func png(_ answer: Answer, kind: ChartKind, title: String, zone: LocalZone) -> [UInt8]? {
        canvas(answer, kind: kind, title: title, zone: zone).map(PNGEncoder.encode)
    }

    /// As ``png(_:kind:title:zone:)``, before it is a file.
    package static func canvas(_ answer: Answer, kind: ChartKind, title: String, zone: LocalZone) -> PixelCanvas? {
        guard let model = ChartModel(answer, kind: kind) else { return nil }
        var picture = ChartPicture(model, title: title, zone: zone)
        picture.draw()
        return picture.canvas
    }

    private init(_ model: ChartModel, title: String, zone: LocalZone) {
        self.model = model
        self.title = title.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        self.zone = zone
        // Bars of four pixels at least, with as much between periods.
        let bars = model.kind == .stacked ? 1 : model.series.count
        let slots = model.kind == .line ? nil : ChartSlots(model, countMax: max(1, (Self.width - 200) / (bars * 4 + 4)))
        self.slots = slots
        if let bounds = slots?.bounds {
            ticks = NiceTicks.values(from: bounds.low, through: bounds.high, countWanted: 7)
        } else {
            ticks = model.lineTicks(countWanted: 7)
        }
        legend = Self.legend(of: model)
        let labelWidth = (ticks.map { NumberFormat.si($0).count }.max() ?? 0) * PixelCanvas.letterAdvance
        let height = Self.heightLeast + max(0, legend.count - 4) * Self.rowHeight
        canvas = PixelCanvas(width: Self.width, height: height)
        let left = Self.margin + labelWidth + 10
        // Below: labels of times, caption, legend.
        let below = Self.margin + legend.count * Self.rowHeight + (model.leftOut > 0 ? Self.rowHeight : 0) + 74
        plot = (left, 76, Self.width - left - Self.margin, height - 76 - below)
    }

    private static func legend(of model: ChartModel) -> [LegendRow] {
        func row(_ series: QueryResult.Series, _ pen: Int, _ suffix: String?) -> LegendRow {
            LegendRow(
                pen: pen, isEarlier: suffix != nil, label: series.label + (suffix.map { " (\($0))" } ?? ""),
                figures: SeriesFigures(series).named.map { "\($0.name) \(NumberFormat.si($0.value))" })
        }
        return model.series.enumerated().map { row($0.element, $0.offset, nil) }
            + model.earlier.enumerated().compactMap { index, series in
                series.map { row($0, index, model.earlierName ?? "earlier") }
            }
    }

    private mutating func draw() {
        write(title, x: Self.margin, y: Self.margin, columns: Self.width - 2 * Self.margin, Self.ink)
        drawGrid()
        if let slots {
            for slot in slots.values.indices { drawBars(slot, slots) }
            drawBaseLine()
        } else {
            drawBaseLine()
            drawLines()
        }
        drawLegend()
    }

    // MARK: Axes

    private var lowest: Double { ticks[0] }
    private var highest: Double { ticks[ticks.count - 1] }

    /// Pixels from the top of the picture.
    private func y(_ value: Double) -> Double {
        let share = min(1, max(0, (value - lowest) / (highest - lowest)))
        return Double(plot.top) + (1 - share) * Double(plot.height - 1) + 0.5
    }

    private func x(ofNs timestampNs: Int64) -> Double {
        let (start, end) = (Double(model.range.start), Double(model.range.end))
        return Double(plot.left) + (Double(timestampNs) - start) / (end - start) * Double(plot.width)
    }

    private mutating func drawGrid() {
        for tick in ticks {
            let row = Int(y(tick))
            canvas.fill(x: plot.left, y: row, width: plot.width, height: 1, Self.gridColour)
            let label = NumberFormat.si(tick)
            canvas.write(
                label, x: plot.left - 10 - label.count * PixelCanvas.letterAdvance,
                y: row - PixelCanvas.letterAscent / 2, Self.paleInk)
        }
        let (times, stepNs) = NiceTicks.times(in: model.range, countWanted: 9, zone: zone)
        var freeFrom = 0
        var lastDate = ""
        for timestampNs in times {
            let column = Int(x(ofNs: timestampNs))
            canvas.fill(x: column, y: plot.top, width: 1, height: plot.height, Self.gridColour)
            canvas.fill(x: column, y: plot.top + plot.height, width: 1, height: 7, Self.axisColour)
            let time = zone.calendarTime(ofNs: timestampNs)
            let isNewDay = !lastDate.isEmpty && lastDate != time.dateText
            let label = TimeFormat.tick(time, stepNs: stepNs, isNewDay: isNewDay)
            let width = label.count * PixelCanvas.letterAdvance
            let left = column - width / 2
            guard left >= freeFrom, left + width <= Self.width else { continue }
            canvas.write(label, x: left, y: plot.top + plot.height + 12, Self.paleInk)
            freeFrom = left + width + 12
            lastDate = time.dateText
        }
        canvas.write(caption, x: plot.left, y: plot.top + plot.height + 42, Self.paleInk)
    }

    private var caption: String {
        let day = zone.calendarTime(ofNs: model.range.start).dateText
        var text = "from \(day), times in \(TimeFormat.zoneName(of: zone, atNs: model.range.start))"
        if let periodNs = model.periodNs { text += ", period \(ElapsedText.short(ns: periodNs))" }
        if let name = model.earlierName { text += ", compared with \(name)" }
        return text + (slots?.note.map { "; \($0)" } ?? "")
    }

    private mutating func drawBaseLine() {
        canvas.fill(
            x: plot.left, y: plot.top + plot.height - 1, width: plot.width, height: 1, Self.axisColour)
        if lowest < 0, highest > 0 {
            canvas.fill(x: plot.left, y: Int(y(0)), width: plot.width, height: 1, Self.axisColour)
        }
    }

    // MARK: Lines

    private mutating func drawLines() {
        for case (let pen, let series?) in model.earlier.enumerated() {
            let dashes = pieces(of: series).flatMap { PixelCanvas.dashes($0, on: 7, off: 6) }
            canvas.stroke(dashes, lineWidth: 2, Self.pale(Self.pens[pen]))
        }
        for (pen, series) in model.series.enumerated() {
            let pieces = pieces(of: series)
            canvas.stroke(pieces, lineWidth: 2.6, Self.pens[pen])
            // A value without neighbours is a dot.
            canvas.stroke(pieces.filter { $0.count == 1 }, lineWidth: 6, Self.pens[pen])
        }
    }

    /// Halfway to white: what is not of now.
    private static func pale(_ colour: PixelColour) -> PixelColour {
        func mixed(_ light: UInt8) -> UInt32 { (UInt32(light) + 255) / 2 }
        return PixelColour(mixed(colour.red) << 16 | mixed(colour.green) << 8 | mixed(colour.blue))
    }

    /// The lines of a series, broken where buckets are missing and at NaN.
    private func pieces(of series: QueryResult.Series) -> [[PixelCanvas.Point]] {
        var pieces: [[PixelCanvas.Point]] = []
        var previousNs: Int64?
        for (timestampNs, value) in zip(series.timestamps, series.values) {
            guard value.isFinite, model.range.contains(timestampNs) else {
                previousNs = nil
                continue
            }
            let point = (x: x(ofNs: timestampNs), y: y(value))
            if let previous = previousNs, model.isNext(timestampNs, after: previous) {
                pieces[pieces.count - 1].append(point)
            } else {
                pieces.append([point])
            }
            previousNs = timestampNs
        }
        return pieces.map(Self.thinned)
    }

    /// The same picture with at most four points in each column of pixels: first, highest, lowest, last.
    private static func thinned(_ points: [PixelCanvas.Point]) -> [PixelCanvas.Point] {
        guard points.count > 2 * width else { return points }
        var kept: [PixelCanvas.Point] = []
        var start = 0
        while start < points.count {
            var end = start
            while end < points.count, Int(points[end].x) == Int(points[start].x) { end += 1 }
            let column = start..<end
            let lowest = column.min { points[$0].y < points[$1].y } ?? start
            let highest = column.max { points[$0].y < points[$1].y } ?? start
            kept += Set([start, lowest, highest, end - 1]).sorted().map { points[$0] }
            start = end
        }
        return kept
    }

    // MARK: Bars

    private mutating func drawBars(_ slot: Int, _ slots: ChartSlots) {
        let count = slots.values.count
        let first = plot.left + slot * plot.width / count
        let end = plot.left + (slot + 1) * plot.width / count
        let bars = model.kind == .stacked ? 1 : model.series.count
        let gap = max(1, (end - first) / 5)
        let width = min(end - first - gap, 80 * bars)
        for bar in 0..<bars {
            let left = first + gap / 2 + bar * width / bars
            let barWidth = max(1, first + gap / 2 + (bar + 1) * width / bars - left)
            let layers =
                bars == 1 ? Array(slots.values[slot].enumerated()) : [(offset: bar, element: slots.values[slot][bar])]
            for isUp in [true, false] {
                var base = 0.0
                for (pen, value) in layers where isUp ? value > 0 : value < 0 {
                    fillBar(left, barWidth, from: base, to: base + value, Self.pens[pen])
                    base += value
                }
            }
            let earlier = slots.earlier[slot][bar]
            if !earlier.isNaN { markEarlier(earlier, left, barWidth) }
        }
    }

    /// At least one pixel high, so that small values are seen.
    private mutating func fillBar(_ left: Int, _ width: Int, from: Double, to: Double, _ colour: PixelColour) {
        let (top, bottom) = (Int(y(max(from, to))), Int(y(min(from, to))))
        let height = max(1, bottom - top)
        canvas.fill(x: left, y: to < from ? bottom - height + 1 : top, width: width, height: height, colour)
    }

    /// A dark dash at the height that the bar had.
    private mutating func markEarlier(_ value: Double, _ left: Int, _ width: Int) {
        let row = Int(y(value))
        canvas.fill(x: left - 2, y: row - 2, width: width + 4, height: 4, .white)
        canvas.fill(x: left - 2, y: row - 1, width: width + 4, height: 2, Self.ink)
    }

    // MARK: Legend

    private mutating func drawLegend() {
        let widths = (0..<4).map { column in legend.map { $0.figures[column].count }.max() ?? 0 }
        let figuresColumns = (widths.reduce(0, +) + 2 * widths.count) * PixelCanvas.letterAdvance
        let labelColumns = Self.width - plot.left - Self.margin - 44 - figuresColumns
        let longest = (legend.map { $0.label.count }.max() ?? 0) * PixelCanvas.letterAdvance
        var row = plot.top + plot.height + 78
        for line in legend {
            drawSwatch(line, y: row)
            write(line.label, x: plot.left + 44, y: row, columns: labelColumns, Self.ink)
            var left = plot.left + 44 + min(longest, labelColumns) + 2 * PixelCanvas.letterAdvance
            for (text, width) in zip(line.figures, widths) {
                canvas.write(text, x: left, y: row, Self.paleInk)
                left += (width + 2) * PixelCanvas.letterAdvance
            }
            row += Self.rowHeight
        }
        if model.leftOut > 0 {
            canvas.write("… and \(model.leftOut) more series, not drawn", x: plot.left, y: row, Self.paleInk)
        }
    }

    private mutating func drawSwatch(_ line: LegendRow, y: Int) {
        let middle = Double(y) + Double(PixelCanvas.letterAscent) / 2
        let colour = Self.pens[line.pen]
        let piece: [PixelCanvas.Point] = [(Double(plot.left) + 2, middle), (Double(plot.left) + 32, middle)]
        switch (model.kind, line.isEarlier) {
        case (.line, false): canvas.stroke([piece], lineWidth: 3.4, colour)
        case (.line, true): canvas.stroke(PixelCanvas.dashes(piece, on: 7, off: 6), lineWidth: 2.4, Self.pale(colour))
        case (_, false): canvas.fill(x: plot.left + 10, y: y - 1, width: 16, height: 16, colour)
        case (_, true): canvas.fill(x: plot.left + 6, y: Int(middle) - 1, width: 24, height: 2, Self.ink)
        }
    }

    /// Text that ends in `…` when it is wider than `columns` pixels.
    private mutating func write(_ text: String, x: Int, y: Int, columns: Int, _ colour: PixelColour) {
        let room = max(1, columns / PixelCanvas.letterAdvance)
        let printable = PrintableText.escape(text)
        let shown = printable.count > room ? printable.prefix(room - 1) + "…" : printable[...]
        canvas.write(String(shown), x: x, y: y, colour)
    }
}
