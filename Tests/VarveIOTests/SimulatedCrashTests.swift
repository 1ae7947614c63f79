import Glibc
import Testing
import VarveIO
import VarveTestKit

/// What a power cut does to the simulated disk, one rule per test.
@Suite struct SimulatedCrashTests {
    /// A disk with a durable, empty directory `/d`.
    private func makeDisk() throws -> SimulatedFileSystem {
        let disk = SimulatedFileSystem()
        try disk.createDirectory("/d")
        try disk.syncDirectory("/")
        return disk
    }

    @Test("an unsynced name vanishes, however well its content was synced")
    func nameVanishes() throws {
        let disk = try makeDisk()
        try disk.put("content", at: "/d/a").sync()
        disk.crash(survival: .none)
        #expect(try disk.list("/d") == [])
    }

    @Test("a synced name without synced content is an empty file")
    func contentVanishes() throws {
        let disk = try makeDisk()
        try disk.put("content", at: "/d/a")
        try disk.syncDirectory("/d")
        disk.crash(survival: .none)
        #expect(try disk.text("/d/a") == "")
    }

    @Test("name and content survive when both were synced")
    func bothSurvive() throws {
        let disk = try makeDisk()
        try disk.put("content", at: "/d/a").sync()
        try disk.syncDirectory("/d")
        disk.crash(survival: .none)
        #expect(try disk.text("/d/a") == "content")
    }

    @Test("everything in a directory vanishes with the directory's own unsynced name")
    func directoryVanishes() throws {
        let disk = try makeDisk()
        try disk.createDirectory("/d/sub")
        try disk.put("content", at: "/d/sub/a").sync()
        try disk.syncDirectory("/d/sub")
        disk.crash(survival: .none)
        #expect(try disk.list("/d") == [])
    }

    @Test("a death of the process alone loses nothing")
    func processDeath() throws {
        let disk = try makeDisk()
        try disk.put("content", at: "/d/a")
        disk.crash(survival: .all)
        #expect(try disk.text("/d/a") == "content")
    }

    @Test("names can survive without their content, as zeros")
    func namesOnly() throws {
        let disk = try makeDisk()
        try disk.put("abc", at: "/d/a")
        disk.crash(survival: .names)
        #expect(try disk.open("/d/a", .read).read(at: 0, count: 3) == [0, 0, 0])
    }

    @Test("an unsynced removal comes back")
    func removalComesBack() throws {
        let disk = try makeDisk()
        try disk.put("content", at: "/d/a").sync()
        try disk.syncDirectory("/d")
        try disk.remove("/d/a")
        disk.crash(survival: .none)
        #expect(try disk.text("/d/a") == "content")
    }

    @Test("an unsynced rename over a file leaves old or new, never nothing", arguments: 0..<40 as Range<UInt64>)
    func renameIsAtomic(seed: UInt64) throws {
        let disk = try makeDisk()
        try disk.put("old", at: "/d/a").sync()
        try disk.put("new", at: "/d/b").sync()
        try disk.syncDirectory("/d")
        try disk.rename("/d/b", to: "/d/a")
        disk.crash(survival: .random(seed: seed))
        let state = try disk.list("/d").map { try disk.text("/d/\($0)") }
        #expect(state == ["old", "new"] || state == ["new"], "seed \(seed)")
    }

