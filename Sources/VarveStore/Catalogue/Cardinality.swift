package import VarveModel

/// Where the series of a store come from: the largest namespaces, metrics and dimension names, largest first.
package struct Cardinality: Sendable, Equatable {
    /// A namespace, or a metric of one, and how many series it has.
    package struct SeriesCount: Sendable, Equatable {
        package var scope: Scope
        package var namespace: String
        /// nil for a whole namespace.
        package var metric: String?
        package var seriesCount: Int

        package init(scope: Scope, namespace: String, metric: String?, seriesCount: Int) {
            self.scope = scope
            self.namespace = namespace
            self.metric = metric
            self.seriesCount = seriesCount
        }
    }

    package var seriesCount = 0
    package var sourceCount = 0
    package var namespaces: [SeriesCount] = []
    package var metrics: [SeriesCount] = []
    /// Values of all namespaces together, those of retired sources included.
    package var dimensions: [DimensionCount] = []

    package init() {}
}

extension Catalogue {
    /// What makes the store large. O(series); for operators, not for every request.
    package func cardinality(top: Int) -> Cardinality {
        let counts = counts
        let use = use()
        var report = Cardinality()
        var seriesOfMetric = [Int](repeating: 0, count: counts.metrics)
        for number in 0..<counts.series {
            let row = tables.series[number]
            guard row.source != CatalogueTables.none, row.metric != CatalogueTables.none, row.metric < counts.metrics,
                !tables.isRetired(row.source)
            else { continue }
            seriesOfMetric[Int(row.metric)] += 1
            report.seriesCount += 1
        }
        report.sourceCount = (0..<UInt32(counts.sources)).count { !tables.isRetired($0) }
        report.namespaces = largest(use.seriesOfSpace, top).map { space, count in
            seriesCount(space: UInt32(space), metric: nil, count)
        }
        report.metrics = largest(seriesOfMetric, top).map { metric, count in
            let row = tables.metrics[metric]
            return seriesCount(space: row.space, metric: tables.key(ofField: row.field).metric, count)
        }
        let names = use.valueCounts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        report.dimensions = names.prefix(top).map {
            DimensionCount(name: tables.names.text($0.key), valueCount: $0.value)
        }
        return report
    }

    /// Indexes and values of the largest counts; equal ones in order of creation.
    private func largest(_ counts: [Int], _ top: Int) -> [(Int, Int)] {
        let order = counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$0], $1) > (counts[$1], $0) }
        return order.prefix(top).map { ($0, counts[$0]) }
    }

    private func seriesCount(space: UInt32, metric: String?, _ count: Int) -> Cardinality.SeriesCount {
        Cardinality.SeriesCount(
            scope: tables.scope(ofSpace: space), namespace: tables.names.text(tables.spaces[space].namespace),
            metric: metric, seriesCount: count)
    }
}
