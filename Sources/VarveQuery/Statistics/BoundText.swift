/// Absolute bounds as text: digits with at most ten decimals and an optional exponent, `300`, `0.25`, `1.5E-12`.
enum BoundText {
    /// Digits behind the point that the service admits.
    private static let decimalsMax = Percentage.decimalsMax
    /// Digits before the point up to which a number is written without exponent.
    private static let wholeDigitsMax = 21

    /// The shortest digits that read back as the same number.
    /// - Precondition: `value` is finite and not negative.
    static func format(_ value: Double) -> String {
        precondition(value.isFinite && value >= 0, "bounds are finite and not negative")
        if value == 0 { return "0" }
        let (digits, point) = digits(of: value)
        let decimals = max(0, digits.count - point)
        if decimals <= decimalsMax, point <= wholeDigitsMax { return plain(digits, point: point) }
        // 1.2345E-7; more digits than fit behind the point move before it.
        let before = max(1, digits.count - decimalsMax)
        return "\(plain(digits, point: before))E\(point - before)"
    }

    /// The number, 0 up to the largest double; nil when `text` is none or too large.
    static func parse(_ text: some StringProtocol) -> Double? {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "E" || $0 == "e" }
        guard (1...2).contains(parts.count), isDecimal(parts[0]) else { return nil }
        if parts.count == 2 {
            let sign = parts[1].first
            let exponent = sign == "-" || sign == "+" ? parts[1].dropFirst() : parts[1]
            guard (1...4).contains(exponent.count), exponent.utf8.allSatisfy(isDigit) else { return nil }
        }
        guard let value = Double(String(text)), value.isFinite else { return nil }
        return value
    }

    /// Digits with an optional fraction of one to ten digits.
    private static func isDecimal(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }) else {
            return false
        }
        return parts.count == 1 || parts[1].count <= decimalsMax
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// `0.DIGITS · 10^point`, without zeros at either end.
    private static func digits(of value: Double) -> (digits: String, point: Int) {
        // `123.45`, `1e-05`, `1.5e+20`
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let all = mantissa.joined()
        let leading = all.prefix { $0 == "0" }.count
        let digits = all.dropFirst(leading).reversed().drop { $0 == "0" }.reversed()
        return (String(digits), mantissa[0].count - leading + exponent)
    }

    /// Digits with the point behind the first `point` of them.
    private static func plain(_ digits: String, point: Int) -> String {
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return digits + String(repeating: "0", count: point - digits.count) }
        return "\(digits.prefix(point)).\(digits.dropFirst(point))"
    }
}
