import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Look-ups in a store one of whose segments cannot be opened.
@Suite struct RecordGapTests {
    private static let day = Nanoseconds.perDay

    /// States of two keys, of ten days ago and of one day ago; one of the two segments is gone.
    private func damaged(losingNewer: Bool) throws -> (run: RecordWorld, path: String) {
        var run = try RecordWorld(seed: 1)
        let now = run.now
        for daysAgo: Int64 in [10, 1] {
            try run.send(.key, [(0, now - daysAgo * Self.day), (1, now - daysAgo * Self.day + 1)])
            try run.engine.flush()
        }
        let segments = run.engine.snapshot().segmentSummaries.sorted { $0.firstTimestamp < $1.firstTimestamp }
        #expect(segments.count == 2)
        run.engine.close()
        let path = "/data/seg/" + segments[losingNewer ? 1 : 0].identity.fileName
        try run.world.fileSystem.remove(path)
        try run.reopen()
        return (run, path)
    }

    private func expectGap(_ path: String, _ body: () throws -> RecordPage) {
        #expect {
            _ = try body()
        } throws: { error in
            if case .corrupt(let place)? = error as? StoreError { place.path == path } else { false }
        }
    }

    @Test("a look-up fails when a lost segment may have rows of its page, unless the caller does without")
    func lookUp() throws {
        for order in [RecordLookup.Order.newestFirst, .oldestFirst] {
            let (run, path) = try damaged(losingNewer: order == .newestFirst)
            let snapshot = run.engine.snapshot()
            var lookup = RecordLookup(.key)
            lookup.order = order
            expectGap(path) { try snapshot.lookUp(lookup) }
            var gaps: [DataGap] = []
            #expect(try snapshot.lookUp(lookup) { gaps.append($0) }.rowCount == 2)
            #expect(gaps.map(\.place.path) == [path])
            // What lies elsewhere is not needed.
            lookup.order = order == .newestFirst ? .oldestFirst : .newestFirst
            lookup.limit = 1
            #expect(try snapshot.lookUp(lookup).rowCount == 1)
            lookup.limit = 50
            let days = gaps[0].range
            lookup.range =
                order == .newestFirst
                ? TimeRange(start: .min, end: days.start) : TimeRange(start: days.end, end: .max)
            #expect(try snapshot.lookUp(lookup).rowCount == 2)
            lookup.range = .all
            lookup.kind = .trail
            #expect(try snapshot.lookUp(lookup).rowCount == 0)
        }
    }

    @Test("a scan of rows fails when a lost segment may have some of them, unless the caller does without")
    func scan() throws {
        let (run, path) = try damaged(losingNewer: true)
        let snapshot = run.engine.snapshot()
        var count = 0
        func visit(_ chunk: RecordChunk) -> ScanStep {
            count += chunk.timestamps.count
            return .next
        }
        #expect {
            try snapshot.records(.key) { chunk throws(StoreError) in visit(chunk) }
        } throws: { error in
            if case .corrupt(let place)? = error as? StoreError { place.path == path && count == 0 } else { false }
        }
        var gaps: [DataGap] = []
        try snapshot.records(.key, leavingOut: { gaps.append($0) }) { chunk throws(StoreError) in visit(chunk) }
        #expect(count == 2 && gaps.map(\.place.path) == [path])
        // Elsewhere it is not missed.
        let before = TimeRange(start: .min, end: gaps[0].range.start)
        try snapshot.records(.key, in: before) { chunk throws(StoreError) in visit(chunk) }
        try snapshot.records(.trail) { chunk throws(StoreError) in visit(chunk) }
        #expect(count == 4)
    }

    @Test("the newest state is not answered when a lost segment may have a newer one")
    func latest() throws {
        var (run, path) = try damaged(losingNewer: true)
        var snapshot = run.engine.snapshot()
        let series = [0, 1].compactMap { run.series(.key, $0) }
        #expect(series.count == 2)
        expectGap(path) { try snapshot.latest(.key, of: series) }
        var gaps: [DataGap] = []
        #expect(try snapshot.latest(.key, of: series) { gaps.append($0) }.rowCount == 2)
        #expect(gaps.map(\.place.path) == [path])
        // At a time before those rows they do not matter; nor do older rows, once there are newer ones.
        #expect(try snapshot.latest(.key, of: series, at: run.now - 5 * Self.day).rowCount == 2)
        (run, path) = try damaged(losingNewer: false)
        snapshot = run.engine.snapshot()
        #expect(try snapshot.latest(.key, of: series).rowCount == 2)
        expectGap(path) { try snapshot.latest(.key, of: series, at: run.now - 5 * Self.day) }
    }
}
