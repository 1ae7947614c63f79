import VarveModel
import VarveStore

/// One line of what EXPLAIN answers.
struct ExplainLine {
    let item: String
    let value: String

    init(_ item: String, _ value: String) {
        self.item = item
        self.value = value
    }

    static func result(_ lines: [ExplainLine], notices: [String]) -> QueryResult {
        QueryResult(
            columns: ["item", "value"].map { QueryResult.Column(name: $0, kind: .text) },
            rows: lines.map { [.text($0.item), .text($0.value)] }, notices: notices)
    }
}

extension SelectPlan {
    /// What EXPLAIN answers: the plan in words, without decoding a sample.
    func explanation(of select: SelectSyntax, on snapshot: some MetricSnapshot, rows: RowSources) -> QueryResult {
        let lines =
            lines(of: select, on: snapshot) + [
                ExplainLine("blocks from statistics", "\(rows.blocksFromStatistics)"),
                ExplainLine("blocks to decode", "\(rows.blocksToDecode)"),
                ExplainLine("samples from rollups", "\(rows.fromRollups)"),
                ExplainLine("samples from block statistics", "\(rows.fromStatistics)"),
                ExplainLine("samples to decode", "\(rows.toDecode)"),
            ]
        return ExplainLine.result(lines, notices: notices)
    }

    /// What is known before a sample is read.
    func lines(of select: SelectSyntax, on snapshot: some MetricSnapshot) -> [ExplainLine] {
        [
            ExplainLine("statement", select.description),
            ExplainLine("from", InstantText.format(grid.start)),
            ExplainLine("to", InstantText.format(grid.end)),
            ExplainLine("period", DurationText.format(grid.periodNs)),
            ExplainLine("periods", "\(grid.count)"),
            ExplainLine("series", "\(seriesCount)"),
            ExplainLine("groups", "\(groups.count)"),
            ExplainLine("segments", "\(snapshot.segmentCount(in: grid.range))"),
        ]
    }
}

extension RowsPlan {
    /// What is known before a sample is read.
    func lines(of rows: RowsSyntax, on snapshot: some MetricSnapshot) -> [ExplainLine] {
        [
            ExplainLine("statement", rows.description),
            ExplainLine("from", InstantText.format(range.start)),
            ExplainLine("to", InstantText.format(range.end)),
            ExplainLine("series", "\(sources.reduce(0) { $0 + $1.members.count })"),
            ExplainLine("sources", "\(sources.count)"),
            ExplainLine("segments", "\(snapshot.segmentCount(in: range))"),
        ]
    }
}

/// How many rows a SELECT would take from where. Reads indexes and rollups.
struct RowSources: Equatable {
    private(set) var fromRollups = 0
    private(set) var fromStatistics = 0
    private(set) var blocksFromStatistics = 0
    private(set) var blocksToDecode = 0
    /// Whole blocks: some of their rows may lie outside the range.
    private(set) var toDecode = 0

    init(of plan: SelectPlan, on snapshot: some MetricSnapshot, in context: QueryContext) throws(QueryError) {
        if plan.grid.count == 0 { return }
        let turn = Turn(plan, groups: plan.groups.indices)
        var isCancelled = false
        func step(_ rows: ScannedRows, needsRows: Bool) -> ScanStep {
            isCancelled = context.cancellation?.isRaised == true
            if isCancelled { return .stop }
            add(rows, plan.grid, needsRows: needsRows)
            return .next
        }
        do throws(StoreError) {
            if !turn.summed.series.isEmpty {
                try snapshot.scan(turn.summed.series, in: plan.grid.range, summedWithin: plan.grid.alignmentNs) {
                    (_, rows) throws(StoreError) in step(rows, needsRows: false)
                }
            }
            for members in [turn.latest, turn.whole] where !members.series.isEmpty {
                try snapshot.scan(members.series, in: plan.grid.range) {
                    (_, chunk) throws(StoreError) in step(.chunk(chunk), needsRows: true)
                }
            }
        } catch {
            throw .store(error)
        }
        if isCancelled { throw .cancelled }
    }

    /// Follows the choice of ``ChunkAggregator``.
    private mutating func add(_ rows: ScannedRows, _ grid: BucketGrid, needsRows: Bool) {
        switch rows {
        case .rollup(let rollup):
            fromRollups += rollup.rowCount
        case .chunk(let chunk):
            let isInOneBucket = grid.bucket(holding: chunk.firstTimestamp, chunk.lastTimestamp) != nil
            if !needsRows, isInOneBucket, chunk.statistics?.areOfFiniteValues == true {
                blocksFromStatistics += 1
                fromStatistics += chunk.rowCount
            } else {
                blocksToDecode += 1
                toDecode += chunk.rowCount
            }
        }
    }
}
