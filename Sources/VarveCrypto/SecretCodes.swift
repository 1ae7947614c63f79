import CCrypto

// Codes under keys that must not be copied around. Any thread.

extension HMACSHA256 {
    /// 32 bytes that are secret themselves: one step of a key derivation. O(bytes).
    package static func secretCode(of message: [UInt8], key: SecretBytes) -> SecretBytes {
        SecretBytes(count: 32) { (code: UnsafeMutableRawBufferPointer) throws(Never) in
            write(codeOf: message, key: key, into: code.bindMemory(to: UInt8.self).baseAddress!)
        }
    }

    /// 32 bytes that may be shown, such as a signature. O(bytes).
    package static func code(of message: [UInt8], key: SecretBytes) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { code, count in
            write(codeOf: message, key: key, into: code.baseAddress!)
            count = 32
        }
    }

    private static func write(codeOf message: [UInt8], key: SecretBytes, into code: UnsafeMutablePointer<UInt8>) {
        let isDone = message.withUnsafeBufferPointer { message in
            key.withBytes { (key: UnsafeRawBufferPointer) throws(Never) in
                varve_hmac_sha256(
                    model, key.bindMemory(to: UInt8.self).baseAddress, key.count, message.baseAddress, message.count,
                    code) == 1
            }
        }
        precondition(isDone, "libcrypto has no SHA-256 or no memory")
    }
}

/// HMAC with SHA-1 (RFC 2104), for one-time passwords (RFC 6238) and nothing else.
package enum HMACSHA1 {
    /// 20 bytes. O(bytes).
    package static func code(of message: [UInt8], key: SecretBytes) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 20) { code, count in
            let isDone = message.withUnsafeBufferPointer { message in
                key.withBytes { (key: UnsafeRawBufferPointer) throws(Never) in
                    varve_hmac_sha1(
                        key.bindMemory(to: UInt8.self).baseAddress, Int32(key.count), message.baseAddress,
                        message.count, code.baseAddress) == 1
                }
            }
            precondition(isDone, "libcrypto has no SHA-1 or no memory")
            count = 20
        }
    }
}

/// Comparison that takes as long for wrong bytes as for right ones.
package enum ConstantTime {
    /// Whether both are the same. The time depends on the lengths only, which are no secret.
    package static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                left.isEmpty || CRYPTO_memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
            }
        }
    }
}
