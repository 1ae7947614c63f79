import Testing
import VarveBytes
import VarveCodec
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Rows of one series, as a test wrote them.
struct SeriesRows: Equatable {
    var series: SeriesID
    var timestamps: [Int64]
    var values: [Double]

    static func == (left: SeriesRows, right: SeriesRows) -> Bool {
        left.series == right.series && left.timestamps == right.timestamps
            && left.values.map(\.bitPattern) == right.values.map(\.bitPattern)
    }
}

/// One source: times, and the values of its sibling series.
struct SourceRows {
    var timestamps: [Int64]
    var columns: [(series: SeriesID, values: [Double])]
}

enum Segments {
    static let window = TimeRange(
        start: 1_767_225_600_000_000_000, end: 1_767_225_600_000_000_000 + Nanoseconds.perWeek)

    static func identity(kind: SegmentKind = .metric, window: TimeRange = window, seed: UInt64 = 1) -> SegmentIdentity {
        var random = SplitMix64(seed: seed)
        return SegmentIdentity(
            uuid: UUID16(high: random.next(), low: random.next()), storeUUID: UUID16(high: 7, low: 9), kind: kind,
            level: 2,
            window: window, lsnFirst: 11, lsnLast: 42, createdNs: window.start)
    }

    /// Writes sources as the store does: times once per source, then metric by metric.
    @discardableResult
    static func write(
        _ sources: [SourceRows], to path: String, on disk: any FileSystem, blockRows: Int = 4_096,
        identity: SegmentIdentity = identity(), rollups: RollupPolicy = .none, seal: FileSeal? = nil
    ) throws -> SegmentSummary {
        var builder = try SegmentBuilder(
            creating: path, identity: identity, fileSystem: disk, rollups: rollups, seal: seal)
        var times: [[TimeBlockReference]] = []
        for source in sources {
            times.append(try addTimes(source.timestamps, blockRows: blockRows, to: &builder))
        }
        let columnCount = sources.map(\.columns.count).max() ?? 0
        for column in 0..<columnCount {
            try builder.beginGroup()
            for (index, source) in sources.enumerated() where column < source.columns.count {
                try addValues(source.columns[column], times: times[index], to: &builder)
            }
        }
        return try builder.finish()
    }

    static func addTimes(
        _ timestamps: [Int64], blockRows: Int, to builder: inout SegmentBuilder
    ) throws -> [TimeBlockReference] {
        var references: [TimeBlockReference] = []
        for start in stride(from: 0, to: timestamps.count, by: blockRows) {
            let rows = Array(timestamps[start..<min(start + blockRows, timestamps.count)])
            references.append(
                try rows.withUnsafeBufferPointer { buffer throws(StoreError) in try builder.addTimeBlock(buffer) })
        }
        return references
    }

    private static func addValues(
        _ column: (series: SeriesID, values: [Double]), times: [TimeBlockReference], to builder: inout SegmentBuilder
    ) throws {
        var start = 0
        for time in times {
            let rows = Array(column.values[start..<(start + time.rowCount)])
            try rows.withUnsafeBufferPointer { buffer throws(StoreError) in
                try builder.addValueBlock(series: column.series, time: time, values: buffer)
            }
            start += time.rowCount
        }
    }

    static func open(
        _ path: String, on disk: any FileSystem, cache: PageCache = PageCache()
    ) throws -> SegmentReader {
        try SegmentReader(opening: path, fileSystem: disk, cache: cache)
    }

    /// Everything that a scan delivers, and how many chunks it took.
    static func read(
        _ reader: SegmentReader, _ series: [SeriesID], in range: TimeRange = .all
    ) throws -> (rows: [SeriesRows], chunkCount: Int) {
        var rows = series.map { SeriesRows(series: $0, timestamps: [], values: []) }
        var chunkCount = 0
        let step = try reader.scan(series, in: range) { (index, chunk) throws(StoreError) in
            chunkCount += 1
            let samples = try chunk.decode()
            // Runs inside a block of several series have none.
            if let statistics = chunk.statistics { #expect(statistics == BlockStatistics(of: samples.values)) }
            #expect(chunk.rowCount == samples.values.count)
            #expect(chunk.firstTimestamp == samples.timestamps[0])
            #expect(chunk.lastTimestamp == samples.timestamps[chunk.rowCount - 1])
            for row in 0..<chunk.rowCount { rows[index].timestamps.append(samples.timestamps[row]) }
            rows[index].values.append(contentsOf: samples.values)
            return .next
        }
        #expect(step == .next)
        return (rows, chunkCount)
    }

    /// Places that a verification reports.
    static func faults(_ path: String, on disk: any FileSystem) throws -> [Corruption] {
        var faults: [Corruption] = []
        try SegmentReader.verify(path, fileSystem: disk) { faults.append($0) }
        return faults
    }

    static func bytes(_ path: String, on disk: any FileSystem) throws -> [UInt8] {
        let file = try disk.open(path, .read)
        return try file.read(at: 0, count: try file.byteCount())
    }

    static func put(_ bytes: [UInt8], at path: String, on disk: any FileSystem) throws {
        if try disk.exists(path) { try disk.remove(path) }
        let file = try disk.open(path, .createNew)
        try file.write(bytes, at: 0)
    }
}

/// Shapes of data that tests draw from.
enum Sample {
    static func regular(_ count: Int, from start: Int64 = Segments.window.start, everySeconds: Int64 = 10) -> [Int64] {
        (0..<count).map { start + Int64($0) * everySeconds * Nanoseconds.perSecond }
    }

    static func jittered(_ count: Int, using random: inout SplitMix64) -> [Int64] {
        regular(count).map { $0 + Int64.random(in: 0..<50_000_000, using: &random) }
    }

    /// What TSBS sends: a walk in 0…100 with normal steps, cut to integers.
    static func integerWalk(_ count: Int, using random: inout SplitMix64) -> [Double] {
        var level = Double.random(in: 0...100, using: &random)
        return (0..<count).map { _ in
            level = min(100, max(0, level + normalSteps[Int(random.next() % 1_024)]))
            return level.rounded(.down)
        }
    }

    /// Sums of twelve uniform numbers minus six: mean 0, variance 1 (Irwin–Hall). Drawn from a table, because a debug
    /// build takes 3 µs for one.
    private static let normalSteps: [Double] = {
        var random = SplitMix64(seed: 12)
        return (0..<1_024).map { _ in
            (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
        }
    }()

    /// Any bit pattern: NaN payloads, infinities, subnormals, −0.
    static func anyBits(_ count: Int, using random: inout SplitMix64) -> [Double] {
        (0..<count).map { _ in
            switch Int.random(in: 0..<8, using: &random) {
            case 0: Double(bitPattern: 0x7ff8_0000_0000_0000 | random.next() >> 16)
            case 1: -0.0
            case 2: .infinity
            case 3: Double(bitPattern: random.next() >> 12)
            default: Double(bitPattern: random.next())
            }
        }
    }
}
