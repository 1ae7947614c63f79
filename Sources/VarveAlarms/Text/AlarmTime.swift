/// Instants as the service's alarms write them, all in UTC.
package enum AlarmTime {
    /// `2026-03-01T10:03:05.123+0000`, as in JSON documents.
    package static func iso(_ timestampNs: Int64) -> String {
        let fields = Fields(timestampNs)
        return "\(fields.date)T\(fields.time).\(padded(fields.millisecond, 3))+0000"
    }

    /// `2026-03-01T10:03:05Z`, as in the envelope of events.
    package static func envelope(_ timestampNs: Int64) -> String {
        let fields = Fields(timestampNs)
        return "\(fields.date)T\(fields.time)Z"
    }

    /// `01/03/26 10:03:05`, as in reasons.
    package static func short(_ timestampNs: Int64) -> String {
        let fields = Fields(timestampNs)
        let year = padded((fields.year % 100 + 100) % 100, 2)
        return "\(padded(fields.day, 2))/\(padded(fields.month, 2))/\(year) \(fields.time)"
    }

    /// `Friday 22 July, 2022 15:57:45 UTC`, as in reasons of composite alarms.
    package static func long(_ timestampNs: Int64) -> String {
        let fields = Fields(timestampNs)
        let month = months[fields.month - 1]
        return "\(weekdays[fields.weekday]) \(padded(fields.day, 2)) \(month), \(fields.year) \(fields.time) UTC"
    }

    /// The instant that ``iso(_:)`` wrote, or nil; to the millisecond.
    package static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        let shape = Array("dddd-dd-ddTdd:dd:dd.ddd+0000".utf8)
        guard bytes.count == shape.count else { return nil }
        for (byte, wanted) in zip(bytes, shape) {
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            guard wanted == UInt8(ascii: "d") ? isDigit : byte == wanted else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64 { bytes[range].reduce(0) { $0 * 10 + Int64($1 - 48) } }
        let (month, day) = (number(5..<7), number(8..<10))
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let days = daysSince1970(year: number(0..<4), month: month, day: day)
        let seconds = days * 86_400 + number(11..<13) * 3_600 + number(14..<16) * 60 + number(17..<19)
        let (product, isTooLarge) = (seconds * 1_000 + number(20..<23)).multipliedReportingOverflow(by: 1_000_000)
        return isTooLarge ? nil : product
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that the day that may
    /// be missing is the last; 400 years have 146 097 days.
    static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static let weekdays = [
        "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday",
    ]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// An instant taken apart.
    private struct Fields {
        let year, month, day, weekday, secondOfDay, millisecond: Int

        init(_ timestampNs: Int64) {
            let milliseconds = Self.floorDivide(timestampNs, 1_000_000)
            let seconds = Self.floorDivide(milliseconds, 1_000)
            let days = Self.floorDivide(seconds, 86_400)
            millisecond = Int(milliseconds - seconds * 1_000)
            secondOfDay = Int(seconds - days * 86_400)
            // 1970-01-01 was a Thursday, the first of the list.
            weekday = Int(days - Self.floorDivide(days, 7) * 7)
            let shifted = days + 719_468
            let era = Self.floorDivide(shifted, 146_097)
            let dayOfEra = shifted - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shiftedMonth = (5 * dayOfYear + 2) / 153
            day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
            month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
            year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        }

        var date: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }

        var time: String {
            "\(padded(secondOfDay / 3_600, 2)):\(padded(secondOfDay / 60 % 60, 2)):\(padded(secondOfDay % 60, 2))"
        }

        private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
            number / divisor - (number % divisor < 0 ? 1 : 0)
        }
    }
}
