import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct EmptyLogFileTests {
    /// Rows whose values do not compress, so that a few hundred fill a log file.
    private func batch(rowCount: Int, seed: UInt64) -> RowBatch {
        var random = SplitMix64(seed: seed)
        var batch = RowBatch()
        for row in 0..<rowCount {
            let values = [Double(random.next() >> 12), Double(random.next() >> 12)]
            let timestamp = StoreFixture.nowNs + Int64(row) * Nanoseconds.perSecond - 1_000 * Nanoseconds.perSecond
            batch.append(shape: StoreFixture.shape(host: 1), timestamp: timestamp, values: values)
        }
        return batch
    }

    private func open(_ fileSystem: SimulatedFileSystem) throws -> StoreEngine {
        var options = StoreFixture.options
        options.walFileBytes = 4 << 10
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: SimulatedClock(wallNs: StoreFixture.nowNs),
            random: SeededRandomSource(seed: 9))
        return try StoreEngine.open(at: "/data", options: options, environment: environment)
    }

    // Found by the crash campaign, episode 323497563179989865.
    @Test("a log file that a power cut has left without groups is given up with a flush, and nobody misses it")
    func emptyFile() throws {
        let disk = SimulatedFileSystem()
        var engine = try open(disk)
        _ = try engine.commit([batch(rowCount: 600, seed: 1)]).map { try $0.get() }
        disk.recordCrashStates()
        _ = try engine.commit([batch(rowCount: 1, seed: 2)]).map { try $0.get() }
        engine.close()
        let states = disk.takeCrashStates()
        #expect(states.count > 3)
        for state in states {
            for survival in [Survival.none, .all, .names] {
                let fileSystem = SimulatedFileSystem()
                fileSystem.restore(state)
                fileSystem.crash(survival: survival)
                var restarted = try open(fileSystem)
                try restarted.flush()
                restarted.tend()
                restarted.close()
                var again = try open(fileSystem)
                #expect(again.damage.isEmpty, "\(state.lastCallDescription), \(survival)")
                #expect(again.readOnlyReason == nil)
                #expect(try StoreFixture.read(again.snapshot(), metric: "a").count >= 600)
                again.close()
            }
        }
    }
}
