import VarveStore

extension SelectPlan {
    /// What EXPLAIN answers: the plan in words, without decoding a sample.
    func explanation(of select: SelectSyntax, rows: RowSources) -> QueryResult {
        let lines: [(String, String)] = [
            ("statement", select.description),
            ("from", InstantText.format(grid.start)),
            ("to", InstantText.format(grid.end)),
            ("period", DurationText.format(grid.periodNs)),
            ("periods", "\(grid.count)"),
            ("series", "\(seriesCount)"),
            ("groups", "\(groups.count)"),
            ("samples from rollups", "\(rows.fromRollups)"),
            ("samples from block statistics", "\(rows.fromStatistics)"),
            ("samples to decode", "\(rows.toDecode)"),
        ]
        return QueryResult(
            columns: ["item", "value"].map { QueryResult.Column(name: $0, kind: .text) },
            rows: lines.map { [.text($0.0), .text($0.1)] }, notices: notices)
    }
}

/// How many rows a SELECT would take from where. Reads indexes and rollups.
struct RowSources: Equatable {
    private(set) var fromRollups = 0
    private(set) var fromStatistics = 0
    /// Whole blocks: some of their rows may lie outside the range.
    private(set) var toDecode = 0

    init(of plan: SelectPlan, on snapshot: some MetricSnapshot, in context: QueryContext) throws(QueryError) {
        if plan.grid.count == 0 { return }
        let series = Set(plan.groups.flatMap(\.members).map(\.series)).sorted()
        var isCancelled = false
        do throws(StoreError) {
            try snapshot.scan(series, in: plan.grid.range, summedWithin: plan.grid.periodNs) {
                (_, rows) throws(StoreError) -> ScanStep in
                isCancelled = context.cancellation?.isRaised == true
                if isCancelled { return .stop }
                add(rows, plan.grid)
                return .next
            }
        } catch {
            throw .store(error)
        }
        if isCancelled { throw .cancelled }
    }

    /// Follows the choice of ``ChunkAggregator``.
    private mutating func add(_ rows: ScannedRows, _ grid: BucketGrid) {
        switch rows {
        case .rollup(let rollup):
            fromRollups += rollup.rowCount
        case .chunk(let chunk):
            let isInOneBucket = grid.bucket(holding: chunk.firstTimestamp, chunk.lastTimestamp) != nil
            if isInOneBucket, chunk.statistics?.areOfFiniteValues == true {
                fromStatistics += chunk.rowCount
            } else {
                toDecode += chunk.rowCount
            }
        }
    }
}
