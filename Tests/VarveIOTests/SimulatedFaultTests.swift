import Glibc
import Testing
import VarveIO
import VarveTestKit

/// Faults that a test can plan on the simulated disk.
@Suite struct SimulatedFaultTests {
    @Test("the n-th call fails and the others do not")
    func failsNth() throws {
        let disk = SimulatedFileSystem()
        let file = try disk.open("/a", .createNew)
        disk.inject(Fault(.write, call: 3, .error(errno: EIO)))
        try file.write([1], at: 0)
        try file.write([2], at: 0)
        #expect(throws: DiskError.system(operation: "write", path: "/a", errno: EIO)) { try file.write([3], at: 0) }
        #expect(try file.read(at: 0, count: 1) == [2])
        try file.write([4], at: 0)
    }

    @Test("a permanent fault stays until it is cleared, on the paths it names")
    func permanent() throws {
        let disk = SimulatedFileSystem()
        let file = try disk.open("/wal", .createNew)
        let other = try disk.open("/seg", .createNew)
        disk.inject(Fault(.write, pathContains: "wal", call: 2, isPermanent: true, .error(errno: ENOSPC)))
        try file.write([1], at: 0)
        for _ in 0..<3 {
            #expect(throws: DiskError.full(operation: "write", path: "/wal")) { try file.write([1], at: 0) }
        }
        try other.write([1], at: 0)
        disk.clearFaults()
        try file.write([1], at: 0)
    }

    @Test("a short write leaves its first part")
    func partialWrite() throws {
        let disk = SimulatedFileSystem()
        let file = try disk.open("/a", .createNew)
        disk.inject(Fault(.write, .partialWrite(byteCount: 2, errno: EIO)))
        #expect(throws: DiskError.self) { try file.write([1, 2, 3], at: 0) }
        #expect(try file.byteCount() == 2)
    }

    @Test("lost writes, misdirected and stale reads return what they should not")
    func lies() throws {
        let disk = SimulatedFileSystem()
        let file = try disk.put("abcd", at: "/a")
        try file.sync()
        disk.inject(Fault(.write, .lostWrite))
        try file.write(Array("X".utf8), at: 0)
        #expect(try disk.text("/a") == "abcd")
        disk.inject(Fault(.read, .misdirectedRead(distance: 2)))
        #expect(try file.read(at: 0, count: 2) == Array("cd".utf8))
        try file.write(Array("Y".utf8), at: 0)
        disk.inject(Fault(.read, .staleRead))
        #expect(try disk.text("/a") == "abcd")
        #expect(try disk.text("/a") == "Ybcd")
    }

    @Test("a flipped bit stays flipped after a power cut")
    func flipsBit() throws {
        let disk = SimulatedFileSystem()
        try disk.put("abcd", at: "/a").sync()
        try disk.syncDirectory("/")
        try disk.flipBit("/a", offset: 2, bit: 0)
        #expect(try disk.text("/a") == "abbd")
        disk.crash(survival: .none)
        #expect(try disk.text("/a") == "abbd")
    }

    @Test("a full disk takes what fits, says so, and has room again after a removal")
    func fills() throws {
        let disk = SimulatedFileSystem(capacityBytes: 10)
        let file = try disk.put("12345678", at: "/a")
        #expect(throws: DiskError.full(operation: "write", path: "/a")) { try file.write([1, 2, 3, 4], at: 8) }
        #expect(try file.byteCount() == 10)
        #expect(try disk.space(at: "/") == DiskSpace(availableBytes: 0, totalBytes: 10))
        let other = try disk.open("/b", .createNew)
        #expect(throws: DiskError.full(operation: "fallocate", path: "/b")) { try other.preallocate(1) }
        try file.close()
        try disk.remove("/a")
        try other.preallocate(10)
    }

    @Test("a restored state is the old one, untouched by what came after")
    func restores() throws {
        let disk = SimulatedFileSystem()
        let file = try disk.put("before", at: "/a")
        let state = disk.snapshotState()
        try file.write(Array("after!".utf8), at: 0)
        try disk.remove("/a")
        disk.restore(state)
        #expect(try disk.text("/a") == "before")
    }

    @Test("the simulated clock moves when told")
    func clock() {
        let clock = SimulatedClock(wallNs: 100)
        clock.advance(byNs: 5)
        clock.setWall(toNs: 50)
        #expect(clock.wallNs() == 50)
        #expect(clock.monotonicNs() == 5)
    }
}
