import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Clients and bytes that look for something quadratic, unbounded or overflowing. What took hours ends within the time
/// limit.
@Suite struct HostileInputTests {
    private let world = SimulatedWorld(seed: 1)

    private func open(_ change: (inout StoreOptions) -> Void = { _ in }) throws -> StoreEngine {
        var options = StoreFixture.options
        change(&options)
        return try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    private func commit(_ batch: RowBatch, to engine: inout StoreEngine) throws -> AppendReceipt {
        try engine.commit([batch])[0].get()
    }

    @Test("a source whose every row has another field list costs no more than its rows", .timeLimit(.minutes(1)))
    func fieldListPerRow() throws {
        var engine = try open()
        for start in stride(from: 0, to: 4_000, by: 500) {
            var batch = RowBatch()
            for row in start..<(start + 500) {
                let shape = StoreFixture.shape(host: 0, fields: ["a", "field\(row)"])
                batch.append(shape: shape, timestamp: StoreFixture.nowNs + Int64(row), values: [Double(row), 0])
            }
            _ = try commit(batch, to: &engine)
        }
        try engine.flush()
        let rows = try StoreFixture.read(engine.snapshot(), metric: "a")
        #expect(rows.map { Double(bitPattern: $0.bits) } == (0..<4_000).map(Double.init))
        engine.close()
        #expect(try StoreFixture.read(try open().snapshot(), metric: "field77").count == 1)
    }

    @Test("ever new combinations of known fields reach a limit")
    func combinations() throws {
        var engine = try open { $0.seriesMax = 10 }
        var generator = SplitMix64(seed: 1)
        var refusals = 0
        for _ in 0..<100 {
            let fields = ["a", "b", "c", "d", "e"].shuffled(using: &generator)
            var batch = RowBatch()
            let shape = StoreFixture.shape(host: 0, fields: fields)
            batch.append(shape: shape, timestamp: StoreFixture.nowNs, values: [1, 2, 3, 4, 5])
            if case .failure(.tooManySeries) = engine.commit([batch])[0] { refusals += 1 }
        }
        #expect(refusals > 0 && engine.catalogue.shapeCount == 8)
    }

    @Test("values that look like group headers do not slow the next opening down", .timeLimit(.minutes(1)))
    func valuesLikeHeaders() throws {
        var engine = try open { $0.walFileBytes = 2 << 20 }
        // A length of 1 MiB, any number, type 1.
        let value = Double(bitPattern: 0x0010_0000_0000_0001)
        var batch = RowBatch()
        let shape = StoreFixture.shape(host: 0, fields: (0..<1_000).map { "f\($0)" })
        for row in 0..<200 {
            batch.append(
                shape: shape, timestamp: StoreFixture.nowNs + Int64(row), values: Array(repeating: value, count: 1_000))
        }
        _ = try commit(batch, to: &engine)
        try engine.flush()
        var next = RowBatch()
        next.append(shape: StoreFixture.shape(host: 0), timestamp: StoreFixture.nowNs, values: [1, 2])
        _ = try commit(next, to: &engine)
        engine.close()
        engine = try open { $0.walFileBytes = 2 << 20 }
        #expect(engine.readOnlyReason == nil)
        #expect(try StoreFixture.read(engine.snapshot(), metric: "a").count == 1)
    }

    @Test("names of many megabytes in one batch go to the log in several groups", .timeLimit(.minutes(1)))
    func hugeNames() throws {
        var engine = try open()
        var batch = RowBatch()
        let padding = String(repeating: "x", count: 1_000)
        for row in 0..<1_200 {
            var dimensions = (0..<29).map { Dimension(name: "d\($0)", value: padding) }
            dimensions.append(Dimension(name: "number", value: "\(row)"))
            let source = SourceKey(namespace: "test", dimensions: dimensions)
            let shape = RowShape(source: source, fields: [FieldKey(metric: "a")])
            batch.append(shape: shape, timestamp: StoreFixture.nowNs, values: [1])
        }
        #expect(try commit(batch, to: &engine).lsn == 2)
        engine.close()
        #expect(try StoreFixture.read(try open().snapshot(), metric: "a").count == 1_200)
    }

    @Test("a retention without end and the earliest time there is are fine")
    func extremeTimes() throws {
        var engine = try open { $0.retentionDays = .max }
        var batch = RowBatch()
        for timestamp: Int64 in [.min, .min + 1, -1, 0, StoreFixture.nowNs] {
            batch.append(shape: StoreFixture.shape(host: 0), timestamp: timestamp, values: [1, 2])
        }
        _ = try commit(batch, to: &engine)
        try engine.flush()
        #expect(try engine.expire() == false)
        let times = try StoreFixture.read(engine.snapshot(), metric: "a").map(\.timestamp)
        #expect(times == [.min, .min + 1, -1, 0, StoreFixture.nowNs])
    }

    @Test("an empty batch is answered and leaves no trace in the log")
    func emptyBatch() throws {
        var engine = try open()
        #expect(try commit(RowBatch(), to: &engine) == AppendReceipt(rows: 0, values: 0, lsn: 0))
        #expect(try world.fileSystem.list("/data/wal").isEmpty)
    }

    @Test("a manifest with numbers out of any range is damage, not a trap", arguments: 0..<3)
    func extremeManifest(which: Int) throws {
        var engine = try open()
        engine.close()
        let manifests = ManifestStore(store: "/data", fileSystem: world.fileSystem)
        var manifest = try #require(try manifests.load()).manifest
        manifest.generation = which == 0 ? .max : 2
        if which == 1 { manifest.walFloor = .max }
        if which == 2 { manifest.catalogueByteCount = .max }
        try manifests.install(manifest)
        #expect(throws: StoreError.self) { try open() }
        engine.close()
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.count == 1)
    }
}
