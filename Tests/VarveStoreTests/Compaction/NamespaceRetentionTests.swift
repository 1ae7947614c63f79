import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Namespaces that are kept for less time than the rest of a store.
@Suite struct NamespaceRetentionTests {
    @Test("looking for expired segments reads the series of one that is kept only once")
    func readsOnce() throws {
        let world = SimulatedWorld(seed: 1)
        let disk = CountingFileSystem(world.fileSystem)
        var options = StoreFixture.options
        options.pageCacheBytes = 0
        options.namespaceRetentionDays = ["short": 1]
        let environment = SystemEnvironment(fileSystem: disk, clock: world.clock, random: world.random)
        var engine = try StoreEngine.open(at: "/data", options: options, environment: environment)
        var batch = RowBatch()
        for (host, namespace) in ["short", "test", "short"].enumerated() {
            let shape = StoreFixture.shape(host: host, namespace: namespace)
            batch.append(shape: shape, timestamp: StoreFixture.nowNs, values: [1, 2])
        }
        _ = try engine.commit([batch])[0].get()
        try engine.flush()
        world.clock.advance(byNs: 3 * Nanoseconds.perDay)
        disk.reset()
        #expect(try engine.expire() == false)
        #expect(disk[.seriesIndex] == 1)
        for _ in 0..<3 { #expect(try engine.expire() == false) }
        #expect(disk[.seriesIndex] == 1)
        // What kept it does so no longer.
        try engine.setRetention(days: 1, namespace: "test")
        #expect(try engine.expire())
        #expect(engine.snapshot().segmentSummaries.isEmpty)
    }

    private let world = SimulatedWorld(seed: 1)
    private static let day = Nanoseconds.perDay

    private func options(_ days: [String: Int]?) -> StoreOptions {
        var options = StoreFixture.options
        options.namespaceRetentionDays = days
        return options
    }

    private func open(_ days: [String: Int]?) throws -> Store {
        try Store.open(at: "/data", options: options(days), environment: world.environment)
    }

    private func fill(_ store: Store) throws {
        for namespace in ["short", "long"] {
            var batch = RowBatch()
            for days in [40, 20, 5] {
                batch.append(
                    shape: StoreFixture.shape(host: 1, namespace: namespace),
                    timestamp: world.clock.wallNs() - Int64(days) * Self.day, values: [1, 2])
            }
            _ = try store.appendAndWait(batch)
        }
    }

    /// Visible rows of the namespaces `short` and `long`.
    private func visible(_ store: Store) throws -> [Int] {
        try ["short", "long"].map { try StoreFixture.read(store.snapshot(), metric: "a", namespace: $0).count }
    }

    @Test("options are applied when a store is opened, and end exceptions that they do not name")
    func options() throws {
        var store = try open(["short": 30])
        try fill(store)
        #expect(try visible(store) == [2, 3])
        try store.flush()
        store.close()
        store = try open(nil)
        #expect(try visible(store) == [2, 3])
        store.close()
        store = try open(["short": 10])
        #expect(try visible(store) == [1, 3])
        store.close()
        store = try open([:])
        #expect(try visible(store) == [3, 3])
        store.close()
    }

    @Test("a change while a store is open holds from then on, and after the next opening")
    func change() throws {
        var store = try open(nil)
        try fill(store)
        let before = store.snapshot()
        try store.setRetention(days: 10, namespace: "long")
        #expect(try visible(store) == [3, 1])
        #expect(try StoreFixture.read(before, metric: "a", namespace: "long").count == 3)
        try store.setRetention(days: 30, namespace: "short")
        try store.setRetention(days: nil, namespace: "long")
        #expect(try visible(store) == [2, 3])
        store.close()
        store = try open(nil)
        #expect(try visible(store) == [2, 3])
        // Longer than the store keeps anything: no effect.
        try store.setRetention(days: .max, namespace: "short")
        #expect(try visible(store) == [3, 3])
        store.close()
    }

    @Test("what cannot be kept or named is refused")
    func refused() throws {
        let store = try open(nil)
        let long = String(repeating: "n", count: Limits.nameBytesMax + 1)
        for (days, namespace) in [(0, "short"), (-1, "short"), (1, ""), (1, long)] {
            #expect(throws: StoreError.invalidRetention(namespace: namespace, days: days)) {
                try store.setRetention(days: days, namespace: namespace)
            }
            #expect(throws: StoreError.invalidRetention(namespace: namespace, days: days)) {
                _ = try StoreEngine.open(
                    at: "/other", options: options([namespace: days]), environment: SimulatedWorld(seed: 2).environment)
            }
        }
        store.close()
    }

    @Test("a change whose manifest cannot be written has not happened")
    func failure() throws {
        let store = try open(nil)
        try fill(store)
        world.fileSystem.inject(Fault(.create, pathContains: "manifest", .error(errno: 28)))
        world.fileSystem.inject(Fault(.link, pathContains: "manifest", .error(errno: 28)))
        #expect(throws: StoreError.self) { try store.setRetention(days: 10, namespace: "long") }
        #expect(try visible(store) == [3, 3])
        world.fileSystem.clearFaults()
        try store.setRetention(days: 10, namespace: "long")
        #expect(try visible(store) == [3, 1])
        store.close()
    }

    @Test("expired rows of a namespace go with their segments")
    func removal() throws {
        let store = try open(["short": 30])
        try fill(store)
        try store.flush()
        world.clock.advance(byNs: 31 * Self.day)
        #expect(try visible(store) == [0, 3])
        store.close()
        var engine = try StoreEngine.open(at: "/data", options: options(nil), environment: world.environment)
        let before = engine.snapshot().segmentSummaries.reduce(0) { $0 + $1.rowCount }
        _ = try engine.expire()
        _ = try engine.compact()
        #expect(engine.snapshot().segmentSummaries.reduce(0) { $0 + $1.rowCount } < before)
        engine.close()
    }
}
