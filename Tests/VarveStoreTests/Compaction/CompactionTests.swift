import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// What compaction does to segments, and what it must not do to rows.
@Suite struct CompactionTests {
    private static let minute = Nanoseconds.perMinute
    private static let hour = Nanoseconds.perHour
    private static let day = Nanoseconds.perDay

    /// Flushes, compacts and checks that nothing changed but the files.
    private func compact(_ run: inout CompactionWorld) throws -> Int {
        try run.engine.flush()
        let before = try StoreFixture.ordered(run.engine.snapshot())
        let count = try run.engine.compact()
        #expect(try StoreFixture.ordered(run.engine.snapshot()) == before)
        return count
    }

    @Test("a day of flushes becomes one segment two hours after the day has ended")
    func day() throws {
        var run = try CompactionWorld()
        var merges = 0
        for _ in 0..<12 {
            try run.live(2 * Self.hour, every: 2 * Self.minute)
            merges += try compact(&run)
        }
        #expect(merges == 0)
        #expect(run.segments.count >= 12)
        run.world.clock.advance(byNs: 2 * Self.hour)
        #expect(try compact(&run) == 1)
        let days = run.segments.filter { $0.identity.level == 1 && $0.identity.window.start == StoreFixture.nowNs }
        #expect(days.count == 1)
        #expect(days[0].rowCount == 4 * (12 * 60 - 1))
        #expect(run.world.fileSystem.segmentFiles() == run.segments.map { $0.identity.fileName }.sorted())
        #expect(try compact(&run) == 0)
    }

    @Test("a week becomes one segment a day after it has ended, with the joined LSN range")
    func week() throws {
        var run = try CompactionWorld()
        // 2026-01-01 is a Thursday, and so the first day of a week that counts from the epoch.
        for _ in 0..<28 {
            try run.live(6 * Self.hour, every: 30 * Self.minute)
            _ = try compact(&run)
        }
        #expect(run.segments.contains { $0.identity.level == 1 })
        let lsns = run.segments.map(\.identity.lsnFirst).min()
        run.world.clock.advance(byNs: Self.day)
        #expect(try compact(&run) >= 1)
        let weeks = run.segments.filter { $0.identity.level == 2 }
        #expect(weeks.count == 1)
        #expect(weeks[0].identity.lsnFirst == lsns)
        #expect(weeks[0].identity.window.end - weeks[0].identity.window.start == Nanoseconds.perWeek)
        #expect(run.segments.count <= 2)
    }

    @Test("rows of equal times keep their order of arrival through every merge", arguments: 1...3)
    func equalTimes(seed: Int) throws {
        var run = try CompactionWorld(seed: UInt64(seed))
        let start = run.now
        for _ in 0..<25 {
            run.world.clock.advance(byNs: Int64.random(in: 1...9, using: &run.random) * Self.hour)
            let (now, width) = (run.now, Int.random(in: 1...40, using: &run.random))
            var random = run.random
            let times = (0..<width).map { _ in
                let age = Int64.random(in: 0...30, using: &random)
                return now - (Bool.random(using: &random) ? age * Self.minute : age * age * Self.hour)
            }
            run.random = random
            try run.send(times.filter { $0 > start - 60 * Self.day })
            if Bool.random(using: &run.random) { _ = try compact(&run) }
        }
        run.world.clock.advance(byNs: 9 * Self.day)
        _ = try compact(&run)
        run.world.clock.advance(byNs: Self.day)
        _ = try compact(&run)
        let report = try verify(&run)
        #expect(report.problems.isEmpty)
    }

