package import VarveJSON
import VarveModel

/// What a metric alarm watches.
package enum AlarmSource: Equatable, Sendable {
    case metric(AlarmMetricStat)
    /// `Metrics`: statistics and expressions of which one is watched, or one and its band.
    case queries([AlarmDataQuery])
}

/// A metric alarm as `PutMetricAlarm` takes it: a metric, an expression, a Metrics Insights query (one series or many),
/// or any of them against a band of expected values. Values of this type passed all checks.
package struct MetricAlarmDefinition: Equatable, Sendable {
    package internal(set) var name: String
    package internal(set) var description: String?
    package internal(set) var actionsEnabled: Bool
    package internal(set) var actions: ActionLists
    /// Taken over when an alarm is created, ignored later.
    package internal(set) var tags: [AlarmTag]
    package internal(set) var source: AlarmSource
    /// N.
    package internal(set) var evaluationPeriods: Int
    /// M as given; absent means N.
    package internal(set) var datapointsToAlarm: Int?
    /// Absent with ``thresholdMetricID``.
    package internal(set) var threshold: Double?
    /// Id of the query with the band.
    package internal(set) var thresholdMetricID: String?
    package internal(set) var comparison: ComparisonOperator
    package internal(set) var treatMissingData: TreatMissingData?
    package internal(set) var lowSampleTreatment: LowSampleTreatment?
    /// As given; absent means sliding.
    package internal(set) var evaluationWindow: EvaluationWindow?
    package internal(set) var warmUp: AlarmWarmUp?
}

extension MetricAlarmDefinition {
    /// Seconds of one datapoint: the returned query's own period, else that of its metric, else the smallest of all
    /// metrics.
    package var period: Int {
        switch source {
        case .metric(let stat): stat.period
        case .queries(let queries): Self.period(of: queries, returned: watchedQuery(of: queries))
        }
    }

    /// The datapoints that must breach, 1…N.
    package var needed: Int { datapointsToAlarm ?? evaluationPeriods }

    /// The queries with one simple metric written as a query, for whoever fetches data. O(queries).
    package var queries: [AlarmDataQuery] {
        switch source {
        case .metric(let stat): [AlarmDataQuery(id: "m1", metricStat: stat, returnData: true)]
        case .queries(let queries): queries
        }
    }

    /// The Id of the query whose values are compared.
    package var watchedID: String? {
        switch source {
        case .metric: "m1"
        case .queries(let queries): watchedQuery(of: queries)?.id
        }
    }

    /// Whether each series that its query returns is watched by itself.
    package var isMultiSeries: Bool {
        guard case .queries(let queries) = source, let query = watchedQuery(of: queries), query.isInsights,
            let text = query.expression.map(ExpressionText.init)
        else { return false }
        return text.contains("GROUP", "BY") && text.contains("ORDER", "BY")
    }

    /// Whether a Metrics Insights query is among its queries.
    package var usesInsights: Bool {
        guard case .queries(let queries) = source else { return false }
        return queries.contains(where: \.isInsights)
    }

    /// How missing data counts, with the rule for DynamoDB's tables: they are idle, not broken.
    package var missingDataTreatment: TreatMissingData {
        if let treatMissingData { return treatMissingData }
        let metrics = queries.compactMap { $0.metricStat?.metric.namespace }
        return !metrics.isEmpty && metrics.allSatisfy { $0 == "AWS/DynamoDB" } ? .ignore : .missing
    }

    /// The samples below which a datapoint says nothing; nil when every datapoint counts.
    package var significantSampleCount: Double? {
        guard lowSampleTreatment == .ignore, case .metric(let stat) = source,
            let percent = StatisticName.percentile(stat.statistic)
        else { return nil }
        // 10 / (1 − q), in percent so that p99.9 gives 10 000 and not a little more.
        let tail = percent >= 50 ? 100 - percent : percent
        return tail > 0 ? 1_000 / tail : .infinity
    }

