package import VarveQuery

/// An answer as it is shown: what the engine said, and what it is compared with.
package struct Answer: Equatable, Sendable {
    /// With a comparison, the table has its columns, and `series` are those of now.
    package var result: QueryResult
    package var comparison: Comparison?

    package init(_ result: QueryResult, comparison: Comparison? = nil) {
        self.result = result
        self.comparison = comparison
    }

    /// Everything as one answer of the engine, for programs: the earlier series stand behind those of now.
    package var document: QueryResult {
        guard let comparison else { return result }
        var document = result
        document.series?.append(
            contentsOf: comparison.earlier.compactMap { series in
                series.map { series in
                    var named = series
                    named.label += " (\(comparison.name))"
                    return named
                }
            })
        return document
    }
}

/// How answers are shown.
package struct AnswerView: Equatable, Sendable {
    package var format: OutputFormat
    package var chart: ChartKind
    /// One row for each series, with a sparkline, instead of one for each bucket.
    package var hasSparklines: Bool

    package init(_ format: OutputFormat = .table, chart: ChartKind = .line, hasSparklines: Bool = false) {
        self.format = format
        self.chart = chart
        self.hasSparklines = hasSparklines
    }
}
