import VarveModel

/// How a model wants a timestamp written; raw values are the model's.
enum TimestampFormat: String, Sendable {
    case iso8601
    case unixTimestamp
    /// As in HTTP heads: `Sun, 22 Nov 2026 10:15:30 GMT`.
    case rfc822
}

/// Points in time on the wire: as seconds since 1970 with a fraction.
package enum WireTime {
    /// Years 0000 to 9999: what ISO 8601 writes with four digits.
    static let secondsMin: Int64 = -62_167_219_200
    static let secondsMax: Int64 = 253_402_300_799
    private static let secondsPerDay: Int64 = 86_400

    /// Seconds since 1970 of a text that a request may have: ISO 8601 with or without fraction, offset and time of day
    /// (UTC without an offset), or a number of seconds. Nil for any other text and beyond the years 0 to 9999.
    static func parse(_ text: [UInt8]) -> Double? {
        if let seconds = DecimalText.double(text),
            !text.contains(where: { $0 >= UInt8(ascii: "A") && $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") })
        {
            return isWritable(seconds) ? seconds : nil
        }
        var scanner = DigitScanner(text)
        return scanner.instant().flatMap { isWritable($0) ? $0 : nil }
    }

    /// Seconds since 1970 as nanoseconds, to the microsecond: a double of today's size is not finer.
    package static func nanoseconds(seconds: Double) -> Int64? {
        let microseconds = (seconds * 1e6).rounded()
        // 9.2 × 10^15 µs are what 64 bits of nanoseconds hold.
        guard microseconds.magnitude < 9.2e15 else { return nil }
        return Int64(microseconds) * 1_000
    }

    static func isWritable(_ seconds: Double) -> Bool {
        seconds >= Double(secondsMin) && seconds <= Double(secondsMax)
    }

    /// `2026-11-22T10:15:30Z`, with three digits of a fraction where there is one.
    static func appendISO8601(_ seconds: Double, to bytes: inout [UInt8]) {
        let (whole, millisecond) = parts(seconds)
        let days = whole.flooredQuotient(by: secondsPerDay)
        let date = CivilDate.civil(fromDays: days)
        let second = whole - days * secondsPerDay
        appendDigits(date.year, 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(date.month, 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(date.day, 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        appendTimeOfDay(second, to: &bytes)
        if millisecond != 0 {
            bytes.append(UInt8(ascii: "."))
            appendDigits(millisecond, 3, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    /// The date of an HTTP head.
    package static func httpDate(seconds: Double) -> String {
        let (whole, _) = parts(seconds)
        let days = whole.flooredQuotient(by: secondsPerDay)
        let date = CivilDate.civil(fromDays: days)
        // Day 0 was a Thursday.
        let weekday = Int((days % 7 + 11) % 7)
        var bytes = Array("\(weekdays[weekday]), ".utf8)
        appendDigits(date.day, 2, to: &bytes)
        bytes += Array(" \(months[Int(date.month) - 1]) ".utf8)
        appendDigits(date.year, 4, to: &bytes)
        bytes.append(0x20)
        appendTimeOfDay(whole - days * secondsPerDay, to: &bytes)
        bytes += Array(" GMT".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func parts(_ seconds: Double) -> (seconds: Int64, millisecond: Int64) {
        let clamped = seconds.isNaN ? 0 : min(max(seconds, Double(secondsMin)), Double(secondsMax))
        let milliseconds = Int64((clamped * 1_000).rounded())
        let whole = milliseconds.flooredQuotient(by: 1_000)
        return (whole, milliseconds - whole * 1_000)
    }

    private static func appendTimeOfDay(_ second: Int64, to bytes: inout [UInt8]) {
        appendDigits(second / 3_600, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(second / 60 % 60, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(second % 60, 2, to: &bytes)
    }

    private static func appendDigits(_ value: Int64, _ count: Int, to bytes: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}

/// Reads dates digit by digit.
private struct DigitScanner {
    private let text: [UInt8]
    private var offset = 0

    init(_ text: [UInt8]) { self.text = text }

    /// ISO 8601 or the date of an HTTP head.
    mutating func instant() -> Double? {
        if let first = text.first, first >= UInt8(ascii: "A") { return httpDate() }
        guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2),
            let days = Self.days(year, month, day)
        else { return nil }
        if offset == text.count { return Double(days * 86_400) }
        guard take("T") || take("t") || take(" "), let time = timeOfDay(), let shift = zone(), offset == text.count
        else {
            return nil
        }
        // Whole and fraction apart, so that whole seconds stay whole.
        return Double(days * 86_400 + time.seconds - shift) + time.fraction
    }

    /// `Sun, 22 Nov 2026 10:15:30 GMT`.
    private mutating func httpDate() -> Double? {
        guard let comma = text.firstIndex(of: UInt8(ascii: ",")) else { return nil }
        offset = comma + 1
        guard take(" "), let day = digits(2), take(" "), offset + 3 <= text.count else { return nil }
        let name = String(decoding: text[offset..<offset + 3], as: UTF8.self)
        guard let month = WireTime.months.firstIndex(of: name) else { return nil }
        offset += 3
        guard take(" "), let year = digits(4), take(" "), let time = timeOfDay(),
            String(decoding: text[offset...], as: UTF8.self) == " GMT",
            let days = Self.days(year, Int64(month) + 1, day)
        else { return nil }
        return Double(days * 86_400 + time.seconds) + time.fraction
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        guard (1...12).contains(month), day >= 1, day <= CivilDate.daysInMonth(year: year, month: month) else {
            return nil
        }
        return CivilDate.days(year: year, month: month, day: day)
    }

    private mutating func timeOfDay() -> (seconds: Int64, fraction: Double)? {
        guard let hour = digits(2), take(":"), let minute = digits(2), hour < 24, minute < 60 else { return nil }
        guard take(":") else { return (hour * 3_600 + minute * 60, 0) }
        // Second 60 of a leap second is the next minute.
        guard let second = digits(2), second <= 60 else { return nil }
        let seconds = hour * 3_600 + minute * 60 + second
        guard take(".") || take(",") else { return (seconds, 0) }
        let start = offset
        while offset < text.count, Self.isDigit(text[offset]) { offset += 1 }
        guard offset > start, offset - start <= 18 else { return nil }
        let fraction = text[start..<offset].reduce(0.0) { $0 * 10 + Double($1 - UInt8(ascii: "0")) }
        return (seconds, fraction / DecimalText.powers[offset - start])
    }

    /// Seconds east of Greenwich.
    private mutating func zone() -> Int64? {
        if offset == text.count || take("Z") || take("z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hour = digits(2) else { return nil }
        if offset == text.count { return sign * hour * 3_600 }
        _ = take(":")
        guard let minute = digits(2), hour < 24, minute < 60 else { return nil }
        return sign * (hour * 3_600 + minute * 60)
    }

    private mutating func digits(_ count: Int) -> Int64? {
        guard offset + count <= text.count, text[offset..<offset + count].allSatisfy(Self.isDigit) else { return nil }
        defer { offset += count }
        return text[offset..<offset + count].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard offset < text.count, text[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
