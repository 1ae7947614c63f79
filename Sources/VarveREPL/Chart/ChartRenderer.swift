import VarveQuery

/// What a chart may use of the terminal.
package struct ChartStyle: Sendable {
    /// Columns and lines of the terminal.
    package var columns: Int
    package var lines: Int
    package var hasColour: Bool
    package var zone: LocalZone

    package init(columns: Int, lines: Int, hasColour: Bool, zone: LocalZone) {
        self.columns = columns
        self.lines = lines
        self.hasColour = hasColour
        self.zone = zone
    }

    /// Whether series have to be told apart by their characters.
    func needsMarks(_ model: ChartModel) -> Bool { !hasColour && model.series.count > 1 }
}

/// Series as a picture of characters with axes and a legend.
///
/// Lines are Braille dots and break where buckets are missing and at NaN; bars are blocks. Without colours several
/// series are told apart by marks and patterns, one for each series.
package enum ChartRenderer {
    /// The chart, or a sentence when there is nothing to draw. O(points).
    package static func render(_ answer: Answer, kind: ChartKind = .line, style: ChartStyle) -> String {
        guard let model = ChartModel(answer, kind: kind) else { return ChartModel.nothingToDraw(of: answer.result) }
        let plot =
            kind == .line
            ? LinePlot(model, style: style).render() : BarPlot(model, style: style).render()
        return plot + legend(model, style: style)
    }

    private static func legend(_ model: ChartModel, style: ChartStyle) -> String {
        let looks = ChartPens(model, style: style)
        var table = LegendTable(labelWidthMax: max(12, style.columns - LegendTable.figuresWidth))
        for (index, line) in model.series.enumerated() { table.append(line, mark: looks.mark(of: index)) }
        for case (let index, var line?) in model.earlier.enumerated() {
            line.label += " (\(model.earlierName ?? ""))"
            table.append(line, mark: looks.earlierMark(of: index))
        }
        let rest =
            model.leftOut > 0 ? "  … and \(model.leftOut) more series, not drawn; narrow the query or add LIMIT\n" : ""
        return table.render() + rest
    }
}

/// Marks and colours of the series of a chart.
struct ChartPens {
    /// ANSI foreground colours: green, yellow, blue, magenta, cyan, red, bright white, bright black.
    private static let colours = [32, 33, 34, 35, 36, 31, 97, 90]
    /// Used instead of dots when several lines share a chart without colours.
    static let marks: [Character] = ["*", "+", "o", "x", "#", "%", "@", "="]
    /// The same for what is compared with.
    static let earlierMarks: [Character] = [".", ":", ",", ";", "'", "`", "~", "-"]
    /// Fillings of bars without colours.
    static let patterns: [Character] = ["█", "░", "▓", "▒", "#", "+", "x", "="]

    private let model: ChartModel
    private let style: ChartStyle

    init(_ model: ChartModel, style: ChartStyle) {
        self.model = model
        self.style = style
    }

    /// `text` in colours, which end behind it. Backgrounds have the numbers of foregrounds, ten higher.
    static func paint(_ text: String, pen: Int?, background: Int? = nil, isDim: Bool = false) -> String {
        var codes = isDim ? ["2"] : []
        if let pen { codes.append("\(colours[pen % colours.count])") }
        if let background { codes.append("\(colours[background % colours.count] + 10)") }
        return codes.isEmpty ? text : "\u{1b}[\(codes.joined(separator: ";"))m\(text)\u{1b}[0m"
    }

    /// What stands before a series in the legend; two columns.
    func mark(of pen: Int) -> String {
        let isLine = model.kind == .line
        if style.hasColour { return Self.paint(isLine ? "━━" : "██", pen: pen) }
        if !style.needsMarks(model) { return isLine ? "⠒⠒" : "██" }
        return isLine ? "\(Self.marks[pen]) " : String(repeating: Self.patterns[pen], count: 2)
    }

    func earlierMark(of pen: Int) -> String {
        if model.kind != .line { return style.hasColour ? Self.paint("╌╌", pen: nil, isDim: true) : "╌╌" }
        if style.hasColour { return Self.paint("╍╍", pen: pen, isDim: true) }
        return style.needsMarks(model) ? "\(Self.earlierMarks[pen]) " : "⠂⠂"
    }
}

/// The lines below a chart: one for each series, with its smallest, mean, largest and last value.
private struct LegendTable {
    /// Columns that marks and figures take beside the label.
    static let figuresWidth = 56
    private let labelWidthMax: Int
    private var lines: [(mark: String, label: String, figures: [String])] = []

    init(labelWidthMax: Int) { self.labelWidthMax = labelWidthMax }

    mutating func append(_ series: QueryResult.Series, mark: String) {
        let label = DisplayWidth.truncate(PrintableText.escape(series.label), to: labelWidthMax)
        let figures = SeriesFigures(series).named.map { "\($0.name) \(NumberFormat.si($0.value))" }
        lines.append((mark, label, figures))
    }

    func render() -> String {
        let labelWidth = lines.map { DisplayWidth.of($0.label) }.max() ?? 0
        let widths = (0..<4).map { column in lines.map { DisplayWidth.of($0.figures[column]) }.max() ?? 0 }
        return lines.reduce(into: "") { text, line in
            let figures = line.figures.indices.map { DisplayWidth.pad(line.figures[$0], to: widths[$0]) }
            var row =
                " \(line.mark) \(DisplayWidth.pad(line.label, to: labelWidth))  \(figures.joined(separator: "  "))"
            while row.hasSuffix(" ") { row.removeLast() }
            text += row + "\n"
        }
    }
}

/// What a legend says of a series; NaN where it has no finite value.
struct SeriesFigures {
    private let series: QueryResult.Series

    init(_ series: QueryResult.Series) { self.series = series }

    /// O(points).
    var named: [(name: String, value: Double)] {
        let finite = series.values.filter(\.isFinite)
        // Divided first: a sum might not be finite.
        let mean = finite.reduce(0) { $0 + $1 / Double(finite.count) }
        return [
            ("min", finite.min() ?? .nan), ("mean", finite.isEmpty ? .nan : mean), ("max", finite.max() ?? .nan),
            ("last", series.values.last ?? .nan),
        ]
    }
}
