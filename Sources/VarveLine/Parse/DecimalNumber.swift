/// A decimal number taken apart: ± significand × 10^exponent.
///
/// ``nearestDouble`` is correctly rounded (to nearest, ties to even) for every input.
struct DecimalNumber {
    var isNegative = false
    /// The first 19 significant digits.
    var significand: UInt64 = 0
    var exponent = 0
    /// Whether a digit other than 0 was left out of `significand`.
    var isTruncated = false

    /// ± significand / 10^fractionCount.
    init(isNegative: Bool, significand: UInt64, fractionCount: Int) {
        self.isNegative = isNegative
        self.significand = significand
        exponent = -fractionCount
    }

    /// Reads `[sign] digits [. digits] [e [sign] digits]` from `line[start..<end]`, with at least one digit before or
    /// after the point. Nil when the text is anything else.
    init?(_ line: borrowing LineText, start: Int, end: Int) {
        var position = start
        if line[position] == ASCII.minus || line[position] == ASCII.plus {
            isNegative = line[position] == ASCII.minus
            position += 1
        }
        var digitCount = 0
        let whole = readDigits(line, from: position, end: end, significant: &digitCount, areFraction: false)
        var fraction = whole
        if whole < end, line[whole] == ASCII.point {
            fraction = readDigits(line, from: whole + 1, end: end, significant: &digitCount, areFraction: true)
        }
        let pointCount = fraction > whole ? 1 : 0
        guard fraction - position > pointCount else { return nil }
        guard fraction < end else { return }
        guard line[fraction] | 0x20 == UInt8(ascii: "e"), readExponent(line, from: fraction + 1, end: end) else {
            return nil
        }
    }

    /// Reads digits into the significand; returns the offset behind them.
    private mutating func readDigits(
        _ line: borrowing LineText, from start: Int, end: Int, significant digitCount: inout Int, areFraction: Bool
    ) -> Int {
        var position = start
        while position < end {
            let digit = line[position] &- ASCII.zero
            guard digit <= 9 else { break }
            position += 1
            if digitCount < 19 {
                // Cannot overflow: 19 digits are less than 2^64.
                significand = significand &* 10 &+ UInt64(digit)
                if significand != 0 { digitCount += 1 }
                if areFraction { exponent -= 1 }
            } else {
                if digit != 0 { isTruncated = true }
                if !areFraction { exponent += 1 }
            }
        }
        return position
    }

    /// Reads `[sign] digits` up to `end` and adds it to the exponent; false when the text is anything else.
    private mutating func readExponent(_ line: borrowing LineText, from start: Int, end: Int) -> Bool {
        var position = start
        let isNegative = line[position] == ASCII.minus
        if isNegative || line[position] == ASCII.plus { position += 1 }
        guard position < end else { return false }
        var value = 0
        while position < end {
            let digit = line[position] &- ASCII.zero
            guard digit <= 9 else { return false }
            // Saturates far outside what any significand of the longest accepted text can bring back into range.
            value = min(value * 10 + Int(digit), 1_000_000)
            position += 1
        }
        exponent += isNegative ? -value : value
        return true
    }
}

extension DecimalNumber {
    /// The largest power of five below 2^64 is 5^27.
    private static let exactExponentMax = 27
    private static let powersOfFive: [UInt64] = (0...exactExponentMax).map { (count: Int) -> UInt64 in
        (0..<count).reduce(UInt64(1)) { power, _ in power * 5 }
    }
    private static let powersOfTen: [Double] = (0...22).map { (count: Int) -> Double in
        (0..<count).reduce(1.0) { power, _ in power * 10 }
    }

    /// The double nearest to the number, or nil when only the full text decides.
    var nearestDouble: Double? {
        if significand == 0 { return isNegative ? -0.0 : 0.0 }
        if isTruncated || exponent < -Self.exactExponentMax || exponent > Self.exactExponentMax { return nil }
        return double
    }

    /// As ``nearestDouble``, for a significand that is not truncated and exponents within ±27.
    var double: Double {
        let magnitude: Double
        if significand <= 1 << 53, exponent >= -22, exponent <= 22 {
            // Both operands are exact doubles, so the one operation rounds once (Clinger 1990).
            magnitude =
                exponent < 0
                ? Double(significand) / Self.powersOfTen[-exponent]
                : Double(significand) * Self.powersOfTen[exponent]
        } else {
            magnitude = exponent < 0 ? quotient : product
        }
        return isNegative ? -magnitude : magnitude
    }

    /// significand × 5^e × 2^e: the product is exact in 128 bits; its upper 64 bits, with a sticky bit for the rest,
    /// round once.
    private var product: Double {
        let (high, low) = significand.multipliedFullWidth(by: Self.powersOfFive[exponent])
        guard high != 0 else { return Double(low) * Self.powerOfTwo(exponent) }
        let shift = high.leadingZeroBitCount
        let top = shift == 0 ? high : high << shift | low >> (64 - shift)
        let sticky: UInt64 = low << shift == 0 ? 0 : 1
        return Double(top | sticky) * Self.powerOfTwo(64 - shift + exponent)
    }

    /// significand / 5^k / 2^k: both operands are scaled so that the quotient has 63 or 64 bits; the remainder becomes
    /// a sticky bit, far below the 53 bits that are kept, so the conversion rounds once.
    private var quotient: Double {
        let power = -exponent
        let divisorShift = Self.powersOfFive[power].leadingZeroBitCount
        let divisor = Self.powersOfFive[power] << divisorShift
        let dividendShift = significand.leadingZeroBitCount
        let dividend = significand << dividendShift
        // Cannot trap: the upper half is below 2^63, the divisor is not.
        let (quotient, remainder) = divisor.dividingFullWidth((dividend >> 1, dividend << 63))
        let sticky: UInt64 = remainder == 0 ? 0 : 1
        return Double(quotient | sticky) * Self.powerOfTwo(divisorShift - dividendShift - 63 - power)
    }

    /// 2^exponent for exponents of normal doubles; multiplying by it is exact here: no result is near the limits.
    private static func powerOfTwo(_ exponent: Int) -> Double {
        Double(bitPattern: UInt64(1023 + exponent) << 52)
    }
}

/// The standard library's conversion, for the rare numbers that need more than 128 bits: more than 19 digits, or an
/// exponent beyond ±27.
enum ExactConversion {
    /// Longest number accepted. The exact expansion of any double fits (1 077 characters, of 2^-1074 with a sign).
    static let numberBytesMax = 1_100

    /// Converts `line[start..<end]`, which ``DecimalNumber`` has accepted. Infinite when the number is out of range.
    /// Correctly rounded, independent of the process's locale; allocates a string.
    static func double(_ line: borrowing LineText, start: Int, end: Int) -> Double? {
        line.bytes.extracting(start..<end).withUnsafeBytes { Double(String(decoding: $0, as: UTF8.self)) }
    }
}
