import Glibc
import VarveIO
import VarveModel
import VarveStore

/// How long opening takes: after SIGKILL with a log as full as it gets, and of a store of 455 days.
///
/// `recovery` starts this program again to fill a store; that process kills itself, so that nothing is closed in order.
struct RecoveryBenchmark {
    var directory: String
    var program: String

    /// What the first argument of the program may be.
    static let modes = ["recovery", "recovery-fill", "opening", "merge"]

    private static let hostCount = 1_000
    private static let rowsPerBatch = 5_000
    private static let intervalNs = 10 * Nanoseconds.perSecond

    func run(mode: String) throws {
        switch mode {
        case "recovery-fill": try fill()
        case "recovery": try recover()
        case "merge": try mergeAsOfTomorrow()
        default: try open455Days()
        }
    }

    // MARK: A full log

    /// The second one lets the limit on logged bytes decide: more values than the tail takes by default.
    private static let cases: [(name: String, fields: Int, tailValues: Int?)] = [
        ("10 fields a row, tail full", 10, nil), ("1 field a row, tail full", 1, nil),
        ("10 fields a row, 256 MiB logged", 10, .max), ("1 field a row, 256 MiB logged", 1, .max),
    ]

    private func recover() throws {
        for (number, one) in Self.cases.enumerated() {
            let place = "\(directory)-\(number)"
            try start([program, "recovery-fill", place, "\(number)"])
            var options = StoreOptions()
            options.tailValuesMax = one.tailValues ?? options.tailValuesMax
            let clock = LinuxClock()
            let startNs = clock.monotonicNs()
            let store = try Store.open(at: place, options: options)
            let seconds = Double(clock.monotonicNs() - startNs) / 1e9
            let statistics = store.statistics()
            precondition(statistics.segmentCount == 0, "all rows come from the log")
            print(
                "\(one.name): \(statistics.walBytes) bytes of log, \(statistics.sampleCount) values, "
                    + "opened in \(seconds) s")
            store.close()
            try Self.removeAll(place)
        }
    }

    /// Runs the program and waits until it has been killed.
    private func start(_ words: [String]) throws {
        var process: pid_t = 0
        var pointers = words.map { strdup($0) } + [nil]
        defer { pointers.forEach { free($0) } }
        let code = posix_spawn(&process, "/proc/self/exe", nil, nil, &pointers, environ)
        precondition(code == 0, "\(words[0]) cannot be started: \(String(cString: strerror(code)))")
        var status: Int32 = 0
        precondition(waitpid(process, &status, 0) == process && status & 0x7f == SIGKILL, "it kills itself")
    }

    /// Appends until one more batch could begin a flush, then dies.
    private func fill() throws {
        let one = Self.cases[CommandLine.arguments.last.flatMap { Int($0) } ?? 0]
        var options = StoreOptions()
        options.tailValuesMax = one.tailValues ?? options.tailValuesMax
        let store = try Store.open(at: directory, options: options)
        let valuesPerBatch = Self.rowsPerBatch * one.fields
        // Values, times, shapes and the group's head; records of new series are in the first groups only.
        let bytesPerBatch = valuesPerBatch * 8 + Self.rowsPerBatch * 12 + 4_096
        let shapes = (0..<Self.hostCount).map { Self.shape(host: $0, fields: one.fields) }
        var walk = (0..<(Self.hostCount * one.fields)).map { Double($0 * 7 % 100) }
        var statistics = store.statistics()
        let residentBefore = StoreBenchmark.residentBytes()
        let start = LinuxClock().wallNs() - Nanoseconds.perDay
        var row = 0
        while statistics.tailValues + valuesPerBatch < options.tailValuesMax,
            statistics.walBytes + bytesPerBatch < options.liveWALBytesMax
        {
            var batch = RowBatch()
            batch.shapes = shapes
            for slot in row..<(row + Self.rowsPerBatch) {
                let host = slot % Self.hostCount
                let range = (host * one.fields)..<((host + 1) * one.fields)
                for index in range { walk[index] = (walk[index] + Double((row &+ index) % 3 - 1)).magnitude }
                batch.rowShapes.append(UInt32(host))
                batch.timestamps.append(start + Int64(slot / Self.hostCount) * Self.intervalNs)
                batch.values += walk[range]
            }
            _ = try store.appendAndWait(batch)
            row += Self.rowsPerBatch
            statistics = store.statistics()
        }
        let resident = StoreBenchmark.residentBytes() - residentBefore
        print("\(one.name): \(Double(resident) / Double(statistics.tailValues)) bytes of memory per buffered value")
        fflush(nil)
        kill(getpid(), SIGKILL)
    }

    // MARK: 455 days

