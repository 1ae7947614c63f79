import Glibc
import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct StoreEngineTests {
    let world = SimulatedWorld(seed: 1)

    private func open(_ options: StoreOptions = StoreFixture.options) throws -> StoreEngine {
        try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    private func batch(host: Int = 0, at timestamp: Int64 = StoreFixture.nowNs, _ values: [Double]) -> RowBatch {
        var batch = RowBatch()
        batch.append(shape: StoreFixture.shape(host: host), timestamp: timestamp, values: values)
        return batch
    }

    private func refusal(_ result: Result<AppendReceipt, StoreError>) -> StoreError? {
        if case .failure(let error) = result { return error }
        return nil
    }

    @Test("a committed row is visible at once, after a flush and after a restart")
    func visibility() throws {
        var engine = try open()
        #expect(refusal(engine.commit([batch([1, 2])])[0]) == nil)
        let expected = [Observation(host: "h0", timestamp: StoreFixture.nowNs, bits: (2.0).bitPattern)]
        #expect(try StoreFixture.read(engine.snapshot(), metric: "b") == expected)
        try engine.flush()
        #expect(try StoreFixture.read(engine.snapshot(), metric: "b") == expected)
        engine.close()
        #expect(try StoreFixture.read(try open().snapshot(), metric: "b") == expected)
    }

    @Test("a snapshot does not see what is committed after it")
    func snapshotIsolation() throws {
        var engine = try open()
        _ = engine.commit([batch([1, 2])])
        let before = engine.snapshot()
        _ = engine.commit([batch([3, 4])])
        try engine.flush()
        #expect(try StoreFixture.read(before, metric: "a").count == 1)
        #expect(try StoreFixture.read(engine.snapshot(), metric: "a").count == 2)
    }

    @Test("every bit pattern comes back, from the tail and from a segment")
    func bitPatterns() throws {
        let patterns: [UInt64] = [
            0, 1 << 63, (Double.nan).bitPattern, 0x7ff8_0000_0000_1234, 0xfff0_0000_0000_0001,
            (Double.infinity).bitPattern,
            1, Double.greatestFiniteMagnitude.bitPattern, (51.846000000000004).bitPattern,
        ]
        var engine = try open()
        for (index, bits) in patterns.enumerated() {
            let value = Double(bitPattern: bits)
            _ = engine.commit([batch(at: StoreFixture.nowNs + Int64(index), [value, value])])
        }
        for _ in 0..<2 {
            let found = try StoreFixture.read(engine.snapshot(), metric: "a").sorted { $0.timestamp < $1.timestamp }
            #expect(found.map(\.bits) == patterns)
            try engine.flush()
        }
    }

    @Test("a batch with a time that is not kept is refused whole and leaves the others alone")
    func timeRange() throws {
        var engine = try open()
        let tooOld = StoreFixture.nowNs - 456 * Nanoseconds.perDay
        let tooNew = StoreFixture.nowNs + 3 * Nanoseconds.perDay
        let results = engine.commit([batch(at: tooOld, [1, 1]), batch([2, 2]), batch(at: tooNew, [3, 3])])
        guard case .timestampOutOfRange(tooOld, _, _)? = refusal(results[0]) else {
            Issue.record("\(results[0])")
            return
        }
        #expect(refusal(results[1]) == nil)
        #expect(refusal(results[2]) != nil)
        #expect(try StoreFixture.read(engine.snapshot(), metric: "a").count == 1)
    }

    @Test("new series beyond the limit are refused, known ones still accepted")
    func seriesLimit() throws {
        var options = StoreFixture.options
        options.seriesMax = 2
        var engine = try open(options)
        #expect(refusal(engine.commit([batch(host: 0, [1, 2])])[0]) == nil)
        #expect(refusal(engine.commit([batch(host: 1, [1, 2])])[0]) == .tooManySeries(limit: 2, namespace: "test"))
        #expect(refusal(engine.commit([batch(host: 0, [3, 4])])[0]) == nil)
        #expect(engine.catalogue.seriesCount == 2)
    }

    @Test("of a divisible batch only the rows of series beyond the limit are refused")
    func seriesLimitInDivisibleBatch() throws {
        var options = StoreFixture.options
        options.seriesMax = 2
        var engine = try open(options)
        var mixed = batch(host: 0, [1, 2])
        mixed.append(shape: StoreFixture.shape(host: 1), timestamp: StoreFixture.nowNs, values: [3, 4])
        mixed.append(shape: StoreFixture.shape(host: 0), timestamp: StoreFixture.nowNs + 1, values: [5, 6])
        #expect(refusal(engine.commit([mixed])[0]) == .tooManySeries(limit: 2, namespace: "test"))
        mixed.isDivisible = true
        let receipt = try engine.commit([mixed])[0].get()
        #expect(receipt.rows == 2 && receipt.values == 4 && receipt.refusedRows == 1)
        #expect(receipt.refusal == .tooManySeries(limit: 2, namespace: "test"))
        #expect(try StoreFixture.read(engine.snapshot(), metric: "a").map(\.bits) == [1.0, 5.0].map(\.bitPattern))
        var foreign = batch(host: 1, [3, 4])
        foreign.isDivisible = true
        #expect(refusal(engine.commit([foreign])[0]) == .tooManySeries(limit: 2, namespace: "test"))
    }

    @Test("a store that is killed again and again does not keep a log file for each time")
    func manyRestarts() throws {
        var options = StoreFixture.options
        options.liveWALBytesMax = 4 * options.walFileBytes
        for round in 0..<40 {
            var engine = try open(options)
            #expect(refusal(engine.commit([batch([Double(round), 0])])[0]) == nil)
            if engine.needsFreeze { try engine.flush() }
            let names = try world.environment.fileSystem.list("/data/wal")
            #expect(names.count { $0.hasSuffix(".log") } <= 11)
            engine.close()
        }
    }

    @Test("a second opening is told that the directory is in use")
    func lock() throws {
        let engine = try open()
        #expect(throws: StoreError.inUse(directory: "/data", processID: Int(getpid()))) { try open() }
        _ = engine.catalogue
    }

    @Test("a directory without a store is created only when allowed")
    func creation() throws {
        var options = StoreFixture.options
        options.createIfMissing = false
        #expect(throws: StoreError.notAStore(directory: "/data")) { try open(options) }
    }

    @Test("a lost manifest directory is an error, not a new store")
    func lostManifest() throws {
        var engine = try open()
        _ = engine.commit([batch([1, 2])])
        engine.close()
        for name in try world.fileSystem.list("/data/manifest") {
            try world.fileSystem.remove("/data/manifest/\(name)")
        }
        #expect(throws: StoreError.self) { try open() }
    }

    @Test("one source with several field lists keeps one series per field")
    func mixedShapes() throws {
        var engine = try open()
        for (index, fields) in [["a"], ["a", "b"], ["b", "a"], ["c"]].enumerated() {
            var batch = RowBatch()
            batch.append(
                shape: StoreFixture.shape(host: 0, fields: fields), timestamp: StoreFixture.nowNs + Int64(index),
                values: fields.map { $0 == "a" ? 10 + Double(index) : 20 + Double(index) })
            _ = engine.commit([batch])
        }
        for _ in 0..<2 {
            let a = try StoreFixture.read(engine.snapshot(), metric: "a").map { Double(bitPattern: $0.bits) }
            let b = try StoreFixture.read(engine.snapshot(), metric: "b").map { Double(bitPattern: $0.bits) }
            #expect(a == [10, 11, 12])
            #expect(b == [21, 22])
            try engine.flush()
        }
        #expect(engine.catalogue.seriesCount == 3)
    }

    @Test("expired segments disappear from answers and from the disk")
    func expiry() throws {
        var engine = try open()
        _ = engine.commit([batch(at: StoreFixture.nowNs - 450 * Nanoseconds.perDay, [1, 1]), batch([2, 2])])
        try engine.flush()
        #expect(try world.fileSystem.list("/data/seg").count == 2)
        world.clock.advance(byNs: 13 * Nanoseconds.perDay)
        #expect(try engine.expire())
        #expect(try StoreFixture.read(engine.snapshot(), metric: "a").count == 1)
        #expect(try world.fileSystem.list("/data/seg").count == 1)
        #expect(try engine.expire() == false)
    }

    @Test("the log is given up after a flush, so it does not grow without bound")
    func logRelease() throws {
        var engine = try open()
        for round in 0..<20 {
            for number in 0..<50 {
                _ = engine.commit([batch(at: StoreFixture.nowNs + Int64(number), [Double(round), 0])])
            }
            try engine.flush()
        }
        // Two spares and nothing else: the current file begins with the next commit.
        #expect(try world.fileSystem.list("/data/wal").count <= 3)
        #expect(try StoreFixture.read(engine.snapshot(), metric: "a").count == 1_000)
    }

    @Test("a start flushes first when the log holds twice a full tail, so that kills cannot make starts ever longer")
    func catchingUp() throws {
        for (tailValuesMax, segments) in [(31, 0), (30, 1)] {
            let world = SimulatedWorld(seed: 1)
            var options = StoreFixture.options
            var engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
            for number in 0..<30 {
                _ = engine.commit([batch(at: StoreFixture.nowNs + Int64(number), [Double(number), 0])])
            }
            engine.close()
            options.tailValuesMax = tailValuesMax
            engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
            #expect(try StoreFixture.read(engine.snapshot(), metric: "a").count == 30)
            #expect(try world.fileSystem.list("/data/seg").count == segments)
        }
    }
}
