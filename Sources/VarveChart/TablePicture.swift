/// A row of figures for each series: last, least, greatest, mean.
struct TablePicture: ValuePicture {
    let chart: Chart
    let canvas: Canvas
    let palette: Palette
    let metrics: Metrics
    let box: Box

    private struct Row {
        var label: String
        var colour: ChartColour
        var figures: [String]
    }

    init(_ chart: Chart, canvas: Canvas, palette: Palette, layout: Layout) {
        self.chart = chart
        self.canvas = canvas
        self.palette = palette
        metrics = layout.metrics
        box = layout.content
    }

    func draw() {
        let rows = rows()
        guard !rows.isEmpty, box.width >= 60, box.height >= metrics.lineHeight * 2 else {
            return EmptyNote(canvas: canvas, palette: palette, metrics: metrics).draw(in: box)
        }
        let rowHeight = (metrics.lineHeight * 1.45).rounded()
        let rowsMax = max(1, Int(box.height / rowHeight) - 1)
        let shown = rows.count <= rowsMax ? rows : Array(rows.prefix(max(1, rowsMax - 1)))
        let widths = columnWidths(shown)
        drawHead(widths, rowHeight)
        for (number, row) in shown.enumerated() {
            draw(
                row, widths, top: box.y + Double(number + 1) * rowHeight, rowHeight, isShaded: number.isMultiple(of: 2))
        }
        guard shown.count < rows.count else { return }
        let base = box.y + Double(shown.count + 1) * rowHeight + rowHeight * 0.65
        canvas.write("+\(rows.count - shown.count) more", x: box.x + 6, y: base, size: metrics.small, palette.paleInk)
    }

    private func rows() -> [Row] {
        chart.series.enumerated().map { index, series in
            let figures = chart.figures(of: series)?.all.map { text($0, series) }
            return Row(
                label: series.label, colour: chart.colour(ofSeries: index, palette),
                figures: figures ?? LegendPainter.columns.map { _ in "–" })
        }
    }

    /// Pixels of the columns with figures that have room beside the labels; the last ones are left out first.
    private func columnWidths(_ rows: [Row]) -> [Double] {
        var left = box.width - max(60, box.width * 0.3)
        var widths: [Double] = []
        for (column, name) in LegendPainter.columns.enumerated() {
            let texts = [name] + rows.map { $0.figures[column] }
            let width =
                (texts.map { canvas.textWidth($0, size: metrics.small) }.max() ?? 0).rounded(.up) + metrics.margin * 1.5
            guard width <= left else { break }
            widths.append(width)
            left -= width
        }
        return widths
    }

    private func drawHead(_ widths: [Double], _ rowHeight: Double) {
        let base = box.y + rowHeight * 0.65
        write(LegendPainter.columns, widths, base: base, palette.paleInk)
        let y = box.y + rowHeight - 1
        canvas.strokeRule(from: Point(x: box.x, y: y), to: Point(x: box.right, y: y), palette.axis)
    }

    private func draw(_ row: Row, _ widths: [Double], top: Double, _ rowHeight: Double, isShaded: Bool) {
        if isShaded {
            canvas.fill(Box(x: box.x, y: top, width: box.width, height: rowHeight), palette.grid, alpha: 0.4)
        }
        let base = top + rowHeight * 0.65
        canvas.fillCircle(
            Point(x: box.x + 6 + metrics.small * 0.4, y: base - metrics.small * 0.36), radius: metrics.small * 0.36,
            row.colour)
        let start = box.x + 6 + metrics.small * 1.4
        let width = box.right - widths.reduce(0, +) - start
        canvas.write(
            canvas.fitted(row.label, width: width, size: metrics.small), x: start, y: base, size: metrics.small,
            palette.ink)
        write(row.figures, widths, base: base, palette.ink)
    }

    private func write(_ texts: [String], _ widths: [Double], base: Double, _ colour: ChartColour) {
        var right = box.right - widths.reduce(0, +) - 6
        for (text, width) in zip(texts, widths) {
            right += width
            canvas.write(text, x: right, y: base, size: metrics.small, colour, anchor: 1)
        }
    }
}
