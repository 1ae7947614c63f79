import VarveBytes
import VarveCodec
import VarveIO
import VarveModel
import VarveQuery
import VarveStore

/// Sizes of rollups, and times of long queries with and without them: 455 days of samples every 10 s in weekly
/// segments.
struct RollupBenchmark {
    var seriesCount: Int

    private static let weeks = 65
    private static let rowsPerWeek = 60_480
    private static let start = 2_900 * Nanoseconds.perWeek
    private let files = LinuxFileSystem()
    private let clock = LinuxClock()

    /// A walk in 0…100 in steps of `1 / scale`.
    private enum Shape: String, CaseIterable {
        case integers, decimals

        var scale: Double { self == .integers ? 1 : 100 }
    }

    func run() throws {
        for shape in Shape.allCases {
            for (name, policy) in [
                ("no rollups", RollupPolicy.none), ("standard", .standard),
                ("all widths", RollupPolicy(widths: RollupPolicy.standard.widths, rowsPerBucketMin: 1)),
            ] {
                let weeks = policy.rowsPerBucketMin == 1 ? 2 : Self.weeks
                try measure("\(shape.rawValue), \(name)", shape, policy, weeks: weeks)
            }
        }
    }

    private func measure(_ name: String, _ shape: Shape, _ policy: RollupPolicy, weeks: Int) throws {
        let directory = "/tmp/varve-rollup-benchmark-\(clock.monotonicNs())"
        try files.createDirectory(directory)
        defer { remove(directory) }
        var generator = Walks(count: seriesCount, scale: shape.scale)
        let startNs = clock.monotonicNs()
        var byteCount = 0
        var paths: [String] = []
        for week in 0..<weeks {
            paths.append("\(directory)/\(week).seg")
            byteCount += try write(week, to: paths[week], policy, &generator).byteCount
        }
        let samples = weeks * seriesCount * Self.rowsPerWeek
        let seconds = Double(clock.monotonicNs() - startNs) / 1e9
        print("\(name): written in \(seconds) s, \(Double(byteCount) / Double(samples)) bytes/sample")
        try describe(paths[0])
        if weeks < Self.weeks { return }
        for period in ["1h", "3h", "1d", "1w"] { try query(paths, period) }
    }

    /// Leaves the directory when something in it cannot be removed: it is in /tmp and harms nobody.
    private func remove(_ directory: String) {
        for name in (try? files.list(directory)) ?? [] { try? files.remove("\(directory)/\(name)") }
    }

    private func write(
        _ week: Int, to path: String, _ policy: RollupPolicy, _ walks: inout Walks
    ) throws -> SegmentSummary {
        let window = TimeRange(
            start: Self.start + Int64(week) * Nanoseconds.perWeek,
            end: Self.start + Int64(week + 1) * Nanoseconds.perWeek)
        let identity = SegmentIdentity(
            uuid: UUID16(high: 1, low: UInt64(week)), storeUUID: UUID16(high: 1, low: 1), level: 2, window: window,
            lsnFirst: 1, lsnLast: 1, createdNs: 0)
        var builder = try SegmentBuilder(
            creating: path, identity: identity, fileSystem: files, effort: .compaction, rollups: policy)
        var times: [TimeBlockReference] = []
        for row in stride(from: 0, to: Self.rowsPerWeek, by: SegmentFormat.blockRowsTarget) {
            let rows = row..<min(row + SegmentFormat.blockRowsTarget, Self.rowsPerWeek)
            times.append(
                try rows.map { window.start + Int64($0) * 10 * Nanoseconds.perSecond }.withUnsafeBufferPointer {
                    (buffer) throws(StoreError) in try builder.addTimeBlock(buffer)
                })
        }
        for series in 0..<seriesCount {
            for time in times {
                try walks.next(time.rowCount, of: series).withUnsafeBufferPointer { (buffer) throws(StoreError) in
                    try builder.addValueBlock(
                        series: SeriesID(rawValue: UInt32(series)), time: time, values: buffer)
                }
            }
        }
        return try builder.finish()
    }

