import CCrypto

/// SHA-256 of libcrypto (FIPS 180-4). Any thread.
package enum SHA256 {
    /// 32 bytes. O(bytes).
    package static func digest(of message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
            let isDone = message.withUnsafeBufferPointer {
                varve_sha256(algorithm, $0.baseAddress, $0.count, digest.baseAddress) == 1
            }
            precondition(isDone, "libcrypto has no SHA-256 or no memory")
            count = 32
        }
    }

    // Unsafe for the compiler, which cannot know: libcrypto's algorithms do not change. nil is refused by the call.
    nonisolated(unsafe) private static let algorithm = varve_sha256_fetch()
}

/// HMAC with SHA-256 (RFC 2104) of libcrypto. Any thread.
package enum HMACSHA256 {
    /// 32 bytes. O(bytes).
    /// - Parameter key: of any length below 2³¹.
    package static func code(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { code, count in
            let isDone = message.withUnsafeBufferPointer { message in
                key.withUnsafeBufferPointer { key in
                    varve_hmac_sha256(
                        model, key.baseAddress, key.count, message.baseAddress, message.count, code.baseAddress) == 1
                }
            }
            precondition(isDone, "libcrypto has no SHA-256 or no memory")
            count = 32
        }
    }

    // As above: it is copied for every code, and never changed.
    nonisolated(unsafe) static let model = varve_hmac_sha256_create()
}
