package import VarveJSON
import VarveModel

/// A graph of metrics: the properties of a metric widget, read and completed with what the service assumes.
package struct MetricWidget: Sendable, Equatable {
    package enum View: String, Sendable, CaseIterable {
        case timeSeries, singleValue, gauge, bar, pie, table
    }

    package enum LegendPosition: String, Sendable, CaseIterable {
        case bottom, right, hidden
    }

    package enum Theme: String, Sendable, CaseIterable {
        case light, dark
    }

    package enum Side: String, Sendable, CaseIterable {
        case left, right
    }

    /// What is shown, in order.
    package var metrics: [WidgetMetric] = []
    package var view: View = .timeSeries
    package var isStacked = false
    package var title: String?
    /// Region of metrics that name none; nil means that of the request.
    package var region: String?
    package var accountId: String?
    /// Seconds; nil when the widget leaves it open, see ``WidgetPeriod/automatic(rangeNs:ageNs:)``.
    package var period: Int64?
    /// Statistic of metrics that name none.
    package var stat = "Average"
    package var left = WidgetAxis()
    package var right = WidgetAxis()
    package var horizontalAnnotations: [HorizontalAnnotation] = []
    package var verticalAnnotations: [VerticalAnnotation] = []
    /// Names (ARNs) of alarms whose thresholds and states are drawn.
    package var alarmARNs: [String] = []
    package var legend: LegendPosition = .bottom
    package var hasLiveData = false
    /// Whether single values have their history under them.
    package var hasSparkline = true
    /// Whether views of one value per metric take it over the whole range instead of the last period.
    package var setsPeriodToTimeRange = false
    /// Whether single values keep all their digits.
    package var hasFullPrecision = false
    /// Seconds east of UTC in which times are written.
    package var zoneOffsetSeconds = 0
    /// Pixels, see ``DashboardLimits/imagePixels``.
    package var width = 600
    package var height = 400
    package var theme: Theme = .light
    package var start: WidgetTime = .threeHoursAgo
    package var end: WidgetTime = .now
}

/// One row of a widget: a metric or an expression, and how it looks.
package struct WidgetMetric: Sendable, Equatable {
    package enum Source: Sendable, Equatable {
        /// Dimensions in the order of the row.
        case metric(namespace: String, name: String, dimensions: [WidgetDimension])
        case expression(String)
    }

    package var source: Source
    /// As given; may be absent, repeated or unfit for a query.
    package var id: String?
    package var label: String?
    /// `#rrggbb`.
    package var colour: String?
    package var stat: String?
    package var period: Int64?
    package var side: MetricWidget.Side = .left
    package var isVisible = true
    /// Whether an expression's result is asked for at all; hidden metrics are not.
    package var returnsData = true
    package var region: String?
    package var accountId: String?
}

/// Name and value of a dimension.
package struct WidgetDimension: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// What a widget says about one of its value axes.
package struct WidgetAxis: Sendable, Equatable {
    package var min: Double?
    package var max: Double?
    package var label: String?
    package var showsUnits = true
}

/// A line at a value, or a band between two.
package struct HorizontalAnnotation: Sendable, Equatable {
    package enum Fill: String, Sendable {
        case none, above, below, between
    }

    package var value: Double
    package var label: String?
    /// The other end of a band.
    package var secondValue: Double?
    package var secondLabel: String?
    package var colour: String?
    package var fill: Fill = .none
    package var side: MetricWidget.Side = .left
}

/// A line at a time, or a span between two.
package struct VerticalAnnotation: Sendable, Equatable {
    package enum Fill: String, Sendable {
        case none, before, after, between
    }

    package var time: WidgetTime
    package var label: String?
    /// The other end of a span.
    package var secondTime: WidgetTime?
    package var secondLabel: String?
    package var colour: String?
    package var fill: Fill = .none
}

