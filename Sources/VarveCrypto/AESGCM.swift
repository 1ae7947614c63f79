import CCrypto

/// What must never repeat under one key: 32 bits that are constant in a file, and the number of the sealed thing in it.
package struct GCMNonce: Hashable, Sendable {
    package static let byteCount = 12

    package var prefix: UInt32
    package var counter: UInt64

    package init(prefix: UInt32, counter: UInt64) {
        self.prefix = prefix
        self.counter = counter
    }

    /// Lends the 12 bytes: `prefix`, then `counter`, both little-endian.
    func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.byteCount) { bytes in
            for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: prefix >> UInt32(8 * index)) }
            for index in 0..<8 { bytes[4 + index] = UInt8(truncatingIfNeeded: counter >> UInt64(8 * index)) }
            return body(UnsafePointer(bytes.baseAddress!))
        }
    }
}

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D) of the system's libcrypto, which uses the processor's instructions.
///
/// Holds one context with the expanded key, reused for every message in either direction: a message allocates nothing.
/// One thread at a time; may be handed from thread to thread.
package final class AESGCM: @unchecked Sendable {
    package static let keyByteCount = 32
    package static let tagByteCount = 16
    /// Messages are counted in C integers.
    package static let messageByteCountMax = Int(Int32.max)

    private let context: OpaquePointer

    /// - Throws: `.library` when libcrypto does not offer the algorithm.
    package init(key: SecretBytes) throws(SealError) {
        precondition(key.count == Self.keyByteCount, "AES-256 has keys of 32 bytes")
        let created = key.withBytes { bytes in varve_gcm_create(bytes.bindMemory(to: UInt8.self).baseAddress) }
        guard let created else { throw .library("AES-256-GCM") }
        context = created
    }

    // Erases the expanded key.
    deinit { EVP_CIPHER_CTX_free(context) }

    /// Writes the ciphertext of `plain` and its tag of 16 bytes.
    /// - Parameters:
    ///   - sealed: `plain.count + 16` bytes.
    ///   - nonce: never used before under this key.
    ///   - associated: is not stored, but must be the same when the message is opened.
    package func seal(
        _ plain: UnsafeRawBufferPointer, into sealed: UnsafeMutableRawBufferPointer, nonce: GCMNonce,
        associated: UnsafeRawBufferPointer
    ) throws(SealError) {
        precondition(sealed.count == plain.count + Self.tagByteCount, "a sealed message has 16 bytes more")
        precondition(plain.count <= Self.messageByteCountMax, "a message has less than 2 GiB")
        let status = nonce.withBytes { nonce in
            varve_gcm_seal(
                context, nonce, associated.bindMemory(to: UInt8.self).baseAddress, Int32(associated.count),
                plain.bindMemory(to: UInt8.self).baseAddress, Int32(plain.count),
                sealed.bindMemory(to: UInt8.self).baseAddress)
        }
        guard status == 1 else { throw .library("AES-256-GCM") }
    }

    /// Writes the plaintext of a sealed message, if key, nonce, message and associated data are those of its sealing.
    /// - Parameter plain: `sealed.count − 16` bytes; all zero after an error.
    /// - Throws: `.authentication`.
    package func open(
        _ sealed: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer, nonce: GCMNonce,
        associated: UnsafeRawBufferPointer
    ) throws(SealError) {
        guard sealed.count >= Self.tagByteCount, sealed.count <= Self.messageByteCountMax else { throw .authentication }
        precondition(plain.count == sealed.count - Self.tagByteCount, "an opened message has 16 bytes less")
        let status = nonce.withBytes { nonce in
            varve_gcm_open(
                context, nonce, associated.bindMemory(to: UInt8.self).baseAddress, Int32(associated.count),
                sealed.bindMemory(to: UInt8.self).baseAddress, Int32(plain.count),
                plain.bindMemory(to: UInt8.self).baseAddress)
        }
        guard status == 1 else {
            // Unauthenticated plaintext is nobody's business.
            plain.initializeMemory(as: UInt8.self, repeating: 0)
            throw .authentication
        }
    }
}

extension AESGCM {
    /// `seal(_:into:nonce:associated:)` into new memory.
    package func seal(
        _ plain: UnsafeRawBufferPointer, nonce: GCMNonce, associated: UnsafeRawBufferPointer
    ) throws(SealError) -> [UInt8] {
        let byteCount = plain.count + Self.tagByteCount
        var failure: SealError?
        let sealed = [UInt8](unsafeUninitializedCapacity: byteCount) { target, initialized in
            let raw = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<byteCount])
            do throws(SealError) {
                try seal(plain, into: raw, nonce: nonce, associated: associated)
                initialized = byteCount
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return sealed
    }
}
