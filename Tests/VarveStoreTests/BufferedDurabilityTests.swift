import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Senders that do not wait for the sync lose at most what was not synced yet, and nobody else loses anything.
@Suite struct BufferedDurabilityTests {
    /// nil for plain stores.
    var keyProvider: FileKeyProvider?

    /// What was promised to survive a power cut, and what only the death of the process.
    private struct Promises {
        var durable: [Observation] = []
        var buffered: [Observation] = []
        var issued: [Observation] = []

        mutating func settle() {
            durable += buffered
            buffered = []
        }
    }

    private func open(_ fileSystem: SimulatedFileSystem, seed: UInt64 = 1) throws -> StoreEngine {
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: SimulatedClock(), random: SeededRandomSource(seed: seed))
        var options = StoreFixture.options
        options.walFileBytes = 4 << 10
        options.keyProvider = keyProvider
        return try StoreEngine.open(at: "/data", options: options, environment: environment)
    }

    private func commit(
        _ number: Int, _ durability: Durability, to engine: inout StoreEngine, _ promises: inout Promises
    ) {
        var batch = RowBatch()
        batch.durability = durability
        let timestamp = StoreFixture.nowNs - Nanoseconds.perHour + Int64(number)
        let row = Observation(host: "h0", timestamp: timestamp, bits: Double(number).bitPattern)
        // Groups of several sectors, so that a power cut can tear one and leave its successors whole.
        let fields = ["a"] + (0..<70).map { "pad\($0)" }
        batch.append(
            shape: StoreFixture.shape(host: 0, fields: fields), timestamp: timestamp,
            values: Array(repeating: Double(number), count: fields.count))
        promises.issued.append(row)
        guard case .success = engine.commit([batch])[0] else { return }
        promises.buffered.append(row)
        if durability == .durable { promises.settle() }
    }

    private func workload(_ fileSystem: SimulatedFileSystem, _ promises: inout Promises) {
        do {
            var engine = try open(fileSystem)
            for number in 0..<3 { commit(number, .buffered, to: &engine, &promises) }
            commit(3, .durable, to: &engine, &promises)
            for number in 4..<6 { commit(number, .buffered, to: &engine, &promises) }
            try engine.syncLog()
            promises.settle()
            commit(6, .buffered, to: &engine, &promises)
            do { try engine.flush() } catch { try engine.flush() }
            promises.settle()
            // Across a rotation of the log.
            for number in 7..<14 { commit(number, .buffered, to: &engine, &promises) }
            engine.close()
        } catch {
            // The disk is gone; what counts is what was promised before.
        }
    }

    private func check(_ fileSystem: SimulatedFileSystem, _ promises: Promises, _ point: CrashPoint) throws {
        var engine = try open(fileSystem, seed: 2)
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil, "\(point): \(engine.damage)")
        let recovered = try StoreFixture.read(engine.snapshot(), metric: "a")
        let needed = promises.durable + (point.survival == .all ? promises.buffered : [])
        #expect(Set(needed).isSubset(of: recovered), "\(point): promised rows are missing")
        // Rows were issued one a group: what is there is a prefix, each once.
        #expect(recovered == promises.issued.prefix(recovered.count).sorted(), "\(point): \(recovered.count) rows")
        // What was lost must stay lost, and its numbers must be usable again.
        var later = Promises()
        commit(100, .durable, to: &engine, &later)
        engine.close()
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: fileSystem)
        #expect(report.problems.isEmpty, "\(point): \(report.problems)")
        let again = try open(fileSystem, seed: 3)
        let expected = (recovered + later.durable).sorted()
        #expect(try StoreFixture.read(again.snapshot(), metric: "a") == expected, "\(point): a second restart differs")
    }

    @Test("a power cut takes at most what was not synced, and what is left is a prefix", arguments: [UInt64(1), 2])
    func powerCuts(seed: UInt64) throws {
        let checks = try CrashEnumerator(seed: seed, randomSurvivalCount: 3).run(record: Promises()) {
            workload($0, &$1)
        } check: {
            try check($0, $1, $2)
        }
        #expect(checks > 200)
    }

    @Test("a failing call loses nothing that was promised")
    func failingCalls() throws {
        let effects: [Fault.Effect] = [.error(errno: 5), .error(errno: 28), .partialWrite(byteCount: 600, errno: 5)]
        try FaultEnumerator(effects: effects).run(record: Promises()) {
            workload($0, &$1)
        } check: { fileSystem, promises, point in
            var engine = try open(fileSystem, seed: 2)
            let recovered = try StoreFixture.read(engine.snapshot(), metric: "a")
            #expect(Set(promises.durable).isSubset(of: recovered), "\(point): promised rows are missing")
            #expect(Set(recovered).count == recovered.count, "\(point): doubled")
            engine.close()
        }
    }

    @Test("buffered rows cost no sync; the next durable one pays for all")
    func countsSyncs() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try StoreEngine.open(
            at: "/data", options: StoreFixture.options, environment: world.environment)
        var promises = Promises()
        commit(0, .durable, to: &engine, &promises)
        func syncs() -> Int { world.fileSystem.calls.count { $0.operation == .sync } }
        let before = syncs()
        for number in 1..<5 { commit(number, .buffered, to: &engine, &promises) }
        #expect(syncs() == before && engine.hasUnsyncedGroups)
        commit(5, .durable, to: &engine, &promises)
        #expect(syncs() == before + 1 && !engine.hasUnsyncedGroups)
    }
}
