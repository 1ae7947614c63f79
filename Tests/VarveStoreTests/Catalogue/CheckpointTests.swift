import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Checkpoints of the catalogue, activity of sources and their retirement, on simulated disks.
@Suite struct CheckpointTests {
    private static var options: StoreOptions {
        var options = StoreFixture.options
        // Every flush with more than a header in the log writes a checkpoint.
        options.catalogueLogBytesMax = 100
        return options
    }

    private func environment(_ fileSystem: SimulatedFileSystem, seed: UInt64) -> SystemEnvironment {
        SystemEnvironment(fileSystem: fileSystem, clock: SimulatedClock(), random: SeededRandomSource(seed: seed))
    }

    private func open(_ environment: SystemEnvironment, _ options: StoreOptions = options) throws -> StoreEngine {
        try StoreEngine.open(at: "/data", options: options, environment: environment)
    }

    private func commit(
        _ hosts: Range<Int>, fields: [String] = ["a", "b"], to engine: inout StoreEngine,
        at timestamp: Int64 = StoreFixture.nowNs
    ) throws {
        var batch = RowBatch()
        for host in hosts {
            let shape = StoreFixture.shape(host: host, fields: fields)
            batch.append(shape: shape, timestamp: timestamp, values: fields.map { _ in Double(host) })
        }
        _ = try engine.commit([batch])[0].get()
    }

    private func keys(_ engine: StoreEngine) -> [SeriesKey] {
        (0..<UInt32(engine.catalogue.seriesCount)).map { number in
            let series = SeriesID(rawValue: number)
            return SeriesKey(source: engine.catalogue.source(of: series), field: engine.catalogue.field(of: series))
        }
    }

    private func storageOrders(_ engine: StoreEngine) -> [UInt64] {
        (0..<UInt32(engine.catalogue.seriesCount)).map { engine.catalogue.storageOrder(of: SeriesID(rawValue: $0)) }
    }

    private func files(_ fileSystem: SimulatedFileSystem) throws -> [String] {
        try fileSystem.list("/data/catalog").map { String($0.drop { $0 == "0" }) }
    }

