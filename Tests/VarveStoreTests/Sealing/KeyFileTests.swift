import Testing
import VarveBytes
import VarveCrypto
import VarveIO
import VarveStore
import VarveTestKit

@Suite struct KeyFileTests {
    private let world: SimulatedWorld
    private var disk: SimulatedFileSystem { world.fileSystem }
    private let path = SealedFixture.path
    private let context: [UInt8] = [1, 2, 3]

    init() throws { world = try SealedFixture.makeKeyDisk() }

    private func secret(_ key: SecretBytes) -> [UInt8] {
        key.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in Array(bytes) }
    }

    @Test("a new key file is for its owner alone, and never replaces another")
    func creation() throws {
        #expect(try disk.open(path, .read).permissions() == 0o600)
        let before = try SealedFixture.text(path, on: disk)
        #expect(throws: StoreError.disk(.exists(path: path))) {
            try FileKeyProvider.create(path, environment: world.environment)
        }
        #expect(try SealedFixture.text(path, on: disk) == before)
        #expect(try disk.list("/keys") == ["root"])
        let lines = before.split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "varve-keys 1")
        let words = lines[1].split(separator: " ")
        #expect(words.map(\.count) == [16, 64, 8])
        let crc = CRC32C.checksum(Array("\(words[0]) \(words[1])".utf8))
        #expect(UInt32(words[2], radix: 16) == crc)
    }

    @Test(
        "a key file that others can reach in any way is refused", arguments: [0o640, 0o604, 0o620, 0o601] as [UInt32])
    func permissions(mode: UInt32) throws {
        try disk.setPermissions(path, to: mode)
        #expect(throws: StoreError.unsafeKeyFile(path: path, permissions: mode)) { try SealedFixture.provider(world) }
        try disk.setPermissions(path, to: 0o400)
        _ = try SealedFixture.provider(world)
    }

    @Test("a changed, missing or doubled character in a key file is found, and the error shows no key")
    func damage() throws {
        let text = Array(try SealedFixture.text(path, on: disk).utf8)
        let keyText = String(decoding: text[30..<94], as: UTF8.self)
        for index in text.indices {
            for damaged in [
                text[..<index] + [text[index] ^ 1] + text[(index + 1)...], text[..<index] + text[(index + 1)...],
            ] {
                // Without its last line break the file says the same.
                if index == text.count - 1, damaged.count < text.count { continue }
                do throws(StoreError) {
                    _ = try KeyFile(decoding: Array(damaged), path: path)
                    Issue.record("byte \(index) went unnoticed")
                } catch {
                    #expect(!"\(error)".contains(keyText.prefix(8)))
                }
            }
        }
        for foreign in ["", "varve-keys 1\n", "varve-keys 2\n", "varve-keys 1\n# only a remark\n"] {
            #expect(throws: StoreError.self) { try KeyFile(decoding: Array(foreign.utf8), path: path) }
        }
    }

    @Test("after a rotation the new key wraps and both unwrap; without the old one its wraps are refused by name")
    func rotation() throws {
        let old = try SealedFixture.provider(world)
        let dataKey = SecretBytes(copying: [UInt8](0..<32))
        let before = try old.wrap(dataKey, for: .store, context: context)
        let both = try FileKeyProvider.rotate(path, environment: world.environment)
        #expect(both.keyIDs.count == 2 && both.keyIDs[0] == old.keyIDs[0])
        #expect(try disk.open(path, .read).permissions() == 0o600)
        let after = try both.wrap(dataKey, for: .store, context: context)
        #expect(before.keyID == both.keyIDs[0] && after.keyID == both.keyIDs[1])
        for wrapped in [before, after] {
            #expect(secret(try both.unwrap(wrapped, context: context)) == [UInt8](0..<32))
        }
        var lines = try SealedFixture.text(path, on: disk).split(separator: "\n")
        lines.remove(at: 1)
        try SealedFixture.put(lines.joined(separator: "\n") + "\n", at: path, on: disk)
        let new = try SealedFixture.provider(world)
        #expect(throws: SealError.unknownKey(keyID: before.keyID)) { try new.unwrap(before, context: context) }
        #expect(secret(try new.unwrap(after, context: context)) == [UInt8](0..<32))
    }

    @Test("a wrapped key opens for its purpose, domain and key only, and two wraps of one key differ")
    func binding() throws {
        let keys = try SealedFixture.provider(world)
        let dataKey = SecretBytes(copying: [UInt8](0..<32))
        let wrapped = try keys.wrap(dataKey, for: .store, context: context)
        #expect(try keys.wrap(dataKey, for: .store, context: context) != wrapped)
        #expect(throws: SealError.authentication) { try keys.unwrap(wrapped, context: [1, 2]) }
        let domain = KeyDomain(number: UUID16(high: 1, low: 2))
        let moved = WrappedKey(keyID: wrapped.keyID, domain: domain, bytes: wrapped.bytes)
        #expect(throws: SealError.authentication) { try keys.unwrap(moved, context: context) }
        for index in wrapped.bytes.indices {
            var bytes = wrapped.bytes
            bytes[index] ^= 0x10
            let forged = WrappedKey(keyID: wrapped.keyID, domain: .store, bytes: bytes)
            #expect(throws: SealError.authentication) { try keys.unwrap(forged, context: context) }
        }
        for count in 0..<wrapped.bytes.count {
            let cut = WrappedKey(keyID: wrapped.keyID, domain: .store, bytes: Array(wrapped.bytes.prefix(count)))
            #expect(throws: SealError.authentication) { try keys.unwrap(cut, context: context) }
        }
    }

    @Test("a power cut during a rotation leaves the old file or the new one")
    func rotationCuts() throws {
        let before = try SealedFixture.text(path, on: disk)
        let state = disk.snapshotState()
        try CrashEnumerator(seed: 3).run(record: 0) { fileSystem in
            fileSystem.restore(state)
        } workload: { fileSystem, _ in
            let environment = SystemEnvironment(
                fileSystem: fileSystem, clock: world.clock, random: SeededRandomSource(seed: 5))
            _ = try FileKeyProvider.rotate(path, environment: environment)
        } check: { fileSystem, _, point in
            let text = try SealedFixture.text(path, on: fileSystem)
            let keys = try KeyFile(decoding: Array(text.utf8), path: path)
            #expect(text == before || keys.entries.count == 2, "\(point)")
        }
    }
}
