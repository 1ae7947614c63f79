import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Rows with several columns from the commit into the log, the tail and segments.
@Suite struct RecordWriteTests {
    private let world = SimulatedWorld(seed: 1)
    private let now = StoreFixture.nowNs

    private func open(_ change: (inout StoreOptions) -> Void = { _ in }) throws -> StoreEngine {
        var options = StoreFixture.options
        change(&options)
        return try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    private func times(_ count: Int, _ random: inout SplitMix64) -> [Int64] {
        (0..<count).map { _ in now - Int64.random(in: 0..<50, using: &random) * Nanoseconds.perSecond }
    }

    @Test("rows of every kind come back bit by bit, in order, from tail, log and segments", arguments: 1...6)
    func everyKind(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var engine = try open()
        var sent: [Record] = []
        for round in 0..<6 {
            for kind in RecordFixture.kinds.shuffled(using: &random) {
                let (batch, rows) = RecordFixture.batch(kind, times: times(round * 3 + 1, &random), &random)
                let receipt = try engine.commit([.records(batch)])[0].get()
                #expect((receipt.rows, receipt.values) == (rows.count, 0))
                sent += rows
            }
            if round == 3 { try engine.flush() }
            if round % 2 == 1 {
                engine.close()
                world.fileSystem.crash(survival: .random(seed: seed))
                engine = try open()
            }
            #expect(
                RecordFixture.ordered(try RecordFixture.read(engine)) == RecordFixture.ordered(sent), "seed \(seed)")
        }
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil)
    }

    @Test("numbers and rows of other kinds in one commit are one group with one sync")
    func oneGroup() throws {
        var random = SplitMix64(seed: 2)
        var engine = try open()
        var numbers = RowBatch()
        numbers.append(shape: StoreFixture.shape(host: 0), timestamp: now, values: [1, 2])
        let events = RecordFixture.batch(.trail, times: [now, now - 1], &random)
        let states = RecordFixture.batch(.key, times: [now], &random)
        let batches: [WriteBatch] = [.records(events.batch), .rows(numbers), .records(states.batch)]
        _ = engine.commit(batches)  // opens the log file
        let before = world.fileSystem.callCount
        let receipts = try engine.commit(batches).map { try $0.get() }
        #expect(receipts.map(\.lsn) == [2, 2, 2] && receipts.map(\.rows) == [2, 1, 1])
        #expect(receipts.map(\.values) == [0, 2, 0])
        // One write and one sync.
        #expect(world.fileSystem.callCount - before == 2)
        engine.close()
        engine = try open()
        #expect(try StoreFixture.read(engine.snapshot(), metric: "b").count == 2)
        #expect(try RecordFixture.read(engine).count == 6)
    }

    @Test("a flush makes one segment per kind and window, and few for late rows of many weeks")
    func windows() throws {
        var random = SplitMix64(seed: 3)
        var engine = try open()
        var sent: [Record] = []
        for kind in [SegmentKind.trail, .weighted] {
            let times = (0..<40).map { now - Int64($0) * 11 * Nanoseconds.perDay } + [now, now]
            let (batch, rows) = RecordFixture.batch(kind, times: times.shuffled(using: &random), &random)
            _ = try engine.commit([.records(batch)])[0].get()
            sent += rows
        }
        try engine.flush()
        let identities = engine.snapshot().segmentSummaries.map(\.identity)
        #expect(Set(identities.map(\.kind)) == [.trail, .weighted])
        // The present, the current week's days, and one patch.
        #expect(identities.count <= 6 && identities.count(where: \.isMultiWindow) == 2)
        #expect(identities.allSatisfy { $0.lsnFirst == 1 && $0.lsnLast == 2 })
        #expect(engine.bufferedRecords.isEmpty)
        #expect(RecordFixture.ordered(try RecordFixture.read(engine)) == RecordFixture.ordered(sent))
        engine.close()
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem)
        #expect(report.problems.isEmpty && report.sampleCount == sent.count)
    }

    @Test("blocks are cut by rows, by bytes of strings, and by list items")
    func blocks() throws {
        var engine = try open()
        var batch = RecordBatch(.configuration)
        let shape = RecordFixture.shape(.configuration, host: 0)
        let long = [UInt8](repeating: 65, count: 1_000)
        var row: [SegmentColumnValues] = [
            .strings([[]]), .strings([[]]), .stringLists([[]]), .strings([[]]), .bodies([[]]),
        ]
        for index in 0..<5_000 { batch.append(shape: shape, timestamp: now + Int64(index), values: row) }
        row[2] = .stringLists([Array(repeating: [7], count: RecordLimits.listItemsMax)])
        for index in 5_000..<5_300 { batch.append(shape: shape, timestamp: now + Int64(index), values: row) }
        row[2] = .stringLists([Array(repeating: long, count: 1_000)])
        for index in 5_300..<5_310 { batch.append(shape: shape, timestamp: now + Int64(index), values: row) }
        _ = try engine.commit([.records(batch)])[0].get()
        try engine.flush()
        var counts: [Int] = []
        try engine.snapshot().records(.configuration) { chunk throws(StoreError) in
            counts.append(chunk.rowCount)
            return .next
        }
        // 4 096 rows; 904 with 256 lists of 4 096 items each; the rest of these with 4 rows of 1 MB, and so on.
        #expect(counts == [4_096, 904 + 256, 44 + 4, 4, 2])
        #expect(try RecordFixture.read(engine).count == 5_310)
    }

    @Test("ten thousand batches of one row are few chunks, quickly")
    func singleRows() throws {
        var random = SplitMix64(seed: 4)
        var engine = try open { $0.walFileBytes = 16 << 20 }
        var sent: [Record] = []
        for start in stride(from: 0, to: 10_000, by: 500) {
            var batches: [WriteBatch] = []
            for number in start..<(start + 500) {
                let (batch, rows) = RecordFixture.batch(.weighted, times: [now + Int64(number)], &random)
                batches.append(.records(batch))
                sent += rows
            }
            for result in engine.commit(batches) { _ = try result.get() }
        }
        // Sizes at least halve from chunk to chunk.
        #expect(engine.bufferedRecords.count <= 14)
        #expect(RecordFixture.ordered(try RecordFixture.read(engine)) == RecordFixture.ordered(sent))
    }

    @Test("building a large batch row by row takes time linear in its rows", .timeLimit(.minutes(1)))
    func largeBatch() throws {
        var batch = RecordBatch(.trail)
        var random = SplitMix64(seed: 5)
        let row = RecordFixture.row(.trail, &random)
        let shapes = (0..<1_000).map { RecordFixture.shape(.trail, host: $0) }
        for number in 0..<60_000 {
            batch.append(shape: shapes[number % 1_000], timestamp: now + Int64(number), values: row)
        }
        #expect(batch.rowCount == 60_000 && batch.shapes.count == 1_000)
        var engine = try open { $0.walFileBytes = 64 << 20 }
        #expect(try engine.commit([.records(batch)])[0].get().rows == 60_000)
        #expect(engine.statistics().seriesCount == 1_000)
    }

    @Test("sources with rows in segments are active on the day of the newest one")
    func activity() throws {
        var random = SplitMix64(seed: 6)
        var engine = try open()
        let day = Nanoseconds.perDay
        let (batch, _) = RecordFixture.batch(.key, times: [now - 9 * day, now - 3 * day], hosts: 1, &random)
        _ = try engine.commit([.records(batch)])[0].get()
        var snapshot = engine.snapshot()
        let series = snapshot.series(in: .default, namespace: "test", metric: "a", matching: [], kind: .key)
        #expect(snapshot.recentlyActive(series, sinceNs: now - 3 * day).count == 1)
        #expect(snapshot.recentlyActive(series, sinceNs: now - 2 * day).isEmpty)
        try engine.flush()
        engine.close()
        engine = try open()
        snapshot = engine.snapshot()
        #expect(snapshot.recentlyActive(series, sinceNs: now - 3 * day).count == 1)
        #expect(snapshot.recentlyActive(series, sinceNs: now - 2 * day).isEmpty)
    }

    @Test("statistics count rows with several columns in the tail and in segments")
    func statistics() throws {
        var random = SplitMix64(seed: 7)
        var engine = try open()
        let (batch, _) = RecordFixture.batch(.statisticSet, times: [now - 5, now + 5], &random)
        _ = try engine.commit([.records(batch)])[0].get()
        let before = engine.statistics()
        #expect((before.recordCount, before.tailRecords, before.sampleCount) == (2, 2, 0))
        #expect(before.tailRecordBytes > 0)
        #expect((before.oldestTimestampNs, before.newestTimestampNs) == (now - 5, now + 5))
        try engine.flush()
        let after = engine.statistics()
        #expect((after.recordCount, after.tailRecords, after.tailRecordBytes, after.sampleCount) == (2, 0, 0, 0))
    }

    @Test("a store takes rows of all kinds from many threads", .timeLimit(.minutes(1)))
    func threads() async throws {
        let store = try Store.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        let now = now
        try await withThrowingTaskGroup(of: Int.self) { group in
            for (number, kind) in RecordFixture.kinds.enumerated() {
                group.addTask {
                    var random = SplitMix64(seed: UInt64(number))
                    var rows = 0
                    for round in 0..<20 {
                        let (batch, _) = RecordFixture.batch(kind, times: [now, now + Int64(round)], &random)
                        rows += try await withCheckedThrowingContinuation { continuation in
                            store.append(batch) { result in continuation.resume(with: result.map(\.rows)) }
                        }
                    }
                    return rows
                }
            }
            for try await rows in group { #expect(rows == 40) }
        }
        var random = SplitMix64(seed: 9)
        #expect(try store.appendAndWait(RecordFixture.batch(.key, times: [now], &random).batch).rows == 1)
        try store.flush()
        #expect(store.statistics().recordCount == 201 && store.pendingBytes == 0)
        store.close()
        #expect(try RecordFixture.read(try open()).count == 201)
    }
}
