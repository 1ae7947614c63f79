package import VarveModel

/// Rows of one metric series that stand for several samples each: values with weights, or figures of a set of samples.
package struct SummaryRows: Equatable, Sendable {
    /// One entry per row in every column.
    package enum Content: Equatable, Sendable {
        /// Each value was observed as often as its weight says.
        case weighted(values: [Double], weights: [Double])
        case sets(counts: [Double], sums: [Double], minima: [Double], maxima: [Double])
    }

    /// Ascending.
    package let timestamps: [Int64]
    package let content: Content

    package init(timestamps: [Int64], content: Content) {
        self.timestamps = timestamps
        self.content = content
    }

    /// nil for rows of another kind.
    init?(_ chunk: RecordChunk) throws(StoreError) {
        var columns: [[Double]] = []
        for column in try chunk.columns() {
            guard case .floats(let values) = column else { return nil }
            columns.append(values)
        }
        timestamps = chunk.timestamps
        switch chunk.kind {
        case .weighted: content = .weighted(values: columns[0], weights: columns[1])
        case .statisticSet:
            content = .sets(counts: columns[0], sums: columns[1], minima: columns[2], maxima: columns[3])
        case .metric, .trail, .key, .configuration: return nil
        }
    }
}

extension StoreSnapshot {
    /// The kinds of rows that a metric series may have.
    static let metricKinds: [SegmentKind] = [.metric, .weighted, .statisticSet]

    package func scanSummaries(
        _ series: [SeriesID], in range: TimeRange, leavingOut gap: ((DataGap) -> Void)?,
        visit: (_ index: Int, _ rows: SummaryRows) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        for kind in [SegmentKind.weighted, .statisticSet] where hasRows(of: kind, in: range) {
            var isStopped = false
            // Queries learn of segments that could not be opened from ``gaps(in:)``, once for all kinds.
            try openRecords(kind, of: series, in: range, leavingOut: gap) { chunk throws(StoreError) in
                let index = series.partitioningIndex { $0 >= chunk.series }
                guard index < series.count, series[index] == chunk.series, let rows = try SummaryRows(chunk) else {
                    return .next
                }
                let step = try visit(index, rows)
                if case .stop = step { isStopped = true }
                return step
            }
            if isStopped { return }
        }
    }

    private func hasRows(of kind: SegmentKind, in range: TimeRange) -> Bool {
        recordRows.contains { $0.kind == kind } || !segments(of: kind, in: range).isEmpty
    }
}