    private func describe(_ path: String) throws {
        let reader = try SegmentReader(opening: path, fileSystem: files, cache: PageCache())
        let samples = Double(reader.summary.rowCount)
        let pages = try reader.describe().pages.map { "\($0.type) \(Double($0.byteCount) / samples)" }
        print("  bytes/sample by page type: \(pages.joined(separator: ", "))")
        for width in RollupPolicy.standard.widths {
            guard let rollup = try reader.rollup(of: SeriesID(rawValue: 0), width: width) else { continue }
            print("  width \(width / Nanoseconds.perSecond) s: \(rollup.buckets.count) buckets per series")
        }
    }

    /// One series over everything: with an empty cache (of Varve; the files are in the system's), then again.
    private func query(_ paths: [String], _ period: String) throws {
        let end = Self.start + Int64(Self.weeks) * Nanoseconds.perWeek
        let context = QueryContext(nowNs: end)
        var line = "  PERIOD \(period):"
        for statistic in ["AVG", "MAX"] {
            let statement = "SELECT \(statistic)(m) FROM n SINCE \(Self.start) UNTIL \(end) PERIOD \(period)"
            var (cold, warm) = (Double.infinity, Double.infinity)
            var pages = 0
            for _ in 0..<5 {
                let cache = PageCache()
                let readers = try paths.map { try SegmentReader(opening: $0, fileSystem: files, cache: cache) }
                let snapshot = Snapshot(segments: readers)
                cold = min(cold, try milliseconds { _ = try QueryEngine.run(statement, on: snapshot, in: context) })
                pages = cache.counters.misses
                warm = min(warm, try milliseconds { _ = try QueryEngine.run(statement, on: snapshot, in: context) })
            }
            line += " \(statistic) \(cold) ms cold (\(pages) pages), \(warm) ms warm;"
        }
        print(line)
    }

    private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        let startNs = clock.monotonicNs()
        try body()
        return Double(clock.monotonicNs() - startNs) / 1e6
    }
}

/// Random walks, one per series.
private struct Walks {
    private var levels: [Double]
    private let scale: Double
    private let noise: [Double]
    private var position = 0

    init(count: Int, scale: Double) {
        var state: UInt64 = 88_172_645_463_325_252
        // xorshift64 (Marsaglia 2003): the same data in each run.
        func next() -> Double {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Double(state >> 11) / 0x1p53
        }
        self.scale = scale
        levels = (0..<count).map { _ in next() * 100 }
        noise = (0..<65_521).map { _ in (0..<12).reduce(-6.0) { sum, _ in sum + next() } }
    }

    mutating func next(_ count: Int, of series: Int) -> [Double] {
        (0..<count).map { _ in
            position = (position + 1) % noise.count
            levels[series] = min(100, max(0, levels[series] + noise[position]))
            return (levels[series] * scale).rounded(.down) / scale
        }
    }
}

/// Segments that hold one metric of one source as series 0.
private struct Snapshot: MetricSnapshot {
    let segments: [SegmentReader]

    func namespaces(in scope: Scope) -> [String] { ["n"] }
    func metrics(in scope: Scope, namespace: String) -> [String] { ["m"] }
    func series(in scope: Scope, namespace: String, metric: String) -> [SeriesID] { [SeriesID(rawValue: 0)] }
    func source(of series: SeriesID) -> SourceKey { SourceKey(namespace: "n", dimensions: []) }
    func field(of series: SeriesID) -> FieldKey { FieldKey(metric: "m") }

    func scan(
        _ series: [SeriesID], in range: TimeRange,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        for segment in segments { if try segment.scan(series, in: range, visit: visit) == .stop { return } }
    }

    func scan(
        _ series: [SeriesID], in range: TimeRange, summedWithin periodNs: Int64,
        visit: (_ index: Int, _ rows: ScannedRows) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        for segment in segments {
            if try segment.scan(series, in: range, summedWithin: periodNs, visit: visit) == .stop { return }
        }
    }
}
