import Testing
import Varve
import VarveBytes
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
        #expect(try session.statistics().first == StoreFigure("series", .integer(2), text: "2"))
    }

    @Test("at the limit on series rows of known ones are stored, and what is stored is said")
    func seriesLimit() throws {
        var options = StoreOptions()
        options.seriesMax = 2
        options.scrubBytesPerSecond = 0
        let store = try Store.open(at: "/db", options: options, environment: world.environment)
        let session = EmbeddedSession(database: Database(store: store), place: "/db")
        defer { session.close() }
        let lines = (0..<4).map { "m,host=\($0 % 3) x=1 \(world.clock.wallNs() + Int64($0))\n" }.joined()
        let problem = try #require(throws: Problem.self) { try session.write(lines: Array(lines.utf8)) }
        #expect(problem.storedRowCount == 3 && problem.status == .wrongInput)
        #expect(store.snapshot().series(in: .default, namespace: "m", metric: "x").count == 2)
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
        let command = InspectCommand(environment: world.environment, zone: .utc)
        #expect(command.run(path: "/db", console: recorded.console()) == .ok)
        #expect(recorded.out.contains("bytes/row"))
        let segment = try #require(try world.fileSystem.list("/db/seg").first { $0.hasSuffix(".seg") })
        #expect(command.run(path: "/db/seg/\(segment)", console: recorded.console()) == .ok)
        #expect(recorded.out.contains("bytes/sample"))
        #expect(recorded.out.contains(" value "))
        let log = try #require(try world.fileSystem.list("/db/wal").first)
        #expect(command.run(path: "/db/wal/\(log)", console: recorded.console()) == .ok)
        #expect(recorded.out.contains("first LSN"))
        let manifest = try #require(try world.fileSystem.list("/db/manifest").last)
        #expect(command.run(path: "/db/manifest/\(manifest)", console: recorded.console()) == .ok)
        for path in ["/db/LOCK", "/nothing"] {
            #expect(command.run(path: path, console: recorded.console()) == .wrongInput, "\(path)")
        }
        #expect(recorded.errors.contains("varve: /db/LOCK: not a file that inspect knows"))
    }

    @Test("inspect tells files apart by what they hold: catalogue logs, checkpoints, the mark of the scrub")
    func inspectCatalogue() throws {
        var options = StoreOptions()
        options.catalogueLogBytesMax = 1
        options.scrubBytesPerSecond = 0
        var engine = try StoreEngine.open(at: "/db", options: options, environment: world.environment)
        for host in 0..<4 {
            var batch = RowBatch()
            let source = SourceKey(namespace: "Test", dimensions: [Dimension(name: "host", value: "h\(host)")])
            let shape = RowShape(source: source, fields: [FieldKey(metric: "a")])
            batch.append(shape: shape, timestamp: world.clock.wallNs(), values: [1])
            _ = try engine.commit([batch])[0].get()
            try engine.flush()
            // The first flush writes a log, the second one the first checkpoint.
            guard host == 0 else { continue }
            let log = "/db/catalog/\(try #require(try world.fileSystem.list("/db/catalog").first))"
            let command = InspectCommand(environment: world.environment, zone: .utc)
            #expect(command.run(path: log, console: recorded.console()) == .ok, "\(recorded.errors)")
            #expect(recorded.out.contains("catalogue log") && recorded.out.contains("frames          1\n"))
            #expect(recorded.out.contains(" sources "), "\(recorded.out)")
        }
        engine.close()
        let command = InspectCommand(environment: world.environment, zone: .utc)
        let name = try #require(try world.fileSystem.list("/db/catalog").last { $0.hasSuffix(".idx") })
        let checkpoint = "/db/catalog/\(name)"
        #expect(command.run(path: checkpoint, console: recorded.console()) == .ok, "\(recorded.errors)")
        #expect(recorded.out.contains("catalogue checkpoint") && recorded.out.contains(" names "))
        let mark = ScrubMark(
            startedNs: world.clock.wallNs(), finishedNs: nil, passesFinished: 2,
            position: ScrubMark.Position(uuid: UUID16(high: 1, low: 2), page: 7))
        let file = try world.fileSystem.open("/db/SCRUB", .createNew)
        try file.write(mark.encoded(store: UUID16(high: 5, low: 6)), at: 0)
        #expect(command.run(path: "/db/SCRUB", console: recorded.console()) == .ok)
        #expect(recorded.out.contains("next is page 7 of segment 00000000000000010000000000000002"))
        // Damage has its place.
        try world.fileSystem.flipBit(checkpoint, offset: 70, bit: 1)
        #expect(command.run(path: checkpoint, console: recorded.console()) == .wrongInput)
        #expect(recorded.errors.contains(".idx: corrupt at byte 64"), "\(recorded.errors)")
    }

    @Test("inspect shows encrypted files with the keys, and what is not encrypted of a log without them")
    func inspectSealed() throws {
        let world = world
        #expect(KeyCommand.create("/keys", environment: world.environment, console: recorded.console()) == .ok)
        var options = StoreOptions()
        options.keyProvider = try FileKeyProvider.open("/keys", environment: world.environment)
        var engine = try StoreEngine.open(at: "/db", options: options, environment: world.environment)
        for host in 0..<2 {
            var batch = RowBatch()
            let shape = RowShape(
                source: SourceKey(namespace: "N\(host)", dimensions: []), fields: [FieldKey(metric: "a")])
            batch.append(shape: shape, timestamp: world.clock.wallNs(), values: [1])
            _ = try engine.commit([batch])[0].get()
            if host == 0 { try engine.flush() }
        }
        engine.close()
        let segment = "/db/seg/\(try #require(try world.fileSystem.list("/db/seg").first))"
        let log = "/db/wal/\(try #require(try world.fileSystem.list("/db/wal").last { $0.hasSuffix(".log") }))"
        let open = InspectCommand(environment: world.environment, zone: .utc, keyFile: "/keys")
        let locked = InspectCommand(environment: world.environment, zone: .utc)
        for path in ["/db", segment, log] {
            #expect(open.run(path: path, console: recorded.console()) == .ok, "\(recorded.errors)")
        }
        #expect(recorded.out.contains("1, 1 of them encrypted"))
        let other = RecordedConsole()
        #expect(locked.run(path: "/db", console: other.console()) == .ok, "\(other.errors)")
        #expect(locked.run(path: log, console: other.console()) == .ok)
        #expect(other.out.contains("encrypted  ") && other.out.contains("--key-file"))
        #expect(locked.run(path: segment, console: other.console()) != .ok)
        #expect(other.errors.contains("no key file was given"), "\(other.errors)")
        // Away from its manifest the keys do not help, and that is what is said.
        try world.fileSystem.link(segment, to: "/alone.seg")
        #expect(open.run(path: "/alone.seg", console: other.console()) != .ok)
        #expect(other.errors.contains("in the manifest of its store"), "\(other.errors)")
    }

    @Test("an export leaves out what cannot be read, and says so")
    func exportAroundDamage() throws {
        let session = try session()
        _ = try session.write(lines: Array("Test x=1\nTest x=2\n".utf8))
        session.close()
        try flushAndDamage()
        let database = try Database.open("/db", options: DatabaseOptions(), environment: world.environment)
        defer { database.close() }
        _ = try EmbeddedSession(database: database, place: "/db").write(lines: Array("Test x=3\n".utf8))
        let status = ExportCommand(namespace: nil, range: .all).run(database: database, console: recorded.console())
        #expect(status == .wrongInput)
        #expect(recorded.out.hasPrefix("Test x=3") && recorded.out.split(separator: "\n").count == 1, "\(recorded.out)")
        #expect(recorded.errors.contains("rows are missing: /db/seg/"))
    }

    @Test("inspect says what it cannot show")
    func inspectNothing() {
        let command = InspectCommand(environment: world.environment, zone: .utc)
        #expect(command.run(path: "/nothing", console: recorded.console()) == .wrongInput)
    }
}
