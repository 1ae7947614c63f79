import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Rows of several kinds in one batch.
@Suite struct TogetherTests {
    private func batches(_ number: Int, at time: Int64) -> [RecordBatch] {
        var random = SplitMix64(seed: UInt64(number))
        return [SegmentKind.configuration, .trail].map { kind in
            var batch = RecordBatch(kind)
            for row in 0..<3 {
                batch.append(
                    shape: RecordFixture.shape(kind, host: number), timestamp: time + Int64(row),
                    values: RecordFixture.row(kind, &random))
            }
            return batch
        }
    }

    private func open(_ fileSystem: SimulatedFileSystem, seed: UInt64) throws -> StoreEngine {
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: SimulatedClock(), random: SeededRandomSource(seed: seed))
        return try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: environment)
    }

    @Test("after a power cut the rows of all kinds are there, or none, and acknowledged ones are")
    func crashes() throws {
        let checks = try CrashEnumerator(seed: 5).run(record: 0) { fileSystem, acknowledged in
            guard var engine = try? open(fileSystem, seed: 1) else { return }
            for number in 0..<3 {
                let time = StoreFixture.nowNs + Int64(number) * Nanoseconds.perSecond
                guard case .success(let receipt) = engine.commit([.together(batches(number, at: time))])[0] else {
                    break
                }
                #expect(receipt.rows == 6)
                acknowledged = number + 1
                if number == 1 { try? engine.flush() }
            }
            engine.close()
        } check: { fileSystem, acknowledged, point in
            let engine = try open(fileSystem, seed: 2)
            var rows: [String: Int] = [:]
            for record in try RecordFixture.read(engine) { rows[record.host, default: 0] += 1 }
            #expect(rows.values.allSatisfy { $0 == 6 }, "\(point): \(rows)")
            #expect(rows.count >= acknowledged, "\(point): \(rows.count) of \(acknowledged)")
        }
        #expect(checks > 20)
    }

    @Test("one kind that is refused keeps the others out")
    func refusedTogether() throws {
        var engine = try open(SimulatedFileSystem(), seed: 1)
        var late = RecordBatch(.trail)
        var random = SplitMix64(seed: 9)
        late.append(
            shape: RecordFixture.shape(.trail, host: 0), timestamp: 0, values: RecordFixture.row(.trail, &random))
        let good = batches(0, at: StoreFixture.nowNs)
        guard case .failure(.timestampOutOfRange) = engine.commit([.together([good[0], late])])[0] else {
            Issue.record("a row of 1970 was taken")
            return
        }
        #expect(try RecordFixture.read(engine).isEmpty)
    }
}
