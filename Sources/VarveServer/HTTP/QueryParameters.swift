/// Parameters of a request target or of a form body, decoded. The first of repeated names counts.
package struct QueryParameters: Sendable {
    private var values: [String: String] = [:]

    /// - Parameter text: what follows `?`. `+` is a space, as forms and most client libraries write it. Escapes that
    ///   are not UTF-8 become U+FFFD.
    package init(_ text: some StringProtocol) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decode(parts[0])
            if values[name] == nil { values[name] = parts.count == 2 ? Self.decode(parts[1]) : "" }
        }
    }

    package subscript(_ name: String) -> String? { values[name] }

    private static func decode(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        let input = Array(text.utf8)
        var index = 0
        while index < input.count {
            let byte = input[index]
            if byte == UInt8(ascii: "%"), index + 2 < input.count, let high = hexValue(input[index + 1]),
                let low = hexValue(input[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}
