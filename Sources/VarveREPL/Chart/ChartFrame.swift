import VarveModel
import VarveQuery

/// One character of a plot.
struct ChartCell: Equatable {
    var character: Character
    /// Colour of the character; nil for the terminal's own.
    var pen: Int?
    /// Colour behind it.
    var background: Int?
    /// Belongs to what is compared with.
    var isDim = false
}

/// The frame of a chart of characters: value axis on the left, time axis below.
struct ChartFrame {
    let model: ChartModel
    let style: ChartStyle
    let rows: Int
    let columns: Int
    let ticks: [Double]
    let tickLabels: [String]
    /// Columns of the value labels, the blank and the axis.
    let gutter: Int

    /// Lines of the plot that a chart has in a terminal: legend, time axis and prompt take the others.
    static func rows(_ model: ChartModel, _ style: ChartStyle) -> Int {
        min(max(4, style.lines - model.series.count - 5), 40)
    }

    /// Values on the axis of so many lines.
    static func tickCount(rows: Int) -> Int { min(7, max(2, rows / 2)) }

    init(_ model: ChartModel, style: ChartStyle, ticks: [Double]) {
        self.model = model
        self.style = style
        self.ticks = ticks
        rows = Self.rows(model, style)
        tickLabels = ticks.map(NumberFormat.si)
        gutter = (tickLabels.map(DisplayWidth.of).max() ?? 0) + 2
        columns = min(max(10, style.columns - gutter - 1), 400)
    }

    /// Place of an instant between the left (0) and the right edge.
    func place(ofNs timestampNs: Int64, steps: Int) -> Int {
        let range = model.range
        let share = (Double(timestampNs) - Double(range.start)) / (Double(range.end) - Double(range.start))
        return min(steps - 1, max(0, Int(share * Double(steps))))
    }

    /// The axis of one line, with the label of a tick when it has one.
    func axis(tick: Int?) -> String {
        label(tick.map { tickLabels[$0] } ?? "") + (tick == nil ? " │" : " ┤")
    }

    private func label(_ text: String) -> String { DisplayWidth.pad(text, to: gutter - 2, alignRight: true) }

    // MARK: Colours

    /// A line of cells as text, without blanks at its end.
    func text(of cells: [ChartCell?]) -> String {
        guard let last = cells.lastIndex(where: { $0 != nil }) else { return "" }
        var text = ""
        var run = ""
        var looks: ChartCell?
        for cell in cells[...last] {
            // What matters of a cell besides its character.
            let next = cell.map { ChartCell(character: " ", pen: $0.pen, background: $0.background, isDim: $0.isDim) }
            if next != looks {
                text += painted(run, looks)
                (run, looks) = ("", next)
            }
            run.append(cell?.character ?? " ")
        }
        return text + painted(run, looks)
    }

    private func painted(_ run: String, _ looks: ChartCell?) -> String {
        guard let looks, style.hasColour, !run.isEmpty else { return run }
        return ChartPens.paint(run, pen: looks.pen, background: looks.background, isDim: looks.isDim)
    }

    // MARK: Time

    /// The axis with its ticks, the line of their labels, and the caption.
    /// - Parameters:
    ///   - base: label of the value that the axis stands for; nil when it stands for none.
    ///   - note: another line of the caption.
    func timeAxis(base: String? = nil, note: String? = nil) -> String {
        let labelWidth = 8
        let (timestampsNs, stepNs) = NiceTicks.times(
            in: model.range, countWanted: max(2, columns / (labelWidth + 6)), zone: style.zone)
        var axis = [Character](repeating: "─", count: columns)
        var labels = [Character](repeating: " ", count: gutter + columns)
        var freeFrom = 0
        var lastDate = ""
        for timestampNs in timestampsNs {
            let column = place(ofNs: timestampNs, steps: columns)
            axis[column] = "┬"
            let time = style.zone.calendarTime(ofNs: timestampNs)
            let isNewDay = !lastDate.isEmpty && lastDate != time.dateText
            let label = TimeFormat.tick(time, stepNs: stepNs, isNewDay: isNewDay)
            let start = gutter + column - label.count / 2
            guard start >= freeFrom, start + label.count <= labels.count else { continue }
            labels.replaceSubrange(start..<start + label.count, with: label)
            freeFrom = start + label.count + 2
            lastDate = time.dateText
        }
        while labels.last == " " { labels.removeLast() }
        let corner = label(base ?? "") + " └"
        return corner + String(axis) + "\n" + String(labels) + "\n" + caption(note) + "\n"
    }

    private func caption(_ note: String?) -> String {
        let zoneName = TimeFormat.zoneName(of: style.zone, atNs: model.range.start)
        let day = style.zone.calendarTime(ofNs: model.range.start).dateText
        let compared = model.earlierName.map { ", compared with \($0)" } ?? ""
        let indent = String(repeating: " ", count: gutter)
        let lines = ["from \(day), times in \(zoneName)\(compared)"] + (note.map { [$0] } ?? [])
        return lines.map { DisplayWidth.truncate(indent + $0, to: style.columns) }.joined(separator: "\n")
    }
}

extension TimeFormat {
    /// A label of a time axis: the clock, as fine as the step needs; the date at the first tick of a day.
    static func tick(_ time: CalendarTime, stepNs: Int64, isNewDay: Bool) -> String {
        if stepNs >= Nanoseconds.perDay || isNewDay { return String(time.dateText.dropFirst(5)) }
        if stepNs >= Nanoseconds.perMinute { return time.minuteText }
        if stepNs >= Nanoseconds.perSecond { return time.clockText }
        return time.clockText + time.fractionText(digits: 3)
    }
}
