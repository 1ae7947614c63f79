/// A range of IPv4 or IPv6 addresses: `10.0.0.0/24`, `2001:db8::/32`.
struct AddressRange: Equatable, Sendable {
    /// 4 or 16 bytes.
    var network: [UInt8]
    /// Leading bits that must agree.
    var maskBits: Int

    /// Whether a text is an address of the range.
    func contains(_ text: [UInt8]) -> Bool {
        guard let address = Self.address(text), address.count == network.count else { return false }
        let whole = maskBits / 8
        guard address[..<whole] == network[..<whole] else { return false }
        guard maskBits % 8 != 0 else { return true }
        let mask = UInt8.max << UInt8(8 - maskBits % 8)
        return address[whole] & mask == network[whole] & mask
    }

    /// The service names no place for faults of these.
    static func parse(_ text: String) throws(PatternFault) -> AddressRange {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else {
            throw PatternFault(detail: "Malformed CIDR, one '/' required", offset: nil)
        }
        guard let maskBits = Int32(parts[1]) else {
            throw PatternFault(detail: "Malformed CIDR, mask bits must be an integer", offset: nil)
        }
        guard maskBits >= 0 else {
            throw PatternFault(detail: "Malformed CIDR, mask bits must not be negative", offset: nil)
        }
        guard let network = address(Array(parts[0].utf8)) else {
            throw PatternFault(detail: "Nonstandard IP address: \(parts[0])", offset: nil)
        }
        let bits = network.count * 8
        guard maskBits < bits else {
            throw PatternFault(detail: "IPv\(bits == 32 ? 4 : 6) mask bits must be < \(bits)", offset: nil)
        }
        return AddressRange(network: network, maskBits: Int(maskBits))
    }

    /// 4 or 16 bytes; nil for what is no address.
    static func address(_ text: [UInt8]) -> [UInt8]? {
        guard text.count <= 45 else { return nil }
        return text.contains(UInt8(ascii: ":")) ? version6(text) : version4(text[...])
    }

    private static func version4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), let value = number(part, radix: 10), value <= 255 else { return nil }
            bytes.append(UInt8(value))
        }
        return bytes
    }

    /// Eight groups, of which `::` stands for one or more that are zero.
    private static func version6(_ text: [UInt8]) -> [UInt8]? {
        let colon = UInt8(ascii: ":")
        var gap: Int?
        for index in text.indices.dropLast() where text[index] == colon && text[index + 1] == colon {
            if gap != nil { return nil }
            gap = index
        }
        guard let gap else { return groups(text[...]).flatMap { $0.count == 16 ? $0 : nil } }
        guard let head = groups(text[..<gap]), let tail = groups(text[(gap + 2)...]), head.count + tail.count <= 14
        else {
            return nil
        }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Two bytes for each group between colons.
    private static func groups(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        for part in text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            guard (1...4).contains(part.count), let value = number(part, radix: 16) else { return nil }
            bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
        }
        return bytes
    }

    /// Digits only; four at most, so that nothing overflows.
    private static func number(_ digits: ArraySlice<UInt8>, radix: Int) -> Int? {
        var value = 0
        for digit in digits {
            guard let next = Character(Unicode.Scalar(digit)).hexDigitValue, next < radix else { return nil }
            value = value * radix + next
        }
        return value
    }
}
