/// Sizes of text and distances, for a picture of a given size.
struct Metrics {
    let small: Double
    let title: Double
    let margin: Double
    let lineHeight: Double
    let lineWidth: Double

    init(width: Int, height: Int) {
        // 600 × 400 is the usual size; large pictures are looked at from further away, but not so much.
        let share = min(Double(width) / 600, Double(height) / 400)
        let factor = max(0.85, min(2, share.squareRoot()))
        small = (11 * factor).rounded()
        title = (14 * factor).rounded()
        margin = (12 * factor).rounded()
        lineHeight = (17 * factor).rounded()
        lineWidth = 1.75 * factor
    }
}

/// A line of the legend.
struct LegendEntry {
    var label: String
    var colour: ChartColour
    /// Last, least, greatest, mean: empty without values.
    var figures: [String]
    var isBand = false
    var isPartial = false
    /// Drawn as a line that is interrupted, as alarms are.
    var isRound = false
}

/// Where the parts of a picture are.
struct Layout {
    let metrics: Metrics
    /// What is left for the content, without title and legend.
    private(set) var content: Box
    private(set) var titleBase: Double?
    private(set) var legend: Box?
    private(set) var isLegendRight = false

    /// Below this there is no room for words.
    private static let wordsMin = (width: 120.0, height: 80.0)

    init(_ chart: Chart, width: Int, height: Int, canvas: Canvas, entries: [LegendEntry]) {
        metrics = Metrics(width: width, height: height)
        let isTiny = Double(width) < Self.wordsMin.width || Double(height) < Self.wordsMin.height
        content = Box(x: 0, y: 0, width: Double(width), height: Double(height)).inset(isTiny ? 1 : metrics.margin)
        guard !isTiny else { return }
        if let title = chart.title, !title.isEmpty {
            titleBase = content.y + metrics.title
            let taken = metrics.title + metrics.margin * 0.75
            content.y += taken
            content.height -= taken
        }
        guard !entries.isEmpty, Double(height) >= 140 else { return }
        switch chart.legend {
        case .hidden: break
        case .bottom: placeBelow(entries, canvas)
        case .right: if width >= 240 { placeRight(entries, canvas) } else { placeBelow(entries, canvas) }
        }
    }

    private mutating func placeBelow(_ entries: [LegendEntry], _ canvas: Canvas) {
        let rows = LegendPainter.rowCount(
            entries, width: content.width - metrics.margin * 0.5, heightMax: content.height * 0.3, metrics: metrics,
            canvas: canvas)
        let height = Double(rows) * metrics.lineHeight
        // The figures end where a plot without a right axis ends.
        let width = content.width - metrics.margin * 0.5
        legend = Box(x: content.x, y: content.bottom - height, width: width, height: height)
        content.height -= height + metrics.margin * 0.6
    }

    private mutating func placeRight(_ entries: [LegendEntry], _ canvas: Canvas) {
        let labels = entries.prefix(60).map { LegendPainter.width(of: $0, metrics, canvas) }.max() ?? 0
        let width = min(labels, content.width * 0.28).rounded(.up)
        legend = Box(x: content.right - width, y: content.y, width: width, height: content.height)
        isLegendRight = true
        content.width -= width + metrics.margin
    }
}
