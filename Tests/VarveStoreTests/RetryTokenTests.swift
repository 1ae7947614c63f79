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

    @Test("a token names one write: with other values, times or names it is refused, also after a crash and a flush")
    func reusedWithOtherContent() throws {
        let world = SimulatedWorld(seed: 7)
        var engine = try open(world)
        let first = batch(world, token: "t", rows: 2)
        var others: [RowBatch] = []
        for change in 0..<3 {
            var other = first
            if change == 0 { other.values[1] += 1 }
            if change == 1 { other.timestamps[1] += 1 }
            if change == 2 {
                let source = SourceKey(namespace: "cpu", dimensions: [Dimension(name: "host", value: "b")])
                other.shapes = [RowShape(source: source, fields: Self.host.fields)]
            }
            others.append(other)
        }
        for round in 0..<3 {
            // In the first round beside the other batch in one group.
            let results = engine.commit(round == 0 ? [first] + others : others)
            for result in results.suffix(3) {
                #expect(throws: StoreError.tokenReused(rows: 2, firstRows: 2)) { try result.get() }
            }
            #expect(try engine.commit([first])[0].get().isRepetition)
            if round == 1 { try engine.flush() }
            engine.close()
            world.fileSystem.crash(survival: .random(seed: UInt64(round)))
            engine = try open(world)
        }
        #expect(rowCount(engine) == 2)
    }

    @Test("what a sender says of its content counts more than the rows, which may have another time in each attempt")
    func contentHash() throws {
        let world = SimulatedWorld(seed: 8)
        var engine = try open(world)
        var first = batch(world, token: "t")
        first.contentHash = 5
        var second = first
        second.timestamps[0] += 1
        _ = try engine.commit([first])[0].get()
        #expect(try engine.commit([second])[0].get().isRepetition)
        second.contentHash = 6
        #expect(throws: StoreError.tokenReused(rows: 1, firstRows: 1)) { try engine.commit([second])[0].get() }
    }

    private func limited(_ change: (inout StoreOptions) -> Void) -> StoreOptions {
        var options = StoreFixture.options
        change(&options)
        return options
    }

    /// One row of each of `count` hosts.
    private func wide(_ world: SimulatedWorld, count: Int) -> RowBatch {
        var batch = RowBatch()
        for host in 0..<count {
            let source = SourceKey(namespace: "cpu", dimensions: [Dimension(name: "host", value: "\(host)")])
            let shape = RowShape(source: source, fields: [FieldKey(metric: "usage")])
            batch.append(shape: shape, timestamp: world.clock.wallNs(), values: [Double(host)])
        }
        batch.isDivisible = true
        batch.token = RetryToken(bytes: [1])
        return batch
    }

    @Test("a repetition of a write of which rows were refused is refused for the same reason, also after a restart")
    func repeatedRefusal() throws {
        let world = SimulatedWorld(seed: 9)
        let options = limited { $0.seriesPerNamespaceMax = 2 }
        var engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        let batch = wide(world, count: 5)
        let reason = StoreError.tooManySeries(limit: 2, namespace: "cpu", SeriesRefusal(.namespace))
        let first = try engine.commit([batch])[0].get()
        #expect(first.refusedShapes == [2, 3, 4] && first.refusal == reason)
        for round in 0..<3 {
            let again = try engine.commit([batch])[0].get()
            #expect(again.isRepetition && again.rows == 2 && again.refusedRows == 3 && again.refusal == reason)
            if round == 1 { try engine.flush() }
            engine.close()
            world.fileSystem.crash(survival: .random(seed: UInt64(round)))
            engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        }
        #expect(rowCount(engine) == 2)
    }

    @Test("a write under a token that makes series too fast is refused whole, and stored whole when it comes later")
    func repeatedRate() throws {
        let world = SimulatedWorld(seed: 10)
        let options = limited {
            $0.newSeriesBurst = 2
            $0.newSeriesPerMinute = 2
        }
        var engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        // Three series at once, the first of which makes the namespace; then two a minute.
        let batch = wide(world, count: 7)
        for _ in 0..<2 {
            #expect(throws: StoreError.self) { try engine.commit([batch])[0].get() }
            #expect(rowCount(engine) == 0)
            world.clock.advance(byNs: Nanoseconds.perMinute)
        }
        #expect(try engine.commit([batch])[0].get().refusedRows == 0)
        #expect(rowCount(engine) == 7)
        var open = wide(world, count: 8)
        open.token = nil
        #expect(try engine.commit([open])[0].get().refusedShapes == [7])
    }

    @Test("tokens of a log without hashes and causes are known, and their rows are compared by number")
    func earlierLogs() throws {
        let write = RememberedWrite(token: RetryToken(bytes: [1]), lsn: 3, rows: 2, values: 2, refusedRows: 1)
        // No catalogue records, no batches, one token of one byte, with part, age, rows, values and refused rows.
        let earlier: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 1, 0, 2, 2, 2, 1]
        let read = try WALGroup(lsn: 5, type: WALFormat.rowsGroupType, decoding: earlier.span.bytes)
        #expect(read.writes == [write])
        #expect(throws: Never.self) { try write.check(rows: 3, contentHash: 77) }
        #expect(throws: StoreError.tokenReused(rows: 2, firstRows: 3)) { try write.check(rows: 2, contentHash: 77) }
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
