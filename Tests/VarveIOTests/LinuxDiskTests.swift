import Foundation
import Glibc
import Testing
import VarveIO
import VarveTestKit

/// What only the real disk can show.
@Suite struct LinuxDiskTests {
    @Test("a full device reports that it is full")
    func fullDevice() throws {
        let file = try LinuxFileSystem().open("/dev/full", .readWrite)
        #expect(throws: DiskError.full(operation: "write", path: "/dev/full")) { try file.write([1], at: 0) }
    }

    @Test("files and directories belong to their owner alone")
    func permissions() throws {
        try DiskKind.linux.withDirectory { disk, home in
            try disk.createDirectory("\(home)/d")
            _ = try disk.open("\(home)/f", .createNew)
            #expect(try Self.permissions(of: "\(home)/d") == 0o700)
            #expect(try Self.permissions(of: "\(home)/f") == 0o600)
        }
    }

    private static func permissions(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("preallocated space has real blocks behind it")
    func realBlocks() throws {
        try DiskKind.linux.withDirectory { disk, home in
            let file = try disk.open("\(home)/log", .createNew)
            try file.preallocate(4 << 20)
            try file.sync()
            var facts = stat()
            #expect(stat("\(home)/log", &facts) == 0)
            #expect(Int(facts.st_blocks) * 512 >= 4 << 20)
        }
    }

    @Test("a lock keeps another process out")
    func locksOtherProcess() throws {
        try DiskKind.linux.withDirectory { disk, home in
            let file = try disk.open("\(home)/lock", .createOrOpen)
            try file.lockExclusively()
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            let script = """
                import fcntl, struct, sys
                request = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0)
                try: fcntl.fcntl(open(sys.argv[1], "r+"), fcntl.F_SETLK, request)
                except OSError: sys.exit(7)
                """
            process.arguments = ["python3", "-c", script, "\(home)/lock"]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 7)
        }
    }

    @Test("closing while others read never hits a foreign descriptor")
    func closesUnderReaders() throws {
        try DiskKind.linux.withDirectory { disk, home in
            for round in 0..<50 {
                let path = "\(home)/\(round)"
                let file = try disk.put(String(repeating: "r", count: 64), at: path)
                let readers = try (0..<3).map { _ in
                    try DedicatedThread.start(name: "reader") {
                        while let bytes = try? file.read(at: 0, count: 64) {
                            #expect(bytes == [UInt8](repeating: 0x72, count: 64))
                        }
                    }
                }
                try file.close()
                // Takes over the number that closing frees.
                let other = try disk.put(String(repeating: "o", count: 64), at: "\(path)-other")
                for reader in readers { reader.join() }
                #expect(try other.byteCount() == 64)
            }
        }
    }

    @Test("errors name operation, path and reason")
    func errorText() {
        #expect(
            DiskError(errno: EIO, operation: "write", path: "/x").description
                == "/x: write failed: Input/output error (errno 5)")
        #expect(DiskError(errno: EDQUOT, operation: "write", path: "/x") == .full(operation: "write", path: "/x"))
        #expect(DiskError(errno: ENOENT, operation: "open", path: "/x") == .notFound(path: "/x"))
        #expect(DiskError(errno: EEXIST, operation: "open", path: "/x") == .exists(path: "/x"))
    }

    @Test("clocks move forwards and random numbers differ")
    func clockAndRandom() {
        let clock = LinuxClock()
        let first = clock.monotonicNs()
        #expect(clock.monotonicNs() >= first)
        #expect(clock.wallNs() > 1_700_000_000_000_000_000)
        let random = SystemRandomSource()
        #expect(Set((0..<100).map { _ in random.next() }).count == 100)
    }
}
