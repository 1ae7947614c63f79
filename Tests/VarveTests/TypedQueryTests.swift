import Testing
import Varve
import VarveIO
import VarveTestKit

@Suite("Typed questions")
struct TypedQueryTests {
    private let world = SimulatedWorld(seed: 7)
    private let second: Int64 = 1_000_000_000
    /// A whole hour.
    private var start: Int64 { (world.clock.wallNs() / (3_600 * second) - 2) * 3_600 * second }

    private func database() throws -> Database {
        let database = try Database.open("/db", options: DatabaseOptions(), environment: world.environment)
        var batch = SampleBatch()
        // a: 1…100 in the first minute; b: 10 and 20 in the second.
        for value in 1...100 {
            try batch.append(
                namespace: "Shop", dimensions: ["host": "a", "odd\\": "x\\"], values: ["latency": Double(value)],
                timestampNs: start + Int64(value) * second / 2)
        }
        for (index, value) in [10.0, 20].enumerated() {
            try batch.append(
                namespace: "Shop", dimensions: ["host": "b"], values: ["latency": value],
                timestampNs: start + (61 + Int64(index)) * second)
        }
        try database.append(contentsOf: batch)
        return database
    }

    @Test("every statistic is asked for by type and answered for each group and period")
    func statistics() throws {
        let database = try database()
        defer { database.close() }
        let wanted: [Varve.Statistic] = [
            .sampleCount, .sum, .average, .minimum, .maximum, .percentile(99), .percentile(99.5),
            .trimmedMean(.percent(10, 90)), .winsorizedMean(.values(above: 10, upTo: 90)),
            .trimmedCount(.values(upTo: 30)), .trimmedSum(.values(above: 98)), .percentileRank(above: 90, upTo: 95),
            .interquartileMean,
        ]
        let series = try database.statistics(
            wanted, of: MetricSelector("latency", in: "Shop", groupedBy: ["host"]),
            over: start..<start + 120 * second, period: .seconds(60))
        #expect(series.map(\.group) == [["host": "a"], ["host": "b"]])
        #expect(series.map(\.timestampsNs) == [[start], [start + 60 * second]])
        #expect(series[0].period == .seconds(60))
        // Of 1…100: WM counts 1…10 as 10 and 91…100 as 90.
        let winsorized = (Double((11...90).reduce(0, +)) + 10 * 10 + 10 * 90) / 100
        let expected: [Double] = [100, 5_050, 50.5, 1, 100, 99, 100, 50.5, winsorized, 30, 199, 5, 50.5]
        for (statistic, value) in zip(wanted, expected) {
            let found = series[0][statistic]
            #expect(found.count == 1 && abs((found[0] ?? .nan) - value) < 1e-9, "\(statistic): \(found)")
        }
        #expect(series[1][.average] == [15])
        #expect(series[1][.trimmedMean(.values(above: 50))] == [], "not asked for")
    }

    @Test("names that statements cannot write are found; what does not match is empty")
    func names() throws {
        let database = try database()
        defer { database.close() }
        func count(_ dimensions: [String: String]) throws -> [Double?] {
            try database.statistics(
                [.sampleCount], of: MetricSelector("latency", in: "Shop", dimensions: dimensions),
                over: start..<start + 3_600 * second, period: .seconds(3_600)
            ).flatMap { $0[.sampleCount] }
        }
        #expect(try count(["odd\\": "x\\"]) == [100])
        #expect(try count([:]) == [102])
        #expect(try count(["host": "c"]) == [])
        let none = try database.statistics(
            [.trimmedMean(.values(above: 1_000)), .sum], of: MetricSelector("latency", in: "Shop"),
            over: start..<start + 60 * second, period: .seconds(60))
        #expect(none.map { $0[.trimmedMean(.values(above: 1_000))] } == [[nil]])
    }

    @Test("what cannot be asked is refused with a code")
    func refusals() throws {
        let database = try database()
        defer { database.close() }
        func code(
            _ statistics: [Varve.Statistic], from: Int64 = 0, period: Duration = .seconds(60)
        ) -> DatabaseError.Code? {
            let error = #expect(throws: DatabaseError.self) {
                try database.statistics(
                    statistics, of: MetricSelector("latency", in: "Shop"), over: start + from..<start + 60 * second,
                    period: period)
            }
            return error?.code
        }
        for statistic in [
            Varve.Statistic.percentile(101), .percentile(-1), .percentile(.nan), .trimmedMean(.percent(60, 40)),
            .trimmedSum(.values()), .percentileRank(), .percentileRank(above: -1),
            .trimmedCount(.values(above: 3, upTo: 2)),
            .winsorizedMean(.values(upTo: .infinity)),
        ] { #expect(code([statistic]) == .invalidStatistic, "\(statistic)") }
        #expect(code([]) == .invalidStatement)
        #expect(code([.sum], from: 60 * second) == .invalidStatement)
        #expect(code([.sum], period: .zero) == .invalidStatement)
        #expect(code([.sum], period: .seconds(-1)) == .invalidStatement)
        #expect(code([.sum], period: Duration(secondsComponent: 0, attosecondsComponent: 5)) == .invalidStatement)
        #expect(code([.sum], period: .seconds(Int64.max)) == .invalidStatement)
        #expect(code([.sum], period: .nanoseconds(1)) == .limitExceeded)
    }

