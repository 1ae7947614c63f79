import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Rows with several columns in the log: their section, its limits, and what damage to it does.
@Suite struct RecordLogTests {
    private let world = SimulatedWorld(seed: 1)
    private let now = StoreFixture.nowNs
    private let path = "/data/wal/00000000000000000001.log"

    private func open(_ options: StoreOptions = StoreFixture.options) throws -> StoreEngine {
        try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    /// The payload of the first group of a plain log file.
    private func payload() throws -> [UInt8] {
        let file = try world.fileSystem.open(path, .read)
        let length = try file.read(at: 68, count: 4).reversed().reduce(0) { $0 << 8 | Int($1) }
        return try file.read(at: 88, count: length)
    }

    private func decode(_ payload: [UInt8]) throws -> WALGroup {
        try WALGroup(lsn: 1, type: WALFormat.recordsGroupType, decoding: payload.span.bytes)
    }

    @Test("a group has its records as they were sent, beside numbers and tokens")
    func content() throws {
        var random = SplitMix64(seed: 1)
        var engine = try open()
        var numbers = RowBatch()
        numbers.append(shape: StoreFixture.shape(host: 0), timestamp: now, values: [1, -0.0])
        var batches: [WriteBatch] = [.rows(numbers)]
        var sent: [RecordBatch] = []
        for kind in RecordFixture.kinds {
            var batch = RecordFixture.batch(kind, times: [now, now - 7], &random).batch
            batch.token = RetryToken(bytes: [kind.rawValue])
            sent.append(batch)
            batches.append(.records(batch))
        }
        for result in engine.commit(batches) { _ = try result.get() }
        engine.close()
        var reader = try WALReader(path: path, fileSystem: world.fileSystem)
        guard case .group(let group, _) = try reader.next(from: 1) else {
            Issue.record("no group")
            return
        }
        #expect(group.batches.map(\.values) == [[1, -0.0]])
        #expect(group.columns.map(\.kind) == RecordFixture.kinds)
        #expect(group.columns.map(\.timestamps) == sent.map(\.timestamps))
        #expect(group.columns.map(\.columns) == sent.map(\.columns))
        #expect(group.writes.map(\.token) == sent.map(\.token) && group.writes.allSatisfy { $0.values == 0 })
    }

    @Test("texts are compressed from 4 KiB on, where that saves")
    func compression() throws {
        var random = SplitMix64(seed: 2)
        for isText in [true, false] {
            var engine = try open()
            let before = engine.statistics().walBytes
            var batch = RecordBatch(.key)
            let body = (0..<20_000).map { isText ? UInt8($0 % 50) : UInt8(truncatingIfNeeded: random.next()) }
            batch.append(
                shape: RecordFixture.shape(.key, host: 0), timestamp: now,
                values: [.strings([[1]]), .strings([[2]]), .bodies([body])])
            _ = try engine.commit([.records(batch)])[0].get()
            let byteCount = engine.statistics().walBytes - before
            #expect(isText ? byteCount < 1_000 : 20_000...20_300 ~= byteCount)
            engine.close()
        }
        #expect(try RecordFixture.read(try open()).map { $0.content.count } == [40_006, 40_006])
    }

    @Test("a sealed log keeps its records, and shows nothing of them")
    func sealed() throws {
        let keys = try SealedFixture.provider()
        var engine = try open(SealedFixture.options(keys))
        var batch = RecordBatch(.trail)
        let secret = Array("very secret words".utf8)
        batch.append(
            shape: RecordFixture.shape(.trail, host: 0), timestamp: now,
            values: [
                .identifiers([UUID16(high: 1, low: 2)]), .strings([secret]), .strings([[]]), .strings([[]]),
                .strings([[]]), .stringLists([[secret]]), .integers([1]), .bodies([secret]),
            ])
        _ = try engine.commit([.records(batch)])[0].get()
        engine.close()
        let log = try SealedFixture.text(path, on: world.fileSystem)
        #expect(!log.contains("secret"))
        engine = try open(SealedFixture.options(keys))
        let found = try RecordFixture.read(engine)
        #expect(found.count == 1)
        try engine.flush()
        #expect(try RecordFixture.read(engine) == found)
    }

    /// A group whose section takes in every type of column, in one form or the other.
    private func makePayload(compressed: Bool) throws -> [UInt8] {
        var random = SplitMix64(seed: 3)
        var engine = try open()
        let times = Array(repeating: now, count: compressed ? 300 : 3)
        let batches = RecordFixture.kinds.map { kind in
            WriteBatch.records(RecordFixture.batch(kind, times: times, &random).batch)
        }
        for result in engine.commit(batches) { _ = try result.get() }
        engine.close()
        let payload = try payload()
        #expect(try decode(payload).columns.map(\.rowCount) == RecordFixture.kinds.map { _ in times.count })
        return payload
    }

    @Test("changed bytes of a section are refused or decoded, never trapped", arguments: [false, true])
    func changedBytes(compressed: Bool) throws {
        let payload = try makePayload(compressed: compressed)
        var random = SplitMix64(seed: 4)
        var decoded = 0
        for _ in 0..<2_000 {
            var changed = payload
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let offset = Int.random(in: 0..<changed.count, using: &random)
                changed[offset] = [0, 1, 127, 128, 255, changed[offset] ^ 1].randomElement(using: &random)!
            }
            if Int.random(in: 0..<8, using: &random) == 0 { changed.removeLast(Int(random.next() % 50)) }
            guard let group = try? decode(changed) else { continue }
            decoded += 1
            for columns in group.columns { #expect(columns.rowCount <= Limits.rowsPerBatchMax) }
        }
        #expect(decoded > 0)
    }

    @Test("announced sizes cost no memory before the bytes are there")
    func announcedSizes() throws {
        // No records, no batches of numbers; then sections that promise too much.
        let head: [UInt8] = [0, 0, 0, 0, 0]
        let large: [UInt8] = [0xff, 0xff, 0xff, 0x7f]
        for tail in [large + [0], large + [1, 4, 0, 0, 0, 0], [2, 7], [20, 0, 200, 1], [1, 0, 5]] {
            #expect(throws: FormatFault.self) { try decode(head + tail) }
        }
        // Kind 3 with 2³¹ rows.
        let rows: [UInt8] = [1, 3, 0xff, 0xff, 0xff, 0xff, 7] + Array(repeating: 0, count: 20)
        #expect(throws: FormatFault.self) { try decode(head + [UInt8(rows.count), 0] + rows) }
        // A row of kind 1, which does not travel so.
        let metric: [UInt8] = [1, 1, 1, 1, 2] + Array(repeating: 0, count: 20)
        #expect(throws: FormatFault.self) { try decode(head + [UInt8(metric.count), 0] + metric) }
    }

    @Test("rows of an unknown series, or of one of another kind, are damage", arguments: [UInt8(1), 9])
    func foreignSeries(number: UInt8) throws {
        var random = SplitMix64(seed: 5)
        var engine = try open()
        let first = RecordFixture.batch(.trail, times: [now], hosts: 1, &random).batch
        let second = RecordFixture.batch(.key, times: [now], hosts: 1, &random).batch
        for result in engine.commit([.records(first), .records(second)]) { _ = try result.get() }
        engine.close()
        var payload = try payload()
        let events = try decode(payload).columns[0]
        #expect(events.series.map(\.rawValue) == [0])
        // The series stands directly before the time.
        let time = withUnsafeBytes(of: now.littleEndian) { Array($0) }
        let place = try #require((0..<payload.count).first { payload[$0...].starts(with: time) })
        payload[place - 4] = number
        try rewrite(payload)
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem)
        #expect(report.problems.map { "\($0)" }.count { $0.contains("group ") && $0.contains("series") } == 1)
        do {
            _ = try open()
            Issue.record("series \(number) was taken")
        } catch let error as StoreError {
            #expect("\(error)".contains(number == 1 ? "one of kind key" : "unknown series"), "\(error)")
        }
    }

    /// Replaces the payload of the first group, of the same length, and makes its checksum right.
    private func rewrite(_ payload: [UInt8]) throws {
        let file = try world.fileSystem.open(path, .readWrite)
        try file.write(payload, at: 88)
        let store = try WALReader(path: path, fileSystem: world.fileSystem, checksumsOnly: true).header.store
        let covered = try file.read(at: 68, count: 20 + payload.count)
        let checksum = CRC32C.checksum(covered, seed: UInt32(truncatingIfNeeded: store.low))
        try file.write(withUnsafeBytes(of: checksum.littleEndian) { Array($0) }, at: 64)
    }
}
