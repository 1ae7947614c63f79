import VarveModel
import VarveQuery

/// Lines of Braille dots; marks instead where several lines cannot be told apart by colour.
struct LinePlot {
    private let model: ChartModel
    private let style: ChartStyle
    private let frame: ChartFrame

    init(_ model: ChartModel, style: ChartStyle) {
        self.model = model
        self.style = style
        let rows = ChartFrame.rows(model, style)
        frame = ChartFrame(
            model, style: style, ticks: model.lineTicks(countWanted: ChartFrame.tickCount(rows: rows)))
    }

    func render() -> String {
        let cells = style.needsMarks(model) ? markCells() : brailleCells()
        var text = ""
        for row in 0..<frame.rows {
            let tick = frame.ticks.indices.first { self.row(of: frame.ticks[$0]) == row }
            text += frame.axis(tick: tick) + frame.text(of: cells[row]) + "\n"
        }
        return text + frame.timeAxis()
    }

    private var lowest: Double { frame.ticks[0] }
    private var highest: Double { frame.ticks[frame.ticks.count - 1] }

    /// Place of a value between the bottom (`steps - 1`) and the top (0).
    private func place(_ value: Double, steps: Int) -> Int {
        let share = min(1, max(0, (value - lowest) / (highest - lowest)))
        return Int(((1 - share) * Double(steps - 1)).rounded())
    }

    /// The line of characters that a value falls on: that of its dot.
    private func row(of value: Double) -> Int { place(value, steps: frame.rows * 4) / 4 }

    // MARK: Dots

    /// What was earlier lies beneath, and is dashed.
    private func brailleCells() -> [[ChartCell?]] {
        var canvas = BrailleCanvas(columns: frame.columns, rows: frame.rows)
        for case (let pen, let series?) in model.earlier.enumerated() {
            draw(series, pen: UInt8(pen) | Self.dimPen, isDashed: true, on: &canvas)
        }
        for (pen, series) in model.series.enumerated() {
            draw(series, pen: UInt8(pen), isDashed: false, on: &canvas)
        }
        return (0..<frame.rows).map { row in
            canvas.cells(ofRow: row).map { cell in
                cell.map {
                    ChartCell(
                        character: $0.character, pen: Int($0.pen & ~Self.dimPen), isDim: $0.pen & Self.dimPen != 0)
                }
            }
        }
    }

    /// Marks the pens of what was earlier.
    private static let dimPen: UInt8 = 0x80

    private func draw(_ series: QueryResult.Series, pen: UInt8, isDashed: Bool, on canvas: inout BrailleCanvas) {
        var previous: (timestampNs: Int64, x: Int, y: Int)?
        var dash = isDashed ? 0 : nil as Int?
        for (timestampNs, value) in zip(series.timestamps, series.values) {
            guard value.isFinite, model.range.contains(timestampNs) else {
                previous = nil
                continue
            }
            let x = frame.place(ofNs: timestampNs, steps: canvas.width)
            let y = place(value, steps: canvas.height)
            let joins = previous.map { model.isNext(timestampNs, after: $0.timestampNs) } ?? false
            let from = joins ? previous : nil
            canvas.line(fromX: from?.x ?? x, y: from?.y ?? y, toX: x, y: y, pen: pen, dash: &dash)
            previous = (timestampNs, x, y)
        }
    }

    // MARK: Marks

    private func markCells() -> [[ChartCell?]] {
        let empty = [ChartCell?](repeating: nil, count: frame.columns)
        var cells = [[ChartCell?]](repeating: empty, count: frame.rows)
        for case (let pen, let series?) in model.earlier.enumerated() {
            mark(series, with: ChartPens.earlierMarks[pen], pen, on: &cells)
        }
        for (pen, series) in model.series.enumerated() {
            mark(series, with: ChartPens.marks[pen], pen, on: &cells)
        }
        return cells
    }

    private func mark(
        _ series: QueryResult.Series, with mark: Character, _ pen: Int, on cells: inout [[ChartCell?]]
    ) {
        for (timestampNs, value) in zip(series.timestamps, series.values)
        where value.isFinite && model.range.contains(timestampNs) {
            let column = frame.place(ofNs: timestampNs, steps: frame.columns)
            cells[row(of: value)][column] = ChartCell(character: mark, pen: pen)
        }
    }
}
