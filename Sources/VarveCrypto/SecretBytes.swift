import CCrypto

/// Key material: bytes that are overwritten when the last reference goes, and that no description, mirror or error
/// ever shows. Immutable after init; any thread.
///
/// Not protected: copies in a core dump, and memory that the kernel has swapped out.
package final class SecretBytes: @unchecked Sendable {
    private let bytes: UnsafeMutableRawBufferPointer

    /// - Parameter fill: gets `count` zero bytes and writes the secret into them.
    package init<Failure: Error>(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(count > 0, "a secret has at least one byte")
        bytes = .allocate(byteCount: count, alignment: 16)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        try fill(bytes)
    }

    /// A new secret.
    /// - Parameter next: 64 bits that nobody can guess; in production the kernel's generator.
    package convenience init(count: Int, random next: () -> UInt64) {
        self.init(count: count) { (bytes: UnsafeMutableRawBufferPointer) throws(Never) in
            for offset in stride(from: 0, to: count, by: 8) {
                withUnsafeBytes(of: next().littleEndian) { word in
                    UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: word.prefix(count - offset)))
                }
            }
        }
    }

    /// A copy of bytes that are known anyway, such as test vectors.
    package convenience init(copying known: [UInt8]) {
        self.init(count: known.count) { (bytes: UnsafeMutableRawBufferPointer) throws(Never) in
            bytes.copyBytes(from: known)
        }
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    package var count: Int { bytes.count }

    /// Lends the bytes. They must not be copied into anything that outlives the call unerased.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(bytes))
    }

    /// Overwrites a buffer that held a secret, in a way that no compiler removes.
    package static func erase(_ buffer: inout [UInt8]) {
        buffer.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(count) secret bytes, redacted" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
