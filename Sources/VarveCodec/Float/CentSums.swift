/// How decimals of at most 20 bits are summed up: as multiples of a reciprocal with few bits, which the sum of the
/// integers tells, and what rounding adds to each.
///
/// x = round(n · coarse + n · fine) is n/10^p (``SplitReciprocal``), and x − n · coarse is exact (Dekker's fast
/// two-sum). Let 2^E be the largest power of two up to 10^−p, b = 20 and k = 33 the bits of numbers and of `coarse`.
/// Every such difference is a multiple of 2^(E−52), the last place of 10^−p, since x and `coarse` are. It is at most
/// 2^(2−k) · |x|, below 2^(b+2−k+E+1), so that 1 024 of them stay below 2^E and add up without rounding, in any order.
struct CentSums {
    let reciprocal: SplitReciprocal
    /// `reciprocal.coarse` = significand · 2^exponent, significand < 2^33.
    let significand: Int64
    let exponent: Int

    private static let numberBits = 20

    /// Nil for whole numbers, whose sums are exact as they are, and for more than eight places.
    init?(places: Int) {
        guard places > 0,
            let reciprocal = SplitReciprocal(of: Decimal.powers[places], numberBits: Self.numberBits)
        else { return nil }
        self.reciprocal = reciprocal
        let fraction = reciprocal.coarse.significandBitPattern | 1 << 52
        significand = Int64(fraction >> UInt64(Self.numberBits))
        exponent = Int(reciprocal.coarse.exponent) - 52 + Self.numberBits
    }

    /// Whether numbers from `low` to `high` have few enough bits. The sum of 1 024 of them, times ``significand``, is
    /// below 2^63.
    func reach(_ low: Int64, _ high: Int64) -> Bool {
        low > -1 << Int64(Self.numberBits) && high < 1 << Int64(Self.numberBits)
    }
}
