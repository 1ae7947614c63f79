import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// The log of a small store, looked at and damaged byte by byte.
@Suite struct WALTests {
    private let path = "/data/wal/00000000000000000001.log"

    /// A store with `count` groups of one row in its log, closed.
    private func makeLog(groups count: Int) throws -> SimulatedFileSystem {
        let world = SimulatedWorld(seed: 1)
        var engine = try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        for number in 0..<count {
            var batch = RowBatch()
            batch.append(
                shape: StoreFixture.shape(host: number % 2), timestamp: StoreFixture.nowNs + Int64(number),
                values: [Double(number), -0.0])
            _ = engine.commit([batch])
        }
        engine.close()
        return world.fileSystem
    }

    private func open(_ fileSystem: SimulatedFileSystem) throws -> StoreEngine {
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: SimulatedClock(), random: SeededRandomSource(seed: 9))
        return try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: environment)
    }

    private func groups(_ fileSystem: SimulatedFileSystem) throws -> [(group: WALGroup, offset: Int)] {
        var reader = try WALReader(path: path, fileSystem: fileSystem)
        var found: [(WALGroup, Int)] = []
        while case .group(let group, let offset) = try reader.next(from: UInt64(found.count + 1)) {
            found.append((group, offset))
        }
        return found
    }

    @Test("a sparse file of a terabyte is damage for open and verify, and is not read into memory")
    func sparse() throws {
        let fileSystem = try makeLog(groups: 2)
        try fileSystem.open(path, .readWrite).truncate(1 << 40)
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: fileSystem)
        #expect(report.problems.map(\.path) == [path])
        let engine = try open(fileSystem)
        #expect(engine.readOnlyReason?.contains(path) == true)
        #expect(engine.damage.map(\.path) == [path])
    }

    @Test("a sparse file of a terabyte is damage for those who look at the catalogue's log")
    func sparseCatalogue() throws {
        let fileSystem = SimulatedFileSystem()
        let path = "00000000000000000000.log"
        try fileSystem.open(path, .createNew).truncate(1 << 40)
        #expect(throws: StoreError.self) { try CatalogueDescription(ofLog: path, fileSystem: fileSystem) }
    }

    @Test("groups are numbered without gaps and hold the names before the rows")
    func content() throws {
        let groups = try groups(try makeLog(groups: 4))
        #expect(groups.map(\.group.lsn) == [1, 2, 3, 4])
        // A source, the field list and a shape; then a source and a shape; then nothing new.
        #expect(groups.map(\.group.records.count) == [3, 2, 0, 0])
        #expect(
            groups[3].group.batches == [
                NumberedRows(shapes: [1], timestamps: [StoreFixture.nowNs + 3], values: [3, -0.0])
            ])
    }

    @Test(
        "a flipped bit in the last group loses that group only; in an earlier one it is reported as damage"
    )
    func bitFlips() throws {
        let pristine = try makeLog(groups: 4)
        let groups = try groups(pristine)
        let state = pristine.snapshotState()
        for (index, place) in groups.enumerated() {
            let end = index + 1 < groups.count ? groups[index + 1].offset : place.offset + 40
            for offset in stride(from: place.offset, to: end - 7, by: 3) {
                let fileSystem = SimulatedFileSystem()
                fileSystem.restore(state)
                try fileSystem.flipBit(path, offset: offset, bit: offset % 8)
                try check(fileSystem, flippedGroup: index, of: groups.count, offset: offset)
            }
        }
    }

    private func check(_ fileSystem: SimulatedFileSystem, flippedGroup: Int, of count: Int, offset: Int) throws {
        // The first group names the series of the others, so without it they cannot be read at all.
        guard flippedGroup > 1 else {
            let isRefused = (try? open(fileSystem)).map { $0.readOnlyReason != nil } ?? true
            #expect(isRefused, "offset \(offset)")
            return
        }
        let engine = try open(fileSystem)
        let found = try StoreFixture.read(engine.snapshot(), metric: "a").map { Int(Double(bitPattern: $0.bits)) }
        #expect(found.sorted() == (0..<count).filter { $0 != flippedGroup }, "offset \(offset)")
        let isLast = flippedGroup == count - 1
        #expect((engine.readOnlyReason == nil) == isLast, "offset \(offset)")
        #expect(engine.damage.isEmpty == isLast, "offset \(offset)")
    }

    @Test("a log cut anywhere gives the groups before the cut")
    func cuts() throws {
        let pristine = try makeLog(groups: 5)
        let groups = try groups(pristine)
        let state = pristine.snapshotState()
        // A cut in the padding behind a group leaves the group whole.
        let ends = try groups.map { place in
            let length = try pristine.open(path, .read).read(at: place.offset + 4, count: 4)
            return place.offset + 24 + length.reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        for cut in stride(from: 64, through: groups[4].offset + 200, by: 5) {
            let fileSystem = SimulatedFileSystem()
            fileSystem.restore(state)
            try fileSystem.open(path, .readWrite).truncate(cut)
            let engine = try open(fileSystem)
            #expect(engine.readOnlyReason == nil)
            #expect(
                try StoreFixture.read(engine.snapshot(), metric: "a").count == ends.count { $0 <= cut }, "cut at \(cut)"
            )
        }
    }

    @Test("a foreign or newer log file is refused with its name")
    func headers() throws {
        let fileSystem = try makeLog(groups: 1)
        let header = try fileSystem.open(path, .read).read(at: 0, count: 64)
        var newer = ByteWriter()
        newer.write(contentsOf: header.prefix(8))
        newer.write(UInt16(4))
        newer.write(contentsOf: header[10..<60])
        newer.write(CRC32C.checksum(newer.bytes))
        try fileSystem.open(path, .readWrite).write(newer.bytes, at: 0)
        #expect(throws: StoreError.newerFormat(path: path, version: 4, supported: 3)) { try open(fileSystem) }
    }

    @Test("random bytes in place of a group never trap", arguments: 0..<40)
    func noise(seed: UInt64) throws {
        let fileSystem = try makeLog(groups: 3)
        var random = SplitMix64(seed: seed)
        let offset = Int.random(in: 64..<600, using: &random)
        let noise = (0..<Int.random(in: 1..<300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        try fileSystem.open(path, .readWrite).write(noise, at: offset)
        _ = try? open(fileSystem)
    }

    @Test("payloads of random bytes are refused or decoded, never trapped", arguments: 0..<200)
    func payloadNoise(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<Int.random(in: 0..<120, using: &random)).map { _ in
            // Small numbers make counts plausible, which reaches further into the decoder.
            UInt8.random(in: 0...(Bool.random(using: &random) ? 4 : 255), using: &random)
        }
        for type in WALFormat.groupTypes { _ = try? WALGroup(lsn: 1, type: type, decoding: bytes.span.bytes) }
    }
}
