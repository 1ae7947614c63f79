import Glibc
import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A process that may not open more files: every segment has one open.
@Suite struct DescriptorTests {
    private let world = SimulatedWorld(seed: 1)

    private func open() throws -> StoreEngine {
        try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
    }

    private func commit(_ host: Int, to engine: inout StoreEngine) throws {
        var batch = RowBatch()
        batch.append(shape: StoreFixture.shape(host: host), timestamp: StoreFixture.nowNs, values: [1, 2])
        _ = try engine.commit([batch])[0].get()
    }

    private func exhaust(_ operation: SimulatedOperation, _ part: String, errno: Int32 = EMFILE) {
        world.fileSystem.inject(Fault(operation, pathContains: part, isPermanent: true, .error(errno: errno)))
    }

    private func rows(_ engine: StoreEngine) throws -> Int {
        try StoreFixture.read(engine.snapshot(), metric: "a").count
    }

    @Test("a store that cannot open its segments for want of descriptors says so, and takes none for damaged")
    func opening() throws {
        var engine = try open()
        for host in 0..<3 {
            try commit(host, to: &engine)
            try engine.flush()
        }
        engine.close()
        for code in [EMFILE, ENFILE] {
            exhaust(.open, "/seg/", errno: code)
            do throws(StoreError) {
                _ = try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
                Issue.record("opened")
            } catch {
                #expect("\(error)".contains("ulimit -n") && "\(error)".contains(".seg"), "\(error)")
            }
            world.fileSystem.clearFaults()
        }
        engine = try open()
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil)
        #expect(try rows(engine) == 3)
        engine.close()
    }

    @Test("a flush for which there is no descriptor fails, keeps its rows, and succeeds later")
    func flushing() throws {
        for operation in [SimulatedOperation.create, .open] {
            var engine = try open()
            let before = try rows(engine)
            try commit(7, to: &engine)
            exhaust(operation, "/seg/")
            exhaust(operation, "/tmp/")
            #expect(throws: StoreError.self, "\(operation)") { try engine.flush() }
            #expect(try rows(engine) == before + 1)
            try commit(8, to: &engine)
            #expect(try rows(engine) == before + 2)
            world.fileSystem.clearFaults()
            try engine.flush()
            #expect(engine.readOnlyReason == nil && engine.damage.isEmpty)
            engine.close()
            engine = try open()
            #expect(try rows(engine) == before + 2)
            engine.close()
        }
        #expect(try StoreVerifier.verify(directory: "/data", fileSystem: world.fileSystem).problems.isEmpty)
    }
}