    /// 1 000 hosts of ten fields, a row an hour, flushed and merged; then opened without the system's page cache.
    private func open455Days() throws {
        let days = 454
        var store = try Store.open(at: directory, options: StoreOptions())
        let start = LinuxClock().wallNs() / Nanoseconds.perHour * Nanoseconds.perHour - Int64(days) * Nanoseconds.perDay
        let shapes = (0..<Self.hostCount).map { Self.shape(host: $0, fields: 10) }
        for hour in 0..<(days * 24) {
            var batch = RowBatch()
            batch.shapes = shapes
            batch.rowShapes = shapes.indices.map { UInt32($0) }
            batch.timestamps = Array(repeating: start + Int64(hour) * Nanoseconds.perHour, count: shapes.count)
            batch.values = (0..<(shapes.count * 10)).map { Double(($0 &* 31 &+ hour &* ($0 & 7)) % 100) }
            _ = try store.appendAndWait(batch)
        }
        try store.flush()
        try store.compact()
        let statistics = store.statistics()
        store.close()
        print("\(statistics.seriesCount) series, \(statistics.sampleCount) values, \(statistics.segmentCount) segments")
        try Self.forEachFile(directory) { Self.dropPages($0) }
        for what in ["cold", "warm"] {
            let clock = LinuxClock()
            let startNs = clock.monotonicNs()
            store = try Store.open(at: directory, options: StoreOptions())
            let openedNs = clock.monotonicNs()
            let snapshot = store.snapshot()
            let series = snapshot.series(in: .default, namespace: "cpu", metric: "field_3")
            var rows = 0
            try snapshot.scan(Array(series.prefix(1)), in: .all) { (_, chunk) throws(StoreError) in
                rows += try chunk.decode().values.count
                return .next
            }
            precondition(rows == days * 24, "\(rows) rows of one series")
            let queriedNs = clock.monotonicNs()
            print(
                "opened \(what) in \(Double(openedNs - startNs) / 1e6) ms; first answer, all rows of one series, "
                    + "after \(Double(queriedNs - startNs) / 1e6) ms")
            store.close()
        }
        try Self.removeAll(directory)
    }

    // MARK: Merging

    /// Merges what is due 26 hours from now: by then, units that were flushed just now count as old.
    private func mergeAsOfTomorrow() throws {
        let environment = SystemEnvironment(
            fileSystem: LinuxFileSystem(), clock: TomorrowsClock(), random: SystemRandomSource())
        let store = try Store.open(at: directory, options: StoreOptions(), environment: environment)
        try store.flush()
        let before = store.statistics()
        try store.compact()
        let after = store.statistics()
        print(
            "\(before.segmentCount) segments of \(before.segmentBytes) bytes merged into \(after.segmentCount) of "
                + "\(after.segmentBytes), \(after.sampleCount) values")
        store.close()
        // The thread that merged lets go of the inputs a moment after its result is in; only then they are removed.
        let clock = LinuxClock()
        let deadlineNs = clock.monotonicNs() + 5 * Nanoseconds.perSecond
        while try LinuxFileSystem().list(directory + "/seg").count > after.segmentCount,
            clock.monotonicNs() < deadlineNs
        {
            usleep(10_000)
        }
    }

    private static func shape(host: Int, fields: Int) -> RowShape {
        RowShape(
            source: SourceKey(namespace: "cpu", dimensions: [Dimension(name: "hostname", value: "host_\(host)")]),
            fields: (0..<fields).map { FieldKey(metric: "field_\($0)") })
    }

    /// The files are durable, so the system may forget their pages.
    private static func dropPages(_ path: String) {
        let file = Glibc.open(path, O_RDONLY)
        precondition(file >= 0, "the benchmark wrote \(path)")
        posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        close(file)
    }

    private static func forEachFile(_ directory: String, _ body: (String) throws -> Void) throws {
        let fileSystem = LinuxFileSystem()
        for name in try fileSystem.list(directory) {
            let path = "\(directory)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR { try forEachFile(path, body) } else { try body(path) }
        }
    }

    private static func removeAll(_ directory: String) throws {
        let fileSystem = LinuxFileSystem()
        try forEachFile(directory) { try fileSystem.remove($0) }
        for name in try fileSystem.list(directory) { rmdir("\(directory)/\(name)") }
        rmdir(directory)
    }
}

/// The system's clock, 26 hours ahead.
private struct TomorrowsClock: SystemClock {
    private static let aheadNs = 26 * Nanoseconds.perHour

    func wallNs() -> Int64 { LinuxClock().wallNs() + Self.aheadNs }
    func monotonicNs() -> Int64 { LinuxClock().monotonicNs() }
}
