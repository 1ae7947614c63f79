import Glibc
import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// 455 days of flushes and merges on summaries alone: how many files there are, and how often a byte is written.
private struct SoakRun {
    var random: SplitMix64
    var kind = SegmentKind.metric
    var now: Int64 = StoreFixture.nowNs
    var lsn: UInt64 = 1
    var live: [CompactionCandidate] = []
    var flushedBytes = 0
    var writtenBytes = 0
    var most = 0
    var replacedMerges = 0
    /// What merges write; nil when they take no time.
    var mergedBytesPerSecond: Int?
    private var busyUntil = Int64.min
    private var merging: CompactionPlan?

    init(random: SplitMix64, kind: SegmentKind = .metric, mergedBytesPerSecond: Int? = nil) {
        self.random = random
        self.kind = kind
        self.mergedBytesPerSecond = mergedBytesPerSecond
    }

    mutating func add(_ bytes: Int, level: UInt8, window: TimeRange, lsns: ClosedRange<UInt64>, weeks: [Int64] = []) {
        let identity = SegmentIdentity(
            uuid: UUID16(high: random.next(), low: random.next()), storeUUID: UUID16(high: 1, low: 1), kind: kind,
            level: level, window: window, isMultiWindow: !weeks.isEmpty, lsnFirst: lsns.lowerBound,
            lsnLast: lsns.upperBound,
            createdNs: now)
        let summary = SegmentSummary(
            identity: identity, firstTimestamp: window.start, lastTimestamp: window.end - 1, rowCount: 1,
            seriesCount: 1, byteCount: bytes, fileCRC: 0)
        live.append(CompactionCandidate(summary: summary, weeks: weeks))
        writtenBytes += bytes
    }

    func window(_ timestamp: Int64, _ width: Int64) -> TimeRange {
        let start = timestamp / width * width
        return TimeRange(start: start, end: start + width)
    }

    mutating func flush(_ bytes: Int) {
        add(bytes, level: 0, window: window(now - 1, 2 * Nanoseconds.perHour), lsns: lsn...lsn)
        flushedBytes += bytes
        lsn += 1
    }

    /// A patch with rows of `weeks` weeks.
    mutating func late(_ bytes: Int, weeks: Int) {
        let starts = Set(
            (0..<weeks).map { _ in
                let age = Int64.random(in: 10...454, using: &random) * Nanoseconds.perDay
                return window(now - age, Nanoseconds.perWeek).start
            }
        ).sorted()
        let range = TimeRange(start: starts[0], end: starts[starts.count - 1] + Nanoseconds.perWeek)
        add(bytes, level: 2, window: range, lsns: lsn...lsn, weeks: starts)
        flushedBytes += bytes
        lsn += 1
    }

    mutating func maintain() {
        let oldest = now - 455 * Nanoseconds.perDay
        if !kind.isState { live.removeAll { $0.summary.lastTimestamp < oldest } }
        let policy = CompactionPolicy(nowNs: now, freeBytes: 1 << 50, oldestNs: oldest)
        while busyUntil <= now {
            if let plan = merging { apply(plan) }
            merging = policy.decide(live)
            guard let plan = merging else { break }
            busyUntil = max(busyUntil, now - Nanoseconds.perMinute) + duration(of: plan)
        }
        most = max(most, live.count)
    }

    private func duration(of plan: CompactionPlan) -> Int64 {
        guard let pace = mergedBytesPerSecond else { return 0 }
        let inputs = live.filter { plan.inputs.contains($0.summary.identity.uuid) }
        let bytes = inputs.reduce(0) { $0 + $1.summary.byteCount }
        return Int64(Double(bytes) / Double(pace) * Double(Nanoseconds.perSecond))
    }

