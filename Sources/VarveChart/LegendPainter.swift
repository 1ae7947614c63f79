/// Draws legends: a table with figures where there is room, else labels one after the other.
struct LegendPainter {
    let canvas: Canvas
    let palette: Palette
    let metrics: Metrics

    static let columns = ["last", "min", "max", "avg"]

    private static func swatch(_ metrics: Metrics) -> Double { metrics.small }

    private static func gap(_ metrics: Metrics) -> Double { (metrics.small * 0.6).rounded() }

    /// Pixels of an entry without figures.
    static func width(of entry: LegendEntry, _ metrics: Metrics, _ canvas: Canvas) -> Double {
        let label = canvas.textWidth(Canvas.oneLine(entry.label), size: metrics.small)
        let warning = entry.isPartial ? swatch(metrics) + gap(metrics) : 0
        return swatch(metrics) + gap(metrics) + label.rounded(.up) + warning + 1
    }

    /// Whether a row for each entry, one for the names of the columns, and the columns themselves have room.
    private static func isTable(
        _ entries: [LegendEntry], width: Double, heightMax: Double, metrics: Metrics, canvas: Canvas
    ) -> Bool {
        guard Double(entries.count + 1) * metrics.lineHeight <= heightMax,
            entries.contains(where: { !$0.figures.isEmpty })
        else { return false }
        let figures = columnWidths(entries, metrics, canvas).reduce(0, +)
        return width - figures >= 130
    }

    private static func columnWidths(_ entries: [LegendEntry], _ metrics: Metrics, _ canvas: Canvas) -> [Double] {
        columns.indices.map { column in
            let figures = entries.compactMap { $0.figures.indices.contains(column) ? $0.figures[column] : nil }
            let texts = [columns[column]] + figures
            let widest = texts.map { canvas.textWidth($0, size: metrics.small) }.max() ?? 0
            return widest.rounded(.up) + metrics.margin * 1.3
        }
    }

    /// Rows of a legend below the plot.
    static func rowCount(
        _ entries: [LegendEntry], width: Double, heightMax: Double, metrics: Metrics, canvas: Canvas
    ) -> Int {
        if isTable(entries, width: width, heightMax: heightMax, metrics: metrics, canvas: canvas) {
            return entries.count + 1
        }
        let rowsMax = max(1, Int(heightMax / metrics.lineHeight))
        let columns = flow(entries, width: width, rowsMax: rowsMax, metrics, canvas).columns
        return min(rowsMax, (entries.count + columns - 1) / max(1, columns))
    }

    /// More are not measured; the widest of them decides for all.
    private static let entriesMax = 200

    /// Entries for labels one after the other: which are shown, how many in a row, and how wide the columns are (0 when
    /// one row has room for all, as wide as they are).
    private static func flow(
        _ entries: [LegendEntry], width: Double, rowsMax: Int, _ metrics: Metrics, _ canvas: Canvas
    ) -> (shown: [Int], columns: Int, columnWidth: Double) {
        let gap = metrics.margin * 1.2
        let widths = entries.prefix(entriesMax).map { min(self.width(of: $0, metrics, canvas), width) }
        if widths.reduce(0, { $0 + $1 + gap }) - gap <= width { return (Array(entries.indices), entries.count, 0) }
        let widest = min(widths.max() ?? width, width / 2 - gap)
        let columns = max(1, Int((width + gap) / (widest + gap)))
        return (Array(entries.indices.prefix(columns * rowsMax)), columns, width / Double(columns))
    }

    /// - Parameter box: as high as ``rowCount(_:width:heightMax:metrics:canvas:)`` rows.
    func drawBelow(_ entries: [LegendEntry], in box: Box) {
        // Labels one after the other never need as many rows as the table.
        if Self.isTable(entries, width: box.width, heightMax: box.height, metrics: metrics, canvas: canvas) {
            return drawTable(entries, in: box)
        }
        let rowsMax = max(1, Int((box.height / metrics.lineHeight).rounded()))
        let flow = Self.flow(entries, width: box.width, rowsMax: rowsMax, metrics, canvas)
        // The last place says how many are left out.
        let count = flow.shown.count < entries.count ? max(0, flow.shown.count - 1) : entries.count
        var x = box.x
        for index in 0..<count {
            let (row, column) = index.quotientAndRemainder(dividingBy: flow.columns)
            if flow.columnWidth > 0 { x = box.x + Double(column) * flow.columnWidth }
            let base = box.y + Double(row) * metrics.lineHeight + metrics.small
            let natural = Self.width(of: entries[index], metrics, canvas)
            let room = flow.columnWidth > 0 ? flow.columnWidth - metrics.margin : natural
            draw(entries[index], x: x, base: base, width: min(natural, room, box.right - x))
            x += natural + metrics.margin * 1.2
        }
        guard count < entries.count else { return }
        let (row, column) = count.quotientAndRemainder(dividingBy: flow.columns)
        let base = box.y + Double(row) * metrics.lineHeight + metrics.small
        drawMore(entries.count - count, x: box.x + Double(column) * flow.columnWidth, base: base, to: box.right)
    }

