import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// What people and disks do to the files that hold a store together, and what the store says then.
@Suite struct DamageTests {
    private let world = SimulatedWorld(seed: 1)
    private var disk: SimulatedFileSystem { world.fileSystem }

    private func open(_ change: (inout StoreOptions) -> Void = { _ in }) throws -> StoreEngine {
        var options = StoreFixture.options
        change(&options)
        return try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    private func batch(_ number: Int, rows: Int = 1) -> RowBatch {
        var batch = RowBatch()
        for row in 0..<rows {
            let timestamp = StoreFixture.nowNs + Int64(number * 1_000 + row)
            batch.append(
                shape: StoreFixture.shape(host: number % 3), timestamp: timestamp, values: [Double(number), 1])
        }
        return batch
    }

    private func verify() throws -> [String] {
        try StoreVerifier.verify(directory: "/data", fileSystem: disk).problems.map { "\($0)" }
    }

    private func rows(_ engine: StoreEngine) throws -> Int {
        try StoreFixture.read(engine.snapshot(), metric: "a").count
    }

    private func logs() throws -> [String] { try disk.list("/data/wal").filter { $0.hasSuffix(".log") } }

    @Test("a deleted newest log file is noticed, whether or not it is the only one", arguments: [1, 40])
    func deletedLog(batches: Int) throws {
        var engine = try open()
        _ = engine.commit([batch(0)])
        try engine.flush()
        for number in 0..<batches { _ = engine.commit([batch(number, rows: 20)]) }
        engine.tend()
        engine.close()
        let newest = try #require(try logs().last)
        #expect(try logs().count > 1 || batches == 1)
        try disk.remove("/data/wal/\(newest)")

        #expect(try verify().count { $0.contains(newest) && $0.contains("missing") } == 1)
        engine = try open()
        #expect(engine.readOnlyReason?.contains(newest) == true)
        #expect(engine.damage.map(\.path) == ["/data/wal/\(newest)"])
        engine.close()
        engine = try open { $0.acceptsLoss = true }
        _ = try engine.commit([batch(7)])[0].get()
        try engine.flush()
        engine.close()
        engine = try open()
        #expect(engine.readOnlyReason == nil && engine.damage.isEmpty)
        engine.close()
        #expect(try verify() == [])
    }

    @Test("log files that a flush gave up are not missed, at any moment of many rounds")
    func releasedLogs() throws {
        var engine = try open()
        var random = SplitMix64(seed: 3)
        for round in 0..<60 {
            _ = engine.commit([batch(round, rows: Int(random.next() % 40) + 1)])
            if random.next() % 2 == 0 { engine.tend() }
            if random.next() % 4 == 0 { try engine.flush() }
            if random.next() % 3 == 0 {
                engine.close()
                engine = try open()
                #expect(engine.damage.isEmpty && engine.readOnlyReason == nil, "round \(round)")
            }
        }
    }

    @Test("a missing manifest is damage for verify and for opening, not an absent store", arguments: [true, false])
    func lostManifest(isDirectoryGone: Bool) throws {
        var engine = try open()
        _ = engine.commit([batch(0)])
        try engine.flush()
        engine.close()
        for name in try disk.list("/data/manifest") { try disk.remove("/data/manifest/\(name)") }
        if isDirectoryGone { try disk.remove("/data/manifest") }
        let problems = try verify()
        #expect(problems.count == 1 && problems[0].contains("no manifest") && problems[0].contains("snapshot"))
        for creates in [true, false] {
            #expect { _ = try open { $0.createIfMissing = creates } } throws: { error in
                if case .corrupt(let place)? = error as? StoreError { place.path == "/data/manifest" } else { false }
            }
        }
    }

    @Test("verify needs no lock file")
    func lostLock() throws {
        var engine = try open()
        _ = engine.commit([batch(0)])
        engine.close()
        try disk.remove("/data/LOCK")
        #expect(try verify() == [])
        try disk.createDirectory("/empty")
        #expect(throws: StoreError.notAStore(directory: "/empty")) {
            try StoreVerifier.verify(directory: "/empty", fileSystem: disk)
        }
    }

    @Test("a damaged newest manifest is named alone, and can be given up")
    func damagedManifest() throws {
        var engine = try open()
        for round in 0..<4 {
            for number in 0..<30 { _ = engine.commit([batch(round * 30 + number, rows: 10)]) }
            try engine.flush()
        }
        _ = engine.commit([batch(0)])
        engine.close()
        let newest = try #require(try disk.list("/data/manifest").last)
        try disk.flipBit("/data/manifest/\(newest)", offset: 40, bit: 3)

        let problems = try verify()
        #expect(problems.count <= 2, "\(problems)")
        #expect(problems[0].contains(newest) && problems[0].contains("--accept-loss"))
        engine = try open()
        #expect(engine.damage.count <= 2, "\(engine.damage)")
        #expect(engine.readOnlyReason?.contains(newest) == true)
        #expect(try rows(engine) >= 900)
        engine.close()

        engine = try open { $0.acceptsLoss = true }
        #expect(engine.readOnlyReason == nil)
        let kept = try rows(engine)
        _ = try engine.commit([batch(1)])[0].get()
        try engine.flush()
        engine.close()
        engine = try open()
        #expect(engine.readOnlyReason == nil && engine.damage.isEmpty)
        #expect(try rows(engine) == kept + 1)
    }

    @Test("a cut or missing catalogue says what helps", arguments: [true, false])
    func catalogue(isMissing: Bool) throws {
        var engine = try open()
        _ = engine.commit([batch(0)])
        try engine.flush()
        engine.close()
        let path = "/data/catalog/\(try #require(try disk.list("/data/catalog").first))"
        if isMissing { try disk.remove(path) } else { try disk.open(path, .readWrite).truncate(70) }
        #expect(try verify().contains { $0.contains(path) && $0.contains("snapshot") })
        #expect { _ = try open() } throws: { error in
            "\(error)".contains(path) && "\(error)".contains("restore it from a snapshot")
        }
    }

    @Test("an unreadable segment says how many rows are missing")
    func missingRows() throws {
        var engine = try open()
        _ = engine.commit([batch(0, rows: 30)])
        try engine.flush()
        engine.close()
        try disk.remove("/data/seg/\(try #require(try disk.list("/data/seg").first))")
        let store = try Store.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        let statistics = store.statistics()
        #expect(statistics.missingRowCount == 60)
        #expect(statistics.health.status == .warn)
        #expect(statistics.health.findings.map(\.subject) == ["damage"])
        #expect(statistics.health.findings[0].text.contains("60 rows are missing"))
        #expect(store.snapshot().gaps(in: .all).map(\.rowCountMax) == [60])
        #expect(store.snapshot().gaps(in: TimeRange(start: 0, end: 1)).isEmpty)
        store.close()
    }

    @Test("the lock file names the process and the store")
    func lockText() throws {
        let engine = try open()
        let file = try disk.open("/data/LOCK", .read)
        let text = String(decoding: try file.read(at: 0, count: try file.byteCount()), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("pid ") && lines[1].hasPrefix("store "))
        do {
            _ = try open()
            Issue.record("a second opening is refused")
        } catch {
            #expect("\(error)".contains("process \(lines[0].dropFirst(4))"))
        }
        _ = engine.readOnlyReason
    }
}
