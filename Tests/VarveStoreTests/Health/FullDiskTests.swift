import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Disks that fill up under a running store.
@Suite struct FullDiskTests {
    private func options(ballastBytes: Int = 4 << 10) -> StoreOptions {
        var options = StoreFixture.options
        options.tailValuesMax = 300
        options.space.ballastBytes = ballastBytes
        return options
    }

    private func open(_ world: SimulatedWorld, ballastBytes: Int = 4 << 10) throws -> StoreEngine {
        try StoreEngine.open(
            at: "/data", options: options(ballastBytes: ballastBytes), environment: world.environment)
    }

    private func batch(_ number: Int, rows: Int = 20, daysAgo: Int64 = 0) -> RowBatch {
        var batch = RowBatch()
        for row in 0..<rows {
            let timestamp = StoreFixture.nowNs - daysAgo * Nanoseconds.perDay + Int64(number * 1_000 + row)
            let value = Double(number * 37 + row) * 1.000_1
            batch.append(shape: StoreFixture.shape(host: number % 3), timestamp: timestamp, values: [value, 1])
        }
        return batch
    }

    private func usedBytes(_ world: SimulatedWorld) throws -> Int {
        let space = try world.fileSystem.space(at: "/")
        return space.totalBytes - space.availableBytes
    }

    private func rows(_ engine: StoreEngine) throws -> Int {
        try StoreFixture.read(engine.snapshot(), metric: "a").count
    }

    @Test("a disk that fills up in any phase loses nothing acknowledged, and the store recovers alone")
    func everyPhase() throws {
        var refusals = 0
        try forEvery("phase", in: stride(from: 0, to: 20, by: 3)) { phase in
            try forEvery("room", in: [0, 700, 20_000]) { room in
                let world = SimulatedWorld(seed: 1)
                var engine = try open(world)
                var acknowledged = 0
                for step in 0..<40 {
                    if step == phase { world.fileSystem.capacityBytes = try usedBytes(world) + room }
                    if step == phase + 6 {
                        engine.close()
                        engine = try open(world)
                        #expect(try rows(engine) == acknowledged, "\(Trail.here)")
                    }
                    if step == phase + 14 { world.fileSystem.capacityBytes = nil }
                    world.clock.advance(byNs: Nanoseconds.perSecond)
                    if case .success(let receipt) = engine.commit([batch(step)])[0] {
                        acknowledged += receipt.rows
                    } else {
                        refusals += 1
                    }
                    engine.tend()
                    // As the writer thread does: a failed flush is tried again later.
                    if engine.needsFreeze || engine.isFlushing { try? engine.flush() }
                }
                #expect(throws: Never.self, "\(Trail.here)") { try engine.flush() }
                #expect(engine.statistics().health.status == .pass, "\(Trail.here)")
                #expect(try rows(engine) == acknowledged, "\(Trail.here)")
                engine.close()
                #expect(try rows(open(world)) == acknowledged, "\(Trail.here)")
            }
        }
        #expect(refusals > 50)
    }

    @Test("a change of the options for which there is no room does not keep a store from being read")
    func changedOptions() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world, ballastBytes: 0)
        for number in 0..<4 { _ = try engine.commit([batch(number)])[0].get() }
        try engine.flush()
        engine.close()
        world.fileSystem.capacityBytes = try usedBytes(world)
        var options = options(ballastBytes: 0)
        options.namespaceRetentionDays = ["test": 30]
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        #expect(try rows(engine) == 80)
        #expect(engine.statistics().failures.map(\.task) == [.retentionChange])
        #expect(engine.statistics().health.status == .fail)
        engine.close()
        world.fileSystem.capacityBytes = nil
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        #expect(engine.statistics().failures.isEmpty)
        world.clock.advance(byNs: 31 * Nanoseconds.perDay)
        #expect(try rows(engine) == 0)
    }

    @Test("on a critically full disk rows are refused for now; reads, flush and expiry go on")
    func critical() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world, ballastBytes: 0)
        for number in 0..<4 { _ = engine.commit([batch(number)]) }
        _ = engine.commit([batch(9, daysAgo: 450)])
        try engine.flush()
        _ = engine.commit([batch(4)])
        let used = try usedBytes(world)
        // A hundredth free: enough for a flush of little, too little to take more.
        world.fileSystem.capacityBytes = used + used / 99
        engine.tend()
        guard case .failure(.diskNearlyFull(directory: "/data", availableBytes: _)) = engine.commit([batch(5)])[0]
        else {
            Issue.record("rows are accepted on a full disk")
            return
        }
        #expect(engine.statistics().health.status == .fail)
        #expect(engine.needsFreeze)
        #expect(try rows(engine) == 120)
        world.clock.advance(byNs: 13 * Nanoseconds.perDay)
        #expect(try engine.expire())
        #expect(try rows(engine) == 100)
        world.fileSystem.capacityBytes = used * 2
        // At once, without waiting for the next reading.
        _ = try engine.commit([batch(5)])[0].get()
        engine.tend()
        #expect(engine.statistics().health.findings == [])
    }

    @Test("the ballast is what a flush on a full disk lives on, and it comes back")
    func ballast() throws {
        let world = SimulatedWorld(seed: 1)
        world.fileSystem.capacityBytes = 4 << 20
        var engine = try open(world, ballastBytes: 64 << 10)
        _ = engine.commit([batch(0)])
        engine.tend()
        #expect(try !world.fileSystem.exists("/data/BALLAST"))
        try engine.flush()
        engine.tend()
        #expect(try world.fileSystem.open("/data/BALLAST", .read).byteCount() == 64 << 10)
        _ = engine.commit([batch(1)])
        // Somebody else takes all the rest.
        let hog = try world.fileSystem.open("/hog", .createNew)
        try hog.reserve(try world.fileSystem.space(at: "/").availableBytes)
        engine.tend()
        #expect(engine.needsFreeze)
        try engine.flush()
        #expect(try !world.fileSystem.exists("/data/BALLAST"))
        #expect(try rows(engine) == 40)
        engine.tend()
        #expect(try !world.fileSystem.exists("/data/BALLAST"))
        try hog.truncate(0)
        engine.tend()
        #expect(try world.fileSystem.exists("/data/BALLAST"))
        engine.close()
        // Found again, and removed when it is not wanted.
        engine = try open(world, ballastBytes: 64 << 10)
        #expect(try world.fileSystem.open("/data/BALLAST", .read).byteCount() == 64 << 10)
        engine.close()
        _ = try open(world, ballastBytes: 0)
        #expect(try !world.fileSystem.exists("/data/BALLAST"))
    }

    @Test("background failures are counted, with their reason, until they end")
    func failures() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world)
        _ = engine.commit([batch(0)])
        world.fileSystem.inject(Fault(.link, pathContains: "manifest", isPermanent: true, .error(errno: 5)))
        for _ in 0..<3 { try? engine.flush() }
        var health = engine.statistics().health
        #expect(health.status == .warn && health.findings.map(\.subject) == ["flush"])
        #expect(health.findings[0].text.contains("3 times") && health.findings[0].text.contains("errno 5"))
        world.fileSystem.clearFaults()
        world.fileSystem.inject(Fault(.rename, pathContains: ".log", .error(errno: 5)))
        try engine.flush()
        health = engine.statistics().health
        #expect(health.findings.map(\.subject) == ["log release"])
        _ = engine.commit([batch(1)])
        try engine.flush()
        #expect(engine.statistics().health.status == .pass)
        #expect(engine.statistics().failures.map(\.count) == [3, 1])
    }
}
