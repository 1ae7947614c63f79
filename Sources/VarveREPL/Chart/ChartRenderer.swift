import VarveModel
package import VarveQuery

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
}

/// Series as a line plot of Braille dots with axes and a legend.
///
/// Lines break where buckets are missing and at NaN. Without colours, several series are told apart by marks, one for
/// each series, instead of dots.
package enum ChartRenderer {
    /// Series drawn at most: as many as there are colours that people tell apart.
    package static let seriesMax = 8

    /// The chart, or a sentence when there is nothing to draw. O(points).
    package static func render(_ result: QueryResult, style: ChartStyle) -> String {
        guard let series = result.series else {
            return "This answer is a list, there is nothing to draw; SELECT gives series.\n"
        }
        let drawn = Array(series.filter { $0.values.contains(where: \.isFinite) }.prefix(seriesMax))
        guard !drawn.isEmpty, let range = timeRange(of: drawn, result) else { return "No data to draw.\n" }
        let plot = ChartPlot(series: drawn, range: range, periodNs: result.periodNs, style: style)
        return plot.render() + legend(drawn, style: style, leftOut: series.count - drawn.count)
    }

    /// The time asked for, or what the points span.
    private static func timeRange(of series: [QueryResult.Series], _ result: QueryResult) -> TimeRange? {
        if let range = result.range, range.end > range.start, drawable.contains(range.start),
            drawable.contains(range.end)
        {
            return range
        }
        guard let first = series.compactMap(\.timestamps.first).min(),
            let last = series.compactMap(\.timestamps.last).max()
        else { return nil }
        guard drawable.contains(first), drawable.contains(last) else { return nil }
        return TimeRange(start: first, end: last + min(max(1, result.periodNs ?? 1), drawable.upperBound))
    }

    /// Instants (years 1843 to 2096) whose distances fit 64 bits with room for a step of the axis.
    private static let drawable: ClosedRange<Int64> = -4_000_000_000_000_000_000...4_000_000_000_000_000_000

    private static func legend(_ series: [QueryResult.Series], style: ChartStyle, leftOut: Int) -> String {
        var table = LegendTable(labelWidthMax: max(12, style.columns - LegendTable.figuresWidth))
        for (index, line) in series.enumerated() {
            table.append(line, mark: ChartPens.legendMark(index, count: series.count, hasColour: style.hasColour))
        }
        let rest = leftOut > 0 ? "  … and \(leftOut) more series, not drawn; narrow the query or add LIMIT\n" : ""
        return table.render() + rest
    }
}

/// Marks and colours of the lines of a chart.
enum ChartPens {
    /// ANSI foreground colours: green, yellow, blue, magenta, cyan, red, bright white, bright black.
    private static let colours = [32, 33, 34, 35, 36, 31, 97, 90]
    /// Used instead of dots when several lines share a chart without colours.
    static let marks: [Character] = ["*", "+", "o", "x", "#", "%", "@", "="]

    static func paint(_ text: String, pen: Int) -> String { "\u{1b}[\(colours[pen % colours.count])m\(text)\u{1b}[0m" }

    static func legendMark(_ pen: Int, count: Int, hasColour: Bool) -> String {
        if hasColour { return paint("━━", pen: pen) }
        return count > 1 ? "\(marks[pen % marks.count]) " : "⠒⠒"
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
        let finite = series.values.filter(\.isFinite)
        let mean = finite.reduce(0) { $0 + $1 / Double(finite.count) }
        let figures: [(String, Double?)] = [
            ("min", finite.min()), ("mean", mean), ("max", finite.max()), ("last", series.values.last),
        ]
        let label = DisplayWidth.truncate(PrintableText.escape(series.label), to: labelWidthMax)
        lines.append((mark, label, figures.map { "\($0.0) \(NumberFormat.si($0.1 ?? .nan))" }))
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
