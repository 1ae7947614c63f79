import VarveModel

/// A dial of three quarters of a circle for each series, from the left axis' minimum to its maximum. Annotations colour
/// the part of the scale that they fill.
struct GaugePicture: ValuePicture {
    let chart: Chart
    let canvas: Canvas
    let palette: Palette
    let metrics: Metrics
    let box: Box

    /// From the lower left to the lower right, over the top.
    private static let start = 0.75 * Double.pi
    private static let length = 1.5 * Double.pi

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
        let grid = CellGrid(count: all.count, in: box, ratio: 1, widthMin: 70, heightMin: 70)
        for (number, one) in all.prefix(grid.capacity).enumerated() { draw(one, in: grid.cell(number)) }
    }

    private func draw(_ one: SeriesValue, in cell: Box) {
        let hasWords = cell.width >= 60 && cell.height >= 60
        let labelHeight = hasWords ? metrics.lineHeight : 0
        let inner = cell.inset(hasWords ? min(16, cell.width * 0.06) : 1)
        // The lower quarter of the circle is open: its lowest point is at 0.71 of the radius.
        let radius = max(1, min(inner.width / 2, (inner.height - labelHeight) / 1.75))
        let centre = Point(
            x: inner.x + inner.width / 2, y: inner.y + (inner.height - labelHeight - radius * 1.75) / 2 + radius)
        let scale = scale(for: one)
        drawDial(one, scale, centre, radius)
        guard hasWords else { return }
        writeFigures(one, scale, centre, radius)
        let label = canvas.fitted(one.label, width: inner.width, size: metrics.small)
        canvas.write(
            label, x: centre.x, y: centre.y + radius * 0.75 + metrics.lineHeight, size: metrics.small, palette.paleInk,
            anchor: 0.5)
    }

    /// What the axis says; percentages from 0 to 100 without that, else from zero to something round above the value.
    private func scale(for one: SeriesValue) -> ValueScale {
        var axis = chart.left
        let unit = chart.series[one.index].unit
        if unit == .percent {
            axis.min = axis.min ?? 0
            axis.max = axis.max ?? 100
        }
        return ValueScale(
            axis, data: min(0, one.value)...max(0, one.value), unit: unit, includesZero: true, countWanted: 4)
    }

    private func drawDial(_ one: SeriesValue, _ scale: ValueScale, _ centre: Point, _ radius: Double) {
        func angle(_ value: Double) -> Double { Self.start + max(0, min(1, scale.share(value))) * Self.length }
        let inner = radius * 0.74
        canvas.fillRing(
            centre, from: Self.start, to: Self.start + Self.length, inner: inner, outer: radius, palette.grid)
        canvas.fillRing(centre, from: Self.start, to: angle(one.value), inner: inner, outer: radius, one.colour)
        for mark in chart.horizontals where mark.value.isFinite {
            let colour = mark.colour ?? palette.annotation
            let end: Double
            switch mark.fill {
            case .none: end = mark.value
            case .above: end = scale.high
            case .below: end = scale.low
            case .to(let value): end = value.isFinite ? value : mark.value
            }
            // Thin rings inside of the dial; a line alone is a notch.
            let (first, last) = (angle(min(mark.value, end)), angle(max(mark.value, end)))
            canvas.fillRing(
                centre, from: first - (first == last ? 0.012 : 0), to: last + (first == last ? 0.012 : 0),
                inner: radius * (first == last ? 0.66 : 0.67), outer: radius * (first == last ? 1 : 0.71), colour)
        }
    }

    private func writeFigures(_ one: SeriesValue, _ scale: ValueScale, _ centre: Point, _ radius: Double) {
        var size = min(radius * 0.42, metrics.small * 4).rounded(.down)
        let width = canvas.textWidth(one.text, size: max(6, size))
        if width > radius * 1.15 { size = (size * radius * 1.15 / width).rounded(.down) }
        if size >= 6 {
            canvas.write(
                one.text, x: centre.x, y: centre.y + size * 0.3, size: size, palette.ink, anchor: 0.5)
        }
        guard radius >= 45 else { return }
        let unit = chart.series[one.index].unit
        let ends = [scale.low, scale.high].map { ValueText.text($0, unit: unit, showsUnit: chart.left.showsUnits) }
        for (text, place) in zip(ends, [-0.62, 0.62]) {
            canvas.write(
                canvas.fitted(text, width: radius * 0.7, size: metrics.small), x: centre.x + radius * place,
                y: centre.y + radius * 0.78 + metrics.small * 0.6, size: metrics.small, palette.paleInk, anchor: 0.5)
        }
    }
}
