import Testing
import VarveIO
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// Statements against a store in every state that rows can be in, and against the same rows in plain arrays.
@Suite struct StoredQueryTests {
    private static let hour = Nanoseconds.perHour

    @Test(
        "answers do not depend on whether rows are in memory, in segments or merged",
        arguments: 1...6 as ClosedRange<UInt64>)
    func states(seed: UInt64) throws {
        var world = try StoredWorld(seed: seed)
        var random = SplitMix64(seed: seed &* 77)
        for state in StoredWorld.State.allCases {
            try world.enter(state)
            let snapshot = world.engine.snapshot()
            for statement in world.statements(&random) {
                let expected = try QueryEngine.run(statement, on: world.naive, in: world.context)
                // Twice: the second time rows in memory and rollups come from what the first one left behind.
                for workers in 1...2 {
                    var context = world.context
                    (context.workersMax, context.seriesPerWorkerMin) = (workers, 1)
                    let answer = try QueryEngine.run(statement, on: snapshot, in: context)
                    #expect("\(answer.rows)" == "\(expected.rows)", "seed \(seed), \(state): \(statement)")
                    #expect(answer.series?.map(\.label) == expected.series?.map(\.label))
                }
            }
        }
    }

    @Test("blocks that cannot matter are not decoded")
    func blocks() throws {
        var world = try StoredWorld(seed: 1, isPlain: true)
        try world.enter(.flushed)
        func decoded(_ statement: String) throws -> String {
            let answer = try QueryEngine.run(
                "EXPLAIN ANALYZE \(statement)", on: world.engine.snapshot(), in: world.context)
            let lines = answer.rows.compactMap { row -> String? in
                guard case .text("blocks decoded") = row[0], case .text(let count) = row[1] else { return nil }
                return count
            }
            return lines.joined()
        }
        let all = "SINCE \(world.start) UNTIL \(world.end)"
        // 3 hosts × 3 metrics, a block of 2 160 rows each.
        let every = try decoded("SELECT p50(a), p50(b), p50(c) FROM n \(all) PERIOD 6h")
        #expect(every == "9")
        #expect(try decoded("SELECT LAST(a), LAST(b), LAST(c) FROM n GROUP BY host \(all)") == "0")
        #expect(try decoded("SELECT AVG(a), MAX(b), COUNT(c) FROM n GROUP BY host \(all) PERIOD 2h") == "0")
        // The plain world counts up: a is the number of the row, so hits are in the last block of each host.
        #expect(try decoded("SELECT * FROM n WHERE a > 1000000 \(all)") == "0")
        #expect(try decoded("SELECT * FROM n WHERE a >= 2150 \(all)") == "9")
        #expect(try decoded("SELECT * FROM n WHERE a >= 2150 AND host = 'h1' \(all)") == "3")
    }
}

/// A store on a simulated disk and the same rows in memory.
struct StoredWorld {
    /// Each follows from the one before.
    enum State: CaseIterable {
        case inMemory, halfFlushed, flushed, settled
    }

    private var world: SimulatedWorld
    private let options: StoreOptions
    private(set) var engine: StoreEngine
    private(set) var naive = FakeSnapshot()
    let start: Int64
    private var halves: [[RowBatch]] = []

    var end: Int64 { start + 6 * Nanoseconds.perHour }
    var context: QueryContext { QueryContext(nowNs: world.environment.clock.wallNs()) }

    private static let metrics = ["a", "b", "c"]

    /// - Parameter isPlain: every host has one row every 10 s, whose metrics count the rows; else rows come late, twice
    ///   and not at all, and values are of all kinds.
    init(seed: UInt64, isPlain: Bool = false) throws {
        world = SimulatedWorld(seed: seed)
        var options = StoreOptions()
        options.walFileBytes = 4 << 20
        options.pageCacheBytes = 1 << 20
        options.space.ballastBytes = 0
        options.scrubBytesPerSecond = 0
        self.options = options
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        start = world.environment.clock.wallNs() / Nanoseconds.perDay * Nanoseconds.perDay - 12 * Nanoseconds.perHour
        var random = SplitMix64(seed: seed)
        let hosts = isPlain ? 3 : Int.random(in: 1...5, using: &random)
        for _ in 0..<2 { halves.append([]) }
        for host in 0..<hosts { fill(host: host, isPlain: isPlain, &random) }
    }

