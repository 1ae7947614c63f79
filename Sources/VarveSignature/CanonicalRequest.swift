import VarveBytes
import VarveCrypto

/// The text whose digest is signed.
enum CanonicalRequest {
    /// - Parameters:
    ///   - path: of ``CanonicalPath``.
    ///   - query: of ``CanonicalQuery``.
    ///   - signedHeaders: names as the sender lists them; none twice, or the text could become longer than the request.
    ///   - payload: 64 hexadecimal digits, or the name of a mode.
    static func make(
        _ request: SignedRequest, path: [UInt8], query: [UInt8], signedHeaders: [String], payload: some Sequence<UInt8>
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(1_024)
        text += request.method.utf8
        text.append(lineFeed)
        text += path
        text.append(lineFeed)
        text += query
        text.append(lineFeed)
        // Sorted lists, which is all that clients send, are not sorted again.
        if Self.isAscending(signedHeaders) {
            for name in signedHeaders { append(name, of: request, to: &text) }
        } else {
            let sorted = signedHeaders.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for name in sorted { append(name, of: request, to: &text) }
        }
        text.append(lineFeed)
        for (index, name) in signedHeaders.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ";")) }
            text += name.utf8
        }
        text.append(lineFeed)
        text += payload
        return text
    }

    /// One line of a header: its values trimmed, folded, joined. Nothing when it is absent.
    private static func append(_ name: String, of request: SignedRequest, to text: inout [UInt8]) {
        if append(name, valuesOf: name, in: request, to: &text) { return }
        // Over HTTP/2 the host has another name; a sender may sign either.
        if name == "host" { append(name, valuesOf: ":authority", in: request, to: &text) }
        if name == ":authority" { append(name, valuesOf: "host", in: request, to: &text) }
    }

    /// - Returns: whether there are any.
    @discardableResult
    private static func append(
        _ name: String, valuesOf sent: String, in request: SignedRequest, to text: inout [UInt8]
    ) -> Bool {
        var isFirst = true
        for header in request.headers where header.name == sent {
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
        return !isFirst
    }

    /// Whether every name stands behind a smaller one: no name twice, nothing to sort.
    static func isAscending(_ names: [String]) -> Bool {
        guard var previous = names.first else { return true }
        for name in names.dropFirst() {
            guard previous.utf8.lexicographicallyPrecedes(name.utf8) else { return false }
            previous = name
        }
        return true
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
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
    }

    static func of(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        append(bytes, to: &text)
        return text
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