    @Test("a rename between directories never loses the file", arguments: 0..<40 as Range<UInt64>)
    func renameAcrossDirectories(seed: UInt64) throws {
        let disk = try makeDisk()
        try disk.createDirectory("/e")
        try disk.syncDirectory("/")
        try disk.put("content", at: "/d/a").sync()
        try disk.syncDirectory("/d")
        try disk.rename("/d/a", to: "/e/b")
        if seed % 4 == 1 { try disk.syncDirectory("/d") }
        if seed % 4 == 2 { try disk.syncDirectory("/e") }
        disk.crash(survival: .random(seed: seed))
        let names = try disk.list("/d") + disk.list("/e")
        #expect(!names.isEmpty, "seed \(seed)")
        if seed % 4 == 1 { #expect(names == ["b"], "seed \(seed)") }
        if seed % 4 == 2 { #expect(names.contains("b"), "seed \(seed)") }
    }

    @Test("torn writes break at sector borders and nowhere else", arguments: 0..<40 as Range<UInt64>)
    func tearsAtSectors(seed: UInt64) throws {
        let disk = try makeDisk()
        let file = try disk.open("/d/a", .createNew)
        try file.write([UInt8](repeating: 1, count: 4_096), at: 0)
        try file.sync()
        try disk.syncDirectory("/d")
        try file.write([UInt8](repeating: 2, count: 2_000), at: 300)
        disk.crash(survival: .random(seed: seed))
        let bytes = try disk.open("/d/a", .read).read(at: 0, count: 4_096)
        for start in stride(from: 0, to: 4_096, by: 512) {
            let written = max(start, 300)..<max(max(start, 300), min(start + 512, 2_300))
            #expect(Set(bytes[written]).count <= 1, "sector at \(start), seed \(seed)")
            let others = (start..<(start + 512)).filter { !written.contains($0) }
            #expect(others.allSatisfy { bytes[$0] == 1 }, "sector at \(start), seed \(seed)")
        }
    }

    @Test("over many seeds a long write is seen whole, lost and torn")
    func allFatesOccur() throws {
        var fates: Set<String> = []
        for seed in 0..<60 as Range<UInt64> {
            let disk = try makeDisk()
            let file = try disk.open("/d/a", .createNew)
            try file.preallocate(4_096)
            try file.sync()
            try disk.syncDirectory("/d")
            try file.write([UInt8](repeating: 2, count: 4_096), at: 0)
            disk.crash(survival: .random(seed: seed))
            let kept = try disk.open("/d/a", .read).read(at: 0, count: 4_096).count { $0 == 2 }
            fates.insert(kept == 0 ? "lost" : kept == 4_096 ? "whole" : "torn")
        }
        #expect(fates == ["lost", "whole", "torn"])
    }

    @Test("two writes of one sector survive in the order of writing", arguments: 0..<40 as Range<UInt64>)
    func sectorVersions(seed: UInt64) throws {
        let disk = try makeDisk()
        let file = try disk.put("....", at: "/d/a")
        try file.sync()
        try disk.syncDirectory("/d")
        try file.write(Array("A".utf8), at: 0)
        try file.write(Array("B".utf8), at: 1)
        disk.crash(survival: .random(seed: seed))
        #expect(["....", "A...", "AB.."].contains(try disk.text("/d/a")), "seed \(seed)")
    }

    @Test("a failed sync loses the data for good, though the next one succeeds")
    func failedSync() throws {
        let disk = try makeDisk()
        let file = try disk.put("lost", at: "/d/a")
        try disk.syncDirectory("/d")
        disk.inject(Fault(.sync, .error(errno: EIO)))
        #expect(throws: DiskError.system(operation: "fdatasync", path: "/d/a", errno: EIO)) { try file.sync() }
        #expect(try disk.text("/d/a") == "lost", "the cache still shows it")
        try file.sync()
        disk.crash(survival: .all)
        #expect(try disk.text("/d/a") == "")
    }

    @Test("handles and locks do not outlive a power cut")
    func handlesClose() throws {
        let disk = try makeDisk()
        let file = try disk.put("x", at: "/d/a")
        try file.lockExclusively()
        disk.crash(survival: .all)
        #expect(throws: DiskError.closed(path: "/d/a")) { try file.read(at: 0, count: 1) }
        try disk.open("/d/a", .readWrite).lockExclusively()
    }

    @Test("from the planned call on everything fails until the restart")
    func halts() throws {
        let disk = try makeDisk()
        disk.crashAfter(call: disk.callCount + 2)
        let file = try disk.open("/d/a", .createNew)
        #expect(throws: DiskError.self) { try file.write([1], at: 0) }
        #expect(disk.isHalted)
        do {
            _ = try disk.list("/d")
            Issue.record("a halted disk answered")
        } catch { #expect(error.isSimulatedCrash) }
        disk.crash(survival: .all)
        #expect(try disk.open("/d/a", .read).byteCount() == 1, "the call under way may have reached the medium")
    }

    @Test("the same seeds give the same disk", arguments: [1, 7, 1_000] as [UInt64])
    func isDeterministic(seed: UInt64) throws {
        #expect(try fingerprint(seed) == fingerprint(seed), "seed \(seed)")
    }

    /// What a random workload leaves after a random crash.
    private func fingerprint(_ seed: UInt64) throws -> [String] {
        var random = SplitMix64(seed: seed)
        let disk = try makeDisk()
        for _ in 0..<100 {
            let path = "/d/\(Int.random(in: 0..<8, using: &random))"
            switch Int.random(in: 0..<6, using: &random) {
            case 0: try? disk.remove(path)
            case 1: try? disk.rename(path, to: "/d/\(Int.random(in: 0..<8, using: &random))")
            case 2: try disk.open(path, .createOrOpen).sync()
            case 3: try disk.syncDirectory("/d")
            default: try disk.put(String(repeating: "\(random.next())", count: 100), at: path)
            }
        }
        disk.crash(survival: .random(seed: seed))
        return try disk.list("/d").map { "\($0) \(try disk.text("/d/\($0)"))" }
    }
}
