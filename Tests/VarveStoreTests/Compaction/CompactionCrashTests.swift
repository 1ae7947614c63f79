import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Power cuts and failing calls at every I/O call of a life with flushes, merges, patches and expiry.
@Suite struct CompactionCrashTests {
    private static let hour = Nanoseconds.perHour
    private static let day = Nanoseconds.perDay

    private func open(_ fileSystem: SimulatedFileSystem, _ clock: SimulatedClock, seed: UInt64) throws -> StoreEngine {
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: clock, random: SeededRandomSource(seed: seed))
        return try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: environment)
    }

    private func commit(_ number: Int, _ clock: SimulatedClock, to engine: inout StoreEngine, _ ledger: inout Ledger) {
        var batch = RowBatch()
        var rows: [Observation] = []
        for late in [0, 0, 400 * Self.day] {
            let timestamp = clock.wallNs() - Self.hour - late
            let value = Double(number) + 0.1
            batch.append(shape: StoreFixture.shape(host: 0), timestamp: timestamp, values: [value, value])
            rows.append(Observation(host: "h0", timestamp: timestamp, bits: value.bitPattern))
        }
        ledger.issued += rows
        if case .success = engine.commit([batch])[0] { ledger.acknowledged += rows }
    }

    private func workload(_ fileSystem: SimulatedFileSystem, _ ledger: inout Ledger) {
        let clock = SimulatedClock()
        do {
            var engine = try open(fileSystem, clock, seed: 1)
            for number in 0..<2 {
                clock.advance(byNs: 4 * Self.hour)
                commit(number, clock, to: &engine, &ledger)
                do { try engine.flush() } catch { try engine.flush() }
            }
            clock.advance(byNs: 30 * Self.hour)
            commit(2, clock, to: &engine, &ledger)
            // Folds two patches, and makes a daily segment of two; failed, it is tried again as the writer does.
            do { try engine.compact() } catch { try engine.compact() }
            clock.advance(byNs: 60 * Self.day)
            let oldest = clock.wallNs() - 455 * Self.day
            ledger.acknowledged.removeAll { $0.timestamp < oldest }
            do { _ = try engine.expire() } catch { _ = try engine.expire() }
            do { try engine.compact() } catch { try engine.compact() }
            engine.close()
        } catch {
            // The disk is gone; what counts is what was acknowledged before.
        }
    }

    /// acknowledged ⊆ recovered ⊆ issued, as multisets; and what is due then can be merged.
    private func check(_ fileSystem: SimulatedFileSystem, _ ledger: Ledger, _ point: String) throws {
        let clock = SimulatedClock()
        clock.advance(byNs: 62 * Self.day)
        var engine = try open(fileSystem, clock, seed: 3)
        let recovered = try StoreFixture.read(engine.snapshot(), metric: "a")
        #expect(
            counts(ledger.acknowledged).isContained(in: counts(recovered)), "\(point): acknowledged rows are missing")
        #expect(
            counts(recovered).isContained(in: counts(ledger.issued)), "\(point): rows appeared twice or from nowhere")
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil, "\(point): \(engine.damage)")
        engine.close()
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: fileSystem)
        #expect(report.problems.isEmpty, "\(point): \(report.problems)")
        engine = try open(fileSystem, clock, seed: 4)
        try engine.compact()
        let merged = try StoreFixture.read(engine.snapshot(), metric: "a")
        // Merging leaves out what has expired by now.
        let kept = ledger.acknowledged.filter { $0.timestamp >= clock.wallNs() - 455 * Self.day }
        #expect(counts(kept).isContained(in: counts(merged)), "\(point): merging lost rows")
    }

    private func counts(_ observations: [Observation]) -> [Observation: Int] {
        observations.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    @Test("a power cut at any I/O call of a merge loses nothing and doubles nothing")
    func powerCuts() throws {
        var enumerator = CrashEnumerator(seed: 1, randomSurvivalCount: 1)
        enumerator.fixedSurvivals = [.none, .all, .names]
        let checks = try enumerator.run(record: Ledger()) { fileSystem, ledger in
            workload(fileSystem, &ledger)
        } check: { fileSystem, ledger, point in
            try check(fileSystem, ledger, "\(point)")
        }
        #expect(checks > 300)
    }

    @Test("any single failing I/O call of a merge loses nothing and doubles nothing")
    func failingCalls() throws {
        let effects: [Fault.Effect] = [.error(errno: 5), .partialWrite(byteCount: 30, errno: 28)]
        let checks = try FaultEnumerator(effects: effects).run(record: Ledger()) { fileSystem, ledger in
            workload(fileSystem, &ledger)
        } check: { fileSystem, ledger, point in
            try check(fileSystem, ledger, "\(point)")
        }
        #expect(checks > 300)
    }

    @Test("a store merges by itself, and closing it does not wait for a merge", .timeLimit(.minutes(1)))
    func threads() throws {
        let world = SimulatedWorld(seed: 1)
        let disk = GatedFileSystem(world.fileSystem)
        let environment = SystemEnvironment(fileSystem: disk, clock: world.clock, random: world.random)
        let store = try Store.open(at: "/data", options: StoreFixture.options, environment: environment)
        for _ in 0..<3 {
            world.clock.advance(byNs: 4 * Self.hour)
            var batch = RowBatch()
            batch.append(
                shape: StoreFixture.shape(host: 0), timestamp: world.clock.wallNs() - Self.hour, values: [1, 2])
            _ = try store.appendAndWait(batch)
            try store.flush()
        }
        world.clock.advance(byNs: 26 * Self.hour)
        try store.compact()
        #expect(store.statistics().segmentCount == 1)
        #expect(store.statistics().failures.isEmpty)
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").count == 3)
        store.close()
        #expect(throws: StoreError.closed) { try store.compact() }
    }
}
