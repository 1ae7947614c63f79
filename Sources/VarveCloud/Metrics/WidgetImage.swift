import VarveBytes
import VarveChart
import VarveDashboards
import VarveJSON
import VarveModel
import VarveMonitoring
import VarveQuery
import VarveStore
import VarveWire

/// `GetMetricWidgetImage`: a chart of metrics as a PNG.
struct WidgetImage {
    private var widget: MetricWidget
    private let context: CloudContext
    /// Rules of contributors in the context's region.
    var insights: InsightMetrics?

    init(_ input: JSONValue, in context: CloudContext) throws(ServiceFault) {
        self.context = context
        do throws(DashboardProblem) {
            widget = try MetricWidget.forImage(input["MetricWidget"]?.string).widget
        } catch {
            throw ServiceFault(error)
        }
        guard ["png", "image/png", nil].contains(input["OutputFormat"]?.string) else {
            throw .validation("OutputFormat must be png or image/png")
        }
    }

    /// For threads that may compute and wait for the disk.
    /// - Parameter alarm: the description of an alarm by its ARN, as DescribeAlarms has it.
    mutating func run(
        on snapshot: StoreSnapshot, cancellation: CancellationFlag?, hasTiers: Bool,
        alarm: (String) -> JSONValue?
    ) throws(ServiceFault) -> JSONValue {
        let described = widget.alarmARNs.compactMap(alarm)
        // A widget that names an alarm and nothing else shows what the alarm watches.
        if widget.metrics.isEmpty, let first = described.first { widget.show(alarm: first) }
        let queries = widget.queries(nowNs: context.nowNs)
        var answers: [WidgetSeries] = []
        // Another region would be read past what policies and the server's list of regions say of it.
        for region in queries.regions where region.map({ $0 == context.scope.region }) ?? true {
            answers += try self.answers(queries, region, snapshot, cancellation, hasTiers)
        }
        let alarms = described.compactMap(ChartAlarm.init)
        let chart = Chart(
            widget, queries: queries, answers: answers.sorted { $0.metric < $1.metric }, alarms: alarms,
            nowNs: context.nowNs)
        guard let png = chart.png() else { throw .internalFault("the picture cannot be drawn: out of memory") }
        return .object(["MetricWidgetImage": .string(Base64.encode(png))])
    }

    /// The series of one region, which are read as GetMetricData reads them.
    private func answers(
        _ queries: WidgetQueries, _ region: String?, _ snapshot: StoreSnapshot, _ cancellation: CancellationFlag?,
        _ hasTiers: Bool
    ) throws(ServiceFault) -> [WidgetSeries] {
        var context = context
        if let region { context.scope = Scope(account: context.scope.account, region: region) }
        var request = try GetMetricData(queries.request(region: region), in: context)
        request.insights = insights
        let tier = hasTiers ? RetentionTier(startNs: queries.range.start, nowNs: context.nowNs) : nil
        let places = Dictionary(
            queries.queries.filter { $0.region == region && $0.isShown }.map { ($0.id, $0.metric) }
        ) { first, _ in first }
        return try request.answer(on: snapshot, cancellation: cancellation, tier: tier).results.compactMap { result in
            places[result.id].map { metric in
                WidgetSeries(
                    metric: metric, label: result.label, timestampsNs: result.series.timestamps,
                    values: result.series.points, isPartial: result.status != .complete)
            }
        }
    }
}

extension ChartAlarm {
    /// An alarm as it is described; nil for one without a state.
    fileprivate init?(_ alarm: JSONValue) {
        guard let name = alarm["AlarmName"]?.string,
            let state = alarm["StateValue"]?.string.flatMap(ChartAlarm.State.init(rawValue:))
        else { return nil }
        self.init(name: name, state: state, threshold: alarm["Threshold"]?.double)
    }
}

extension ServiceFault {
    init(_ problem: DashboardProblem) {
        self.init(problem.code, problem.message, status: problem.code == "ResourceNotFound" ? 404 : 400)
    }
}