    private func drawMore(_ count: Int, x: Double, base: Double, to right: Double) {
        let text = canvas.fitted("+\(count) more", width: max(0, right - x), size: metrics.small)
        canvas.write(text, x: x, y: base, size: metrics.small, palette.paleInk)
    }

    func drawRight(_ entries: [LegendEntry], in box: Box) {
        let rowsMax = max(1, Int(box.height / metrics.lineHeight))
        let shown = entries.count <= rowsMax ? entries.count : max(0, rowsMax - 1)
        for (number, entry) in entries.prefix(shown).enumerated() {
            let base = box.y + Double(number) * metrics.lineHeight + metrics.small
            draw(entry, x: box.x, base: base, width: box.width)
        }
        guard shown < entries.count else { return }
        let base = box.y + Double(shown) * metrics.lineHeight + metrics.small
        drawMore(entries.count - shown, x: box.x, base: base, to: box.right)
    }

    private func drawTable(_ entries: [LegendEntry], in box: Box) {
        let widths = Self.columnWidths(entries, metrics, canvas)
        let labelWidth = box.width - widths.reduce(0, +)
        func drawRow(_ texts: [String], base: Double, _ colour: ChartColour) {
            var right = box.x + labelWidth
            for (text, width) in zip(texts, widths) {
                right += width
                canvas.write(text, x: right, y: base, size: metrics.small, colour, anchor: 1)
            }
        }
        drawRow(Self.columns, base: box.y + metrics.small, palette.paleInk)
        for (number, entry) in entries.enumerated() {
            let base = box.y + Double(number + 1) * metrics.lineHeight + metrics.small
            draw(entry, x: box.x, base: base, width: labelWidth)
            drawRow(entry.figures, base: base, palette.ink)
        }
    }

    /// Swatch and label.
    private func draw(_ entry: LegendEntry, x: Double, base: Double, width: Double) {
        let side = Self.swatch(metrics)
        let middle = base - metrics.small * 0.36
        if entry.isRound {
            canvas.fillCircle(Point(x: x + side / 2, y: middle), radius: side * 0.36, entry.colour)
        } else if entry.isBand {
            let box = Box(x: x, y: middle - side * 0.4, width: side, height: side * 0.8)
            canvas.fill(box, entry.colour, alpha: 0.3, radius: 2)
        } else {
            let height = max(3, (side * 0.28).rounded())
            canvas.fill(
                Box(x: x, y: middle - height / 2, width: side, height: height), entry.colour, radius: height / 2)
        }
        let start = x + side + Self.gap(metrics)
        let warning = entry.isPartial ? side + Self.gap(metrics) : 0
        let text = canvas.fitted(entry.label, width: width - (start - x) - warning, size: metrics.small)
        canvas.write(text, x: start, y: base, size: metrics.small, palette.ink)
        guard entry.isPartial else { return }
        let end = start + canvas.textWidth(text, size: metrics.small) + Self.gap(metrics) * 0.7
        drawWarning(Box(x: end, y: base - side * 0.82, width: side, height: side * 0.9))
    }

    /// A triangle with an exclamation mark.
    private func drawWarning(_ box: Box) {
        let points = [
            Point(x: box.x + box.width / 2, y: box.y), Point(x: box.right, y: box.bottom),
            Point(x: box.x, y: box.bottom),
        ]
        canvas.fill(points, palette.warning)
        canvas.write(
            "!", x: box.x + box.width / 2, y: box.bottom - 1, size: metrics.small * 0.75, ChartColour(0xffffff),
            isBold: true, anchor: 0.5)
    }
}
