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
        let shown = all.prefix(grid.capacity)
        let room = parts(of: grid.cell(0)).figure
        // One size for all: figures are compared.
        let size = shown.map { fittingSize(of: $0.text, in: room) }.min() ?? 0
        for (number, one) in shown.enumerated() { draw(one, in: grid.cell(number), size: size) }
    }

    /// Room for the label, the figure and the history; without height where there is not enough.
    private func parts(of cell: Box) -> (label: Box, figure: Box, history: Box) {
        let inner = cell.inset(min(6, cell.width * 0.04))
        let labelHeight = inner.height >= 44 ? metrics.lineHeight : 0
        let historyHeight = chart.hasSparkline && inner.height >= 80 ? inner.height * 0.36 : 0
        var (label, figure, history) = (inner, inner, inner)
        label.height = labelHeight
        figure.y += labelHeight
        figure.height -= labelHeight + historyHeight
        history.y = figure.bottom
        history.height = historyHeight
        return (label, figure, history)
    }

    private func draw(_ one: SeriesValue, in cell: Box, size: Double) {
        let (inner, room, history) = parts(of: cell)
        guard cell.width >= 24, cell.height >= 10 else {
            return canvas.fill(cell.inset(min(6, cell.width * 0.04)), one.colour)
        }
        if inner.height > 0 {
            let text = canvas.fitted(one.label, width: inner.width - metrics.small * 1.2, size: metrics.small)
            let middle = inner.y + metrics.small * 0.64
            canvas.fillCircle(Point(x: inner.x + 4, y: middle), radius: metrics.small * 0.36, one.colour)
            canvas.write(
                text, x: inner.x + metrics.small * 1.2, y: inner.y + metrics.small, size: metrics.small, palette.paleInk
            )
        }
        if size >= 6 {
            let base = room.y + room.height / 2 + size * 0.36
            canvas.write(one.text, x: room.x, y: base, size: size, palette.ink)
        }
        if history.height > 0 { drawHistory(one, in: history) }
    }

    /// As large as the room allows, up to a size that is a headline and not a poster.
    private func fittingSize(of text: String, in room: Box) -> Double {
        var size = min(room.height * 0.72, metrics.small * 5).rounded(.down)
        let width = canvas.textWidth(text, size: max(6, size))
        if width > room.width { size = (size * room.width / width).rounded(.down) }
        return size
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
