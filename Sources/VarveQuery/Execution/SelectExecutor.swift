import VarveModel
import VarveStore

/// Runs a plan: groups are worked on in turns whose accumulators fit ``QueryLimits/cellsPerTurn``.
struct SelectExecutor {
    let plan: SelectPlan
    let context: QueryContext
    private var results: [ResultSeries] = []
    /// Groups with data, those beyond the limit included as far as they were looked at.
    private var groupsWithData = 0
    /// What could not be read and was left out.
    private var gaps: [DataGap] = []
    /// What the snapshot lacks whatever is read of it.
    private var snapshotGaps: [DataGap] = []

    init(_ plan: SelectPlan, in context: QueryContext) {
        self.plan = plan
        self.context = context
    }

    mutating func run(on snapshot: some MetricSnapshot) throws(QueryError) -> QueryResult {
        snapshotGaps = snapshot.gaps(in: plan.grid.range)
        if !context.acceptsGaps, let gap = snapshotGaps.first { throw .store(.corrupt(gap.place)) }
        let groupsMax = max(1, QueryLimits.cellsPerTurn / max(1, plan.metrics.count * plan.grid.count))
        // Without ORDER BY the first groups with data are the answer: begin with as many as are wanted, and one more to
        // know whether there are more.
        var groupCount = plan.order == nil ? min(groupsMax, plan.limit + 1) : groupsMax
        var next = 0
        while next < plan.groups.count, !isSatisfied {
            let end = min(next + groupCount, plan.groups.count)
            try runTurn(next..<end, on: snapshot)
            next = end
            groupCount = min(groupsMax, groupCount * 2)
        }
        return try finish()
    }

    /// Groups come in the order of the answer unless ORDER BY asks for another.
    private var isSatisfied: Bool { plan.order == nil && groupsWithData > plan.limit }

    private mutating func runTurn(_ groups: Range<Int>, on snapshot: some MetricSnapshot) throws(QueryError) {
        let turn = Turn(plan, groups: groups)
        var aggregator = emptyAggregator(groupCount: groups.count)
        try context.checkCancellation()
        do throws(QueryError) {
            if plan.grid.count > 0 { try Self.scan(turn, on: snapshot, in: context, into: &aggregator) }
        } catch {
            guard context.acceptsGaps, case .store(.corrupt) = error else { throw error }
            // Once more from the start: only a scan without rollups can leave out single blocks.
            aggregator = emptyAggregator(groupCount: groups.count)
            try Self.scanAroundGaps(turn, on: snapshot, in: context, into: &aggregator, &gaps)
        }
        for (index, group) in plan.groups[groups].enumerated() {
            keep(ResultSeries(group, columns: plan.columns, slot: index * plan.metrics.count, table: aggregator.table))
        }
        try cutToLimit()
    }

    private func emptyAggregator(groupCount: Int) -> ChunkAggregator {
        let table = CellTable(slotCount: groupCount * plan.metrics.count, bucketCount: plan.grid.count)
        return ChunkAggregator(grid: plan.grid, table: table)
    }

    private static func scan(
        _ turn: Turn, on snapshot: some MetricSnapshot, in context: QueryContext,
        into aggregator: inout ChunkAggregator
    ) throws(QueryError) {
        var isCancelled = false
        do throws(StoreError) {
            let grid = aggregator.grid
            try snapshot.scan(turn.series, in: grid.range, summedWithin: grid.periodNs) {
                (index, rows) throws(StoreError) -> ScanStep in
                isCancelled = context.cancellation?.isRaised == true
                if isCancelled { return .stop }
                try aggregator.add(rows, slot: turn.slots[index], needs: turn.needs[index])
                return .next
            }
        } catch {
            throw .store(error)
        }
        if isCancelled { throw .cancelled }
    }

    /// As above; what is damaged is left out and told in `gaps`.
    private static func scanAroundGaps(
        _ turn: Turn, on snapshot: some MetricSnapshot, in context: QueryContext,
        into aggregator: inout ChunkAggregator, _ gaps: inout [DataGap]
    ) throws(QueryError) {
        var isCancelled = false
        var found: [DataGap] = []
        var unread: [DataGap] = []
        do throws(StoreError) {
            try snapshot.scan(turn.series, in: aggregator.grid.range, leavingOut: { unread.append($0) }) {
                (index, chunk) throws(StoreError) -> ScanStep in
                isCancelled = context.cancellation?.isRaised == true
                if isCancelled { return .stop }
                do throws(StoreError) {
                    try aggregator.add(chunk, slot: turn.slots[index], needs: turn.needs[index])
                } catch {
                    // Nothing of the chunk has been added: it is decoded before.
                    guard case .corrupt(let place) = error else { throw error }
                    found.append(DataGap(place: place, chunk))
                }
                return .next
            }
        } catch {
            throw .store(error)
        }
        gaps += found + unread
        if isCancelled { throw .cancelled }
    }

    private mutating func keep(_ series: ResultSeries) {
        // A grouped query has no entry for a group without data, one without groups has an empty one.
        if series.isEmpty && !plan.keys.isEmpty { return }
        groupsWithData += 1
        var series = series
        if let order = plan.order { series.setRank(by: order.function) }
        results.append(series)
    }

    private mutating func cutToLimit() throws(QueryError) {
        if let order = plan.order {
            results.sort { ResultSeries.precedes($0, $1, isDescending: order.isDescending) }
        }
        if results.count > plan.limit { results.removeLast(results.count - plan.limit) }
        let rowCount = results.reduce(0) { $0 + $1.buckets.count }
        guard rowCount <= QueryLimits.resultRowsMax else {
            throw .limit(
                message: "the result has more than \(QueryLimits.resultRowsMax) rows, the limit of one statement;"
                    + " take a longer PERIOD, a shorter range or a LIMIT")
        }
    }

    private func finish() throws(QueryError) -> QueryResult {
        try context.checkCancellation()
        var result = ResultTable(plan: plan, results: results).queryResult
        result.notices += DataGap.notices(snapshotGaps + gaps)
        result.isPartial = !snapshotGaps.isEmpty || !gaps.isEmpty
        if groupsWithData > results.count {
            // Without ORDER BY the scan ended early, so the number of the rest is not known.
            let total = plan.order == nil ? "more" : "\(groupsWithData)"
            result.notices.append("\(results.count) of \(total) series shown (LIMIT)")
        }
        return result
    }
}

extension SelectExecutor {
    /// The series of some groups in the order in which they are scanned.
    private struct Turn {
        /// Ascending.
        var series: [SeriesID] = []
        /// Per series its row in the table.
        var slots: [Int] = []
        var needs: [AggregateNeeds] = []

        init(_ plan: SelectPlan, groups: Range<Int>) {
            let needsOfMetric = plan.metrics.indices.map { plan.needs(of: $0) }
            var members: [(member: SelectPlan.Member, slot: Int)] = []
            for (index, group) in plan.groups[groups].enumerated() {
                members += group.members.map { ($0, index * plan.metrics.count + $0.metric) }
            }
            members.sort { $0.member.series < $1.member.series }
            series = members.map(\.member.series)
            slots = members.map(\.slot)
            needs = members.map { needsOfMetric[$0.member.metric] }
        }
    }
}
