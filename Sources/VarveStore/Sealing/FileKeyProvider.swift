import Synchronization
import VarveBytes
package import VarveCrypto
package import VarveIO

/// Root keys in a file outside the store directory: whoever has both reads everything, whoever lacks the file nothing.
///
/// The newest key wraps, all unwrap. Read once; any thread.
package final class FileKeyProvider: KeyProvider {
    private let keys: KeyFile
    private let random: any RandomSource

    private init(keys: KeyFile, random: any RandomSource) {
        self.keys = keys
        self.random = random
    }

    /// Names of the keys, oldest first.
    package var keyIDs: [String] { keys.entries.map(\.id) }

    // MARK: Files

    /// Reads a key file.
    /// - Throws: `.disk(.notFound)`; `.unsafeKeyFile` when group or others may do anything with it; `.corrupt`.
    package static func open(_ path: String, environment: SystemEnvironment) throws(StoreError) -> FileKeyProvider {
        FileKeyProvider(keys: try read(path, environment.fileSystem), random: environment.random)
    }

    /// Makes a key file with one new key: readable by its owner only, and durable before this returns.
    /// - Throws: `.disk(.exists)`: an existing file is never overwritten, because what it protects would be lost.
    package static func create(_ path: String, environment: SystemEnvironment) throws(StoreError) -> FileKeyProvider {
        let fileSystem = environment.fileSystem
        if try onDisk({ () throws(DiskError) in try fileSystem.exists(path) }) { throw .disk(.exists(path: path)) }
        let keys = KeyFile { environment.random.next() }
        try write(keys, to: path, fileSystem) { temporary throws(DiskError) in
            // A link, unlike a rename, fails when somebody else was faster.
            try fileSystem.link(temporary, to: path)
            try fileSystem.remove(temporary)
        }
        return FileKeyProvider(keys: keys, random: environment.random)
    }

    /// Adds a new key to a key file, replacing the file in one step. A store opened with it afterwards wraps the keys
    /// of all its files anew; only then, and after the next flush, may older keys be taken out of the file.
    package static func rotate(_ path: String, environment: SystemEnvironment) throws(StoreError) -> FileKeyProvider {
        let fileSystem = environment.fileSystem
        var keys = try read(path, fileSystem)
        keys.append { environment.random.next() }
        try write(keys, to: path, fileSystem) { temporary throws(DiskError) in
            try fileSystem.rename(temporary, to: path)
        }
        return FileKeyProvider(keys: keys, random: environment.random)
    }

    private static func read(_ path: String, _ fileSystem: any FileSystem) throws(StoreError) -> KeyFile {
        let (permissions, byteCount, file) = try onDisk { () throws(DiskError) in
            let file = try fileSystem.open(path, .read)
            return (try file.permissions(), try file.byteCount(), file)
        }
        // Write permission for others is as bad: they could put a key of theirs in place.
        guard permissions & 0o077 == 0 else { throw .unsafeKeyFile(path: path, permissions: permissions) }
        guard byteCount <= KeyFile.byteCountMax else {
            throw .corrupt(Corruption(path: path, offset: 0, detail: "\(byteCount) bytes are too many for a key file"))
        }
        var text = try onDisk { () throws(DiskError) in try file.read(at: 0, count: byteCount) }
        defer { SecretBytes.erase(&text) }
        return try KeyFile(decoding: text, path: path)
    }

    private static func write(
        _ keys: KeyFile, to path: String, _ fileSystem: any FileSystem, install: (String) throws(DiskError) -> Void
    ) throws(StoreError) {
        let temporary = path + ".new"
        var text = keys.encoded()
        defer { SecretBytes.erase(&text) }
        try onDisk { () throws(DiskError) in
            // Left by an attempt that was cut short.
            if try fileSystem.exists(temporary) { try fileSystem.remove(temporary) }
            let file = try fileSystem.open(temporary, .createNew)
            try file.write(text, at: 0)
            try file.sync()
            try file.close()
            do throws(DiskError) {
                try install(temporary)
            } catch {
                // Nobody will look for keys there. One that stays is removed by the next attempt.
                try? fileSystem.remove(temporary)
                throw error
            }
            try fileSystem.syncDirectory(StoreLayout.parent(of: path))
        }
    }

    // MARK: KeyProvider

    package func newestKeyID(of domain: KeyDomain) -> String { keys.newest.id }

    package func wrap(
        _ dataKey: SecretBytes, for domain: KeyDomain, context: [UInt8]
    ) throws(SealError) -> WrappedKey {
        let entry = keys.newest
        // Random, because one key wraps for years: 2³² wraps are safe, and a store makes a few hundred a day.
        let nonce = GCMNonce(prefix: UInt32(truncatingIfNeeded: random.next()), counter: random.next())
        let cipher = try AESGCM(key: entry.key)
        let associated = Self.associated(entry.id, domain, context)
        let sealed = try dataKey.withBytes { plain throws(SealError) in
            try associated.span.bytes.withUnsafeBytes { associated throws(SealError) in
                try cipher.seal(plain, nonce: nonce, associated: associated)
            }
        }
        var writer = ByteWriter(capacity: 64)
        writer.write(Self.form)
        writer.write(nonce.prefix)
        writer.write(nonce.counter)
        writer.write(contentsOf: sealed)
        return WrappedKey(keyID: entry.id, domain: domain, bytes: writer.bytes)
    }

    package func unwrap(_ wrapped: WrappedKey, context: [UInt8]) throws(SealError) -> SecretBytes {
        guard let key = keys.key(wrapped.keyID) else { throw .unknownKey(keyID: wrapped.keyID) }
        let overhead = 1 + GCMNonce.byteCount + AESGCM.tagByteCount
        guard wrapped.bytes.count > overhead, wrapped.bytes[0] == Self.form else { throw .authentication }
        let nonce = wrapped.bytes.withUnsafeBytes { bytes in
            GCMNonce(
                prefix: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)),
                counter: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 5, as: UInt64.self)))
        }
        let cipher = try AESGCM(key: key)
        let sealed = Array(wrapped.bytes[(1 + GCMNonce.byteCount)...])
        let associated = Self.associated(wrapped.keyID, wrapped.domain, context)
        return try SecretBytes(count: wrapped.bytes.count - overhead) { target throws(SealError) in
            try associated.span.bytes.withUnsafeBytes { associated throws(SealError) in
                try sealed.span.bytes.withUnsafeBytes { sealed throws(SealError) in
                    try cipher.open(sealed, into: target, nonce: nonce, associated: associated)
                }
            }
        }
    }

    /// First byte of the wrapped form: nonce, sealed key and tag follow.
    private static let form: UInt8 = 1

    private static func associated(_ keyID: String, _ domain: KeyDomain, _ context: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(capacity: 64)
        writer.write(keyID)
        writer.write(domain.number)
        writer.writeLengthPrefixed(context)
        return writer.bytes
    }
}
