package import VarveModel

/// The slots of a queried window: `count` starts of periods, `periodNs` apart. Unlike a ``BucketGrid`` it may begin
/// anywhere: the service counts periods from the start of the request.
package struct MathGrid: Hashable, Sendable {
    /// Nanoseconds since 1970 of slot 0.
    package let start: Int64
    /// At least 1.
    package let periodNs: Int64
    package let count: Int

    /// - Precondition: `periodNs >= 1`, `count >= 0`, and the start of the last slot is representable.
    package init(start: Int64, periodNs: Int64, count: Int) {
        precondition(periodNs >= 1 && count >= 0, "a grid needs a positive period and no negative count")
        let last = Int128(start) + Int128(max(0, count - 1)) * Int128(periodNs)
        precondition(last <= Int128(Int64.max), "the last slot must be representable")
        self.start = start
        self.periodNs = periodNs
        self.count = count
    }

    /// The buckets of a SELECT.
    package init(_ grid: BucketGrid) {
        self.init(start: grid.start, periodNs: grid.periodNs, count: grid.count)
    }

    /// The whole periods of `range`, counted from its start.
    /// - Parameter includesLast: also the one that has begun at its end.
    /// - Throws: `.limit` when there are more than ``QueryLimits/bucketsMax``.
    /// - Precondition: `periodNs >= 1`.
    package init(over range: TimeRange, periodNs: Int64, includesLast: Bool = false) throws(MathError) {
        let (whole, rest) = UInt64(bitPattern: range.end &- range.start).quotientAndRemainder(
            dividingBy: UInt64(periodNs))
        let count = includesLast && rest > 0 ? whole + 1 : whole
        guard count <= UInt64(QueryLimits.bucketsMax) else {
            throw MathError(
                .limit,
                "the range has \(count) periods of \(DurationText.format(periodNs)), the limit is "
                    + "\(QueryLimits.bucketsMax) periods per series; take a longer period or a shorter range")
        }
        self.init(start: range.start, periodNs: periodNs, count: Int(count))
    }

    /// Start of a slot, nanoseconds since 1970.
    package func time(_ slot: Int) -> Int64 {
        // The product may wrap around, the sum then wraps back: it is representable.
        start &+ Int64(slot) &* periodNs
    }

    /// The slot that starts at `time`; nil when none does.
    func slot(at time: Int64) -> Int? {
        guard count > 0, time >= start, time <= self.time(count - 1) else { return nil }
        let distance = UInt64(bitPattern: time &- start)
        guard distance % UInt64(periodNs) == 0 else { return nil }
        return Int(truncatingIfNeeded: distance / UInt64(periodNs))
    }

    /// Where every slot of `other` lies among the slots of this grid: the first one and the distance between two;
    /// nil when one of them lies between or outside.
    func embedding(of other: MathGrid) -> (first: Int, stride: Int)? {
        guard other.count > 0 else { return (0, 1) }
        guard let first = slot(at: other.start) else { return nil }
        guard other.count > 1 else { return (first, 1) }
        guard other.periodNs % periodNs == 0, slot(at: other.time(other.count - 1)) != nil else { return nil }
        return (first, Int(truncatingIfNeeded: other.periodNs / periodNs))
    }
}
