import VarveModel
import VarveStore

/// Finds and reads what SEARCH means.
struct MetricSearcher<Snapshot: MetricSnapshot> {
    let source: SnapshotMathSource<Snapshot>
    let range: TimeRange

    /// How long ago a series may have been active for the last time.
    private static var recencyNs: Int64 { 14 * Nanoseconds.perDay }
    /// Metrics that are put in order before the first ones are taken: as many as an array may have.
    private static var orderedMax: Int { MathLimits.arraySeriesMax }

    func find(_ search: MathSearch) throws(QueryError) -> MathFind {
        let metrics = try metrics(of: search)
        let shown = Array(metrics.prefix(MathLimits.searchSeriesMax))
        let fetched = try source.fetch(shown, over: range)
        var find = MathFind([])
        for (metric, fetch) in zip(shown, fetched) {
            var series = fetch.series
            series.label = .automatic(metric)
            find.series.append(series)
            if fetch.status != .complete { find.status = .partialData }
            find.messages += fetch.messages.filter { !find.messages.contains($0) }
        }
        if metrics.count > shown.count { find.requestMessages.append(.tooManyMetrics) }
        return find
    }

    /// In the order in which they are shown; of very many the first that came.
    func metrics(of search: MathSearch) throws(QueryError) -> [MathMetricStat] {
        // The statistic is looked at also where nothing is found.
        _ = try AggregateFunction(statistic: search.statistic)
        let condition = try SearchParser.parse(search.text).condition(in: source.context.scope)
        let snapshot = source.snapshot
        let found = snapshot.recentlyActive(
            snapshot.series(in: source.context.scope, where: condition), sinceNs: recentSinceNs)
        try source.context.checkCancellation()
        var seen: Set<SeriesKey> = []
        var metrics: [MathMetricStat] = []
        for id in found {
            // Units and resolutions of a metric are read as one.
            let key = SeriesKey(source: snapshot.source(of: id), field: FieldKey(metric: snapshot.field(of: id).metric))
            guard seen.insert(key).inserted else { continue }
            metrics.append(
                MathMetricStat(
                    namespace: key.source.namespace, metricName: key.field.metric, dimensions: key.source.dimensions,
                    statistic: search.statistic, periodNs: search.periodNs))
            if metrics.count == Self.orderedMax { break }
        }
        return Self.ordered(metrics)
    }

    private var recentSinceNs: Int64 {
        let now = source.context.nowNs
        let end = source.rules.searchesFromNow ? now : min(now, range.end)
        let (since, overflow) = end.subtractingReportingOverflow(Self.recencyNs)
        return overflow ? .min : since
    }

    /// By what tells the metrics apart from each other, then by dimensions.
    private static func ordered(_ metrics: [MathMetricStat]) -> [MathMetricStat] {
        let labels = MathAutomaticLabels(metrics)
        let labelled = metrics.map { (label: labels.label(of: $0), metric: $0) }
        return labelled.sorted { left, right in
            if !left.label.hasSameBytes(as: right.label) { return left.label.precedesByBytes(right.label) }
            return left.metric.dimensions.lexicographicallyPrecedes(right.metric.dimensions)
        }.map(\.metric)
    }
}
