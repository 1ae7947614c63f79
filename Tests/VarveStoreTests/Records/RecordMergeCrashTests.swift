import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Power cuts and failing calls at every I/O call of merges of events and states.
@Suite struct RecordMergeCrashTests {
    private static let hour = Nanoseconds.perHour
    private static let day = Nanoseconds.perDay

    /// What was sent, and what of it was acknowledged and must be there.
    private struct EventLedger {
        var issued: [Record] = []
        var acknowledged: [Record] = []
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
        var rows: [Record] = []
        for row in 0..<4 {
            // Late by weeks, all at one time, or not.
            let time = row < 2 ? clock.wallNs() - Self.hour + Int64(row) : StoreFixture.nowNs - 20 * Self.day
            let values = RecordFixture.row(.key, &random)
            let host = row % 2
            batch.append(shape: RecordFixture.shape(.key, host: host), timestamp: time, values: values)
            let content = RecordFixture.text(values, row: 0)
            rows.append(Record(kind: .key, host: "h\(host)", timestamp: time, content: content))
        }
        ledger.issued += rows
        if case .success = engine.commit([.records(batch)])[0] { ledger.acknowledged += rows }
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

    /// acknowledged ⊆ recovered ⊆ issued, values and order included, nothing twice; and what is due then can be merged.
    private func check(_ fileSystem: SimulatedFileSystem, _ ledger: EventLedger, _ point: String) throws {
        let clock = SimulatedClock()
        clock.advance(byNs: 3 * Self.day)
        var engine = try open(fileSystem, clock, seed: 3)
        for _ in 0..<2 {
            let found = RecordFixture.ordered(try RecordFixture.read(engine))
            let (issued, acknowledged) = (ledger.issued, ledger.acknowledged)
            #expect(
                RecordFixture.ordered(acknowledged).isSubsequence(of: found), "\(point): acknowledged rows are missing")
            #expect(
                found.isSubsequence(of: RecordFixture.ordered(issued)),
                "\(point): rows from nowhere, twice or in another order")
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