    private mutating func fill(host: Int, isPlain: Bool, _ random: inout SplitMix64) {
        let count = isPlain ? 2_160 : Int.random(in: 1...2_000, using: &random)
        let fields = isPlain ? Self.metrics : Array(Self.metrics.shuffled(using: &random).prefix(2))
        let dimensions = ["host": "h\(host)", "rack": "r\(host % 2)"]
        let shape = RowShape(
            source: SourceKey(
                namespace: "n", dimensions: dimensions.map { Dimension(name: $0.key, value: $0.value) }),
            fields: fields.map { FieldKey(metric: $0) })
        let scales: [Double] = [1, 0.01, 1 / 3]
        let scale = scales[Int.random(in: 0..<scales.count, using: &random)]
        var rows: [(time: Int64, values: [Double])] = (0..<count).map { row in
            (start + Int64(row) * 10 * Nanoseconds.perSecond, [Double](repeating: Double(row), count: fields.count))
        }
        if !isPlain {
            for index in rows.indices {
                rows[index].values = fields.map { _ in Self.value(scale, &random) }
                if random.next() % 50 == 0 {
                    rows[index].time += Int64.random(in: -40...40, using: &random) * 1_000_000_000
                }
            }
            rows += rows.filter { _ in random.next() % 40 == 0 }.shuffled(using: &random)
        }
        for (half, part) in [rows.prefix(rows.count / 2), rows.dropFirst(rows.count / 2)].enumerated() {
            var batch = RowBatch()
            for (time, values) in part { batch.append(shape: shape, timestamp: time, values: values) }
            halves[half].append(batch)
        }
        for (index, field) in fields.enumerated() {
            let order = rows.indices.sorted { (rows[$0].time, $0) < (rows[$1].time, $1) }
            naive.add("n", field, dimensions, rows: order.map { (rows[$0].time, rows[$0].values[index]) })
        }
    }

    private static func value(_ scale: Double, _ random: inout SplitMix64) -> Double {
        switch random.next() % 200 {
        case 0: .nan
        case 1: .infinity
        case 2: -0.0
        default: Double(Int.random(in: -20...120, using: &random)) * scale
        }
    }

    mutating func enter(_ state: State) throws {
        switch state {
        case .inMemory:
            for result in engine.commit(halves[0]) { _ = try result.get() }
            for result in engine.commit(halves[1]) { _ = try result.get() }
        case .halfFlushed:
            // A new store on a new disk: the same rows with a flush between.
            engine.close()
            world = SimulatedWorld(seed: 9)
            engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
            for result in engine.commit(halves[0]) { _ = try result.get() }
            try engine.flush()
            for result in engine.commit(halves[1]) { _ = try result.get() }
        case .flushed:
            if engine.snapshot().segmentSummaries.isEmpty { try enter(.inMemory) }
            try engine.flush()
        case .settled:
            world.clock.advance(byNs: 10 * Nanoseconds.perDay)
            _ = try engine.compact()
        }
    }

    /// Some of each kind, over ranges that do and do not hold whole blocks.
    func statements(_ random: inout SplitMix64) -> [String] {
        var statements: [String] = []
        for period in ["1m", "7m", "1h", "6h"] {
            let since = start + Int64.random(in: -10...300, using: &random) * Nanoseconds.perMinute
            let until = since + Int64.random(in: 1...400, using: &random) * Nanoseconds.perMinute
            let function = ["AVG", "MAX", "MIN", "SUM", "COUNT", "LAST", "p90"].randomElement(using: &random)!
            let group = ["", " GROUP BY host", " GROUP BY rack"].randomElement(using: &random)!
            let range = " SINCE \(since) UNTIL \(until)"
            statements.append("SELECT \(function)(a), AVG(b), LAST(c) FROM n\(group)\(range) PERIOD \(period)")
            statements.append("SELECT LAST(a), LAST(b) FROM n\(group)\(range)")
            let bound = Double(Int.random(in: -20...120, using: &random)) / 2
            let comparison = ComparisonOperator.allCases.randomElement(using: &random)!.rawValue
            let metric = Self.metrics.randomElement(using: &random)!
            statements.append("SELECT * FROM n WHERE \(metric) \(comparison) \(bound)\(range)")
            statements.append(
                "SELECT * FROM n WHERE \(metric) > \(bound) AND a < 50 ORDER BY time DESC LIMIT 37\(range)")
        }
        statements.append("SELECT * FROM n LIMIT 100000 SINCE \(start) UNTIL \(end)")
        return statements
    }
}