    private mutating func apply(_ plan: CompactionPlan) {
        let inputs = live.filter { plan.inputs.contains($0.summary.identity.uuid) }
        // Some expired meanwhile.
        guard inputs.count == plan.inputs.count else { return }
        live.removeAll { plan.inputs.contains($0.summary.identity.uuid) }
        let lsns = inputs.map(\.summary.identity.lsnFirst).min()!...inputs.map(\.summary.identity.lsnLast).max()!
        let bytes = inputs.reduce(0) { $0 + $1.summary.byteCount }
        switch plan.target {
        case .window(let level, let range): add(bytes, level: level, window: range, lsns: lsns)
        case .patch(let range):
            add(bytes, level: 2, window: range, lsns: lsns, weeks: Set(inputs.flatMap(\.weeks)).sorted())
        case .newest(let range):
            // All of it is still the newest, at worst.
            add(bytes, level: 2, window: range, lsns: lsns, weeks: Set(inputs.flatMap(\.allWeeks)).sorted())
            replacedMerges += 1
        case .weeks(let weeks):
            for week in weeks { add(bytes / weeks.count, level: 2, window: week, lsns: lsns) }
        }
    }
}

extension CompactionCandidate {
    fileprivate var allWeeks: [Int64] {
        weeks.isEmpty ? [summary.identity.window.start / Nanoseconds.perWeek * Nanoseconds.perWeek] : weeks
    }
}

@Suite struct CompactionSoakTests {
    /// The quick run flushes four times a day; with VARVE_SEEDS set it is every two hours, for as many seeds.
    private static let seedCount = getenv("VARVE_SEEDS").flatMap { UInt64(String(cString: $0)) }

    @Test("455 days with late rows: at most 100 segments, and each byte is written at most four times")
    func soak() throws {
        try forEvery("seed", in: 1...(Self.seedCount ?? 1)) { seed in
            let step = Nanoseconds.perHour * (Self.seedCount == nil ? 6 : 2)
            var run = SoakRun(random: SplitMix64(seed: seed))
            let end = run.now + 500 * Nanoseconds.perDay
            while run.now < end {
                run.now += step
                run.flush(Int.random(in: 4_000_000...12_000_000, using: &run.random))
                if Int.random(in: 0..<8, using: &run.random) == 0 {
                    run.late(Int.random(in: 6_000...400_000, using: &run.random), weeks: 20)
                }
                run.maintain()
            }
            let amplification = Double(run.writtenBytes) / Double(run.flushedBytes)
            #expect(run.most <= 100, "\(Trail.here)")
            #expect(amplification <= 4, "\(Trail.here)")
            print("soak seed \(seed): at most \(run.most) segments, write amplification \(amplification)")
        }
    }

    @Test(
        "600 days of rows with several columns: at most 100 segments of a kind, although states never expire",
        arguments: Self.seedCount == nil ? [.trail, .key] : RecordRows.kinds)
    func records(kind: SegmentKind) {
        var run = SoakRun(random: SplitMix64(seed: UInt64(kind.rawValue)), kind: kind)
        let end = run.now + 600 * Nanoseconds.perDay
        while run.now < end {
            run.now += (Self.seedCount == nil ? 24 : 6) * Nanoseconds.perHour
            run.flush(Int.random(in: 20_000...6_000_000, using: &run.random))
            if Int.random(in: 0..<20, using: &run.random) == 0 {
                run.late(Int.random(in: 6_000...400_000, using: &run.random), weeks: 20)
            }
            run.maintain()
        }
        #expect(run.most <= 100)
        #expect((run.replacedMerges > 0) == kind.isState)
        let amplification = Double(run.writtenBytes) / Double(run.flushedBytes)
        #expect(amplification <= 5)
        print("soak of \(kind): at most \(run.most) segments, write amplification \(amplification)")
    }

    /// A flow of values, how long it lasts, and what is expected of it: the figures of Docs/Design/0004-compaction.md
    /// for 15 days, rounded up. In the quick run, and at the highest rate, no week is merged.
    private struct Flow {
        var valuesPerSecond: Int
        var quickHours: Int64
        var hours: Int64
        var segmentsMax: Int
        var timesWrittenMax: Double
    }

