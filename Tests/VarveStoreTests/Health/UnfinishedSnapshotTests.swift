import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// What killed processes leave in a directory of snapshots.
@Suite struct UnfinishedSnapshotTests {
    private let disk = SimulatedFileSystem()

    private func environment(_ fileSystem: SimulatedFileSystem) -> SystemEnvironment {
        SystemEnvironment(fileSystem: fileSystem, clock: SimulatedClock(), random: SeededRandomSource(seed: 1))
    }

    /// Two segments and rows in the log.
    private func filled(_ fileSystem: SimulatedFileSystem) throws -> StoreEngine {
        var engine = try StoreEngine.open(
            at: "/data", options: StoreFixture.options, environment: environment(fileSystem))
        for number in 0..<3 {
            var batch = RowBatch()
            batch.append(
                shape: StoreFixture.shape(host: number), timestamp: StoreFixture.nowNs + Int64(number), values: [1, 2])
            _ = try engine.commit([batch])[0].get()
            if number < 2 { try engine.flush() }
        }
        try fileSystem.createDirectory("/copies")
        return engine
    }

    private func sweep(_ fileSystem: SimulatedFileSystem) throws -> [String] {
        try Store.removeUnfinishedSnapshots(in: "/copies", fileSystem: fileSystem)
    }

    @Test("a snapshot that was cut short at any step is removed at the next start, one that is done never")
    func everyStep() throws {
        var steps = 0
        var isCutShort = true
        while isCutShort {
            let fileSystem = SimulatedFileSystem()
            var engine = try filled(fileSystem)
            var job = try engine.beginSnapshot(to: "/copies/nightly")
            for _ in 0..<steps where isCutShort { isCutShort = try job.step() }
            engine.close()
            // The process is gone, and with it its lock.
            fileSystem.crash(survival: .all)
            let wasBegun = steps > 0 && isCutShort
            #expect(try sweep(fileSystem) == (wasBegun ? ["/copies/nightly.unfinished"] : []), "after \(steps) steps")
            #expect(try fileSystem.list("/copies") == (isCutShort ? [] : ["nightly"]), "after \(steps) steps")
            if !isCutShort {
                let report = try StoreVerifier.verify(directory: "/copies/nightly", fileSystem: fileSystem)
                #expect(report.problems.isEmpty && report.sampleCount == 6)
            }
            steps += 1
        }
        #expect(steps > 6)
    }

    @Test("a snapshot that another process is making stays")
    func busy() throws {
        var engine = try filled(disk)
        var job = try engine.beginSnapshot(to: "/copies/nightly")
        for _ in 0..<3 { #expect(try job.step()) }
        #expect(try sweep(disk) == [])
        #expect(try job.run().segmentCount == 2)
        #expect(try sweep(disk) == [])
        #expect(try disk.list("/copies") == ["nightly"])
    }

    @Test(
        "what is not certainly an unfinished snapshot stays",
        arguments: [
            "/copies/x.unfinished/notes.txt", "/copies/x.unfinished/seg/notes.txt", "/copies/x.unfinished/tmp/1",
            "/copies/x.unfinished/wal/1.log", "/copies/x.unfinished/catalog/000.idx",
            "/copies/x.unfinished/manifest/1", "/copies/-x.unfinished/LOCK", "/copies/x/LOCK",
        ])
    func foreign(path: String) throws {
        let parts = path.split(separator: "/").map(String.init)
        let root = "/copies/\(parts[1])"
        for directory in ["seg", "wal", "tmp", "catalog", "manifest"] {
            try disk.createDirectory("\(root)/\(directory)")
        }
        for file in Set([path, "\(root)/LOCK"]) { try disk.open(file, .createNew).write([1], at: 0) }
        let before = disk.allFiles()
        #expect(try sweep(disk) == [])
        #expect(disk.allFiles() == before)
    }

    @Test("a directory without a lock file stays, and so does everything where there is no directory of snapshots")
    func nothing() throws {
        #expect(try sweep(disk) == [])
        try disk.createDirectory("/copies/x.unfinished/seg")
        #expect(try sweep(disk) == [])
        #expect(try disk.list("/copies") == ["x.unfinished"])
    }

    @Test("a power cut during the sweep leaves something that the next one removes or leaves alone")
    func powerCuts() throws {
        func begin(_ fileSystem: SimulatedFileSystem) throws {
            var engine = try filled(fileSystem)
            var job = try engine.beginSnapshot(to: "/copies/nightly")
            for _ in 0..<5 { _ = try job.step() }
            engine.close()
        }
        let checks = try CrashEnumerator(seed: 3).run(record: false, prepare: begin) {
            (fileSystem: SimulatedFileSystem, isDone: inout Bool) in
            _ = try sweep(fileSystem)
            isDone = true
        } check: { fileSystem, _, point in
            _ = try sweep(fileSystem)
            // At worst an empty directory without its lock file.
            #expect(fileSystem.allFiles().allSatisfy { !$0.contains("copies") }, "\(point): \(fileSystem.allFiles())")
            let store = try StoreVerifier.verify(directory: "/data", fileSystem: fileSystem)
            #expect(store.problems.isEmpty && store.sampleCount == 6, "\(point)")
        }
        #expect(checks > 20)
    }
}
