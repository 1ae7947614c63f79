/// A half-open span of time `[start, end)` in nanoseconds since 1970-01-01T00:00:00Z.
package struct TimeRange: Hashable, Sendable {
    package var start: Int64
    package var end: Int64

    /// - Precondition: `start <= end`.
    @inlinable
    package init(start: Int64, end: Int64) {
        precondition(start <= end, "a time range must not end before it starts")
        self.start = start
        self.end = end
    }

    /// Every representable instant except the very last nanosecond.
    package static let all = TimeRange(start: .min, end: .max)

    @inlinable
    package var isEmpty: Bool { start == end }

    @inlinable
    package func contains(_ timestamp: Int64) -> Bool { timestamp >= start && timestamp < end }

    /// Whether the closed span `first...last` has an instant in common with this range.
    @inlinable
    package func overlaps(first: Int64, last: Int64) -> Bool { first < end && last >= start }
}

/// Nanoseconds in the units that people write.
package enum Nanoseconds {
    package static let perMicrosecond: Int64 = 1_000
    package static let perMillisecond: Int64 = 1_000_000
    package static let perSecond: Int64 = 1_000_000_000
    package static let perMinute: Int64 = 60 * perSecond
    package static let perHour: Int64 = 60 * perMinute
    package static let perDay: Int64 = 24 * perHour
    package static let perWeek: Int64 = 7 * perDay
}