    /// Whether a `Put` of `other` would change nothing. Tags do not count.
    package func isSame(as other: MetricAlarmDefinition) -> Bool {
        var (left, right) = (self, other)
        left.tags = []
        right.tags = []
        left.evaluationWindow = left.evaluationWindow ?? .sliding
        right.evaluationWindow = right.evaluationWindow ?? .sliding
        left.source = left.source.normalized
        right.source = right.source.normalized
        return left == right
    }

    private func watchedQuery(of queries: [AlarmDataQuery]) -> AlarmDataQuery? {
        queries.first { $0.returnsData && ($0.id != thresholdMetricID || thresholdMetricID == nil) }
    }

    static func period(of queries: [AlarmDataQuery], returned: AlarmDataQuery?) -> Int {
        returned?.period ?? returned?.metricStat?.period ?? queries.compactMap(\.metricStat?.period).min()
            ?? queries.compactMap(\.period).min() ?? 0
    }
}

extension AlarmSource {
    /// With dimensions in one order.
    fileprivate var normalized: AlarmSource {
        func sorted(_ stat: AlarmMetricStat) -> AlarmMetricStat {
            var stat = stat
            stat.metric.dimensions.sort()
            return stat
        }
        switch self {
        case .metric(let stat): return .metric(sorted(stat))
        case .queries(let queries):
            return .queries(
                queries.map { query in
                    var query = query
                    query.metricStat = query.metricStat.map(sorted)
                    query.returnData = query.returnsData
                    return query
                })
        }
    }
}

// MARK: - JSON

extension MetricAlarmDefinition {
    static let names = [
        "AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions",
        "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit",
        "EvaluationPeriods",
        "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile",
        "Metrics", "Tags", "ThresholdMetricId", EvaluationWindow.name, AlarmWarmUp.name,
    ]

    /// As `aws cloudwatch put-metric-alarm --cli-input-json` takes it; absent members stay absent.
    package var json: JSONValue {
        var object = JSONObjectBuilder()
        object.add("AlarmName", name)
        object.add("AlarmDescription", description)
        if !actionsEnabled { object.add("ActionsEnabled", false) }
        object.addActions(actions, onlyGiven: true)
        addSource(to: &object)
        object.add("EvaluationPeriods", evaluationPeriods)
        object.add("DatapointsToAlarm", datapointsToAlarm)
        object.add("Threshold", threshold)
        object.add("ThresholdMetricId", thresholdMetricID)
        object.add("ComparisonOperator", comparison.rawValue)
        object.add("TreatMissingData", treatMissingData?.rawValue)
        object.add("EvaluateLowSampleCountPercentile", lowSampleTreatment?.rawValue)
        object.add(EvaluationWindow.name, evaluationWindow?.json)
        object.add(AlarmWarmUp.name, warmUp?.json)
        object.addTags(tags)
        return object.value
    }

    func addSource(to object: inout JSONObjectBuilder) {
        switch source {
        case .metric(let stat):
            object.add("Namespace", stat.metric.namespace)
            object.add("MetricName", stat.metric.name)
            if !stat.metric.dimensions.isEmpty { object.add("Dimensions", stat.metric.dimensionsJSON) }
            let isSimple = StatisticName.Simple(rawValue: stat.statistic) != nil
            object.add(isSimple ? "Statistic" : "ExtendedStatistic", stat.statistic)
            object.add("Period", stat.period)
            object.add("Unit", stat.unit?.name)
        case .queries(let queries):
            object.add("Metrics", JSONValue.array(queries.map(\.json)))
        }
    }
}

extension JSONObjectBuilder {
    mutating func addActions(_ actions: ActionLists, onlyGiven: Bool) {
        let lists = [
            ("OKActions", actions.ok), ("AlarmActions", actions.alarm),
            ("InsufficientDataActions", actions.insufficientData),
        ]
        for (name, targets) in lists where !(onlyGiven && targets.isEmpty) { add(name, targets) }
    }

    mutating func addTags(_ tags: [AlarmTag]) {
        guard !tags.isEmpty else { return }
        let pairs = tags.map { JSONValue.object([.init("Key", .string($0.key)), .init("Value", .string($0.value))]) }
        add("Tags", JSONValue.array(pairs))
    }
}
