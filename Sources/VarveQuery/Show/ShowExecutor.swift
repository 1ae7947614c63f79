import VarveModel
import VarveStore

/// Answers SHOW statements from names alone; no samples are read.
struct ShowExecutor<Snapshot: MetricSnapshot> {
    let snapshot: Snapshot
    let context: QueryContext

    func run(_ show: ShowSyntax) throws(QueryError) -> QueryResult {
        switch show {
        case .namespaces: namespaces()
        case .metrics(let namespace): metrics(of: namespace)
        case .series(let source, let conditions, let limit):
            try series(of: source, conditions, limit: limit)
        case .dimensions(let source): try dimensions(of: source)
        }
    }

    private func namespaces() -> QueryResult {
        QueryResult(
            columns: [QueryResult.Column(name: "namespace", kind: .text)],
            rows: snapshot.namespaces(in: context.scope).map { [.text($0)] })
    }

    private func metrics(of namespace: String?) -> QueryResult {
        var rows: [[QueryResult.Value]] = []
        for namespace in namespace.map({ [$0] }) ?? snapshot.namespaces(in: context.scope) {
            for metric in snapshot.metrics(in: context.scope, namespace: namespace) {
                let count = snapshot.series(in: context.scope, namespace: namespace, metric: metric).count
                rows.append([.text(namespace), .text(metric), .integer(Int64(count))])
            }
        }
        let columns = [
            QueryResult.Column(name: "namespace", kind: .text), QueryResult.Column(name: "metric", kind: .text),
            QueryResult.Column(name: "series", kind: .integer),
        ]
        return QueryResult(columns: columns, rows: rows, notices: unknownNamespace(namespace))
    }

    // MARK: Series

    private func series(
        of source: SourceSyntax?, _ conditions: [ConditionSyntax], limit: Int?
    ) throws(QueryError) -> QueryResult {
        let limit = min(limit ?? QueryLimits.shownSeriesDefault, QueryLimits.resultRowsMax)
        var rows: [[QueryResult.Value]] = []
        var total = 0
        try visitMetrics(of: source, conditions) { namespace, metric, matches in
            total += matches.count
            guard rows.count < limit else { return }
            for match in matches.sorted(by: Match.precedes).prefix(limit - rows.count) {
                rows.append([.text(namespace), .text(metric), .text(match.dimensionText), .text(match.unit.name)])
            }
        }
        var notices = unknownNamespace(source?.namespace)
        if total > rows.count { notices.append("\(rows.count) of \(total) series shown; LIMIT n shows more") }
        let columns = ["namespace", "metric", "dimensions", "unit"].map { QueryResult.Column(name: $0, kind: .text) }
        return QueryResult(columns: columns, rows: rows, notices: notices)
    }

    private func dimensions(of source: SourceSyntax) throws(QueryError) -> QueryResult {
        var values: [String: Set<String>] = [:]
        try visitMetrics(of: source, []) { _, _, matches in
            for dimension in matches.lazy.flatMap(\.source.dimensions) {
                values[dimension.name, default: []].insert(dimension.value)
            }
        }
        let rows = values.sorted { $0.key.precedesByBytes($1.key) }.map { name, values in
            [QueryResult.Value.text(name), .integer(Int64(values.count))]
        }
        let columns = [
            QueryResult.Column(name: "dimension", kind: .text), QueryResult.Column(name: "values", kind: .integer),
        ]
        return QueryResult(columns: columns, rows: rows, notices: unknownNamespace(source.namespace))
    }

    /// Calls `visit` for every metric with its matching series.
    private func visitMetrics(
        of source: SourceSyntax?, _ conditions: [ConditionSyntax],
        visit: (_ namespace: String, _ metric: String, _ matches: [Match]) -> Void
    ) throws(QueryError) {
        let filter = SeriesFilter(source: source, conditions: conditions, scope: context.scope)
        for namespace in source.map({ [$0.namespace] }) ?? snapshot.namespaces(in: context.scope) {
            for metric in snapshot.metrics(in: context.scope, namespace: namespace) {
                try context.checkCancellation()
                let ids = snapshot.series(in: context.scope, namespace: namespace, metric: metric)
                let matches = ids.compactMap { id -> Match? in
                    let source = snapshot.source(of: id)
                    return filter.matches(source) ? Match(source: source, unit: snapshot.field(of: id).unit) : nil
                }
                visit(namespace, metric, matches)
            }
        }
    }

    private func unknownNamespace(_ namespace: String?) -> [String] {
        namespace.flatMap { UnknownName.notice(namespace: $0, snapshot, context.scope) }.map { [$0] } ?? []
    }
}

/// A series that a SHOW statement means.
private struct Match {
    let source: SourceKey
    let unit: Unit

    /// `host=a, cpu=0`
    var dimensionText: String {
        source.dimensions.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    }

    static func precedes(_ left: Match, _ right: Match) -> Bool {
        if left.source.dimensions == right.source.dimensions { return left.unit.rawValue < right.unit.rawValue }
        return left.source.dimensions.lexicographicallyPrecedes(right.source.dimensions)
    }
}
