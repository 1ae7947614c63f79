import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Whole stores of the versions that are written now, one plain and one sealed: a checkpoint and a log of the catalogue
/// with every kind of record, blocks of several series, rollups, retry tokens, and log groups that were not synced when
/// others followed.
@Suite struct StoreDirectoryGoldenTests {
    /// A recorded store.
    enum Golden: String, CaseIterable, CustomTestStringConvertible {
        case plain = "store-v2"
        case sealed = "sealed-v2"

        /// What both hold: lines of metric, host, time and bits.
        static var rowsFile: String { "store-v2.rows" }
        /// Root keys of the sealed one, made for it alone.
        static var keyFile: String { "sealed-v2.keys" }
        var testDescription: String { rawValue }
    }

    private static let metrics = ["a", "b", "c"]

    private func options(_ golden: Golden, keyText: String? = nil) throws -> StoreOptions {
        var options = StoreFixture.options
        options.walFileBytes = 4 << 10
        options.catalogueLogBytesMax = 100
        if golden == .sealed { options.keyProvider = try provider(keyText ?? GoldenFiles.text(Golden.keyFile)) }
        return options
    }

    private func provider(_ text: String) throws -> FileKeyProvider {
        let world = SimulatedWorld(seed: 77)
        try world.fileSystem.createDirectory("/keys")
        try SealedFixture.put(text, at: SealedFixture.path, on: world.fileSystem)
        try world.fileSystem.setPermissions(SealedFixture.path, to: 0o600)
        return try SealedFixture.provider(world)
    }

    // MARK: What is written

    /// A store while it is filled, and what was put in.
    private struct Recorder {
        let world = SimulatedWorld(seed: 2)
        var engine: StoreEngine
        var lines: [String] = []

        init(options: StoreOptions) throws {
            engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        }

        mutating func send(
            _ hosts: Range<Int>, _ fields: [String], at times: [Int64], token: String? = nil,
            durability: Durability = .durable
        ) throws {
            var batch = RowBatch()
            batch.durability = durability
            batch.token = token.map { RetryToken(bytes: Array($0.utf8)) }
            for (index, timestamp) in times.enumerated() {
                for host in hosts {
                    let base = host * 100 + index % 7 * 10
                    let values: [Double] = fields.indices.map { Double(base + $0) / 8 }
                    batch.append(
                        shape: StoreFixture.shape(host: host, fields: fields), timestamp: timestamp, values: values)
                    for (field, value) in zip(fields, values) {
                        lines.append("\(field) h\(host) \(timestamp) \(GoldenFiles.digits(value))")
                    }
                }
            }
            _ = try engine.commit([batch])[0].get()
        }

        /// A source of another kind, which needs a record of its own.
        mutating func sendTrail() throws {
            var batch = RowBatch()
            let shape = RowShape(
                source: SourceKey(namespace: "test", dimensions: [], kind: .trail), fields: [FieldKey(metric: "t")])
            batch.append(shape: shape, timestamp: world.clock.wallNs(), values: [1])
            _ = try engine.commit([batch])[0].get()
        }
    }

    private func times(from start: Int64, count: Int, step: Int64) -> [Int64] {
        (0..<count).map { start + Int64($0) * step }
    }

    private func fill(_ options: StoreOptions) throws -> Recorder {
        var recorder = try Recorder(options: options)
        let start = StoreFixture.nowNs
        let second = Nanoseconds.perSecond
        // Long enough for blocks of its own and a rollup by the hour; the others share blocks.
        recorder.world.clock.advance(byNs: 3 * Nanoseconds.perHour)
        try recorder.send(0..<1, ["a"], at: times(from: start, count: 300, step: 30 * second))
        try recorder.send(1..<12, ["a", "b"], at: times(from: start, count: 4, step: 600 * second))
        try recorder.engine.flush()
        recorder.world.clock.advance(byNs: 24 * Nanoseconds.perHour)
        try recorder.send(3..<6, ["b", "c"], at: [recorder.world.clock.wallNs()])
        try recorder.sendTrail()
        try recorder.engine.flush()
        _ = try recorder.engine.compact()
        try recorder.send(11..<13, ["a", "b"], at: [recorder.world.clock.wallNs()])
        try recorder.engine.flush()
        try recorder.engine.setRetention(days: 400, namespace: "short")
        let now = recorder.world.clock.wallNs()
        try recorder.send(2..<4, ["a", "b"], at: [now + 1], token: "first")
        for round in 2..<5 {
            try recorder.send(2..<3, ["a", "b"], at: [now + Int64(round)], durability: .buffered)
        }
        try recorder.send(20..<21, ["c"], at: [now + 9], token: "second")
        recorder.engine.close()
        return recorder
    }

