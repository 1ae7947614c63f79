import Testing
import VarveBytes
import VarveCrypto
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Stores whose new files are encrypted.
@Suite struct SealedStoreTests {
    private let world = SimulatedWorld(seed: 1)
    private let keyDisk: SimulatedWorld
    private let keys: FileKeyProvider
    private var disk: SimulatedFileSystem { world.fileSystem }

    init() throws {
        keyDisk = try SealedFixture.makeKeyDisk()
        keys = try SealedFixture.provider(keyDisk)
    }

    private func open(_ provider: (any KeyProvider)?) throws -> StoreEngine {
        try StoreEngine.open(at: "/data", options: SealedFixture.options(provider), environment: world.environment)
    }

    private func batch(_ number: Int, daysAgo: Int64 = 0, rows: Int = 1) -> RowBatch {
        var batch = RowBatch()
        for row in 0..<rows {
            let timestamp = world.clock.wallNs() - daysAgo * Nanoseconds.perDay + Int64(row)
            batch.append(
                shape: StoreFixture.shape(host: number % 2), timestamp: timestamp, values: [Double(number), 0.5])
        }
        return batch
    }

    private func commit(_ numbers: Range<Int>, to engine: inout StoreEngine) throws {
        for number in numbers { _ = try engine.commit([batch(number)])[0].get() }
    }

    private func numbers(_ engine: StoreEngine) throws -> [Int] {
        try StoreFixture.read(engine.snapshot(), metric: "a").map { Int(Double(bitPattern: $0.bits)) }.sorted()
    }

    private func manifest() throws -> Manifest {
        try #require(try ManifestStore(store: "/data", fileSystem: disk).load()).manifest
    }

