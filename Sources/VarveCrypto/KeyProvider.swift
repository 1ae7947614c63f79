package import VarveBytes

/// What is encrypted under keys of its own: destroying the keys of a domain destroys what was stored in it.
///
/// A number and not a name, because it stands in plain text in files whose names must not show.
package struct KeyDomain: Hashable, Sendable {
    package let number: UUID16

    package init(number: UUID16) { self.number = number }

    /// Everything that belongs to no domain of its own.
    package static let store = KeyDomain(number: UUID16(high: 0, low: 0))
}

/// A data key as it may lie on disk: useless without the key that wraps it.
package struct WrappedKey: Hashable, Sendable {
    /// Longest name of a wrapping key in bytes of UTF-8: several times an Amazon resource name of a key.
    package static let keyIDByteCountMax = 1_024
    /// Largest wrapped form: what key management services allow for a ciphertext.
    package static let byteCountMax = 6_144

    /// The wrapping key. Not secret.
    package let keyID: String
    package let domain: KeyDomain
    /// Understood by the provider only.
    package let bytes: [UInt8]

    package init(keyID: String, domain: KeyDomain, bytes: [UInt8]) {
        precondition(keyID.utf8.count <= Self.keyIDByteCountMax, "names of keys have at most 1 024 bytes")
        precondition(bytes.count <= Self.byteCountMax, "wrapped keys have at most 6 144 bytes")
        self.keyID = keyID
        self.domain = domain
        self.bytes = bytes
    }
}

/// Keeps the keys that wrap data keys: a file, or a key management service. Any thread; may block, but not for long:
/// it is asked once for each file that is made or opened.
package protocol KeyProvider: Sendable {
    /// Name of the key that wraps from now on. Older ones still unwrap.
    func newestKeyID(of domain: KeyDomain) throws(SealError) -> String
    /// Wraps a data key under the newest key.
    /// - Parameter context: what the data key is for; it must be the same when it is unwrapped.
    func wrap(_ dataKey: SecretBytes, for domain: KeyDomain, context: [UInt8]) throws(SealError) -> WrappedKey
    /// - Throws: `.unknownKey`, `.destroyedKey` and `.unavailable`, or `.authentication` when the key is known but did
    ///   not wrap these bytes in this context.
    func unwrap(_ wrapped: WrappedKey, context: [UInt8]) throws(SealError) -> SecretBytes
}

/// Why something cannot be sealed or opened.
package enum SealError: Error, Equatable, Sendable {
    /// It is sealed, and no keys were given.
    case noProvider(keyID: String)
    /// It is sealed under a data key that another file has, which is not there.
    case noDataKey(keyID: String)
    /// The provider has no such key; another key file may.
    case unknownKey(keyID: String)
    /// The key was destroyed on purpose: what it protects is gone for good.
    case destroyedKey(keyID: String)
    /// The provider cannot answer now.
    case unavailable(keyID: String, reason: String)
    /// Key, content or place is not that of the sealing: damage, forgery or a wrong key.
    case authentication
    /// libcrypto refused.
    case library(String)
}

extension SealError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noProvider(let keyID): "encrypted under key \(keyID), and no key file was given"
        case .noDataKey(let keyID):
            "encrypted under a key of its own, which is wrapped by \(keyID) in the manifest of its store, and no such "
                + "manifest was found beside it; put the file into seg/ of that store or of a snapshot of it"
        case .unknownKey(let keyID): "encrypted under key \(keyID), which the key file does not have"
        case .destroyedKey(let keyID): "encrypted under key \(keyID), which was destroyed"
        case .unavailable(let keyID, let reason): "key \(keyID) cannot be used now: \(reason)"
        case .authentication: "the seal is broken: content or key is not that of the sealing"
        case .library(let what): "libcrypto cannot do \(what)"
        }
    }
}
