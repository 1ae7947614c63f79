import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct SegmentCorruptionTests {
    private let disk = SimulatedFileSystem()
    private let path = "segment"

    private func id(_ number: Int) -> SeriesID { SeriesID(rawValue: UInt32(number)) }

    private func writeMetrics(_ sourceCount: Int, rows: Int, columns: Int = 2, blockRows: Int = 4_096) throws -> [UInt8]
    {
        var random = SplitMix64(seed: 77)
        let sources = (0..<sourceCount).map { (source: Int) in
            SourceRows(
                timestamps: Sample.jittered(rows, using: &random),
                columns: (0..<columns).map { (id(source * 10 + $0), Sample.integerWalk(rows, using: &random)) })
        }
        try Segments.write(sources, to: path, on: disk, blockRows: blockRows)
        return try Segments.bytes(path, on: disk)
    }

    private func writeTrail(_ count: Int) throws -> [UInt8] {
        let rows = TrailRows(count: count, seed: 1)
        var builder = try SegmentBuilder(creating: path, identity: Segments.identity(kind: .trail), fileSystem: disk)
        let time = try Segments.addTimes(rows.timestamps, blockRows: count, to: &builder)[0]
        try builder.addBlock(series: id(0), time: time, columns: rows.columns)
        _ = try builder.finish()
        return try Segments.bytes(path, on: disk)
    }

    /// Replaces the file by `bytes`, and asserts that verification reports something and that reads throw or deliver,
    /// but never trap.
    private func expectFound(_ bytes: [UInt8], _ what: String) throws {
        try Segments.put(bytes, at: path, on: disk)
        do {
            #expect(try !Segments.faults(path, on: disk).isEmpty, "\(what) went unnoticed")
        } catch StoreError.newerFormat {
            Issue.record("\(what) was taken for a newer format")
        }
        readEverything()
    }

    private func readEverything() {
        do throws(StoreError) {
            let reader = try SegmentReader(opening: path, fileSystem: disk, cache: PageCache())
            if reader.schema.hasStatistics {
                _ = try reader.scan(try reader.series(), in: .all) { (_, chunk) throws(StoreError) in
                    _ = try chunk.decode()
                    return .next
                }
            } else {
                _ = try reader.records { (block) throws(StoreError) in
                    _ = try block.columns()
                    return .next
                }
            }
        } catch {
            // Every typed error is a good answer here.
        }
    }

    @Test("a flipped bit in any byte of a metric segment is found")
    func everyByteOfMetrics() throws {
        let bytes = try writeMetrics(2, rows: 30)
        var random = SplitMix64(seed: 4)
        for offset in bytes.indices {
            var damaged = bytes
            damaged[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try expectFound(damaged, "byte \(offset)")
        }
    }

    @Test("a flipped bit in any byte behind the superblock of a trail segment is found")
    func everyByteOfTrail() throws {
        let bytes = try writeTrail(2)
        for offset in bytes.indices.dropFirst(4_090) {
            var damaged = bytes
            damaged[offset] ^= 0x10
            try expectFound(damaged, "byte \(offset)")
        }
    }

    @Test("a random flipped bit in a larger segment is found", arguments: 0..<3)
    func sampledBits(seed: UInt64) throws {
        let bytes = try writeMetrics(12, rows: 300, columns: 3, blockRows: 64)
        var random = SplitMix64(seed: seed)
        for _ in 0..<15 {
            let offset = Int.random(in: bytes.indices, using: &random)
            var damaged = bytes
            damaged[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try expectFound(damaged, "byte \(offset)")
        }
    }

    @Test("a file cut anywhere is refused")
    func truncated() throws {
        let bytes = try writeMetrics(2, rows: 30)
        for count in stride(from: 0, to: bytes.count, by: 13) {
            try Segments.put(Array(bytes[..<count]), at: path, on: disk)
            #expect(throws: StoreError.self) { try Segments.open(path, on: disk) }
        }
    }

    @Test("bytes behind the end are found")
    func appended() throws {
        let bytes = try writeMetrics(1, rows: 10)
        for extra in [1, 32, 4_096] {
            try expectFound(bytes + [UInt8](repeating: 0, count: extra), "\(extra) bytes more")
        }
    }

    @Test("a page of another segment in the right place is found")
    func misdirectedWrite() throws {
        let one = try writeMetrics(1, rows: 100)
        try disk.remove(path)
        let source = SourceRows(timestamps: Sample.regular(100), columns: [(id(0), Array(repeating: 3, count: 100))])
        try Segments.write([source], to: path, on: disk, identity: Segments.identity(seed: 2))
        let other = try Segments.bytes(path, on: disk)
        var damaged = one
        // The first page of each begins behind the superblock; both are TIME pages with a valid checksum of their own.
        let count = min(32 + 24, one.count - 4_096, other.count - 4_096)
        damaged.replaceSubrange(4_096..<(4_096 + count), with: other[4_096..<(4_096 + count)])
        try expectFound(damaged, "a foreign page")
    }

    @Test("an intact but stale page is found by the checksum in the page table")
    func stalePage() throws {
        func segment(_ value: Double) throws -> [UInt8] {
            if try disk.exists(path) { try disk.remove(path) }
            let source = SourceRows(
                timestamps: Sample.regular(8), columns: [(id(0), Array(repeating: value, count: 8))])
            try Segments.write([source], to: path, on: disk)
            return try Segments.bytes(path, on: disk)
        }
        let (old, new) = (try segment(3), try segment(4))
        #expect(old.count == new.count)
        let pages = try #require(old.indices.dropFirst(4_096).first { old[$0] != new[$0] }) / 8 * 8
        // The BLOCK page is the first that differs; its header's checksum comes before its payload.
        let start = try #require((4_096...pages).last { old[$0...].starts(with: Array("VPAG".utf8)) })
        let end = try #require(((start + 4)..<old.count).first { old[$0...].starts(with: Array("VPAG".utf8)) })
        var damaged = new
        damaged.replaceSubrange(start..<end, with: old[start..<end])
        try Segments.put(damaged, at: path, on: disk)
        let faults = try Segments.faults(path, on: disk)
        #expect(faults.contains { $0.detail.contains("not the page meant") && $0.offset == start + 28 })
    }

    @Test("a foreign file and an empty file are refused with their path")
    func foreign() throws {
        for bytes in [[], Array("hello".utf8), [UInt8](repeating: 0, count: 10_000)] {
            try Segments.put(bytes, at: path, on: disk)
            do {
                _ = try Segments.open(path, on: disk)
                Issue.record("opened \(bytes.count) foreign bytes")
            } catch StoreError.corrupt(let place) {
                #expect(place.path == path)
                #expect(place.offset == 0)
            }
        }
        #expect(throws: StoreError.disk(.notFound(path: "nothing"))) { try Segments.open("nothing", on: disk) }
    }

    @Test("a newer format is named, not called damaged")
    func newer() throws {
        var bytes = try writeMetrics(1, rows: 10)
        bytes[8] = 3
        var writer = ByteWriter()
        writer.write(CRC32C.checksum(Array(bytes[..<4_092])))
        bytes.replaceSubrange(4_092..<4_096, with: writer.bytes)
        try Segments.put(bytes, at: path, on: disk)
        #expect(throws: StoreError.newerFormat(path: path, version: 3, supported: 2)) {
            try Segments.open(path, on: disk)
        }
    }

    @Test("damage in one block leaves the others readable")
    func damageIsLocal() throws {
        var random = SplitMix64(seed: 2)
        let wild = Sample.anyBits(20_000, using: &random)
        let source = SourceRows(timestamps: Sample.regular(20_000), columns: [(id(1), wild), (id(2), wild)])
        try Segments.write([source], to: path, on: disk)
        let file = try disk.open(path, .readWrite)
        // In the middle of the first BLOCK page.
        try file.write([0xff, 0x00, 0xff], at: 4_096 + 16_000)
        let reader = try Segments.open(path, on: disk)
        #expect(throws: StoreError.self) { try Segments.read(reader, [id(1)]) }
        #expect(try Segments.read(reader, [id(2)]).rows[0].values.map(\.bitPattern) == wild.map(\.bitPattern))
        #expect(try Segments.faults(path, on: disk).allSatisfy { $0.path == path })
    }

    @Test("an I/O error is reported as such: of a page with its place, of a whole file as the disk told it")
    func ioError() throws {
        _ = try writeMetrics(1, rows: 10)
        let reader = try Segments.open(path, on: disk)
        disk.inject(Fault(.read, pathContains: path, isPermanent: true, .error(errno: 5)))
        func isExpected(_ error: any Error) -> Bool {
            guard case StoreError.disk(.system(_, path, 5))? = error as? StoreError else { return false }
            return true
        }
        #expect { try Segments.read(reader, [id(0)]) } throws: { error in
            guard case StoreError.corrupt(let place)? = error as? StoreError else { return false }
            return place.path == path && place.offset >= 4_096 && place.detail.contains("errno 5")
        }
        #expect { try Segments.open(path, on: disk) } throws: { isExpected($0) }
        #expect { try Segments.faults(path, on: disk) } throws: { isExpected($0) }
    }
}
