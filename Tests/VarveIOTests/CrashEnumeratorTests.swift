import Testing
import VarveIO
import VarveTestKit

/// The enumerator finds the classical mistakes, and passes the code that makes none.
@Suite struct CrashEnumeratorTests {
    /// Steps of replacing a file safely; each can be left out.
    private struct Replacement {
        var syncsContent = true
        var syncsDirectory = true
    }

    @Test("replacing a file by sync, rename, directory sync survives every power cut")
    func correctReplacement() throws {
        let checks = try enumerate(Replacement())
        // Three rounds of create, write, sync, rename, sync; one more crash after the end; five survivor sets.
        #expect(checks == (3 * 5 + 1) * 5)
    }

    @Test("a forgotten sync of the content is found")
    func forgottenContentSync() {
        #expect(throws: CrashCheckError.self) { try enumerate(Replacement(syncsContent: false)) }
    }

    @Test("a forgotten sync of the directory is found")
    func forgottenDirectorySync() {
        #expect(throws: CrashCheckError.self) { try enumerate(Replacement(syncsDirectory: false)) }
    }

    /// Replaces `/d/current` three times, acknowledging each, and expects the last acknowledged version or the next.
    private func enumerate(_ steps: Replacement) throws -> Int {
        try CrashEnumerator(seed: 1).run(record: 0) { disk in
            try disk.createDirectory("/d")
            try disk.put("version 0", at: "/d/current")
        } workload: { disk, acknowledged in
            for version in 1...3 {
                let file = try disk.open("/d/tmp", .createNew)
                try file.write(Array("version \(version)".utf8), at: 0)
                if steps.syncsContent { try file.sync() }
                try disk.rename("/d/tmp", to: "/d/current")
                if steps.syncsDirectory { try disk.syncDirectory("/d") }
                acknowledged = version
            }
        } check: { disk, acknowledged, _ in
            let found = try disk.text("/d/current")
            guard ["version \(acknowledged)", "version \(acknowledged + 1)"].contains(found) else {
                throw Unexpected(found: found)
            }
        }
    }

    @Test("a program that retries a failed sync instead of giving up is found out")
    func retriedSync() throws {
        #expect(throws: FaultCheckError.self) { try enumerateFaults(retriesSync: true) }
        // Open, write, sync, directory sync; two effects; two survivor sets.
        #expect(try enumerateFaults(retriesSync: false) == 4 * 2 * 2)
    }

    /// Writes a file, acknowledging it, with every call failing in turn.
    private func enumerateFaults(retriesSync: Bool) throws -> Int {
        let faults: [Fault.Effect] = [.error(errno: 5), .partialWrite(byteCount: 1, errno: 28)]
        return try FaultEnumerator(effects: faults).run(record: false) { disk, acknowledged in
            let file = try disk.open("/a", .createNew)
            try file.write(Array("content".utf8), at: 0)
            do { try file.sync() } catch {
                guard retriesSync else { throw error }
                try file.sync()
            }
            try disk.syncDirectory("/")
            acknowledged = true
        } check: { disk, acknowledged, _ in
            guard acknowledged else { return }
            let found = try disk.text("/a")
            if found != "content" { throw Unexpected(found: found) }
        }
    }

    private struct Unexpected: Error {
        let found: String
    }

    @Test("a workload of 200 calls and five survivor sets is enumerated quickly")
    func isFast() throws {
        let start = LinuxClock().monotonicNs()
        let checks = try CrashEnumerator(seed: 2).run(record: 0) { disk, acknowledged in
            let file = try disk.open("/log", .createNew)
            try disk.syncDirectory("/")
            try file.preallocate(1 << 20)
            for record in 0..<98 {
                try file.write([UInt8](repeating: UInt8(record + 1), count: 1_000), at: record * 1_000)
                try file.sync()
                acknowledged = record + 1
            }
        } check: { disk, acknowledged, point in
            guard acknowledged > 0 else { return }
            let bytes = try disk.open("/log", .read).read(at: 0, count: acknowledged * 1_000)
            let isWhole = (0..<acknowledged).allSatisfy { bytes[$0 * 1_000 + 999] == UInt8($0 + 1) }
            #expect(isWhole, "\(point)")
        }
        #expect(checks == 200 * 5)
        // Measured at about a tenth of that; the bound only catches a change of kind.
        #expect(LinuxClock().monotonicNs() - start < 10_000_000_000)
    }

    @Test("an error inside nested enumerations names the way to it")
    func trail() {
        struct Odd: Error {}
        let error = #expect(throws: TrailError.self) {
            try forEvery("rows", in: 0...3) { rows in
                try forEvery("width", in: [1, 2]) { width in
                    if rows == 2 && width == 2 { throw Odd() }
                }
            }
        }
        #expect(error?.trail == "rows = 2, width = 2")
        #expect(Trail.here == "")
    }
}
