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

    @Test("a pass goes on after a restart: pages are read once, and a server restarted daily comes to its end")
    func restarts() throws {
        // 40 segments of 700 pages of 32 KiB at 8 MiB/s: 109 s of reading. Each life lasts 10 min and 9 s.
        var clockNs: Int64 = 0
        var mark: ScrubMark?
        var read: [String: Int] = [:]
        var lives = 0
        while mark?.passesFinished != 1 {
            lives += 1
            try #require(lives < 100)
            // The monotonic clock begins anew with each boot.
            var nowNs: Int64 = 0
            let wallNs = StoreFixture.nowNs + clockNs
            var schedule =
                mark.map { ScrubSchedule(bytesPerSecond: 8 << 20, nowNs: 0, wallNs: wallNs, after: $0) }
                ?? ScrubSchedule(bytesPerSecond: 8 << 20, nowNs: 0)
            while nowNs < 609 * Nanoseconds.perSecond {
                switch schedule.next(
                    nowNs: nowNs, wallNs: wallNs + nowNs, segments: { items(40, pages: 700).shuffled() })
                {
                case .wait(let durationNs): nowNs += max(1, durationNs)
                case .open: break
                case .read(let uuid, let page):
                    read["\(uuid) \(page)", default: 0] += 1
                    schedule.spent(byteCount: pageBytes, nowNs: nowNs)
                }
                if schedule.progress.passesFinished == 1 { break }
            }
            mark = schedule.takeMark(nowNs: nowNs, isLast: true) ?? mark
            clockNs += Nanoseconds.perDay
        }
        #expect(read.count == 28_000 && read.values.allSatisfy { $0 == 1 })
        #expect(lives == 13)
    }

    @Test("a kill costs a minute of reading, and the wait for the next pass outlives restarts")
    func kills() throws {
        var schedule = ScrubSchedule(bytesPerSecond: 1_000_000, nowNs: 0)
        var nowNs: Int64 = 0
        var marks: [(ScrubMark, Int64)] = []
        while schedule.progress.passesFinished < 1 {
            let action = schedule.next(nowNs: nowNs, wallNs: nowNs, segments: { items(3, pages: 5_000) })
            if let mark = schedule.takeMark(nowNs: nowNs) { marks.append((mark, nowNs)) }
            switch action {
            case .wait(let durationNs): nowNs += durationNs
            case .open: break
            case .read: schedule.spent(byteCount: 20_000, nowNs: nowNs)
            }
        }
        // 300 s of reading: a mark at the start, one each minute, and one at the end.
        #expect((6...7).contains(marks.count) && marks.last?.0.position == nil, "\(marks.map(\.1))")
        #expect(zip(marks, marks.dropFirst()).allSatisfy { $1.1 - $0.1 <= 61 * Nanoseconds.perSecond })
        #expect(schedule.takeMark(nowNs: nowNs + Nanoseconds.perDay, isLast: true) == nil, "nothing has changed")
        // Three days later: four remain. A clock that lies can shift the next pass by a week at most.
        let mark = try #require(marks.last?.0)
        let days: [(Int64, Int64)] = [(3, 4), (0, 7), (30, 0), (-1_000, 7), (10_000, 0)]
        for (later, left) in days {
            let wallNs = mark.startedNs + later * Nanoseconds.perDay
            var next = ScrubSchedule(bytesPerSecond: 1_000_000, nowNs: 50, wallNs: wallNs, after: mark)
            #expect(next.progress.passesFinished == 1 && next.progress.lastFinishedNs == mark.finishedNs)
            let waitNs = max(left * Nanoseconds.perDay, 10 * Nanoseconds.perMinute)
            #expect(next.next(nowNs: 50, wallNs: wallNs, segments: { items(3, pages: 2) }) == .wait(waitNs), "\(later)")
        }
    }

    @Test("segments that are gone are passed over when a pass is taken up")
    func goneSegments() {
        let mark = ScrubMark(
            startedNs: 0, finishedNs: nil, passesFinished: 0,
            position: ScrubMark.Position(uuid: UUID16(high: 1, low: 2), page: 3))
        var schedule = ScrubSchedule(bytesPerSecond: .max, nowNs: 0, wallNs: 0, after: mark)
        var seen: [String] = []
        var nowNs: Int64 = 0
        let left = [items(6, pages: 5)[4], items(6, pages: 5)[1]]
        while schedule.progress.passesFinished == 0 {
            switch schedule.next(nowNs: nowNs, wallNs: nowNs, segments: { left }) {
            case .wait(let durationNs): nowNs += durationNs
            case .open(let uuid): seen.append("open \(uuid.low)")
            case .read(let uuid, let page): seen.append("\(uuid.low).\(page)")
            }
        }
        #expect(seen == ["open 4", "4.0", "4.1", "4.2", "4.3", "4.4"])
    }

    @Test("every flipped bit of a mark, and the mark of another store, is as good as none")
    func damagedMark() {
        let store = UUID16(high: 1, low: 2)
        let position = ScrubMark.Position(uuid: UUID16(high: 3, low: 4), page: 5)
        for position in [position, nil] {
            let mark = ScrubMark(startedNs: -6, finishedNs: 7, passesFinished: 8, position: position)
            let bytes = mark.encoded(store: store)
            #expect(bytes.count == 80 && ScrubMark(bytes, store: store) == mark)
            #expect(ScrubMark(bytes, store: UUID16(high: 1, low: 3)) == nil)
            for bit in 0..<640 {
                var damaged = bytes
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(ScrubMark(damaged, store: store) == nil, "bit \(bit)")
            }
            for count in 0..<80 { #expect(ScrubMark(Array(bytes.prefix(count)), store: store) == nil) }
        }
    }

    @Test(
        "a store remembers its last pass; without the mark it begins anew, and nothing else happens",
        .timeLimit(.minutes(1)))
    func restartedStore() throws {
        let world = SimulatedWorld(seed: 1)
        var options = StoreFixture.options
        options.scrubBytesPerSecond = .max
        var store = try Store.open(at: "/data", options: options, environment: world.environment)
        var batch = RowBatch()
        batch.append(shape: StoreFixture.shape(host: 1), timestamp: StoreFixture.nowNs, values: [1, 1])
        _ = try store.appendAndWait(batch)
        try store.flush()
        waitForPass(1, of: store, advancing: world.clock)
        let finishedNs = try #require(store.statistics().scrub.lastFinishedNs)
        store.close()
        store = try Store.open(at: "/data", options: options, environment: world.environment)
        waitForPass(1, of: store)
        #expect(store.statistics().scrub.lastFinishedNs == finishedNs)
        #expect(store.statistics().scrub.byteCount == 0, "the next pass is due in a week")
        store.close()
        // On a full disk, which also cannot take another mark.
        try world.fileSystem.flipBit("/data/SCRUB", offset: 33, bit: 1)
        world.fileSystem.inject(Fault(.write, pathContains: "SCRUB", isPermanent: true, .error(errno: 28)))
        store = try Store.open(at: "/data", options: options, environment: world.environment)
        waitForPass(1, of: store, advancing: world.clock)
        #expect(store.statistics().scrub.byteCount > 0 && store.statistics().health.status == .pass)
        store.close()
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.isEmpty)
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
        waitForPass(1, of: store, advancing: world.clock)
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

    /// - Parameter clock: goes on while the test waits; the thread may begin to count its ten minutes at any time.
    private func waitForPass(_ number: Int, of store: Store, advancing clock: SimulatedClock? = nil) {
        // The scrubber looks at the simulated clock once a real second; slow machines get time.
        for _ in 0..<1_500 where store.statistics().scrub.passesFinished < number {
            clock?.advance(byNs: Nanoseconds.perMinute / 4)
            _ = Monitor(0).wait(timeoutNs: 20_000_000) { _ -> Bool? in nil }
        }
        #expect(store.statistics().scrub.passesFinished >= number)
    }
}
