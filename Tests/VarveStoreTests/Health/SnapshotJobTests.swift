import Glibc
import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Copies of a store that go on while it works.
@Suite struct SnapshotJobTests {
    private func open(_ environment: SystemEnvironment, at directory: String = "/data") throws -> StoreEngine {
        try StoreEngine.open(at: directory, options: StoreFixture.options, environment: environment)
    }

    private func environment(_ fileSystem: SimulatedFileSystem) -> SystemEnvironment {
        SystemEnvironment(fileSystem: fileSystem, clock: SimulatedClock(), random: SeededRandomSource(seed: 1))
    }

    private func batch(_ number: Int, rows: Int = 20, daysAgo: Int64 = 0) -> RowBatch {
        var batch = RowBatch()
        for row in 0..<rows {
            let timestamp = StoreFixture.nowNs - daysAgo * Nanoseconds.perDay + Int64(number * 1_000 + row)
            batch.append(
                shape: StoreFixture.shape(host: number), timestamp: timestamp, values: [Double(number + row), 1])
        }
        return batch
    }

    private func read(_ engine: StoreEngine) throws -> [Observation] {
        try StoreFixture.read(engine.snapshot(), metric: "a")
    }

    /// Three old segments, two newer ones and rows in the log.
    private func filled(_ environment: SystemEnvironment) throws -> StoreEngine {
        var engine = try open(environment)
        for days: Int64 in [450, 200, 100] { _ = try engine.commit([batch(0, daysAgo: days)])[0].get() }
        try engine.flush()
        _ = try engine.commit([batch(1)])[0].get()
        try engine.flush()
        for number in 2..<6 { _ = try engine.commit([batch(number)])[0].get() }
        engine.tend()
        return engine
    }

