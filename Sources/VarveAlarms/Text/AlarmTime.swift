import VarveModel

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
        guard (1...12).contains(month), (1...CivilDate.daysInMonth(year: number(0..<4), month: month)).contains(day)
        else { return nil }
        let days = CivilDate.days(year: number(0..<4), month: month, day: day)
        let seconds = days * 86_400 + number(11..<13) * 3_600 + number(14..<16) * 60 + number(17..<19)
        let (product, isTooLarge) = (seconds * 1_000 + number(20..<23)).multipliedReportingOverflow(by: 1_000_000)
        return isTooLarge ? nil : product
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        var text = String(number)
        while text.utf8.count < width { text = "0" + text }
        return text
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
            let milliseconds = timestampNs.flooredQuotient(by: 1_000_000)
            let seconds = milliseconds.flooredQuotient(by: 1_000)
            let days = seconds.flooredQuotient(by: 86_400)
            millisecond = Int(milliseconds - seconds * 1_000)
            secondOfDay = Int(seconds - days * 86_400)
            // 1970-01-01 was a Thursday, the first of the list.
            weekday = Int(days - days.flooredQuotient(by: 7) * 7)
            let date = CivilDate.civil(fromDays: days)
            (year, month, day) = (Int(date.year), Int(date.month), Int(date.day))
        }

        var date: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }

        var time: String {
            "\(padded(secondOfDay / 3_600, 2)):\(padded(secondOfDay / 60 % 60, 2)):\(padded(secondOfDay % 60, 2))"
        }
    }
}
