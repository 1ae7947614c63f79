import VarveModel
import VarveStore

extension SelectExecutor {
    /// Adds the rows of `members` that stand for several samples each. Costs nothing where the store has none.
    /// - Parameter aroundGaps: leaves out what is damaged and tells it in `gaps`; otherwise damage is an error.
    static func scanSummaries(
        _ members: TurnMembers, aroundGaps: Bool, on snapshot: some MetricSnapshot, in context: QueryContext,
        into aggregator: inout ChunkAggregator, _ gaps: inout [DataGap]
    ) throws(QueryError) {
        if members.series.isEmpty { return }
        var isCancelled = false
        var found: [DataGap] = []
        func visit(_ index: Int, _ rows: SummaryRows) throws(StoreError) -> ScanStep {
            isCancelled = context.cancellation?.isRaised == true
            if isCancelled { return .stop }
            aggregator.add(rows, slot: members.slots[index], needs: members.needs[index])
            return aggregator.table.sampleCount > context.samplesMax ? .stop : .next
        }
        let range = aggregator.grid.range
        do throws(StoreError) {
            if aroundGaps {
                try snapshot.scanSummaries(members.series, in: range, leavingOut: { found.append($0) }, visit: visit)
            } else {
                try snapshot.scanSummaries(members.series, in: range, leavingOut: nil, visit: visit)
            }
        } catch {
            throw .store(error)
        }
        gaps += found
        if isCancelled { throw .cancelled }
    }
}
