/// Bars of block characters from zero up and down, side by side or stacked.
///
/// The plot is made of columns of eighths of a character: each eighth has the pen that fills it. Upward bars end in one
/// of the eight lower blocks; Unicode has no such blocks for downward ones, which are cut to halves.
struct BarPlot {
    private let model: ChartModel
    private let style: ChartStyle
    private let frame: ChartFrame
    private let slots: ChartSlots
    /// Lines above zero, the line of zero itself when bars go both ways, lines below.
    private let upRows: Int
    private let hasZeroRow: Bool
    private let downRows: Int
    /// Eighths of a character for 1.
    private let scale: Double

    private static let eighths = 8
    /// A single bar across the screen would be no bar.
    private static let barColumnsMax = 12

    init(_ model: ChartModel, style: ChartStyle) {
        self.model = model
        self.style = style
        let rows = ChartFrame.rows(model, style)
        // Labels are at most seven characters wide, so the guess is never too small for long.
        let room = min(max(10, style.columns - 9), 400)
        slots = ChartSlots(model, countMax: Self.slotsMax(model, columns: room))
        let bounds = slots.bounds
        let ticks = NiceTicks.values(
            from: bounds.low, through: bounds.high, countWanted: ChartFrame.tickCount(rows: rows))
        frame = ChartFrame(model, style: style, ticks: ticks)
        let (low, high) = (ticks[0], ticks[ticks.count - 1])
        hasZeroRow = low < 0
        let barRows = rows - (hasZeroRow ? 1 : 0)
        let share = (high / (high - low) * Double(barRows)).rounded()
        upRows = low >= 0 ? barRows : high <= 0 ? 0 : min(max(1, Int(share)), barRows - 1)
        downRows = barRows - upRows
        let up = upRows > 0 ? Double(upRows * Self.eighths) / high : .infinity
        let down = downRows > 0 ? Double(downRows * Self.eighths) / -low : .infinity
        scale = min(up, down)
    }

    /// Places that fit: one column each, or one for each series and one between periods.
    private static func slotsMax(_ model: ChartModel, columns: Int) -> Int {
        barsPerSlot(model) == 1 ? columns : max(1, columns / (barsPerSlot(model) + 1))
    }

    private static func barsPerSlot(_ model: ChartModel) -> Int { model.kind == .stacked ? 1 : model.series.count }

    func render() -> String {
        var up = [[ChartCell?]](
            repeating: [ChartCell?](repeating: nil, count: frame.columns), count: upRows)
        var down = [[ChartCell?]](
            repeating: [ChartCell?](repeating: nil, count: frame.columns), count: downRows)
        for slot in slots.values.indices { draw(slot, &up, &down) }
        var text = ""
        for (row, cells) in up.enumerated() {
            text += frame.axis(tick: tick(upRow: row)) + frame.text(of: cells) + "\n"
        }
        if hasZeroRow {
            let zero = frame.ticks.firstIndex(of: 0)
            text += frame.axis(tick: zero) + String(repeating: "─", count: frame.columns) + "\n"
        }
        for (row, cells) in down.enumerated() {
            text += frame.axis(tick: tick(downRow: row)) + frame.text(of: cells) + "\n"
        }
        return text + frame.timeAxis(base: hasZeroRow ? nil : "0", note: slots.note)
    }

    /// The tick whose height lies in a line above zero.
    private func tick(upRow row: Int) -> Int? {
        frame.ticks.indices.first { index in
            frame.ticks[index] > 0 && upRows - 1 - self.row(ofHeight: frame.ticks[index] * scale) == row
        }
    }

    private func tick(downRow row: Int) -> Int? {
        frame.ticks.indices.first { frame.ticks[$0] < 0 && self.row(ofHeight: -frame.ticks[$0] * scale) == row }
    }

    /// Lines away from zero; a height at the border of two belongs to the nearer one, which its bar fills.
    private func row(ofHeight height: Double) -> Int { max(0, Int((height - 0.5) / Double(Self.eighths))) }

    /// Eighths of a value, at least one for what is not zero.
    private func height(_ value: Double) -> Int {
        value == 0 || value.isNaN ? 0 : max(1, Int((abs(value) * scale).rounded()))
    }

    // MARK: Columns

