import Glibc
import VarveIO
import VarveModel
import VarveStore

/// Appends the TSBS cpu-only workload through the embedded store and reports time, CPU, bytes and counts.
///
/// Usage: StoreBenchmark [DIRECTORY [HOSTS [HOURS [sealed]]]] or
/// StoreBenchmark --hosts HOSTS --points POINTS [DIRECTORY];
/// defaults: a directory under /tmp that is removed, 100 hosts, 72 hours of 360 points. The second form is for many
/// hosts with few points each. StoreBenchmark --segments SEGMENTS [--series SERIES] [DIRECTORY] opens segments instead;
/// `StoreBenchmark rollups [SERIES]` measures segments with and without rollups, `StoreBenchmark sealing` encryption,
/// `StoreBenchmark events [COUNT]` audit events in segments.
/// `generator …` makes the rows without a store, to tell what that costs; `recovery [DIRECTORY]` kills a store with a
/// full log and opens it again; `opening [DIRECTORY]` opens one of 455 days; `merge DIRECTORY` merges what is due
/// tomorrow.
struct StoreBenchmark {
    var directory: String
    var hosts: Int
    /// Rows of each host, 10 s apart.
    var points: Int

    static let fields = [
        "usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait", "usage_irq", "usage_softirq",
        "usage_steal", "usage_guest", "usage_guest_nice",
    ]
    static let rowsPerBatch = 5_000
    static let batchesInFlightMax = 32

    func run() throws {
        var options = StoreOptions()
        if CommandLine.arguments.last == "sealed" {
            options.keyProvider = try FileKeyProvider.create(directory + ".keys", environment: .system)
        }
        let store = try Store.open(at: directory, options: options)
        let rows = hosts * points
        let values = rows * Self.fields.count
        let clock = LinuxClock()
        let (startNs, startCPU) = (clock.monotonicNs(), Self.cpuSeconds())
        try append(to: store, rows: rows)
        report("append (durable)", values, Double(clock.monotonicNs() - startNs) / 1e9, Self.cpuSeconds() - startCPU)
        let (flushNs, flushCPU) = (clock.monotonicNs(), Self.cpuSeconds())
        try store.flush()
        report("last flush", values, Double(clock.monotonicNs() - flushNs) / 1e9, Self.cpuSeconds() - flushCPU)
        report("append + flush", values, Double(clock.monotonicNs() - startNs) / 1e9, Self.cpuSeconds() - startCPU)
        let statistics = store.statistics()
        precondition(statistics.sampleCount == values, "\(statistics.sampleCount) samples stored, \(values) sent")
        let bytes = statistics.segmentBytes + statistics.catalogueBytes
        print("segments \(statistics.segmentCount), bytes \(bytes), bytes/sample \(Double(bytes) / Double(values))")
        let catalogue = Double(statistics.catalogueBytes) / Double(values)
        print("bytes/sample in segments \(Double(statistics.segmentBytes) / Double(values)), catalogue \(catalogue)")
        try scan(store.snapshot())
        print("peak resident memory \(Self.peakResidentBytes()) bytes")
        store.close()
    }

    /// The generator alone: batches are made and kept for as long as the store would keep them, and nothing else.
    func runGenerator() {
        let values = hosts * points * Self.fields.count
        let (startNs, startCPU) = (LinuxClock().monotonicNs(), Self.cpuSeconds())
        var kept: [RowBatch] = []
        var checked = 0
        generate(rows: hosts * points) { batch in
            checked += batch.values.count
            kept.append(batch)
            if kept.count == Self.batchesInFlightMax { kept.removeAll(keepingCapacity: true) }
        }
        precondition(checked == values, "\(checked) values made, not \(values)")
        report(
            "generator alone", values, Double(LinuxClock().monotonicNs() - startNs) / 1e9, Self.cpuSeconds() - startCPU)
    }

    /// Reads all rows of one metric, once to fill the cache and once from it.
    private func scan(_ snapshot: StoreSnapshot) throws {
        let series = snapshot.series(in: .default, namespace: "cpu", metric: Self.fields[4])
        for what in ["scan of one metric, cold", "scan of one metric, warm"] {
            let (startNs, startCPU) = (LinuxClock().monotonicNs(), Self.cpuSeconds())
            var rows = 0
            try snapshot.scan(series, in: .all) { (_, chunk) throws(StoreError) in
                rows += try chunk.decode().values.count
                return .next
            }
            precondition(rows == hosts * points, "\(rows) rows of one metric, \(hosts * points) sent")
            report(what, rows, Double(LinuxClock().monotonicNs() - startNs) / 1e9, Self.cpuSeconds() - startCPU)
        }
    }

    private func append(to store: Store, rows: Int) throws {
        let inFlight = Monitor(0)
        generate(rows: rows) { send($0, to: store, inFlight: inFlight) }
        _ = inFlight.wait(until: { $0 == 0 ? true : nil })
    }

