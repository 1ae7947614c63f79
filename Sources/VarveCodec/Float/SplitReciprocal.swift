/// 1/P of a power of ten P as the sum of two doubles, so that n / P takes two multiplications and an addition instead
/// of a division, which costs several times as much, and has the same bits.
///
/// Let |n| < 2^b, and let `coarse` be 1/P cut off behind k = 53 − b bits: n · coarse is exact, and `fine`, the rest, is
/// at most 2^(1−k)/P. `fine` and n · fine are rounded, three times by 2^−53 of themselves, so that the exact sum of
/// both products misses n/P by less than 2^(−50−k) of it. The sum is rounded as n/P would be unless a midpoint of two
/// doubles lies between them. Of doubles between 2^e and 2^(e+1) the midpoints are (2m+1) · 2^(e−53) with 2m+1 ≥ 2^53,
/// and n · 2^(53−e) − (2m+1) · P is an integer; it is not 0, for then (2m+1) · 5^p would divide n. So n/P is at least
/// 2^(e−53)/P away from any midpoint, and its error stays below 2^(e−49−k): less where P ≤ 2^(k−4).
struct SplitReciprocal: Equatable {
    /// Has 53 − `numberBits` bits.
    let coarse: Double
    let fine: Double

    /// Bits of the numbers that are decoded this way: enough for distances of 31 bits from an origin as large.
    static let numberBits = 32

    /// For numbers below 2^`numberBits` in magnitude; nil when `power` is too large for them: above
    /// 2^(49 − `numberBits`), for 32 bits 10^5.
    init?(of power: Double, numberBits: Int) {
        guard power <= Double(sign: .plus, exponent: 49 - numberBits, significand: 1) else { return nil }
        coarse = Double(bitPattern: (1 / power).bitPattern & (.max << UInt64(numberBits)))
        // Rounded once (fma), and once more by the division.
        fine = 1.0.addingProduct(-coarse, power) / power
    }
}
