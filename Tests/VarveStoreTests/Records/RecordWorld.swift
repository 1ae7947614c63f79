import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A store whose clock a test moves, with rows of all kinds with several columns, and a plain list of them.
struct RecordWorld {
    let world: SimulatedWorld
    var engine: StoreEngine
    var random: SplitMix64
    private(set) var rows: [SegmentKind: RecordRows] = [:]

    static let retentionNs = 455 * Nanoseconds.perDay

    init(seed: UInt64, options: StoreOptions = StoreFixture.options) throws {
        world = SimulatedWorld(seed: seed)
        random = SplitMix64(seed: seed)
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    var now: Int64 { world.clock.wallNs() }
    var oldest: Int64 { now - Self.retentionNs }

    mutating func reopen() throws {
        engine.close()
        engine = try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
    }

    static func shape(_ kind: SegmentKind, _ number: Int, namespace: String = "test") -> RowShape {
        let name = kind.seriesKind == .metric ? "latency-\(kind)" : "\(kind)"
        return RowShape(
            source: SourceKey(
                namespace: namespace, dimensions: [Dimension(name: "id", value: "i\(number)")], kind: kind.seriesKind),
            fields: [FieldKey(metric: name)])
    }

    func series(_ kind: SegmentKind, _ number: Int, namespace: String = "test") -> SeriesID? {
        let shape = Self.shape(kind, number, namespace: namespace)
        return engine.snapshot().series(of: shape.source, metric: shape.fields[0].metric).first
    }

    /// Commits one row for each pair of series number and time.
    mutating func send(_ kind: SegmentKind, _ places: [(number: Int, time: Int64)], namespace: String = "test") throws {
        var batch = RecordBatch(kind)
        var values: [[SegmentColumnValues]] = []
        for place in places {
            values.append(RecordRows.values(kind, using: &random))
            batch.append(
                shape: Self.shape(kind, place.number, namespace: namespace), timestamp: place.time,
                values: values[values.count - 1])
        }
        _ = try engine.commit([.records(batch)])[0].get()
        var known = rows[kind] ?? RecordRows(kind)
        for (place, values) in zip(places, values) {
            guard let series = series(kind, place.number, namespace: namespace) else {
                preconditionFailure("a committed row has a series")
            }
            known.append(series, place.time, values)
        }
        rows[kind] = known
    }

    /// Random rows of one kind around now, some of them late, some at equal times.
    mutating func sendSome(_ kind: SegmentKind, spread: Int64 = 40 * Nanoseconds.perDay) throws {
        let count = Int.random(in: 1...12, using: &random)
        let start = now
        var places: [(Int, Int64)] = []
        for _ in 0..<count {
            let isLate = Int.random(in: 0..<5, using: &random) == 0
            let age = Int64.random(in: 0...(isLate ? spread : Nanoseconds.perHour), using: &random)
            // Whole minutes: many rows at equal times.
            places.append((Int.random(in: 0..<9, using: &random), (start - age) / 60_000_000_000 * 60_000_000_000))
        }
        try send(kind, places)
    }

    // MARK: Comparing

    /// Everything that is kept, look-ups in pages, and the newest states.
    mutating func check(_ what: String) throws {
        let snapshot = engine.snapshot()
        for (kind, rows) in rows.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let kept = TimeRange(start: oldest, end: .max)
            var found = RecordRows(kind)
            try snapshot.records(kind, in: kept) { (chunk) throws(StoreError) in
                let columns = try chunk.columns()
                for row in 0..<chunk.rowCount {
                    found.append(chunk.series, chunk.timestamps[row], columns.map { $0.gather([row]) })
                }
                return .next
            }
            #expect(
                found.page(found.find(nil, in: .all, where: [])) == rows.page(rows.find(nil, in: kept, where: [])),
                "\(what): \(kind)")
            for _ in 0..<3 { try checkPages(kind, rows, snapshot, what) }
            try checkLatest(kind, rows, snapshot, what)
        }
    }

    private mutating func checkPages(
        _ kind: SegmentKind, _ rows: RecordRows, _ snapshot: StoreSnapshot, _ what: String
    ) throws {
        var lookup = RecordLookup(kind)
        let all = Set(rows.series).sorted()
        var random = random
        lookup.series = Bool.random(using: &random) ? nil : all.filter { _ in Bool.random(using: &random) }
        let start = now - Int64.random(in: 0...(60 * Nanoseconds.perDay), using: &random)
        lookup.range =
            Bool.random(using: &random) ? TimeRange(start: oldest, end: .max) : TimeRange(start: start, end: now)
        lookup.predicates = Bool.random(using: &random) ? [] : [rows.predicate(using: &random)].compactMap { $0 }
        lookup.order = Bool.random(using: &random) ? .newestFirst : .oldestFirst
        lookup.limit = Int.random(in: 1...40, using: &random)
        self.random = random
        var expected = rows.find(lookup.series, in: lookup.range, where: lookup.predicates)
        if lookup.order == .newestFirst { expected.reverse() }
        var found = 0
        // One page more than the first is enough for many rows: all of them would take a test's time.
        for _ in 0..<(expected.count / lookup.limit < 4 ? 5 : 2) {
            let page = try snapshot.lookUp(lookup)
            let positions = Array(expected.dropFirst(found).prefix(lookup.limit))
            var plain = rows.page(positions)
            plain.next = page.next
            #expect(page == plain, "\(what): \(kind), \(lookup)")
            found += page.rowCount
            #expect((page.next == nil) == (found >= expected.count), "\(what): \(kind), \(lookup)")
            guard let next = page.next else { return }
            lookup.after = next
        }
    }

    private mutating func checkLatest(
        _ kind: SegmentKind, _ rows: RecordRows, _ snapshot: StoreSnapshot, _ what: String
    ) throws {
        let time = Bool.random(using: &random) ? Int64.max : Int64.random(in: oldest...now, using: &random)
        let wanted = Set(rows.series).sorted().filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
        var positions: [Int] = []
        for series in wanted {
            let known = rows.find([series], in: .all, where: []).filter { rows.timestamps[$0] <= time }
            // What has expired of other kinds may be there or not.
            guard let last = known.last, kind.isState || rows.timestamps[last] >= oldest else { continue }
            positions.append(last)
        }
        var found = try snapshot.latest(kind, of: wanted, at: time)
        if !kind.isState {
            let kept = found.timestamps.indices.filter { found.timestamps[$0] >= oldest }
            found = RecordPage(
                series: kept.map { found.series[$0] }, timestamps: kept.map { found.timestamps[$0] },
                columns: found.columns.map { $0.gather(kept) })
        }
        #expect(found == rows.page(positions), "\(what): latest of \(kind) at \(time)")
    }
}
