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
        var text = text
        return text.withUTF8 { bytes in
            var rest = bytes[...]
            var total: Int64 = 0
            repeat {
                guard let part = parsePart(&rest) else { return nil }
                let (sum, overflow) = total.addingReportingOverflow(part)
                guard !overflow else { return nil }
                total = sum
            } while !rest.isEmpty
            return total
        }
    }

    /// The shortest exact writing in one unit, such as `90s` or `1h`.
    package static func format(_ nanoseconds: Int64) -> String {
        let unit = units.last { nanoseconds.isMultiple(of: $0.nanoseconds) && nanoseconds != 0 } ?? units[3]
        return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }

    private static func parsePart(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> Int64? {
        var amount: Int64 = 0
        let start = rest.startIndex
        while let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            let (tens, isWide) = amount.multipliedReportingOverflow(by: 10)
            let (sum, isWider) = tens.addingReportingOverflow(Int64(byte &- UInt8(ascii: "0")))
            guard !isWide, !isWider else { return nil }
            amount = sum
            rest.removeFirst()
        }
        let letters = rest.prefix { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
        guard rest.startIndex > start, !letters.isEmpty,
            let unit = units.first(where: { letters.elementsEqual($0.name.utf8) })
        else { return nil }
        rest = rest[letters.endIndex...]
        let (product, overflow) = amount.multipliedReportingOverflow(by: unit.nanoseconds)
        return overflow ? nil : product
    }
}
