import Testing
import VarveBytes
import VarveCodec
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Blocks that hold short runs of several series.
@Suite struct SegmentRunsTests {
    private let disk = SimulatedFileSystem()
    private let path = "segment"

    private func id(_ number: Int) -> SeriesID { SeriesID(rawValue: UInt32(number)) }

    /// Sources of all lengths, most of them short, some of which report at the same instants.
    private func randomSources(_ random: inout SplitMix64) -> [SourceRows] {
        let shared = (0..<3).map { _ in
            Sample.jittered(Int.random(in: 1...140, using: &random), using: &random)
        }
        return (0..<Int.random(in: 1...60, using: &random)).map { (source: Int) -> SourceRows in
            let isLong = Int.random(in: 0..<10, using: &random) == 0
            let rows = Int.random(in: isLong ? 100...700 : 1...30, using: &random)
            let times =
                switch Int.random(in: 0..<3, using: &random) {
                case 0: shared.randomElement(using: &random)!
                case 1: Sample.regular(rows, from: Segments.window.start + Int64(source) * Nanoseconds.perHour)
                default: Sample.jittered(rows, using: &random)
                }
            let columns = (0..<Int.random(in: 1...3, using: &random)).map { (column: Int) -> (SeriesID, [Double]) in
                let isWild = Int.random(in: 0..<4, using: &random) == 0
                let values =
                    isWild
                    ? Sample.anyBits(times.count, using: &random) : Sample.integerWalk(times.count, using: &random)
                return (id(source * 8 + column), values)
            }
            return SourceRows(timestamps: times, columns: columns.map { (series: $0.0, values: $0.1) })
        }
    }

    private func rows(of sources: [SourceRows]) -> [SeriesRows] {
        sources.flatMap { source in
            source.columns.map { SeriesRows(series: $0.series, timestamps: source.timestamps, values: $0.values) }
        }.sorted { $0.series < $1.series }
    }

    @Test("every bit of long and short series comes back, and nothing of others")
    func roundTrip() throws {
        try forEvery("seed", in: 0..<20 as Range<UInt64>) { seed in
            var random = SplitMix64(seed: seed)
            let sources = randomSources(&random)
            if try disk.exists(path) { try disk.remove(path) }
            let summary = try Segments.write(
                sources, to: path, on: disk, blockRows: [50, 4_096].randomElement(using: &random)!)
            let reader = try Segments.open(path, on: disk)
            let written = rows(of: sources)
            #expect(summary.rowCount == written.reduce(0) { $0 + $1.values.count })
            #expect(try reader.series() == written.map(\.series))
            #expect(try Segments.read(reader, written.map(\.series)).rows == written)
            #expect(try Segments.faults(path, on: disk) == [])
            let some = written.filter { _ in Bool.random(using: &random) }
            #expect(try Segments.read(reader, some.map(\.series)).rows == some)
        }
    }

    @Test("a scan of a time range delivers exactly the runs that have rows near it")
    func timeRange() throws {
        try forEvery("seed", in: 0..<10 as Range<UInt64>) { seed in
            var random = SplitMix64(seed: seed)
            let sources = randomSources(&random)
            if try disk.exists(path) { try disk.remove(path) }
            try Segments.write(sources, to: path, on: disk)
            let written = rows(of: sources)
            let start = Segments.window.start + Int64.random(in: 0..<(40 * Nanoseconds.perHour), using: &random)
            let range = TimeRange(start: start, end: start + Int64.random(in: 1..<Nanoseconds.perHour, using: &random))
            let read = try Segments.read(Segments.open(path, on: disk), written.map(\.series), in: range).rows
            for (found, wanted) in zip(read, written) {
                let overlaps = wanted.timestamps[0] < range.end && wanted.timestamps.last! >= range.start
                // All of these series have one block.
                #expect(found.values.count == (overlaps ? wanted.values.count : 0))
            }
        }
    }

    /// `hosts` × 10 sibling series of `points` integers.
    private func hosts(_ hosts: Int, points: Int, shared: Bool, seed: UInt64 = 3) -> [SourceRows] {
        var random = SplitMix64(seed: seed)
        return (0..<hosts).map { (host: Int) in
            SourceRows(
                timestamps: shared ? Sample.regular(points) : Sample.jittered(points, using: &random),
                columns: (0..<10).map { (id(host * 10 + $0), Sample.integerWalk(points, using: &random)) })
        }
    }

    @Test("ten points of each of many series need few bytes per sample", arguments: [(true, 0.95), (false, 1.55)])
    func size(isShared: Bool, limit: Double) throws {
        let summary = try Segments.write(hosts(1_200, points: 10, shared: isShared), to: path, on: disk)
        let description = try Segments.open(path, on: disk).describe()
        let samples = Double(summary.rowCount)
        var parts = description.pages.map { "\($0.type) \(Double($0.byteCount) / samples)" }
        parts.append("directories \(Double(description.directoryByteCount) / samples)")
        let total = Double(summary.byteCount - 4_096) / samples
        #expect(total < limit, "measured \(total): \(parts)")
        #expect(description.runsBlockCount == description.blockCount)
    }

    @Test("a block of many series is decoded once for all of them")
    func decodedOnce() throws {
        let sources = hosts(1_200, points: 10, shared: true)
        try Segments.write(sources, to: path, on: disk)
        let cache = PageCache()
        let reader = try Segments.open(path, on: disk, cache: cache)
        let metric = sources.map { $0.columns[4].series }
        #expect(try Segments.read(reader, metric).chunkCount == 1_200)
        let counters = cache.counters
        // 1 200 runs lie in three blocks. Two pages for each, some leaves, one time block: nothing per series.
        #expect(counters.hits + counters.misses < 40, "\(counters)")
    }

