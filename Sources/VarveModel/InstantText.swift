/// Points in time as people write them: ISO 8601 (`2026-11-22`, `2026-11-22T10:15:30.5Z`, `…+01:00`), UTC when no zone
/// is given, and numbers since 1970 in seconds, milli-, micro- or nanoseconds, told apart by their size.
package enum InstantText {
    /// Why a text is no instant.
    package enum Problem: Error, Equatable {
        case notATime
        /// A number so small that it was meant as something else.
        case numberTooSmall
        /// Outside 1677-09-21 … 2262-04-11, what nanoseconds in 64 bits can hold.
        case outOfRange
    }

    /// Numbers below this are refused: 10^8 s is 1973, and `SINCE 900` meant 900 s ago.
    private static let smallestNumber: Int64 = 100_000_000
    /// Below 10^11 a number counts seconds (until the year 5138), below 10^14 milliseconds, below 10^17 microseconds.
    private static let magnitudes: [(below: Int64, unitNs: Int64)] = [
        (100_000_000_000, Nanoseconds.perSecond), (100_000_000_000_000, Nanoseconds.perMillisecond),
        (100_000_000_000_000_000, Nanoseconds.perMicrosecond), (.max, 1),
    ]

    /// Nanoseconds since 1970.
    package static func parse(_ text: String) throws(Problem) -> Int64 {
        if text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) { return try parseNumber(text) }
        var scanner = Scanner(text)
        guard let days = scanner.date() else { throw .notATime }
        guard let (nanoseconds, zoneNs) = scanner.timeOfDay(), scanner.isAtEnd else { throw .notATime }
        let instant = Int128(days) * Int128(Nanoseconds.perDay) + Int128(nanoseconds) - Int128(zoneNs)
        guard let result = Int64(exactly: instant) else { throw .outOfRange }
        return result
    }

    private static func parseNumber(_ text: String) throws(Problem) -> Int64 {
        guard !text.isEmpty else { throw .notATime }
        guard let number = Int64(text) else { throw .outOfRange }
        guard number >= smallestNumber else { throw .numberTooSmall }
        let unitNs = magnitudes.first { number < $0.below }?.unitNs ?? 1
        let (result, overflow) = number.multipliedReportingOverflow(by: unitNs)
        guard !overflow else { throw .outOfRange }
        return result
    }

    /// ISO 8601 in UTC with as many digits of a second as needed: `2026-11-22T10:15:30.5Z`.
    package static func format(_ timestampNs: Int64) -> String {
        let day = timestampNs.flooredQuotient(by: Nanoseconds.perDay)
        // Cannot overflow: the product is the instant of midnight at or before; only the first day of the range needs
        // the wrapping form, and the difference is right in any case.
        let timeNs = timestampNs &- day &* Nanoseconds.perDay
        let (year, month, dayOfMonth) = CivilDate.civil(fromDays: day)
        let seconds = timeNs / Nanoseconds.perSecond
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        let time = "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(date)T\(time)\(fraction(timeNs % Nanoseconds.perSecond))Z"
    }

    private static func fraction(_ nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "" }
        var digits = padded(nanoseconds, 9)
        while digits.last == "0" { digits.removeLast() }
        return ".\(digits)"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

extension InstantText {
    /// Reads fixed-width numbers off the front of a text.
    private struct Scanner {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        /// `YYYY-MM-DD` as days since 1970, when such a day exists.
        mutating func date() -> Int64? {
            guard let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
                let day = number(digits: 2), (1...12).contains(month), day >= 1,
                day <= CivilDate.daysInMonth(year: year, month: month)
            else { return nil }
            return CivilDate.days(year: year, month: month, day: day)
        }

        /// `THH:MM[:SS[.fraction]][zone]`, or nothing at all, which is midnight UTC.
        mutating func timeOfDay() -> (nanoseconds: Int64, zoneNs: Int64)? {
            guard !isAtEnd else { return (0, 0) }
            guard take("T") || take("t") || take(" ") else { return nil }
            guard let hour = number(digits: 2), hour < 24, take(":"), let minute = number(digits: 2), minute < 60 else {
                return nil
            }
            var nanoseconds = hour * Nanoseconds.perHour + minute * Nanoseconds.perMinute
            if take(":") {
                guard let second = number(digits: 2), second < 60, let fraction = fraction() else { return nil }
                nanoseconds += second * Nanoseconds.perSecond + fraction
            }
            guard let zoneNs = zone() else { return nil }
            return (nanoseconds, zoneNs)
        }

        /// Digits after a point, as nanoseconds; 0 without a point, nil for more digits than nanoseconds have.
        private mutating func fraction() -> Int64? {
            guard take(".") else { return 0 }
            var result: Int64 = 0
            var place = Nanoseconds.perSecond / 10
            var count = 0
            while let digit = digit() {
                guard count < 9 else { return nil }
                result += digit * place
                place /= 10
                count += 1
            }
            return count == 0 ? nil : result
        }

        /// `Z`, `+HH`, `+HHMM`, `+HH:MM` or nothing (UTC).
        private mutating func zone() -> Int64? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let sign: Int64 = take("-") ? -1 : 1
            guard sign < 0 || take("+"), let hours = number(digits: 2), hours < 24 else { return nil }
            if isAtEnd { return sign * hours * Nanoseconds.perHour }
            _ = take(":")
            guard let minutes = number(digits: 2), minutes < 60 else { return nil }
            return sign * (hours * Nanoseconds.perHour + minutes * Nanoseconds.perMinute)
        }

        private mutating func number(digits: Int) -> Int64? {
            var result: Int64 = 0
            for _ in 0..<digits {
                guard let digit = digit() else { return nil }
                result = result * 10 + digit
            }
            return result
        }

        private mutating func digit() -> Int64? {
            guard let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            rest.removeFirst()
            return Int64(byte - UInt8(ascii: "0"))
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }
    }
}
