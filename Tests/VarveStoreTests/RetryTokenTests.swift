import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A batch that is sent again under its token is stored once.
@Suite struct RetryTokenTests {
    private static let host = RowShape(
        source: SourceKey(namespace: "cpu", dimensions: [Dimension(name: "host", value: "a")]),
        fields: [FieldKey(metric: "usage")])

    private func batch(_ world: SimulatedWorld, token: String?, rows: Int = 1) -> RowBatch {
        var batch = RowBatch()
        for row in 0..<rows {
            batch.append(shape: Self.host, timestamp: world.clock.wallNs() + Int64(row), values: [Double(row)])
        }
        batch.token = token.map { RetryToken(bytes: Array($0.utf8)) }
        return batch
    }

    private func open(_ world: SimulatedWorld) throws -> StoreEngine {
        try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
    }

    private func rowCount(_ engine: StoreEngine) -> Int {
        ((try? StoreFixture.read(engine.snapshot(), metric: "usage", namespace: "cpu")) ?? []).count
    }

    @Test("a repetition is answered like the first time and stored once")
    func repeated() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try open(world)
        let first = try engine.commit([batch(world, token: "t", rows: 3)])[0].get()
        let second = try engine.commit([batch(world, token: "t", rows: 3)])[0].get()
        #expect(!first.isRepetition && second.isRepetition)
        #expect((second.rows, second.values, second.lsn) == (first.rows, first.values, first.lsn))
        #expect(rowCount(engine) == 3)
        _ = engine.commit([batch(world, token: "u", rows: 3), batch(world, token: nil, rows: 2)])
        #expect(rowCount(engine) == 8)
    }

    @Test("two attempts in one group are one write, and share its fate")
    func together() throws {
        let world = SimulatedWorld(seed: 2)
        var engine = try open(world)
        let results = engine.commit([batch(world, token: "t"), batch(world, token: "t")])
        #expect(try !results[0].get().isRepetition)
        #expect(try results[1].get().isRepetition)
        #expect(rowCount(engine) == 1)
        world.fileSystem.inject(Fault(.write, isPermanent: true, .error(errno: 5)))
        for result in engine.commit([batch(world, token: "v"), batch(world, token: "v")]) {
            #expect(throws: StoreError.self) { try result.get() }
        }
    }

    @Test("a token names one write: with another number of rows it is refused")
    func reused() throws {
        let world = SimulatedWorld(seed: 3)
        var engine = try open(world)
        _ = try engine.commit([batch(world, token: "t", rows: 3)])[0].get()
        #expect(throws: StoreError.tokenReused(rows: 2, firstRows: 3)) {
            try engine.commit([batch(world, token: "t", rows: 2)])[0].get()
        }
    }

    @Test("tokens survive restarts and flushes, which give up the log that had them")
    func survives() throws {
        let world = SimulatedWorld(seed: 4)
        var engine = try open(world)
        for round in 0..<4 {
            _ = try engine.commit([batch(world, token: "t\(round)")])[0].get()
            if round % 2 == 1 { try engine.flush() }
            engine.close()
            world.fileSystem.crash(survival: .random(seed: UInt64(round)))
            engine = try open(world)
            for known in 0...round {
                #expect(try engine.commit([batch(world, token: "t\(known)")])[0].get().isRepetition)
            }
            #expect(rowCount(engine) == round + 1)
        }
    }

    @Test("a token is forgotten after a quarter of an hour")
    func forgotten() throws {
        let world = SimulatedWorld(seed: 5)
        var engine = try open(world)
        _ = try engine.commit([batch(world, token: "t")])[0].get()
        world.clock.advance(byNs: 16 * Nanoseconds.perMinute)
        _ = try engine.commit([batch(world, token: "u")])[0].get()
        #expect(try !engine.commit([batch(world, token: "t")])[0].get().isRepetition)
    }

    @Test("a table remembers the newest 64 Ki writes")
    func bounded() throws {
        let world = SimulatedWorld(seed: 6)
        var engine = try open(world)
        var batches: [RowBatch] = []
        for number in 0...(1 << 16) {
            batches.append(batch(world, token: "\(number)"))
            if batches.count == 4_096 {
                for result in engine.commit(batches) { _ = try result.get() }
                batches = []
            }
        }
        for result in engine.commit(batches) { _ = try result.get() }
        #expect(try engine.commit([batch(world, token: "1")])[0].get().isRepetition)
        #expect(try !engine.commit([batch(world, token: "0")])[0].get().isRepetition)
    }
}
