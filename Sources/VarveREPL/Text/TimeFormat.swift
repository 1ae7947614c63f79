import VarveModel

/// Times as people read them, all of a column alike.
package struct TimeFormat: Sendable {
    private let zone: LocalZone
    /// Whether the date is written.
    package let showsDate: Bool
    /// Digits after the second: 0, 3, 6 or 9.
    private let fractionDigits: Int

    /// The shortest form that tells all of `timestampsNs` apart: the date is left out when all are on the day of `nowNs`, and
    /// fractions are written only when there are any.
    package init(fitting timestampsNs: some Sequence<Int64>, nowNs: Int64, zone: LocalZone) {
        let today = zone.calendarTime(ofNs: nowNs).dateText
        var showsDate = false
        var fractionDigits = 0
        for timestamp in timestampsNs {
            showsDate = showsDate || zone.calendarTime(ofNs: timestamp).dateText != today
            fractionDigits = max(fractionDigits, Self.fractionDigits(of: timestamp))
        }
        self.zone = zone
        self.showsDate = showsDate
        self.fractionDigits = fractionDigits
    }

    /// `2026-11-22 00:10:00.250`, without the parts that this format leaves out.
    package func text(ofNs timestampNs: Int64) -> String {
        let time = zone.calendarTime(ofNs: timestampNs)
        let clock = time.clockText + time.fractionText(digits: fractionDigits)
        return showsDate ? "\(time.dateText) \(clock)" : clock
    }

    /// The zone as `UTC` or `UTC+01:00`, at an instant.
    package static func zoneName(of zone: LocalZone, atNs timestampNs: Int64) -> String {
        let offset = zone.calendarTime(ofNs: timestampNs).offsetSeconds
        return offset == 0 ? "UTC" : "UTC" + CalendarTime.offsetText(offset)
    }

    /// RFC 3339 in UTC with as many digits as the instant needs: `2026-11-22T00:10:00.250Z`.
    package static func rfc3339(_ timestampNs: Int64) -> String {
        let time = LocalZone.utc.calendarTime(ofNs: timestampNs)
        return "\(time.dateText)T\(time.clockText)\(time.fractionText(digits: fractionDigits(of: timestampNs)))Z"
    }

    private static func fractionDigits(of timestampNs: Int64) -> Int {
        if timestampNs.isMultiple(of: Nanoseconds.perSecond) { return 0 }
        if timestampNs.isMultiple(of: Nanoseconds.perMillisecond) { return 3 }
        return timestampNs.isMultiple(of: Nanoseconds.perMicrosecond) ? 6 : 9
    }
}

extension CalendarTime {
    /// `2026-11-22`
    package var dateText: String { "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(day, 2))" }
    /// `00:10:00`
    package var clockText: String { "\(minuteText):\(Self.pad(second, 2))" }
    /// `00:10`
    package var minuteText: String { "\(Self.pad(hour, 2)):\(Self.pad(minute, 2))" }

    /// `.250` for three digits, nothing for none.
    package func fractionText(digits: Int) -> String {
        digits == 0 ? "" : "." + Self.pad(nanosecond, 9).prefix(digits)
    }

    /// `+01:00`
    package static func offsetText(_ offsetSeconds: Int) -> String {
        let minutes = abs(offsetSeconds) / 60
        return (offsetSeconds < 0 ? "-" : "+") + pad(minutes / 60, 2) + ":" + pad(minutes % 60, 2)
    }

    private static func pad(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

/// Lengths of time as people write and read them.
package enum ElapsedText {
    /// Two parts at most: `1h 30m`, `15m`, `45s`, `1.5s`, `250ms`.
    package static func short(ns: Int64) -> String {
        guard ns >= Nanoseconds.perSecond else { return subSecond(ns: ns) }
        if ns < 10 * Nanoseconds.perSecond, !ns.isMultiple(of: Nanoseconds.perSecond) {
            return NumberFormat.fixed(Double(ns) / 1e9, decimals: 1) + "s"
        }
        var rest = ns / Nanoseconds.perSecond
        var parts: [String] = []
        for (seconds, name) in units where rest >= seconds {
            parts.append("\(rest / seconds)\(name)")
            rest %= seconds
        }
        return parts.prefix(2).joined(separator: " ")
    }

    private static func subSecond(ns: Int64) -> String {
        if ns >= Nanoseconds.perMillisecond { return NumberFormat.fixed(Double(ns) / 1e6, decimals: 1) + "ms" }
        return NumberFormat.fixed(Double(ns) / 1e3, decimals: 0) + "µs"
    }

    private static let units: [(Int64, String)] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")]
}
