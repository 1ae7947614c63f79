import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Writes under retry tokens, with the power cut and every call failing at each single place: whatever was answered is
/// there once, and sending everything again makes it so without a second copy of anything.
@Suite struct RetryTokenCrashTests {
    private static let nowNs = StoreFixture.nowNs
    /// More hosts than the limit takes: of the wide batch some rows are refused, each time the same.
    private static let hostsMax = 4

    /// What was answered, by batch.
    private struct Record {
        var receipts: [Int: AppendReceipt] = [:]
    }

    private func open(_ fileSystem: SimulatedFileSystem) throws -> StoreEngine {
        var options = StoreFixture.options
        options.seriesPerNamespaceMax = Self.hostsMax
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: SimulatedClock(), random: SeededRandomSource(seed: 1))
        return try StoreEngine.open(at: "/data", options: options, environment: environment)
    }

    /// Batch 2 has one row of each of seven hosts; the others three of one host. No two rows are equal. Batches 3 to 5
    /// are the pieces of one body.
    private func batch(_ number: Int) -> RowBatch {
        var batch = RowBatch()
        for row in 0..<(number == 2 ? 7 : 3) {
            let host = number == 2 ? row : number % 2
            let source = SourceKey(namespace: "test", dimensions: [Dimension(name: "host", value: "h\(host)")])
            batch.append(
                shape: RowShape(source: source, fields: [FieldKey(metric: "a")]),
                timestamp: Self.nowNs + Int64(number * 1_000 + row), values: [Double(number)])
        }
        batch.isDivisible = true
        batch.token =
            number < 3
            ? RetryToken(bytes: Array("write \(number)".utf8))
            : RetryToken(bytes: Array("body".utf8), part: UInt32(number - 3))
        return batch
    }

    private static let batchCount = 6

    /// Rows of a batch that are stored.
    private func stored(_ number: Int) -> Int { number == 2 ? Self.hostsMax : 3 }

    /// Sends everything, some of it together, some of it twice, with flushes in between, and notes durable answers.
    private func send(_ fileSystem: SimulatedFileSystem, _ record: inout Record) throws {
        var engine = try open(fileSystem)
        defer { engine.close() }
        for numbers in [[0], [1, 2], [3], [2, 4], [3, 5]] {
            for (number, result) in zip(numbers, engine.commit(numbers.map(batch))) {
                if case .success(let receipt) = result { record.receipts[number] = receipt }
            }
            // A flush that fails is tried again later; the rows are in the log.
            if numbers == [1, 2] || numbers == [2, 4] { try? engine.flush() }
        }
        // Answered before it is durable, which a repetition that asks for more then is.
        var buffered = batch(5)
        buffered.durability = .buffered
        _ = engine.commit([buffered])
        if case .success(let receipt) = engine.commit([batch(5)])[0] { record.receipts[5] = receipt }
    }

    /// Sends everything again, which must succeed, and looks at what is there.
    private func check(_ fileSystem: SimulatedFileSystem, _ record: Record, _ point: String) throws {
        for attempt in 0..<2 {
            var engine = try open(fileSystem)
            #expect(engine.damage.isEmpty && engine.readOnlyReason == nil, "\(point): \(engine.damage)")
            for number in 0..<Self.batchCount {
                let receipt = try engine.commit([batch(number)])[0].get()
                if let first = record.receipts[number] {
                    #expect(receipt.isRepetition, "\(point): batch \(number) was answered and is stored again")
                    #expect(receipt.rows == first.rows && receipt.values == first.values, "\(point): batch \(number)")
                    #expect(receipt.refusal == first.refusal, "\(point): batch \(number)")
                }
                #expect(receipt.isRepetition || attempt == 0, "\(point): batch \(number), attempt \(attempt)")
                #expect(receipt.rows == stored(number), "\(point): batch \(number)")
                #expect((receipt.refusal != nil) == (number == 2), "\(point): batch \(number)")
            }
            let found = try StoreFixture.read(engine.snapshot(), metric: "a")
            for number in 0..<Self.batchCount {
                let times = found.filter { $0.bits == Double(number).bitPattern }.map(\.timestamp)
                #expect(
                    times.count == stored(number) && Set(times).count == times.count,
                    "\(point): batch \(number), attempt \(attempt): \(times)")
            }
            var other = batch(4)
            other.values[0] += 0.5
            #expect(throws: StoreError.tokenReused(rows: 3, firstRows: 3), "\(point)") {
                try engine.commit([other])[0].get()
            }
            if attempt == 0 { try engine.flush() }
            engine.close()
        }
    }

    @Test(
        "a power cut at any call of writes with tokens loses no answered row, and repetitions double nothing")
    func powerCuts() throws {
        let checks = try CrashEnumerator(seed: 21, randomSurvivalCount: 0).run(record: Record()) { _ in
        } workload: { (fileSystem: SimulatedFileSystem, record: inout Record) in
            try send(fileSystem, &record)
        } check: { fileSystem, record, point in
            try check(fileSystem, record, "\(point)")
        }
        #expect(checks > 100, "\(checks) checks")
    }

    @Test("any call of writes with tokens may fail: what was answered stays, and repetitions double nothing")
    func faults() throws {
        // 5 is EIO, 28 ENOSPC.
        let effects: [Fault.Effect] = [.error(errno: 5), .partialWrite(byteCount: 7, errno: 28)]
        let checks = try FaultEnumerator(effects: effects).run(record: Record()) { _ in
        } workload: { (fileSystem: SimulatedFileSystem, record: inout Record) in
            try send(fileSystem, &record)
        } check: { fileSystem, record, point in
            try check(fileSystem, record, "\(point)")
        }
        #expect(checks > 100, "\(checks) checks")
    }
}
