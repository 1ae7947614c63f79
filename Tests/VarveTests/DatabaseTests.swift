import Testing
import Varve
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

@Suite("Database")
struct DatabaseTests {
    private let world = SimulatedWorld(seed: 1)

    private func open(_ options: DatabaseOptions = DatabaseOptions()) throws -> Database {
        try Database.open("/db", options: options, environment: world.environment)
    }

    private func sample(_ value: Double, secondsAgo: Int64, host: String = "a") -> Sample {
        Sample(
            namespace: "Test", dimensions: ["host": host], metric: "x", value: value,
            timestampNs: world.clock.wallNs() - secondsAgo * 1_000_000_000)
    }

    @Test("what was appended is in the next answer, also after the directory was opened again")
    func roundTrip() throws {
        let database = try open()
        try database.append(sample(1, secondsAgo: 30))
        try database.append(contentsOf: [sample(2, secondsAgo: 30), sample(6, secondsAgo: 20, host: "b")])
        let statement = "SELECT SUM(x), COUNT(x) FROM Test GROUP BY host SINCE 5m PERIOD 1h"
        let rows = try database.query(statement)
        #expect(rows.count == 2)
        #expect(rows.map { $0["host"] } == [.text("a"), .text("b")])
        #expect(rows.map { $0["SUM(x)"] } == [.number(3), .number(6)])
        #expect(rows.map { $0["COUNT(x)"] } == [.integer(2), .integer(1)])
        #expect(rows[0]["nope"] == nil)
        #expect(rows.series?.count == 4)
        database.close()
        let again = try open()
        defer { again.close() }
        #expect(try again.query(statement) == rows)
        #expect(again.statistics.sampleCount == 3)
        #expect(again.statistics.seriesCount == 2)
    }

    @Test("a row of several metrics is one row, and a flush moves it into a segment")
    func wideRows() throws {
        let database = try open()
        defer { database.close() }
        var batch = SampleBatch()
        for second in 0..<100 {
            try batch.append(
                namespace: "Shop", dimensions: ["till": "3"], values: ["items": Double(second), "total": 2],
                timestampNs: world.clock.wallNs() - Int64(second) * 1_000_000_000)
        }
        #expect(batch.count == 100)
        try database.append(contentsOf: batch)
        #expect(database.statistics.tailRows == 100)
        #expect(database.statistics.tailValues == 200)
        try database.flush()
        #expect(database.statistics.tailRows == 0)
        #expect(database.statistics.segmentCount > 0)
        let rows = try database.query("SELECT SUM(items), SUM(total) FROM Shop SINCE 1h PERIOD 1d")
        let sums = rows.reduce((0.0, 0.0)) { ($0.0 + number($1["SUM(items)"]), $0.1 + number($1["SUM(total)"])) }
        #expect(sums == (4_950, 200))
    }

    private func number(_ value: Rows.Value?) -> Double {
        if case .number(let number) = value { number } else { .nan }
    }

    @Test("a task can append without blocking its thread")
    func asynchronous() async throws {
        let database = try open()
        defer { database.close() }
        var batch = SampleBatch()
        try batch.append(sample(1, secondsAgo: 0))
        try await database.append(contentsOf: batch)
        #expect(database.statistics.sampleCount == 1)
    }

    @Test("a second open of a directory says who is in the way and what to do")
    func inUse() throws {
        let database = try open()
        defer { database.close() }
        let error = try #require(throws: DatabaseError.self) { try open() }
        #expect(error.code == .inUse)
        #expect(error.place == "/db")
        #expect("\(error)".hasSuffix(" has this store open; stop it, or use --connect to talk to it"))
    }

    @Test("a missing directory is not created when it must exist")
    func missing() throws {
        let error = try #require(throws: DatabaseError.self) { try open(DatabaseOptions(createIfMissing: false)) }
        #expect(error.code == .notADatabase)
        #expect(error.advice != nil)
    }

    @Test("a wrong statement is refused with its place")
    func wrongStatement() throws {
        let database = try open()
        defer { database.close() }
        let error = try #require(throws: DatabaseError.self) { try database.query("SELECT AVG(x) FRM y") }
        #expect(error.code == .invalidStatement)
        #expect(error.statementRange == 14..<17)
    }

