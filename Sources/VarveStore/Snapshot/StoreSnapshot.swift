package import VarveModel

/// Everything that was acknowledged before it was taken. Immutable; any thread. Holding one keeps its segment files.
package struct StoreSnapshot: MetricSnapshot {
    /// A chunk and how many of its rows belong to the snapshot.
    struct TailView: Sendable {
        var chunk: TailChunk
        var rowCount: Int
    }

    let catalogue: Catalogue
    /// What was known when the snapshot was taken; listings end there.
    let counts: CatalogueCounts
    /// Ordered by LSN range.
    let segments: [SegmentHandle]
    /// Of namespaces that keep rows for a shorter time than the store: files may still have older ones.
    let cutoffs: RetentionCutoffs
    /// Segments that could not be opened.
    let missing: [DataGap]
    let tail: [TailView]
    /// Rows with several columns that no segment holds, in the order of arrival.
    let recordRows: [RecordColumns]

    /// What is known of the segments, in the order of their LSN ranges.
    package var segmentSummaries: [SegmentSummary] { segments.map(\.summary) }

    package func namespaces(in scope: Scope) -> [String] { namespaces(in: scope, kind: .metric) }

    /// Namespaces with series of one kind, sorted by bytes.
    package func namespaces(in scope: Scope, kind: SeriesKind) -> [String] {
        catalogue.namespaces(in: scope, kind: kind, counts: counts)
    }

    /// Accounts and regions that have series of a kind, in any order.
    package func scopes(kind: SeriesKind) -> Set<Scope> { catalogue.scopes(kind: kind, counts: counts) }

    package func metrics(in scope: Scope, namespace: String) -> [String] {
        metrics(in: scope, namespace: namespace, kind: .metric)
    }

    /// Names of the series of one kind, sorted by bytes.
    package func metrics(in scope: Scope, namespace: String, kind: SeriesKind) -> [String] {
        catalogue.metrics(in: scope, namespace: namespace, kind: kind, counts: counts)
    }

    package func series(in scope: Scope, namespace: String, metric: String) -> [SeriesID] {
        series(in: scope, namespace: namespace, metric: metric, matching: [])
    }

    package func series(
        in scope: Scope, namespace: String, metric: String, matching filters: [DimensionFilter]
    ) -> [SeriesID] {
        series(in: scope, namespace: namespace, metric: metric, matching: filters, kind: .metric)
    }

    /// Series of one kind, by postings. O(smallest set + matching series).
    package func series(
        in scope: Scope, namespace: String, metric: String, matching filters: [DimensionFilter], kind: SeriesKind
    ) -> [SeriesID] {
        catalogue.series(
            in: scope, namespace: namespace, metric: metric, matching: filters, kind: kind, counts: counts)
    }

    package func series(
        in scope: Scope, namespace: String, metrics: [String], matching filters: [DimensionFilter]
    ) -> [[SeriesID]] {
        catalogue.series(
            in: scope, namespace: namespace, metrics: metrics, matching: filters, kind: .metric, counts: counts)
    }

    /// Series of any metric by postings; what it costs: ``Catalogue/series(in:where:counts:)``.
    package func series(in scope: Scope, where condition: SeriesCondition) -> [SeriesID] {
        catalogue.series(in: scope, where: condition, counts: counts)
    }

    /// Series of a metric of exactly one source: those with these dimensions and no others. One look-up.
    package func series(of source: SourceKey, metric: String) -> [SeriesID] {
        catalogue.series(of: source, metric: metric, counts: counts)
    }

    /// Those of `series` whose source has data at or after `sinceNs`, as far as is known: of rows in segments, the day.
    package func recentlyActive(_ series: [SeriesID], sinceNs: Int64) -> [SeriesID] {
        let day = SourceDay.day(of: sinceNs)
        var buffered: Set<UInt32> = []
        for view in tail {
            guard let bounds = view.chunk.timeBounds, bounds.newest >= sinceNs else { continue }
            let rows = view.chunk.rows(below: view.rowCount)
            for row in rows.timestamps.indices where rows.timestamps[row] >= sinceNs {
                buffered.insert(catalogue.tables.shapes[rows.shapes[row]].source)
            }
        }
        for rows in recordRows {
            for (series, timestamp) in zip(rows.series, rows.timestamps) where timestamp >= sinceNs {
                buffered.insert(catalogue.tables.series[series.rawValue].source)
            }
        }
        return series.filter { series in
            let source = catalogue.tables.series[series.rawValue].source
            guard source != CatalogueTables.none else { return false }
            let known = catalogue.tables.activity(of: source)
            return buffered.contains(source) || known & CatalogueTables.retiredFlag == 0 && known != 0 && known >= day
        }
    }

    package func value(of name: String, in series: SeriesID) -> String? {
        catalogue.value(of: name, in: series)
    }

    package func source(of series: SeriesID) -> SourceKey { catalogue.source(of: series) }
    package func field(of series: SeriesID) -> FieldKey { catalogue.field(of: series) }
    package func sourceNumber(of series: SeriesID) -> UInt32 { catalogue.tables.series[series.rawValue].source }
    package func unit(of series: SeriesID) -> Unit { catalogue.unit(of: series) }

    /// Files whose rows may lie in `range`.
    package func segmentPaths(in range: TimeRange) -> [String] {
        segments.filter { $0.summary.overlaps(range) }.map(\.path)
    }

    package func segmentCount(in range: TimeRange) -> Int {
        Self.metricKinds.reduce(0) { $0 + segments(of: $1, in: range).count }
    }

    package func gaps(in range: TimeRange) -> [DataGap] { Self.metricKinds.flatMap { gaps(of: $0, in: range) } }

    /// What is known to be missing of one kind.
    package func gaps(of kind: SegmentKind, in range: TimeRange) -> [DataGap] {
        missing.filter { $0.kind == kind && $0.range.start < range.end && range.start < $0.range.end }
    }

    package func scan(
        _ series: [SeriesID], in range: TimeRange,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        try scanKept(series, in: range, leavingOut: nil, visit: visit)
    }

    package func scan(
        _ series: [SeriesID], in range: TimeRange, leavingOut gap: (DataGap) -> Void,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        try withoutActuallyEscaping(gap) { gap throws(StoreError) in
            try scanKept(series, in: range, leavingOut: gap, visit: visit)
        }
    }

    package func scanNewestFirst(
        _ series: [SeriesID], in range: TimeRange, isWanted: (_ index: Int, _ last: Int64) -> Bool,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        let oldest = cutoffs.hasExceptions ? series.map { cutoffs.cutoff(of: $0) } : []
        func visitKept(_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep {
            if oldest.isEmpty || chunk.firstTimestamp >= oldest[index] { return try visit(index, chunk) }
            if chunk.lastTimestamp < oldest[index] { return .next }
            return try visit(index, try ClippedChunk(chunk, since: oldest[index]))
        }
        // What is in memory is usually newer than any file.
        if try scanTail(series, in: range, visit: visitKept) == .stop { return }
        let newestFirst = segments(of: .metric, in: range).sorted {
            $0.summary.lastTimestamp > $1.summary.lastTimestamp
        }
        for segment in newestFirst {
            let wanted = series.indices.filter { isWanted($0, segment.summary.lastTimestamp) }
            if wanted.isEmpty { continue }
            let step = try segment.reader.scanNewestFirst(
                wanted.map { series[$0] }, in: range, isWanted: { isWanted(wanted[$0], $1) }
            ) { (index, chunk) throws(StoreError) in try visitKept(wanted[index], chunk) }
            if step == .stop { return }
        }
    }

    /// Cuts off what a namespace no longer keeps.
    private func scanKept(
        _ series: [SeriesID], in range: TimeRange, leavingOut gap: ((DataGap) -> Void)?,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        guard cutoffs.hasExceptions else { return try scanAll(series, in: range, leavingOut: gap, visit: visit) }
        let oldest = series.map { cutoffs.cutoff(of: $0) }
        try scanAll(series, in: range, leavingOut: gap) { (index, chunk) throws(StoreError) in
            if chunk.firstTimestamp >= oldest[index] { return try visit(index, chunk) }
            if chunk.lastTimestamp < oldest[index] { return .next }
            return try visit(index, try ClippedChunk(chunk, since: oldest[index]))
        }
    }

    /// - Parameter gap: is told of damage, which then does not end the scan.
    private func scanAll(
        _ series: [SeriesID], in range: TimeRange, leavingOut gap: ((DataGap) -> Void)?,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        for segment in segments(of: .metric, in: range) {
            do throws(StoreError) {
                if try segment.reader.scan(series, in: range, visit: visit) == .stop { return }
            } catch {
                guard let gap, case .corrupt(let place) = error else { throw error }
                gap(segment.gap(place))
            }
        }
        _ = try scanTail(series, in: range, visit: visit)
    }

    package func scan(
        _ series: [SeriesID], in range: TimeRange, summedWithin periodNs: Int64,
        visit: (Int, ScannedRows) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        // Sums may cover rows that a namespace no longer keeps.
        if cutoffs.hasExceptions, series.contains(where: { cutoffs.cutoff(of: $0) > range.start }) {
            return try scan(series, in: range) { (index, chunk) throws(StoreError) in try visit(index, .chunk(chunk)) }
        }
        for segment in segments(of: .metric, in: range) {
            if try segment.reader.scan(series, in: range, summedWithin: periodNs, visit: visit) == .stop { return }
        }
        _ = try scanTail(series, in: range) { (index, chunk) throws(StoreError) in try visit(index, .chunk(chunk)) }
    }

    private func scanTail(
        _ series: [SeriesID], in range: TimeRange,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        let views = tail.filter { view in
            view.rowCount > 0
                && view.chunk.timeBounds.map { range.overlaps(first: $0.oldest, last: $0.newest) } ?? false
        }
        guard !views.isEmpty else { return .next }
        let scan = TailScan(series, catalogue: catalogue)
        for view in views {
            if try scan.scan(view, in: range, visit: visit) == .stop { return .stop }
        }
        return .next
    }
}
