/// Doubles as text: `1`, `-1.5`, `.5`, `1e-3`, and the three that JSON has no form for.
enum DecimalText {
    /// Exact powers of ten: every one up to 10^22 is a double.
    static let powers: [Double] = (0...22).map { (0..<$0).reduce(1.0) { power, _ in power * 10 } }

    /// The largest power of five below 2^64 is 5^27.
    static let fivesMax = 27
    private static let fives: [UInt64] = (0...fivesMax).map { (0..<$0).reduce(1) { power, _ in power * 5 } }

    /// The double nearest to significand / 10^power, for powers up to ``fivesMax``. About 5 ns, 15 ns beyond 2^53.
    @inline(__always)
    static func quotient(_ significand: UInt64, byTenTo power: Int) -> Double {
        if power == 0 { return Double(significand) }
        // Both operands are exact doubles, so the one division rounds once (Clinger 1990).
        if significand <= 1 << 53, power <= 22 { return Double(significand) / powers[power] }
        return longQuotient(significand, byTenTo: power)
    }

    /// significand / 5^power / 2^power: both operands are scaled so that the quotient has 63 or 64 bits; the remainder
    /// becomes a sticky bit, far below the 53 bits that are kept, so the conversion rounds once.
    private static func longQuotient(_ significand: UInt64, byTenTo power: Int) -> Double {
        guard significand != 0 else { return 0 }
        let divisorShift = fives[power].leadingZeroBitCount
        let dividendShift = significand.leadingZeroBitCount
        let dividend = significand << dividendShift
        // Cannot trap: the upper half is below 2^63, the divisor is not.
        let (quotient, remainder) = (fives[power] << divisorShift)
            .dividingFullWidth((dividend >> 1, dividend << 63))
        let sticky: UInt64 = remainder == 0 ? 0 : 1
        let exponent = divisorShift - dividendShift - 63 - power
        return Double(quotient | sticky) * Double(bitPattern: UInt64(1_023 + exponent) << 52)
    }

    /// The double nearest to a decimal text, or `NaN`, `Infinity`, `-Infinity`; nil for any other text and for numbers
    /// beyond the doubles. About 20 ns up to 15 digits, 100 ns beyond.
    static func double(_ text: [UInt8]) -> Double? { double(text, in: 0..<text.count) }

    /// The same of a part of the bytes.
    static func double(_ text: [UInt8], in range: Range<Int>) -> Double? {
        if let value = finite(text, in: range) { return value }
        switch String(decoding: text[range], as: UTF8.self) {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: return nil
        }
    }

    /// Decimal text only.
    static func finite(_ text: [UInt8], in range: Range<Int>) -> Double? {
        var offset = range.lowerBound
        let end = range.upperBound
        guard offset < end else { return nil }
        let isNegative = text[offset] == UInt8(ascii: "-")
        if isNegative || text[offset] == UInt8(ascii: "+") { offset += 1 }
        var mantissa: UInt64 = 0
        let wholeStart = offset
        readDigits(text, &offset, end, &mantissa)
        var digitCount = offset - wholeStart
        var exponent = 0
        if offset < end, text[offset] == UInt8(ascii: ".") {
            offset += 1
            let start = offset
            readDigits(text, &offset, end, &mantissa)
            exponent = start - offset
            digitCount += offset - start
        }
        guard digitCount > 0 else { return nil }
        if offset < end, text[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            guard let written = readExponent(text, &offset, end) else { return nil }
            exponent += written
        }
        guard offset == end else { return nil }
        if digitCount <= 19, exponent <= 0, exponent >= -fivesMax {
            let value = quotient(mantissa, byTenTo: -exponent)
            return isNegative ? -value : value
        }
        // Up to 15 digits and 10^22 both operands are exact, so one rounding gives the nearest double (Clinger 1990).
        if digitCount <= 15, exponent >= -22, exponent <= 22 {
            let value = exponent < 0 ? Double(mantissa) / powers[-exponent] : Double(mantissa) * powers[exponent]
            return isNegative ? -value : value
        }
        return slow(text[range])
    }

    private static func readDigits(_ text: [UInt8], _ offset: inout Int, _ end: Int, _ mantissa: inout UInt64) {
        while offset < end {
            let digit = text[offset] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            // Wraps beyond 19 digits, where it is not used.
            mantissa = mantissa &* 10 &+ UInt64(digit)
            offset += 1
        }
    }

    private static func readExponent(_ text: [UInt8], _ offset: inout Int, _ end: Int) -> Int? {
        guard offset < end else { return nil }
        let isNegative = text[offset] == UInt8(ascii: "-")
        if isNegative || text[offset] == UInt8(ascii: "+") { offset += 1 }
        let start = offset
        var value: UInt64 = 0
        readDigits(text, &offset, end, &value)
        guard offset > start, offset - start <= 9 else { return nil }
        return isNegative ? -Int(value) : Int(value)
    }

    private static func slow(_ text: ArraySlice<UInt8>) -> Double? {
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }
}
