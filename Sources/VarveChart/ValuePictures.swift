import Glibc
import VarveModel

/// Pictures with one value for each series: the last one in the time that is shown.
protocol ValuePicture {
    var chart: Chart { get }
    var palette: Palette { get }
}

/// A series and its value.
struct SeriesValue {
    var index: Int
    var label: String
    var colour: ChartColour
    var value: Double
    var text: String
}

extension ValuePicture {
    /// Series that have a value, in their order. O(points).
    func values() -> [SeriesValue] {
        chart.series.enumerated().compactMap { index, series in
            guard let figures = chart.figures(of: series) else { return nil }
            return SeriesValue(
                index: index, label: series.label, colour: chart.colour(ofSeries: index, palette), value: figures.last,
                text: text(figures.last, series))
        }
    }

    func text(_ value: Double, _ series: ChartSeries) -> String {
        if chart.hasFullPrecision { return ValueText.full(value, unit: series.unit) }
        let axis = series.side == .left ? chart.left : chart.right
        return ValueText.text(value, unit: series.unit, showsUnit: axis.showsUnits)
    }
}

/// A picture without values says so.
struct EmptyNote {
    let canvas: Canvas
    let palette: Palette
    let metrics: Metrics

    func draw(in box: Box) {
        guard box.width >= 60, box.height >= metrics.small * 2 else { return }
        let text = canvas.fitted("No data available", width: box.width, size: metrics.small)
        canvas.write(
            text, x: box.x + box.width / 2, y: box.y + box.height / 2, size: metrics.small, palette.paleInk, anchor: 0.5
        )
    }
}

/// A horizontal bar for each series; the label stands left of it, the value right.
struct BarPicture: ValuePicture {
    let chart: Chart
    let canvas: Canvas
    let palette: Palette
    let metrics: Metrics
    let box: Box

    init(_ chart: Chart, canvas: Canvas, palette: Palette, layout: Layout) {
        self.chart = chart
        self.canvas = canvas
        self.palette = palette
        metrics = layout.metrics
        box = layout.content
    }

    func draw() {
        let all = values()
        guard !all.isEmpty else { return EmptyNote(canvas: canvas, palette: palette, metrics: metrics).draw(in: box) }
        let hasWords = box.width >= 120 && box.height >= metrics.lineHeight
        let rowsMax = max(1, Int(box.height / (hasWords ? metrics.lineHeight : 2)))
        let shown = all.count <= rowsMax ? all : Array(all.prefix(max(1, rowsMax - (hasWords ? 1 : 0))))
        let rowHeight = min(
            box.height / Double(shown.count + (shown.count < all.count ? 1 : 0)), metrics.lineHeight * 2.4)
        let area = plot(shown, hasWords: hasWords)
        // Without a wish the longest bar ends where the plot ends.
        var axis = chart.left
        axis.max = axis.max ?? shown.map(\.value).max().flatMap { $0 > 0 ? $0 : nil }
        let scale = ValueScale(
            axis, data: range(of: shown), unit: .none, includesZero: true,
            countWanted: max(1, Int(area.width / 80)))
        drawZero(scale, area, height: rowHeight * Double(shown.count))
        for (row, one) in shown.enumerated() {
            draw(one, scale, area, top: box.y + Double(row) * rowHeight, rowHeight, hasWords: hasWords)
        }
        guard hasWords, shown.count < all.count else { return }
        let base = box.y + (Double(shown.count) + 0.7) * rowHeight
        canvas.write("+\(all.count - shown.count) more", x: box.x, y: base, size: metrics.small, palette.paleInk)
    }

    private func range(of shown: [SeriesValue]) -> ClosedRange<Double> {
        let values = shown.map(\.value)
        return (values.min() ?? 0)...(values.max() ?? 1)
    }

