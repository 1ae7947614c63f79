package import VarveModel

/// The buckets of a query: `count` half-open spans of `periodNs`, aligned to 1970 at multiples of the period.
package struct BucketGrid: Equatable, Sendable {
    /// Start of bucket 0, a multiple of `periodNs`.
    package let start: Int64
    /// At least 1.
    package let periodNs: Int64
    package let count: Int
    /// End of the last bucket: representable, as every border before it.
    package let end: Int64

    /// The buckets from the one that holds `since` to the last one that ends by `until`; with `isOpenEnded` to the one
    /// that holds `until`.
    ///
    /// The start is rounded down, so that the first bucket is whole; an explicit end is rounded down as the service
    /// does it, so that the last bucket is whole too. At the two ends of time, where a rounded border is not
    /// representable, the bucket that would need it is left out.
    /// - Returns: nil when there would be more than `countMax` buckets.
    /// - Precondition: `since <= until`, `periodNs >= 1`.
    package init?(since: Int64, until: Int64, isOpenEnded: Bool, periodNs: Int64, countMax: Int) {
        precondition(since <= until && periodNs >= 1, "a grid needs an ordered range and a positive period")
        let first = Self.floor(since, periodNs) ?? Self.floor(since + periodNs, periodNs) ?? 0
        var last = Self.floor(until, periodNs) ?? first
        if isOpenEnded {
            let (next, overflow) = last.addingReportingOverflow(periodNs)
            if !overflow { last = next }
        }
        start = first
        end = max(first, last)
        self.periodNs = periodNs
        let buckets = Self.distance(from: first, to: end) / UInt64(periodNs)
        guard buckets <= UInt64(countMax) else { return nil }
        count = Int(buckets)
    }

    /// One bucket, not aligned to anything.
    /// - Returns: nil when the range is empty or longer than 292 years.
    init?(whole range: TimeRange) {
        let (width, overflow) = range.end.subtractingReportingOverflow(range.start)
        guard !overflow, width > 0 else { return nil }
        self.init(start: range.start, periodNs: width, count: 1, end: range.end)
    }

    private init(start: Int64, periodNs: Int64, count: Int, end: Int64) {
        self.start = start
        self.periodNs = periodNs
        self.count = count
        self.end = end
    }

    /// The slots of metric math as buckets, wherever they begin. Slots that would end beyond the end of time are left
    /// out.
    init(_ grid: MathGrid) {
        var count = grid.count
        var end = grid.start
        while count > 0 {
            let (width, isWide) = Int64(count).multipliedReportingOverflow(by: grid.periodNs)
            let (sum, isLate) = grid.start.addingReportingOverflow(width)
            if !isWide && !isLate {
                end = sum
                break
            }
            count -= 1
        }
        self.init(start: grid.start, periodNs: grid.periodNs, count: count, end: end)
    }

    /// The largest width such that all borders of buckets are multiples of it, counted from 1970: that of rows summed
    /// up beforehand has to divide it.
    var alignmentNs: Int64 {
        var (left, right) = (UInt64(periodNs), start.magnitude)
        while right != 0 { (left, right) = (right, left % right) }
        return Int64(left)
    }

    /// Some of the buckets.
    func part(_ buckets: Range<Int>) -> BucketGrid {
        BucketGrid(
            start: bucketStart(buckets.lowerBound), periodNs: periodNs, count: buckets.count,
            end: bucketStart(buckets.upperBound))
    }

    /// What the buckets cover together.
    package var range: TimeRange { TimeRange(start: start, end: end) }

    /// - Precondition: `start <= timestamp < end`.
    @inline(__always)
    func index(of timestamp: Int64) -> Int {
        Int(truncatingIfNeeded: Self.distance(from: start, to: timestamp) / UInt64(periodNs))
    }

    /// The bucket in which all times of `first...last` lie; nil when they lie in several or outside.
    func bucket(holding first: Int64, _ last: Int64) -> Int? {
        guard first >= start, last < end else { return nil }
        let bucket = index(of: first)
        return bucket == index(of: last) ? bucket : nil
    }

    /// Cannot overflow: all borders lie between `start` and `end`.
    @inline(__always)
    func bucketStart(_ index: Int) -> Int64 { start &+ Int64(index) &* periodNs }

    /// `later - earlier`, which may not fit Int64.
    @inline(__always)
    static func distance(from earlier: Int64, to later: Int64) -> UInt64 { UInt64(bitPattern: later &- earlier) }

    /// The largest multiple of `periodNs` at or before `timestamp`, when representable.
    private static func floor(_ timestamp: Int64, _ periodNs: Int64) -> Int64? {
        let (product, overflow) = timestamp.flooredQuotient(by: periodNs).multipliedReportingOverflow(by: periodNs)
        return overflow ? nil : product
    }
}
