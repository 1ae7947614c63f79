/// Doubles as Java's `Double.toString` writes them: `21.5`, `100.0`, `1.0E10`, `1.0E-5`. The service writes its reasons
/// so, and programs compare them.
package enum JavaDouble {
    /// O(1). The digits are the fewest that read back as the same double.
    package static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
        let sign = value.sign == .minus ? "-" : ""
        guard value != 0 else { return sign + "0.0" }
        let (digits, exponent) = decimal(value.magnitude)
        // Java writes 10⁻³ ≤ |v| < 10⁷ without an exponent.
        return sign + ((-3..<7).contains(exponent) ? plain(digits, exponent) : scientific(digits, exponent))
    }

    /// The significant digits d₁d₂…, without zeros at either end, and e of d₁.d₂… × 10ᵉ.
    private static func decimal(_ magnitude: Double) -> (digits: [UInt8], exponent: Int) {
        let parts = magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = Array(mantissa[0].utf8)
        var digits = whole + (mantissa.count > 1 ? Array(mantissa[1].utf8) : [])
        var exponent = whole.count - 1 + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        let zero = UInt8(ascii: "0")
        while digits.first == zero {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.last == zero { digits.removeLast() }
        return (digits, exponent)
    }

    private static func plain(_ digits: [UInt8], _ exponent: Int) -> String {
        if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + text(digits[...]) }
        let padded = digits + [UInt8](repeating: UInt8(ascii: "0"), count: max(0, exponent + 2 - digits.count))
        return text(padded[...exponent]) + "." + text(padded[(exponent + 1)...])
    }

    private static func scientific(_ digits: [UInt8], _ exponent: Int) -> String {
        let fraction = digits.count > 1 ? text(digits[1...]) : "0"
        return text(digits[..<1]) + "." + fraction + "E\(exponent)"
    }

    private static func text(_ digits: ArraySlice<UInt8>) -> String { String(decoding: digits, as: UTF8.self) }
}
