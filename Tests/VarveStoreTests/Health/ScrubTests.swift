import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// The regular reading of everything.
@Suite struct ScrubTests {
    private let pageBytes = 32 << 10

    private func items(_ count: Int, pages: Int) -> [ScrubSchedule.Item] {
        (0..<count).map { ScrubSchedule.Item(uuid: UUID16(high: 1, low: UInt64($0)), pageCount: pages) }
    }

    @Test("a pass begins ten minutes after the opening, reads every page once, and the next begins a week later")
    func passes() {
        var schedule = ScrubSchedule(bytesPerSecond: 8 << 20, nowNs: 0)
        var nowNs: Int64 = 0
        var read: [String: Int] = [:]
        var starts: [Int64] = []
        while schedule.progress.passesFinished < 3 {
            let wasIdle = schedule.progress.segmentCount == 0
            switch schedule.next(nowNs: nowNs, wallNs: nowNs, segments: { items(3, pages: 50) }) {
            case .wait(let durationNs): nowNs += durationNs
            case .open: break
            case .read(let uuid, let page):
                read["\(uuid) \(page)", default: 0] += 1
                schedule.spent(byteCount: pageBytes, nowNs: nowNs)
            }
            if wasIdle, schedule.progress.segmentCount == 3 { starts.append(nowNs) }
        }
        #expect(read.count == 150 && read.values.allSatisfy { $0 == 3 })
        #expect(starts.map { $0 - starts[0] } == [0, Nanoseconds.perWeek, 2 * Nanoseconds.perWeek])
        #expect(starts[0] == 10 * Nanoseconds.perMinute)
    }

    @Test("never more than the rate, however late or slow the reads are", arguments: [UInt64(1), 2, 3])
    func rate(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var schedule = ScrubSchedule(bytesPerSecond: 1_000_000, nowNs: 0)
        var nowNs: Int64 = 10 * Nanoseconds.perMinute
        let startNs = nowNs
        var byteCount = 0
        while schedule.progress.passesFinished == 0 {
            switch schedule.next(nowNs: nowNs, wallNs: 0, segments: { items(5, pages: 200) }) {
            case .wait(let durationNs): nowNs += durationNs
            case .open: break
            case .read:
                let allowed = Double(nowNs - startNs) / 1e9 * 1_000_000
                #expect(Double(byteCount) <= allowed + 1)
                let size = Int.random(in: 1...100_000, using: &random)
                nowNs += Int64.random(in: 0...50_000_000, using: &random)
                byteCount += size
                schedule.spent(byteCount: size, nowNs: nowNs)
            }
        }
        #expect(schedule.progress.byteCount == byteCount)
    }

    @Test("a store finds damage by itself, and lifts a quarantine that was not the medium's", .timeLimit(.minutes(1)))
    func store() throws {
        let world = SimulatedWorld(seed: 1)
        var options = StoreFixture.options
        options.scrubBytesPerSecond = .max
        let store = try Store.open(at: "/data", options: options, environment: world.environment)
        for number in 0..<2 {
            var batch = RowBatch()
            for row in 0..<500 {
                let timestamp = StoreFixture.nowNs + Int64(number * 1_000 + row)
                batch.append(shape: StoreFixture.shape(host: row % 3), timestamp: timestamp, values: [Double(row), 1])
            }
            _ = try store.appendAndWait(batch)
            try store.flush()
        }
        let path = "/data/seg/\(try #require(try world.fileSystem.list("/data/seg").first))"
        try world.fileSystem.flipBit(path, offset: 4_096 + 40, bit: 2)
        world.clock.advance(byNs: 11 * Nanoseconds.perMinute)
        waitForPass(1, of: store)
        var statistics = store.statistics()
        #expect(statistics.quarantine.map(\.path) == [path])
        #expect(statistics.health.status == .warn && statistics.scrub.byteCount > 0)
        // As if a cable had been bad.
        try world.fileSystem.flipBit(path, offset: 4_096 + 40, bit: 2)
        world.clock.advance(byNs: 8 * Nanoseconds.perDay)
        waitForPass(2, of: store)
        statistics = store.statistics()
        #expect(statistics.quarantine.isEmpty && statistics.health.status == .pass)
        store.close()
    }

    private func waitForPass(_ number: Int, of store: Store) {
        // The scrubber looks at the simulated clock once a real second.
        for _ in 0..<300 where store.statistics().scrub.passesFinished < number {
            _ = Monitor(0).wait(timeoutNs: 20_000_000) { _ -> Bool? in nil }
        }
        #expect(store.statistics().scrub.passesFinished >= number)
    }
}