    private func generate(rows: Int, _ send: (RowBatch) -> Void) {
        let shapes = (0..<hosts).map { Self.shape(host: $0) }
        var generator = SystemRandomNumberGenerator()
        var walk = (0..<(hosts * Self.fields.count)).map { _ in Double.random(in: 0...100, using: &generator) }
        let start = LinuxClock().wallNs() - Int64(points) * 10 * Nanoseconds.perSecond
        var batch = RowBatch()
        // A batch names only the hosts that it has rows of, as a connection's does.
        var slots = [Int](repeating: -1, count: hosts)
        // The random walk costs more than the store; one step in 16 draws, the others repeat it with the sign flipped.
        var noise = (0..<4_096).map { _ in Double.random(in: -1.7...1.7, using: &generator) }
        noise.shuffle(using: &generator)
        var next = 0
        for row in 0..<rows {
            let host = row % hosts
            if slots[host] < 0 {
                slots[host] = batch.shapes.count
                batch.shapes.append(shapes[host])
            }
            batch.rowShapes.append(UInt32(slots[host]))
            batch.timestamps.append(start + Int64(row / hosts) * 10 * Nanoseconds.perSecond)
            for field in Self.fields.indices {
                let index = host * Self.fields.count + field
                walk[index] = min(100, max(0, walk[index] + noise[next & 4_095]))
                next &+= 1
                batch.values.append(walk[index].rounded(.towardZero))
            }
            if batch.rowCount == Self.rowsPerBatch || row == rows - 1 {
                send(batch)
                if hosts > Self.rowsPerBatch {
                    batch.shapes.removeAll(keepingCapacity: true)
                    for index in slots.indices { slots[index] = -1 }
                }
                batch.rowShapes.removeAll(keepingCapacity: true)
                batch.timestamps.removeAll(keepingCapacity: true)
                batch.values.removeAll(keepingCapacity: true)
            }
        }
    }

    /// At most so many batches in flight as a listener would have.
    private func send(_ batch: RowBatch, to store: Store, inFlight: Monitor<Int>) {
        _ = inFlight.wait { count -> Bool? in
            guard count < Self.batchesInFlightMax else { return nil }
            count += 1
            return true
        }
        store.append(batch) { result in
            if case .failure(let error) = result { preconditionFailure("\(error)") }
            inFlight.withLock { $0 -= 1 }
            inFlight.broadcast()
        }
    }

    private static func shape(host: Int) -> RowShape {
        let tags = ["region", "datacenter", "rack", "os", "arch", "team", "service", "service_version", "environment"]
        let dimensions = tags.map { Dimension(name: $0, value: "\($0)-\(host % 7)") }
        return RowShape(
            source: SourceKey(
                namespace: "cpu", dimensions: dimensions + [Dimension(name: "hostname", value: "host_\(host)")]),
            fields: fields.map { FieldKey(metric: $0) })
    }

    private func report(_ what: String, _ values: Int, _ seconds: Double, _ cpu: Double) {
        let rate = Double(values) / seconds / 1e6
        let perValue = cpu * 1e9 / Double(values)
        print("\(what): \(seconds) s, \(rate) M values/s, \(cpu) CPU s, \(perValue) CPU ns/value")
    }

    private static func peakResidentBytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1_024
    }

    /// Memory of this process now.
    static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 200)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4_096
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

/// The number after `name`, whose two words are removed from `arguments`.
func option(_ name: String, from arguments: inout [String]) -> Int? {
    guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
    defer { arguments.removeSubrange(index...(index + 1)) }
    return Int(arguments[index + 1])
}

var arguments = CommandLine.arguments
let hostCount = option("--hosts", from: &arguments)
let pointCount = option("--points", from: &arguments)
let segmentCount = option("--segments", from: &arguments)
let seriesCount = option("--series", from: &arguments)
let hourCount = arguments.count > 3 ? Int(arguments[3]) ?? 72 : 72
if arguments.dropFirst().first == "rollups" {
    try RollupBenchmark(seriesCount: arguments.count > 2 ? Int(arguments[2]) ?? 10 : 10).run()
    exit(0)
}
if arguments.dropFirst().first == "sealing" {
    try SealingBenchmark.run()
    exit(0)
}
if arguments.dropFirst().first == "events" {
    try EventBenchmark(count: arguments.count > 2 ? Int(arguments[2]) ?? 200_000 : 200_000).run()
    exit(0)
}
let isGenerator = arguments.dropFirst().first == "generator"
if isGenerator { arguments.remove(at: 1) }
let mode = arguments.dropFirst().first ?? ""
if RecoveryBenchmark.modes.contains(mode) {
    let place = arguments.count > 2 ? arguments[2] : "/tmp/varve-store-benchmark-\(getpid())"
    try RecoveryBenchmark(directory: place, program: arguments[0]).run(mode: mode)
    exit(0)
}
let directory = arguments.count > 1 ? arguments[1] : "/tmp/varve-store-benchmark-\(getpid())"
if let segmentCount {
    try OpenBenchmark(directory: directory, segments: segmentCount, series: seriesCount ?? 10_000).run()
} else {
    let benchmark = StoreBenchmark(
        directory: directory, hosts: hostCount ?? (arguments.count > 2 ? Int(arguments[2]) ?? 100 : 100),
        points: pointCount ?? hourCount * 360)
    if isGenerator { benchmark.runGenerator() } else { try benchmark.run() }
}
