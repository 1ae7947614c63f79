extension TimeZoneRules {
    /// The zone of a fixed offset, such as `+05:30` or `UTC-03:00`: hours and minutes in two digits each, at most 18
    /// hours, a multiple of five minutes. nil for other texts.
    package static func fixed(_ text: String) -> TimeZoneRules? {
        var rest = Array(text.utf8)[...]
        if rest.starts(with: "UTC".utf8) { rest = rest.dropFirst(3) }
        guard rest.count == 6, let sign = rest.popFirst(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let hours = number(rest.prefix(2)), rest.dropFirst(2).first == UInt8(ascii: ":"),
            let minutes = number(rest.suffix(2)), minutes < 60, minutes % 5 == 0, hours * 60 + minutes <= 18 * 60
        else { return nil }
        let seconds = (hours * 60 + minutes) * 60
        return TimeZoneRules(
            transitions: [], initialOffset: sign == UInt8(ascii: "-") ? -seconds : seconds, rule: nil)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
