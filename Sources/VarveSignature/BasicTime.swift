import VarveModel

/// Times as signatures write them: `20260115T120000Z`, and the older `Thu, 15 Jan 2026 12:00:00 GMT`.
package enum BasicTime {
    /// ISO 8601's basic form of a time in seconds since 1970, years 0000 to 9999.
    package static func format(_ seconds: Int64) -> String {
        let day = seconds.flooredQuotient(by: secondsPerDay)
        let second = seconds - day * secondsPerDay
        let date = CivilDate.civil(fromDays: day)
        return String(unsafeUninitializedCapacity: 16) { text in
            write(date.year, into: text[0..<4])
            write(date.month, into: text[4..<6])
            write(date.day, into: text[6..<8])
            text[8] = UInt8(ascii: "T")
            write(second / 3_600, into: text[9..<11])
            write(second / 60 % 60, into: text[11..<13])
            write(second % 60, into: text[13..<15])
            text[15] = UInt8(ascii: "Z")
            return 16
        }
    }

    /// Seconds since 1970 of exactly `YYYYMMDDTHHMMSSZ`, or nil.
    package static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        guard let year = number(bytes[0..<4]), let month = number(bytes[4..<6]), let day = number(bytes[6..<8]),
            let hour = number(bytes[9..<11]), let minute = number(bytes[11..<13]), let second = number(bytes[13..<15])
        else { return nil }
        return instant(year, month, day, hour, minute, second)
    }

    /// Seconds since 1970 of an RFC 1123 date such as `Thu, 15 Jan 2026 12:00:00 GMT`, or nil. The day of the week is
    /// not looked at.
    static func parseRFC1123(_ text: String) -> Int64? {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[0].utf8.count == 4, fields[0].last == ",", fields[5] == "GMT" else {
            return nil
        }
        let clock = fields[4].split(separator: ":", omittingEmptySubsequences: false)
        guard let month = months.firstIndex(of: String(fields[2])), clock.count == 3, fields[3].utf8.count == 4,
            (1...2).contains(fields[1].utf8.count), clock.allSatisfy({ $0.utf8.count == 2 }),
            let day = number(Array(fields[1].utf8)[...]), let year = number(Array(fields[3].utf8)[...]),
            let hour = number(Array(clock[0].utf8)[...]), let minute = number(Array(clock[1].utf8)[...]),
            let second = number(Array(clock[2].utf8)[...])
        else { return nil }
        return instant(year, Int64(month) + 1, day, hour, minute, second)
    }

    private static let secondsPerDay: Int64 = 86_400
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func instant(
        _ year: Int64, _ month: Int64, _ day: Int64, _ hour: Int64, _ minute: Int64, _ second: Int64
    ) -> Int64? {
        guard (1...12).contains(month), day >= 1, day <= CivilDate.daysInMonth(year: year, month: month), hour < 24,
            minute < 60, second < 60
        else { return nil }
        return CivilDate.days(year: year, month: month, day: day) * secondsPerDay + hour * 3_600 + minute * 60 + second
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return digits.isEmpty ? nil : value
    }

    /// With zeros in front; the lower digits of a number that has more.
    private static func write(_ number: Int64, into text: Slice<UnsafeMutableBufferPointer<UInt8>>) {
        var (rest, text) = (number.magnitude, text)
        for index in text.indices.reversed() {
            text[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}