// Reading.
extension MetricWidget {
    /// A widget for a picture, from the parameter `MetricWidget`. O(bytes).
    /// - Throws: the refusal, in the words of the service where they are known.
    package static func forImage(_ text: String?) throws(DashboardProblem) -> (
        widget: MetricWidget, warnings: [DashboardMessage]
    ) {
        guard let text, !text.isEmpty else {
            throw DashboardProblem(code: "MissingParameter", message: "The parameter MetricWidget is required.")
        }
        guard text.utf8.count <= DashboardLimits.imageWidgetBytesMax else {
            throw DashboardProblem(
                code: "ValidationError",
                message: "The field MetricWidget must not have more than \(DashboardLimits.imageWidgetBytesMax) bytes")
        }
        guard let document = try? JSONReader.read(Array(text.utf8)), case .object = document else {
            throw DashboardProblem(
                code: "ValidationError", message: "The field MetricWidget must be a valid JSON object")
        }
        var report = DocumentReport()
        DocumentRule.imageWidget.check(document, path: "", report: &report)
        checkImageSources(document, &report)
        guard report.errorCount == 0 else {
            throw DashboardProblem(
                code: "ValidationError", subject: "The metric widget", errorCount: report.errorCount,
                errors: report.errors)
        }
        return (MetricWidget(properties: document), report.warnings)
    }

    private static func checkImageSources(_ document: JSONValue, _ report: inout DocumentReport) {
        _ = checkMetrics(document, path: "", countMax: DashboardLimits.metricsPerImageMax, &report)
        let hasAlarms = document["annotations"]?["alarms"]?.array?.isEmpty == false
        guard document["metrics"]?.array?.isEmpty ?? true, !hasAlarms else { return }
        if document["metrics"] == nil {
            report.error("", "Should have required property 'metrics'")
        } else {
            report.error("/metrics", "Should NOT have less than 1 items")
        }
    }

    /// Checks the rows of `metrics`; returns how many there are.
    static func checkMetrics(
        _ properties: JSONValue, path: String, countMax: Int, _ report: inout DocumentReport
    ) -> Int {
        guard let metrics = properties["metrics"] else { return 0 }
        let path = "\(path)/metrics"
        guard let rows = metrics.array else {
            report.error(path, "Should be array")
            return 0
        }
        guard rows.count <= countMax else {
            report.error(path, "Should NOT have more than \(countMax) items")
            return rows.count
        }
        var reader = MetricRowReader()
        for (index, row) in rows.enumerated() { _ = reader.read(row, path: "\(path)/\(index)", report: &report) }
        return rows.count
    }

    /// Reads properties that may be stored already: what is not as it has to be counts as not given.
    package init(properties: JSONValue) {
        var ignored = DocumentReport()
        var reader = MetricRowReader()
        metrics = (properties["metrics"]?.array ?? []).compactMap { row in
            reader.read(row, path: "", report: &ignored).map(WidgetMetric.init)
        }
        view = properties["view"].choice() ?? .timeSeries
        isStacked = properties["stacked"]?.bool ?? false
        title = properties["title"]?.string
        region = properties["region"]?.string
        accountId = properties["accountId"]?.string
        period = properties["period"].period
        stat = properties["stat"]?.string ?? stat
        left = WidgetAxis(properties["yAxis"]?["left"])
        right = WidgetAxis(properties["yAxis"]?["right"])
        legend = (properties["legend"]?["position"]).choice() ?? .bottom
        hasLiveData = properties["liveData"]?.bool ?? false
        hasSparkline = properties["sparkline"]?.bool ?? true
        setsPeriodToTimeRange = properties["setPeriodToTimeRange"]?.bool ?? false
        hasFullPrecision = properties["singleValueFullPrecision"]?.bool ?? false
        zoneOffsetSeconds = properties["timezone"]?.string.flatMap(ZoneOffset.seconds) ?? 0
        readAnnotations(properties["annotations"])
        width = properties["width"].pixels ?? width
        height = properties["height"].pixels ?? height
        theme = properties["theme"].choice() ?? .light
        start = properties["start"]?.string.flatMap(WidgetTime.init) ?? .threeHoursAgo
        end = properties["end"]?.string.flatMap(WidgetTime.init) ?? .now
    }

