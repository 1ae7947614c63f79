import Testing
import VarveBytes
import VarveCodec
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct SegmentRoundTripTests {
    private let disk = SimulatedFileSystem()
    private let path = "segment"

    private func id(_ number: Int) -> SeriesID { SeriesID(rawValue: UInt32(number)) }

    /// Sources with 1 to 5 columns each, of random length and content; series numbers are host-major.
    private func randomSources(_ random: inout SplitMix64) -> [SourceRows] {
        (0..<Int.random(in: 1...12, using: &random)).map { (source: Int) -> SourceRows in
            let rows = Int.random(in: 1...700, using: &random)
            let times = Bool.random(using: &random) ? Sample.regular(rows) : Sample.jittered(rows, using: &random)
            let columns = (0..<Int.random(in: 1...5, using: &random)).map { (column: Int) -> (SeriesID, [Double]) in
                let isWild = Int.random(in: 0..<4, using: &random) == 0
                return (
                    id(source * 8 + column),
                    isWild ? Sample.anyBits(rows, using: &random) : Sample.integerWalk(rows, using: &random)
                )
            }
            return SourceRows(timestamps: times, columns: columns.map { (series: $0.0, values: $0.1) })
        }
    }

    @Test("every bit of random rows comes back", arguments: 0..<12)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let sources = randomSources(&random)
        let summary = try Segments.write(
            sources, to: path, on: disk, blockRows: [50, 128, 4_096].randomElement(using: &random)!)
        let reader = try Segments.open(path, on: disk)
        #expect(reader.summary == summary)
        let written = sources.flatMap { source in
            source.columns.map { SeriesRows(series: $0.series, timestamps: source.timestamps, values: $0.values) }
        }.sorted { $0.series < $1.series }
        #expect(summary.rowCount == written.reduce(0) { $0 + $1.values.count })
        #expect(try reader.series() == written.map(\.series))
        #expect(try Segments.read(reader, written.map(\.series)).rows == written)
        #expect(try Segments.faults(path, on: disk) == [])
    }

    @Test("equal timestamps keep their order, also across blocks")
    func equalTimestamps() throws {
        let times = [Int64](repeating: Segments.window.start + 5, count: 100)
        let values = (0..<100).map { Double($0) }
        let source = SourceRows(timestamps: times, columns: [(id(3), values)])
        try Segments.write([source], to: path, on: disk, blockRows: 7)
        let read = try Segments.read(Segments.open(path, on: disk), [id(3)])
        #expect(read.rows[0].values == values)
        #expect(read.chunkCount == 15)
    }

    @Test("a segment without rows can be written, opened and verified")
    func empty() throws {
        let summary = try SegmentBuilder(creating: path, identity: Segments.identity(), fileSystem: disk).finish()
        #expect(summary.rowCount == 0)
        let reader = try Segments.open(path, on: disk)
        #expect(try Segments.read(reader, [id(1)]).chunkCount == 0)
        #expect(try reader.series() == [])
        #expect(try Segments.faults(path, on: disk) == [])
    }

    @Test("siblings, and sources that report at the same instants, share one time block")
    func sharedTimes() throws {
        var random = SplitMix64(seed: 5)
        let times = Sample.jittered(1_024, using: &random)
        let sources = (0..<5).map { (source: Int) in
            SourceRows(
                timestamps: times,
                columns: (0..<4).map { (id(source * 10 + $0), Sample.integerWalk(1_024, using: &random)) })
        }
        try Segments.write(sources, to: path, on: disk)
        let description = try Segments.open(path, on: disk).describe()
        #expect(description.timeBlockCount == 1)
        #expect(description.blockCount == 20)
        #expect(description.columns[0].rowCount == 1_024)
        #expect(description.columns[1].rowCount == 20_480)
    }

    @Test("regular times are recognised without decoding")
    func regularTimes() throws {
        let source = SourceRows(
            timestamps: Sample.regular(1_000), columns: [(id(1), [Double](repeating: 4, count: 1_000))])
        try Segments.write([source], to: path, on: disk)
        var isRegular = false
        _ = try Segments.open(path, on: disk).scan([id(1)], in: .all) { (_, chunk) throws(StoreError) in
            if case .regular(Segments.window.start, 10 * Nanoseconds.perSecond) = try chunk.decode().timestamps {
                isRegular = true
            }
            return .next
        }
        #expect(isRegular)
    }

    @Test("a scan that is told to stop visits nothing more")
    func stop() throws {
        let source = SourceRows(timestamps: Sample.regular(500), columns: [(id(1), Array(repeating: 1, count: 500))])
        try Segments.write([source], to: path, on: disk, blockRows: 100)
        var visits = 0
        let step = try Segments.open(path, on: disk).scan([id(1)], in: .all) { (_, _) throws(StoreError) in
            visits += 1
            return visits == 2 ? .stop : .next
        }
        #expect(step == .stop)
        #expect(visits == 2)
    }

    @Test("a segment also works on the real disk")
    func realDisk() throws {
        let disk = LinuxFileSystem()
        let directory = "/tmp/varve-segment-\(SystemRandomSource().next())"
        try disk.createDirectory(directory)
        let path = directory + "/segment"
        defer {
            try? disk.remove(path)
            try? disk.remove(directory)
        }
        var random = SplitMix64(seed: 1)
        let source = SourceRows(
            timestamps: Sample.jittered(9_000, using: &random),
            columns: [(id(1), Sample.anyBits(9_000, using: &random))])
        try Segments.write([source], to: path, on: disk)
        let read = try Segments.read(Segments.open(path, on: disk), [id(1)])
        #expect(
            read.rows == [SeriesRows(series: id(1), timestamps: source.timestamps, values: source.columns[0].values)])
        #expect(try Segments.faults(path, on: disk) == [])
    }
}

