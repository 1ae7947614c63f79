import VarveIO
import VarveStore

/// Runs a statement for EXPLAIN ANALYZE: its answer is thrown away, what it has cost is told.
struct AnalyzedStatement<Snapshot: MetricSnapshot> {
    private let snapshot: MeasuredSnapshot<Snapshot>
    private let context: QueryContext
    private let startNs: Int64
    private var plannedNs: Int64 = 0

    init(on snapshot: Snapshot, in context: QueryContext) {
        self.snapshot = MeasuredSnapshot(base: snapshot, meter: ScanMeter(clock: context.clock))
        self.context = context
        startNs = context.clock?.monotonicNs() ?? 0
    }

    mutating func run(_ select: SelectSyntax) throws(QueryError) -> QueryResult {
        let plan = try SelectPlan(select, on: snapshot, in: context)
        plannedNs = nowNs
        var executor = SelectExecutor(plan, in: context)
        let answer = try executor.run(on: snapshot)
        return report(plan.lines(of: select, on: snapshot), answer)
    }

    mutating func run(_ rows: RowsSyntax) throws(QueryError) -> QueryResult {
        let plan = try RowsPlan(rows, on: snapshot, in: context)
        plannedNs = nowNs
        var executor = RowsExecutor(plan, in: context)
        let answer = try executor.run(on: snapshot)
        return report(plan.lines(of: rows, on: snapshot), answer)
    }

    mutating func run(_ math: MathSyntax) throws(QueryError) -> QueryResult {
        let query = try MathQuery(math, nowNs: context.nowNs)
        plannedNs = nowNs
        return report(query.lines, try query.run(on: snapshot, in: context))
    }

    private var nowNs: Int64 { context.clock?.monotonicNs() ?? 0 }

    private func report(_ planned: [ExplainLine], _ answer: QueryResult) -> QueryResult {
        let endNs = nowNs
        let cost = snapshot.meter.cost
        var lines = planned
        lines += [
            ExplainLine("samples from rollups", "\(cost.samplesFromRollups)"),
            ExplainLine("blocks from statistics", "\(cost.blocksFromStatistics)"),
            ExplainLine("samples from block statistics", "\(cost.samplesFromStatistics)"),
            ExplainLine("blocks decoded", "\(cost.blocksDecoded)"),
            ExplainLine("samples decoded", "\(cost.samplesDecoded)"),
            ExplainLine("bytes decoded", "\(cost.samplesDecoded * Self.bytesPerSample)"),
            ExplainLine("rows", "\(answer.rows.count)"),
        ]
        if context.clock != nil {
            lines += [
                ExplainLine("time planning", Self.milliseconds(plannedNs - startNs)),
                ExplainLine("time finding blocks", Self.milliseconds(cost.scanNs - cost.visitNs)),
                ExplainLine("time decoding", Self.milliseconds(cost.decodeNs)),
                ExplainLine("time aggregating", Self.milliseconds(cost.visitNs - cost.decodeNs)),
                ExplainLine("time answering", Self.milliseconds(endNs - plannedNs - cost.scanNs)),
                ExplainLine("time", Self.milliseconds(endNs - startNs)),
            ]
        }
        var result = ExplainLine.result(lines, notices: answer.notices)
        result.isPartial = answer.isPartial
        return result
    }

    /// A time and a value in memory.
    private static var bytesPerSample: Int { 16 }

    /// `12.345 ms`. Differences of sums over workers may be negative: shown as 0.
    private static func milliseconds(_ nanoseconds: Int64) -> String {
        let microseconds = max(0, nanoseconds) / 1_000
        let fraction = String(microseconds % 1_000)
        return "\(microseconds / 1_000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) ms"
    }
}
