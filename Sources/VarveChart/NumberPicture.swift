/// The value of each series in large figures, its label above and its history below.
struct NumberPicture: ValuePicture {
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
        let grid = CellGrid(count: all.count, in: box, ratio: 1.8, widthMin: 90, heightMin: 46)
        for (number, one) in all.prefix(grid.capacity).enumerated() { draw(one, in: grid.cell(number)) }
    }

    private func draw(_ one: SeriesValue, in cell: Box) {
        let inner = cell.inset(min(6, cell.width * 0.04))
        guard inner.width >= 24, inner.height >= 10 else {
            return canvas.fill(inner, one.colour)
        }
        let labelHeight = inner.height >= 44 ? metrics.lineHeight : 0
        let hasHistory = chart.hasSparkline && inner.height >= 80
        let history = hasHistory ? inner.height * 0.36 : 0
        let room = Box(
            x: inner.x, y: inner.y + labelHeight, width: inner.width, height: inner.height - labelHeight - history)
        if labelHeight > 0 {
            let text = canvas.fitted(one.label, width: inner.width - metrics.small * 1.2, size: metrics.small)
            let middle = inner.y + metrics.small * 0.64
            canvas.fillCircle(Point(x: inner.x + 4, y: middle), radius: metrics.small * 0.36, one.colour)
            canvas.write(
                text, x: inner.x + metrics.small * 1.2, y: inner.y + metrics.small, size: metrics.small, palette.paleInk
            )
        }
        write(one.text, in: room)
        guard hasHistory else { return }
        drawHistory(one, in: Box(x: inner.x, y: room.bottom, width: inner.width, height: history))
    }

    /// As large as the room allows, up to a size that is a headline and not a poster.
    private func write(_ text: String, in room: Box) {
        var size = min(room.height * 0.72, metrics.small * 5).rounded(.down)
        let width = canvas.textWidth(text, size: max(6, size))
        if width > room.width { size = (size * room.width / width).rounded(.down) }
        guard size >= 6 else { return }
        let base = room.y + room.height / 2 + size * 0.36
        canvas.write(text, x: room.x, y: base, size: size, palette.ink)
    }

    private func drawHistory(_ one: SeriesValue, in area: Box) {
        let series = chart.series[one.index]
        guard let bounds = chart.bounds(of: series.timestampsNs, series.values) else { return }
        let path = SeriesPath(
            timestampsNs: series.timestampsNs, values: series.values, range: chart.range, width: area.width,
            periodNs: chart.periodNs)
        let ends = ValueTicks.spread(bounds.lowerBound, bounds.upperBound)
        let (low, span) = (ends.lowerBound, ends.upperBound - ends.lowerBound)
        let inside = area.inset(2)
        func point(_ sample: SeriesPath.Sample) -> Point {
            Point(
                x: area.x + sample.x, y: inside.bottom - (ValueTicks.clamped(sample.value) - low) / span * inside.height
            )
        }
        canvas.clipped(to: area) {
            for run in path.runs {
                let points = run.map(point)
                guard points.count > 1, let first = points.first, let last = points.last else {
                    canvas.fillCircle(points[0], radius: 2, one.colour)
                    continue
                }
                let ground = [Point(x: last.x, y: area.bottom), Point(x: first.x, y: area.bottom)]
                canvas.fill(points + ground, one.colour, alpha: 0.15)
                canvas.strokeLine(points, one.colour, width: metrics.lineWidth * 0.85)
            }
        }
    }
}

/// Equal cells that fill a box, with as many columns as give them the shape that is wanted.
struct CellGrid {
    private let box: Box
    private let columns: Int
    private let rows: Int

    /// - Parameters:
    ///   - ratio: width of a cell by its height.
    ///   - widthMin: pixels below which a cell is no use; so the other.
    init(count: Int, in box: Box, ratio: Double, widthMin: Double, heightMin: Double) {
        self.box = box
        let columnsMax = max(1, Int(box.width / widthMin))
        let rowsMax = max(1, Int(box.height / heightMin))
        let wanted = (Double(count) * box.width / max(1, box.height) / ratio).squareRoot().rounded()
        let columns = max(1, min(columnsMax, count, Int(wanted)))
        let rows = min(rowsMax, (count + columns - 1) / columns)
        // Where the rows end, columns may help.
        self.columns = max(columns, min(columnsMax, (count + rows - 1) / rows))
        self.rows = rows
    }

    /// How many cells there are.
    var capacity: Int { columns * rows }

    func cell(_ number: Int) -> Box {
        let (row, column) = number.quotientAndRemainder(dividingBy: columns)
        let (width, height) = (box.width / Double(columns), box.height / Double(rows))
        return Box(x: box.x + Double(column) * width, y: box.y + Double(row) * height, width: width, height: height)
    }
}