    private mutating func readAnnotations(_ annotations: JSONValue?) {
        horizontalAnnotations = (annotations?["horizontal"]?.array ?? []).compactMap(HorizontalAnnotation.init)
        verticalAnnotations = (annotations?["vertical"]?.array ?? []).compactMap(VerticalAnnotation.init)
        alarmARNs = (annotations?["alarms"]?.array ?? []).compactMap(\.string)
    }
}

extension WidgetMetric {
    init(_ row: MetricRow) {
        let rendering = row.rendering
        if let expression = rendering["expression"]?.string {
            source = .expression(expression)
        } else {
            let pairs = stride(from: 2, to: row.cells.count - 1, by: 2).map {
                WidgetDimension(name: row.cells[$0], value: row.cells[$0 + 1])
            }
            // A row without an expression has two cells at least; the reader has checked that.
            source = .metric(
                namespace: row.cells.first ?? "", name: row.cells.dropFirst().first ?? "", dimensions: pairs)
        }
        id = rendering["id"]?.string
        label = rendering["label"]?.string
        colour = rendering["color"]?.string
        stat = rendering["stat"]?.string
        period = rendering["period"].period
        side = rendering["yAxis"].choice() ?? .left
        isVisible = rendering["visible"]?.bool ?? true
        returnsData = rendering["returnData"]?.bool ?? true
        region = rendering["region"]?.string
        accountId = rendering["accountId"]?.string
    }
}

extension WidgetAxis {
    init(_ value: JSONValue?) {
        min = value?["min"]?.double
        max = value?["max"]?.double
        label = value?["label"]?.string
        showsUnits = value?["showUnits"]?.bool ?? true
    }
}

extension HorizontalAnnotation {
    /// nil for what is hidden or no annotation.
    init?(_ json: JSONValue) {
        let ends = json.array ?? [json]
        guard let first = ends.first, let value = first["value"]?.double, first["visible"]?.bool ?? true else {
            return nil
        }
        self.value = value
        label = first["label"]?.string
        colour = first["color"]?.string
        side = first["yAxis"].choice() ?? .left
        fill = first["fill"]?.string.flatMap(Fill.init) ?? .none
        guard ends.count > 1, let second = ends[1]["value"]?.double else { return }
        secondValue = second
        secondLabel = ends[1]["label"]?.string
        fill = .between
    }
}

extension VerticalAnnotation {
    /// nil for what is hidden or no annotation.
    init?(_ json: JSONValue) {
        let ends = json.array ?? [json]
        guard let first = ends.first, let time = first["value"]?.string.flatMap(WidgetTime.init),
            first["visible"]?.bool ?? true
        else { return nil }
        self.time = time
        label = first["label"]?.string
        colour = first["color"]?.string
        fill = first["fill"]?.string.flatMap(Fill.init) ?? .none
        guard ends.count > 1, let second = ends[1]["value"]?.string.flatMap(WidgetTime.init) else { return }
        secondTime = second
        secondLabel = ends[1]["label"]?.string
        fill = .between
    }
}

extension JSONValue? {
    fileprivate func choice<Choice: RawRepresentable>() -> Choice? where Choice.RawValue == String {
        self?.string.flatMap(Choice.init(rawValue:))
    }

    fileprivate var period: Int64? { self?.wholeNumber.flatMap { WidgetPeriod.isAllowed($0) ? $0 : nil } }

    fileprivate var pixels: Int? {
        self?.wholeNumber.flatMap { DashboardLimits.imagePixels.contains($0) ? Int($0) : nil }
    }
}
