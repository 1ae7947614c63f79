package import VarveCodec
import VarveModel

/// What is known of the rows of one series in one span of time. Mergeable without any loss, in any order.
package struct RollupBucket: Equatable, Sendable {
    /// The span is `[number · width, (number + 1) · width)`.
    package var number: Int64
    /// Rows, those that are not finite included; at least 1.
    package var rowCount: Int
    /// NaN and infinities: they are in none of the figures below.
    package var nonFiniteCount: Int
    /// Smallest and largest finite value; nil when there is none. A zero is always +0.0.
    package var minimum: Double?
    package var maximum: Double?
    /// Of the finite values.
    package var sum: ExactSum

    /// Sums up rows of one span. About 2 ns per value.
    package init(number: Int64, of values: UnsafeBufferPointer<Double>) {
        let statistics = BlockStatistics(of: values)
        self.number = number
        rowCount = values.count
        nonFiniteCount = 0
        (minimum, maximum) = (statistics.minimum, statistics.maximum)
        sum = statistics.sum
        // A finite sum has met no special value; any other is rare and looked at value by value.
        if statistics.nanCount == 0, sum.value.isFinite { return }
        sum = ExactSum()
        for value in values {
            if value.isFinite { sum.add(value) } else { nonFiniteCount += 1 }
        }
    }

    init(
        number: Int64, rowCount: Int, nonFiniteCount: Int, minimum: Double?, maximum: Double?, sum: ExactSum
    ) {
        self.number = number
        self.rowCount = rowCount
        self.nonFiniteCount = nonFiniteCount
        self.minimum = minimum
        self.maximum = maximum
        self.sum = sum
    }

    /// Adds the rows of a bucket of the same span.
    mutating func merge(_ other: RollupBucket) {
        // Wraps on nothing but forged files, where it harms nobody: verification finds the difference.
        rowCount &+= other.rowCount
        nonFiniteCount &+= other.nonFiniteCount
        if let value = other.minimum { minimum = min(minimum ?? value, value) }
        if let value = other.maximum { maximum = max(maximum ?? value, value) }
        sum.merge(other.sum)
    }
}

/// The rows of one series summed up in buckets of one width.
package struct Rollup: Equatable, Sendable {
    /// Nanoseconds; at least ``widthMin``.
    package let width: Int64
    /// Ascending by number; spans without rows are absent.
    package private(set) var buckets: [RollupBucket]

    /// Bucket numbers times widths then stay representable with one to spare.
    static let widthMin = Nanoseconds.perSecond

    package init(width: Int64) { self.init(width: width, buckets: []) }

    init(width: Int64, buckets: [RollupBucket]) {
        self.width = width
        self.buckets = buckets
    }

    /// Rows of all buckets.
    package var rowCount: Int { buckets.reduce(0) { $0 &+ $1.rowCount } }

    /// The buckets whose numbers lie in `numbers`. O(log buckets), O(1) where no span is absent.
    func clipped(to numbers: Range<Int64>) -> RollupSlice {
        let start = firstIndex(from: numbers.lowerBound)
        return RollupSlice(width: width, buckets: buckets[start..<max(start, firstIndex(from: numbers.upperBound))])
    }

    /// Index of the first bucket whose number is `number` or larger.
    private func firstIndex(from number: Int64) -> Int {
        guard let first = buckets.first?.number, let last = buckets.last?.number else { return 0 }
        if number <= first { return 0 }
        if number > last { return buckets.count }
        // Numbers are products of times and widths of a second or more: the differences are small.
        if last - first == buckets.count - 1 { return Int(number - first) }
        return buckets.partitioningIndex { $0.number >= number }
    }

    /// The same rows summed up in buckets `factor` times as wide.
    func widened(by factor: Int64) -> Rollup {
        var wide = Rollup(width: width * factor)
        for var bucket in buckets {
            bucket.number = bucket.number.flooredQuotient(by: factor)
            wide.add(bucket)
        }
        return wide
    }

    /// Adds rows of one span. O(1) in time order.
    mutating func add(_ bucket: RollupBucket) {
        guard let last = buckets.last, bucket.number <= last.number else { return buckets.append(bucket) }
        let index =
            last.number == bucket.number
            ? buckets.count - 1 : buckets.partitioningIndex { $0.number >= bucket.number }
        if buckets[index].number == bucket.number {
            buckets[index].merge(bucket)
        } else {
            buckets.insert(bucket, at: index)
        }
    }

    /// Adds rows that are summed up in buckets of the same width. O(both).
    mutating func merge(_ other: Rollup) {
        precondition(other.width == width, "only rollups of one width can be merged")
        guard let last = buckets.last, let first = other.buckets.first, first.number <= last.number else {
            return buckets.append(contentsOf: other.buckets)
        }
        var merged: [RollupBucket] = []
        merged.reserveCapacity(buckets.count + other.buckets.count)
        var rest = other.buckets[...]
        for var bucket in buckets {
            while let next = rest.first, next.number <= bucket.number {
                rest = rest.dropFirst()
                if next.number == bucket.number { bucket.merge(next) } else { merged.append(next) }
            }
            merged.append(bucket)
        }
        buckets = merged + rest
    }

    mutating func removeAll() { buckets.removeAll(keepingCapacity: true) }
}

