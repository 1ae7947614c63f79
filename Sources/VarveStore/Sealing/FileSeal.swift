import Synchronization
import VarveBytes
package import VarveCrypto
package import VarveIO

/// Seals and opens the parts of one file under the file's data key. Any thread.
package final class FileSeal: Sendable {
    /// What the file says of its key.
    package let section: KeySection
    package let wrapped: WrappedKey
    private let key: SecretBytes
    /// Contexts that nobody uses at the moment: as many as threads have worked on the file at once.
    private let idle: Mutex<[AESGCM]>

    init(section: KeySection, wrapped: WrappedKey, key: SecretBytes) throws(SealError) {
        self.section = section
        self.wrapped = wrapped
        self.key = key
        // The first one here, so that whoever opens the file hears of a useless libcrypto, and not a reader later.
        idle = Mutex([try AESGCM(key: key)])
    }

    /// What a sealed part may not be parted from: its place. 32 bytes, four little-endian words.
    struct Place {
        /// The segment or the store.
        var owner: UUID16
        /// Low half: number of the page, or of nothing; high half: what it is.
        var kind: UInt64
        var rawByteCount: UInt64

        func withBytes<Result, Failure: Error>(
            _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            let words: InlineArray<4, UInt64> = [
                owner.high.littleEndian, owner.low.littleEndian, kind.littleEndian, rawByteCount.littleEndian,
            ]
            return try words.span.bytes.withUnsafeBytes(body)
        }
    }

    /// - Parameter counter: never used before in this file.
    func seal(_ plain: UnsafeRawBufferPointer, counter: UInt64, place: Place) throws(SealError) -> [UInt8] {
        let nonce = GCMNonce(prefix: section.noncePrefix, counter: counter)
        let context = try take()
        defer { give(context) }
        return try place.withBytes { associated throws(SealError) in
            try context.seal(plain, nonce: nonce, associated: associated)
        }
    }

    /// - Parameter plain: 16 bytes fewer than `sealed`.
    func open(
        _ sealed: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer, counter: UInt64, place: Place
    ) throws(SealError) {
        let nonce = GCMNonce(prefix: section.noncePrefix, counter: counter)
        let context = try take()
        defer { give(context) }
        try place.withBytes { associated throws(SealError) in
            try context.open(sealed, into: plain, nonce: nonce, associated: associated)
        }
    }

    private func take() throws(SealError) -> AESGCM {
        if let context = idle.withLock({ $0.popLast() }) { return context }
        return try AESGCM(key: key)
    }

    private func give(_ context: AESGCM) { idle.withLock { $0.append(context) } }
}

/// Where new files get their data keys from.
package struct DataKeys: Sendable {
    let provider: any KeyProvider
    /// Must be unguessable, as ``RandomSource`` promises; a simulation's seed reproduces its keys too.
    let random: any RandomSource

    package init(provider: any KeyProvider, random: any RandomSource) {
        self.provider = provider
        self.random = random
    }

    /// A new data key, wrapped.
    /// - Parameter isStored: whether the wrapped key goes into the section, and so into the file itself.
    func makeSeal(context: [UInt8], domain: KeyDomain = .store, isStored: Bool) throws(SealError) -> FileSeal {
        let key = SecretBytes(count: AESGCM.keyByteCount) { random.next() }
        let wrapped = try provider.wrap(key, for: domain, context: context)
        let section = KeySection(
            noncePrefix: UInt32(truncatingIfNeeded: random.next()), domain: domain, keyID: wrapped.keyID,
            wrapped: isStored ? wrapped.bytes : [])
        return try FileSeal(section: section, wrapped: wrapped, key: key)
    }
}

extension StoreOptions {
    /// Where new files get their data keys from; nil when they are not sealed.
    func dataKeys(_ environment: SystemEnvironment) -> DataKeys? {
        keyProvider.map { DataKeys(provider: $0, random: environment.random) }
    }
}

extension FileSeal {
    /// The seal of an existing file.
    /// - Throws: `.sealed` when the key is not to be had, `.corrupt` when it is not the one that wraps this file's.
    static func open(
        _ section: KeySection, wrapped: WrappedKey, context: [UInt8], provider: (any KeyProvider)?, path: String,
        offset: Int
    ) throws(StoreError) -> FileSeal {
        do throws(SealError) {
            guard let provider else { throw .noProvider(keyID: wrapped.keyID) }
            let key = try provider.unwrap(wrapped, context: context)
            guard key.count == AESGCM.keyByteCount else { throw .authentication }
            return try FileSeal(section: section, wrapped: wrapped, key: key)
        } catch .authentication {
            let detail = "key \(wrapped.keyID) does not unwrap its data key: another key of that name, or damage"
            throw .corrupt(Corruption(path: path, offset: offset, detail: detail))
        } catch {
            throw .sealed(path: path, error)
        }
    }
}

/// Runs a step that needs a key of a new file.
func sealing<Result>(_ path: String, _ body: () throws(SealError) -> Result) throws(StoreError) -> Result {
    do { return try body() } catch { throw .sealed(path: path, error) }
}
