import Synchronization
import VarveBytes
import VarveCrypto
import VarveIO
import VarveStore
import VarveTestKit

/// Root keys for tests, on a disk of their own: power cuts of the store's disk do not reach them.
enum SealedFixture {
    static let path = "/keys/root"

    /// A disk with a key file.
    static func makeKeyDisk(seed: UInt64 = 77) throws -> SimulatedWorld {
        let world = SimulatedWorld(seed: seed)
        try world.fileSystem.createDirectory("/keys")
        _ = try FileKeyProvider.create(path, environment: world.environment)
        return world
    }

    static func provider(_ world: SimulatedWorld) throws -> FileKeyProvider {
        try FileKeyProvider.open(path, environment: world.environment)
    }

    static func provider() throws -> FileKeyProvider { try provider(makeKeyDisk()) }

    static func options(_ provider: (any KeyProvider)?) -> StoreOptions {
        var options = StoreFixture.options
        options.keyProvider = provider
        return options
    }

    static func text(_ path: String, on disk: any FileSystem) throws -> String {
        let file = try disk.open(path, .read)
        return String(decoding: try file.read(at: 0, count: try file.byteCount()), as: UTF8.self)
    }

    /// Replaces a file.
    static func put(_ text: String, at path: String, on disk: any FileSystem) throws {
        if try disk.exists(path) { try disk.remove(path) }
        try disk.open(path, .createNew).write(Array(text.utf8), at: 0)
    }
}

/// A provider that fails, forgets or lies when told to.
final class UnreliableProvider: KeyProvider {
    enum Mood: Sendable {
        case honest
        /// Throws this.
        case failing(SealError)
        /// Gives out another data key than was wrapped.
        case lying
    }

    private let honest: FileKeyProvider
    private let current = Mutex(Mood.honest)

    init(_ honest: FileKeyProvider) { self.honest = honest }

    var mood: Mood {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    private func check() throws(SealError) {
        if case .failing(let error) = mood { throw error }
    }

    func newestKeyID(of domain: KeyDomain) throws(SealError) -> String {
        try check()
        return honest.newestKeyID(of: domain)
    }

    func wrap(_ dataKey: SecretBytes, for domain: KeyDomain, context: [UInt8]) throws(SealError) -> WrappedKey {
        try check()
        return try honest.wrap(dataKey, for: domain, context: context)
    }

    func unwrap(_ wrapped: WrappedKey, context: [UInt8]) throws(SealError) -> SecretBytes {
        try check()
        if case .lying = mood { return SecretBytes(copying: [UInt8](repeating: 5, count: 32)) }
        return try honest.unwrap(wrapped, context: context)
    }
}