    @Test("a cancelled query ends with its own code")
    func cancelled() throws {
        let database = try open()
        defer { database.close() }
        try database.append(sample(1, secondsAgo: 1))
        let cancellation = QueryCancellation()
        cancellation.cancel()
        let error = try #require(throws: DatabaseError.self) {
            try database.query("SELECT AVG(x) FROM Test", cancellation: cancellation)
        }
        #expect(error.code == .cancelled)
    }

    @Test("times outside of what is kept are refused and nothing is stored")
    func timestamps() throws {
        let database = try open()
        defer { database.close() }
        let old = Sample(namespace: "Test", metric: "x", value: 1, timestampNs: 0)
        let error = try #require(throws: DatabaseError.self) {
            try database.append(contentsOf: [sample(1, secondsAgo: 0), old])
        }
        #expect(error.code == .invalidSample)
        #expect(database.statistics.sampleCount == 0)
    }

    @Test("names that cannot be stored are refused with the part that is wrong", arguments: 0..<6)
    func invalidSamples(index: Int) throws {
        let long = String(repeating: "ü", count: 128)
        let samples = [
            Sample(namespace: "", metric: "x", value: 1), Sample(namespace: long, metric: "x", value: 1),
            Sample(namespace: "n", metric: "", value: 1),
            Sample(namespace: "n", dimensions: ["": "a"], metric: "x", value: 1),
            Sample(namespace: "n", dimensions: ["a": ""], metric: "x", value: 1),
            Sample(
                namespace: "n", dimensions: Dictionary(uniqueKeysWithValues: (0..<31).map { ("d\($0)", "v") }),
                metric: "x",
                value: 1),
        ]
        var batch = SampleBatch()
        let error = try #require(throws: DatabaseError.self) { try batch.append(samples[index]) }
        #expect(error.code == .invalidSample)
        #expect(batch.isEmpty)
    }

    @Test("a sample without a time gets that of the append")
    func now() throws {
        let database = try open()
        defer { database.close() }
        try database.append(Sample(namespace: "Test", metric: "x", value: 1))
        #expect(database.statistics.newestTimestampNs == world.clock.wallNs())
    }

    @Test("after close everything says that it is closed, and closing again is fine")
    func closed() throws {
        let database = try open()
        database.close()
        database.close()
        #expect(
            try #require(throws: DatabaseError.self) { try database.append(sample(1, secondsAgo: 0)) }.code == .closed)
        #expect(try #require(throws: DatabaseError.self) { try database.flush() }.code == .closed)
    }

    @Test("canonically equivalent spellings in one batch are different names and values")
    func spellings() throws {
        let database = try open()
        defer { database.close() }
        var batch = SampleBatch()
        for (index, name) in ["caf\u{e9}", "cafe\u{301}"].enumerated() {
            for (namespace, key, value, metric) in [
                (name, "k", "v", "m"), ("n", name, "v", "m"), ("n", "k", name, "m"), ("n", "k", "v", name),
            ] {
                try batch.append(
                    Sample(
                        namespace: namespace, dimensions: [key: value], metric: metric, value: Double(index),
                        timestampNs: world.clock.wallNs()))
            }
        }
        #expect(batch.rows(nowNs: 0).shapes.count == 8)
        try database.append(contentsOf: batch)
        #expect(database.statistics.seriesCount == 8)
    }

    @Test("a token recognises samples without a time, which is another one in each attempt; others are refused")
    func openTimes() throws {
        let database = try open()
        defer { database.close() }
        func batch(_ value: Double) throws -> SampleBatch {
            var batch = SampleBatch()
            batch.retryToken = "t"
            try batch.append(Sample(namespace: "Test", dimensions: [:], metric: "x", value: value, timestampNs: nil))
            return batch
        }
        try database.append(contentsOf: batch(1))
        world.clock.advance(byNs: 1_000)
        try database.append(contentsOf: batch(1))
        #expect(database.statistics.sampleCount == 1)
        let error = try #require(throws: DatabaseError.self) { try database.append(contentsOf: batch(2)) }
        #expect(error.code == .invalidSample && error.message.contains("1 other rows"))
    }

    @Test("every unit has its counterpart in the engine, spelled alike")
    func units() {
        #expect(MetricUnit.allCases.map(\.rawValue).sorted() == Unit.allCases.map(\.name).sorted())
    }

    @Test("every failure of the store has a code, a message and a place or advice")
    func errors() {
        let disk = DiskError.notFound(path: "/x")
        let errors: [StoreError] = [
            .disk(disk), .corrupt(Corruption(path: "/x", offset: 7, detail: "bad")),
            .newerFormat(path: "/x", version: 9, supported: 1), .inUse(directory: "/x"), .notAStore(directory: "/x"),
            .timestampOutOfRange(timestamp: 1, oldest: 2, newest: 3), .tooManySeries(limit: 1, namespace: "n"),
            .nameOutOfBounds(NameExcess(.metric, 256, limit: 255)), .rowsRefusedBefore(rows: 3),
            .tooManySnapshots(directory: "/x", limit: 5), .tokenReused(rows: 1, firstRows: 1),
            .batchTooLarge(rows: 1, values: 2), .readOnly(reason: "r"), .outcomeUnknown(disk), .overloaded, .closed,
        ]
        for error in errors.map({ DatabaseError($0) }) {
            #expect(!error.message.isEmpty)
            #expect(error.place != nil || error.advice != nil, "\(error)")
        }
    }
}
