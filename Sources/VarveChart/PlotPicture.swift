import VarveModel

/// Draws series over time between axes: lines or stacked areas, bands, annotations.
struct PlotPicture {
    let chart: Chart
    let canvas: Canvas
    let palette: Palette
    let metrics: Metrics
    /// Where values are drawn.
    let plot: Box
    let left: ValueScale
    /// nil when nothing uses the right axis.
    let right: ValueScale?
    private let times: TimeTicks
    private let hasWords: Bool
    private let hasLegend: Bool

    /// O(points).
    init(_ chart: Chart, canvas: Canvas, palette: Palette, layout: Layout) {
        self.chart = chart
        self.canvas = canvas
        self.palette = palette
        metrics = layout.metrics
        hasLegend = layout.legend != nil
        let metrics = layout.metrics
        let content = layout.content
        let hasWords = content.width >= 100 && content.height >= 55
        self.hasWords = hasWords
        let below = hasWords ? metrics.small * 2 + metrics.margin * 0.9 : 0
        let captions = [chart.left.caption(chart.unit(of: .left)), chart.right.caption(chart.unit(of: .right))]
        let above = hasWords ? (captions.contains { $0 != nil } ? metrics.small + 8 : metrics.small * 0.5) : 0
        let height = max(1, content.height - below - above)
        let countWanted = max(1, Int(height / (metrics.small * 4)))
        left = chart.scale(.left, countWanted: countWanted, width: content.width)
        right = chart.uses(.right) ? chart.scale(.right, countWanted: countWanted, width: content.width) : nil
        func width(_ labels: [String]) -> Double {
            let widest = labels.map { canvas.textWidth($0, size: metrics.small) }.max() ?? 0
            return hasWords ? min(widest.rounded(.up), content.width * 0.3) + 7 : 0
        }
        let leftWidth = width(left.labels)
        // Without a right axis the last time label needs a little room.
        let rightWidth = right.map { width($0.labels) } ?? (hasWords ? metrics.margin * 0.5 : 0)
        let plot = Box(
            x: (content.x + leftWidth).rounded(), y: (content.y + above).rounded(),
            width: max(1, (content.width - leftWidth - rightWidth).rounded(.down)), height: height.rounded(.down))
        self.plot = plot
        // A range without length has no ticks.
        let shown = hasWords ? chart.range : TimeRange(start: 0, end: 0)
        times = TimeTicks(
            range: shown, zoneOffsetSeconds: chart.zoneOffsetSeconds, width: plot.width, gap: metrics.small * 1.6
        ) { canvas.textWidth($0, size: metrics.small) }
    }

    func draw() {
        canvas.clipped(to: plot) { drawFills() }
        drawGrid()
        canvas.clipped(to: plot) {
            for (index, band) in chart.bands.enumerated() { draw(band, chart.colour(ofBand: index, palette)) }
        }
        // Half a line more, so that what lies on the edge is seen.
        let around = Box(x: plot.x, y: plot.y - 2, width: plot.width, height: plot.height + 4)
        canvas.clipped(to: around) { chart.view == .stackedAreas ? drawStacked() : drawLines() }
        canvas.strokeRule(
            from: Point(x: plot.x, y: plot.bottom), to: Point(x: plot.right, y: plot.bottom), palette.axis)
        drawAnnotations(isLegendShown: hasLegend)
        guard hasWords else { return }
        drawValueLabels()
        drawTimeLabels()
        if !chart.hasData { drawNothing() }
    }

    private func drawNothing() {
        let text = canvas.fitted("No data available", width: plot.width - 8, size: metrics.small)
        canvas.write(
            text, x: plot.x + plot.width / 2, y: plot.y + plot.height / 2, size: metrics.small, palette.paleInk,
            anchor: 0.5)
    }

    func scale(_ side: Chart.Side) -> ValueScale { side == .right ? right ?? left : left }

    /// Pixels from the left edge of the picture.
    func x(_ timestampNs: Int64) -> Double {
        let span = Double(chart.range.end) - Double(chart.range.start)
        guard span > 0 else { return plot.x }
        return plot.x + (Double(timestampNs) - Double(chart.range.start)) / span * plot.width
    }

    // MARK: Axes

    private func drawGrid() {
        guard hasWords else { return }
        for tick in left.ticks {
            let y = left.y(tick, in: plot)
            canvas.strokeRule(from: Point(x: plot.x, y: y), to: Point(x: plot.right, y: y), palette.grid)
        }
        for tick in times.ticks {
            let x = x(tick.timestampNs)
            canvas.strokeRule(from: Point(x: x, y: plot.y), to: Point(x: x, y: plot.bottom), palette.grid, alpha: 0.6)
            canvas.strokeRule(from: Point(x: x, y: plot.bottom), to: Point(x: x, y: plot.bottom + 4), palette.axis)
        }
    }

    private func drawValueLabels() {
        drawLabels(of: left, x: plot.x - 7, anchor: 1, width: plot.x - 4)
        if let caption = left.caption { draw(caption, x: plot.x, anchor: 0) }
        guard let right else { return }
        drawLabels(of: right, x: plot.right + 7, anchor: 0, width: Double(canvas.width) - plot.right - 8)
        if let caption = right.caption { draw(caption, x: plot.right, anchor: 1) }
    }

