import Testing
import VarveBytes
import VarveCrypto

/// Vectors of "The Galois/Counter Mode of Operation" (McGrew, Viega), as submitted to NIST: test cases 13 to 16, the
/// ones with 256-bit keys and 96-bit nonces.
struct GCMVector: Sendable, CustomStringConvertible {
    var number: Int
    var key: String
    var nonce: String
    var plain = ""
    var associated = ""
    var sealed = ""
    var tag: String

    var description: String { "test case \(number)" }

    static let zeros = String(repeating: "0", count: 64)
    static let key15 = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
    static let plain15 =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
    static let sealed15 =
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"

    static let all = [
        GCMVector(
            number: 13, key: zeros, nonce: String(zeros.prefix(24)), tag: "530f8afbc74536b9a963b4f1c4cb738b"),
        GCMVector(
            number: 14, key: zeros, nonce: String(zeros.prefix(24)), plain: String(zeros.prefix(32)),
            sealed: "cea7403d4d606b6e074ec5d3baf39d18", tag: "d0d1c8a799996bf0265b98b5d48ab919"),
        GCMVector(
            number: 15, key: key15, nonce: "cafebabefacedbaddecaf888", plain: plain15, sealed: sealed15,
            tag: "b094dac5d93471bdec1a502270e3cc6c"),
        GCMVector(
            number: 16, key: key15, nonce: "cafebabefacedbaddecaf888", plain: String(plain15.dropLast(8)),
            associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2", sealed: String(sealed15.dropLast(8)),
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
    ]
}

@Suite struct AESGCMTests {
    private func bytes(_ text: String) throws -> [UInt8] { try #require(Hex.decode(text)) }

    private func nonce(_ text: String) throws -> GCMNonce {
        let bytes = try bytes(text)
        let words = bytes.enumerated().map {
            UInt64($0.element) << UInt64(8 * ($0.offset < 4 ? $0.offset : $0.offset - 4))
        }
        return GCMNonce(prefix: UInt32(words[..<4].reduce(0, |)), counter: words[4...].reduce(0, |))
    }

    private func seal(_ cipher: AESGCM, _ plain: [UInt8], _ nonce: GCMNonce, _ associated: [UInt8]) throws -> [UInt8] {
        try plain.withUnsafeBytes { plain in
            try associated.withUnsafeBytes { try cipher.seal(plain, nonce: nonce, associated: $0) }
        }
    }

    private func open(_ cipher: AESGCM, _ sealed: [UInt8], _ nonce: GCMNonce, _ associated: [UInt8]) throws -> [UInt8] {
        var plain = [UInt8](repeating: 0xaa, count: sealed.count - AESGCM.tagByteCount)
        try plain.withUnsafeMutableBytes { target in
            try sealed.withUnsafeBytes { sealed in
                try associated.withUnsafeBytes { associated in
                    try cipher.open(sealed, into: target, nonce: nonce, associated: associated)
                }
            }
        }
        return plain
    }

    @Test("the published vectors come out, sealed and opened with one context", arguments: GCMVector.all)
    func vectors(vector: GCMVector) throws {
        let cipher = try AESGCM(key: SecretBytes(copying: try bytes(vector.key)))
        let (plain, associated) = (try bytes(vector.plain), try bytes(vector.associated))
        for _ in 0..<2 {
            let sealed = try seal(cipher, plain, nonce(vector.nonce), associated)
            #expect(Hex.encode(sealed) == vector.sealed + vector.tag)
            #expect(try open(cipher, sealed, nonce(vector.nonce), associated) == plain)
        }
    }

    @Test("a changed bit anywhere – message, tag, nonce, associated data, key – is refused, and no plaintext is left")
    func forgeries() throws {
        let key = SecretBytes(copying: [UInt8](0..<32))
        let cipher = try AESGCM(key: key)
        let (plain, associated, nonce) = ([UInt8](0..<50), [UInt8](1...20), GCMNonce(prefix: 7, counter: 9))
        let sealed = try seal(cipher, plain, nonce, associated)
        for index in sealed.indices {
            var forged = sealed
            forged[index] ^= 1 << UInt8(index % 8)
            #expect(throws: SealError.authentication) { try open(cipher, forged, nonce, associated) }
        }
        for index in associated.indices {
            var forged = associated
            forged[index] ^= 4
            #expect(throws: SealError.authentication) { try open(cipher, sealed, nonce, forged) }
        }
        for forged in [GCMNonce(prefix: 6, counter: 9), GCMNonce(prefix: 7, counter: 8)] {
            #expect(throws: SealError.authentication) { try open(cipher, sealed, forged, associated) }
        }
        let other = try AESGCM(key: SecretBytes(copying: [UInt8](1...32)))
        #expect(throws: SealError.authentication) { try open(other, sealed, nonce, associated) }
        #expect(try open(cipher, sealed, nonce, associated) == plain)

        var target = [UInt8](repeating: 0xaa, count: plain.count)
        var forged = sealed
        forged[60] ^= 1
        _ = try? target.withUnsafeMutableBytes { target in
            try forged.withUnsafeBytes { forged in
                try associated.withUnsafeBytes {
                    try cipher.open(forged, into: target, nonce: nonce, associated: $0)
                }
            }
        }
        #expect(target.allSatisfy { $0 == 0 })
    }

    @Test("a sealed message shorter than a tag is refused")
    func short() throws {
        let cipher = try AESGCM(key: SecretBytes(copying: [UInt8](0..<32)))
        var nothing: [UInt8] = []
        #expect(throws: SealError.authentication) {
            try nothing.withUnsafeMutableBytes { target in
                try [UInt8](0..<15).withUnsafeBytes {
                    try cipher.open(
                        $0, into: target, nonce: GCMNonce(prefix: 0, counter: 0),
                        associated: UnsafeRawBufferPointer(start: nil, count: 0))
                }
            }
        }
    }

    @Test("a secret shows its length and nothing else, however it is printed")
    func redaction() {
        let secret = SecretBytes(copying: Array("very secret key material".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), String(describing: secret as Any), dumped] {
            #expect(text.contains("redacted") && !text.contains("secret key"), "\(text)")
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test("new secrets take every byte from the random source")
    func randomSecret() {
        var word: UInt64 = 0
        let secret = SecretBytes(count: 20) {
            word += 0x0101_0101_0101_0101
            return word
        }
        secret.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in
            #expect(Array(bytes) == Array(repeating: 1, count: 8) + Array(repeating: 2, count: 8) + [3, 3, 3, 3])
        }
        var buffer: [UInt8] = [1, 2, 3]
        SecretBytes.erase(&buffer)
        #expect(buffer == [0, 0, 0])
    }
}
