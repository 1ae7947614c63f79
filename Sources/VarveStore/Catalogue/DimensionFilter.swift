package import VarveModel

/// A condition on the dimensions of a source. Names and values are compared by bytes.
package enum DimensionFilter: Equatable, Sendable {
    case equals(name: String, value: String)
    case isOneOf(name: String, values: [String])
    /// Also holds for sources without the dimension.
    case notEquals(name: String, value: String)
    case prefix(name: String, prefix: String)
    case exists(name: String)
    case absent(name: String)

    /// The meaning, for snapshots without postings and for tests. O(dimensions).
    package func matches(_ source: SourceKey) -> Bool {
        func value(_ name: String) -> String? { source.dimensions.first { $0.name.hasSameBytes(as: name) }?.value }
        return switch self {
        case .equals(let name, let wanted): value(name)?.hasSameBytes(as: wanted) ?? false
        case .isOneOf(let name, let wanted):
            value(name).map { value in wanted.contains { value.hasSameBytes(as: $0) } } ?? false
        case .notEquals(let name, let unwanted): !(value(name)?.hasSameBytes(as: unwanted) ?? false)
        case .prefix(let name, let prefix): value(name)?.utf8.starts(with: prefix.utf8) ?? false
        case .exists(let name): value(name) != nil
        case .absent(let name): value(name) == nil
        }
    }
}

extension MetricSnapshot {
    /// Series of a metric whose sources satisfy all filters, ascending. O(series of the metric).
    package func series(
        in scope: Scope, namespace: String, metric: String, matching filters: [DimensionFilter]
    ) -> [SeriesID] {
        let all = series(in: scope, namespace: namespace, metric: metric)
        if filters.isEmpty { return all }
        return all.filter { series in
            let source = source(of: series)
            return filters.allSatisfy { $0.matches(source) }
        }
    }

    package func series(
        in scope: Scope, namespace: String, metrics: [String], matching filters: [DimensionFilter]
    ) -> [[SeriesID]] {
        metrics.map { series(in: scope, namespace: namespace, metric: $0, matching: filters) }
    }

    /// The value of a dimension of a series' source; nil without that dimension.
    package func value(of name: String, in series: SeriesID) -> String? {
        source(of: series).dimensions.first { $0.name.hasSameBytes(as: name) }?.value
    }
}
