/// What is known of a run of values without decoding it. Format: Docs/Format/segment.md, "Block index".
///
/// NaN and ±Inf are counted and left out of `minimum`, `maximum`; the sum follows IEEE (``ExactSum``).
package struct BlockStatistics: Sendable, Equatable {
    /// Values, NaN and infinities included.
    package var count: Int
    /// NaN values among them.
    package var nanCount: Int
    /// Smallest and largest finite value; nil when there is none. A zero is always +0.0.
    package var minimum: Double?
    package var maximum: Double?
    /// First and last value in row order; 0 when `count` is 0.
    package var first: Double
    package var last: Double
    /// Exact, so that a result does not depend on how rows are cut into blocks.
    package var sum: ExactSum

    /// Puts statistics together that were stored.
    package init(
        count: Int, nanCount: Int, minimum: Double?, maximum: Double?, first: Double, last: Double, sum: ExactSum
    ) {
        self.count = count
        self.nanCount = nanCount
        self.minimum = minimum
        self.maximum = maximum
        self.first = first
        self.last = last
        self.sum = sum
    }

    /// Statistics of no rows.
    package init() {
        self.init(count: 0, nanCount: 0, minimum: nil, maximum: nil, first: 0, last: 0, sum: ExactSum())
    }

    /// Statistics of `values` in row order. Hot: once per block; about 1 ns per value.
    package init(of values: UnsafeBufferPointer<Double>) {
        self.init()
        guard let first = values.first, let last = values.last else { return }
        count = values.count
        self.first = first
        self.last = last
        var range = FiniteRange()
        sum.forEachChunk(of: values) { chunk, ends in
            if let ends { range.add(ends.low, ends.high) } else { range.add(contentsOf: chunk) }
        }
        nanCount = range.nanCount
        guard range.minimum <= range.maximum else { return }
        // −0.0 + 0.0 is +0.0, so that which zero came first does not show.
        minimum = range.minimum + 0
        maximum = range.maximum + 0
    }

    /// Appends the statistics of rows that follow these.
    package mutating func merge(_ next: BlockStatistics) {
        if next.count == 0 { return }
        if count == 0 { first = next.first }
        last = next.last
        count += next.count
        nanCount += next.nanCount
        minimum = Self.choose(minimum, next.minimum, min)
        maximum = Self.choose(maximum, next.maximum, max)
        sum.merge(next.sum)
    }

    /// Equal by bit pattern of `first` and `last`, so that statistics with a NaN there equal themselves.
    package static func == (left: BlockStatistics, right: BlockStatistics) -> Bool {
        left.count == right.count && left.nanCount == right.nanCount && left.minimum == right.minimum
            && left.maximum == right.maximum && left.first.bitPattern == right.first.bitPattern
            && left.last.bitPattern == right.last.bitPattern && left.sum == right.sum
    }

    private static func choose(_ one: Double?, _ other: Double?, _ pick: (Double, Double) -> Double) -> Double? {
        guard let one, let other else { return one ?? other }
        return pick(one, other)
    }
}

/// Extremes of the finite values of a run; `minimum` > `maximum` when there is none.
private struct FiniteRange {
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var nanCount = 0

    /// Takes in a part whose extremes are known, all of it finite.
    mutating func add(_ low: Double, _ high: Double) {
        minimum = Swift.min(minimum, low)
        maximum = Swift.max(maximum, high)
    }

    /// Takes in a part that may hold anything.
    mutating func add(contentsOf values: UnsafeBufferPointer<Double>) {
        for value in values {
            if value.isNaN { nanCount += 1 }
            if value.isFinite { add(value, value) }
        }
    }
}
