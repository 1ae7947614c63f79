import VarveBytes
import VarveCrypto

/// The text whose digest is signed.
enum CanonicalRequest {
    /// - Parameters:
    ///   - path: of ``CanonicalPath``.
    ///   - query: of ``CanonicalQuery``.
    ///   - signedHeaders: names as the sender lists them, parted by semicolons; none twice, or the text could become
    ///     longer than the request.
    ///   - payload: 64 hexadecimal digits, or the name of a mode.
    static func make(
        _ request: SignedRequest, path: [UInt8], query: [UInt8], signedHeaders: String, payload: some Sequence<UInt8>
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(512)
        text += request.method.utf8
        text.append(lineFeed)
        text += path
        text.append(lineFeed)
        text += query
        text.append(lineFeed)
        // Sorted lists, which is all that clients send, are not sorted again.
        var names = signedHeaders.split(separator: ";")
        if !zip(names, names.dropFirst()).allSatisfy({ $0 <= $1 }) {
            names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
        for name in names { append(name, of: request, to: &text) }
        text.append(lineFeed)
        text += signedHeaders.utf8
        text.append(lineFeed)
        text += payload
        return text
    }

    /// One line of a header: its values trimmed, folded, joined. Nothing when it is absent.
    private static func append(_ name: Substring, of request: SignedRequest, to text: inout [UInt8]) {
        var isFirst = true
        for header in values(of: name, in: request) {
            if isFirst {
                text += name.utf8
                text.append(UInt8(ascii: ":"))
            } else {
                text.append(UInt8(ascii: ","))
            }
            isFirst = false
            append(folded: header.value, to: &text)
        }
        if !isFirst { text.append(lineFeed) }
    }

    /// Over HTTP/2 the host has another name; a sender may sign either.
    private static func values(of name: Substring, in request: SignedRequest) -> [SignedHeader] {
        let found = request.headers.filter { $0.name == name }
        guard found.isEmpty else { return found }
        switch name {
        case "host": return request.headers.filter { $0.name == ":authority" }
        case ":authority": return request.headers.filter { $0.name == "host" }
        default: return []
        }
    }

    /// Without white space at either end, and one space for any run of it inside, quotes or not.
    static func append(folded value: String, to text: inout [UInt8]) {
        let start = text.count
        var isSpacePending = false
        for byte in value.utf8 {
            if byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
                isSpacePending = text.count > start
                continue
            }
            if isSpacePending { text.append(0x20) }
            isSpacePending = false
            text.append(byte)
        }
    }

    private static let lineFeed: UInt8 = 0x0a

    /// What the signature is a code of.
    static func stringToSign(time: String, scope: String, canonicalRequest: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(160)
        text += SigningKey.algorithm.utf8
        text.append(lineFeed)
        text += time.utf8
        text.append(lineFeed)
        text += scope.utf8
        text.append(lineFeed)
        HexText.append(SHA256.digest(of: canonicalRequest), to: &text)
        return text
    }
}

/// Lower-case hexadecimal digits as bytes, without a string between.
enum HexText {
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }

    static func of(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        append(bytes, to: &text)
        return text
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