    @Test("reading one series after the other decodes each directory once")
    func directoriesAreCached() throws {
        let sources = hosts(500, points: 10, shared: true)
        try Segments.write(sources, to: path, on: disk)
        let cache = PageCache()
        let reader = try Segments.open(path, on: disk, cache: cache)
        for source in sources { _ = try Segments.read(reader, [source.columns[7].series]) }
        // Two directories, and each page and leaf that leads to them, are missed once.
        #expect(cache.counters.misses < 20, "\(cache.counters)")
    }

    @Test("a run whose series goes on becomes a block of its own, with statistics")
    func seriesGoesOn() throws {
        var builder = try SegmentBuilder(creating: path, identity: Segments.identity(), fileSystem: disk)
        let times = try Segments.addTimes(Sample.regular(12), blockRows: 6, to: &builder)
        func add(_ series: Int, _ time: TimeBlockReference, to builder: inout SegmentBuilder) throws {
            let values = [Double](repeating: Double(series), count: time.rowCount)
            try values.withUnsafeBufferPointer { values throws(StoreError) in
                try builder.addValueBlock(series: id(series), time: time, values: values)
            }
        }
        for series in 1...3 { try add(series, times[0], to: &builder) }
        try add(3, times[1], to: &builder)
        try add(4, times[1], to: &builder)
        try builder.beginGroup()
        try add(9, times[0], to: &builder)
        let summary = try builder.finish()
        #expect(summary.rowCount == 36)
        let reader = try Segments.open(path, on: disk)
        var hasStatistics: [Bool] = []
        _ = try reader.scan([1, 2, 3, 4, 9].map(id), in: .all) { (_, chunk) throws(StoreError) in
            hasStatistics.append(chunk.statistics != nil)
            return .next
        }
        // Blocks in file order: 3, 3, {1, 2, 4}, 9.
        #expect(hasStatistics == [true, true, false, false, false, true])
        #expect(try reader.describe().runsBlockCount == 1)
        #expect(try Segments.faults(path, on: disk) == [])
    }

    @Test("damage that all checksums agree with is refused or read, never a trap")
    func hostile() throws {
        try Segments.write(hosts(3, points: 5, shared: false), to: path, on: disk)
        let bytes = try Segments.bytes(path, on: disk)
        let image = try SegmentImage(bytes)
        var random = SplitMix64(seed: 8)
        for page in image.pages.indices {
            for offset in image.payload(of: page) {
                var damaged = image
                damaged.bytes[offset] = UInt8.random(in: 0...255, using: &random)
                damaged.seal(page)
                try Segments.put(damaged.bytes, at: path, on: disk)
                let faults = try Segments.faults(path, on: disk)
                #expect(faults.allSatisfy { $0.path == path && 0...bytes.count ~= $0.offset })
                readEverything()
            }
        }
    }

    private func readEverything() {
        do throws(StoreError) {
            let reader = try SegmentReader(opening: path, fileSystem: disk, cache: PageCache())
            _ = try reader.scan(try reader.series(), in: .all) { (_, chunk) throws(StoreError) in
                _ = try chunk.decode()
                return .next
            }
        } catch {
            // Every typed error is a good answer here.
        }
    }
}

/// The bytes of a segment whose pages a test may change and give matching checksums again.
private struct SegmentImage {
    var bytes: [UInt8]
    /// File ranges of all pages before the footer.
    private(set) var pages: [Range<Int>] = []
    private let footer: Range<Int>

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        let trailer = bytes.count - 32
        func number<Integer: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: Integer.Type) -> Int {
            bytes.withUnsafeBytes { Int(Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type))) }
        }
        footer = number(trailer, UInt64.self)..<trailer
        var start = 4_096
        while start < footer.lowerBound {
            let end = start + 32 + (number(start + 24, UInt32.self) + 7) / 8 * 8
            pages.append(start..<end)
            start = end
        }
    }

    func payload(of page: Int) -> Range<Int> { pages[page].dropFirst(32).startIndex..<pages[page].upperBound }

    /// Brings all checksums in line with the bytes of a page.
    mutating func seal(_ page: Int) {
        let old = Array(bytes[(pages[page].lowerBound + 28)..<(pages[page].lowerBound + 32)])
        let new = seal(pages[page])
        // The page table is the only place of the footer with these four bytes, next to certainly.
        for offset in footer.dropFirst(32) where Array(bytes[offset..<min(offset + 4, footer.upperBound)]) == old {
            bytes.replaceSubrange(offset..<(offset + 4), with: new)
        }
        let trailer = footer.upperBound
        bytes.replaceSubrange((trailer + 12)..<(trailer + 16), with: seal(footer))
        let crcs = ([4_092] + pages.map { $0.lowerBound + 28 } + [footer.lowerBound + 28])
            .flatMap { bytes[$0..<($0 + 4)] }
        bytes.replaceSubrange((trailer + 16)..<(trailer + 20), with: Self.crc(crcs))
        bytes.replaceSubrange((trailer + 20)..<(trailer + 24), with: Self.crc(Array(bytes[trailer..<(trailer + 20)])))
    }

    private mutating func seal(_ page: Range<Int>) -> [UInt8] {
        let start = page.lowerBound
        let crc = Self.crc(Array(bytes[start..<(start + 28)]) + Array(bytes[(start + 32)..<page.upperBound]))
        bytes.replaceSubrange((start + 28)..<(start + 32), with: crc)
        return crc
    }

    private static func crc(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(CRC32C.checksum(bytes))
        return writer.bytes
    }
}
