package import VarveCodec
package import VarveModel

/// Number of a series inside one store: dense, never reused.
package struct SeriesID: RawRepresentable, Hashable, Comparable, Sendable {
    package let rawValue: UInt32

    @inlinable
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable
    package static func < (left: SeriesID, right: SeriesID) -> Bool { left.rawValue < right.rawValue }
}

/// One consistent, immutable view of all metric series: everything acknowledged before it was taken, nothing after.
///
/// Implemented by the store, and by plain arrays in tests, so that queries do not know where data lives. Any thread.
package protocol MetricSnapshot: Sendable {
    /// Namespaces with at least one series, sorted by bytes.
    func namespaces(in scope: Scope) -> [String]
    /// Metric names of a namespace, sorted by bytes.
    func metrics(in scope: Scope, namespace: String) -> [String]
    /// Series of a metric with any dimensions and any unit, ascending.
    func series(in scope: Scope, namespace: String, metric: String) -> [SeriesID]
    /// Series of a metric whose sources satisfy all filters, ascending.
    func series(
        in scope: Scope, namespace: String, metric: String, matching filters: [DimensionFilter]
    ) -> [SeriesID]
    /// The same for several metrics, in their order, at the price of one and a little.
    func series(
        in scope: Scope, namespace: String, metrics: [String], matching filters: [DimensionFilter]
    ) -> [[SeriesID]]
    /// The value of a dimension of a series' source; nil without that dimension.
    func value(of name: String, in series: SeriesID) -> String?
    /// - Precondition: `series` came from this snapshot.
    func source(of series: SeriesID) -> SourceKey
    func field(of series: SeriesID) -> FieldKey
    /// A number of the series' source: series with one number have one source. Not the other way round, so what is
    /// looked up per number has to be compared by key. For plans over many series, which share few sources.
    func sourceNumber(of series: SeriesID) -> UInt32
    /// The unit of the series' field.
    func unit(of series: SeriesID) -> Unit

    /// Visits the rows of `series` with a time in `range`, in chunks.
    ///
    /// Chunks of one series may overlap in time and come in any order; inside a chunk rows are in time order, equal
    /// times in order of arrival. A chunk that only partly lies in `range` is delivered whole: the visitor cuts it.
    /// - Parameters:
    ///   - series: ascending and distinct.
    ///   - visit: gets the index into `series` and a chunk that is valid until it returns; `.stop` ends the scan.
    func scan(
        _ series: [SeriesID],
        in range: TimeRange,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError)

    /// As ``scan(_:in:visit:)``, but rows that are stored summed up over spans within one period may be delivered as
    /// those sums instead. Every row of `range` is delivered once, in one form or the other.
    /// - Parameters:
    ///   - range: its ends are multiples of `periodNs`.
    ///   - periodNs: what the visitor sums up over, aligned to 1970; at least 1.
    func scan(
        _ series: [SeriesID],
        in range: TimeRange,
        summedWithin periodNs: Int64,
        visit: (_ index: Int, _ rows: ScannedRows) throws(StoreError) -> ScanStep
    ) throws(StoreError)

    /// As ``scan(_:in:visit:)``, for those who look for the latest rows: as far as it is known without decoding, later
    /// chunks of a series come first, and those that `isWanted` refuses may be left out.
    /// - Parameter isWanted: whether a chunk of series `index` that ends at `last` is of interest. Once it is not, no
    ///   chunk that ends earlier is.
    func scanNewestFirst(
        _ series: [SeriesID],
        in range: TimeRange,
        isWanted: (_ index: Int, _ last: Int64) -> Bool,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError)

    /// As above, but goes on behind damage: `gap` is told what was left out. Errors of `visit` end the scan of the
    /// segment they came from, so a visitor that can do without a chunk keeps its error to itself.
    func scan(
        _ series: [SeriesID],
        in range: TimeRange,
        leavingOut gap: (DataGap) -> Void,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError)

    /// Visits the rows of `series` with a time in `range` that stand for several samples each. In any order; rows of
    /// one visit are in time order and lie in `range`.
    /// - Parameters:
    ///   - series: ascending and distinct.
    ///   - gap: is told what damage left out; without it damage ends the scan with `.corrupt`.
    func scanSummaries(
        _ series: [SeriesID],
        in range: TimeRange,
        leavingOut gap: ((DataGap) -> Void)?,
        visit: (_ index: Int, _ rows: SummaryRows) throws(StoreError) -> ScanStep
    ) throws(StoreError)

    /// Series of a metric of exactly one source: those with these dimensions and no others, ascending.
    func series(of source: SourceKey, metric: String) -> [SeriesID]
    /// Series of any namespace and metric whose names satisfy a condition, ascending.
    func series(in scope: Scope, where condition: SeriesCondition) -> [SeriesID]
    /// Those of `series` that have rows at or after `sinceNs`, as far as is known: some older ones may be among them.
    func recentlyActive(_ series: [SeriesID], sinceNs: Int64) -> [SeriesID]

    /// What is known to be missing from `range`, whatever is asked.
    func gaps(in range: TimeRange) -> [DataGap]

    /// Segments whose rows may lie in `range`.
    func segmentCount(in range: TimeRange) -> Int
}

extension MetricSnapshot {
    /// For snapshots that keep no sums.
    package func scan(
        _ series: [SeriesID], in range: TimeRange, summedWithin periodNs: Int64,
        visit: (_ index: Int, _ rows: ScannedRows) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        try scan(series, in: range) { (index, chunk) throws(StoreError) in try visit(index, .chunk(chunk)) }
    }
}

