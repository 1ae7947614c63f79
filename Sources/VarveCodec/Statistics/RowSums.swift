/// Count, extremes and exact sum of the finite values of some rows.
package struct RowSums: Sendable, Equatable {
    /// Finite values.
    package private(set) var count = 0
    /// Smallest and largest value; +∞ and −∞ without any.
    package private(set) var minimum = Double.infinity
    package private(set) var maximum = -Double.infinity
    /// Zero where sums were not asked for.
    package private(set) var sum = ExactSum()

    /// Sums of no rows.
    package init() {}

    /// Adds rows that are not summed up.
    mutating func add(count: Int, _ ends: (low: Double, high: Double)) {
        self.count += count
        minimum = min(minimum, ends.low)
        maximum = max(maximum, ends.high)
    }

    /// Adds to the sum of the rows.
    mutating func addSum(_ value: Double) { sum.add(value) }

    /// Adds `significand · 2^exponent` to the sum of the rows.
    mutating func addSum(significand: Int64, exponent: Int) { sum.add(significand: significand, exponent: exponent) }

    /// Adds finite values to the sum of the rows.
    mutating func addSum(_ values: UnsafeBufferPointer<Double>) { sum.add(values) }

    /// Adds rows, none of them NaN. False, with anything added, when one is infinite.
    mutating func add(_ values: UnsafeBufferPointer<Double>, wantsSum: Bool) -> Bool {
        var ends = (low: Double.infinity, high: -Double.infinity)
        if wantsSum {
            sum.forEachChunk(of: values) { chunk, known in
                let some = known ?? ExactSum.range(chunk)
                ends = (min(ends.low, some.low), max(ends.high, some.high))
            }
        } else {
            ends = ExactSum.range(values)
        }
        guard ends.low > -.infinity, ends.high < .infinity else { return values.isEmpty }
        add(count: values.count, ends)
        return true
    }
}
