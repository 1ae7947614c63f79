/// A percentage 0…100 with at most ten decimals, kept exactly: ranks computed from it never miss by one.
package struct Percentage: Hashable, Comparable, Sendable {
    /// Units of 10⁻¹⁰ percent, 0…10¹².
    package let units: Int64

    /// Digits behind the point that a percentage may have.
    package static let decimalsMax = 10
    /// Units of one percent.
    static let unitsPerPercent: Int64 = 10_000_000_000
    /// Units of the whole.
    static let unitsMax = 100 * unitsPerPercent

    package static let zero = Percentage(unchecked: 0)
    package static let hundred = Percentage(unchecked: unitsMax)

    /// nil unless 0…10¹².
    package init?(units: Int64) {
        guard (0...Self.unitsMax).contains(units) else { return nil }
        self.units = units
    }

    /// - Precondition: `percent` is 0…100.
    package init(percent: Int64) {
        precondition((0...100).contains(percent), "a percentage is 0 to 100")
        self.init(unchecked: percent * Self.unitsPerPercent)
    }

    private init(unchecked units: Int64) { self.units = units }

    package static func < (left: Percentage, right: Percentage) -> Bool { left.units < right.units }

    /// This part of `total`. Exact up to one rounding while `total` is a whole number below 9 · 10³.
    func part(of total: Double) -> Double { Double(units) * total / Double(Self.unitsMax) }

    /// This part of `count` things: whole ones, and the rest as a fraction of one in units of 10⁻¹².
    ///
    /// `count` is at most 2^63 − 1; the product is formed in 128 bits.
    func position(in count: Int) -> (whole: Int, rest: Int64) {
        let product = Int128(units) * Int128(count)
        let (whole, rest) = product.quotientAndRemainder(dividingBy: Int128(Self.unitsMax))
        return (Int(whole), Int64(rest))
    }
}

extension Percentage: CustomStringConvertible {
    /// `99.9`, without the sign.
    package var description: String { Decimal(digits: units, decimals: Self.decimalsMax).text }
}

/// `digits · 10^-decimals`, as text without needless zeros.
private struct Decimal {
    let digits: Int64
    let decimals: Int

    var text: String {
        let all = String(digits)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - all.count)) + all
        let fraction = padded.suffix(decimals).reversed().drop { $0 == "0" }.reversed()
        let whole = padded.dropLast(decimals)
        return fraction.isEmpty ? String(whole) : "\(whole).\(String(fraction))"
    }
}
