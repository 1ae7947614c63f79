import Glibc
import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// What one part of the store must not undo of what another one promises.
@Suite struct InterplayTests {
    private let world = SimulatedWorld(seed: 1)

    private func open(
        _ directory: String = "/data", _ options: StoreOptions = StoreFixture.options
    ) throws -> StoreEngine {
        try StoreEngine.open(at: directory, options: options, environment: world.environment)
    }

    private func batch(_ number: Int = 0, daysAgo: Int64 = 0, token: String? = nil) -> RowBatch {
        var batch = RowBatch()
        let timestamp = world.clock.wallNs() - daysAgo * Nanoseconds.perDay + Int64(number)
        batch.append(shape: StoreFixture.shape(host: number), timestamp: timestamp, values: [Double(number), 1])
        batch.token = token.map { RetryToken(bytes: Array($0.utf8)) }
        return batch
    }

    private func commit(_ numbers: Range<Int>, to engine: inout StoreEngine) throws {
        for number in numbers { _ = try engine.commit([batch(number)])[0].get() }
    }

    private func rows(_ engine: StoreEngine) throws -> [Observation] {
        try StoreFixture.read(engine.snapshot(), metric: "a")
    }

    // MARK: Snapshots

    @Test("a copy has the catalogue's checkpoint, even when two newer ones replace it before it is copied")
    func copyOfCheckpoint() throws {
        var options = StoreFixture.options
        // Every flush with more than a header in the log writes a checkpoint.
        options.catalogueLogBytesMax = 100
        var engine = try open("/data", options)
        for number in 0..<5 {
            try commit(number..<(number + 1), to: &engine)
            try engine.flush()
        }
        #expect(try world.fileSystem.list("/data/catalog").contains { $0.hasSuffix(".idx") })
        let expected = try rows(engine)
        var job = try engine.beginSnapshot(to: "/copy")
        _ = try job.step()
        for number in 5..<12 {
            try commit(number..<(number + 1), to: &engine)
            try engine.flush()
        }
        while try job.step() {}
        engine.endSnapshot()
        #expect(try StoreVerifier.verify(directory: "/copy", fileSystem: world.fileSystem).problems.isEmpty)
        #expect(try rows(open("/copy")) == expected)
        // What was kept for the copy goes with the next flush.
        try commit(12..<13, to: &engine)
        try engine.flush()
        #expect(try world.fileSystem.list("/data/catalog").count <= 4)
    }

    @Test("a copy of a sealed store has the whole log")
    func copyOfSealedLog() throws {
        let options = SealedFixture.options(try SealedFixture.provider())
        var engine = try open("/data", options)
        try commit(0..<5, to: &engine)
        try engine.flush()
        try commit(5..<25, to: &engine)
        var job = try engine.beginSnapshot(to: "/copy")
        while try job.step() {}
        engine.endSnapshot()
        #expect(try rows(open("/copy", options)) == rows(engine))
        // The same with log files that an earlier life has left.
        engine.close()
        engine = try open("/data", options)
        job = try engine.beginSnapshot(to: "/copy2")
        while try job.step() {}
        engine.endSnapshot()
        #expect(try rows(open("/copy2", options)) == rows(engine))
    }

    // MARK: The clock

    @Test("merges remove nothing as expired while the clock is not believed")
    func mergeUnderWrongClock() throws {
        var engine = try open()
        for number in 0..<3 {
            try commit(number..<(number + 1), to: &engine)
            try engine.flush()
        }
        try engine.setRetention([NamespaceRetention(scope: .default, namespace: "other", retentionNs: 1)])
        let expected = try rows(engine)
        let right = world.clock.wallNs()
        world.clock.setWall(toNs: right + 1_000 * Nanoseconds.perDay)
        #expect(try !engine.expire())
        _ = try engine.compact()
        world.clock.setWall(toNs: right)
        #expect(try rows(engine) == expected)
    }

    @Test("a wrong clock is not believed after a restart because a manifest was made meanwhile")
    func restartUnderWrongClock() throws {
        var engine = try open()
        try commit(0..<3, to: &engine)
        try engine.flush()
        let right = world.clock.wallNs()
        world.clock.setWall(toNs: right + 1_000 * Nanoseconds.perDay)
        try commit(3..<4, to: &engine)
        try engine.flush()
        engine.close()
        engine = try open()
        #expect(try !engine.expire())
        world.clock.setWall(toNs: right)
        #expect(try rows(engine).count == 4)
        // The right time, however, goes on being believed.
        engine.close()
        engine = try open()
        world.clock.advance(byNs: 456 * Nanoseconds.perDay)
        #expect(try engine.expire())
    }

    // MARK: Tokens

    @Test("a repetition that asks for durability makes the first write durable, also within one group")
    func durableRepetition() throws {
        for isOneGroup in [false, true] {
            let world = SimulatedWorld(seed: 3)
            var engine = try StoreEngine.open(
                at: "/data", options: StoreFixture.options, environment: world.environment)
            var first = batch(1, token: "t")
            first.durability = .buffered
            let second = batch(1, token: "t")
            let results =
                isOneGroup ? engine.commit([first, second]) : engine.commit([first]) + engine.commit([second])
            #expect(try results[1].get().isRepetition)
            #expect(!engine.hasUnsyncedGroups, "one group: \(isOneGroup)")
        }
    }

    @Test("a flush that cannot log tokens again writes no further segments each time it is tried")
    func tokensOnFullDisk() throws {
        var engine = try open()
        _ = try engine.commit([batch(0, token: "t")])[0].get()
        world.fileSystem.inject(Fault(.write, pathContains: "/wal/", isPermanent: true, .error(errno: ENOSPC)))
        world.fileSystem.inject(Fault(.preallocate, isPermanent: true, .error(errno: ENOSPC)))
        for _ in 0..<4 { try? engine.flush() }
        #expect(engine.isFlushing)
        #expect(world.fileSystem.segmentFiles().count <= 1)
        world.fileSystem.clearFaults()
        guard engine.readOnlyReason == nil else { return }
        try engine.flush()
        #expect(world.fileSystem.segmentFiles().count == 1)
        #expect(try rows(engine).count == 1)
    }
}
