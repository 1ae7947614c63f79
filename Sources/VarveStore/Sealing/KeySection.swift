import VarveBytes
package import VarveCrypto

/// What a sealed file says in plain text about its data key. Format: Docs/Format/segment.md, "Key section".
package struct KeySection: Equatable, Sendable {
    /// AES-256-GCM with a nonce of `noncePrefix` and a counter; the only algorithm so far.
    static let algorithm: UInt8 = 1
    /// Slot of the one key of a section, in the headers of sealed pages and groups; 0 stands for "not sealed".
    static let slot: UInt16 = 1

    /// First 32 bits of every nonce in the file.
    package var noncePrefix: UInt32
    package var domain: KeyDomain
    /// The key that wrapped the data key when the file was made; wrapped anew, it may be another one now.
    package var keyID: String
    /// The wrapped data key, in files that live no longer than their key may; empty elsewhere.
    package var wrapped: [UInt8]

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 64 + keyID.utf8.count + wrapped.count)
        writer.write(UInt8(1))  // keys of the section
        writer.write(Self.algorithm)
        writer.write(UInt16(0))
        writer.write(noncePrefix)
        writer.write(domain.number)
        writer.write(keyID)
        writer.writeLengthPrefixed(wrapped)
        return writer.bytes
    }

    @_lifetime(cursor: copy cursor)
    init(decoding cursor: inout ByteCursor) throws(FormatFault) {
        let start = cursor.offset
        let count: UInt8 = try cursor.field()
        let algorithm: UInt8 = try cursor.field()
        let reserved: UInt16 = try cursor.field()
        guard count == 1, algorithm == Self.algorithm, reserved == 0 else {
            throw FormatFault(offset: start, detail: "\(count) keys of algorithm \(algorithm), one of 1 expected")
        }
        noncePrefix = try cursor.field()
        domain = KeyDomain(number: try cursor.uuidField())
        keyID = try cursor.textField(limit: WrappedKey.keyIDByteCountMax)
        wrapped = try cursor.bytesField(limit: WrappedKey.byteCountMax)
    }

    init(noncePrefix: UInt32, domain: KeyDomain, keyID: String, wrapped: [UInt8]) {
        self.noncePrefix = noncePrefix
        self.domain = domain
        self.keyID = keyID
        self.wrapped = wrapped
    }
}

extension WrappedKey {
    private static let formByte: UInt8 = 1

    /// As an entry of the manifest's list of wrapped keys.
    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 32 + keyID.utf8.count + bytes.count)
        writer.write(Self.formByte)
        writer.write(domain.number)
        writer.write(keyID)
        writer.writeLengthPrefixed(bytes)
        return writer.bytes
    }

    @_lifetime(cursor: copy cursor)
    init(decoding cursor: inout ByteCursor) throws(FormatFault) {
        let form: UInt8 = try cursor.field()
        guard form == Self.formByte else { throw FormatFault(offset: 0, detail: "wrapped key of form \(form)") }
        let domain = KeyDomain(number: try cursor.uuidField())
        let keyID = try cursor.textField(limit: Self.keyIDByteCountMax)
        let bytes = try cursor.bytesField(limit: Self.byteCountMax)
        try cursor.requireEnd("wrapped key")
        self.init(keyID: keyID, domain: domain, bytes: bytes)
    }
}
