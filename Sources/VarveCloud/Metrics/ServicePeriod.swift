import VarveModel

/// Periods that the service knows: 1, 5, 10, 20, 30 and whole minutes.
enum ServicePeriod {
    /// What the service says to a period of so many seconds; nil for one that it takes.
    static func problem(_ seconds: Int64) -> String? {
        if seconds < 60 {
            return [1, 5, 10, 20, 30].contains(seconds)
                ? nil : "The parameter Period must be a value in the set [1, 5, 10, 20, 30]."
        }
        guard seconds.isMultiple(of: 60) else { return "The parameter Period must be a multiple of 60." }
        // A thousand years: beyond it nanoseconds leave their 64 bits.
        return seconds <= 1_000 * 365 * 86_400 ? nil : "The parameter Period is too long."
    }
}

/// `+HHMM` and `-HHMM`.
enum ZoneOffset {
    static func ns(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-") else { return nil }
        var digits: [Int64] = []
        for byte in bytes.dropFirst() {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            digits.append(Int64(byte - UInt8(ascii: "0")))
        }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hours <= 14, minutes < 60 else { return nil }
        let offset = hours * Nanoseconds.perHour + minutes * Nanoseconds.perMinute
        return bytes[0] == UInt8(ascii: "-") ? -offset : offset
    }
}
