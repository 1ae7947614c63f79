import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Power cuts and failing calls at every I/O call of merges of events and states.
@Suite struct RecordMergeCrashTests {
    private static let hour = Nanoseconds.perHour
    private static let day = Nanoseconds.perDay

    /// What was sent, and what of it was acknowledged and must be there: events by their times.
    private struct EventLedger {
        var issued: [Int64] = []
        var acknowledged: [Int64] = []
    }

    private func open(_ fileSystem: SimulatedFileSystem, _ clock: SimulatedClock, seed: UInt64) throws -> StoreEngine {
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: clock, random: SeededRandomSource(seed: seed))
        return try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: environment)
    }

    private func commit(
        _ number: Int, _ clock: SimulatedClock, to engine: inout StoreEngine, _ ledger: inout EventLedger
    ) {
        var random = SplitMix64(seed: UInt64(number))
        var batch = RecordBatch(.key)
        var times: [Int64] = []
        for row in 0..<3 {
            // Late by weeks, or not; every time occurs once.
            let late = row == 2 ? 20 * Self.day : 0
            let time = clock.wallNs() - Self.hour - late + Int64(row)
            batch.append(
                shape: RecordWorld.shape(.key, row % 2), timestamp: time,
                values: RecordRows.values(.key, using: &random))
            times.append(time)
        }
        ledger.issued += times
        if case .success = engine.commit([.records(batch)])[0] { ledger.acknowledged += times }
    }

    private func workload(_ fileSystem: SimulatedFileSystem, _ ledger: inout EventLedger) {
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
            do { try engine.compact() } catch { try engine.compact() }
            engine.close()
        } catch {
            // The disk is gone; what counts is what was acknowledged before.
        }
    }

    private func times(_ engine: StoreEngine) throws -> [Int64] {
        var times: [Int64] = []
        try engine.snapshot().records(.key) { (chunk) throws(StoreError) in
            _ = try chunk.columns()
            times += chunk.timestamps
            return .next
        }
        return times.sorted()
    }

    /// acknowledged ⊆ recovered ⊆ issued, nothing twice; and what is due then can be merged.
    private func check(_ fileSystem: SimulatedFileSystem, _ ledger: EventLedger, _ point: String) throws {
        let clock = SimulatedClock()
        clock.advance(byNs: 3 * Self.day)
        var engine = try open(fileSystem, clock, seed: 3)
        for _ in 0..<2 {
            let found = try times(engine)
            #expect(Set(ledger.acknowledged).isSubset(of: found), "\(point): acknowledged rows are missing")
            #expect(Set(found).isSubset(of: ledger.issued), "\(point): rows from nowhere")
            #expect(Set(found).count == found.count, "\(point): rows appeared twice")
            try engine.compact()
        }
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil, "\(point): \(engine.damage)")
        engine.close()
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: fileSystem)
        #expect(report.problems.isEmpty, "\(point): \(report.problems)")
    }

    @Test("a power cut at any I/O call of a merge of states loses nothing and doubles nothing")
    func powerCuts() throws {
        var enumerator = CrashEnumerator(seed: 1, randomSurvivalCount: 1)
        enumerator.fixedSurvivals = [.none, .all, .names]
        let checks = try enumerator.run(record: EventLedger()) { fileSystem, ledger in
            workload(fileSystem, &ledger)
        } check: { fileSystem, ledger, point in
            try check(fileSystem, ledger, "\(point)")
        }
        #expect(checks > 100)
    }

    @Test("any single failing I/O call of a merge of states loses nothing and doubles nothing")
    func failingCalls() throws {
        let effects: [Fault.Effect] = [.error(errno: 5), .partialWrite(byteCount: 30, errno: 28)]
        let checks = try FaultEnumerator(effects: effects).run(record: EventLedger()) { fileSystem, ledger in
            workload(fileSystem, &ledger)
        } check: { fileSystem, ledger, point in
            try check(fileSystem, ledger, "\(point)")
        }
        #expect(checks > 100)
    }
}
