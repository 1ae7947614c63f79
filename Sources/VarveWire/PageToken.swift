import VarveBytes

/// Opaque page tokens that clients can neither read meaning into nor change: a cursor, bound to the operation, to the
/// parameters of the request and to an end of validity by a message authentication code.
///
/// Layout before the text form (base64url without padding): version (1), expiry in seconds since 1970 (8,
/// little-endian), cursor, code (16). The code covers version, expiry, operation, parameters and cursor, each with its
/// length.
package struct PageToken: Sendable {
    /// A keyed message authentication code of at least ``codeByteCount`` bytes, such as HMAC-SHA-256.
    package typealias Authenticate = @Sendable ([UInt8]) -> [UInt8]

    /// 128 bits cannot be guessed.
    static let codeByteCount = 16
    private static let version: UInt8 = 1
    private static let headByteCount = 9

    private let authenticate: Authenticate
    private let lifetimeSeconds: Int64

    /// - Parameters:
    ///   - lifetimeSeconds: how long a token is good for. A day, as the services' own.
    ///   - authenticate: called on whichever thread makes or opens a token.
    package init(lifetimeSeconds: Int64 = 86_400, authenticate: @escaping Authenticate) {
        self.lifetimeSeconds = lifetimeSeconds
        self.authenticate = authenticate
    }

    /// The token for the next page.
    /// - Parameters:
    ///   - cursor: where the next page begins; whatever the operation understands. Not secret.
    ///   - operation: its name; account and region belong here too where cursors depend on them.
    ///   - parameters: what must stay the same from page to page, in a form that is the same each time.
    ///   - nowSeconds: since 1970.
    package func make(
        cursor: [UInt8], operation: String, parameters: [UInt8] = [], nowSeconds: Int64
    ) -> String {
        var head = ByteWriter(capacity: Self.headByteCount)
        head.write(Self.version)
        head.write(nowSeconds &+ lifetimeSeconds)
        let code = self.code(head: head.bytes[...], cursor: cursor[...], operation: operation, parameters: parameters)
        return Base64.encodeForURL(head.bytes + cursor + code)
    }

    /// The cursor of a token that this service made for the same operation and parameters and that has not expired; nil
    /// for any other text. Compares in constant time.
    package func open(_ token: String, operation: String, parameters: [UInt8] = [], nowSeconds: Int64) -> [UInt8]? {
        guard let bytes = Base64.decodeForURL(token), bytes.count >= Self.headByteCount + Self.codeByteCount,
            bytes[0] == Self.version
        else { return nil }
        let head = bytes[..<Self.headByteCount]
        let cursor = bytes[Self.headByteCount..<(bytes.count - Self.codeByteCount)]
        let expected = code(head: head, cursor: cursor, operation: operation, parameters: parameters)
        let difference = zip(expected, bytes.suffix(Self.codeByteCount)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0 else { return nil }
        let expiry = head.dropFirst().reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return nowSeconds < expiry ? Array(cursor) : nil
    }

    private func code(
        head: ArraySlice<UInt8>, cursor: ArraySlice<UInt8>, operation: String, parameters: [UInt8]
    ) -> [UInt8] {
        var message = ByteWriter(capacity: 64 + cursor.count + parameters.count)
        message.write(contentsOf: head)
        message.write(operation)
        message.writeLengthPrefixed(parameters)
        message.writeLengthPrefixed(cursor)
        let code = authenticate(message.bytes)
        precondition(code.count >= Self.codeByteCount, "the authentication code is too short to be one")
        return Array(code.prefix(Self.codeByteCount))
    }
}