    @Test("full blocks that were flushed straight to their week are encoded thoroughly when they are first merged")
    func thorough() throws {
        var run = try CompactionWorld()
        let start = run.now - 20 * Self.day
        for part in 0..<4 {
            let times = (0..<4_096).map { start + Int64(part * 4_096 + $0) * Nanoseconds.perSecond }
            try run.send(times, fields: ["a", "b", "c", "d", "e", "f", "g", "h"])
            try run.engine.flush()
        }
        #expect(run.segments.count == 4)
        #expect(run.segments.allSatisfy { $0.identity.level == 2 && !$0.identity.isMultiWindow })
        #expect(try run.segments.allSatisfy { try !reader(of: $0, run).isThorough })
        #expect(try compact(&run) == 1)
        #expect(run.segments.count == 1)
        #expect(try reader(of: run.segments[0], run).isThorough)
        #expect(try verify(&run).problems.isEmpty)
    }

    @Test("a lone unit that was flushed straight to its week is encoded thoroughly a day later, once")
    func loneHastyWeek() throws {
        var run = try CompactionWorld()
        let start = run.now - 20 * Self.day
        let times = (0..<4_096).map { start + Int64($0) * Nanoseconds.perSecond }
        try run.send(times, fields: ["a", "b", "c", "d", "e", "f", "g", "h"])
        #expect(try compact(&run) == 0)
        run.world.clock.advance(byNs: Self.day)
        #expect(try compact(&run) == 1)
        #expect(run.segments.count == 1)
        #expect(try reader(of: run.segments[0], run).isThorough)
        run.world.clock.advance(byNs: 2 * Self.day)
        #expect(try compact(&run) == 0)
    }

    private func reader(of segment: SegmentSummary, _ run: CompactionWorld) throws -> SegmentReader {
        try SegmentReader(
            opening: "/data/seg/" + segment.identity.fileName, fileSystem: run.world.fileSystem, cache: PageCache())
    }

    @Test("late rows of many weeks make one patch, which is folded into the weeks in time")
    func patches() throws {
        var run = try CompactionWorld()
        for week in 0..<60 {
            try run.send((0..<20).map { run.now - Int64(7 * week + 30) * Self.day + $0 * Self.minute })
        }
        _ = try compact(&run)
        #expect(run.segments.count == 1)
        #expect(run.segments[0].identity.isMultiWindow)
        #expect(try verify(&run).problems.isEmpty)
        try run.reopen()
        run.world.clock.advance(byNs: Self.day)
        #expect(try compact(&run) == 1)
        #expect(run.segments.count == 60)
        #expect(run.segments.allSatisfy { !$0.identity.isMultiWindow && $0.identity.level == 2 })
        #expect(try compact(&run) == 0)
    }

    @Test("a backfill of 15 months in any order neither makes thousands of files nor is rewritten again and again")
    func backfill() throws {
        var run = try CompactionWorld()
        var flushed = 0
        var most = 0
        for _ in 0..<12 {
            // Each flush has rows of all weeks.
            try run.send(
                (0..<150).map { run.now - 3 * $0 * Self.day - Int64.random(in: 0..<9_999, using: &run.random) })
            try run.engine.flush()
            flushed += 150 * 4
            most = max(most, run.segments.count)
            try run.engine.compact()
        }
        run.world.clock.advance(byNs: 2 * Self.day)
        try run.engine.compact()
        #expect(most < 150)
        #expect(run.segments.count <= 75)
        #expect(try StoreFixture.ordered(run.engine.snapshot()).values.reduce(0) { $0 + $1.count } == flushed)
        #expect(try run.engine.compact() == 0)
    }

    @Test("outputs are split by series, and the parts are not merged again")
    func split() throws {
        var options = StoreFixture.options
        options.segmentBytesMax = 10_000
        var run = try CompactionWorld(options: options)
        for _ in 0..<13 {
            try run.live(2 * Self.hour, every: Self.minute / 2, hosts: 0..<6)
            try run.engine.flush()
        }
        _ = try compact(&run)
        let parts = run.segments.filter { $0.identity.window.start == StoreFixture.nowNs && $0.identity.level == 1 }
        #expect(parts.count > 2)
        #expect(Set(parts.map(\.identity.lsnFirst)).count == 1)
        #expect(try compact(&run) == 0)
        try run.reopen(options: options)
        #expect(try compact(&run) == 0)
    }

