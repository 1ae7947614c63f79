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
        for series in try results(of: groups, 0..<plan.grid.count, on: snapshot) { keep(series) }
        try cutToLimit()
    }

    /// The results of some groups in some periods. Where their samples are too many to be held, by halves.
    private mutating func results(
        of groups: Range<Int>, _ buckets: Range<Int>, on snapshot: some MetricSnapshot
    ) throws(QueryError) -> [ResultSeries] {
        // The samples of the first try are gone before the next one.
        if let results = try resultsAtOnce(of: groups, buckets, on: snapshot) { return results }
        return try halves(of: groups, buckets, on: snapshot)
    }

    /// nil where samples are too many to be held.
    private mutating func resultsAtOnce(
        of groups: Range<Int>, _ buckets: Range<Int>, on snapshot: some MetricSnapshot
    ) throws(QueryError) -> [ResultSeries]? {
        let turn = Turn(plan, groups: groups)
        try context.checkCancellation()
        let gapCount = gaps.count
        var aggregator = try scanned(
            turn, slotCount: groups.count * plan.metrics.count, buckets, on: snapshot)
        if aggregator.table.sampleCount > context.samplesMax {
            // They are met again.
            gaps.removeLast(gaps.count - gapCount)
            return nil
        }
        aggregator.table.groupSamples()
        var scratch = OrderedValues()
        var results: [ResultSeries] = []
        for (index, group) in plan.groups[groups].enumerated() {
            try context.checkCancellation()
            var series = ResultSeries(group, columnCount: plan.columns.count)
            series.append(
                plan, slot: index * plan.metrics.count, table: aggregator.table, firstBucket: buckets.lowerBound,
                scratch: &scratch)
            results.append(series)
        }
        return results
    }

    /// The cells of some groups in some periods, filled: around damage only where there is some, because a scan that
    /// leaves out single blocks cannot use rollups.
    private mutating func scanned(
        _ turn: Turn, slotCount: Int, _ buckets: Range<Int>, on snapshot: some MetricSnapshot
    ) throws(QueryError) -> ChunkAggregator {
        do throws(QueryError) {
            return try scanned(turn, slotCount: slotCount, buckets, aroundGaps: false, on: snapshot)
        } catch {
            guard context.acceptsGaps, case .store(.corrupt) = error else { throw error }
            return try scanned(turn, slotCount: slotCount, buckets, aroundGaps: true, on: snapshot)
        }
    }

    private mutating func scanned(
        _ turn: Turn, slotCount: Int, _ buckets: Range<Int>, aroundGaps: Bool, on snapshot: some MetricSnapshot
    ) throws(QueryError) -> ChunkAggregator {
        let table = CellTable(slotCount: slotCount, bucketCount: buckets.count, needs: turn.needs)
        var aggregator = ChunkAggregator(grid: plan.grid.part(buckets), table: table)
        if !buckets.isEmpty {
            try Self.scan(turn, aroundGaps: aroundGaps, on: snapshot, in: context, into: &aggregator, &gaps)
        }
        return aggregator
    }

    private mutating func halves(
        of groups: Range<Int>, _ buckets: Range<Int>, on snapshot: some MetricSnapshot
    ) throws(QueryError) -> [ResultSeries] {
        if groups.count > 1 {
            let middle = groups.lowerBound + groups.count / 2
            return try results(of: groups.lowerBound..<middle, buckets, on: snapshot)
                + results(of: middle..<groups.upperBound, buckets, on: snapshot)
        }
        let middle = buckets.lowerBound + buckets.count / 2
        guard buckets.count > 1 else {
            throw .limit(
                message: "a period of \(DurationText.format(plan.grid.periodNs)) has more than \(context.samplesMax)"
                    + " samples, the limit of percentiles and other statistics that need all of them;"
                    + " take a shorter PERIOD or more GROUP BY keys")
        }
        var whole = try results(of: groups, buckets.lowerBound..<middle, on: snapshot)
        let rest = try results(of: groups, middle..<buckets.upperBound, on: snapshot)
        for index in whole.indices { whole[index].append(rest[index]) }
        return whole
    }

    private static func scan(
        _ turn: Turn, aroundGaps: Bool, on snapshot: some MetricSnapshot, in context: QueryContext,
        into aggregator: inout ChunkAggregator, _ gaps: inout [DataGap]
    ) throws(QueryError) {
        for members in [turn.summed, turn.latest, turn.whole] {
            try scanSummaries(members, aroundGaps: aroundGaps, on: snapshot, in: context, into: &aggregator, &gaps)
        }
        // Rows stored summed up are of no use where the rows themselves are asked for.
        if aroundGaps {
            try scanAroundGaps(turn.summed, on: snapshot, in: context, into: &aggregator, &gaps)
            try scanAroundGaps(turn.latest, on: snapshot, in: context, into: &aggregator, &gaps)
            return try scanAroundGaps(turn.whole, on: snapshot, in: context, into: &aggregator, &gaps)
        }
        try scan(turn.summed, areOfRows: false, on: snapshot, in: context, into: &aggregator)
        try scanLatest(turn.latest, on: snapshot, in: context, into: &aggregator)
        try scan(turn.whole, areOfRows: true, on: snapshot, in: context, into: &aggregator)
    }

    /// Looks for the latest samples in one period: from the newest blocks on, as far as they may be later than what is
    /// known.
    private static func scanLatest(
        _ members: TurnMembers, on snapshot: some MetricSnapshot, in context: QueryContext,
        into aggregator: inout ChunkAggregator
    ) throws(QueryError) {
        if members.series.isEmpty { return }
        var isCancelled = false
        let known = LatestTimes(count: (members.slots.max() ?? 0) + 1)
        do throws(StoreError) {
            // As late as the known one counts, too: of several samples at one time the largest is the latest.
            try snapshot.scanNewestFirst(
                members.series, in: aggregator.grid.range, isWanted: { known[members.slots[$0]] <= $1 }
            ) { (index, chunk) throws(StoreError) -> ScanStep in
                isCancelled = context.cancellation?.isRaised == true
                if isCancelled { return .stop }
                let slot = members.slots[index]
                known[slot] = try aggregator.addLatest(of: chunk, slot: slot)
                return .next
            }
        } catch {
            throw .store(error)
        }
        if isCancelled { throw .cancelled }
    }

    private static func scan(
        _ members: TurnMembers, areOfRows: Bool, on snapshot: some MetricSnapshot, in context: QueryContext,
        into aggregator: inout ChunkAggregator
    ) throws(QueryError) {
        if members.series.isEmpty { return }
        let grid = aggregator.grid
        var isCancelled = false
        func step(_ index: Int, _ rows: ScannedRows) throws(StoreError) -> ScanStep {
            isCancelled = context.cancellation?.isRaised == true
            if isCancelled { return .stop }
            try aggregator.add(rows, slot: members.slots[index], needs: members.needs[index])
            return aggregator.table.sampleCount > context.samplesMax ? .stop : .next
        }
        do throws(StoreError) {
            if areOfRows {
                if members.needs.contains(.last) {
                    // Once over the indexes alone, so that only the latest blocks have to be decoded.
                    try snapshot.scan(members.series, in: grid.range) {
                        (index, chunk) throws(StoreError) -> ScanStep in
                        isCancelled = context.cancellation?.isRaised == true
                        if isCancelled { return .stop }
                        if members.needs[index] == .last { aggregator.noteLast(of: chunk, slot: members.slots[index]) }
                        return .next
                    }
                }
                try snapshot.scan(members.series, in: grid.range) { (index, chunk) throws(StoreError) in
                    try step(index, .chunk(chunk))
                }
            } else {
                try snapshot.scan(members.series, in: grid.range, summedWithin: grid.alignmentNs) {
                    (index, rows) throws(StoreError) in try step(index, rows)
                }
            }
        } catch {
            throw .store(error)
        }
        if isCancelled { throw .cancelled }
    }

    /// As above; what is damaged is left out and told in `gaps`.
    private static func scanAroundGaps(
        _ members: TurnMembers, on snapshot: some MetricSnapshot, in context: QueryContext,
        into aggregator: inout ChunkAggregator, _ gaps: inout [DataGap]
    ) throws(QueryError) {
        if members.series.isEmpty { return }
        var isCancelled = false
        var found: [DataGap] = []
        var unread: [DataGap] = []
        do throws(StoreError) {
            try snapshot.scan(members.series, in: aggregator.grid.range, leavingOut: { unread.append($0) }) {
                (index, chunk) throws(StoreError) -> ScanStep in
                isCancelled = context.cancellation?.isRaised == true
                if isCancelled { return .stop }
                do throws(StoreError) {
                    try aggregator.add(chunk, slot: members.slots[index], needs: members.needs[index])
                } catch {
                    // Nothing of the chunk has been added: it is decoded before.
                    guard case .corrupt(let place) = error else { throw error }
                    found.append(DataGap(place: place, chunk))
                }
                return aggregator.table.sampleCount > context.samplesMax ? .stop : .next
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

/// The series of some groups in the order in which they are scanned.
struct Turn {
    /// Those of which sums are enough, those of which only the latest sample in one period is, and those of which every
    /// row is needed.
    private(set) var summed = TurnMembers()
    private(set) var latest = TurnMembers()
    private(set) var whole = TurnMembers()
    /// Of all members.
    private(set) var needs: AggregateNeeds = []

    init(_ plan: SelectPlan, groups: Range<Int>) {
        let needsOfMetric = plan.metrics.indices.map { plan.needs(of: $0) }
        var members: [(member: SelectPlan.Member, slot: Int)] = []
        for (index, group) in plan.groups[groups].enumerated() {
            members += group.members.map { ($0, index * plan.metrics.count + $0.metric) }
        }
        for index in RadixOrder.ascending(members.map { UInt64($0.member.series.rawValue) }) {
            let (member, slot) = members[Int(index)]
            let needs = needsOfMetric[member.metric]
            self.needs.formUnion(needs)
            if needs == .last, plan.grid.count == 1 {
                latest.append(member.series, slot: slot, needs: needs)
            } else if needs.areOfRows {
                whole.append(member.series, slot: slot, needs: needs)
            } else {
                summed.append(member.series, slot: slot, needs: needs)
            }
        }
    }
}

/// Series of a turn that are scanned together.
struct TurnMembers {
    /// Ascending.
    private(set) var series: [SeriesID] = []
    /// Per series its row in the table.
    private(set) var slots: [Int] = []
    private(set) var needs: [AggregateNeeds] = []

    mutating func append(_ id: SeriesID, slot: Int, needs: AggregateNeeds) {
        series.append(id)
        slots.append(slot)
        self.needs.append(needs)
    }
}

/// The time of the latest sample known, by row of the table. Belongs to one scan, whose two closures share it.
private final class LatestTimes {
    private var times: [Int64]

    init(count: Int) { times = Array(repeating: .min, count: count) }

    subscript(slot: Int) -> Int64 {
        get { times[slot] }
        set { times[slot] = newValue }
    }
}