    private func draw(_ slot: Int, _ up: inout [[ChartCell?]], _ down: inout [[ChartCell?]]) {
        let count = slots.values.count
        let (first, end) = (slot * frame.columns / count, (slot + 1) * frame.columns / count)
        let bars = Self.barsPerSlot(model)
        let gap = end - first >= (bars == 1 ? 3 : bars + 1) ? 1 : 0
        let width = min(end - first - gap, Self.barColumnsMax * bars)
        for bar in 0..<bars {
            let columns = (first + bar * width / bars)..<(first + (bar + 1) * width / bars)
            let values = slots.values[slot]
            let layers = bars == 1 ? Array(values.enumerated()) : [(offset: bar, element: values[bar])]
            let earlier = slots.earlier[slot][bar]
            for column in columns {
                fill(column, layers.filter { $0.element > 0 }, isUp: true, in: &up)
                fill(column, layers.filter { $0.element < 0 }, isUp: false, in: &down)
                if !earlier.isNaN { markEarlier(earlier, column, &up, &down) }
            }
        }
    }

    /// Fills a column with layers, one on the other from zero outwards.
    private func fill(
        _ column: Int, _ layers: [(offset: Int, element: Double)], isUp: Bool, in cells: inout [[ChartCell?]]
    ) {
        var pens: [Int] = []
        var sum = 0.0
        for (pen, value) in layers {
            sum += value
            let top = layers.count == 1 ? height(value) : max(pens.count, height(sum))
            pens += [Int](repeating: pen, count: max(0, top - pens.count))
        }
        let limit = cells.count * Self.eighths
        for row in 0..<cells.count where row * Self.eighths < min(pens.count, limit) {
            let part = pens[(row * Self.eighths)..<min(pens.count, (row + 1) * Self.eighths)]
            let cell = isUp ? upCell(Array(part), isFirst: row == 0) : downCell(Array(part), isFirst: row == 0)
            cells[isUp ? cells.count - 1 - row : row][column] = cell
        }
    }

    /// A character that is filled from below by `pens`, one for each eighth, at least one.
    private func upCell(_ pens: [Int], isFirst: Bool) -> ChartCell? {
        if style.needsMarks(model) { return markCell(pens, isFirst: isFirst) }
        let lower = pens[0]
        let count = pens.prefix { $0 == lower }.count
        let rest = pens[count...]
        let isMostlyFilled = rest.count * 2 >= Self.eighths - count
        let background = isMostlyFilled ? rest.last : nil
        return ChartCell(character: Self.lowerBlocks[count - 1], pen: lower, background: background)
    }

    private static let lowerBlocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The same from above.
    private func downCell(_ pens: [Int], isFirst: Bool) -> ChartCell? {
        if style.needsMarks(model) { return markCell(pens, isFirst: isFirst) }
        let half = Self.eighths / 2
        if pens.count < half { return isFirst || pens.count > 1 ? ChartCell(character: "▔", pen: pens[0]) : nil }
        let (upper, lower) = (pens[half / 2], pens.count > half + 1 ? pens[pens.count - 1] : nil)
        if upper == lower { return ChartCell(character: "█", pen: upper) }
        return ChartCell(character: "▀", pen: upper, background: lower)
    }

    /// Without colours a whole character has the pattern of one series: that of most of it.
    private func markCell(_ pens: [Int], isFirst: Bool) -> ChartCell? {
        guard isFirst || pens.count * 2 >= Self.eighths else { return nil }
        let counts = pens.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        guard let most = counts.max(by: { ($0.value, -$0.key) < ($1.value, -$1.key) })?.key else { return nil }
        return ChartCell(character: ChartPens.patterns[most], pen: most)
    }

    /// A dash at the height that the bar had earlier.
    private func markEarlier(
        _ value: Double, _ column: Int, _ up: inout [[ChartCell?]], _ down: inout [[ChartCell?]]
    ) {
        let row = row(ofHeight: abs(value) * scale)
        if value >= 0, row < up.count {
            let behind = up[up.count - 1 - row][column]
            up[up.count - 1 - row][column] = ChartCell(character: "╌", background: Self.colour(of: behind), isDim: true)
        } else if value < 0, row < down.count {
            down[row][column] = ChartCell(character: "╌", background: Self.colour(of: down[row][column]), isDim: true)
        }
    }

    private static func colour(of cell: ChartCell?) -> Int? {
        cell?.character == "█" ? cell?.pen : cell?.background
    }
}