    /// Only what the newest manifest needs.
    private func record(_ golden: Golden) throws {
        let keyText =
            golden == .sealed
            ? try SealedFixture.text(SealedFixture.path, on: try SealedFixture.makeKeyDisk().fileSystem) : nil
        let recorder = try fill(options(golden, keyText: keyText))
        let disk = recorder.world.fileSystem
        try GoldenFiles.remove(golden.rawValue)
        if let keyText { try GoldenFiles.record(Array(keyText.utf8), as: Golden.keyFile) }
        let newest = try disk.list("/data/manifest").sorted().suffix(1).map { "/data/manifest/" + $0 }
        let checkpoint = try disk.list("/data/catalog").filter { $0.hasSuffix(".idx") }.sorted().last ?? "none"
        let generation = checkpoint.prefix(20)
        for path in disk.allFiles() where path.hasPrefix("/data/") {
            let name = path.dropFirst("/data/".count)
            let isNeeded =
                newest.contains(path) || name.hasPrefix("seg/") || name.hasPrefix("wal/0")
                || name.hasPrefix("catalog/" + generation)
            guard isNeeded else { continue }
            let file = try disk.open(path, .read)
            try GoldenFiles.record(
                try file.read(at: 0, count: try file.byteCount()), as: "\(golden.rawValue)/\(name)")
        }
        let rows = recorder.lines.sorted().map { $0 + "\n" }.joined()
        try GoldenFiles.record(Array(rows.utf8), as: Golden.rowsFile)
    }

    // MARK: What is read

    private func restore(_ golden: Golden, to world: SimulatedWorld) throws {
        for name in ["wal", "seg", "catalog", "tmp", "orphan", "manifest"] {
            try world.fileSystem.createDirectory("/data/\(name)")
        }
        for name in try GoldenFiles.names(under: golden.rawValue) {
            let bytes = try GoldenFiles.bytes("\(golden.rawValue)/\(name)")
            try world.fileSystem.open("/data/\(name)", .createNew).write(bytes, at: 0)
        }
    }

    private func makeWorld(_ golden: Golden) throws -> SimulatedWorld {
        let world = SimulatedWorld(seed: 3)
        world.clock.advance(byNs: 2 * Nanoseconds.perDay)
        try restore(golden, to: world)
        return world
    }

    private func lines(_ engine: StoreEngine) throws -> [String] {
        try Self.metrics.flatMap { metric in
            try StoreFixture.read(engine.snapshot(), metric: metric).map { row in
                let bits = GoldenFiles.digits(Double(bitPattern: row.bits))
                return "\(metric) \(row.host) \(row.timestamp) \(bits)"
            }
        }.sorted()
    }

    private func verify(_ world: SimulatedWorld, _ options: StoreOptions) throws -> [Corruption] {
        try StoreVerifier.verify(
            directory: "/data", fileSystem: world.fileSystem, keyProvider: options.keyProvider
        ).problems
    }

    @Test("a golden store is read as it was written, and goes on as any other", arguments: Golden.allCases)
    func store(golden: Golden) throws {
        if GoldenFiles.isRecording { try record(golden) }
        let options = try options(golden)
        let world = try makeWorld(golden)
        #expect(try verify(world, options).isEmpty)
        var engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil)
        let expected = try GoldenFiles.text(Golden.rowsFile).split(separator: "\n").map(String.init)
        #expect(try lines(engine) == expected)
        #expect(engine.snapshot().metrics(in: .default, namespace: "test", kind: .trail) == ["t"])
        try engine.flush()
        engine.close()
        #expect(try verify(world, options).isEmpty)
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        #expect(try lines(engine) == expected)
        engine.close()
    }

    /// Any byte is as good as another: 12 random ones of each file, with the seed in the message.
    @Test("a flipped bit in a golden store is found, or costs rows that a log may lose", arguments: Golden.allCases)
    func flippedBits(golden: Golden) throws {
        let options = try options(golden)
        let world = try makeWorld(golden)
        let state = world.fileSystem.snapshotState()
        let expected = Set(try GoldenFiles.text(Golden.rowsFile).split(separator: "\n").map(String.init))
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SplitMix64(seed: seed)
        for name in try GoldenFiles.names(under: golden.rawValue) {
            let path = "/data/" + name
            let byteCount = try world.fileSystem.open(path, .read).byteCount()
            for offset in (0..<12).map({ _ in Int.random(in: 0..<byteCount, using: &random) }) {
                world.fileSystem.restore(state)
                try world.fileSystem.flipBit(path, offset: offset, bit: offset % 8)
                let place = "\(name), byte \(offset), seed \(seed)"
                let problems = try verify(world, options)
                if problems.isEmpty {
                    // The end of a log: a torn group that nobody was promised looks the same.
                    #expect(name.hasPrefix("wal/"), "\(place)")
                } else {
                    #expect(problems.contains { $0.path == path && $0.offset <= byteCount }, "\(place): \(problems)")
                }
                do throws(StoreError) {
                    let engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
                    check(engine, expected, isDamaged: !problems.isEmpty, place)
                } catch {
                    // A log of which a part is not promised to be there is opened as far as it goes.
                    #expect(!problems.isEmpty || name.hasPrefix("wal/"), "\(place): \(error)")
                }
            }
        }
    }

    /// Rows may be missing where something is damaged; none may be wrong.
    private func check(_ engine: StoreEngine, _ expected: Set<String>, isDamaged: Bool, _ place: String) {
        var engine = engine
        do {
            #expect(try Set(lines(engine)).isSubset(of: expected), "\(place)")
        } catch {
            #expect(isDamaged, "\(place): \(error)")
        }
        engine.close()
    }
}
