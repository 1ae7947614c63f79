/// Base64 (RFC 4648), strict: padding where it belongs, no other characters, no bits that are not used.
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values = table(digits)
    private static let urlValues = table(urlDigits)
    private static let invalid: UInt8 = 0xff

    private static func table(_ digits: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }

    /// With padding. O(bytes).
    package static func encode(_ bytes: [UInt8]) -> String { String(decoding: encoded(bytes), as: UTF8.self) }

    /// The same as bytes of ASCII, in one allocation, so that the text of a secret can be erased.
    package static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var text = encoded(bytes, digits)
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return text
    }

    /// The bytes of a padded text, nil for any other. O(text).
    package static func decode(_ text: String) -> [UInt8]? {
        let all = Array(text.utf8)
        guard all.count % 4 == 0 else { return nil }
        let padding = all.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return decoded(all.dropLast(padding), values)
    }

    /// For tokens: no padding, and nothing that a URL would need to escape.
    package static func encodeForURL(_ bytes: [UInt8]) -> String {
        String(decoding: encoded(bytes, urlDigits), as: UTF8.self)
    }

    /// The bytes of what ``encodeForURL(_:)`` wrote, nil for any other text. O(text).
    package static func decodeForURL(_ text: String) -> [UInt8]? { decoded(Array(text.utf8)[...], urlValues) }

    private static func encoded(_ bytes: [UInt8], _ digits: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0) }
            for digit in 0...count { text.append(digits[Int(group >> (18 - 6 * UInt32(digit)) & 63)]) }
            index += 3
        }
        return text
    }

    private static func decoded(_ text: ArraySlice<UInt8>, _ values: [UInt8]) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 2)
        var group: UInt32 = 0
        var bitCount = 0
        for character in text {
            let value = values[Int(character)]
            guard value != invalid else { return nil }
            group = group << 6 | UInt32(value)
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bitCount)))
            group &= (1 << UInt32(bitCount)) - 1
        }
        // Bits left over must be zero: otherwise two texts would stand for the same bytes.
        return group == 0 ? bytes : nil
    }
}