    @Test("a directory of snapshots takes a thousand, and a name that is there is still said to be there")
    func countOfSnapshots() throws {
        let world = SimulatedWorld(seed: 1)
        var options = StoreFixture.options
        options.scrubBytesPerSecond = 0
        let store = try Store.open(at: "/data", options: options, environment: world.environment)
        defer { store.close() }
        try world.fileSystem.createDirectory("/copies")
        for number in 1..<SnapshotName.countMax { try world.fileSystem.createDirectory("/copies/s\(number)") }
        let names = try ["last", "more"].map { try #require(SnapshotName($0)) }
        _ = try store.writeSnapshot(named: names[0], in: "/copies")
        #expect(throws: StoreError.tooManySnapshots(directory: "/copies", limit: 1_000)) {
            try store.writeSnapshot(named: names[1], in: "/copies")
        }
        #expect(throws: StoreError.disk(.exists(path: "/copies/last"))) {
            try store.writeSnapshot(named: names[0], in: "/copies")
        }
    }

    @Test("a copy holds exactly what was acknowledged before it, whatever happens between its steps")
    func concurrent() throws {
        // At which steps the store commits, flushes and expires.
        try forEvery("seed", in: UInt64(1)...12) { seed in
            var random = SplitMix64(seed: seed)
            let world = SimulatedWorld(seed: seed)
            var engine = try filled(world.environment)
            let expected = try read(engine)
            var job = try engine.beginSnapshot(to: "/backup/one")
            var number = 10
            while try job.step() {
                switch random.next() % 5 {
                case 0, 1: _ = engine.commit([batch(number)])
                case 2: try engine.flush()
                case 3:
                    world.clock.advance(byNs: 13 * Nanoseconds.perDay)
                    _ = try engine.expire()
                default: engine.tend()
                }
                number += 1
            }
            engine.endSnapshot()
            try engine.flush()
            let inStore = try read(engine)
            let report = try StoreVerifier.verify(directory: "/backup/one", fileSystem: world.fileSystem)
            #expect(report.problems.isEmpty && report.notes.isEmpty, "\(Trail.here): \(report)")
            var copy = try open(world.environment, at: "/backup/one")
            #expect(copy.damage.isEmpty && copy.readOnlyReason == nil, "\(Trail.here): \(copy.damage)")
            #expect(try read(copy) == expected, "\(Trail.here)")
            // Both go their own ways.
            _ = try copy.commit([batch(99)])[0].get()
            try copy.flush()
            #expect(try read(copy).count == expected.count + 20, "\(Trail.here)")
            #expect(try read(engine) == inStore, "\(Trail.here)")
            copy.close()
            engine.close()
            #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.isEmpty)
        }
    }

    @Test("a power cut during a snapshot leaves the store intact, and a copy that is whole or absent")
    func powerCuts() throws {
        let checks = try CrashEnumerator(seed: 5, randomSurvivalCount: 1).run(record: false) { fileSystem in
            var engine = try filled(environment(fileSystem))
            engine.close()
        } workload: { (fileSystem: SimulatedFileSystem, isDone: inout Bool) in
            var engine = try open(environment(fileSystem))
            var job = try engine.beginSnapshot(to: "/backup")
            while try job.step() { _ = engine.commit([batch(7)]) }
            isDone = true
            engine.endSnapshot()
            try engine.flush()
        } check: { fileSystem, isDone, point in
            let environment = environment(fileSystem)
            var engine = try open(environment)
            #expect(engine.damage.isEmpty && engine.readOnlyReason == nil, "\(point)")
            #expect(try read(engine).count >= 160, "\(point)")
            if try fileSystem.exists("/backup") {
                #expect(try read(open(environment, at: "/backup")).count == 160, "\(point)")
            } else {
                #expect(!isDone, "\(point): a finished copy is gone")
                // The place is free for another one.
                var job = try engine.beginSnapshot(to: "/backup")
                #expect(try job.run().segmentCount >= 1, "\(point)")
                engine.endSnapshot()
            }
        }
        #expect(checks > 50)
    }

    @Test("a place that is taken is refused, and a full disk leaves nothing behind")
    func refusals() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try filled(world.environment)
        try world.fileSystem.createDirectory("/taken")
        var job = try engine.beginSnapshot(to: "/taken")
        #expect(throws: StoreError.disk(.exists(path: "/taken"))) { try job.run() }
        engine.endSnapshot()
        let used = try world.fileSystem.space(at: "/")
        world.fileSystem.capacityBytes = used.totalBytes - used.availableBytes + 100
        job = try engine.beginSnapshot(to: "/full")
        #expect(throws: StoreError.self) { try job.run() }
        engine.endSnapshot()
        #expect(try world.fileSystem.list("/") == ["data", "taken"])
    }

    @Test("a place that is taken while the copy is made is left alone, and the copy goes")
    func takenMeanwhile() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try filled(world.environment)
        var job = try engine.beginSnapshot(to: "/backup")
        for _ in 0..<3 { #expect(try job.step()) }
        try world.fileSystem.createDirectory("/backup")
        #expect(throws: StoreError.disk(.exists(path: "/backup"))) { try job.run() }
        engine.endSnapshot()
        #expect(try world.fileSystem.list("/") == ["backup", "data"])
    }

    @Test("where links are not possible segments are copied, and the report says so")
    func otherDisk() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try filled(world.environment)
        world.fileSystem.inject(Fault(.link, pathContains: ".seg", isPermanent: true, .error(errno: EXDEV)))
        var job = try engine.beginSnapshot(to: "/backup")
        let report = try job.run()
        #expect(report.linkedBytes == 0 && report.copiedBytes > 0 && report.notices.count == 1)
        world.fileSystem.clearFaults()
        #expect(try read(open(world.environment, at: "/backup")) == read(engine))
    }

    @Test("a running store is copied while producers go on", .timeLimit(.minutes(1)))
    func runningStore() throws {
        let world = SimulatedWorld(seed: 1)
        let store = try Store.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        for number in 0..<5 { _ = try store.appendAndWait(batch(number)) }
        let producer = try DedicatedThread.start(name: "test-producer") {
            for number in 5..<60 { _ = try? store.appendAndWait(batch(number)) }
        }
        for copy in 0..<5 {
            let before = try StoreFixture.read(store.snapshot(), metric: "a").count
            let report = try store.writeSnapshot(to: "/backup\(copy)")
            let after = try StoreFixture.read(store.snapshot(), metric: "a").count
            var engine = try open(world.environment, at: "/backup\(copy)")
            let inCopy = try read(engine).count
            #expect((before...after).contains(inCopy) && inCopy == Int(report.lsn) * 20)
            engine.close()
            try store.flush()
        }
        producer.join()
        store.close()
        #expect(throws: StoreError.closed) { try store.writeSnapshot(to: "/late") }
        _ = try Store.writeSnapshot(of: "/data", to: "/closed", environment: world.environment)
        #expect(try read(open(world.environment, at: "/closed")).count == 1_200)
        #expect(throws: StoreError.notAStore(directory: "/nothing")) {
            try Store.writeSnapshot(of: "/nothing", to: "/x", environment: world.environment)
        }
    }
}
