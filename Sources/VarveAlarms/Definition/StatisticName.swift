/// The names of statistics that alarms may use. What they mean is the query module's business; here only the form is
/// checked, because a definition is refused or taken long before it is evaluated.
package enum StatisticName {
    /// The five simple ones, in the order in which the service lists them.
    package enum Simple: String, CaseIterable, Sendable {
        case sampleCount = "SampleCount"
        case average = "Average"
        case sum = "Sum"
        case minimum = "Minimum"
        case maximum = "Maximum"

        /// `AVERAGE`, `SAMPLE_COUNT`: the spelling of notifications.
        var upperSnakeCase: String { self == .sampleCount ? "SAMPLE_COUNT" : rawValue.uppercased() }
    }

    /// Whether `text` is `p99.9`, `tm90`, `IQM`, `TM(10%:90%)`, `PR(:300)` or the like.
    package static func isExtended(_ text: String) -> Bool {
        if text == "IQM" { return true }
        if text.last == ")", let open = text.firstIndex(of: "(") {
            let range = text[text.index(after: open)...].dropLast()
            return isRange(range, name: text[..<open])
        }
        guard let prefix = ["tm", "wm", "tc", "ts", "p"].first(where: { text.hasPrefix($0) }),
            let number = percentage(text.dropFirst(prefix.count))
        else { return false }
        return prefix == "p" || number > 0
    }

    /// Q of `pQ`; nil for every other statistic.
    package static func percentile(_ text: String) -> Double? {
        text.hasPrefix("p") ? percentage(text.dropFirst()) : nil
    }

    private static func isRange(_ text: Substring, name: Substring) -> Bool {
        guard ["TM", "WM", "TC", "TS", "PR"].contains(name) else { return false }
        let sides = text.split(separator: ":", omittingEmptySubsequences: false)
        let given = sides.filter { !$0.isEmpty }
        guard sides.count == 2, !given.isEmpty else { return false }
        let isPercent = given.allSatisfy { $0.hasSuffix("%") }
        let bounds = given.compactMap { isPercent ? percentage($0.dropLast()) : value($0) }
        return bounds.count == given.count && bounds == bounds.sorted() && !(isPercent && name == "PR")
    }

    /// 0…100 with at most ten decimals.
    private static func percentage(_ text: Substring) -> Double? {
        guard let number = value(text), number <= 100, !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "e") })
        else { return nil }
        return number
    }

    /// At least 0, finite, digits with an optional fraction of at most ten digits and an optional exponent.
    private static func value(_ text: Substring) -> Double? {
        let isNumeral = text.utf8.allSatisfy {
            ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || Array("+-.eE".utf8).contains($0)
        }
        let mantissa = text.split(omittingEmptySubsequences: false) { "eE".contains($0) }.first ?? ""
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        guard isNumeral, (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }), parts.last?.count ?? 0 <= 10,
            let number = Double(String(text)), number.isFinite, number >= 0, !text.hasPrefix("-"), !text.hasPrefix("+")
        else { return nil }
        return number
    }
}
