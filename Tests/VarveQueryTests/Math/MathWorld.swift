import VarveModel
import VarveQuery

/// Metrics in memory: what a test gives them.
struct MathWorld: MathSource {
    /// By metric name.
    var metrics: [String: MathSeries] = [:]
    /// What SEARCH finds, by the text of the search.
    var searches: [String: MathFind] = [:]
    /// What any statement answers.
    var statement: MathFind?
    /// Half of the width of every band per deviation.
    var bandWidth: Double?
    var rules: [String: MathSeries] = [:]
    var failure: QueryError?

    static let minute = Nanoseconds.perMinute

    func fetch(_ metrics: [MathMetricStat], over range: TimeRange) throws(QueryError) -> [MathFetch] {
        if let failure { throw failure }
        return metrics.map { metric in
            MathFetch(self.metrics[metric.metricName] ?? Self.series([], periodNs: metric.periodNs))
        }
    }

    func search(_ search: MathSearch, over range: TimeRange) throws(QueryError) -> MathFind {
        searches["\(search.text)|\(search.statistic)|\(search.periodNs / Nanoseconds.perSecond)"] ?? MathFind([])
    }

    func select(_ statement: MathStatement, over range: TimeRange) throws(QueryError) -> MathFind {
        self.statement ?? MathFind([])
    }

    func insightRuleMetric(
        rule: String, metric: String, on grid: MathGrid, over range: TimeRange
    ) throws(QueryError) -> MathSeries? { rules["\(rule)|\(metric)"] }

    func anomalyBand(
        of subject: MathSubject, around series: MathSeries, deviations: Double, over range: TimeRange
    ) throws(QueryError) -> MathBand? {
        guard let bandWidth else { return nil }
        func shifted(_ amount: Double) -> MathSeries {
            MathSeries(label: .text("expected"), grid: series.grid, values: series.values.map { $0 + amount })
        }
        return MathBand(upper: shifted(bandWidth * deviations), lower: shifted(-bandWidth * deviations))
    }

    // MARK: Making

    static func series(
        _ values: [Double?], startNs: Int64 = 0, periodNs: Int64 = minute, label: MathLabel = .none
    ) -> MathSeries {
        MathSeries(
            label: label, grid: MathGrid(start: startNs, periodNs: periodNs, count: values.count),
            values: values.map { $0 ?? .nan })
    }

    static func metric(
        _ name: String, _ dimensions: [String: String] = [:], namespace: String = "N", statistic: String = "Average",
        seconds: Int64 = 60
    ) -> MathMetricStat {
        MathMetricStat(
            namespace: namespace, metricName: name,
            dimensions: dimensions.map { Dimension(name: $0.key, value: $0.value) }, statistic: statistic,
            periodNs: seconds * Nanoseconds.perSecond)
    }
}

/// Metrics named like their ids, one value per minute, and one expression over them.
struct MathCase {
    var world = MathWorld()
    var definitions: [MathDefinition] = []
    var rules = MathRules.native
    /// The range that is asked for: of all metrics, without metrics four minutes.
    var start: Int64?
    var end = MathWorld.minute * 4

    init(_ metrics: KeyValuePairs<String, [Double?]> = [:], startNs: Int64 = 0, seconds: Int64 = 60) {
        for (id, values) in metrics { add(id, values, startNs: startNs, seconds: seconds) }
    }

    mutating func add(_ id: String, _ values: [Double?], startNs: Int64 = 0, seconds: Int64 = 60) {
        let periodNs = seconds * Nanoseconds.perSecond
        world.metrics[id] = MathWorld.series(values, startNs: startNs, periodNs: periodNs)
        definitions.append(
            MathDefinition(id: id, .metric(MathWorld.metric(id, seconds: seconds)), returnsData: false))
        start = min(start ?? startNs, startNs)
        end = max(end, startNs + Int64(values.count) * periodNs)
    }

    mutating func add(_ id: String, expression: String, label: String? = nil, periodNs: Int64? = nil) {
        definitions.append(
            MathDefinition(id: id, .expression(expression), label: label, periodNs: periodNs, returnsData: false))
    }

    /// The answer to `expression` as the query `result`.
    func answer(_ expression: String, label: String? = nil, periodNs: Int64? = nil) throws(MathError) -> MathAnswer {
        let query = MathDefinition(id: "result", .expression(expression), label: label, periodNs: periodNs)
        let plan = try MathPlan(definitions + [query], rules: rules)
        return try plan.run(over: TimeRange(start: start ?? 0, end: end), source: world)
    }

    /// Per series of the answer its values, nil where there is no point.
    func values(_ expression: String, periodNs: Int64? = nil) throws(MathError) -> [[Double?]] {
        try answer(expression, periodNs: periodNs).results.map { $0.series.values.map { $0.isNaN ? nil : $0 } }
    }

    /// The values of the only series.
    func only(_ expression: String, periodNs: Int64? = nil) throws(MathError) -> [Double?] {
        let all = try values(expression, periodNs: periodNs)
        return all.count == 1 ? all[0] : []
    }

    /// A number that the expression is worth, by way of a constant series.
    func number(_ expression: String) throws(MathError) -> Double? {
        try only("TIME_SERIES(\(expression))").first ?? nil
    }

    /// Time in seconds → value of the only series.
    func points(_ expression: String) throws(MathError) -> [Int64: Double] {
        let results = try answer(expression).results
        guard results.count == 1 else { return [:] }
        let seconds = results[0].series.timestamps.map { $0 / Nanoseconds.perSecond }
        return Dictionary(uniqueKeysWithValues: zip(seconds, results[0].series.points))
    }

    /// The mistake in `expression`, or nil.
    func error(_ expression: String) -> MathError? {
        do throws(MathError) {
            _ = try answer(expression)
            return nil
        } catch {
            return error
        }
    }

    /// The message without the name of the query, and the text that it points at.
    func complaint(_ expression: String) -> String {
        guard var error = error(expression) else { return "no error" }
        error.queryID = nil
        let span = error.span ?? SourceSpan(start: 0, end: 0)
        let place = String(decoding: Array(expression.utf8)[span.start..<span.end], as: UTF8.self)
        return "\(error.description) @\(place)"
    }
}
