/// A 128-bit identifier of a store, segment or file. Drawn from the store's random source, never from the system.
package struct UUID16: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension UUID16: CustomStringConvertible {
    /// 32 hexadecimal digits, most significant first; the form used in file names.
    package var description: String {
        let bytes = [high, low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
        }
        return Hex.encode(bytes)
    }

    /// The form of RFC 9562, in groups of 8, 4, 4, 4 and 12 digits.
    package var grouped: String {
        var text: [UInt8] = []
        for (index, digit) in description.utf8.enumerated() {
            if Self.groupStarts.contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let groupStarts = [8, 12, 16, 20]

    /// Reads the forms that `description` and `grouped` write.
    package init?(_ text: String) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        guard let bytes = Hex.decode(String(decoding: digits, as: UTF8.self)), bytes.count == 16 else { return nil }
        let words = [bytes[0..<8], bytes[8..<16]].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        self.init(high: words[0], low: words[1])
    }
}

extension ByteWriter {
    package mutating func write(_ identifier: UUID16) {
        write(identifier.high)
        write(identifier.low)
    }
}

extension ByteCursor {
    @_lifetime(self: copy self)
    package mutating func readUUID() throws(BytesError) -> UUID16 {
        let high: UInt64 = try read()
        return UUID16(high: high, low: try read())
    }
}
