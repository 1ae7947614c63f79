import VarveModel
import VarveStore

/// A `SELECT *` with everything looked up: which sources, and which series are whose columns.
struct RowsPlan {
    /// One source, whose metrics share rows.
    struct Source {
        /// Per key its value; nil when the source lacks it.
        let keyValues: [String?]
        /// Ascending by metric.
        var members: [Member] = []

        /// Whether some metric has several series, such as in different units.
        var repeatsMetrics: Bool { zip(members, members.dropFirst()).contains { $0.metric == $1.metric } }
    }

    struct Member {
        let series: SeriesID
        /// Index into `metrics`.
        let metric: Int
    }

    /// A condition on a value; a metric that no source has holds for no row.
    struct ValueCondition {
        let metric: Int?
        let comparison: ComparisonOperator
        let value: Double
    }

    let range: TimeRange
    let isNewestFirst: Bool
    /// Rows returned at most.
    let limit: Int
    /// Whether the statement says so; else more rows than can be returned are an error.
    let hasLimit: Bool
    /// Metrics of the namespace that matching sources have, by bytes.
    private(set) var metrics: [String] = []
    /// Dimension names of the sources, by bytes.
    private(set) var keys: [String] = []
    /// By key values.
    private(set) var sources: [Source] = []
    private(set) var conditions: [ValueCondition] = []
    private(set) var notices: [String] = []

    init(_ rows: RowsSyntax, on snapshot: some MetricSnapshot, in context: QueryContext) throws(QueryError) {
        let bounds = try TimePlan.bounds(rows.times, nowNs: context.nowNs)
        range = TimePlan.wholeRange(bounds)
        isNewestFirst = rows.isNewestFirst
        hasLimit = rows.limit != nil
        limit = min(rows.limit ?? .max, QueryLimits.resultRowsMax)
        try collectSources(rows, on: snapshot, in: context)
        let namespace = rows.source.namespace
        conditions = rows.valueConditions.map { condition in
            ValueCondition(
                metric: metrics.firstIndex { $0.hasSameBytes(as: condition.metric) },
                comparison: condition.comparison, value: condition.value)
        }
        for (condition, planned) in zip(rows.valueConditions, conditions) where planned.metric == nil {
            note(UnknownName.notice(metric: condition.metric, namespace: namespace, snapshot, context.scope))
        }
        if metrics.isEmpty { note(UnknownName.notice(namespace: namespace, snapshot, context.scope)) }
        for case .tag(let name) in rows.conditions.map(\.key) { note(SelectPlan.tagNotice(name)) }
    }

    private mutating func note(_ notice: String?) {
        if let notice, !notices.contains(notice) { notices.append(notice) }
    }

    /// O(series of the namespace); of each source its key is looked at once.
    private mutating func collectSources(
        _ rows: RowsSyntax, on snapshot: some MetricSnapshot, in context: QueryContext
    ) throws(QueryError) {
        let filter = SeriesFilter(source: rows.source, conditions: rows.conditions, scope: context.scope)
        let namespace = rows.source.namespace
        var collector = SourceCollector(filter: filter)
        let names = snapshot.metrics(in: context.scope, namespace: namespace)
        let found = filter.series(in: context.scope, namespace: namespace, metrics: names, on: snapshot)
        for (name, series) in zip(names, found) {
            try context.checkCancellation()
            let countBefore = collector.seriesCount
            for id in series {
                collector.add(Member(series: id, metric: metrics.count), on: snapshot)
            }
            guard collector.seriesCount <= QueryLimits.seriesScannedMax else { throw SelectPlan.tooManySeries }
            if collector.seriesCount > countBefore { metrics.append(name) }
        }
        keys = collector.dimensionNames
        sources = collector.sources(withValuesOf: keys)
        sources.sort { Self.precedes($0.keyValues, $1.keyValues) }
    }

    /// Sources without a key come first.
    private static func precedes(_ left: [String?], _ right: [String?]) -> Bool {
        for (one, other) in zip(left, right) where one != other {
            guard let one else { return true }
            return other.map { one.precedesByBytes($0) } ?? false
        }
        return false
    }
}

/// Sorts series by source.
private struct SourceCollector {
    let filter: SeriesFilter
    private(set) var seriesCount = 0
    private var found: [(key: SourceKey, members: [RowsPlan.Member])] = []
    private var places: [SourceKey: Int] = [:]
    /// By number of the source; nil for a source that does not match.
    private var known: [UInt32: Int?] = [:]

    init(filter: SeriesFilter) { self.filter = filter }

    mutating func add(_ member: RowsPlan.Member, on snapshot: some MetricSnapshot) {
        guard let place = place(of: member.series, on: snapshot) else { return }
        seriesCount += 1
        found[place].members.append(member)
    }

    private mutating func place(of series: SeriesID, on snapshot: some MetricSnapshot) -> Int? {
        let number = snapshot.sourceNumber(of: series)
        if let place = known[number] { return place }
        let key = snapshot.source(of: series)
        var place: Int?
        if !filter.needsSource || filter.matches(key) {
            place = places[key] ?? found.count
            if place == found.count { found.append((key, [])) }
            places[key] = place
        }
        known[number] = .some(place)
        return place
    }

    /// Those of all sources, by bytes.
    var dimensionNames: [String] {
        Set(found.lazy.flatMap { $0.key.dimensions.lazy.map(\.name) }).sorted { $0.precedesByBytes($1) }
    }

    func sources(withValuesOf names: [String]) -> [RowsPlan.Source] {
        found.map { key, members in
            var values = [String?](repeating: nil, count: names.count)
            // Both are in the order of their bytes, so the next one is usually the one.
            var next = 0
            for dimension in key.dimensions {
                let isNext = next < names.count && names[next].hasSameBytes(as: dimension.name)
                guard let place = isNext ? next : names.firstIndex(where: { $0.hasSameBytes(as: dimension.name) })
                else { continue }
                values[place] = dimension.value
                next = place + 1
            }
            return RowsPlan.Source(keyValues: values, members: members)
        }
    }
}