    private static let flows = [
        Flow(valuesPerSecond: 10_000, quickHours: 24, hours: 360, segmentsMax: 28, timesWrittenMax: 4.7),
        Flow(valuesPerSecond: 50_000, quickHours: 6, hours: 360, segmentsMax: 36, timesWrittenMax: 4.8),
        Flow(valuesPerSecond: 100_000, quickHours: 3, hours: 360, segmentsMax: 40, timesWrittenMax: 5.5),
        Flow(valuesPerSecond: 500_000, quickHours: 1, hours: 360, segmentsMax: 240, timesWrittenMax: 5.8),
        Flow(valuesPerSecond: 1_000_000, quickHours: 1, hours: 48, segmentsMax: 140, timesWrittenMax: 5.8),
    ]
    /// What a full log of 256 MiB holds, in rows of ten fields: what a flush would write if the limit on buffered
    /// values did not come first (Docs/Design/0004-compaction.md).
    private static let valuesOfFullLog = 29_000_000

    @Test(
        "a steady flow: at 50 000 values/s each byte is written at most 4.8 times, at 500 000 and 1 000 000 5.8 times",
        arguments: [StoreOptions().tailValuesMax, Self.valuesOfFullLog])
    func steady(valuesPerFlush: Int) {
        for flow in Self.flows {
            let rate = flow.valuesPerSecond
            let step = min(Int64(valuesPerFlush) * Nanoseconds.perSecond / Int64(rate), StoreOptions().tailAgeMaxNs)
            // 0.4 bytes a value: what integers take as they are flushed (Docs/Benchmarks.md).
            let bytes = Int(step / 1_000) * rate / 1_000_000 * 2 / 5
            var run = SoakRun(
                random: SplitMix64(seed: 1), mergedBytesPerSecond: StoreOptions().compactionBytesPerSecond)
            let end = run.now + (Self.seedCount == nil ? flow.quickHours : flow.hours) * Nanoseconds.perHour
            var (mostYoung, flushes) = (0, 0)
            while run.now < end {
                run.now += step
                run.flush(bytes)
                run.maintain()
                flushes += 1
                mostYoung = max(mostYoung, run.live.count { $0.summary.identity.level == 0 })
            }
            let amplification = Double(run.writtenBytes) / Double(run.flushedBytes)
            #expect(run.most <= flow.segmentsMax && amplification <= flow.timesWrittenMax, "\(rate) values/s")
            print(
                "steady \(rate) values/s: \(flushes) flushes of \(bytes) bytes, every \(Double(step) / 1e9) s; "
                    + "at most \(run.most) segments, \(mostYoung) of level 0; write amplification \(amplification)")
        }
    }

    @Test("a backfill that touches every week with every flush is written at most eight times")
    func backfill() {
        var run = SoakRun(random: SplitMix64(seed: 1))
        for _ in 0..<300 {
            run.now += Nanoseconds.perMinute
            run.late(8_000_000, weeks: 200)
            run.maintain()
        }
        for _ in 0..<3 {
            run.now += Nanoseconds.perDay
            run.maintain()
        }
        #expect(run.most <= 100)
        let amplification = Double(run.writtenBytes) / Double(run.flushedBytes)
        #expect(amplification <= 8)
        print("backfill: at most \(run.most) segments, write amplification \(amplification)")
    }

    @Test("only what stands together in arrival is merged: of three, never the first and the last")
    func consecutive() {
        var run = SoakRun(random: SplitMix64(seed: 1))
        let day = run.window(run.now, Nanoseconds.perDay)
        let week = run.window(run.now, Nanoseconds.perWeek)
        run.add(1_000_000, level: 0, window: run.window(run.now, 2 * Nanoseconds.perHour), lsns: 1...1)
        // A patch, as a clock that was set back leaves them.
        run.add(1_000, level: 2, window: week, lsns: 2...2, weeks: [week.start])
        run.add(1_000_000, level: 0, window: run.window(run.now, 2 * Nanoseconds.perHour), lsns: 3...3)
        let policy = CompactionPolicy(nowNs: day.end + Nanoseconds.perHour * 3, freeBytes: 1 << 50)
        if let plan = policy.decide(run.live) { #expect(plan.inputs.count == 3) }
        let later = CompactionPolicy(nowNs: week.end + Nanoseconds.perDay, freeBytes: 1 << 50)
        while let plan = later.decide(run.live) {
            let lsns = run.live.filter { plan.inputs.contains($0.summary.identity.uuid) }.map(
                \.summary.identity.lsnFirst)
            #expect(Set(lsns) != [1, 3])
            run.live.removeAll { plan.inputs.contains($0.summary.identity.uuid) }
        }
    }
}
