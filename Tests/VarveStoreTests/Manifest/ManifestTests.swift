import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct ManifestTests {
    private let disk = SimulatedFileSystem()
    private var store: ManifestStore { ManifestStore(store: "store", fileSystem: disk) }

    init() throws {
        try disk.createDirectory("store")
        try ManifestStore(store: "store", fileSystem: disk).createDirectories()
    }

    /// A manifest with every field set to something.
    private func manifest(generation: UInt64, segments: Int = 3, seed: UInt64 = 1) -> Manifest {
        var random = SplitMix64(seed: seed &+ generation)
        var manifest = Manifest(storeUUID: UUID16(high: 7, low: 9), createdNs: 1_767_225_600_000_000_000)
        manifest.generation = generation
        manifest.walFloor = random.next()
        manifest.catalogueGeneration = random.next()
        manifest.catalogueByteCount = random.next()
        manifest.counters.nextLSN = random.next()
        manifest.counters.nextSeries = random.next()
        manifest.counters.writerEpoch = random.next()
        manifest.retention.defaultNs = Nanoseconds.perDay * 30
        manifest.retention.namespaces = [
            NamespaceRetention(scope: .default, namespace: "AWS/EC2", retentionNs: Nanoseconds.perDay)
        ]
        manifest.segments = (0..<segments).map { summary($0, &random) }
        manifest.keyWraps = [[1, 2, 3], []]
        return manifest
    }

    private func summary(_ index: Int, _ random: inout SplitMix64) -> SegmentSummary {
        let start = Int64(index) * Nanoseconds.perDay
        var identity = Segments.identity(
            kind: index.isMultiple(of: 2) ? .metric : .trail,
            window: TimeRange(start: start, end: start + Nanoseconds.perDay), seed: random.next())
        identity.isMultiWindow = index == 1
        identity.level = UInt8(index % 3)
        return SegmentSummary(
            identity: identity, firstTimestamp: start + 5, lastTimestamp: start + 500, rowCount: index * 1_000,
            seriesCount: index, byteCount: 12_345, fileCRC: UInt32(truncatingIfNeeded: random.next()))
    }

    @Test("every field comes back")
    func roundTrip() throws {
        let manifest = manifest(generation: 5)
        #expect(try Manifest(decoding: manifest.encoded(), path: "m") == manifest)
        let empty = Manifest(storeUUID: UUID16(high: 0, low: 0), createdNs: -1)
        #expect(try Manifest(decoding: empty.encoded(), path: "m") == empty)
    }

    @Test("two hundred segments take less than 25 KB")
    func sizeOfMany() {
        #expect(manifest(generation: 1, segments: 200).encoded().count < 25_000)
    }

    @Test("the newest generation is loaded, the newest three are kept")
    func install() throws {
        #expect(try store.load() == nil)
        for generation in UInt64(1)...6 { try store.install(manifest(generation: generation)) }
        #expect(try store.load() == ManifestStore.Loaded(manifest: manifest(generation: 6), damaged: []))
        #expect(try disk.list("store/manifest") == [4, 5, 6].map { "0000000000000000000\($0)" })
        #expect(try disk.list("store/tmp") == [])
    }

    @Test("a generation is installed at most once")
    func fencing() throws {
        try store.install(manifest(generation: 1))
        #expect(throws: StoreError.inUse(directory: "store/manifest")) {
            try store.install(manifest(generation: 1, seed: 9))
        }
        #expect(try store.load()?.manifest == manifest(generation: 1))
    }

    @Test("a flipped bit in any byte is found, and the generation before is loaded with a report")
    func everyByte() throws {
        for generation in UInt64(1)...2 { try store.install(manifest(generation: generation)) }
        let path = store.path(2)
        let bytes = try Segments.bytes(path, on: disk)
        for offset in bytes.indices {
            var damaged = bytes
            damaged[offset] ^= 1 << UInt8(offset % 8)
            try Segments.put(damaged, at: path, on: disk)
            let loaded = try #require(try store.load())
            #expect(loaded.manifest.generation == 1)
            #expect(loaded.damaged.map(\.path) == [path], "byte \(offset)")
        }
    }

    @Test("a half-written manifest is passed over, and when it is the only one, named")
    func halfWritten() throws {
        try store.install(manifest(generation: 1))
        let bytes = manifest(generation: 2).encoded()
        for count in stride(from: 0, to: bytes.count, by: 7) {
            try Segments.put(Array(bytes[..<count]), at: store.path(2), on: disk)
            #expect(try store.load()?.manifest.generation == 1)
        }
        try disk.remove(store.path(1))
        do {
            _ = try store.load()
            Issue.record("loaded half a manifest")
        } catch StoreError.corrupt(let place) {
            #expect(place.path == store.path(2))
        }
    }

    @Test("a newer format is named even when an older manifest could be read")
    func newerFormat() throws {
        try store.install(manifest(generation: 1))
        var bytes = manifest(generation: 2).encoded()
        bytes[8] = 9
        var writer = ByteWriter()
        writer.write(CRC32C.checksum(Array(bytes.dropLast(4))))
        bytes.replaceSubrange((bytes.count - 4)..., with: writer.bytes)
        try Segments.put(bytes, at: store.path(2), on: disk)
        #expect(throws: StoreError.newerFormat(path: store.path(2), version: 9, supported: 2)) { try store.load() }
    }

    @Test("a manifest under another generation's name is found")
    func renamed() throws {
        try store.install(manifest(generation: 1))
        try Segments.put(manifest(generation: 3).encoded(), at: store.path(7), on: disk)
        let loaded = try #require(try store.load())
        #expect(loaded.manifest.generation == 1)
        #expect(loaded.damaged.count == 1)
    }

    @Test("other names in the directory are ignored")
    func foreignNames() throws {
        try store.install(manifest(generation: 1))
        for name in ["README", "0000000000000000000x", "1", "99999999999999999999", ".00000000000000000001"] {
            try Segments.put([1], at: "store/manifest/" + name, on: disk)
        }
        #expect(try store.generations() == [1])
    }

    @Test("random bytes with a valid checksum never trap", arguments: 0..<8)
    func hostile(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let valid = manifest(generation: 3).encoded()
        for _ in 0..<200 {
            var bytes = Array(valid.dropLast(4))
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 16..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var writer = ByteWriter()
            writer.write(contentsOf: bytes)
            writer.write(CRC32C.checksum(bytes))
            do { _ = try Manifest(decoding: writer.bytes, path: "m") } catch StoreError.corrupt { continue }
        }
    }

    @Test("after a power cut at any call the last installed manifest, or the one being installed, is loaded")
    func powerCuts() throws {
        let checks = try CrashEnumerator(seed: 3).run(
            record: UInt64(0),
            prepare: { disk in
                try disk.createDirectory("store")
                try ManifestStore(store: "store", fileSystem: disk).createDirectories()
                try disk.syncDirectory("store")
            },
            workload: { disk, installed in
                do {
                    for generation in UInt64(1)...5 {
                        try ManifestStore(store: "store", fileSystem: disk).install(manifest(generation: generation))
                        installed = generation
                    }
                } catch is StoreError {}
            },
            check: { disk, installed, point in
                let loaded = try ManifestStore(store: "store", fileSystem: disk).load()
                let generation = loaded?.manifest.generation ?? 0
                #expect(generation == installed || generation == installed + 1, "\(point)")
                #expect(loaded?.damaged ?? [] == [], "\(point)")
                if let loaded { #expect(loaded.manifest == manifest(generation: generation)) }
            })
        #expect(checks > 100)
    }

    @Test("an install whose directory sync fails is of unknown outcome")
    func unknownOutcome() throws {
        try store.install(manifest(generation: 1))
        disk.inject(Fault(.syncDirectory, .error(errno: 5)))
        do {
            try store.install(manifest(generation: 2))
            Issue.record("installed in spite of the fault")
        } catch StoreError.outcomeUnknown {
            try store.install(manifest(generation: 3))
            #expect(try store.load()?.manifest.generation == 3)
        }
    }

    @Test("an install that fails before its name is given changes nothing and can be repeated")
    func failedInstall() throws {
        try store.install(manifest(generation: 1))
        for operation in [SimulatedOperation.write, .sync, .link] {
            disk.inject(Fault(operation, .error(errno: 28)))
            #expect(throws: StoreError.self) { try store.install(manifest(generation: 2)) }
            disk.clearFaults()
            #expect(try store.load()?.manifest.generation == 1)
        }
        try store.install(manifest(generation: 2))
        #expect(try store.load()?.manifest.generation == 2)
    }
}
