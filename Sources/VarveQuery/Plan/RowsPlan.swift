import VarveModel
import VarveStore

/// A `SELECT *` with everything looked up: which sources, and which series are whose columns.
struct RowsPlan {
    /// One source, whose metrics share rows.
    struct Source {
        /// Per key its value; nil when the source lacks it.
        let keyValues: [String?]
        var members: [Member] = []
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
        for condition in rows.valueConditions {
            note(UnknownName.notice(metric: condition.metric, namespace: namespace, snapshot, context.scope))
        }
        note(UnknownName.notice(namespace: namespace, snapshot, context.scope))
        for case .tag(let name) in rows.conditions.map(\.key) { note(SelectPlan.tagNotice(name)) }
    }

    private mutating func note(_ notice: String?) {
        if let notice, !notices.contains(notice) { notices.append(notice) }
    }

    /// O(series of the namespace).
    private mutating func collectSources(
        _ rows: RowsSyntax, on snapshot: some MetricSnapshot, in context: QueryContext
    ) throws(QueryError) {
        let filter = SeriesFilter(source: rows.source, conditions: rows.conditions, scope: context.scope)
        let namespace = rows.source.namespace
        var found: [SourceKey: [Member]] = [:]
        var seriesCount = 0
        for name in snapshot.metrics(in: context.scope, namespace: namespace) {
            try context.checkCancellation()
            let series = filter.series(in: context.scope, namespace: namespace, metric: name, on: snapshot)
            let members = series.map { ($0, snapshot.source(of: $0)) }.filter {
                !filter.needsSource || filter.matches($0.1)
            }
            if members.isEmpty { continue }
            seriesCount += members.count
            guard seriesCount <= QueryLimits.seriesScannedMax else { throw SelectPlan.tooManySeries }
            for (id, source) in members { found[source, default: []].append(Member(series: id, metric: metrics.count)) }
            metrics.append(name)
        }
        let names = Set(found.keys.lazy.flatMap { $0.dimensions.map(\.name) })
        keys = names.sorted { $0.precedesByBytes($1) }
        sources = found.map { source, members in
            let values = keys.map { key in source.dimensions.first { $0.name.hasSameBytes(as: key) }?.value }
            return Source(keyValues: values, members: members)
        }
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
