import VarveModel

/// How a series is called before the whole answer is known.
package enum MathLabel: Hashable, Sendable {
    /// As the query says it.
    case text(String)
    /// What tells this metric from the others of the answer.
    case automatic(MathMetricStat)
    /// The sum of an array, a constant: the query's id stands for it.
    case none
}

/// Labels made of what differs between the metrics of an answer.
struct MathAutomaticLabels {
    private let namespacesDiffer: Bool
    private let namesDiffer: Bool
    /// Dimension names, sorted, that some lack or whose values differ.
    private let differingDimensions: [String]
    /// Queries that differ only in statistic and period.
    private let siblings: [MathMetricStat: [MathMetricStat]]

    /// - Parameter metrics: every metric that takes part, repeated ones included.
    init(_ metrics: [MathMetricStat]) {
        namespacesDiffer = Set(metrics.map(\.namespace)).count > 1
        namesDiffer = Set(metrics.map(\.metricName)).count > 1
        let values = metrics.map(\.dimensionValues)
        differingDimensions = Set(values.flatMap(\.keys)).sorted { $0.precedesByBytes($1) }.filter { name in
            Set(values.map { $0[name] }).count > 1
        }
        siblings = Dictionary(grouping: metrics, by: \.series)
    }

    func contains(_ metric: MathMetricStat) -> Bool { siblings[metric.series]?.contains(metric) == true }

    func label(of metric: MathMetricStat) -> String {
        var parts: [String] = []
        if namespacesDiffer { parts.append(metric.namespace) }
        let values = metric.dimensionValues
        parts += differingDimensions.compactMap { values[$0] }
        if namesDiffer || parts.isEmpty { parts.append(metric.metricName) }
        let others = siblings[metric.series] ?? []
        if Set(others.map(\.statistic)).count > 1 { parts.append(metric.statistic) }
        if Set(others.map(\.periodNs)).count > 1 { parts.append(MathLabelTemplate.seconds(metric.periodNs)) }
        return parts.joined(separator: " ")
    }

    /// Two sets of metrics: what does not take part in the first is told apart from all of the second.
    struct Pair {
        let main: MathAutomaticLabels
        let all: MathAutomaticLabels

        func label(of metric: MathMetricStat) -> String { (main.contains(metric) ? main : all).label(of: metric) }
    }
}

extension MathMetricStat {
    fileprivate var dimensionValues: [String: String] {
        Dictionary(dimensions.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// The same for all statistics and periods of a series.
    fileprivate var series: MathMetricStat {
        var series = self
        series.statistic = ""
        series.periodNs = 0
        series.unit = nil
        series.dimensions.sort()
        return series
    }
}

/// Makes the labels of an answer.
struct MathLabeller {
    let names: MathAutomaticLabels.Pair
    let context: MathLabelContext

    /// - Parameter isMember: whether the result of the query is an array.
    func label(of series: MathSeries, in entry: MathPlan.Entry, isMember: Bool) -> String {
        let metric = metric(of: series, entry)
        // What the label is when none is written, and what ${LABEL} stands for.
        var own = metric.map(names.label) ?? entry.id
        if isMember, case .text(let text) = series.label {
            own = template(own, series, metric).expand(text)
        }
        guard let label = entry.definition.label, !label.isEmpty else { return own }
        let written = template(own, series, metric).expand(label)
        return isMember && !label.contains("${LABEL}") ? "\(written) \(own)" : written
    }

    private func template(_ automatic: String, _ series: MathSeries, _ metric: MathMetricStat?) -> MathLabelTemplate {
        MathLabelTemplate(automatic: automatic, series: series, metric: metric, context: context)
    }

    private func metric(of series: MathSeries, _ entry: MathPlan.Entry) -> MathMetricStat? {
        if case .metric(let metric) = entry.content { return metric }
        if case .automatic(let metric) = series.label { return metric }
        return nil
    }
}