    @Test("a store that is opened from a checkpoint and a log knows what it knew")
    func reopen() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world.environment)
        var expected: [SeriesKey] = []
        for round in 0..<5 {
            try commit(round * 10..<(round * 10 + 12), to: &engine)
            try commit(3..<5, fields: ["b", "field\(round)", "a"], to: &engine)
            var batch = RowBatch()
            let trail = RowShape(
                source: SourceKey(namespace: "test", dimensions: [], kind: .trail), fields: [FieldKey(metric: "t")])
            batch.append(shape: trail, timestamp: StoreFixture.nowNs, values: [1])
            _ = try engine.commit([batch])[0].get()
            try engine.flush()
            expected = keys(engine)
            let orders = storageOrders(engine)
            let rows = try StoreFixture.read(engine.snapshot(), metric: "a")
            engine.close()
            engine = try open(world.environment)
            #expect(keys(engine) == expected)
            #expect(storageOrders(engine) == orders)
            #expect(try StoreFixture.read(engine.snapshot(), metric: "a") == rows)
            #expect(engine.snapshot().metrics(in: .default, namespace: "test").count == 3 + round)
            #expect(engine.snapshot().metrics(in: .default, namespace: "test", kind: .trail) == ["t"])
        }
        // Two generations stay.
        engine.close()
        let names = try files(world.fileSystem)
        #expect(names.first == "1.idx" && names.contains("2.idx"), "\(names)")
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.isEmpty)
    }

    @Test("every flipped bit of checkpoint and log is found and named")
    func flippedBits() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world.environment)
        for round in 0..<3 {
            try commit(round..<(round + 2), to: &engine)
            try engine.flush()
        }
        try commit(20..<23, to: &engine)
        engine.close()
        let state = world.fileSystem.snapshotState()
        #expect(try files(world.fileSystem) == [".log", "1.idx", "1.log"])
        try forEvery("file", in: ["1.idx", "1.log"]) { name in
            let path = "/data/catalog/" + String(repeating: "0", count: 19) + name
            let byteCount = try world.fileSystem.open(path, .read).byteCount()
            try forEvery("byte", in: 0..<byteCount) { offset in
                world.fileSystem.restore(state)
                try world.fileSystem.flipBit(path, offset: offset, bit: offset % 8)
                let problems = try? StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems
                #expect(problems?.contains { $0.path == path } ?? true, "\(Trail.here)")
                do {
                    _ = try open(world.environment)
                    Issue.record("opened: \(Trail.here)")
                } catch StoreError.corrupt(let place) {
                    #expect(place.path == path, "\(Trail.here)")
                }
            }
        }
    }

    // MARK: Crashes

    private func workload(_ fileSystem: SimulatedFileSystem, _ ledger: inout Ledger) {
        do {
            var engine = try open(environment(fileSystem, seed: 1))
            for round in 0..<3 {
                var batch = RowBatch()
                var rows: [Observation] = []
                for host in round..<(round + 2) {
                    let timestamp = StoreFixture.nowNs + Int64(round)
                    batch.append(shape: StoreFixture.shape(host: host), timestamp: timestamp, values: [1, 2])
                    rows.append(Observation(host: "h\(host)", timestamp: timestamp, bits: 1.0.bitPattern))
                }
                ledger.issued += rows
                if case .success = engine.commit([batch])[0] { ledger.acknowledged += rows }
                do { try engine.flush() } catch { try engine.flush() }
            }
            engine.close()
        } catch {
            // The disk is gone; what counts is what was acknowledged before.
        }
    }

    private func check(_ fileSystem: SimulatedFileSystem, _ ledger: Ledger, _ point: String) throws {
        var engine = try open(environment(fileSystem, seed: 2))
        let recovered = try StoreFixture.read(engine.snapshot(), metric: "a")
        func counts(_ rows: [Observation]) -> [Observation: Int] { rows.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
        #expect(counts(ledger.acknowledged).isContained(in: counts(recovered)), "\(point): rows are missing")
        #expect(counts(recovered).isContained(in: counts(ledger.issued)), "\(point): rows from nowhere")
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil, "\(point): \(engine.damage)")
        let before = keys(engine)
        // Goes on: what an interrupted checkpoint left must not be in the way.
        try commit(50..<52, to: &engine)
        try engine.flush()
        try engine.flush()
        engine.close()
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: fileSystem)
        #expect(report.problems.isEmpty, "\(point): \(report.problems)")
        #expect(keys(try open(environment(fileSystem, seed: 3))).prefix(before.count) == before[...], "\(point)")
    }

    @Test("a power cut at any call around checkpoints loses nothing", arguments: [UInt64(1), 2])
    func powerCuts(seed: UInt64) throws {
        let checks = try CrashEnumerator(seed: seed).run(record: Ledger()) { fileSystem, ledger in
            workload(fileSystem, &ledger)
        } check: { fileSystem, ledger, point in
            try check(fileSystem, ledger, "seed \(seed), \(point)")
        }
        #expect(checks > 100)
    }

    @Test("any single failing call around checkpoints loses nothing")
    func failingCalls() throws {
        let effects: [Fault.Effect] = [.error(errno: 5), .error(errno: 28)]
        let checks = try FaultEnumerator(effects: effects).run(record: Ledger()) { fileSystem, ledger in
            workload(fileSystem, &ledger)
        } check: { fileSystem, ledger, point in
            try check(fileSystem, ledger, "\(point)")
        }
        #expect(checks > 100)
    }

    // MARK: Activity

    @Test("a snapshot does not list what was created after it")
    func snapshots() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world.environment)
        try commit(0..<2, to: &engine)
        let old = engine.snapshot()
        try commit(0..<4, fields: ["a", "c"], to: &engine)
        #expect(old.series(in: .default, namespace: "test", metric: "a").count == 2)
        #expect(old.metrics(in: .default, namespace: "test") == ["a", "b"])
        #expect(old.series(in: .default, namespace: "test", metric: "c").isEmpty)
        #expect(engine.snapshot().series(in: .default, namespace: "test", metric: "a").count == 4)
        #expect(engine.snapshot().metrics(in: .default, namespace: "test") == ["a", "b", "c"])
    }

    @Test("recently active are sources with buffered rows or with segments of those days, also after a restart")
    func recentlyActive() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world.environment)
        try commit(0..<1, to: &engine, at: StoreFixture.nowNs - 20 * Nanoseconds.perDay)
        try commit(1..<2, to: &engine, at: StoreFixture.nowNs - 10 * Nanoseconds.perDay)
        try engine.flush()
        try commit(2..<3, to: &engine)
        for _ in 0..<2 {
            let snapshot = engine.snapshot()
            let all = snapshot.series(in: .default, namespace: "test", metric: "a")
            func active(days: Int64) -> [UInt32] {
                snapshot.recentlyActive(all, sinceNs: StoreFixture.nowNs - days * Nanoseconds.perDay).map(\.rawValue)
            }
            #expect(active(days: 30) == [0, 2, 4])
            #expect(active(days: 14) == [2, 4])
            #expect(active(days: 1) == [4])
            engine.close()
            engine = try open(world.environment)
        }
    }

    @Test("a silent source is retired, reports under new numbers, and leaves the checkpoint")
    func retirement() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world.environment)
        let kept = StoreFixture.shape(host: 1)
        try commit(0..<2, to: &engine, at: world.clock.wallNs())
        try engine.flush()
        world.clock.advance(byNs: 300 * Nanoseconds.perDay)
        try commit(1..<2, to: &engine, at: world.clock.wallNs())
        try engine.flush()
        world.clock.advance(byNs: 160 * Nanoseconds.perDay)
        var buffered = RowBatch()
        buffered.append(shape: kept, timestamp: world.clock.wallNs(), values: [1, 2])
        _ = try engine.commit([buffered])[0].get()
        _ = try engine.expire()
        #expect(engine.snapshot().series(in: .default, namespace: "test", metric: "a").map(\.rawValue) == [2])
        #expect(engine.catalogue.liveSeriesCount == 2)
        try commit(0..<1, to: &engine, at: world.clock.wallNs())
        for _ in 0..<2 {
            #expect(engine.snapshot().series(in: .default, namespace: "test", metric: "a").map(\.rawValue) == [2, 4])
            #expect(engine.catalogue.seriesCount == 6)
            engine.close()
            engine = try open(world.environment)
        }
        try engine.flush()
        world.clock.advance(byNs: 20 * Nanoseconds.perDay)
        _ = try engine.expire()
        // Each of these days makes the log longer, until it is due.
        for _ in 0..<12 {
            world.clock.advance(byNs: Nanoseconds.perDay)
            try commit(0..<2, to: &engine, at: world.clock.wallNs())
            try engine.flush()
        }
        engine.close()
        engine = try open(world.environment)
        #expect(engine.catalogue.seriesCount == 6 && engine.catalogue.liveSeriesCount == 4)
        #expect(engine.catalogue.source(of: SeriesID(rawValue: 0)).namespace.isEmpty)
        #expect(engine.snapshot().series(in: .default, namespace: "test", metric: "a").map(\.rawValue) == [2, 4])
        engine.close()
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.isEmpty)
    }

    @Test("a checkpoint that is written while the clock is wrong drops nothing")
    func wrongClock() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world.environment)
        try commit(0..<3, to: &engine, at: world.clock.wallNs())
        try engine.flush()
        world.clock.advance(byNs: 460 * Nanoseconds.perDay)
        _ = try engine.expire()
        #expect(engine.catalogue.liveSeriesCount == 0)
        let right = world.clock.wallNs()
        let before = keys(engine)
        world.clock.setWall(toNs: right + 2_000 * Nanoseconds.perDay)
        for field in ["c", "d", "e"] {
            try commit(1..<2, fields: [field], to: &engine, at: world.clock.wallNs())
            try engine.flush()
        }
        world.clock.setWall(toNs: right)
        engine.close()
        #expect(try files(world.fileSystem).contains { $0.hasSuffix(".idx") })
        engine = try open(world.environment)
        #expect(keys(engine).prefix(before.count) == before[...])
        engine.close()
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.isEmpty)
    }
}
