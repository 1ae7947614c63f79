import VarveCodec

/// The finished result of one group: compact, because many are held while the best are chosen.
struct ResultSeries: Sendable {
    let groupValues: [String]
    /// Buckets with a value, ascending.
    private(set) var buckets: [Int32] = []
    /// Per column one value per bucket; NaN where a column has none.
    private(set) var columns: [[Double]]
    /// Per bucket the time of the latest sample, where rows carry that.
    private var latestTimes: [Int64] = []
    /// What ORDER BY compares; NaN without ORDER BY and without points.
    private(set) var rank = Double.nan

    init(_ group: SelectPlan.Group, columnCount: Int) {
        groupValues = group.values
        columns = Array(repeating: [], count: columnCount)
    }

    /// Appends the buckets of a table, the first of which is number `firstBucket` of the plan.
    /// - Parameters:
    ///   - slot: row of the group's first metric in the table.
    ///   - scratch: room for the samples of a bucket.
    mutating func append(
        _ plan: SelectPlan, slot: Int, table: borrowing CellTable, firstBucket: Int, scratch: inout OrderedValues
    ) {
        // Aggregate by aggregate: each is a loop over neighbouring cells.
        var aggregates: [[Double]] = []
        for aggregate in plan.aggregates {
            aggregates.append(table.values(aggregate.function, ofSlot: slot + aggregate.metric))
        }
        if plan.hasExtended { Self.fill(&aggregates, plan, slot: slot, table, &scratch) }
        let values: [[Double]]
        if plan.having.isEmpty, let simple = plan.simpleColumns {
            values = simple.map { aggregates[$0] }
        } else {
            values = Self.computed(aggregates, plan, bucketCount: table.bucketCount)
        }
        let shown = (0..<table.bucketCount).filter { bucket in values.contains { !$0[bucket].isNaN } }
        for bucket in shown {
            buckets.append(Int32(firstBucket + bucket))
            if plan.isOfLatest, let time = Self.latestTime(plan, slot: slot, bucket, table) { latestTimes.append(time) }
        }
        let isWhole = shown.count == table.bucketCount
        for column in columns.indices {
            let cells = values[column]
            if isWhole, columns[column].isEmpty {
                columns[column] = cells
            } else {
                for bucket in shown { columns[column].append(cells[bucket]) }
            }
        }
    }

    /// The columns of a plan with expressions or conditions; NaN in all of them where a condition does not hold.
    private static func computed(_ aggregates: [[Double]], _ plan: SelectPlan, bucketCount: Int) -> [[Double]] {
        var values = Array(repeating: Array(repeating: Double.nan, count: bucketCount), count: plan.columns.count)
        for bucket in 0..<bucketCount {
            let row = aggregates.map { $0[bucket] }
            guard plan.having.allSatisfy({ $0.holds(row) }) else { continue }
            for (index, column) in plan.columns.enumerated() { values[index][bucket] = column.expression.value(row) }
        }
        return values
    }

    private static func latestTime(
        _ plan: SelectPlan, slot: Int, _ bucket: Int, _ table: borrowing CellTable
    ) -> Int64? {
        var time: Int64?
        for metric in plan.metrics.indices {
            guard let last = table.lastTime(of: (slot + metric) * table.bucketCount + bucket) else { continue }
            time = max(time ?? .min, last)
        }
        return time
    }

    /// What rows show as their times.
    func times(in grid: BucketGrid) -> [Int64] {
        latestTimes.isEmpty ? buckets.map { grid.bucketStart(Int($0)) } : latestTimes
    }

    /// Puts in the statistics that need the samples, metric by metric, so that samples are copied once.
    private static func fill(
        _ aggregates: inout [[Double]], _ plan: SelectPlan, slot: Int, _ table: borrowing CellTable,
        _ scratch: inout OrderedValues
    ) {
        for metric in plan.metrics.indices where plan.needs(of: metric).contains(.values) {
            for bucket in 0..<table.bucketCount {
                let cell = (slot + metric) * table.bucketCount + bucket
                table.copySamples(of: cell, to: &scratch)
                // nil where the samples alone are enough.
                var distribution = table.distribution(of: cell, scratch, plan.statisticPath)
                for (index, aggregate) in plan.aggregates.enumerated() where aggregate.metric == metric {
                    guard case .extended(let statistic) = aggregate.function else { continue }
                    let value =
                        distribution == nil
                        ? scratch.finiteValue(of: statistic) : distribution?.result(statistic).value
                    aggregates[index][bucket] = value ?? .nan
                }
            }
        }
    }

    /// Appends the later buckets of the same group.
    mutating func append(_ later: ResultSeries) {
        buckets += later.buckets
        latestTimes += later.latestTimes
        for column in columns.indices { columns[column] += later.columns[column] }
    }

    var isEmpty: Bool { buckets.isEmpty }

    /// Aggregates the points of the first column to one number.
    mutating func setRank(by function: AggregateFunction) {
        let points = columns[0].filter { !$0.isNaN }
        guard let minimum = points.min(), let maximum = points.max(), let last = points.last else { return }
        var sum = ExactSum()
        points.withUnsafeBufferPointer { sum.add($0) }
        switch function {
        case .average: rank = sum.value / Double(points.count)
        case .count: rank = Double(points.count)
        case .last: rank = last
        case .maximum: rank = maximum
        case .minimum: rank = minimum
        case .sum: rank = sum.value
        case .extended(let statistic):
            var values = OrderedValues(points)
            rank = values.finiteValue(of: statistic) ?? .nan
        }
    }

    /// The order of ORDER BY: by rank, without one at the end; equal ranks by key values.
    static func precedes(_ left: ResultSeries, _ right: ResultSeries, isDescending: Bool) -> Bool {
        if left.rank.isNaN != right.rank.isNaN { return right.rank.isNaN }
        if left.rank == right.rank || left.rank.isNaN {
            return SelectPlan.precedes(left.groupValues, right.groupValues)
        }
        return (left.rank < right.rank) != isDescending
    }
}
