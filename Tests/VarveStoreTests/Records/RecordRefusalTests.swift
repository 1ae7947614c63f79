import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// What is refused of rows with several columns, and what is answered without being stored again.
@Suite struct RecordRefusalTests {
    private let world = SimulatedWorld(seed: 1)
    private let now = StoreFixture.nowNs

    private func open(_ change: (inout StoreOptions) -> Void = { _ in }) throws -> StoreEngine {
        var options = StoreFixture.options
        change(&options)
        return try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    /// A configuration item with lists and texts of given sizes.
    private func item(
        status: Int = 0, relations: [Int] = [], body: Int = 0, rows: Int = 1, at timestamp: Int64? = nil
    ) -> RecordBatch {
        var batch = RecordBatch(.configuration)
        let shape = RecordFixture.shape(.configuration, host: 0)
        for row in 0..<rows {
            batch.append(
                shape: shape, timestamp: timestamp ?? now + Int64(row),
                values: [
                    .strings([[1]]), .strings([[UInt8](repeating: 2, count: status)]),
                    .stringLists([relations.map { [UInt8](repeating: 3, count: $0) }]), .strings([[]]),
                    .bodies([[UInt8](repeating: 4, count: body)]),
                ])
        }
        return batch
    }

    private func refusal(_ result: Result<AppendReceipt, StoreError>) -> StoreError? {
        if case .failure(let error) = result { error } else { nil }
    }

    @Test("each limit is taken, and one more is refused with what is too large")
    func limits() throws {
        var engine = try open()
        let (string, items) = (RecordLimits.stringByteCountMax, RecordLimits.listItemsMax)
        let body = RecordLimits.bodyByteCountMax
        // 16 strings of 64 KiB are the megabyte of a row; of these 20 bytes less leave room for the type's, and for one
        // with each of the 19 strings.
        let full = Array(repeating: string, count: 15) + [string - 20]
        let taken = [
            item(status: string), item(relations: Array(repeating: 1, count: items)), item(relations: full),
            item(body: body), item(body: body - 4, rows: 2),
        ]
        for batch in taken { #expect(refusal(engine.commit([.records(batch)])[0]) == nil) }
        let refused: [(RecordBatch, RecordLimits.Excess.What, Int)] = [
            (item(status: string + 1), .stringBytes, string + 1),
            (item(relations: [string + 1]), .stringBytes, string + 1),
            (item(relations: Array(repeating: 1, count: items + 1)), .listItems, items + 1),
            (item(relations: Array(repeating: string, count: 16)), .rowStringBytes, 16 * string + 20),
            // One more that is empty.
            (item(relations: full + [0]), .rowStringBytes, 16 * string + 1),
            (item(body: body + 1), .bodyBytes, body + 1),
            (item(body: body - 3, rows: 2), .batchBytes, 2 * body + 2),
            (item(rows: Limits.rowsPerBatchMax + 1), .rows, Limits.rowsPerBatchMax + 1),
        ]
        for (batch, what, count) in refused {
            guard case .recordTooLarge(let excess) = refusal(engine.commit([.records(batch)])[0]) else {
                Issue.record("\(what) was taken")
                continue
            }
            #expect(excess.what == what && excess.count == count)
            #expect("\(StoreError.recordTooLarge(excess))".contains("at most \(excess.limit)"))
        }
        try engine.flush()
        engine.close()
        #expect(try RecordFixture.read(try open()).count == 6)
    }

    @Test("batches that no group can hold together are refused, however well they compress")
    func groups() throws {
        var engine = try open()
        let batch = item(body: RecordLimits.bodyByteCountMax - 4, rows: 2)
        let results = engine.commit(Array(repeating: WriteBatch.records(batch), count: 9))
        for result in results {
            guard case .recordTooLarge(let excess) = refusal(result) else {
                Issue.record("\(result)")
                continue
            }
            #expect(excess.what == .groupBytes && excess.limit == WALFormat.groupBytesMax)
        }
        #expect(refusal(engine.commit([.records(item())])[0]) == nil)
        engine.close()
        #expect(try RecordFixture.read(try open()).count == 1)
    }

    @Test("a wrong batch is refused alone; an empty one leaves no trace in the log")
    func alone() throws {
        var engine = try open()
        #expect(try engine.commit([.records(RecordBatch(.key))])[0].get() == AppendReceipt(rows: 0, values: 0, lsn: 0))
        #expect(try world.fileSystem.list("/data/wal").isEmpty)
        let old = now - 456 * Nanoseconds.perDay
        let results = engine.commit([.records(item(at: old)), .records(item())])
        guard case .timestampOutOfRange(old, _, _) = refusal(results[0]) else {
            Issue.record("\(results[0])")
            return
        }
        #expect(refusal(results[1]) == nil)
        #expect(try RecordFixture.read(engine).count == 1)
    }

    @Test("series of every kind count towards the limit on series")
    func series() throws {
        var engine = try open { $0.seriesMax = 2 }
        var random = SplitMix64(seed: 1)
        for kind in [SegmentKind.key, .trail, .weighted] {
            let batch = RecordFixture.batch(kind, times: [now], hosts: 1, &random).batch
            let error = refusal(engine.commit([.records(batch)])[0])
            #expect(error == (kind == .weighted ? .tooManySeries(limit: 2, namespace: "test") : nil))
        }
        #expect(try RecordFixture.read(engine).count == 2)
    }

    @Test("a full tail is frozen, and what comes while it is flushed waits")
    func full() throws {
        var engine = try open { $0.tailRecordBytesMax = 10_000 }
        let batch = item(body: 6_000)
        _ = engine.commit([.records(batch)])
        #expect(!engine.needsFreeze)
        _ = engine.commit([.records(batch)])
        #expect(engine.needsFreeze && !engine.isStalled)
        world.fileSystem.inject(Fault(.write, pathContains: "/tmp/", isPermanent: true, .error(errno: 28)))
        #expect(throws: StoreError.self) { try engine.flush() }
        _ = engine.commit([.records(batch), .records(batch)])
        #expect(refusal(engine.commit([.records(batch)])[0]) != nil)
        world.fileSystem.clearFaults()
        try engine.flush()
        #expect(refusal(engine.commit([.records(batch)])[0]) == nil)
        #expect(try RecordFixture.read(engine).count == 5)
    }

    @Test("a failing disk refuses numbers and other rows of a group alike")
    func failingDisk() throws {
        var engine = try open()
        var numbers = RowBatch()
        numbers.append(shape: StoreFixture.shape(host: 0), timestamp: now, values: [1, 2])
        world.fileSystem.inject(Fault(.sync, isPermanent: true, .error(errno: 5)))
        for result in engine.commit([.rows(numbers), .records(item())]) { #expect(refusal(result) != nil) }
        #expect(engine.bufferedRecords.isEmpty)
        world.fileSystem.clearFaults()
        let later = refusal(engine.commit([.records(item())])[0])
        #expect((engine.readOnlyReason == nil) == (later == nil))
    }

    @Test("rows of all kinds wait for a sync only when one of the group's senders does")
    func buffered() throws {
        var engine = try open()
        _ = engine.commit([.records(item())])
        var relaxed = item()
        relaxed.durability = .buffered
        var numbers = RowBatch()
        numbers.append(shape: StoreFixture.shape(host: 0), timestamp: now, values: [1, 2])
        numbers.durability = .buffered
        for result in engine.commit([.records(relaxed), .rows(numbers)]) { #expect(refusal(result) == nil) }
        #expect(engine.hasUnsyncedGroups)
        for result in engine.commit([.rows(numbers), .records(item())]) { #expect(refusal(result) == nil) }
        #expect(!engine.hasUnsyncedGroups)
        world.fileSystem.crash(survival: .none)
        #expect(try RecordFixture.read(try open()).count == 3)
    }

    @Test("a batch that is sent again under its token is stored once, across restarts and flushes")
    func tokens() throws {
        var random = SplitMix64(seed: 3)
        var engine = try open()
        var batch = RecordFixture.batch(.trail, times: [now, now], &random).batch
        batch.token = RetryToken(bytes: [1])
        let results = engine.commit([.records(batch), .records(batch)])
        #expect(try results.map { try $0.get().isRepetition } == [false, true])
        for round in 0..<4 {
            #expect(try engine.commit([.records(batch)])[0].get().isRepetition)
            if round % 2 == 1 { try engine.flush() }
            engine.close()
            world.fileSystem.crash(survival: .random(seed: UInt64(round)))
            engine = try open()
        }
        #expect(try RecordFixture.read(engine).count == 2)
        var other = RecordFixture.batch(.key, times: [now], &random).batch
        other.token = batch.token
        #expect(refusal(engine.commit([.records(other)])[0]) == .tokenReused(rows: 1, firstRows: 2))
    }
}
