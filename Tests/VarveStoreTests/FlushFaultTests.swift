import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// What can come between a flush and its end.
@Suite struct FlushFaultTests {
    private let world = SimulatedWorld(seed: 1)
    private let disk: GatedFileSystem

    init() { disk = GatedFileSystem(world.fileSystem) }

    private func open() throws -> Store {
        let environment = SystemEnvironment(fileSystem: disk, clock: world.clock, random: world.random)
        return try Store.open(at: "/data", options: StoreFixture.options, environment: environment)
    }

    private func engine(_ change: (inout StoreOptions) -> Void = { _ in }) throws -> StoreEngine {
        var options = StoreFixture.options
        change(&options)
        return try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    private func batch(host: Int = 0, daysAgo: Int64 = 0, rows: Int = 1) -> RowBatch {
        var batch = RowBatch()
        for row in 0..<rows {
            let timestamp = world.clock.wallNs() - daysAgo * Nanoseconds.perDay + Int64(row)
            batch.append(shape: StoreFixture.shape(host: host), timestamp: timestamp, values: [Double(row), 1])
        }
        return batch
    }

    /// Starts a flush that stands at the gate.
    private func beginFlush(_ store: Store) throws -> DedicatedThread {
        disk.closeGate()
        let thread = try DedicatedThread.start(name: "test-flush") { try? store.flush() }
        #expect(disk.waitForFlush())
        return thread
    }

    @Test("a failing expiry during a flush does not start a second flush of the same rows", .timeLimit(.minutes(1)))
    func expiryDuringFlush() throws {
        let store = try open()
        _ = try store.appendAndWait(batch(daysAgo: 450))
        try store.flush()
        _ = try store.appendAndWait(batch())
        let flush = try beginFlush(store)
        world.clock.advance(byNs: 13 * Nanoseconds.perDay)
        world.fileSystem.inject(Fault(.link, pathContains: "manifest", .error(errno: 5)))
        // The writer looks for expired segments after each commit.
        for _ in 0..<3 { _ = try store.appendAndWait(batch()) }
        world.fileSystem.clearFaults()
        disk.openGate()
        flush.join()
        try store.flush()
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").count == 5)
        store.close()
        let again = try open()
        #expect(try StoreFixture.read(again.snapshot(), metric: "a").count == 5)
        again.close()
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.isEmpty)
    }

    @Test("a flush ends although rows keep arriving", .timeLimit(.minutes(1)))
    func flushUnderWriting() throws {
        let store = try open()
        _ = try store.appendAndWait(batch())
        let flush = try beginFlush(store)
        _ = try store.appendAndWait(batch(rows: 3))
        disk.openGate()
        flush.join()
        #expect(store.statistics().tailRows == 3)
        store.close()
    }

    @Test("closing waits for the running flush", .timeLimit(.minutes(1)))
    func closingDuringFlush() throws {
        let store = try open()
        _ = try store.appendAndWait(batch())
        let flush = try beginFlush(store)
        let closing = try DedicatedThread.start(name: "test-close") { store.close() }
        #expect(throws: StoreError.inUse(directory: "/data")) { try engine() }
        disk.openGate()
        closing.join()
        flush.join()
        let again = try open()
        #expect(try StoreFixture.read(again.snapshot(), metric: "a").count == 1)
        #expect(again.statistics().segmentCount == 1)
        again.close()
    }

    @Test("flushes that fail again and again do not fill the disk with segments")
    func failedFlushesLeaveNothing() throws {
        var engine = try engine()
        for days: Int64 in [0, 3, 60] { _ = engine.commit([batch(daysAgo: days)]) }
        for call in 1...3 {
            world.fileSystem.inject(Fault(.rename, pathContains: ".seg", call: call, .error(errno: 28)))
            #expect(throws: StoreError.self) { try engine.flush() }
            world.fileSystem.clearFaults()
            #expect(try world.fileSystem.list("/data/seg").isEmpty)
        }
        for operation in [SimulatedOperation.link, .syncDirectory] {
            world.fileSystem.inject(Fault(operation, pathContains: "manifest", .error(errno: 5)))
            #expect(throws: StoreError.self) { try engine.flush() }
            world.fileSystem.clearFaults()
            #expect(try world.fileSystem.list("/data/seg").count == 3)
        }
        try engine.flush()
        #expect(try world.fileSystem.list("/data/seg").count == 3)
        #expect(try StoreFixture.read(engine.snapshot(), metric: "a").count == 3)
    }

    @Test("a log with a hole is served, not flushed; accepting the loss ends it")
    func hole() throws {
        var store = try engine()
        for host in [0, 1, 0, 2] { _ = store.commit([batch(host: host)]) }
        store.close()
        // The second group, which names host 1, follows the header and the first; host 2 is then beyond naming.
        let log = try #require(try world.fileSystem.list("/data/wal").first)
        let file = try world.fileSystem.open("/data/wal/\(log)", .read)
        let bytes = try file.read(at: 0, count: 2_048)
        let second = try #require(bytes.indices.dropFirst(72).first { bytes[$0...].starts(with: Array("h1".utf8)) })
        try world.fileSystem.flipBit("/data/wal/\(log)", offset: second, bit: 0)

        store = try engine()
        #expect(store.readOnlyReason != nil)
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").map(\.host) == ["h0", "h0"])
        #expect(throws: StoreError.self) { try store.flush() }
        store.close()

        store = try engine { $0.acceptsLoss = true }
        #expect(store.readOnlyReason == nil)
        _ = store.commit([batch(host: 3)])
        try store.flush()
        store.close()
        store = try engine()
        #expect(store.readOnlyReason == nil && store.damage.isEmpty)
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").map(\.host) == ["h0", "h0", "h3"])
    }

    @Test("rows that an opening shows survive a power cut, even if their sync had failed")
    func failedSyncThenCut() throws {
        var store = try engine()
        _ = store.commit([batch()])
        world.fileSystem.inject(Fault(.sync, pathContains: "/wal/", isPermanent: true, .error(errno: 5)))
        _ = store.commit([batch()])
        world.fileSystem.clearFaults()
        store.close()
        store = try engine()
        let shown = try StoreFixture.read(store.snapshot(), metric: "a").count
        _ = store.commit([batch()])
        world.fileSystem.crash(survival: .none)
        store = try engine()
        #expect(store.readOnlyReason == nil)
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").count == shown + 1)
    }

    @Test("a directory whose names cannot be made durable is not opened")
    func directorySync() throws {
        var store = try engine()
        store.close()
        world.fileSystem.inject(Fault(.syncDirectory, isPermanent: true, .error(errno: 5)))
        #expect(throws: StoreError.self) { try engine() }
    }
}
