import Glibc
import Testing
import VarveBytes
import VarveCodec
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Checkpoints whose checksums are right and whose content is not.
@Suite struct HostileCheckpointTests {
    private let world = SimulatedWorld(seed: 1)
    private let store = UUID16(high: 7, low: 9)
    private let path = "/data/catalog/00000000000000000001.idx"

    private struct Section {
        var kind: UInt16
        var flags: UInt16 = 0
        /// nil: as many as there are.
        var rawByteCount: Int?
        var count = 1
        var content: [UInt8]
    }

    private func checkpoint(_ sections: [Section], version: UInt16 = 1, flags: UInt16 = 0) -> [UInt8] {
        var body = ByteWriter()
        for section in sections {
            var rest = ByteWriter()
            rest.write(section.kind)
            rest.write(section.flags)
            rest.write(UInt32(section.rawByteCount ?? section.content.count))
            rest.write(UInt32(section.content.count))
            rest.write(UInt32(section.count))
            rest.write(contentsOf: section.content)
            body.write(CRC32C.checksum(rest.bytes))
            body.write(contentsOf: rest.bytes)
        }
        var writer = ByteWriter()
        writer.write(contentsOf: "VRVCIX01".utf8)
        writer.write(version)
        writer.write(flags)
        writer.write(UInt32(sections.count))
        writer.write(store)
        writer.write(UInt64(1))
        writer.write(UInt64(64 + body.count))
        writer.write(contentsOf: repeatElement(0, count: 12))
        writer.write(CRC32C.checksum(writer.bytes))
        writer.write(contentsOf: body.bytes)
        return writer.bytes
    }

    private func totals(_ numbers: [Int]) -> Section {
        var writer = ByteWriter()
        for number in numbers { writer.writeCount(number) }
        return Section(kind: 1, content: writer.bytes)
    }

    /// Opens a store whose catalogue is this checkpoint.
    private func open(_ bytes: [UInt8], in world: SimulatedWorld) throws -> StoreEngine {
        for name in ["wal", "seg", "catalog", "tmp", "orphan", "manifest"] {
            try world.fileSystem.createDirectory("/data/\(name)")
        }
        var manifest = Manifest(storeUUID: store, createdNs: 0)
        manifest.generation = 1
        manifest.catalogueGeneration = 1
        try ManifestStore(store: "/data", fileSystem: world.fileSystem).install(manifest)
        let file = try world.fileSystem.open(path, .createNew)
        try file.write(bytes, at: 0)
        return try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
    }

