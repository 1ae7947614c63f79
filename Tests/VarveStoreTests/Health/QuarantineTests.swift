import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Pages that cannot be read.
@Suite struct QuarantineTests {
    private let world = SimulatedWorld(seed: 1)

    /// Two segments of many pages; nothing of them is cached.
    private func open() throws -> StoreEngine {
        var options = StoreFixture.options
        options.pageCacheBytes = 0
        var engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        for day: Int64 in [0, 30] {
            var batch = RowBatch()
            for row in 0..<2_000 {
                let timestamp = StoreFixture.nowNs - day * Nanoseconds.perDay - Int64(row + 1) * 1_000_003
                batch.append(
                    shape: StoreFixture.shape(host: row % 2), timestamp: timestamp, values: [Double(row * row) / 7, 1])
            }
            _ = try engine.commit([batch])[0].get()
        }
        try engine.flush()
        return engine
    }

    private func count(_ engine: StoreEngine, _ range: TimeRange = .all) throws -> Int {
        try StoreFixture.read(engine.snapshot(), metric: "a", range: range).count
    }

    private var lastDay: TimeRange {
        TimeRange(start: StoreFixture.nowNs - Nanoseconds.perDay, end: StoreFixture.nowNs + 1)
    }

    @Test("a read that fails once, or brings other bytes once, is repeated and nobody notices")
    func transient() throws {
        let engine = try open()
        for effect in [Fault.Effect.error(errno: 5), .misdirectedRead(distance: 8)] {
            for call in 1...5 {
                world.fileSystem.inject(Fault(.read, pathContains: ".seg", call: call, effect))
                #expect(try count(engine) == 4_000)
                world.fileSystem.clearFaults()
            }
        }
        #expect(engine.statistics().quarantine.isEmpty)
    }

    @Test("a page that fails twice is remembered with its place; queries that need it fail, others do not")
    func quarantine() throws {
        let engine = try open()
        let path = try #require(engine.snapshot().gapCandidate(in: lastDay))
        world.fileSystem.inject(Fault(.read, pathContains: path, isPermanent: true, .error(errno: 5)))
        #expect(throws: StoreError.self) { try count(engine, lastDay) }
        world.fileSystem.clearFaults()
        // The disk is not asked again.
        do {
            _ = try count(engine, lastDay)
            Issue.record("a page in quarantine was read")
        } catch StoreError.corrupt(let place) {
            #expect(place.path.contains(path) && place.offset >= 4_096 && place.detail.contains("cannot be read"))
        }
        let old = TimeRange(start: 0, end: lastDay.start)
        #expect(try count(engine, old) == 2_000)
        let statistics = engine.statistics()
        #expect(statistics.quarantine.count == 1)
        #expect(statistics.health.status == .warn && statistics.health.findings[0].subject == "quarantine")
    }

    @Test("a lack of descriptors is no damage")
    func descriptors() throws {
        let engine = try open()
        world.fileSystem.inject(Fault(.read, pathContains: ".seg", isPermanent: true, .error(errno: 24)))
        #expect(throws: StoreError.self) { try count(engine) }
        world.fileSystem.clearFaults()
        #expect(try count(engine) == 4_000)
        #expect(engine.statistics().quarantine.isEmpty)
    }

    @Test("a scan that may leave out damage tells what it left out and reads the rest")
    func gaps() throws {
        let engine = try open()
        let path = try #require(engine.snapshot().gapCandidate(in: lastDay))
        world.fileSystem.inject(Fault(.read, pathContains: path, isPermanent: true, .error(errno: 5)))
        let snapshot = engine.snapshot()
        let series = snapshot.series(in: .default, namespace: "test", metric: "a")
        var gaps: [DataGap] = []
        var rowCount = 0
        try snapshot.scan(series, in: .all) {
            gaps.append($0)
        } visit: { (_, chunk) throws(StoreError) in
            rowCount += try chunk.decode().values.count
            return .next
        }
        #expect(rowCount == 2_000)
        #expect(gaps.count == 1 && gaps[0].place.path.contains(path) && gaps[0].rowCountMax == 4_000)
        #expect(gaps.allSatisfy { lastDay.contains($0.range.start) })
    }
}

extension StoreSnapshot {
    /// Name of the file that holds the rows of `range`.
    func gapCandidate(in range: TimeRange) -> String? {
        segmentPaths(in: range).first.map { String($0.split(separator: "/").last!) }
    }
}