    private func drawLabels(of scale: ValueScale, x: Double, anchor: Double, width: Double) {
        guard !scale.isInvented else { return }
        var lastY = Double.infinity
        for (tick, label) in zip(scale.ticks, scale.labels) {
            let y = scale.y(tick, in: plot)
            guard lastY - y >= metrics.small * 1.2 else { continue }
            lastY = y
            let text = canvas.fitted(label, width: width, size: metrics.small)
            canvas.write(text, x: x, y: y + metrics.small * 0.36, size: metrics.small, palette.paleInk, anchor: anchor)
        }
    }

    /// What the axis means, above it; half of the plot at most, for the other axis has one, too.
    private func draw(_ caption: String, x: Double, anchor: Double) {
        let width = right == nil ? plot.width : plot.width / 2 - 4
        let text = canvas.fitted(caption, width: width, size: metrics.small)
        canvas.write(text, x: x, y: plot.y - 8, size: metrics.small, palette.paleInk, anchor: anchor)
    }

    private func drawTimeLabels() {
        let first = plot.bottom + 5 + metrics.small
        let second = first + metrics.small * 1.25
        var freeFrom = -Double.infinity
        for tick in times.ticks {
            let width = canvas.textWidth(tick.label, size: metrics.small)
            // The outermost labels move inwards instead of being cut.
            let middle = max(width / 2 + 2, min(Double(canvas.width) - width / 2 - 2, x(tick.timestampNs)))
            canvas.write(tick.label, x: middle, y: first, size: metrics.small, palette.paleInk, anchor: 0.5)
            guard let context = tick.context else { continue }
            let contextWidth = canvas.textWidth(context, size: metrics.small)
            let limit = plot.right - zoneWidth
            let start = max(metrics.margin, x(tick.timestampNs) - contextWidth / 2)
            guard start >= freeFrom, start + contextWidth <= limit else { continue }
            canvas.write(context, x: start, y: second, size: metrics.small, palette.paleInk)
            freeFrom = start + contextWidth + metrics.margin
        }
        guard zoneWidth > 0 else { return }
        canvas.write(chart.zoneName, x: plot.right, y: second, size: metrics.small, palette.paleInk, anchor: 1)
    }

    /// Room for the name of the time zone, 0 when there is not enough.
    private var zoneWidth: Double {
        let width = canvas.textWidth(chart.zoneName, size: metrics.small) + metrics.margin
        return plot.width > width * 4 ? width : 0
    }

    // MARK: Series

    private func path(_ timestampsNs: [Int64], _ values: [Double]) -> SeriesPath {
        SeriesPath(
            timestampsNs: timestampsNs, values: values, range: chart.range, width: plot.width,
            periodNs: chart.periodNs)
    }

    private func drawLines() {
        // Later series do not hide the first ones, which people put first because they matter.
        for (index, series) in chart.series.enumerated().reversed() {
            let scale = scale(series.side)
            let colour = chart.colour(ofSeries: index, palette)
            for run in path(series.timestampsNs, series.values).runs {
                let points = run.map { Point(x: plot.x + $0.x, y: scale.y($0.value, in: plot)) }
                if points.count == 1 {
                    canvas.fillCircle(points[0], radius: metrics.lineWidth * 1.3, colour)
                } else {
                    canvas.strokeLine(points, colour, width: metrics.lineWidth)
                }
            }
        }
    }

    private func drawStacked() {
        for side in Chart.Side.allCases {
            let indices = chart.series.indices.filter { chart.series[$0].side == side }
            guard !indices.isEmpty else { continue }
            let layers = StackedLayers(
                indices.map { chart.series[$0] }, range: chart.range, width: plot.width, periodNs: chart.periodNs)
            draw(layers, of: indices, scale(side))
        }
    }

    private func draw(_ layers: StackedLayers, of indices: [Int], _ scale: ValueScale) {
        func points(_ sums: [Double]) -> [Point] {
            zip(layers.places, sums).map { Point(x: plot.x + $0, y: scale.y($1, in: plot)) }
        }
        guard layers.places.count > 1 else {
            return drawColumn(layers, of: indices, scale)
        }
        var below = points([Double](repeating: 0, count: layers.places.count))
        for (index, sums) in zip(indices, layers.sums) {
            let top = points(sums)
            let colour = chart.colour(ofSeries: index, palette)
            canvas.fill(below + top.reversed(), colour, alpha: 0.72)
            canvas.strokeLine(top, colour, width: max(1, metrics.lineWidth * 0.7))
            below = top
        }
    }

    /// Areas of one point have no width; a thin column shows that something is there.
    private func drawColumn(_ layers: StackedLayers, of indices: [Int], _ scale: ValueScale) {
        guard let place = layers.places.first else { return }
        var below = scale.y(0, in: plot)
        for (index, sums) in zip(indices, layers.sums) {
            let top = scale.y(sums[0], in: plot)
            let box = Box(x: plot.x + place - 1.5, y: min(top, below), width: 3, height: abs(below - top))
            canvas.fill(box, chart.colour(ofSeries: index, palette))
            below = top
        }
    }

    private func draw(_ band: ChartBand, _ colour: ChartColour) {
        let scale = scale(band.side)
        let lower = path(band.timestampsNs, zip(band.lower, band.upper).map { $1.isFinite ? min($0, $1) : .nan })
        let upper = path(band.timestampsNs, zip(band.lower, band.upper).map { $0.isFinite ? max($0, $1) : .nan })
        for (low, high) in zip(lower.runs, upper.runs) {
            let edge = (low + high.reversed()).map { Point(x: plot.x + $0.x, y: scale.y($0.value, in: plot)) }
            canvas.fill(edge, colour, alpha: 0.22)
        }
    }
}