    @Test(
        "a statistic is read and written as the service spells it",
        arguments: [
            ("Average", .average), ("p99.9", .percentile(99.9)), ("tm90", .trimmedMean(.percent(0, 90))),
            ("TM(10%:90%)", .trimmedMean(.percent(10, 90))), ("WM(95%:)", .winsorizedMean(.percent(95, 100))),
            ("TC(0.5:)", .trimmedCount(.values(above: 0.5))), ("TS(:300)", .trimmedSum(.values(upTo: 300))),
            ("PR(100:300)", .percentileRank(above: 100, upTo: 300)), ("IQM", .interquartileMean),
            ("SampleCount", .sampleCount),
        ] as [(String, Varve.Statistic)])
    func spelling(text: String, statistic: Varve.Statistic) throws {
        #expect(try Varve.Statistic(text) == statistic)
        #expect(statistic.description == text)
        let error = #expect(throws: DatabaseError.self) { try Varve.Statistic(text + "?") }
        #expect(error?.code == .invalidStatistic)
    }

    @Test("a task asks without keeping its thread, and ends the question when it is cancelled")
    func asynchronous() async throws {
        let database = try database()
        defer { database.close() }
        let selector = MetricSelector("latency", in: "Shop")
        let range = start..<start + 3_600 * second
        let series = try await database.statistics([.sum], of: selector, over: range, period: .seconds(3_600))
        #expect(series.map { $0[.sum] } == [[5_080]])
        let rows = try await database.query("SELECT SUM(latency) FROM Shop SINCE 1d PERIOD 7d")
        #expect(rows.compactMap { $0["SUM(latency)"] } == [.number(5_080)])
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await database.query("SELECT SUM(latency) FROM Shop SINCE 1d PERIOD 7d")
        }
        let error = await #expect(throws: DatabaseError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }
}

@Suite("Streamed rows")
struct RowStreamTests {
    private let second: Int64 = 1_000_000_000

    /// Rows of three sources at random times, many of them equal, over a day.
    private func database(_ world: SimulatedWorld, rows: Int) throws -> Database {
        let database = try Database.open("/db", options: DatabaseOptions(), environment: world.environment)
        var generator = SplitMix64(seed: 11)
        let now = world.clock.wallNs()
        for part in 0..<4 {
            var batch = SampleBatch()
            for _ in 0..<rows / 4 {
                let host = Int.random(in: 0..<3, using: &generator)
                // Half of the rows within a minute, half within a day; whole seconds, so that many are equal.
                let ago = Int64.random(in: 1...(Bool.random(using: &generator) ? 60 : 86_400), using: &generator)
                var values = ["cpu": Double(Int.random(in: 0..<100, using: &generator))]
                if host == 1 { values["disk"] = 1 }
                try batch.append(
                    namespace: "App", dimensions: ["host": "h\(host)"], values: values, timestampNs: now - ago * second)
            }
            try database.append(contentsOf: batch)
            if part == 1 { try database.flush() }
        }
        return database
    }

    @Test(
        "rows come as one statement answers them, whatever the size of pieces",
        arguments: [
            "SELECT * FROM App SINCE 2d", "SELECT * FROM App ORDER BY time DESC SINCE 2d",
            "SELECT * FROM App WHERE host = 'h1' AND cpu > 50 SINCE 2d", "SELECT * FROM App LIMIT 33 SINCE 2d",
            "SELECT * FROM App WHERE cpu < 20 ORDER BY time DESC LIMIT 20 SINCE 2d", "SELECT * FROM Nothing SINCE 2d",
            "SELECT AVG(cpu), MAX(disk) FROM App GROUP BY host SINCE 1d PERIOD 1h", "SHOW METRICS",
        ])
    func pieces(statement: String) async throws {
        let world = SimulatedWorld(seed: 3)
        let database = try database(world, rows: 240)
        defer { database.close() }
        let whole = Array(try await database.query(statement))
        for size in [1, 7, 50, 10_000] {
            var streamed: [Row] = []
            for try await row in database.rows(of: statement, pieceRowsMax: size) { streamed.append(row) }
            #expect(streamed == whole, "pieces of \(size): \(streamed.count) of \(whole.count) rows")
        }
    }

    @Test("rows that are written while a stream is read are not part of it")
    func snapshot() async throws {
        let world = SimulatedWorld(seed: 4)
        let database = try database(world, rows: 400)
        defer { database.close() }
        var count = 0
        for try await _ in database.rows(of: "SELECT * FROM App SINCE 2d", pieceRowsMax: 10) {
            count += 1
            if count == 5 {
                try database.append(Sample(namespace: "App", dimensions: ["host": "h0"], metric: "cpu", value: 1))
            }
        }
        #expect(count == 400)
    }

    @Test("errors are typed, and end the sequence")
    func errors() async throws {
        let world = SimulatedWorld(seed: 5)
        let database = try database(world, rows: 40)
        defer { database.close() }
        var iterator = database.rows(of: "SELECT * FRM App").makeAsyncIterator()
        do throws(DatabaseError) {
            _ = try await iterator.next()
            Issue.record("no error")
        } catch {
            #expect(error.code == .invalidStatement)
        }
        #expect(try await iterator.next() == nil)
        let task = Task {
            var count = 0
            for try await _ in database.rows(of: "SELECT * FROM App SINCE 2d", pieceRowsMax: 1) {
                count += 1
                if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
            }
            return count
        }
        let error = await #expect(throws: DatabaseError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }
}