    /// Between the labels and the values.
    private func plot(_ shown: [SeriesValue], hasWords: Bool) -> Box {
        guard hasWords else { return box }
        let widest = shown.map { canvas.textWidth(Canvas.oneLine($0.label), size: metrics.small) }.max() ?? 0
        let label = min(widest + 1, box.width * 0.32).rounded(.up) + 8
        let value = (shown.map { canvas.textWidth($0.text, size: metrics.small) }.max() ?? 0).rounded(.up) + 8
        return Box(x: box.x + label, y: box.y, width: max(1, box.width - label - value), height: box.height)
    }

    private func drawZero(_ scale: ValueScale, _ area: Box, height: Double) {
        let x = area.x + max(0, min(1, scale.share(0))) * area.width
        canvas.strokeRule(from: Point(x: x, y: box.y), to: Point(x: x, y: box.y + height), palette.axis)
    }

    private func draw(
        _ one: SeriesValue, _ scale: ValueScale, _ area: Box, top: Double, _ rowHeight: Double, hasWords: Bool
    ) {
        let zero = area.x + max(0, min(1, scale.share(0))) * area.width
        let end = area.x + max(0, min(1, scale.share(one.value))) * area.width
        let height = max(1, rowHeight * 0.62)
        let y = top + (rowHeight - height) / 2
        let bar = Box(x: min(zero, end), y: y, width: max(1, abs(end - zero)), height: height)
        canvas.fill(bar, one.colour, radius: min(3, height / 4))
        guard hasWords else { return }
        let base = y + height / 2 + metrics.small * 0.36
        let label = canvas.fitted(one.label, width: area.x - box.x - 8, size: metrics.small)
        canvas.write(label, x: area.x - 8, y: base, size: metrics.small, palette.paleInk, anchor: 1)
        canvas.write(one.text, x: max(end, zero) + 6, y: base, size: metrics.small, palette.ink)
    }
}

/// A ring with a slice for each series; slices that are wide enough say their share.
struct PiePicture: ValuePicture {
    let chart: Chart
    let canvas: Canvas
    let palette: Palette
    let metrics: Metrics
    let box: Box

    init(_ chart: Chart, canvas: Canvas, palette: Palette, layout: Layout) {
        self.chart = chart
        self.canvas = canvas
        self.palette = palette
        metrics = layout.metrics
        box = layout.content
    }

    func draw() {
        // A share of something negative is none.
        let shares = chart.shares()
        let parts = values().filter { shares[$0.index] != nil }
        guard !parts.isEmpty else { return EmptyNote(canvas: canvas, palette: palette, metrics: metrics).draw(in: box) }
        let outer = max(0.5, min(box.width, box.height) / 2 - 1)
        let centre = Point(x: box.x + box.width / 2, y: box.y + box.height / 2)
        var angle = -Double.pi / 2
        for part in parts {
            let share = shares[part.index] ?? 0
            let end = angle + share * 2 * .pi
            canvas.fillRing(centre, from: angle, to: end, inner: outer * 0.55, outer: outer, part.colour)
            drawSeparator(centre, angle: angle, outer: outer, isNeeded: parts.count > 1)
            drawShare(share, of: part, centre, angle: (angle + end) / 2, outer: outer)
            angle = end
        }
    }

    private func drawSeparator(_ centre: Point, angle: Double, outer: Double, isNeeded: Bool) {
        guard isNeeded, outer > 12 else { return }
        let ends = [outer * 0.55, outer].map { at(centre, angle, $0) }
        canvas.strokeLine(ends, palette.background, width: 1.5)
    }

    private func drawShare(_ share: Double, of part: SeriesValue, _ centre: Point, angle: Double, outer: Double) {
        let text = ValueText.share(share)
        let width = canvas.textWidth(text, size: metrics.small)
        let radius = outer * 0.775
        guard outer * 0.45 > width + 4, share * 2 * .pi * radius > max(width, metrics.small * 1.4) + 4 else { return }
        let place = at(centre, angle, radius)
        canvas.write(
            text, x: place.x, y: place.y + metrics.small * 0.36, size: metrics.small, part.colour.contrasting,
            anchor: 0.5)
    }

    private func at(_ centre: Point, _ angle: Double, _ radius: Double) -> Point {
        Point(x: centre.x + cos(angle) * radius, y: centre.y + sin(angle) * radius)
    }
}
