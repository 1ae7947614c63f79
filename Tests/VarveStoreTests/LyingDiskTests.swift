import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Disks whose syncs report success and do nothing, and power cuts that show it. Rows may be lost then; but none is
/// invented, doubled or moved to another series, or the store says that it is damaged.
@Suite struct LyingDiskTests {
    private let clock = SimulatedClock()

    private func open(_ fileSystem: SimulatedFileSystem, seed: UInt64) throws -> StoreEngine {
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: clock, random: SeededRandomSource(seed: seed))
        return try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: environment)
    }

    private func lie(_ fileSystem: SimulatedFileSystem, about part: String = "") {
        for operation in [SimulatedOperation.sync, .syncDirectory] {
            fileSystem.inject(Fault(operation, pathContains: part, isPermanent: true, .lyingSync))
        }
    }

    private func cutPower(_ fileSystem: SimulatedFileSystem, _ survival: Survival = .none) {
        fileSystem.clearFaults()
        fileSystem.crash(survival: survival)
    }

    /// Commits rows of one host, which must succeed, with a value each.
    private func commit(
        host: Int, values: [Double], _ durability: Durability = .durable, to engine: inout StoreEngine
    ) throws -> [Observation] {
        var batch = RowBatch()
        batch.durability = durability
        var rows: [Observation] = []
        for value in values {
            let timestamp = StoreFixture.nowNs + Int64(value)
            batch.append(shape: StoreFixture.shape(host: host), timestamp: timestamp, values: [value, value])
            rows.append(Observation(host: "h\(host)", timestamp: timestamp, bits: value.bitPattern))
        }
        _ = try engine.commit([batch])[0].get()
        return rows
    }

    private func rows(_ engine: StoreEngine) throws -> [Observation] {
        try StoreFixture.read(engine.snapshot(), metric: "a")
    }

    // MARK: Names

    @Test("a series never takes the rows of another one that had its number before the lies were found out")
    func numbersOfOtherSeries() throws {
        let fileSystem = SimulatedFileSystem()
        var engine = try open(fileSystem, seed: 1)
        var sent = try commit(host: 0, values: [1], to: &engine)
        try engine.flush()
        // The catalogue gets the next source, but log and manifest do not.
        lie(fileSystem, about: "/wal")
        lie(fileSystem, about: "/manifest")
        _ = try commit(host: 1, values: [2], to: &engine)
        try engine.flush()
        engine.close()
        cutPower(fileSystem)
        // Another source, under the same numbers and with records of the same length: the catalogue loses it.
        engine = try open(fileSystem, seed: 2)
        #expect(try rows(engine) == sent)
        lie(fileSystem, about: "/catalog")
        sent += try commit(host: 2, values: [3], to: &engine)
        try engine.flush()
        engine.close()
        cutPower(fileSystem)
        do {
            #expect(try rows(open(fileSystem, seed: 3)) == sent)
        } catch StoreError.corrupt(let place) {
            #expect(place.path.contains("/catalog/"))
        }
    }

    @Test("a catalogue with fewer series than the manifest counts is damage: their numbers would be given out again")
    func missingSeries() throws {
        let fileSystem = SimulatedFileSystem()
        var engine = try open(fileSystem, seed: 1)
        _ = try commit(host: 0, values: [1], to: &engine)
        try engine.flush()
        engine.close()
        let manifests = ManifestStore(store: "/data", fileSystem: fileSystem)
        var manifest = try #require(try manifests.load()).manifest
        #expect(manifest.counters.nextSeries == 2)
        manifest.generation += 1
        manifest.counters.nextSeries = 3
        try manifests.install(manifest)
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: fileSystem).problems.count == 1)
        do {
            _ = try open(fileSystem, seed: 2)
            Issue.record("opened")
        } catch StoreError.corrupt(let place) {
            #expect(place.path.contains("/catalog/"))
        }
    }

    @Test("what an interrupted flush left in the catalogue stays until manifests have forgotten it, and no longer")
    func catalogueFiles() throws {
        let fileSystem = SimulatedFileSystem()
        var engine = try open(fileSystem, seed: 1)
        var sent = try commit(host: 0, values: [1], to: &engine)
        try engine.flush()
        sent += try commit(host: 1, values: [2], to: &engine)
        // The power goes between the catalogue and the manifest.
        fileSystem.recordCrashStates()
        try engine.flush()
        let states = fileSystem.takeCrashStates()
        #expect(states.count > 5)
        for state in states {
            let fileSystem = SimulatedFileSystem()
            fileSystem.restore(state)
            fileSystem.crash(survival: .all)
            var engine = try open(fileSystem, seed: 2)
            #expect(try rows(engine) == sent)
            var more: [Observation] = []
            for host in 2..<7 {
                more += try commit(host: host, values: [Double(host)], to: &engine)
                try engine.flush()
                engine.close()
                engine = try open(fileSystem, seed: UInt64(host) + 1)
            }
            #expect(try rows(engine) == sent + more)
            engine.close()
            #expect(try fileSystem.list("/data/catalog").count <= 2)
            #expect(try StoreVerifier.verify(directory: "/data", fileSystem: fileSystem).problems.isEmpty)
        }
    }

    // MARK: Groups of the log

    /// Rows in group 2 of a file that also has groups 3 to 6 of 20 rows, which are not known to be durable.
    private func unsyncedGroups(_ durability: Durability) throws -> (SimulatedFileSystem, [[Observation]]) {
        let fileSystem = SimulatedFileSystem()
        var engine = try open(fileSystem, seed: 1)
        var groups = [try commit(host: 0, values: [1], to: &engine)]
        try engine.flush()
        groups.append(try commit(host: 0, values: (100..<120).map { Double($0) }, to: &engine))
        if durability == .durable { lie(fileSystem) }
        for group in 2..<6 {
            let values = (0..<20).map { Double(100 * group + $0) }
            groups.append(try commit(host: 0, values: values, durability, to: &engine))
        }
        return (fileSystem, groups)
    }

    /// A group without new names takes 31 + 28 bytes per row, and up to 7 more: with 41 rows as much as two of 20.
    @Test(
        "groups that a power cut took do not come back behind a later one",
        arguments: [Durability.buffered, .durable], [20, 41])
    func lostGroups(durability: Durability, rowCount: Int) throws {
        let (lost, groups) = try unsyncedGroups(durability)
        let state = lost.snapshotState()
        try forEvery("survivors", in: UInt64(0)..<60) { seed in
            let fileSystem = SimulatedFileSystem()
            fileSystem.restore(state)
            cutPower(fileSystem, .random(seed: seed))
            var engine = try open(fileSystem, seed: 2)
            // Lies may look like damage; a sync that was not asked for cannot.
            #expect(durability == .durable || engine.damage.isEmpty, "\(Trail.here)")
            guard engine.readOnlyReason == nil else { return }
            let recovered = try rows(engine)
            #expect((1...6).contains { groups.prefix($0).flatMap { $0 }.sorted() == recovered }, "\(Trail.here)")
            // Gives up the log file that has the remains of what was lost.
            try engine.flush()
            let new = try commit(host: 0, values: (0..<rowCount).map { Double(10_000 + $0) }, to: &engine)
            engine.close()
            engine = try open(fileSystem, seed: 3)
            #expect(engine.damage.isEmpty && engine.readOnlyReason == nil, "\(Trail.here): \(engine.damage)")
            #expect(try rows(engine) == recovered + new, "\(Trail.here)")
        }
    }

    // MARK: Anything

    /// What one life of a store was sent, numbers and rows with several columns.
    private struct Content {
        var numbers: [Observation] = []
        var records: [Record] = []

        static func + (left: Content, right: Content) -> Content {
            Content(numbers: (left.numbers + right.numbers).sorted(), records: (left.records + right.records).sorted())
        }

        init(numbers: [Observation] = [], records: [Record] = []) {
            self.numbers = numbers
            self.records = records
        }

        init(_ engine: StoreEngine) throws {
            numbers = try StoreFixture.read(engine.snapshot(), metric: "a")
            records = try RecordFixture.read(engine).sorted()
        }

        func isContained(in other: Content) -> Bool {
            Self.counts(numbers).allSatisfy { Self.counts(other.numbers)[$0.key, default: 0] >= $0.value }
                && Self.counts(records).allSatisfy { Self.counts(other.records)[$0.key, default: 0] >= $0.value }
        }

        private static func counts<Row: Hashable>(_ rows: [Row]) -> [Row: Int] {
            rows.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    /// Rows of any kind and any host, old ones among them; flushes, merges, expiry and openings in between.
    private func live(
        _ fileSystem: SimulatedFileSystem, steps: Int, _ random: inout SplitMix64
    ) throws -> Content {
        var sent = Content()
        var engine = try open(fileSystem, seed: random.next())
        for _ in 0..<steps {
            let daysAgo = Bool.random(using: &random) ? Int64.random(in: 0...440, using: &random) : 0
            let time = clock.wallNs() - daysAgo * Nanoseconds.perDay - Int64(random.next() % 1_000_000)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3:
                let host = Int.random(in: 0..<9, using: &random)
                var batch = RowBatch()
                let value = Double(Int.random(in: 0..<1_000, using: &random))
                batch.append(shape: StoreFixture.shape(host: host), timestamp: time, values: [value, 0])
                _ = try engine.commit([batch])[0].get()
                sent.numbers.append(Observation(host: "h\(host)", timestamp: time, bits: value.bitPattern))
            case 3..<6:
                let kind = RecordFixture.kinds.randomElement(using: &random)!
                let (batch, rows) = RecordFixture.batch(kind, times: [time], hosts: 9, &random)
                _ = try engine.commit([.records(batch)])[0].get()
                sent.records += rows
            case 6, 7: try engine.flush()
            case 8:
                clock.advance(byNs: Int64.random(in: 0...30, using: &random) * Nanoseconds.perDay)
                do throws(StoreError) {
                    _ = try engine.expire()
                    try engine.compact()
                } catch {
                    // Segments that lies have emptied are found by whoever reads them.
                    guard case .corrupt = error else { throw error }
                }
            default:
                engine.close()
                engine = try open(fileSystem, seed: random.next())
            }
        }
        engine.close()
        return sent
    }

    @Test("rows that had expired are back, once, when the manifest that let them go was lost")
    func expired() throws {
        let fileSystem = SimulatedFileSystem()
        var engine = try open(fileSystem, seed: 1)
        var random = SplitMix64(seed: 1)
        var sent = Content()
        for daysAgo in [Int64(413), 0] {
            let time = clock.wallNs() - daysAgo * Nanoseconds.perDay
            var batch = RowBatch()
            batch.append(shape: StoreFixture.shape(host: 0), timestamp: time, values: [1, 2])
            let (records, rows) = RecordFixture.batch(.weighted, times: [time], hosts: 1, &random)
            for result in engine.commit([.rows(batch), .records(records)]) { _ = try result.get() }
            sent.numbers.append(Observation(host: "h0", timestamp: time, bits: 1.0.bitPattern))
            sent.records += rows
        }
        try engine.flush()
        lie(fileSystem)
        // Less than a tenth of the retention, which is a clock that is believed.
        clock.advance(byNs: 44 * Nanoseconds.perDay)
        #expect(try engine.expire())
        try engine.compact()
        engine.close()
        engine = try open(fileSystem, seed: 2)
        #expect(try Content(engine).numbers.count == 1 && Content(engine).records.count == 1)
        engine.close()
        cutPower(fileSystem)
        engine = try open(fileSystem, seed: 3)
        let found = try Content(engine)
        #expect(found.numbers == sent.numbers.sorted() && found.records == sent.records.sorted())
        #expect(engine.damage.isEmpty)
        #expect(try engine.expire())
        #expect(try Content(engine).numbers.count == 1 && Content(engine).records.count == 1)
        engine.close()
    }

    @Test("two lying lives of a store invent, double and move no row", arguments: UInt64(0)..<40)
    func twoLives(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let fileSystem = SimulatedFileSystem()
        var sent = try live(fileSystem, steps: 8, &random)
        for _ in 0..<2 {
            lie(fileSystem, about: ["", "/wal", "/catalog", "/manifest"].randomElement(using: &random)!)
            sent = try sent + live(fileSystem, steps: 12, &random)
            cutPower(fileSystem, [.none, .names, .random(seed: random.next())].randomElement(using: &random)!)
            // An error is an answer: the damage was noticed.
            guard var engine = try? open(fileSystem, seed: random.next()) else { return }
            defer { engine.close() }
            guard let found = try? Content(engine) else { return }
            #expect(found.isContained(in: sent), "seed \(seed): \(found) from \(sent)")
            guard engine.damage.isEmpty, engine.readOnlyReason == nil else { return }
            sent = found
        }
    }
}
