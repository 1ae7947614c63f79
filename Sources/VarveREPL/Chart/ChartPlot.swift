import VarveModel
import VarveQuery

/// The picture of a chart: dots, value axis on the left, time axis below.
struct ChartPlot {
    private let series: [QueryResult.Series]
    private let range: TimeRange
    private let periodNs: Int64?
    private let style: ChartStyle
    private let valueTicks: [Double]
    private let valueLabels: [String]
    /// Columns of the value labels, the blank and the axis.
    private let gutter: Int
    private let columns: Int
    private let rows: Int

    /// - Precondition: some value of `series` is finite; at most ``ChartRenderer/seriesMax`` series.
    init(series: [QueryResult.Series], range: TimeRange, periodNs: Int64?, style: ChartStyle) {
        self.series = series
        self.range = range
        self.periodNs = periodNs
        self.style = style
        // Legend, time axis and prompt take the other lines.
        rows = min(max(4, style.lines - series.count - 5), 40)
        valueTicks = Self.valueTicks(of: series, rows: rows)
        valueLabels = valueTicks.map(NumberFormat.si)
        gutter = (valueLabels.map(DisplayWidth.of).max() ?? 0) + 2
        columns = min(max(10, style.columns - gutter - 1), 400)
    }

    func render() -> String {
        let cells = usesMarks ? markCells() : brailleCells()
        var text = ""
        for row in 0..<rows {
            text += axisLabel(ofRow: row) + line(cells[row]) + "\n"
        }
        return text + timeAxis()
    }

    // MARK: Values

    private static func valueTicks(of series: [QueryResult.Series], rows: Int) -> [Double] {
        let finite = series.lazy.flatMap(\.values).filter(\.isFinite)
        var low = max(finite.min() ?? 0, -valueMax)
        var high = min(finite.max() ?? 1, valueMax)
        // Zero belongs on the axis unless it would squeeze the line into its upper half.
        if low > 0, low < high / 2 { low = 0 }
        if high < 0, high > low / 2 { high = 0 }
        return NiceTicks.values(from: low, through: high, countWanted: min(7, max(2, rows / 2)))
    }

    /// Larger values are drawn at the edge; their differences and ticks would not be finite.
    private static let valueMax = 1e300

    private var lowest: Double { valueTicks[0] }
    private var highest: Double { valueTicks[valueTicks.count - 1] }

    /// Place of a value between the bottom (`steps - 1`) and the top (0).
    private func place(_ value: Double, steps: Int) -> Int {
        let share = min(1, max(0, (value - lowest) / (highest - lowest)))
        return Int(((1 - share) * Double(steps - 1)).rounded())
    }

    /// The line of characters that a value falls on: that of its dot.
    private func row(of value: Double) -> Int { place(value, steps: rows * 4) / 4 }

    /// Place of an instant between the left (0) and the right edge.
    private func place(ofNs timestampNs: Int64, steps: Int) -> Int {
        let share = (Double(timestampNs) - Double(range.start)) / (Double(range.end) - Double(range.start))
        return min(steps - 1, max(0, Int(share * Double(steps))))
    }

    private func axisLabel(ofRow row: Int) -> String {
        let tick = valueTicks.indices.first { self.row(of: valueTicks[$0]) == row }
        let label = DisplayWidth.pad(tick.map { valueLabels[$0] } ?? "", to: gutter - 2, alignRight: true)
        return label + (tick == nil ? " │" : " ┤")
    }

    // MARK: Lines

    /// Dots of several lines cannot be told apart without colours.
    private var usesMarks: Bool { !style.hasColour && series.count > 1 }

    private func brailleCells() -> [[(character: Character, pen: UInt8)?]] {
        var canvas = BrailleCanvas(columns: columns, rows: rows)
        for (pen, line) in series.enumerated() {
            var previous: (timestampNs: Int64, x: Int, y: Int)?
            for (timestampNs, value) in zip(line.timestamps, line.values) {
                guard value.isFinite, range.contains(timestampNs) else {
                    previous = nil
                    continue
                }
                let x = place(ofNs: timestampNs, steps: canvas.width)
                let y = place(value, steps: canvas.height)
                let joins = previous.map { isNext(timestampNs, after: $0.timestampNs) } ?? false
                let from = joins ? previous : nil
                canvas.line(fromX: from?.x ?? x, y: from?.y ?? y, toX: x, y: y, pen: UInt8(pen))
                previous = (timestampNs, x, y)
            }
        }
        return (0..<rows).map(canvas.cells(ofRow:))
    }

