package import VarveModel

/// Everything that was acknowledged before it was taken. Immutable; any thread. Holding one keeps its segment files.
package struct StoreSnapshot: MetricSnapshot {
    /// A chunk and how many of its rows belong to the snapshot.
    struct TailView: Sendable {
        var chunk: TailChunk
        var rowCount: Int
    }

    let catalogue: Catalogue
    /// Ordered by LSN range.
    let segments: [SegmentHandle]
    /// Segments that could not be opened.
    let missing: [DataGap]
    let tail: [TailView]

    package func namespaces(in scope: Scope) -> [String] { catalogue.namespaces(in: scope) }

    package func metrics(in scope: Scope, namespace: String) -> [String] {
        catalogue.metrics(in: scope, namespace: namespace)
    }

    package func series(in scope: Scope, namespace: String, metric: String) -> [SeriesID] {
        catalogue.series(in: scope, namespace: namespace, metric: metric)
    }

    package func source(of series: SeriesID) -> SourceKey { catalogue.source(of: series) }
    package func field(of series: SeriesID) -> FieldKey { catalogue.field(of: series) }

    /// Files whose rows may lie in `range`.
    package func segmentPaths(in range: TimeRange) -> [String] {
        segments.filter { $0.summary.overlaps(range) }.map(\.path)
    }

    package func gaps(in range: TimeRange) -> [DataGap] {
        missing.filter { $0.range.start < range.end && range.start < $0.range.end }
    }

    package func scan(
        _ series: [SeriesID], in range: TimeRange,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        for segment in segments where segment.summary.overlaps(range) {
            if try segment.reader.scan(series, in: range, visit: visit) == .stop { return }
        }
        try scanTail(series, in: range, visit: visit)
    }

    package func scan(
        _ series: [SeriesID], in range: TimeRange, leavingOut gap: (DataGap) -> Void,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        for segment in segments where segment.summary.overlaps(range) {
            do throws(StoreError) {
                if try segment.reader.scan(series, in: range, visit: visit) == .stop { return }
            } catch {
                guard case .corrupt(let place) = error else { throw error }
                gap(segment.gap(place))
            }
        }
        try scanTail(series, in: range, visit: visit)
    }

    private func scanTail(
        _ series: [SeriesID], in range: TimeRange,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        let views = tail.filter { view in
            view.rowCount > 0
                && view.chunk.timeBounds.map { range.overlaps(first: $0.oldest, last: $0.newest) } ?? false
        }
        guard !views.isEmpty else { return }
        let scan = TailScan(series, catalogue: catalogue)
        for view in views {
            if try scan.scan(view.chunk.rows(below: view.rowCount), in: range, visit: visit) == .stop { return }
        }
    }
}
