import VarveModel

/// A point in time as dashboards and widgets name it: `2026-11-22T10:00:00Z`, or as a distance from now, `-PT3H`.
package enum WidgetTime: Sendable, Equatable {
    /// Nanoseconds since 1970.
    case absolute(Int64)
    /// Calendar months and nanoseconds after now; before it when negative.
    case relative(months: Int64, nanoseconds: Int64)

    /// Now, `-PT0H`.
    package static let now = WidgetTime.relative(months: 0, nanoseconds: 0)
    /// Three hours ago, where the picture of a widget begins when nothing is said.
    package static let threeHoursAgo = WidgetTime.relative(months: 0, nanoseconds: -3 * Nanoseconds.perHour)

    /// nil when `text` is neither an ISO 8601 instant with a date nor a duration (`-P7D`, `-PT5M`, `-P1M`, `-P1DT6H`).
    package init?(_ text: String) {
        if let duration = ISODuration(text) {
            self = .relative(months: duration.months, nanoseconds: duration.nanoseconds)
            return
        }
        // A bare number is no time here, though `InstantText` takes it.
        guard text.utf8.contains(UInt8(ascii: "-")), let instant = try? InstantText.parse(text) else { return nil }
        self = .absolute(instant)
    }

    /// Nanoseconds since 1970, seen from `nowNs`. What lies beyond the range of 64 bits is its end. A month back from a
    /// day that the other month does not have is its last day.
    package func resolved(nowNs: Int64) -> Int64 {
        switch self {
        case .absolute(let instant): return instant
        case .relative(let months, let nanoseconds):
            let start = months == 0 ? Int128(nowNs) : Self.adding(months, to: nowNs)
            return Int64(clamping: start + Int128(nanoseconds))
        }
    }

    private static func adding(_ months: Int64, to nowNs: Int64) -> Int128 {
        let days = nowNs.flooredQuotient(by: Nanoseconds.perDay)
        let (year, month, day) = CivilDate.civil(fromDays: days)
        let count = year * 12 + month - 1 + months
        let newYear = count.flooredQuotient(by: 12)
        let newMonth = count - newYear * 12 + 1
        let newDay = min(day, CivilDate.daysInMonth(year: newYear, month: newMonth))
        let shiftedDays = CivilDate.days(year: newYear, month: newMonth, day: newDay) - days
        return Int128(nowNs) + Int128(shiftedDays) * Int128(Nanoseconds.perDay)
    }
}

/// A duration of ISO 8601, `[+|-]P[nY][nM][nW][nD][T[nH][nM][nS]]`, at least one part, whole numbers.
private struct ISODuration {
    var months: Int64 = 0
    var nanoseconds: Int64 = 0

    /// Thirty years of seconds have nine digits; more digits in one part are no duration that somebody means.
    private static let digitsMax = 9

    init?(_ text: String) {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        guard rest.popFirst() == UInt8(ascii: "P") else { return nil }
        var total: Int128 = 0
        var monthCount: Int64 = 0
        guard Self.readDateParts(&rest, &total, &monthCount) else { return nil }
        let sign: Int64 = isNegative ? -1 : 1
        // Months go through the calendar, whose years have to stay small; a thousand years are far enough.
        guard monthCount <= 12_000, let value = Int64(exactly: total) else { return nil }
        months = sign * monthCount
        nanoseconds = sign * value
    }

    /// Reads all parts in their order; false when one is unknown, repeated or missing.
    private static func readDateParts(
        _ rest: inout Substring.UTF8View.SubSequence, _ total: inout Int128, _ months: inout Int64
    ) -> Bool {
        var units = "YMWD".utf8[...]
        var isTime = false
        var count = 0
        while let first = rest.first {
            if first == UInt8(ascii: "T"), !isTime {
                rest.removeFirst()
                isTime = true
                units = "HMS".utf8[...]
                // A `T` with nothing behind it.
                guard !rest.isEmpty else { return false }
                continue
            }
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard !digits.isEmpty, digits.count <= digitsMax, let number = Int64(String(Substring(digits))) else {
                return false
            }
            rest = rest[digits.endIndex...]
            guard let unit = rest.popFirst(), let place = units.firstIndex(of: unit) else { return false }
            units = units[units.index(after: place)...]
            add(number, unit: unit, isTime: isTime, &total, &months)
            count += 1
        }
        return count > 0
    }

    private static func add(
        _ number: Int64, unit: UInt8, isTime: Bool, _ total: inout Int128, _ months: inout Int64
    ) {
        switch (unit, isTime) {
        case (UInt8(ascii: "Y"), _): months += number * 12
        case (UInt8(ascii: "M"), false): months += number
        case (UInt8(ascii: "W"), _): total += Int128(number) * Int128(Nanoseconds.perWeek)
        case (UInt8(ascii: "D"), _): total += Int128(number) * Int128(Nanoseconds.perDay)
        case (UInt8(ascii: "H"), _): total += Int128(number) * Int128(Nanoseconds.perHour)
        case (UInt8(ascii: "M"), true): total += Int128(number) * Int128(Nanoseconds.perMinute)
        default: total += Int128(number) * Int128(Nanoseconds.perSecond)
        }
    }
}