/// For snapshots that know neither other rows than single numbers nor postings nor when series were active.
extension MetricSnapshot {
    package func scanSummaries(
        _ series: [SeriesID],
        in range: TimeRange,
        leavingOut gap: ((DataGap) -> Void)?,
        visit: (_ index: Int, _ rows: SummaryRows) throws(StoreError) -> ScanStep
    ) throws(StoreError) {}

    package func series(of source: SourceKey, metric: String) -> [SeriesID] {
        series(in: source.scope, namespace: source.namespace, metric: metric).filter { self.source(of: $0) == source }
    }

    /// O(series).
    package func series(in scope: Scope, where condition: SeriesCondition) -> [SeriesID] {
        var found: [SeriesID] = []
        for namespace in namespaces(in: scope) {
            for metric in metrics(in: scope, namespace: namespace) {
                found += series(in: scope, namespace: namespace, metric: metric).filter {
                    condition.holds(source: source(of: $0), metric: metric)
                }
            }
        }
        return found.sorted()
    }

    package func recentlyActive(_ series: [SeriesID], sinceNs: Int64) -> [SeriesID] { series }
}

/// For snapshots of few series.
extension MetricSnapshot {
    package func sourceNumber(of series: SeriesID) -> UInt32 { series.rawValue }
    package func unit(of series: SeriesID) -> Unit { field(of: series).unit }

    package func scanNewestFirst(
        _ series: [SeriesID],
        in range: TimeRange,
        isWanted: (_ index: Int, _ last: Int64) -> Bool,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        try scan(series, in: range) { (index, chunk) throws(StoreError) in
            guard isWanted(index, chunk.lastTimestamp) else { return .next }
            return try visit(index, chunk)
        }
    }
}

/// Snapshots without files have no damage.
extension MetricSnapshot {
    package func scan(
        _ series: [SeriesID],
        in range: TimeRange,
        leavingOut gap: (DataGap) -> Void,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        try scan(series, in: range, visit: visit)
    }

    package func gaps(in range: TimeRange) -> [DataGap] { [] }

    package func segmentCount(in range: TimeRange) -> Int { 0 }
}

/// What a scan with sums delivers.
package enum ScannedRows {
    /// Rows, some of which may lie outside the range: the visitor cuts them.
    case chunk(any SampleChunk)
    /// Sums over buckets that lie in the range, each in one period.
    case rollup(RollupSlice)
}

/// What a visitor wants after a chunk.
package enum ScanStep: Sendable {
    case next, stop
}

/// A run of rows of one series. Valid inside the visit that delivered it.
package protocol SampleChunk {
    var rowCount: Int { get }
    var firstTimestamp: Int64 { get }
    var lastTimestamp: Int64 { get }
    /// Present when the rows can be summed up without decoding them.
    var statistics: BlockStatistics? { get }
    /// Decodes the rows. The buffers are valid until the visit returns; a second call is free.
    func decode() throws(StoreError) -> DecodedSamples
    /// Decodes the rows with times up to `last`, and maybe some behind them: blocks that cannot be entered in the
    /// middle are decoded that far only. As ``decode()`` otherwise.
    func decode(through last: Int64) throws(StoreError) -> DecodedSamples
    /// Decodes the times of the rows alone, where that is possible. Valid until the visit returns.
    func decodeTimes() throws(StoreError) -> TimestampColumn
    /// Sums of neighbouring runs of rows, where that takes less than to decode the values: as
    /// ``FloatStream/sums(_:rowCount:borders:wantsSum:)``. nil where it does not.
    func sums(between borders: [Int], wantsSum: Bool) throws(StoreError) -> [RowSums]?
    /// The rows in `range` summed up in buckets that each lie in one period, where such sums are at hand or worth
    /// keeping; nil otherwise.
    /// - Parameter periodNs: what is summed up over, aligned to 1970; the ends of `range` are multiples of it.
    func rollup(within periodNs: Int64, in range: TimeRange) throws(StoreError) -> RollupSlice?
}

/// For chunks whose values lie in memory.
extension SampleChunk {
    package func decode(through last: Int64) throws(StoreError) -> DecodedSamples { try decode() }
    package func decodeTimes() throws(StoreError) -> TimestampColumn { try decode().timestamps }
    package func sums(between borders: [Int], wantsSum: Bool) throws(StoreError) -> [RowSums]? { nil }
    package func rollup(within periodNs: Int64, in range: TimeRange) throws(StoreError) -> RollupSlice? { nil }
}

/// Rows of one series in columns of equal length.
package struct DecodedSamples {
    package var timestamps: TimestampColumn
    package var values: UnsafeBufferPointer<Double>

    package init(timestamps: TimestampColumn, values: UnsafeBufferPointer<Double>) {
        self.timestamps = timestamps
        self.values = values
    }
}

/// Times of rows, ascending. Regular times are not written out: bucket borders are then computed, not searched.
package enum TimestampColumn {
    /// Row `i` is at `first + i * step`; `step >= 0`.
    case regular(first: Int64, step: Int64)
    case explicit(UnsafeBufferPointer<Int64>)

    @inlinable
    package subscript(row: Int) -> Int64 {
        switch self {
        case .regular(let first, let step): first &+ Int64(row) &* step
        case .explicit(let timestamps): timestamps[row]
        }
    }
}
