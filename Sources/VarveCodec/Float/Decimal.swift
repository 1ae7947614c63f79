/// The representation x = n / 10^e, with small corrections in units of the last place.
///
/// True division rather than multiplication by 10^−e: it is exact for every decimal of up to 15 digits.
/// Format: Docs/Format/columns.md, "DEC".
enum Decimal {
    /// Largest e: 10^18 still fits 63 bits, and every power up to 10^22 is an exact double.
    static let placesMax = 18

    /// 10^e.
    static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    ]

    /// Divides `values`, which hold integers, in place; false when one is out of range (then nothing is changed).
    static func divide(_ values: UnsafeMutableBufferPointer<Int64>, places: Int) -> Bool {
        if IntegerDouble.fitsMagic(values) {
            divideSmall(values, places: places)
            return true
        }
        // Only whole numbers may be larger: there the conversion itself is the result.
        guard places == 0 else { return false }
        for index in 0..<values.count { values[index] = Int64(bitPattern: Double(values[index]).bitPattern) }
        return true
    }

    private static func divideSmall(_ values: UnsafeMutableBufferPointer<Int64>, places: Int) {
        if places == 0 {
            for index in 0..<values.count {
                values[index] = Int64(bitPattern: IntegerDouble.double(values[index]).bitPattern)
            }
            return
        }
        let power = powers[places]
        for index in 0..<values.count {
            values[index] = Int64(bitPattern: (IntegerDouble.double(values[index]) / power).bitPattern)
        }
    }

    /// Splits `values` into integers and corrections. Hot: once per block.
    static func split(_ values: UnsafeBufferPointer<Double>, places: Int, into column: borrowing ScaledColumn) {
        let power = powers[places]
        for index in 0..<values.count {
            let (number, correction) = nearest(values[index], power)
            column.numbers[index] = number
            column.corrections[index] = correction
        }
        if places > 0 { return }
        for index in 0..<values.count where column.corrections[index] == ScaledColumn.missed {
            guard let number = Int64(exactly: values[index]), values[index] != 0 else { continue }
            column.numbers[index] = number
            column.corrections[index] = 0
        }
    }

    /// The integer nearest to value · power and the correction it leaves, or ``ScaledColumn/missed``.
    @inline(__always)
    static func nearest(_ value: Double, _ power: Double) -> (number: Int64, correction: Int64) {
        let scaled = value * power
        let shifted = scaled + IntegerDouble.magic
        let quotient = (shifted - IntegerDouble.magic) / power
        let correction = Int64(bitPattern: value.bitPattern &- quotient.bitPattern)
        // Written so that NaN fails.
        let isInRange = scaled.magnitude < IntegerDouble.limit
        let isClose = ScaledColumn.isCorrection(correction)
        return (IntegerDouble.integer(shifted), isInRange && isClose ? correction : ScaledColumn.missed)
    }

    /// The number of places that stores `sample` in the fewest bits, and how many of it no correction reaches.
    static func choosePlaces(_ sample: UnsafeBufferPointer<Double>, hint: Int?) -> (places: Int, missCount: Int) {
        if let hint, isExact(sample, hint), hint == 0 || !isExact(sample, hint - 1) { return (hint, 0) }
        var best = (places: 0, missCount: sample.count)
        var bestCost = Double.infinity
        for places in 0...placesMax {
            let (missCount, correctionCount) = test(sample, places)
            // 80 bits per exception, about 4 per correction, log2(10) per place and value.
            let digitBits = 3.32 * Double(places * (sample.count - missCount))
            let cost = Double(80 * missCount + 4 * correctionCount) + digitBits
            if cost < bestCost { (best, bestCost) = ((places, missCount), cost) }
            if missCount == 0 && correctionCount == 0 { break }
        }
        return best
    }

    private static func isExact(_ sample: UnsafeBufferPointer<Double>, _ places: Int) -> Bool {
        test(sample, places) == (0, 0)
    }

    private static func test(
        _ sample: UnsafeBufferPointer<Double>, _ places: Int
    ) -> (missCount: Int, correctionCount: Int) {
        let power = powers[places]
        var missCount = 0
        var correctionCount = 0
        for value in sample {
            let correction = nearest(value, power).correction
            if correction == ScaledColumn.missed { missCount &+= 1 } else if correction != 0 { correctionCount &+= 1 }
        }
        return (missCount, correctionCount)
    }
}

/// Conversion between Double and Int64 below 2^51 by adding 1.5 · 2^52: vectorises where the plain conversion does not.
enum IntegerDouble {
    /// 1.5 · 2^52: doubles from 2^52 to 2^53 are the integers there, so the low bits of the sum are the integer.
    static let magic = 6_755_399_441_055_744.0
    static let limit = 0x1p51
    private static let magicBits: UInt64 = 0x4338_0000_0000_0000

    /// The double equal to `value`; |value| < 2^51.
    @inline(__always)
    static func double(_ value: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: value) &+ magicBits) - magic
    }

    /// The integer that `shifted` − magic is.
    @inline(__always)
    static func integer(_ shifted: Double) -> Int64 { Int64(bitPattern: shifted.bitPattern &- magicBits) }

    /// Whether every value lies in −2^51 ..< 2^51.
    static func fitsMagic(_ values: UnsafeMutableBufferPointer<Int64>) -> Bool {
        var bits: UInt64 = 0
        for index in 0..<values.count { bits |= UInt64(bitPattern: values[index] &+ (1 << 51)) }
        return bits < 1 << 52
    }
}
