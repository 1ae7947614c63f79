import VarveModel

/// Durations as people write them: `500ms`, `30s`, `15m`, `2h`, `7d`, `1w`, also joined (`1h30m`).
package enum DurationText {
    /// In parsing order: a longer name comes before the one it begins with.
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", Nanoseconds.perMicrosecond), ("ms", Nanoseconds.perMillisecond), ("s", Nanoseconds.perSecond),
        ("m", Nanoseconds.perMinute), ("h", Nanoseconds.perHour), ("d", Nanoseconds.perDay), ("w", Nanoseconds.perWeek),
    ]

    /// For messages.
    static let unitNames = "ns, us, ms, s, m, h, d or w"

    /// Nanoseconds, or nil when `text` is not a duration or longer than 292 years.
    package static func parse(_ text: String) -> Int64? {
        var rest = text[...]
        var total: Int64 = 0
        repeat {
            guard let part = parsePart(&rest) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        } while !rest.isEmpty
        return total
    }

    /// The shortest exact writing in one unit, such as `90s` or `1h`.
    package static func format(_ nanoseconds: Int64) -> String {
        let unit = units.last { nanoseconds.isMultiple(of: $0.nanoseconds) && nanoseconds != 0 } ?? units[3]
        return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }

    private static func parsePart(_ rest: inout Substring) -> Int64? {
        let digits = rest.prefix { $0 >= "0" && $0 <= "9" }
        guard let amount = Int64(digits) else { return nil }
        let letters = rest[digits.endIndex...].prefix { $0 >= "a" && $0 <= "z" }
        guard let unit = units.first(where: { $0.name == letters }) else { return nil }
        rest = rest[letters.endIndex...]
        let (product, overflow) = amount.multipliedReportingOverflow(by: unit.nanoseconds)
        return overflow ? nil : product
    }
}