/// Some neighbouring buckets of a rollup.
package struct RollupSlice: Sendable {
    /// Nanoseconds.
    package let width: Int64
    /// Ascending by number; spans without rows are absent.
    package let buckets: ArraySlice<RollupBucket>

    /// Rows of all buckets.
    package var rowCount: Int { buckets.reduce(0) { $0 &+ $1.rowCount } }
}

/// Sums up the rows of one series in buckets of several widths, from the rows themselves or from rollups of some of
/// them. Rows and rollups may come in any order and may share buckets; time order is fastest.
package struct RollupAccumulator: Sendable {
    /// One per width, ascending. They agree unless ``merge(_:)`` was given some widths only.
    package private(set) var rollups: [Rollup]

    /// - Parameter widths: ascending, each a multiple of the one before; as in ``RollupPolicy/widths``.
    package init(widths: [Int64]) { rollups = widths.map { Rollup(width: $0) } }

    /// Adds rows, in time order.
    package mutating func add(timestamps: TimestampColumn, values: UnsafeBufferPointer<Double>) {
        guard let width = rollups.first?.width else { return }
        add(RollupRun.runs(of: timestamps, rowCount: values.count, width: width), values, tier: 0)
    }

    /// Adds the rows of a rollup to the rollup of the same width; widths that are not wanted are left out.
    package mutating func merge(_ rollup: Rollup) {
        guard let tier = rollups.firstIndex(where: { $0.width == rollup.width }) else { return }
        rollups[tier].merge(rollup)
    }

    /// Adds rows cut into runs by the width number `tier`, to that and all larger widths.
    mutating func add(_ runs: some Sequence<RollupRun>, _ values: UnsafeBufferPointer<Double>, tier: Int) {
        var start = 0
        for run in runs {
            var bucket = RollupBucket(
                number: run.number, of: UnsafeBufferPointer(rebasing: values[start..<run.end]))
            rollups[tier].add(bucket)
            for larger in rollups.indices.dropFirst(tier + 1) {
                bucket.number = run.number.flooredQuotient(by: rollups[larger].width / rollups[tier].width)
                rollups[larger].add(bucket)
            }
            start = run.end
        }
    }

    mutating func removeAll() {
        for tier in rollups.indices { rollups[tier].removeAll() }
    }
}

/// Neighbouring rows that lie in one bucket: they begin where the run before ends.
struct RollupRun {
    /// Number of the bucket.
    var number: Int64
    /// The first row behind the run.
    var end: Int

    /// Cuts ascending rows by bucket. One comparison per row, one division per run.
    static func runs(of timestamps: TimestampColumn, rowCount: Int, width: Int64) -> [RollupRun] {
        var runs: [RollupRun] = []
        var row = 0
        while row < rowCount {
            let number = timestamps[row].flooredQuotient(by: width)
            // |number| is far from the limits, because a width is a second or more.
            let (border, overflow) = (number + 1).multipliedReportingOverflow(by: width)
            row += 1
            while row < rowCount, overflow || timestamps[row] < border { row += 1 }
            runs.append(RollupRun(number: number, end: row))
        }
        return runs
    }
}