    private func markCells() -> [[(character: Character, pen: UInt8)?]] {
        let empty = [(character: Character, pen: UInt8)?](repeating: nil, count: columns)
        var cells = [[(character: Character, pen: UInt8)?]](repeating: empty, count: rows)
        for (pen, line) in series.enumerated() {
            for (timestampNs, value) in zip(line.timestamps, line.values)
            where value.isFinite && range.contains(timestampNs) {
                let column = place(ofNs: timestampNs, steps: columns)
                cells[row(of: value)][column] = (ChartPens.marks[pen % ChartPens.marks.count], UInt8(pen))
            }
        }
        return cells
    }

    /// Whether no bucket is missing between two points. Without a period every point joins the one before.
    private func isNext(_ timestampNs: Int64, after previousNs: Int64) -> Bool {
        guard let periodNs else { return true }
        return timestampNs - previousNs <= periodNs + periodNs / 2
    }

    private func line(_ cells: [(character: Character, pen: UInt8)?]) -> String {
        guard let last = cells.lastIndex(where: { $0 != nil }) else { return "" }
        var text = ""
        var run = ""
        var runPen: UInt8?
        for cell in cells[...last] {
            if cell?.pen != runPen {
                text += painted(run, runPen)
                (run, runPen) = ("", cell?.pen)
            }
            run.append(cell?.character ?? " ")
        }
        return text + painted(run, runPen)
    }

    private func painted(_ run: String, _ pen: UInt8?) -> String {
        guard let pen, style.hasColour else { return run }
        return ChartPens.paint(run, pen: Int(pen))
    }

    // MARK: Time

    /// The axis with its ticks, and the line of their labels.
    private func timeAxis() -> String {
        let labelWidth = 8
        let (timestampsNs, stepNs) = NiceTicks.times(
            in: range, countWanted: max(2, columns / (labelWidth + 6)), zone: style.zone)
        var axis = [Character](repeating: "─", count: columns)
        var labels = [Character](repeating: " ", count: gutter + columns)
        var freeFrom = 0
        var lastDate = ""
        for timestampNs in timestampsNs {
            let column = place(ofNs: timestampNs, steps: columns)
            axis[column] = "┬"
            let time = style.zone.calendarTime(ofNs: timestampNs)
            let label = Self.label(of: time, stepNs: stepNs, isNewDay: !lastDate.isEmpty && lastDate != time.dateText)
            let start = gutter + column - label.count / 2
            guard start >= freeFrom, start + label.count <= labels.count else { continue }
            labels.replaceSubrange(start..<start + label.count, with: label)
            freeFrom = start + label.count + 2
            lastDate = time.dateText
        }
        while labels.last == " " { labels.removeLast() }
        let zoneName = TimeFormat.zoneName(of: style.zone, atNs: range.start)
        let day = style.zone.calendarTime(ofNs: range.start).dateText
        let caption = "\(String(repeating: " ", count: gutter))from \(day), times in \(zoneName)"
        let corner = String(repeating: " ", count: gutter - 1) + "└"
        return corner + String(axis) + "\n" + String(labels) + "\n" + caption + "\n"
    }

    /// The clock, as fine as the step needs; the date at the first tick of a day.
    private static func label(of time: CalendarTime, stepNs: Int64, isNewDay: Bool) -> String {
        if stepNs >= Nanoseconds.perDay || isNewDay { return String(time.dateText.dropFirst(5)) }
        if stepNs >= Nanoseconds.perMinute { return time.minuteText }
        if stepNs >= Nanoseconds.perSecond { return time.clockText }
        return time.clockText + time.fractionText(digits: 3)
    }
}