    /// Bytes of this process in memory.
    private func residentByteCount() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let bytes: [UInt8] = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        let pageByteCount: Int = sysconf(Int32(_SC_PAGESIZE))
        return (Int(words[1]) ?? 0) * pageByteCount
    }

    @Test("numbers that were given out and mean nothing any more take no memory")
    func goneNumbers() throws {
        // Written out they would take 44 bytes each: 740 MB.
        let count = 1 << 24
        let before = residentByteCount()
        var engine = try open(checkpoint([totals([count, 0, count, count])]), in: world)
        #expect(engine.catalogue.seriesCount == count)
        #expect(engine.catalogue.source(of: SeriesID(rawValue: UInt32(count - 1))).namespace.isEmpty)
        #expect(residentByteCount() - before < 200 << 20)
        engine.close()
    }

    @Test("numbers go on behind those that mean nothing any more")
    func goesOn() throws {
        var engine = try open(checkpoint([totals([1_000, 0, 70, 3_000])]), in: world)
        var batch = RowBatch()
        batch.append(shape: StoreFixture.shape(host: 1), timestamp: StoreFixture.nowNs, values: [1, 2])
        _ = try engine.commit([batch])[0].get()
        #expect(
            engine.snapshot().series(in: .default, namespace: "test", metric: "b") == [SeriesID(rawValue: 3_001)])
        try engine.flush()
        engine.close()
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.isEmpty)
    }

    @Test("a store whose numbers are used up refuses new series instead of writing what it could not read")
    func usedUp() throws {
        let most = 1 << 28
        var engine = try open(checkpoint([totals([0, 0, 1, most - 1])]), in: world)
        var batch = RowBatch()
        batch.append(shape: StoreFixture.shape(host: 1), timestamp: StoreFixture.nowNs, values: [1, 2])
        let answer = engine.commit([batch])[0]
        if case .failure(.tooManySeries(let limit, _, let refusal)) = answer {
            #expect(limit == most && refusal.cause == .numbers)
        } else {
            Issue.record("\(answer)")
        }
        engine.close()
    }

    @Test("what no writer writes is refused as damage, whatever the checksum says")
    func refused() throws {
        let good: Section = totals([0, 0, 0, 0])
        let most = 1 << 28
        let tooMany: Section = totals([most + 1, 0, 0, 0])
        let noLists: Section = totals([0, most, 0, 0])
        var files: [String: [UInt8]] = [:]
        files["version 0"] = checkpoint([good], version: 0)
        files["flags of the header"] = checkpoint([good], flags: 1)
        files["no totals"] = checkpoint([])
        files["totals twice"] = checkpoint([good, good])
        files["totals above the limit"] = checkpoint([tooMany])
        files["field lists missing"] = checkpoint([noLists])
        var section: Section = good
        section.flags = 2
        files["an unknown flag"] = checkpoint([section])
        section = good
        section.rawByteCount = 5
        files["two lengths"] = checkpoint([section])
        section.flags = 1
        section.rawByteCount = 128 << 20
        files["much from little"] = checkpoint([section])
        // 4 097 constant numbers in two bytes.
        let lists = Section(kind: 6, count: 4_097, content: [1, 2])
        files["too many lists"] = checkpoint([good, lists])
        for (name, bytes) in files {
            do {
                _ = try open(bytes, in: SimulatedWorld(seed: 2))
                Issue.record("opened: \(name)")
            } catch StoreError.corrupt(let place) {
                #expect(place.path == path, "\(name): \(place)")
            }
        }
    }

    // MARK: Memory

    /// A column of equal numbers.
    private func constant(_ value: Int64, _ count: Int) -> [UInt8] { column([Int64](repeating: value, count: count)) }

    private func column(_ values: [Int64]) -> [UInt8] {
        var writer = ByteWriter()
        values.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer) }
        return writer.bytes
    }

    /// A few bytes that say "65 536 sources with 255 dimensions each", `count` times.
    private func manySources(_ count: Int) -> [Section] {
        let names = Section(kind: 2, count: 1, content: constant(0, 1) + constant(1, 1) + [UInt8(ascii: "n")])
        let space = Section(kind: 3, count: 1, content: [0, 0, 0, 0].flatMap { constant($0, 1) })
        let pair = Section(kind: 4, count: 1, content: constant(0, 1) + constant(0, 1))
        let size = 1 << 16
        let sources = (0..<count).map { part in
            let ordinals = column((0..<size).map { Int64(part * size + $0) })
            let counts = constant(0, size) + constant(0, size) + constant(255, size)
            let pairs = [[UInt8]](repeating: constant(0, size), count: 255).flatMap { $0 }
            return Section(kind: 8, count: size, content: ordinals + counts + pairs)
        }
        return [totals([count * size, 0, 0, 0]), names, space, pair] + sources
    }

    @Test("a small file cannot ask for much memory")
    func littleMemory() throws {
        let bytes = checkpoint(manySources(16))
        #expect(bytes.count < 100_000)
        let before = residentByteCount()
        do {
            // More than 1 GiB of dimensions.
            _ = try open(bytes, in: world)
            Issue.record("opened")
        } catch StoreError.corrupt(let place) {
            #expect(place.detail.contains("memory"), "\(place)")
        }
        #expect(residentByteCount() - before < 200 << 20)
    }

    @Test("a file that holds much for its size is padded by its writer, and read")
    func padding() throws {
        var memory = CheckpointMemory()
        // 64 MiB are free.
        memory.add(items: 1 << 20)
        #expect(memory.byteCount == 64 << 20 && memory.padding(ofFile: 0) == 0)
        memory.add(places: 64, nameByteCount: 1)
        #expect(memory.padding(ofFile: 0) == 2)
        #expect(memory.padding(ofFile: 1) == 1)
        #expect(memory.padding(ofFile: 2) == 0)
        #expect(CheckpointMemory.byteCountMax(ofFile: 3) == (64 << 20) + 3 * 1_024)
        #expect(CheckpointMemory.byteCountMax(ofFile: .max) == .max)
        let padding = Section(kind: 10, count: 0, content: [1, 2, 3])
        var engine = try open(checkpoint([totals([0, 0, 0, 0]), padding, padding], version: 2), in: world)
        #expect(engine.catalogue.seriesCount == 0)
        engine.close()
    }

    // MARK: Forgery

    /// What a store writes, as the first checkpoint of this store.
    private func written() throws -> [UInt8] {
        var options = StoreFixture.options
        options.catalogueLogBytesMax = 100
        let world = SimulatedWorld(seed: 3)
        var engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        for host in 0..<20 {
            var batch = RowBatch()
            let shape = StoreFixture.shape(host: host, fields: host % 3 == 0 ? ["a", "c", "d"] : ["a", "b"])
            batch.append(shape: shape, timestamp: StoreFixture.nowNs, values: shape.fields.indices.map { Double($0) })
            _ = try engine.commit([batch])[0].get()
            if host > 16 { try engine.flush() }
        }
        engine.close()
        let name = try #require(try world.fileSystem.list("/data/catalog").filter { $0.hasSuffix(".idx") }.max())
        let file = try world.fileSystem.open("/data/catalog/" + name, .read)
        var bytes = try file.read(at: 0, count: try file.byteCount())
        var identity = ByteWriter()
        identity.write(store)
        identity.write(UInt64(1))
        bytes.replaceSubrange(16..<40, with: identity.bytes)
        return bytes
    }

    /// Makes all checksums right, as far as the lengths of sections lead.
    private func seal(_ bytes: inout [UInt8]) {
        func put(_ range: Range<Int>, at offset: Int) {
            let checksum = CRC32C.checksum(Array(bytes[range]))
            bytes.withUnsafeMutableBytes { $0.storeBytes(of: checksum, toByteOffset: offset, as: UInt32.self) }
        }
        put(0..<60, at: 60)
        var start = 64
        while start + 20 <= bytes.count {
            let lengths = bytes[(start + 12)..<(start + 16)]
            let stored: Int = lengths.reversed().reduce(0) { $0 << 8 | Int($1) }
            guard stored <= bytes.count - start - 20 else { return }
            put((start + 4)..<(start + 20 + stored), at: start)
            start += 20 + stored
        }
    }

    @Test("forged checkpoints with valid checksums are refused or read, never trapped on", arguments: 0..<4)
    func forged(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var good = try written()
        seal(&good)
        var engine = try open(good, in: SimulatedWorld(seed: 2))
        #expect(engine.snapshot().metrics(in: .default, namespace: "test") == ["a", "b", "c", "d"])
        engine.close()
        for _ in 0..<250 {
            var forged = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let offset = Int.random(in: 64..<forged.count, using: &random)
                forged[offset] = Bool.random(using: &random) ? UInt8(random.next() & 0xff) : forged[offset] ^ 1
            }
            seal(&forged)
            guard var engine = try? open(forged, in: SimulatedWorld(seed: 2)) else { continue }
            _ = engine.snapshot().series(in: .default, namespace: "test", metric: "a").map {
                engine.catalogue.source(of: $0)
            }
            engine.close()
        }
    }
}
