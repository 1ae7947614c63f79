import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// The store with its threads, on a simulated disk.
@Suite struct StoreTests {
    private let world = SimulatedWorld(seed: 1)

    private func open(_ change: (inout StoreOptions) -> Void = { _ in }) throws -> Store {
        var options = StoreFixture.options
        change(&options)
        return try Store.open(at: "/data", options: options, environment: world.environment)
    }

    private func batch(_ number: Int, rows: Int = 1) -> RowBatch {
        var batch = RowBatch()
        let shape = StoreFixture.shape(host: number % 3)
        for row in 0..<rows {
            batch.append(
                shape: shape, timestamp: StoreFixture.nowNs + Int64(number * 1_000 + row), values: [Double(number), 1])
        }
        return batch
    }

    @Test("an append that returned is there after a restart")
    func restart() throws {
        let store = try open()
        for number in 0..<20 { _ = try store.appendAndWait(batch(number)) }
        store.close()
        let again = try open()
        #expect(try StoreFixture.read(again.snapshot(), metric: "a").count == 20)
        #expect(again.statistics().seriesCount == 6)
        again.close()
    }

    @Test("many producers lose nothing while the tail is flushed again and again")
    func concurrency() async throws {
        let store = try open { $0.tailValuesMax = 500 }
        await withTaskGroup(of: Void.self) { group in
            for producer in 0..<4 {
                group.addTask {
                    for number in 0..<50 {
                        await withCheckedContinuation { continuation in
                            store.append(self.batch(producer * 50 + number, rows: 10)) { result in
                                if case .failure(let error) = result { Issue.record("\(error)") }
                                continuation.resume()
                            }
                        }
                    }
                }
            }
        }
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").count == 2_000)
        #expect(store.statistics().sampleCount == 4_000)
        store.close()
        let again = try open()
        #expect(try StoreFixture.read(again.snapshot(), metric: "a").count == 2_000)
        again.close()
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.isEmpty)
    }

    @Test("a flush empties the tail and keeps every row")
    func flush() throws {
        let store = try open()
        for number in 0..<5 { _ = try store.appendAndWait(batch(number)) }
        try store.flush()
        let statistics = store.statistics()
        #expect(statistics.tailRows == 0 && statistics.segmentCount == 1 && statistics.sampleCount == 10)
        try store.flush()
        #expect(store.statistics().segmentCount == 1)
        store.close()
    }

    @Test("a closed store says so")
    func closed() throws {
        let store = try open()
        store.close()
        store.close()
        #expect(throws: StoreError.closed) { try store.appendAndWait(batch(1)) }
        #expect(throws: StoreError.closed) { try store.flush() }
    }

    @Test("closing frees the directory for the next opening")
    func reopening() throws {
        for _ in 0..<5 { try open().close() }
    }

    @Test("a disk that fills up refuses batches, keeps what it acknowledged, and goes on when there is space again")
    func fullDisk() throws {
        let store = try open()
        _ = try store.appendAndWait(batch(0))
        world.fileSystem.capacityBytes = 0
        var acknowledged = 1
        var refusals = 0
        for number in 1..<200 {
            do {
                _ = try store.appendAndWait(batch(number, rows: 20))
                acknowledged += 20
            } catch StoreError.disk(.full) {
                refusals += 1
            }
        }
        #expect(refusals > 0)
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").count == acknowledged)
        world.fileSystem.capacityBytes = nil
        _ = try store.appendAndWait(batch(500))
        store.close()
        let again = try open()
        #expect(try StoreFixture.read(again.snapshot(), metric: "a").count == acknowledged + 1)
        again.close()
    }

    @Test("a log that cannot be synced twice turns the store read-only, and queries go on")
    func failingSync() throws {
        let store = try open()
        _ = try store.appendAndWait(batch(0))
        world.fileSystem.inject(Fault(.sync, pathContains: "/wal/", isPermanent: true, .error(errno: 5)))
        #expect(throws: StoreError.self) { try store.appendAndWait(batch(1)) }
        #expect(store.readOnlyReason != nil)
        world.fileSystem.clearFaults()
        #expect(throws: StoreError.self) { try store.appendAndWait(batch(2)) }
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").count == 1)
        store.close()
    }

    @Test("a damaged segment is left out and reported; the others are served and writing goes on")
    func damagedSegment() throws {
        var store = try open()
        _ = try store.appendAndWait(batch(0))
        try store.flush()
        _ = try store.appendAndWait(batch(1))
        try store.flush()
        store.close()
        let name = try #require(try world.fileSystem.list("/data/seg").first)
        try world.fileSystem.open("/data/seg/\(name)", .readWrite).truncate(100)
        store = try open()
        #expect(store.statistics().damage.map(\.path) == ["/data/seg/\(name)"])
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").count == 1)
        _ = try store.appendAndWait(batch(2))
        store.close()
    }
}
