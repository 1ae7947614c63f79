import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A store that this process may read and not change: a copy on a file system mounted for reading, or without
/// permission to write.
@Suite struct ReadOnlyCopyTests {
    private var readOnly: StoreOptions {
        var options = StoreFixture.options
        options.createIfMissing = false
        options.readOnly = true
        return options
    }

    private func batch(_ number: Int) -> RowBatch {
        var batch = RowBatch()
        for row in 0..<10 {
            batch.append(
                shape: StoreFixture.shape(host: number), timestamp: StoreFixture.nowNs + Int64(number * 100 + row),
                values: [Double(row), 1])
        }
        return batch
    }

    /// Segments, rows in the log, and what a killed process may leave: a temporary file and a segment that no manifest
    /// names.
    private func filled(_ world: SimulatedWorld) throws -> [Observation] {
        var engine = try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        for number in 0..<3 {
            _ = try engine.commit([batch(number)])[0].get()
            if number < 2 { try engine.flush() }
        }
        let rows = try StoreFixture.read(engine.snapshot(), metric: "a")
        engine.close()
        for path in ["/data/tmp/half", "/data/seg/0123456789abcdef0123456789abcdef.seg"] {
            try world.fileSystem.open(path, .createNew).write([1, 2, 3], at: 0)
        }
        return rows
    }

    private func state(_ fileSystem: SimulatedFileSystem) throws -> [String] {
        try fileSystem.allFiles().map { "\($0) \(try fileSystem.open($0, .read).byteCount())" }
    }

    @Test(
        "a store on a read-only file system is read and verified, and nothing in it changes", arguments: [true, false])
    func reading(hasLockFile: Bool) throws {
        let world = SimulatedWorld(seed: 1)
        let rows = try filled(world)
        if !hasLockFile { try world.fileSystem.remove("/data/LOCK") }
        let before = try state(world.fileSystem)
        world.fileSystem.isReadOnly = true
        var first = try StoreEngine.open(at: "/data", options: readOnly, environment: world.environment)
        // Several may read at a time.
        var second = try StoreEngine.open(at: "/data", options: readOnly, environment: world.environment)
        #expect(first.damage.isEmpty && first.readOnlyReason == "it was opened read-only")
        #expect(try StoreFixture.read(first.snapshot(), metric: "a") == rows)
        #expect(try StoreFixture.read(second.snapshot(), metric: "a") == rows)
        #expect(first.commit([batch(9)])[0].isRefused)
        first.tend()
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem)
        #expect(report.problems.isEmpty && report.sampleCount == 60, "\(report)")
        first.close()
        second.close()
        #expect(try state(world.fileSystem) == before)
        world.fileSystem.isReadOnly = false
        var engine = try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        #expect(try StoreFixture.read(engine.snapshot(), metric: "a") == rows)
        engine.close()
    }

    @Test("the threads of a store leave a read-only copy alone, too")
    func running() throws {
        let world = SimulatedWorld(seed: 2)
        let rows = try filled(world)
        let before = try state(world.fileSystem)
        world.fileSystem.isReadOnly = true
        let store = try Store.open(at: "/data", options: readOnly, environment: world.environment)
        #expect(try StoreFixture.read(store.snapshot(), metric: "a") == rows)
        #expect(throws: StoreError.self) { try store.flush() }
        store.close()
        #expect(try state(world.fileSystem) == before)
    }

    @Test("who may write keeps readers out and is kept out by them")
    func exclusion() throws {
        let world = SimulatedWorld(seed: 3)
        _ = try filled(world)
        var writer = try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        world.fileSystem.isReadOnly = true
        for _ in 0..<2 {
            do throws(StoreError) {
                _ = try StoreEngine.open(at: "/data", options: readOnly, environment: world.environment)
                Issue.record("opened beside a writer")
            } catch {
                guard case .inUse(directory: "/data", _) = error else { throw error }
            }
        }
        world.fileSystem.isReadOnly = false
        writer.close()
        world.fileSystem.isReadOnly = true
        var reader = try StoreEngine.open(at: "/data", options: readOnly, environment: world.environment)
        world.fileSystem.isReadOnly = false
        #expect(throws: StoreError.self) {
            try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        }
        reader.close()
        writer = try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        writer.close()
    }

    @Test("who prefers to write reads where it cannot, and says why")
    func fallback() throws {
        let world = SimulatedWorld(seed: 5)
        let rows = try filled(world)
        var options = StoreFixture.options
        options.readsIfUnwritable = true
        world.fileSystem.isReadOnly = true
        var engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        #expect(engine.readOnlyReason == "this process may not write in /data")
        #expect(try StoreFixture.read(engine.snapshot(), metric: "a") == rows)
        engine.close()
        world.fileSystem.isReadOnly = false
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        #expect(engine.readOnlyReason == nil)
        engine.close()
    }

    @Test("without being asked to read only, a store that cannot be written is refused with the system's reason")
    func writing() throws {
        let world = SimulatedWorld(seed: 4)
        _ = try filled(world)
        world.fileSystem.isReadOnly = true
        #expect(throws: StoreError.disk(.system(operation: "open", path: "/data/LOCK", errno: 30))) {
            try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        }
    }
}

extension Result where Success == AppendReceipt, Failure == StoreError {
    fileprivate var isRefused: Bool {
        guard case .failure(.readOnly) = self else { return false }
        return true
    }
}
