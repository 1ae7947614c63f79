import Testing
import Varve
import VarveIO
import VarveModel
import VarveQuery
import VarveREPL
import VarveStore
import VarveTestKit

@Suite("Embedded session")
struct EmbeddedSessionTests {
    private let world = SimulatedWorld(seed: 7)
    private let recorded = RecordedConsole()

    private func session() throws -> EmbeddedSession {
        let database = try Database.open("/db", options: DatabaseOptions(), environment: world.environment)
        return EmbeddedSession(database: database, place: "/db")
    }

    @Test("lines are written, wrong ones refused by number, and series are completed")
    func write() throws {
        let session = try session()
        defer { session.close() }
        let now = world.clock.wallNs()
        let lines = "AWS/EC2,InstanceId=i-1 CPUUtilization=42.5 \(now)\nbad\nAWS/EC2 CPUUtilization=1 5\n# c\n"
        let outcome = try session.write(lines: Array(lines.utf8))
        #expect(outcome.rowCount == 1)
        #expect(outcome.refusedCount == 2)
        #expect(outcome.refused.map(\.lineNumber) == [2, 3])
        // The second write counts its own lines.
        let second = try session.write(lines: Array("AWS/EC2,InstanceId=i-2 CPUUtilization=1\nbad\n".utf8))
        #expect(second.refused.map(\.lineNumber) == [2])
        let result = try session.run("SHOW METRICS", cancellation: nil)
        #expect(result.rows == [[.text("AWS/EC2"), .text("CPUUtilization"), .integer(2)]])
        #expect(session.complete("SELECT AVG(CPU").texts == ["CPUUtilization"])
        #expect(session.complete("SELECT AVG(x) FROM \"AWS").texts == ["\"AWS/EC2\""])
        #expect(try session.statistics().first == Statistic("series", .integer(2), text: "2"))
    }

    @Test("export writes what ingest reads back to the same rows")
    func export() throws {
        let database = try Database.open("/db", options: DatabaseOptions(), environment: world.environment)
        let session = EmbeddedSession(database: database, place: "/db")
        let now = world.clock.wallNs()
        let lines = (0..<10).map {
            "Test\\ ns,host=a\\,b x=\(Double($0) / 3 + 0.125) \(now - Int64($0) * 1_000_000_000)\n"
        }
        _ = try session.write(lines: Array(lines.joined().utf8))
        try database.flush()
        _ = try session.write(lines: Array("Test\\ ns,host=a\\,b x=7 \(now)\nOther y=1 \(now)\n".utf8))
        let command = ExportCommand(namespace: "Test ns", range: .all)
        #expect(command.run(database: database, console: recorded.console()) == .ok)
        session.close()
        let expected = lines.reversed().joined() + "Test\\ ns,host=a\\,b x=7 \(now)\n"
        #expect(recorded.out == expected)
    }

    @Test("verify finds nothing wrong with a closed database, says so when there is none, and finds a flipped bit")
    func verify() throws {
        let session = try session()
        _ = try session.write(lines: Array("Test x=1\nTest x=2\n".utf8))
        session.close()
        let console = recorded.console()
        #expect(VerifyCommand.run(directory: "/db", environment: world.environment, console: console) == .ok)
        #expect(recorded.out.hasPrefix("/db: no problems in "))
        #expect(recorded.out.hasSuffix("1 series, 2 samples\n"))
        #expect(VerifyCommand.run(directory: "/none", environment: world.environment, console: console) == .wrongInput)
        #expect(recorded.errors.contains("varve: /none: no Varve store here"))
        try flushAndDamage()
        #expect(VerifyCommand.run(directory: "/db", environment: world.environment, console: console) == .wrongInput)
        #expect(recorded.out.contains(".seg: corrupt at byte"))
        #expect(recorded.errors.contains("keep a copy of the directory"))
    }

    /// Writes a segment and inverts a bit in its middle.
    private func flushAndDamage() throws {
        let database = try Database.open("/db", options: DatabaseOptions(), environment: world.environment)
        try database.flush()
        database.close()
        let name = try #require(try world.fileSystem.list("/db/seg").first { $0.hasSuffix(".seg") })
        let byteCount = try world.fileSystem.open("/db/seg/\(name)", .read).byteCount()
        try world.fileSystem.flipBit("/db/seg/\(name)", offset: byteCount / 2, bit: 3)
    }

    @Test("verify does not disturb an open database")
    func verifyInUse() throws {
        let session = try session()
        defer { session.close() }
        let status = VerifyCommand.run(directory: "/db", environment: world.environment, console: recorded.console())
        #expect(status == .failed)
        #expect(recorded.errors.contains("has this store open"))
    }

    @Test("inspect shows the directory, its segments by column and its log")
    func inspect() throws {
        let database = try Database.open("/db", options: DatabaseOptions(), environment: world.environment)
        let session = EmbeddedSession(database: database, place: "/db")
        let now = world.clock.wallNs()
        let lines = (0..<500).map { "Test,host=a x=\($0),y=2 \(now - Int64($0) * 1_000_000_000)\n" }
        _ = try session.write(lines: Array(lines.joined().utf8))
        try database.flush()
        _ = try session.write(lines: Array("Test x=1\n".utf8))
        session.close()
        let command = InspectCommand(fileSystem: world.fileSystem, zone: .utc)
        #expect(command.run(path: "/db", console: recorded.console()) == .ok)
        #expect(recorded.out.contains("bytes/row"))
        let segment = try #require(try world.fileSystem.list("/db/seg").first { $0.hasSuffix(".seg") })
        #expect(command.run(path: "/db/seg/\(segment)", console: recorded.console()) == .ok)
        #expect(recorded.out.contains("bytes/sample"))
        #expect(recorded.out.contains(" value "))
        let log = try #require(try world.fileSystem.list("/db/wal").first)
        #expect(command.run(path: "/db/wal/\(log)", console: recorded.console()) == .ok)
        #expect(recorded.out.contains("first LSN"))
        #expect(command.run(path: "/nothing", console: recorded.console()) == .wrongInput)
    }
}
