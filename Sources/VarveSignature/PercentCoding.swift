/// Percent-encoding as signatures demand it: everything but RFC 3986's unreserved bytes, in upper-case digits.
package enum PercentCoding {
    /// Appends the encoded form of one byte.
    @inline(__always)
    static func append(_ byte: UInt8, to text: inout [UInt8]) {
        if isUnreserved(byte) { return text.append(byte) }
        text.append(UInt8(ascii: "%"))
        text.append(upperDigit(byte >> 4))
        text.append(upperDigit(byte & 15))
    }

    /// The encoded form of a text, for a query.
    package static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 { append(byte, to: &encoded) }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// The bytes that a piece of a query means; `+` is a space, as in forms.
    /// - Throws: `.malformedQueryString` for a `%` that is not followed by two hexadecimal digits.
    static func decodeQueryPiece(_ piece: ArraySlice<UInt8>) throws(SignatureError) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(piece.count)
        var index = piece.startIndex
        while index < piece.endIndex {
            let byte = piece[index]
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
                continue
            }
            guard index + 2 < piece.endIndex else {
                throw SignatureError(.malformedQueryString, "Incomplete trailing escape % sequence")
            }
            guard let high = hexValue(piece[index + 1]), let low = hexValue(piece[index + 2]) else {
                let pattern = String(decoding: piece[index...index + 2], as: UTF8.self)
                throw SignatureError(
                    .malformedQueryString, "Illegal hex character in escape % pattern: \(pattern)")
            }
            decoded.append(high << 4 | low)
            index += 3
        }
        return decoded
    }

    /// Whether every `%` is followed by two hexadecimal digits.
    static func hasOnlyWholeEscapes(_ text: ArraySlice<UInt8>) -> Bool {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%") {
                guard index + 2 < text.endIndex, hexValue(text[index + 1]) != nil, hexValue(text[index + 2]) != nil
                else { return false }
                index += 2
            }
            index += 1
        }
        return true
    }

    @inline(__always)
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func upperDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
