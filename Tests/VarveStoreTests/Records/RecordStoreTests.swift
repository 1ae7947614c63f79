import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Look-ups of rows with several columns in a whole store, and what merges and expiry do to them.
@Suite struct RecordStoreTests {
    private static let day = Nanoseconds.perDay

    @Test("look-ups find what a plain list has, in memory, in any segments, after any merges", arguments: 1...3)
    func model(seed: Int) throws {
        var run = try RecordWorld(seed: UInt64(seed))
        for step in 0..<45 {
            switch Int.random(in: 0..<10, using: &run.random) {
            case 0..<5:
                run.world.clock.advance(byNs: Int64.random(in: 1...30, using: &run.random) * 10 * Nanoseconds.perMinute)
                try run.sendSome(RecordRows.kinds.randomElement(using: &run.random)!)
            case 5, 6: try run.engine.flush()
            case 7:
                run.world.clock.advance(byNs: Int64.random(in: 1...60, using: &run.random) * Nanoseconds.perHour)
            case 8: try run.engine.compact()
            default: try run.reopen()
            }
            if step % 3 == 0 { try run.check("seed \(seed), step \(step)") }
        }
        try run.engine.flush()
        run.world.clock.advance(byNs: 15 * Self.day)
        try run.engine.compact()
        try run.check("seed \(seed), at the end")
        run.engine.close()
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: run.world.fileSystem).problems.isEmpty)
    }

    @Test("a metric with numbers of three kinds reads each as if the others were not there")
    func kindsApart() throws {
        var run = try RecordWorld(seed: 4)
        var batch = RowBatch()
        batch.append(shape: StoreFixture.shape(host: 1), timestamp: run.now, values: [1, 2])
        _ = try run.engine.commit([batch])[0].get()
        let source = StoreFixture.shape(host: 1).source
        var weighted = RecordBatch(.weighted)
        weighted.append(
            shape: RowShape(source: source, fields: [FieldKey(metric: "a")]), timestamp: run.now,
            values: [.floats([3]), .floats([20])])
        _ = try run.engine.commit([.records(weighted)])[0].get()
        for isFlushed in [false, true] {
            if isFlushed { try run.engine.flush() }
            let snapshot = run.engine.snapshot()
            #expect(try StoreFixture.read(snapshot, metric: "a").map(\.bits) == [Double(1).bitPattern])
            let series = snapshot.series(of: source, metric: "a")
            let days = TimeRange(start: 0, end: 40_000 * Nanoseconds.perDay)
            try snapshot.scan(series, in: days, summedWithin: Nanoseconds.perDay) { (_, _) in .next }
            let page = try snapshot.latest(.weighted, of: series)
            #expect(page.columns == [.floats([3]), .floats([20])])
        }
        #expect(run.segmentKinds == [.metric, .weighted])
    }

    @Test("states of keys stay for ever, and replaced ones go: what was 455 days ago is still known")
    func states() throws {
        var run = try RecordWorld(seed: 7)
        let start = run.now
        for month in 0..<26 {
            // Key 0 changes each month, key 1 once, key 2 in the first half.
            var places = [(number: 0, time: run.now)]
            if month == 0 { places.append((1, run.now)) }
            if month < 13 { places.append((2, run.now - Nanoseconds.perHour)) }
            try run.send(.key, places)
            try run.send(.trail, places)
            try run.engine.flush()
            run.world.clock.advance(byNs: 30 * Self.day)
            try run.engine.compact()
            if try run.engine.expire() { try run.engine.compact() }
            try run.check("month \(month)")
        }
        let keys = run.engine.snapshot().segmentSummaries.filter { $0.identity.kind == .key }
        #expect(keys.count <= 20)
        #expect(keys.reduce(0) { $0 + $1.rowCount } < 26 + 1 + 13, "replaced states are gone")
        let trails = run.engine.snapshot().segmentSummaries.filter { $0.identity.kind == .trail }
        #expect(trails.allSatisfy { $0.lastTimestamp >= run.oldest })
        let first = try #require(run.series(.key, 1))
        #expect(try run.engine.snapshot().latest(.key, of: [first]).timestamps == [start])
        try run.reopen()
        #expect(try run.engine.snapshot().latest(.key, of: [first]).timestamps == [start])
    }

    @Test("a namespace with a shorter retention hides its old events at once, and merges remove them")
    func shorterRetention() throws {
        var run = try RecordWorld(seed: 9)
        let old = run.now - 5 * Self.day
        try run.send(.trail, (0..<20).map { ($0 % 3, old + Int64($0)) })
        try run.send(.trail, (0..<20).map { ($0 % 3, old + Int64($0)) }, namespace: "short")
        try run.send(.trail, [(0, run.now)], namespace: "short")
        try run.engine.setRetention([
            NamespaceRetention(scope: .default, namespace: "short", retentionNs: Self.day)
        ])
        for isFlushed in [false, true] {
            if isFlushed { try run.engine.flush() }
            var lookup = RecordLookup(.trail)
            lookup.limit = 100
            let page = try run.engine.snapshot().lookUp(lookup)
            #expect(page.rowCount == 21)
        }
        run.world.clock.advance(byNs: 12 * Self.day)
        try run.send(.trail, [(0, old)])
        try run.engine.flush()
        run.world.clock.advance(byNs: 2 * Self.day)
        try run.engine.compact()
        let kept = run.engine.snapshot().segmentSummaries.filter { $0.identity.window.contains(old) }
        #expect(kept.reduce(0) { $0 + $1.rowCount } == 21)
    }

    @Test("damage in an input of a merge excludes it, and reads around it say what is missing")
    func damage() throws {
        var run = try RecordWorld(seed: 11)
        for _ in 0..<3 {
            run.world.clock.advance(byNs: 4 * Nanoseconds.perHour)
            try run.send(.trail, (0..<40).map { ($0 % 4, run.now - Int64($0)) })
            try run.engine.flush()
        }
        run.engine.close()
        let victim = run.world.fileSystem.segmentFiles()[0]
        let file = try run.world.fileSystem.open("/data/seg/\(victim)", .readWrite)
        var bytes = try file.read(at: 0, count: try file.byteCount())
        let body = try #require(
            (4_096..<(bytes.count - 8)).first {
                bytes[$0...].starts(with: Array("VPAG".utf8)) && bytes[$0 + 4] == SegmentPageType.body.rawValue
            })
        bytes[body + 40] ^= 1
        try file.write(bytes[(body + 40)..<(body + 41)].map { $0 }, at: body + 40)
        try run.reopen()
        run.world.clock.advance(byNs: 30 * Nanoseconds.perHour)
        #expect(throws: StoreError.self) { try run.engine.compact() }
        #expect(run.engine.snapshot().segmentSummaries.count == 3)
        var missing = 0
        var rows = 0
        try run.engine.snapshot().records(.trail, leavingOut: { missing += $0.rowCountMax }) {
            (chunk) throws(StoreError) in
            _ = try chunk.columns(["body"])
            rows += chunk.rowCount
            return .next
        }
        #expect(missing == 40)
        #expect(rows >= 80)
        // Columns outside the damaged page are still there.
        var lookup = RecordLookup(.trail)
        lookup.columns = ["eventId"]
        lookup.limit = 200
        #expect(try run.engine.snapshot().lookUp(lookup).rowCount == 120)
    }
}

extension RecordWorld {
    var segmentKinds: [SegmentKind] {
        engine.snapshot().segmentSummaries.map(\.identity.kind).sorted { $0.rawValue < $1.rawValue }
    }
}
