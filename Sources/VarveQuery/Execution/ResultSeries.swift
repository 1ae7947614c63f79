import VarveCodec

/// The finished result of one group: compact, because many are held while the best are chosen.
struct ResultSeries {
    let groupValues: [String]
    /// Buckets with a value, ascending.
    private(set) var buckets: [Int32] = []
    /// Per bucket one value per column; NaN where a column has none.
    private(set) var values: [Double] = []
    /// Per bucket the time of the latest sample, where rows carry that.
    private var latestTimes: [Int64] = []
    let columnCount: Int
    /// What ORDER BY compares; NaN without ORDER BY and without points.
    private(set) var rank = Double.nan

    init(_ group: SelectPlan.Group, columnCount: Int) {
        groupValues = group.values
        self.columnCount = columnCount
    }

    /// Appends the buckets of a table, the first of which is number `firstBucket` of the plan.
    /// - Parameters:
    ///   - slot: row of the group's first metric in the table.
    ///   - scratch: room for the samples of a bucket.
    mutating func append(
        _ plan: SelectPlan, slot: Int, table: borrowing CellTable, firstBucket: Int, scratch: inout OrderedValues
    ) {
        var aggregates = [Double](repeating: .nan, count: plan.aggregates.count)
        let hasExtended = plan.hasExtended
        for bucket in 0..<table.bucketCount {
            for (index, aggregate) in plan.aggregates.enumerated() {
                let cell = (slot + aggregate.metric) * table.bucketCount + bucket
                aggregates[index] = table.value(aggregate.function, of: cell) ?? .nan
            }
            if hasExtended { Self.fill(&aggregates, plan, slot: slot, bucket, table, &scratch) }
            guard plan.having.allSatisfy({ $0.holds(aggregates) }) else { continue }
            let time = plan.isOfLatest ? Self.latestTime(plan, slot: slot, bucket, table) : nil
            append(plan.columns, aggregates, bucket: firstBucket + bucket, latestTime: time)
        }
    }

    private mutating func append(
        _ columns: [SelectPlan.Column], _ aggregates: [Double], bucket: Int, latestTime: Int64?
    ) {
        var isEmpty = true
        for column in columns {
            let value = column.aggregate.map { aggregates[$0] } ?? column.expression.value(aggregates)
            values.append(value)
            isEmpty = isEmpty && value.isNaN
        }
        if isEmpty { return values.removeLast(columnCount) }
        buckets.append(Int32(bucket))
        if let latestTime { latestTimes.append(latestTime) }
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

    /// What a row shows as its time.
    func time(row: Int, in grid: BucketGrid) -> Int64 {
        latestTimes.isEmpty ? grid.bucketStart(Int(buckets[row])) : latestTimes[row]
    }

    /// Puts in the statistics that need the samples, metric by metric, so that samples are copied once.
    private static func fill(
        _ aggregates: inout [Double], _ plan: SelectPlan, slot: Int, _ bucket: Int, _ table: borrowing CellTable,
        _ scratch: inout OrderedValues
    ) {
        for metric in plan.metrics.indices where plan.needs(of: metric).contains(.values) {
            let cell = (slot + metric) * table.bucketCount + bucket
            table.copySamples(of: cell, to: &scratch)
            // nil where the samples alone are enough.
            var distribution = table.distribution(of: cell, scratch, plan.statisticPath)
            for (index, aggregate) in plan.aggregates.enumerated() where aggregate.metric == metric {
                guard case .extended(let statistic) = aggregate.function else { continue }
                let value =
                    distribution == nil
                    ? scratch.finiteValue(of: statistic) : distribution?.result(statistic).value
                aggregates[index] = value ?? .nan
            }
        }
    }

    /// Appends the later buckets of the same group.
    mutating func append(_ later: ResultSeries) {
        buckets += later.buckets
        latestTimes += later.latestTimes
        values += later.values
    }

    var isEmpty: Bool { buckets.isEmpty }

    /// nil where the column has no value.
    func value(row: Int, column: Int) -> Double? {
        let value = values[row * columnCount + column]
        return value.isNaN ? nil : value
    }

    /// Aggregates the points of the first column to one number.
    mutating func setRank(by function: AggregateFunction) {
        let points = (0..<buckets.count).compactMap { value(row: $0, column: 0) }
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