@Suite struct SegmentIndexTests {
    private let disk = SimulatedFileSystem()
    private let path = "segment"

    private func id(_ number: Int) -> SeriesID { SeriesID(rawValue: UInt32(number)) }

    @Test("only blocks that overlap the range are visited")
    func pruning() throws {
        let source = SourceRows(
            timestamps: Sample.regular(1_000), columns: [(id(1), Array(repeating: 1, count: 1_000))])
        try Segments.write([source], to: path, on: disk, blockRows: 100)
        let reader = try Segments.open(path, on: disk)
        let start = Segments.window.start
        func chunks(_ first: Int64, _ end: Int64) throws -> Int {
            let second = Nanoseconds.perSecond
            let range = TimeRange(start: start + first * second, end: start + end * second)
            return try Segments.read(reader, [id(1)], in: range).chunkCount
        }
        // Blocks of 100 rows at 10 s: block b spans [1000·b, 1000·b + 990] seconds.
        #expect(try chunks(0, 1) == 1)
        #expect(try chunks(990, 1_001) == 2)
        #expect(try chunks(991, 1_000) == 0)
        #expect(try chunks(-500, 0) == 0)
        #expect(try chunks(9_990, 99_999) == 1)
        #expect(try chunks(9_991, 99_999) == 0)
        #expect(try chunks(0, 99_999) == 10)
    }

    @Test("series beyond one leaf of every index are found, absent ones are not")
    func manySeries() throws {
        let count = 2_200
        // Two metrics per source, host-major numbers: file order and number order differ.
        let sources = (0..<count).map { (source: Int) in
            SourceRows(
                timestamps: [Segments.window.start + Int64(source)],
                columns: [(id(4 * source), [Double(source)]), (id(4 * source + 2), [Double(-source)])])
        }
        try Segments.write(sources, to: path, on: disk)
        let reader = try Segments.open(path, on: disk)
        let wanted = stride(from: 0, to: 4 * count, by: 37).map(id)
        let rows = try Segments.read(reader, wanted).rows
        for row in rows {
            let number = Int(row.series.rawValue)
            let expected: [Double] =
                number % 4 == 0 ? [Double(number / 4)] : number % 4 == 2 ? [-Double(number / 4)] : []
            #expect(row.values.map(\.bitPattern) == expected.map(\.bitPattern), "series \(number)")
        }
        #expect(try Segments.read(reader, [id(4 * count), id(5 * count)]).chunkCount == 0)
        #expect(try Segments.faults(path, on: disk) == [])
    }

    @Test("a scan of one metric reads each page once, in file order")
    func sequential() throws {
        var random = SplitMix64(seed: 3)
        let sources = (0..<50).map { (source: Int) in
            SourceRows(
                timestamps: Sample.regular(300),
                columns: (0..<5).map { (id(source * 10 + $0), Sample.integerWalk(300, using: &random)) })
        }
        try Segments.write(sources, to: path, on: disk)
        let cache = PageCache()
        let reader = try Segments.open(path, on: disk, cache: cache)
        _ = try Segments.read(reader, (0..<50).map { id($0 * 10) })
        // 50 blocks of ≈ 150 B fit one or two pages; with one leaf of each index and one TIME page that is five or six.
        #expect(cache.counters.misses <= 6)
        #expect(cache.counters.pageCount == cache.counters.misses)
    }

    @Test("the cache stays within its bytes and forgets closed segments")
    func cacheBounds() throws {
        var random = SplitMix64(seed: 4)
        let source = SourceRows(
            timestamps: Sample.regular(60_000), columns: [(id(1), Sample.anyBits(60_000, using: &random))])
        try Segments.write([source], to: path, on: disk)
        let cache = PageCache(byteCountMax: 300_000)
        var reader: SegmentReader? = try Segments.open(path, on: disk, cache: cache)
        for _ in 0..<2 { #expect(try Segments.read(reader!, [id(1)]).rows[0].values.count == 60_000) }
        #expect(cache.counters.byteCount <= 300_000)
        #expect(cache.counters.pageCount > 2)
        reader = nil
        #expect(cache.counters.pageCount == 0)
        #expect(cache.counters.byteCount == 0)
    }
}
