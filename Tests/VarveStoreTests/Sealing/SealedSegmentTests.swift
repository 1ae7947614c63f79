import Testing
import VarveBytes
import VarveCrypto
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct SealedSegmentTests {
    private let disk = SimulatedFileSystem()
    private let keyDisk: SimulatedWorld
    private let provider: FileKeyProvider
    private let path = "segment"

    init() throws {
        keyDisk = try SealedFixture.makeKeyDisk()
        provider = try SealedFixture.provider(keyDisk)
    }

    private func makeSeal(_ identity: SegmentIdentity) throws -> FileSeal {
        let keys = DataKeys(provider: provider, random: keyDisk.random)
        return try #require(try FileSeal.forSegment(identity.uuid, keys: keys, path: path))
    }

    private func makeSources(_ rows: Int) -> [SourceRows] {
        var random = SplitMix64(seed: 5)
        return (0..<2).map { source in
            SourceRows(
                timestamps: Sample.jittered(rows, using: &random),
                columns: (0..<2).map {
                    (SeriesID(rawValue: UInt32(source * 10 + $0)), Sample.integerWalk(rows, using: &random))
                })
        }
    }

    private func write(_ sources: [SourceRows], blockRows: Int = 4_096, seed: UInt64 = 1) throws -> SegmentSummary {
        if try disk.exists(path) { try disk.remove(path) }
        let identity = Segments.identity(seed: seed)
        return try Segments.write(
            sources, to: path, on: disk, blockRows: blockRows, identity: identity, seal: makeSeal(identity))
    }

    private func open(_ wrapped: WrappedKey?, _ keys: (any KeyProvider)?) throws -> SegmentReader {
        try SegmentReader(
            opening: path, fileSystem: disk, cache: PageCache(), wrappedKey: wrapped, keyProvider: keys)
    }

    private func error(_ body: () throws -> Void) -> StoreError? {
        do {
            try body()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    private func isCorrupt(_ error: StoreError?, _ detail: String) -> Bool {
        guard case .corrupt(let place)? = error else { return false }
        return place.path == path && place.detail.contains(detail)
    }

    @Test("a sealed segment gives back its rows, costs 16 bytes a page, and verifies")
    func roundTrip() throws {
        let sources = makeSources(900)
        let summary = try write(sources, blockRows: 64)
        let reader = try open(summary.wrappedKey, provider)
        #expect(reader.summary == summary && summary.wrappedKey != nil)
        for source in sources {
            for column in source.columns {
                let found = try Segments.read(reader, [column.series]).rows[0]
                #expect(found.timestamps == source.timestamps)
                #expect(found.values.map(\.bitPattern) == column.values.map(\.bitPattern))
            }
        }
        var faults: [Corruption] = []
        try reader.verify { faults.append($0) }
        #expect(faults.isEmpty)
        #expect(try SegmentScrub.faults(path, summary, fileSystem: disk).isEmpty)
        let sealed = try Segments.bytes(path, on: disk)
        try disk.remove(path)
        try Segments.write(sources, to: path, on: disk, blockRows: 64)
        let plain = try Segments.bytes(path, on: disk)
        let pageCount = plain.indices.count { plain[$0...].starts(with: Array("VPAG".utf8)) }
        #expect(sealed.count - plain.count == 16 * pageCount)
    }

    @Test("nothing of the pages of a plain segment shows in the sealed one")
    func noPlaintext() throws {
        var random = SplitMix64(seed: 9)
        let wild = Sample.anyBits(500, using: &random)
        let source = SourceRows(timestamps: Sample.regular(500), columns: [(SeriesID(rawValue: 3), wild)])
        _ = try write([source])
        for value in wild.prefix(50) {
            #expect(!disk.holds(withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }))
        }
        try disk.remove(path)
        try Segments.write([source], to: path, on: disk)
        #expect(disk.holds(withUnsafeBytes(of: wild[7].bitPattern.littleEndian) { Array($0) }))
    }

    @Test("a flipped bit in any byte of a sealed segment is found, with the key and without it")
    func everyByte() throws {
        let summary = try write(makeSources(20))
        let bytes = try Segments.bytes(path, on: disk)
        var random = SplitMix64(seed: 4)
        // The superblock is mostly zeros; what it says and its key section are covered whole.
        let places = Array(0..<200) + Array(2_040..<2_140) + Array(stride(from: 2_140, to: 4_096, by: 31))
        for offset in places + Array(4_092..<bytes.count) {
            var damaged = bytes
            damaged[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try Segments.put(damaged, at: path, on: disk)
            var faults: [Corruption] = []
            let failure = error {
                let reader = try open(summary.wrappedKey, provider)
                try reader.verify { faults.append($0) }
            }
            if case .corrupt(let place)? = failure { faults.append(place) }
            #expect(!faults.isEmpty, "byte \(offset): \(failure as Any)")
            #expect(try !SegmentScrub.faults(path, summary, fileSystem: disk).isEmpty, "byte \(offset) without key")
        }
    }

    @Test("without its key a segment does not open, and the error names the key")
    func missingKey() throws {
        let summary = try write(makeSources(10))
        let keyID = provider.keyIDs[0]
        let missing = StoreError.sealed(path: path, .noProvider(keyID: keyID))
        #expect(error { _ = try open(summary.wrappedKey, nil) } == missing)
        // The file alone, as somebody finds it who has no manifest.
        #expect(error { _ = try open(nil, provider) } == .sealed(path: path, .noDataKey(keyID: keyID)))
        let others = try SealedFixture.provider(try SealedFixture.makeKeyDisk(seed: 12))
        #expect(
            error { _ = try open(summary.wrappedKey, others) }
                == .sealed(path: path, .unknownKey(keyID: keyID)))
        #expect("\(missing)".contains(keyID))
    }

    @Test("another segment's key, a wrong key and a plain file in the place of a sealed one are corruption")
    func wrongKey() throws {
        let other = try write(makeSources(10), seed: 2)
        let summary = try write(makeSources(10))
        #expect(isCorrupt(error { _ = try open(other.wrappedKey, provider) }, "does not unwrap"))
        let lying = UnreliableProvider(provider)
        lying.mood = .lying
        #expect(isCorrupt(error { _ = try open(summary.wrappedKey, lying) }, "the seal is broken"))
        try disk.remove(path)
        try Segments.write(makeSources(10), to: path, on: disk)
        #expect(isCorrupt(error { _ = try open(summary.wrappedKey, provider) }, "not sealed, but the manifest"))
    }

    @Test("a forgery with all its checksums recomputed is found by its seal")
    func forgery() throws {
        let summary = try write(makeSources(30))
        let pristine = try Segments.bytes(path, on: disk)
        let trailer = pristine.count - 32
        let footer = Int(word64(pristine, trailer))
        for offset in [footer + 32, footer + 40, trailer - 9, footer + 16 + 4] {
            var bytes = pristine
            bytes[offset] ^= 1
            // A longer or shorter raw length must also fit the stored one.
            if offset == footer + 20 { bytes[footer + 24] ^= 1 }
            reseal(&bytes, footer: footer, trailer: trailer)
            try Segments.put(bytes, at: path, on: disk)
            let failure = error { _ = try open(summary.wrappedKey, provider) }
            guard case .corrupt(let place)? = failure else {
                Issue.record("byte \(offset): \(failure as Any)")
                continue
            }
            #expect(place.offset >= footer)
        }
    }

    private func word64(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    }

    /// Recomputes every checksum over the footer, as a forger would.
    private func reseal(_ bytes: inout [UInt8], footer: Int, trailer: Int) {
        func put(_ value: UInt32, at offset: Int) {
            for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
        }
        let head = CRC32C.checksum(Array(bytes[footer..<(footer + 28)]))
        let crc = CRC32C.checksum(Array(bytes[(footer + 32)..<trailer]), seed: head)
        put(crc, at: footer + 28)
        put(crc, at: trailer + 12)
        put(CRC32C.checksum(Array(bytes[trailer..<(trailer + 20)])), at: trailer + 20)
    }
}
