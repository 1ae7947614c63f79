import VarveModel

/// Which rollups a builder keeps beside the rows. Why and at what cost: Docs/Design/0005-rollups-inside-segments.md.
package struct RollupPolicy: Hashable, Sendable {
    /// Widths of the buckets in nanoseconds, ascending, each a multiple of the one before, at least one second. Buckets
    /// are aligned to 1970.
    package let widths: [Int64]
    /// A width is kept for a series when its buckets have this many rows on average.
    package let rowsPerBucketMin: Int

    /// - Parameter rowsPerBucketMin: 1 keeps every width for every series.
    package init(widths: [Int64], rowsPerBucketMin: Int = Self.rowsPerBucketMinDefault) {
        precondition(widths.allSatisfy { $0 >= Rollup.widthMin }, "a rollup bucket is a second or longer")
        precondition(
            zip(widths, widths.dropFirst()).allSatisfy { $0 < $1 && $1 % $0 == 0 },
            "each width of a rollup is a multiple of the one before")
        self.widths = widths
        self.rowsPerBucketMin = rowsPerBucketMin
    }

    /// No rollups: for segments that will soon be rewritten, and for kinds whose rows are not numbers.
    package static let none = RollupPolicy(widths: [])
    /// 5 min and 1 h, where they pay: for segments that stay.
    package static let standard = RollupPolicy(widths: [5 * Nanoseconds.perMinute, Nanoseconds.perHour])

    /// A bucket takes 3 to 4 B for integers and 7 to 9 B for two decimals (measured), the rows take 0.3 to 0.4 B and
    /// 1.2 B: with 60 rows per bucket a rollup adds a sixth to either at the very most. At one row per 10 s that keeps
    /// 1 h (360 rows; 0.011 B per integer, 3 %) and leaves out 5 min (30 rows; 0.085 B, 22 %).
    package static let rowsPerBucketMinDefault = 60

    /// Whether so many rows are enough for so many buckets. The first and the last one, which rows seldom fill, count
    /// as one.
    func pays(rowCount: Int, bucketCount: Int) -> Bool { rowCount >= max(1, bucketCount - 1) * rowsPerBucketMin }

    /// Whether a width can be given up after one time block: rows spread over more than eight buckets, so that its
    /// two cut ones do not matter, with less than half of the wanted rows in each.
    func isHopeless(rowCount: Int, bucketCount: Int) -> Bool {
        bucketCount > 8 && rowCount < bucketCount * rowsPerBucketMin / 2
    }
}
