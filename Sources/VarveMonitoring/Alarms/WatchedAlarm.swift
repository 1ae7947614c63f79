import VarveAlarms
import VarveModel
import VarveQuery

/// A metric alarm's question to the data, parsed once.
struct WatchedAlarm: Sendable {
    enum Question: Sendable {
        /// One statistic of one metric: read together with those of other alarms.
        case metric(MathMetricStat)
        /// Metric math; a band's query is the second id.
        case math(MathPlan, watched: String, band: String?)
        /// A Metrics Insights statement whose groups are watched one by one.
        case groups(SelectSyntax, periodNs: Int64)
        /// What cannot be computed, and why.
        case wrong(String)
    }

    let definition: MetricAlarmDefinition
    let question: Question

    init(_ definition: MetricAlarmDefinition) {
        self.definition = definition
        question = Self.question(of: definition)
    }

    private static func question(of definition: MetricAlarmDefinition) -> Question {
        if case .metric(let stat) = definition.source { return .metric(MathMetricStat(stat)) }
        do throws(MathError) {
            let plan = try MathPlan(definition.queries.map(MathDefinition.init), rules: .alarm)
            guard let watched = definition.watchedID, let entry = plan.entries.first(where: { $0.id == watched }) else {
                return .wrong("no query returns data")
            }
            if definition.isMultiSeries, case .statement(let select) = entry.content {
                return .groups(select, periodNs: Int64(definition.period) * Nanoseconds.perSecond)
            }
            return .math(plan, watched: watched, band: definition.thresholdMetricID)
        } catch {
            return .wrong(error.serviceMessage)
        }
    }

    /// Why the definition cannot be computed, in the service's words; nil when it can.
    var fault: String? {
        if case .wrong(let reason) = question { reason } else { nil }
    }
}

extension MathMetricStat {
    init(_ stat: AlarmMetricStat, accountID: String? = nil) {
        self.init(
            accountID: accountID, namespace: stat.metric.namespace ?? "", metricName: stat.metric.name,
            dimensions: stat.metric.dimensions.sorted(), statistic: stat.statistic,
            periodNs: Int64(stat.period) * Nanoseconds.perSecond, unit: stat.unit?.name)
    }
}

extension MathDefinition {
    init(_ query: AlarmDataQuery) {
        let content: Content =
            if let stat = query.metricStat {
                .metric(MathMetricStat(stat, accountID: query.accountID))
            } else {
                .expression(query.expression ?? "")
            }
        self.init(
            id: query.id, content, label: query.label,
            periodNs: query.period.map { Int64($0) * Nanoseconds.perSecond }, returnsData: query.returnsData)
    }
}
