import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// What a workload was promised (acknowledged) and what it tried (issued).
struct Ledger {
    var acknowledged: [Observation] = []
    var issued: [Observation] = []
}

/// Power cuts and failing calls at every single I/O call of small workloads.
@Suite struct StoreCrashTests {
    var options = StoreFixture.options

    private func environment(_ fileSystem: SimulatedFileSystem, seed: UInt64) -> SystemEnvironment {
        SystemEnvironment(fileSystem: fileSystem, clock: SimulatedClock(), random: SeededRandomSource(seed: seed))
    }

    private func open(_ fileSystem: SimulatedFileSystem, seed: UInt64 = 1) throws -> StoreEngine {
        try StoreEngine.open(
            at: "/data", options: options, environment: environment(fileSystem, seed: seed))
    }

    /// Commits batch number `number`: in-order, late and equal times, special values, two shapes.
    private func commit(_ number: Int, to engine: inout StoreEngine, _ ledger: inout Ledger) {
        var batch = RowBatch()
        var rows: [Observation] = []
        for host in 0..<2 {
            let late = number % 3 == 2 ? -400 * Nanoseconds.perDay : 0
            let timestamp = StoreFixture.nowNs - Nanoseconds.perHour + late + Int64(number / 2) * Nanoseconds.perSecond
            let value = number == 3 ? -0.0 : Double(number) + 0.1
            let fields = number.isMultiple(of: 4) ? ["a"] : ["a", "b"]
            batch.append(
                shape: StoreFixture.shape(host: host, fields: fields), timestamp: timestamp,
                values: Array(repeating: value, count: fields.count))
            rows.append(Observation(host: "h\(host)", timestamp: timestamp, bits: value.bitPattern))
        }
        ledger.issued += rows
        if case .success = engine.commit([batch])[0] { ledger.acknowledged += rows }
    }

    private func workload(_ fileSystem: SimulatedFileSystem, _ ledger: inout Ledger) {
        do {
            var engine = try open(fileSystem)
            for number in 0..<4 { commit(number, to: &engine, &ledger) }
            // A failed flush may be tried again, as the writer thread does.
            do { try engine.flush() } catch { try engine.flush() }
            for number in 4..<6 { commit(number, to: &engine, &ledger) }
            engine.close()
            engine = try open(fileSystem, seed: 2)
            commit(6, to: &engine, &ledger)
            do { try engine.flush() } catch { try engine.flush() }
            commit(7, to: &engine, &ledger)
            engine.close()
        } catch {
            // The disk is gone; what counts is what was acknowledged before.
        }
    }

    /// acknowledged ⊆ recovered ⊆ issued, as multisets.
    private func check(_ fileSystem: SimulatedFileSystem, _ ledger: Ledger, _ point: String) throws {
        var engine = try open(fileSystem, seed: 3)
        let recovered = try StoreFixture.read(engine.snapshot(), metric: "a")
        #expect(
            counts(ledger.acknowledged).isContained(in: counts(recovered)), "\(point): acknowledged rows are missing")
        #expect(
            counts(recovered).isContained(in: counts(ledger.issued)), "\(point): rows appeared twice or from nowhere")
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil, "\(point): \(engine.damage)")
        engine.close()
        let report = try StoreVerifier.verify(
            directory: "/data", fileSystem: fileSystem, keyProvider: options.keyProvider)
        #expect(report.problems.isEmpty, "\(point): \(report.problems)")
        let again = try open(fileSystem, seed: 4)
        #expect(try StoreFixture.read(again.snapshot(), metric: "a") == recovered, "\(point): a second restart differs")
    }

    private func counts(_ observations: [Observation]) -> [Observation: Int] {
        observations.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    @Test("a power cut at any I/O call loses nothing acknowledged and doubles nothing", arguments: [UInt64(1), 2])
    func powerCuts(seed: UInt64) throws {
        let checks = try CrashEnumerator(seed: seed).run(record: Ledger()) { fileSystem, ledger in
            workload(fileSystem, &ledger)
        } check: { fileSystem, ledger, point in
            try check(fileSystem, ledger, "seed \(seed), \(point)")
        }
        #expect(checks > 300)
    }

    @Test("any single failing I/O call loses nothing acknowledged and doubles nothing")
    func failingCalls() throws {
        let effects: [Fault.Effect] = [.error(errno: 5), .error(errno: 28), .partialWrite(byteCount: 30, errno: 5)]
        let checks = try FaultEnumerator(effects: effects).run(record: Ledger()) { fileSystem, ledger in
            workload(fileSystem, &ledger)
        } check: { fileSystem, ledger, point in
            try check(fileSystem, ledger, "\(point)")
        }
        #expect(checks > 300)
    }
}

extension [Observation: Int] {
    func isContained(in other: [Observation: Int]) -> Bool { allSatisfy { other[$0.key, default: 0] >= $0.value } }
}
