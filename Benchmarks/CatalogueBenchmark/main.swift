import Glibc
import VarveIO
import VarveModel
import VarveStore

/// Measures the series catalogue: creation and look-up, memory, filters, and the size and loading time of a checkpoint.
///
/// Usage: CatalogueBenchmark [SOURCES [FIELDS [DIRECTORY]]]; defaults: 100 000 sources of 10 fields, a directory under
/// /tmp that is to be removed afterwards. Each source has the ten tags of the TSBS cpu-only workload and one its own.
struct CatalogueBenchmark {
    var sources: Int
    var fields: Int
    var directory: String
    private let clock = LinuxClock()

    init(sources: Int, fields: Int, directory: String) {
        self.sources = sources
        self.fields = fields
        self.directory = directory
    }

    func run() throws {
        try measureMemory()
        try measureStore()
    }

    private func measureMemory() throws {
        // What a batch of shapes takes is on the heap before the measurement begins, and used again by each.
        _ = (0..<1_000).map { shape($0) }
        let catalogue = Catalogue()
        let before = Self.residentBytes()
        var records: [CatalogueRecord] = []
        var limits = SeriesLimits(total: 1 << 30)
        limits.burst = 1 << 30
        var spentNs: Int64 = 0
        for start in stride(from: 0, to: sources, by: 1_000) {
            let shapes = (start..<min(start + 1_000, sources)).map { shape($0) }
            let startNs = clock.monotonicNs()
            for shape in shapes { _ = try catalogue.resolve(shape, limits: limits, nowNs: 0, records: &records) }
            spentNs += clock.monotonicNs() - startNs
            records.removeAll(keepingCapacity: true)
        }
        let count = catalogue.seriesCount
        print("creation: \(rate(count, spentNs)) series/s, \(rate(sources, spentNs)) sources/s")
        print("memory: \((Self.residentBytes() - before) / sources) bytes per source with its \(fields) series")
        let known = (0..<1_000).map { shape($0 * 7 % sources) }
        let startNs = clock.monotonicNs()
        for shape in known { _ = try catalogue.resolve(shape, limits: limits, nowNs: 0, records: &records) }
        print("known shape, by key: \((clock.monotonicNs() - startNs) / 1_000) ns")
        measureFilters(catalogue)
        print("memory with postings: \((Self.residentBytes() - before) / sources) bytes per source")
    }

    private func measureFilters(_ catalogue: Catalogue) {
        let filters: [(String, [DimensionFilter])] = [
            ("first query, builds postings", []), ("all series of a metric", []),
            ("one of its own", [.equals(name: "hostname", value: "host_77")]),
            ("two common", [.equals(name: "region", value: "region-3"), .equals(name: "os", value: "os-1")]),
            ("prefix, first", [.prefix(name: "hostname", prefix: "host_77")]),
            ("prefix", [.prefix(name: "hostname", prefix: "host_77")]),
            ("not equal", [.notEquals(name: "region", value: "region-3")]),
        ]
        for (name, filters) in filters {
            let startNs = clock.monotonicNs()
            let found = catalogue.series(
                in: .default, namespace: "cpu", metric: "usage_0", matching: filters, kind: .metric,
                counts: catalogue.counts)
            print("\(name): \(found.count) series in \(Double(clock.monotonicNs() - startNs) / 1e6) ms")
        }
    }

    private func measureStore() throws {
        var options = StoreOptions()
        options.catalogueLogBytesMax = 1 << 10
        options.seriesMax = 1 << 30
        options.newSeriesBurst = 1 << 30
        var store = try Store.open(at: directory, options: options)
        for start in stride(from: 0, to: sources, by: 1_000) {
            var batch = RowBatch()
            for number in start..<min(start + 1_000, sources) {
                batch.shapes.append(shape(number))
                batch.rowShapes.append(UInt32(number - start))
                batch.timestamps.append(clock.wallNs())
                batch.values += Array(repeating: 1, count: fields)
            }
            _ = try store.appendAndWait(batch)
        }
        try flush(store, "log")
        try reopen(&store, options)
        try flush(store, "checkpoint")
        try reopen(&store, options)
        store.close()
    }

    private func flush(_ store: Store, _ name: String) throws {
        var batch = RowBatch()
        batch.append(shape: shape(0), timestamp: clock.wallNs(), values: Array(repeating: 1, count: fields))
        _ = try store.appendAndWait(batch)
        let startNs = clock.monotonicNs()
        try store.flush()
        let bytes = store.statistics().catalogueBytes
        let seconds = Double(clock.monotonicNs() - startNs) / 1e9
        print("\(name): \(bytes) bytes, \(Double(bytes) / Double(sources)) per source; flush \(seconds) s")
    }

    private func reopen(_ store: inout Store, _ options: StoreOptions) throws {
        store.close()
        let startNs = clock.monotonicNs()
        store = try Store.open(at: directory, options: options)
        print("opening: \(Double(clock.monotonicNs() - startNs) / 1e6) ms for \(store.statistics().seriesCount) series")
    }

    private func shape(_ number: Int) -> RowShape {
        // Multiples of a large prime: tags that look drawn, and repeat in every run.
        let draw = UInt64(number) &* 0x9e37_79b9_7f4a_7c15
        func pick(_ name: String, _ shift: UInt64, _ count: UInt64) -> Dimension {
            Dimension(name: name, value: "\(name)-\((draw >> shift) % count)")
        }
        let tags = [
            pick("region", 8, 9), pick("datacenter", 12, 27), pick("rack", 16, 100), pick("os", 24, 3),
            pick("arch", 28, 2), pick("team", 30, 4), pick("service", 34, 20), pick("service_version", 40, 2),
            pick("service_environment", 44, 3), pick("cluster", 48, 50),
            Dimension(name: "hostname", value: "host_\(number)"),
        ]
        return RowShape(
            source: SourceKey(namespace: "cpu", dimensions: tags),
            fields: (0..<fields).map { FieldKey(metric: "usage_\($0)") })
    }

    private func rate(_ count: Int, _ spentNs: Int64) -> Int { Int(Double(count) / (Double(spentNs) / 1e9)) }

    /// Memory of this process.
    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 200)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4_096
    }
}

let arguments = CommandLine.arguments
let benchmark = CatalogueBenchmark(
    sources: arguments.count > 1 ? Int(arguments[1]) ?? 100_000 : 100_000,
    fields: arguments.count > 2 ? Int(arguments[2]) ?? 10 : 10,
    directory: arguments.count > 3 ? arguments[3] : "/tmp/varve-catalogue-benchmark")
try benchmark.run()
