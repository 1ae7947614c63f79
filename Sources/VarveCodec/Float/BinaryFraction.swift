/// The representation x = n · 2^−k, exact by construction; serves values that went through Float32 and full-precision
/// gauges, whose neighbours share exponents. Format: Docs/Format/columns.md, "BIN".
enum BinaryFraction {
    /// Within ±1 000, both 2^k and 2^−k are normal doubles.
    static let bitsMax = 1000
    /// |n| < 2^62, so that differences of two numbers do not overflow.
    private static let limit = 0x1p62

    /// 2^exponent; |exponent| ≤ ``bitsMax``.
    static func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

    static func multiply(_ values: UnsafeMutableBufferPointer<Int64>, fractionBits: Int) {
        let factor = power(-fractionBits)
        for index in 0..<values.count {
            values[index] = Int64(bitPattern: (Double(values[index]) * factor).bitPattern)
        }
    }

    static func split(_ values: UnsafeBufferPointer<Double>, fractionBits: Int, into column: borrowing ScaledColumn) {
        let up = power(fractionBits)
        let down = power(-fractionBits)
        for index in 0..<values.count {
            let scaled = values[index] * up
            // Written so that NaN fails; below 2^62 the conversion cannot trap.
            let number = scaled.magnitude < limit ? Int64(scaled) : 0
            let isExact = (Double(number) * down).bitPattern == values[index].bitPattern
            column.numbers[index] = number
            column.corrections[index] = isExact ? 0 : ScaledColumn.missed
        }
    }

    /// Enough fraction bits for all but 1.5 % of `sample`, as far as its largest value allows; nil when there are none.
    static func chooseBits(_ sample: UnsafeBufferPointer<Double>) -> Int? {
        var needed: [Int] = []
        var largest = 0.0
        for value in sample where value.isFinite && value != 0 {
            largest = max(largest, value.magnitude)
            let zeros = value.significandBitPattern.trailingZeroBitCount
            // A fraction of 0 has 64 trailing zeros; the leading one is the last bit then.
            needed.append(52 - min(zeros, 52) - Int(max(value.exponent, -1022)))
        }
        if needed.isEmpty { return nil }
        needed.sort()
        let bits = min(needed[(needed.count - 1) * 985 / 1000], 61 - Int(largest.exponent))
        return abs(bits) <= bitsMax ? bits : nil
    }
}