    private func error(_ body: () throws -> Void) -> StoreError? {
        do {
            try body()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    private func verify(_ provider: (any KeyProvider)?) throws -> StoreVerifier.Report {
        try StoreVerifier.verify(directory: "/data", fileSystem: disk, keyProvider: provider)
    }

    private func logHeaders() throws -> [WALFileHeader] {
        try disk.list("/data/wal").filter { $0.hasSuffix(".log") }.map { name in
            try WALReader(path: "/data/wal/" + name, fileSystem: disk, checksumsOnly: true).header
        }
    }

    // MARK: Crashes

    @Test("a power cut at any I/O call of a sealed store loses nothing acknowledged and doubles nothing")
    func powerCuts() throws {
        var suite = StoreCrashTests()
        suite.options.keyProvider = keys
        try suite.powerCuts(seed: 5)
    }

    @Test("a power cut takes from a sealed store at most what was not synced")
    func bufferedPowerCuts() throws {
        var suite = BufferedDurabilityTests()
        suite.keyProvider = keys
        try suite.powerCuts(seed: 5)
        try suite.failingCalls()
    }

    @Test("any single failing I/O call of a sealed store loses nothing acknowledged and doubles nothing")
    func failingCalls() throws {
        var suite = StoreCrashTests()
        suite.options.keyProvider = keys
        try suite.failingCalls()
    }

    @Test("a sealed store behaves as a list of rows does, whatever happens to it", arguments: [UInt64](101...106))
    func model(seed: UInt64) throws {
        var run = try StoreModelRun(seed: seed, options: SealedFixture.options(keys))
        do {
            for _ in 0..<30 where run.problem == nil { try run.step() }
        } catch {
            run.problem = run.problem ?? "\(error)"
        }
        if let problem = run.problem {
            Issue.record("seed \(seed): \(problem)\nafter: \(run.history.joined(separator: ", "))")
        }
    }

    // MARK: What shows

    @Test("no name and no value of a sealed store shows in its logs and segments, not even in what was deleted")
    func noPlaintext() throws {
        let mark = Double(bitPattern: 0x4123_4567_89ab_cdef)
        let valueBytes = withUnsafeBytes(of: mark.bitPattern.littleEndian) { Array($0) }
        for provider in [nil, keys] as [FileKeyProvider?] {
            let world = SimulatedWorld(seed: 2)
            let options = SealedFixture.options(provider)
            var engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
            for number in 0..<6 {
                var batch = RowBatch()
                let shape = StoreFixture.shape(host: number, fields: ["MARKERFIELD"], namespace: "MARKERSPACE")
                batch.append(shape: shape, timestamp: StoreFixture.nowNs, values: [mark])
                _ = try engine.commit([batch])[0].get()
                if number == 3 { try engine.flush() }
            }
            let isPlain = provider == nil
            #expect(world.fileSystem.holds(valueBytes) == isPlain)
            for name in try world.fileSystem.list("/data/wal") {
                let text = try SealedFixture.text("/data/wal/" + name, on: world.fileSystem)
                #expect(text.contains("MARKER") == isPlain, "\(name)")
            }
            engine.close()
        }
    }

    @Test("a power cut in the middle leaves no value in plain text either")
    func noPlaintextAfterCuts() throws {
        let mark = Double(bitPattern: 0x4123_4567_89ab_cdef)
        let valueBytes = withUnsafeBytes(of: mark.bitPattern.littleEndian) { Array($0) }
        try CrashEnumerator(seed: 8, randomSurvivalCount: 1).run(record: 0) { fileSystem, _ in
            let environment = SystemEnvironment(
                fileSystem: fileSystem, clock: world.clock, random: SeededRandomSource(seed: 5))
            var engine = try StoreEngine.open(
                at: "/data", options: SealedFixture.options(keys), environment: environment)
            for _ in 0..<2 {
                var batch = RowBatch()
                batch.append(shape: StoreFixture.shape(host: 1), timestamp: StoreFixture.nowNs, values: [mark, mark])
                _ = engine.commit([batch])
                try engine.flush()
            }
        } check: { fileSystem, _, point in
            #expect(!fileSystem.holds(valueBytes), "\(point)")
        }
    }

    // MARK: Keys

    @Test("without keys, or with those of another store, a sealed store does not open and says which key it lacks")
    func missingKeys() throws {
        var engine = try open(keys)
        try commit(0..<2, to: &engine)
        let others = try SealedFixture.provider(try SealedFixture.makeKeyDisk(seed: 12))
        // First with a sealed log only, then with a sealed segment.
        for _ in 0..<2 {
            engine.close()
            guard case .sealed(_, .noProvider(keys.keyIDs[0]))? = error({ _ = try open(nil) }),
                case .sealed(_, .unknownKey(keys.keyIDs[0]))? = error({ _ = try open(others) })
            else {
                Issue.record("opened, or another error: \(error { _ = try open(nil) } as Any)")
                return
            }
            engine = try open(keys)
            #expect(try numbers(engine) == [0, 1])
            try engine.flush()
        }
    }

    @Test("a store that becomes sealed keeps its plain files readable and counts both")
    func turningOn() throws {
        var engine = try open(nil)
        try commit(0..<2, to: &engine)
        try engine.flush()
        try commit(2..<4, to: &engine)
        engine.close()
        engine = try open(keys)
        try commit(4..<6, to: &engine)
        #expect(try numbers(engine) == Array(0..<6))
        try engine.flush()
        try commit(6..<7, to: &engine)
        #expect(try numbers(engine) == Array(0..<7))
        let statistics = engine.statistics()
        #expect(statistics.segmentCount == 2 && statistics.sealedSegmentCount == 1)
        engine.close()
        let report = try verify(keys)
        #expect(report.problems.isEmpty && report.segmentCount == 2 && report.sealedSegmentCount == 1)
        #expect(report.sampleCount == 14)
        let locked = try verify(nil)
        #expect(locked.problems.isEmpty && locked.sealedSegmentCount == 1)
        #expect(locked.notes.contains { $0.contains("2 encrypted files") }, "\(locked.notes)")
    }

    @Test("every log file has a data key of its own: after a restart, a rotation, a reuse and a failed sync")
    func logKeys() throws {
        var prefixes: Set<UInt32> = []
        var wraps: Set<[UInt8]> = []
        var paths: Set<UInt64> = []
        func look() throws {
            for header in try logHeaders() where paths.insert(header.firstLSN).inserted {
                let section = try #require(header.keySection)
                #expect(prefixes.insert(section.noncePrefix).inserted, "nonce constant of \(header.firstLSN) repeats")
                #expect(wraps.insert(section.wrapped).inserted)
            }
        }
        var engine = try open(keys)
        for round in 0..<4 {
            try commit((3 * round)..<(3 * round + 3), to: &engine)
            try look()
            if round == 1 { disk.inject(Fault(.sync, pathContains: "/wal/", .error(errno: 5))) }
            try commit(20..<21, to: &engine)
            disk.clearFaults()
            try look()
            if round == 2 {
                engine.close()
                engine = try open(keys)
            } else {
                try engine.flush()
            }
        }
        #expect(paths.count >= 5)
        #expect(try numbers(engine) == (Array(0..<12) + [20, 20, 20, 20]).sorted())
    }

    @Test("when a new data key cannot be wrapped nothing is written, and it goes on when it can be again")
    func providerAway() throws {
        let provider = UnreliableProvider(keys)
        var engine = try open(provider)
        let away = SealError.unavailable(keyID: "k", reason: "no answer")
        provider.mood = .failing(away)
        guard case .failure(.sealed(_, away)) = engine.commit([batch(1)])[0] else {
            Issue.record("a commit without a key")
            return
        }
        #expect(try disk.list("/data/wal").isEmpty)
        provider.mood = .honest
        try commit(1..<2, to: &engine)
        provider.mood = .failing(away)
        #expect(throws: StoreError.self) { try engine.flush() }
        #expect(try disk.list("/data/seg").isEmpty && disk.list("/data/tmp").isEmpty)
        provider.mood = .honest
        try engine.flush()
        #expect(try numbers(engine) == [1])
    }

    @Test("a destroyed key takes its segments with it and nothing else")
    func destroyedKey() throws {
        var engine = try open(nil)
        try commit(0..<2, to: &engine)
        try engine.flush()
        engine.close()
        engine = try open(keys)
        try commit(2..<4, to: &engine)
        try engine.flush()
        engine.close()
        for name in try disk.list("/data/wal") { try disk.remove("/data/wal/" + name) }
        let provider = UnreliableProvider(keys)
        provider.mood = .failing(.destroyedKey(keyID: keys.keyIDs[0]))
        engine = try open(provider)
        #expect(try numbers(engine) == [0, 1])
        #expect(engine.damage.count == 1 && engine.damage[0].detail.contains("destroyed"))
    }

    @Test("a merge of plain and sealed segments is sealed, and the keys of its inputs are destroyed")
    func compaction() throws {
        var engine = try open(nil)
        try commit(0..<2, to: &engine)
        try engine.flush()
        engine.close()
        engine = try open(keys)
        for number in 2..<10 {
            try commit(number..<(number + 1), to: &engine)
            try engine.flush()
        }
        let wraps = try manifest().segments.compactMap(\.wrappedKey)
        world.clock.advance(byNs: 3 * Nanoseconds.perDay)
        #expect(try engine.compact() > 0)
        #expect(try numbers(engine) == Array(0..<10))
        let statistics = engine.statistics()
        #expect(statistics.segmentCount == 1 && statistics.sealedSegmentCount == 1)
        #expect(wraps.count == 8 && !wraps.contains { disk.holds($0.bytes) })
        engine.close()
        #expect(try verify(keys).problems.isEmpty)
        #expect(try numbers(try open(keys)) == Array(0..<10))
    }

    // MARK: Destroying

    @Test("when a segment expires its wrapped key is on no place of the disk any more")
    func expiryDestroysKeys() throws {
        var engine = try open(keys)
        for days: Int64 in [450, 1] {
            _ = engine.commit([batch(1, daysAgo: days)])
            try engine.flush()
        }
        let old = try #require(try manifest().segments.min { $0.lastTimestamp < $1.lastTimestamp })
        let wrapped = try #require(old.wrappedKey)
        #expect(disk.holds(wrapped.bytes))
        world.clock.advance(byNs: 15 * Nanoseconds.perDay)
        #expect(try engine.expire())
        #expect(!disk.holds(wrapped.bytes))
        #expect(try manifest().segments.count == 1)
        disk.crash(survival: .none)
        #expect(!disk.holds(wrapped.bytes))
        #expect(try numbers(try open(keys)) == [1])
    }

    @Test("after a rotation an opening wraps all keys anew without writing data; old keys are then needless")
    func rotation() throws {
        var engine = try open(keys)
        try commit(0..<2, to: &engine)
        try engine.flush()
        try commit(2..<3, to: &engine)
        engine.close()
        let name = try #require(try disk.list("/data/seg").first)
        let content = try Segments.bytes("/data/seg/" + name, on: disk)
        let before = try #require(try manifest().segments[0].wrappedKey)

        let rotated = try FileKeyProvider.rotate(SealedFixture.path, environment: keyDisk.environment)
        engine = try open(rotated)
        let after = try #require(try manifest().segments[0].wrappedKey)
        #expect(before.keyID == rotated.keyIDs[0] && after.keyID == rotated.keyIDs[1])
        #expect(!disk.holds(before.bytes))
        #expect(try Segments.bytes("/data/seg/" + name, on: disk) == content)
        #expect(try numbers(engine) == [0, 1, 2])
        try engine.flush()
        engine.close()
        #expect(try verify(rotated).problems.isEmpty)

        var lines = try SealedFixture.text(SealedFixture.path, on: keyDisk.fileSystem).split(separator: "\n")
        lines.remove(at: 1)
        try SealedFixture.put(
            lines.joined(separator: "\n") + "\n", at: SealedFixture.path, on: keyDisk.fileSystem)
        engine = try open(try SealedFixture.provider(keyDisk))
        #expect(try numbers(engine) == [0, 1, 2])
        #expect(engine.damage.isEmpty)
    }

    @Test("a power cut while keys are wrapped anew leaves every segment readable")
    func rotationCuts() throws {
        var engine = try open(keys)
        for number in 0..<2 {
            try commit(number..<(number + 1), to: &engine)
            try engine.flush()
        }
        engine.close()
        let rotated = try FileKeyProvider.rotate(SealedFixture.path, environment: keyDisk.environment)
        disk.crash(survival: .all)
        let state = disk.snapshotState()
        func reopen(_ fileSystem: SimulatedFileSystem, seed: UInt64) throws -> StoreEngine {
            let environment = SystemEnvironment(
                fileSystem: fileSystem, clock: world.clock, random: SeededRandomSource(seed: seed))
            return try StoreEngine.open(
                at: "/data", options: SealedFixture.options(rotated), environment: environment)
        }
        try CrashEnumerator(seed: 6).run(record: 0) {
            $0.restore(state)
        } workload: { fileSystem, _ in
            _ = try reopen(fileSystem, seed: 50)
        } check: { fileSystem, _, point in
            let engine = try reopen(fileSystem, seed: 51)
            #expect(try numbers(engine) == [0, 1] && engine.damage.isEmpty, "\(point)")
        }
    }

    // MARK: The log

    @Test("a forged group with its checksum recomputed is refused and named")
    func forgedGroup() throws {
        var engine = try open(keys)
        try commit(0..<2, to: &engine)
        engine.close()
        let path = "/data/wal/00000000000000000001.log"
        var reader = try WALReader(path: path, fileSystem: disk, keyProvider: keys)
        let store = reader.header.store
        guard case .group(_, let first) = try reader.next(from: 1),
            case .group(_, let second) = try reader.next(from: 2)
        else {
            Issue.record("no groups")
            return
        }
        #expect(first == 512)
        let file = try disk.open(path, .readWrite)
        var group = try file.read(at: second, count: reader.readBytes - second)
        let length = group[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        group[30] ^= 1
        let seed = UInt32(truncatingIfNeeded: store.low)
        let crc = CRC32C.checksum(Array(group[4..<(24 + length)]), seed: seed)
        for index in 0..<4 { group[index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index)) }
        try file.write(group, at: second)
        guard case .corrupt(let place)? = error({ _ = try open(keys) }) else {
            Issue.record("a forged group was accepted")
            return
        }
        #expect(place.path == path && place.offset == second && place.detail.contains("seal is broken"))
    }

    @Test("a flipped bit in the last group of a sealed log loses that group only; elsewhere it is reported")
    func bitFlips() throws {
        var engine = try open(keys)
        try commit(0..<3, to: &engine)
        engine.close()
        let path = "/data/wal/00000000000000000001.log"
        var reader = try WALReader(path: path, fileSystem: disk, keyProvider: keys)
        var offsets: [Int] = []
        while case .group(_, let offset) = try reader.next(from: UInt64(offsets.count + 1)) { offsets.append(offset) }
        let ends = try offsets.map { offset in
            let length = try disk.open(path, .read).read(at: offset + 4, count: 4)
            return offset + 24 + length.reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        let state = disk.snapshotState()
        let end = reader.readBytes
        for offset in stride(from: 64, to: end - 7, by: 5) {
            disk.restore(state)
            try disk.flipBit(path, offset: offset, bit: offset % 8)
            let found = error { _ = try open(keys) }
            // The zeros that pad a group say nothing and are not covered.
            if ends.contains(where: { ($0..<(($0 + 7) / 8 * 8)).contains(offset) }) { continue }
            if offset < offsets[2] {
                let isNoticed = found != nil || (try? open(keys))?.readOnlyReason != nil
                #expect(isNoticed, "offset \(offset)")
            } else {
                let reopened = try open(keys)
                #expect(try reopened.readOnlyReason == nil && numbers(reopened) == [0, 1], "offset \(offset)")
            }
        }
    }

    @Test("a copy of an encrypted store holds the rows of its log, also after a restart")
    func snapshot() throws {
        var engine = try open(keys)
        try commit(0..<5, to: &engine)
        for round in 0..<2 {
            var job = try engine.beginSnapshot(to: "/copy\(round)")
            _ = try job.run()
            engine.endSnapshot()
            let copy = try StoreEngine.open(
                at: "/copy\(round)", options: SealedFixture.options(keys), environment: world.environment)
            #expect(try numbers(copy) == [0, 1, 2, 3, 4])
            engine.close()
            engine = try open(keys)
        }
    }
}
