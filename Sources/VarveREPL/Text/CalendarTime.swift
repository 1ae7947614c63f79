import Glibc
import VarveModel

/// An instant as a wall clock shows it.
package struct CalendarTime: Equatable, Sendable {
    package var year: Int
    /// 1…12.
    package var month: Int
    /// 1…31.
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    /// Nanoseconds of the second.
    package var nanosecond: Int
    /// Seconds east of Greenwich.
    package var offsetSeconds: Int
}

/// Where the reader's wall clock hangs.
package enum LocalZone: Sendable, Equatable {
    /// The process's time zone, from TZ or the system.
    case system
    /// A fixed distance from UTC, in seconds; for tests and for UTC itself.
    case fixed(offsetSeconds: Int)

    package static let utc = LocalZone.fixed(offsetSeconds: 0)

    /// The wall clock at an instant given in nanoseconds since 1970. Any instant of `Int64` has one (years 1677 to
    /// 2262).
    package func calendarTime(ofNs timestampNs: Int64) -> CalendarTime {
        let (seconds, nanosecond) = timestampNs.flooredQuotientAndRemainder(dividingBy: Nanoseconds.perSecond)
        var clock = time_t(seconds)
        var parts = tm()
        switch self {
        case .system: localtime_r(&clock, &parts)
        case .fixed(let offsetSeconds):
            clock += offsetSeconds
            gmtime_r(&clock, &parts)
            parts.tm_gmtoff = offsetSeconds
        }
        return CalendarTime(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec),
            nanosecond: Int(nanosecond), offsetSeconds: parts.tm_gmtoff
        )
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity, so that the remainder is never negative. `divisor > 0`.
    package func flooredQuotientAndRemainder(dividingBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