    @Test("rows of a namespace with a shorter retention are not seen, and go with their segments")
    func namespaceRetention() throws {
        var run = try CompactionWorld()
        let times = [40, 20, 9].map { run.now - $0 * Self.day }
        for (namespace, host) in [("short", 0), ("test", 1)] {
            var batch = RowBatch()
            for time in times {
                let shape = StoreFixture.shape(host: host, namespace: namespace)
                batch.append(shape: shape, timestamp: time, values: [1, 2])
            }
            _ = try run.engine.commit([batch])[0].get()
        }
        func visible(_ namespace: String) throws -> Int {
            try StoreFixture.read(run.engine.snapshot(), metric: "a", namespace: namespace).count
        }
        let entry = NamespaceRetention(scope: .default, namespace: "short", retentionNs: 30 * Self.day)
        try run.engine.setRetention([entry])
        #expect(try (visible("short"), visible("test")) == (2, 3))
        try run.engine.flush()
        #expect(try (visible("short"), visible("test")) == (2, 3))
        run.world.clock.advance(byNs: Self.day + 1)
        try run.engine.compact()
        #expect(run.segments.reduce(0) { $0 + $1.rowCount } == 10)
        run.world.clock.advance(byNs: 30 * Self.day)
        #expect(try (visible("short"), visible("test")) == (0, 3))
    }

    @Test("segments that expire while a merge runs do not come back", .timeLimit(.minutes(1)))
    func expiry() throws {
        let world = SimulatedWorld(seed: 1)
        let disk = GatedFileSystem(world.fileSystem)
        let environment = SystemEnvironment(fileSystem: disk, clock: world.clock, random: world.random)
        let store = try Store.open(at: "/data", options: StoreFixture.options, environment: environment)
        func send(daysAgo: Int64) throws {
            var batch = RowBatch()
            let time = world.clock.wallNs() - daysAgo * Self.day
            batch.append(shape: StoreFixture.shape(host: 0), timestamp: time, values: [1, 2])
            _ = try store.appendAndWait(batch)
        }
        for _ in 0..<2 {
            try send(daysAgo: 450)
            try store.flush()
        }
        disk.closeGate()
        world.clock.advance(byNs: 2 * Self.day)
        let merge = try DedicatedThread.start(name: "test-merge") { try? store.compact() }
        #expect(disk.waitForFlush())
        world.clock.advance(byNs: 10 * Self.day)
        // The writer looks for expired segments after each commit.
        for _ in 0..<3 { try send(daysAgo: 0) }
        #expect(store.statistics().segmentCount == 0)
        disk.openGate()
        merge.join()
        // The writer has let go of the merge once it answers something else.
        try send(daysAgo: 0)
        #expect(store.statistics().segmentCount == 0)
        #expect(world.fileSystem.segmentFiles().isEmpty)
        #expect(try StoreFixture.read(store.snapshot(), metric: "a").count == 4)
        store.close()
    }

    @Test("without room for the output nothing is merged, and nothing is lost")
    func noRoom() throws {
        var run = try CompactionWorld()
        for _ in 0..<13 {
            try run.live(2 * Self.hour, every: Self.minute)
            try run.engine.flush()
        }
        run.world.fileSystem.capacityBytes = run.world.fileSystem.usedBytes() + 1_000
        let before = run.segments
        #expect(try run.engine.compact() == 0)
        #expect(run.segments == before)
        run.world.fileSystem.capacityBytes = nil
        #expect(try compact(&run) == 1)
    }

    private func verify(_ run: inout CompactionWorld) throws -> StoreVerifier.Report {
        run.engine.close()
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: run.world.fileSystem)
        try run.reopen()
        return report
    }
}

extension SimulatedFileSystem {
    func segmentFiles() -> [String] { (try? list("/data/seg")) ?? [] }

    func usedBytes() -> Int {
        capacityBytes = 1 << 40
        defer { capacityBytes = nil }
        return (1 << 40) - ((try? space(at: "/data").availableBytes) ?? 0)
    }
}
