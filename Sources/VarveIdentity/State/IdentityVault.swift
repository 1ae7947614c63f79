package import VarveCrypto
package import VarveIO
import VarveBytes
import VarveStore

/// Why the vault cannot be read or written.
package enum IdentityVaultError: Error, Sendable, Equatable, CustomStringConvertible {
    case disk(DiskError)
    /// Keys are missing, or the file is not what was sealed.
    case sealed(path: String, SealError)
    case corrupt(path: String, detail: String)
    /// The key file, which says why itself.
    case keyFile(String)
    /// What the configuration declares makes no sense.
    case configuration(String)

    package var description: String {
        switch self {
        case .disk(let error): "\(error)"
        case .sealed(let path, let error): "\(path): \(error)"
        case .corrupt(let path, let detail): "\(path): \(detail); put a copy of the file in place"
        case .keyFile(let reason): reason
        case .configuration(let reason): "identity configuration: \(reason)"
        }
    }
}

/// Keeps accounts, principals and secrets in one sealed file that is replaced as a whole. Format:
/// Docs/Format/identity.md. One thread at a time; ``IdentityService`` sees to that.
///
/// After a power cut the old content is there or the new one. What was deleted is gone from the directory when
/// ``write(_:)`` returns.
package final class IdentityVault: @unchecked Sendable {
    // Unchecked: `provider` is touched by one thread at a time, as promised above.
    private let directory: String
    private let environment: SystemEnvironment
    private var provider: (any KeyProvider)?

    /// - Parameters:
    ///   - directory: exists; usually the store's.
    ///   - keys: of the store, when it is encrypted; nil for a key file of the vault's own beside it, which keeps
    ///     copies of the vault alone from being read.
    package init(directory: String, environment: SystemEnvironment, keys: (any KeyProvider)?) {
        self.directory = directory
        self.environment = environment
        provider = keys
    }

    package static let fileName = "identity.vault"
    /// The vault's own keys, in the format of Docs/Format/keyfile.md.
    package static let keyFileName = "identity.keys"

    private var path: String { "\(directory)/\(Self.fileName)" }
    private var temporaryPath: String { path + ".new" }
    private var keyPath: String { "\(directory)/\(Self.keyFileName)" }

    private static let magic = Array("VARVEIDV".utf8)
    private static let version: UInt16 = 1
    /// What the data key is for.
    private static let context = Array("varve identity vault 1".utf8)
    /// Far above 5 000 users and 1 000 roles with all the policies that they may have.
    private static let byteCountMax = 256 << 20
    /// A data key seals one message.
    private static let nonce = GCMNonce(prefix: 0, counter: 0)

    // MARK: Reading

    /// The content, or nil when nothing was ever kept. Removes what an interrupted writing left.
    func load() throws(IdentityVaultError) -> IdentityState? {
        let fileSystem = environment.fileSystem
        let bytes: [UInt8]? = try onDisk { () throws(DiskError) in
            guard try fileSystem.exists(directory) else { return nil }
            try removeLeftover()
            guard try fileSystem.exists(path) else { return nil }
            let file = try fileSystem.open(path, .read)
            let byteCount = try file.byteCount()
            return byteCount > Self.byteCountMax ? [] : try file.read(at: 0, count: byteCount)
        }
        guard let bytes else { return nil }
        var plain = try open(bytes)
        defer { SecretBytes.erase(&plain) }
        do throws(StateCodingError) {
            return try StateCoding.decode(plain)
        } catch {
            throw .corrupt(path: path, detail: error.reason)
        }
    }

    private func removeLeftover() throws(DiskError) {
        let fileSystem = environment.fileSystem
        guard try fileSystem.exists(temporaryPath) else { return }
        do throws(DiskError) {
            try fileSystem.remove(temporaryPath)
            try fileSystem.syncDirectory(directory)
        } catch .system(_, _, let code) where code == Self.readOnlyFileSystem {
            // It is sealed as the vault is, and goes with the next opening that may write.
        }
    }

    /// EROFS
    private static let readOnlyFileSystem: Int32 = 30

    private func open(_ bytes: [UInt8]) throws(IdentityVaultError) -> [UInt8] {
        let header: Header
        do throws(BytesError) {
            header = try Header(bytes)
        } catch {
            throw .corrupt(path: path, detail: "not an identity vault: \(error)")
        }
        guard header.magic == Self.magic else { throw .corrupt(path: path, detail: "not an identity vault") }
        guard header.version == Self.version else {
            throw .corrupt(path: path, detail: "version \(header.version); this program reads version \(Self.version)")
        }
        let wrapped = WrappedKey(keyID: header.keyID, domain: .store, bytes: header.wrapped)
        let sealed = Array(bytes[header.byteCount...])
        let associated = Array(bytes[..<header.byteCount])
        guard sealed.count > AESGCM.tagByteCount else { throw .corrupt(path: path, detail: "the file ends early") }
        let provider = try keys(creating: false)
        return try onSeal { () throws(SealError) in
            let cipher = try AESGCM(key: try provider.unwrap(wrapped, context: Self.context))
            var plain = [UInt8](repeating: 0, count: sealed.count - AESGCM.tagByteCount)
            try plain.withUnsafeMutableBytesThrowing { target throws(SealError) in
                try sealed.withUnsafeBytesThrowing { sealed throws(SealError) in
                    try associated.withUnsafeBytesThrowing { associated throws(SealError) in
                        try cipher.open(sealed, into: target, nonce: Self.nonce, associated: associated)
                    }
                }
            }
            return plain
        }
    }

    private struct Header {
        let magic: [UInt8]
        let version: UInt16
        let keyID: String
        let wrapped: [UInt8]
        let byteCount: Int

        init(_ bytes: [UInt8]) throws(BytesError) {
            var cursor = ByteCursor(bytes.span.bytes)
            magic = try cursor.readBytes(count: 8)
            version = try cursor.read()
            keyID = try cursor.readString(limit: WrappedKey.keyIDByteCountMax)
            wrapped = try cursor.readLengthPrefixed(limit: WrappedKey.byteCountMax)
            byteCount = bytes.count - cursor.remaining
        }
    }

    // MARK: Writing

    /// Replaces the content; durable when it returns. After a failure either content may be there.
    func write(_ state: IdentityState) throws(IdentityVaultError) {
        let bytes = try seal(state)
        let fileSystem = environment.fileSystem
        try onDisk { () throws(DiskError) in
            // Left by a writing that failed.
            if try fileSystem.exists(temporaryPath) { try fileSystem.remove(temporaryPath) }
            let file = try fileSystem.open(temporaryPath, .createNew)
            do throws(DiskError) {
                try file.write(bytes, at: 0)
                try file.sync()
                try file.close()
                try fileSystem.rename(temporaryPath, to: path)
            } catch {
                // What stays is sealed, and is removed by the next writing or opening.
                try? fileSystem.remove(temporaryPath)
                throw error
            }
            try fileSystem.syncDirectory(directory)
        }
    }

    private func seal(_ state: IdentityState) throws(IdentityVaultError) -> [UInt8] {
        let provider = try keys(creating: true)
        var plain = StateCoding.encode(state)
        defer { SecretBytes.erase(&plain) }
        return try onSeal { () throws(SealError) in
            // A new one for each content: with the old wrap the old content is gone.
            let dataKey = SecretBytes(count: AESGCM.keyByteCount) { environment.random.next() }
            let wrapped = try provider.wrap(dataKey, for: .store, context: Self.context)
            var writer = ByteWriter(capacity: plain.count + 512)
            writer.write(contentsOf: Self.magic)
            writer.write(Self.version)
            writer.write(wrapped.keyID)
            writer.writeLengthPrefixed(wrapped.bytes)
            let associated = writer.bytes
            let cipher = try AESGCM(key: dataKey)
            let sealed = try plain.withUnsafeBytesThrowing { plain throws(SealError) in
                try associated.withUnsafeBytesThrowing { associated throws(SealError) in
                    try cipher.seal(plain, nonce: Self.nonce, associated: associated)
                }
            }
            writer.write(contentsOf: sealed)
            return writer.bytes
        }
    }

    /// The provider given, or the key file of the vault's own.
    private func keys(creating: Bool) throws(IdentityVaultError) -> any KeyProvider {
        if let provider { return provider }
        do throws(StoreError) {
            let exists: Bool
            do throws(DiskError) {
                exists = try environment.fileSystem.exists(keyPath)
            } catch {
                throw .disk(error)
            }
            let opened =
                creating && !exists
                ? try FileKeyProvider.create(keyPath, environment: environment)
                : try FileKeyProvider.open(keyPath, environment: environment)
            provider = opened
            return opened
        } catch {
            throw .keyFile("\(error)")
        }
    }

    private func onDisk<Value>(_ body: () throws(DiskError) -> Value) throws(IdentityVaultError) -> Value {
        do throws(DiskError) { return try body() } catch { throw .disk(error) }
    }

    private func onSeal<Value>(_ body: () throws(SealError) -> Value) throws(IdentityVaultError) -> Value {
        do throws(SealError) { return try body() } catch { throw .sealed(path: path, error) }
    }
}
