/// Reads field values: floats, integers (`i`), unsigned integers (`u`) and booleans, all as the nearest double.
enum FieldValue {
    /// Reads the value at `position` and moves `position` behind it. Hot: once per value.
    ///
    /// Integers beyond ±2^53 are rounded to the nearest double, ties to even; true is 1, false is 0.
    @inline(__always)
    static func read(_ line: borrowing LineText, at position: inout Int) throws(LineFault) -> Double {
        var offset = position
        let isNegative = line[offset] == ASCII.minus
        if isNegative { offset &+= 1 }
        var magnitude: UInt64 = 0
        let start = offset
        readDigits(line, at: &offset, into: &magnitude)
        // Up to 18 digits fit an Int64; longer numbers, and everything that is no plain number, are read again from the
        // start.
        let digitCount = offset &- start
        if digitCount > 0, digitCount <= 18 {
            let end = line[offset]
            if end == UInt8(ascii: "i"), endsValue(line[offset &+ 1]) {
                position = offset &+ 1
                return Double(isNegative ? 0 &- Int64(magnitude) : Int64(magnitude))
            }
            if endsValue(end) {
                position = offset
                return isNegative ? -Double(Int64(magnitude)) : Double(Int64(magnitude))
            }
            if end == ASCII.point {
                offset &+= 1
                readDigits(line, at: &offset, into: &magnitude)
                // A significand of up to 19 digits is exact; the point is one of the bytes counted.
                let fractionCount = offset &- start &- digitCount &- 1
                if digitCount &+ fractionCount <= 19, endsValue(line[offset]) {
                    position = offset
                    return DecimalNumber(isNegative: isNegative, significand: magnitude, fractionCount: fractionCount)
                        .double
                }
            }
        }
        return try readAny(line, at: &position)
    }

    /// Reads digits; wraps beyond 19 of them.
    @inline(__always)
    private static func readDigits(_ line: borrowing LineText, at offset: inout Int, into magnitude: inout UInt64) {
        while true {
            let digit = line[offset] &- ASCII.zero
            guard digit <= 9 else { return }
            magnitude = magnitude &* 10 &+ UInt64(digit)
            offset &+= 1
        }
    }

    /// Whether a value ends before this byte.
    @inline(__always)
    static func endsValue(_ byte: UInt8) -> Bool {
        byte == ASCII.comma || byte == ASCII.space || byte == ASCII.lineFeed
    }

    /// Reads a value of any kind.
    @inline(never)
    private static func readAny(_ line: borrowing LineText, at position: inout Int) throws(LineFault) -> Double {
        let start = position
        guard line[start] != ASCII.quote else {
            throw LineFault(offset: start, reason: isClosed(line, quote: start) ? .stringField : .unterminatedString)
        }
        var end = start
        while !endsValue(line[end]) { end += 1 }
        guard end > start else { throw LineFault(offset: start, reason: .missingFieldValue) }
        position = end
        if !isNumberStart(line[start]), let flag = boolean(line, start: start, end: end) { return flag ? 1 : 0 }
        guard end - start <= ExactConversion.numberBytesMax else {
            throw LineFault(offset: start, reason: .numberTooLong(limit: ExactConversion.numberBytesMax))
        }
        switch line[end - 1] {
        case UInt8(ascii: "i") where isNumberStart(line[start]):
            return try integer(line, start: start, end: end - 1, isSigned: true)
        case UInt8(ascii: "u") where isNumberStart(line[start]):
            return try integer(line, start: start, end: end - 1, isSigned: false)
        default: return try decimal(line, start: start, end: end)
        }
    }

    private static func isNumberStart(_ byte: UInt8) -> Bool {
        byte &- ASCII.zero <= 9 || byte == ASCII.minus || byte == ASCII.plus
    }

    /// Whether the string that opens at `quote` closes in this line.
    private static func isClosed(_ line: borrowing LineText, quote: Int) -> Bool {
        var offset = quote + 1
        while offset < line.byteCount {
            if line[offset] == ASCII.quote { return true }
            offset += line[offset] == ASCII.backslash ? 2 : 1
        }
        return false
    }

    /// The spellings of the protocol: t T true True TRUE f F false False FALSE.
    private static func boolean(_ line: borrowing LineText, start: Int, end: Int) -> Bool? {
        guard end - start <= 5 else { return nil }
        for (text, value) in booleans where matches(line, start: start, end: end, text) { return value }
        return nil
    }

    private static let booleans: [(StaticString, Bool)] = [
        ("t", true), ("T", true), ("true", true), ("True", true), ("TRUE", true),
        ("f", false), ("F", false), ("false", false), ("False", false), ("FALSE", false),
    ]

    private static func matches(_ line: borrowing LineText, start: Int, end: Int, _ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount == end - start else { return false }
        return text.withUTF8Buffer { characters in
            for index in characters.indices where line[start + index] != characters[index] { return false }
            return true
        }
    }

    /// Reads the digits before an `i` or `u`.
    private static func integer(
        _ line: borrowing LineText, start: Int, end: Int, isSigned: Bool
    ) throws(LineFault) -> Double {
        let hasSign = line[start] == ASCII.minus || line[start] == ASCII.plus
        let isNegative = line[start] == ASCII.minus
        let firstDigit = hasSign ? start + 1 : start
        guard firstDigit < end, isSigned || !isNegative else {
            throw LineFault(offset: start, reason: .invalidFieldValue)
        }
        var magnitude: UInt64 = 0
        var isOutOfRange = false
        for offset in firstDigit..<end {
            let digit = line[offset] &- ASCII.zero
            guard digit <= 9 else { throw LineFault(offset: start, reason: .invalidFieldValue) }
            let (shifted, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(UInt64(digit))
            isOutOfRange = isOutOfRange || overflow || carry
            magnitude = sum
        }
        let limit = isSigned ? UInt64(Int64.max) + (isNegative ? 1 : 0) : UInt64.max
        guard !isOutOfRange, magnitude <= limit else { throw LineFault(offset: start, reason: .integerOutOfRange) }
        return isNegative && magnitude != 0 ? -Double(magnitude) : Double(magnitude)
    }

    private static func decimal(_ line: borrowing LineText, start: Int, end: Int) throws(LineFault) -> Double {
        guard let number = DecimalNumber(line, start: start, end: end) else {
            let reason: LineRefusalReason =
                spellsNotFinite(line, start: start, end: end) ? .notFinite : .invalidFieldValue
            throw LineFault(offset: start, reason: reason)
        }
        if let value = number.nearestDouble { return value }
        guard let value = ExactConversion.double(line, start: start, end: end), value.isFinite else {
            throw LineFault(offset: start, reason: .floatOutOfRange)
        }
        return value
    }

    /// Whether the text is one of nan, inf and infinity, with or without a sign, in any case.
    private static func spellsNotFinite(_ line: borrowing LineText, start: Int, end: Int) -> Bool {
        let hasSign = line[start] == ASCII.minus || line[start] == ASCII.plus
        let first = hasSign ? start + 1 : start
        guard (3...8).contains(end - first) else { return false }
        let word = String(decoding: (first..<end).map { line[$0] | 0x20 }, as: UTF8.self)
        return word == "nan" || word == "inf" || word == "infinity"
    }
}
