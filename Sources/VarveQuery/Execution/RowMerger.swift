import VarveModel
import VarveStore

/// All samples of one source, put together to rows: samples of one time make one row, and of several samples of a
/// metric at one time the first ones belong together.
struct RowMerger {
    /// By metric.
    private(set) var columns: [SampleColumn]
    /// The metrics that a row must satisfy a condition on.
    let conditions: [RowsPlan.ValueCondition]

    init(metricCount: Int, conditions: [RowsPlan.ValueCondition]) {
        columns = Array(repeating: SampleColumn(), count: metricCount)
        self.conditions = conditions
    }

    /// Adds the rows of a chunk that lie in `range`; returns how many.
    mutating func add(_ samples: DecodedSamples, metric: Int, in range: TimeRange) -> Int {
        columns[metric].add(samples, in: range)
    }

    /// Hands out the rows, ascending by time. O(samples) where they came in order.
    mutating func forEachRow(_ body: (_ time: Int64, _ values: [Double?]) throws(QueryError) -> Void) throws(QueryError)
    {
        for index in columns.indices { columns[index].sort() }
        var next = [Int](repeating: 0, count: columns.count)
        var values = [Double?](repeating: nil, count: columns.count)
        while true {
            var time: Int64?
            for (column, row) in zip(columns, next) where row < column.times.count {
                time = min(time ?? .max, column.times[row])
            }
            guard let time else { return }
            for index in columns.indices {
                let row = next[index]
                let isThere = row < columns[index].times.count && columns[index].times[row] == time
                values[index] = isThere ? columns[index].values[row] : nil
                if isThere { next[index] += 1 }
            }
            if conditions.allSatisfy({ $0.holds(values) }) { try body(time, values) }
        }
    }

    /// The rows where all metrics that there are have the same times, each once, and there are no conditions: then they
    /// are columns already.
    mutating func sharedRows() -> (times: [Int64], columns: [RowColumn])? {
        guard conditions.isEmpty, let times = columns.first(where: { !$0.times.isEmpty })?.times else { return nil }
        guard zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
        guard columns.allSatisfy({ $0.times.isEmpty || $0.times == times }) else { return nil }
        return (times, columns.map { $0.times.isEmpty ? RowColumn(missing: times.count) : RowColumn($0.values) })
    }
}

extension RowsPlan.ValueCondition {
    /// False for a row without the metric.
    func holds(_ values: [Double?]) -> Bool {
        guard let metric, let value = values[metric] else { return false }
        return comparison.holds(value, self.value)
    }
}

/// The samples of one metric of one source.
struct SampleColumn {
    private(set) var times: [Int64] = []
    private(set) var values: [Double] = []
    private var isSorted = true

    /// Adds the rows in `range`; returns how many.
    mutating func add(_ samples: DecodedSamples, in range: TimeRange) -> Int {
        switch samples.timestamps {
        case .regular(let first, let step):
            add(RegularTimes(first: first, step: step, count: samples.values.count), samples.values, in: range)
        case .explicit(let timestamps): add(ExplicitTimes(timestamps: timestamps), samples.values, in: range)
        }
    }

    private mutating func add(
        _ chunkTimes: some RowTimes, _ chunkValues: UnsafeBufferPointer<Double>, in range: TimeRange
    ) -> Int {
        let rows = chunkTimes.rows(in: range)
        guard !rows.isEmpty else { return 0 }
        if let last = times.last, last > chunkTimes.time(of: rows.lowerBound) { isSorted = false }
        times.append(contentsOf: rows.lazy.map { chunkTimes.time(of: $0) })
        values.append(contentsOf: chunkValues[rows])
        return rows.count
    }

    /// By time; equal times as they came. Free when that is how they came.
    mutating func sort() {
        if isSorted { return }
        let order = RadixOrder.ascending(times.map { UInt64(bitPattern: $0) ^ 1 << 63 })
        times = order.map { times[Int($0)] }
        values = order.map { values[Int($0)] }
        isSorted = true
    }
}
