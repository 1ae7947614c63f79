import Glibc
import VarveBytes
import VarveIO
import VarveModel
import VarveStore

/// Opens many segments, once with the system's page cache emptied of them and once warm, and reports milliseconds.
struct OpenBenchmark {
    var directory: String
    var segments: Int
    var series: Int

    /// One row per 10 minutes of a day.
    static let rows = 144

    func run() throws {
        let fileSystem = LinuxFileSystem()
        try fileSystem.createDirectory(directory)
        let paths = (0..<segments).map { "\(directory)/\($0).seg" }
        for (number, path) in paths.enumerated() { try write(path, day: number, fileSystem) }
        for path in paths { Self.dropPages(path) }
        try open(paths, fileSystem, "cold")
        try open(paths, fileSystem, "warm")
        for path in paths { try fileSystem.remove(path) }
        rmdir(directory)
    }

    private func write(_ path: String, day: Int, _ fileSystem: LinuxFileSystem) throws {
        let start = Int64(day) * Nanoseconds.perDay
        let window = TimeRange(start: start, end: start + Nanoseconds.perDay)
        let identity = SegmentIdentity(
            uuid: UUID16(high: 1, low: UInt64(day)), storeUUID: UUID16(high: 2, low: 3), level: 1, window: window,
            lsnFirst: UInt64(day) + 1, lsnLast: UInt64(day) + 1, createdNs: start)
        var builder = try SegmentBuilder(creating: path, identity: identity, fileSystem: fileSystem)
        let times = (0..<Self.rows).map { start + Int64($0) * 10 * Nanoseconds.perMinute }
        let time = try times.withUnsafeBufferPointer { times throws(StoreError) in try builder.addTimeBlock(times) }
        for number in 0..<series {
            let values = (0..<Self.rows).map { Double(($0 &* (number | 1)) & 15) }
            try values.withUnsafeBufferPointer { values throws(StoreError) in
                try builder.addValueBlock(series: SeriesID(rawValue: UInt32(number)), time: time, values: values)
            }
        }
        _ = try builder.finish()
    }

    /// The file is durable already, so the system may forget all of it.
    private static func dropPages(_ path: String) {
        let file = Glibc.open(path, O_RDONLY)
        precondition(file >= 0, "the benchmark wrote \(path)")
        posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        close(file)
    }

    private func open(_ paths: [String], _ fileSystem: LinuxFileSystem, _ what: String) throws {
        let clock = LinuxClock()
        let startNs = clock.monotonicNs()
        let cache = PageCache()
        let readers = try paths.map { try SegmentReader(opening: $0, fileSystem: fileSystem, cache: cache) }
        let elapsed = Double(clock.monotonicNs() - startNs) / 1e6
        let bytes = readers.reduce(0) { $0 + $1.summary.byteCount }
        print("open \(what): \(readers.count) segments of \(series) series, \(bytes) bytes, in \(elapsed) ms")
    }
}
