import Testing
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

@Suite struct RowsQueryTests {
    private static let base: Int64 = 1_700_000_000_000_000_000
    private let context = QueryContext(nowNs: base + 100)

    private let snapshot: FakeSnapshot = {
        var snapshot = FakeSnapshot()
        snapshot.add("cpu", "user", ["host": "b"], rows: [(base, 10), (base + 10, 95), (base + 20, 20)])
        snapshot.add("cpu", "idle", ["host": "b"], rows: [(base, 90), (base + 20, 80), (base + 30, 70)])
        snapshot.add("cpu", "user", ["host": "a", "rack": "r"], rows: [(base, 91), (base + 10, 5)])
        snapshot.add("mem", "used", rows: [(base, 1)])
        return snapshot
    }()

    private func run(_ statement: String) throws -> QueryResult {
        try QueryEngine.run(statement, on: snapshot, in: context)
    }

    /// A row of `cpu`.
    private func row(_ time: Int64, _ host: String, _ rack: String?, _ idle: Double?, _ user: Double?) -> [QueryResult
        .Value]
    {
        [
            .time(Self.base + time), .text(host), rack.map { .text($0) } ?? .null, idle.map { .number($0) } ?? .null,
            user.map { .number($0) } ?? .null,
        ]
    }

    @Test("a row has all metrics of a source at one time; rows go by time, then by source")
    func everything() throws {
        let result = try run("SELECT * FROM cpu")
        #expect(result.columns.map(\.name) == ["time", "host", "rack", "idle", "user"])
        #expect(result.columns.map(\.kind) == [.time, .text, .text, .number, .number])
        #expect(
            result.rows == [
                row(0, "a", "r", nil, 91), row(0, "b", nil, 90, 10), row(10, "a", "r", nil, 5),
                row(10, "b", nil, nil, 95), row(20, "b", nil, 80, 20), row(30, "b", nil, 70, nil),
            ])
        #expect(result.series == nil && result.notices.isEmpty)
    }

    @Test("conditions choose series by their dimensions and rows by their values")
    func conditions() throws {
        #expect(
            try run("SELECT * FROM cpu WHERE user > 90").rows == [
                row(0, "a", "r", nil, 91), row(10, "b", nil, nil, 95),
            ])
        let ofHost = try run("SELECT * FROM cpu WHERE host = 'b' AND user <= 20")
        #expect(ofHost.columns.map(\.name) == ["time", "host", "idle", "user"])
        #expect(ofHost.rows.count == 2)
        #expect(try run("SELECT * FROM cpu WHERE user < 50 AND idle >= 90").rows == [row(0, "b", nil, 90, 10)])
        #expect(try run("SELECT * FROM cpu WHERE user = 5").rows == [row(10, "a", "r", nil, 5)])
        #expect(try run("SELECT * FROM cpu WHERE user != 5 AND idle != 0").rows.count == 2)
        #expect(try run("SELECT * FROM SCHEMA(cpu, host)").rows.count == 4)
        #expect(try run("SELECT * FROM cpu WHERE rack != 'r'").rows.count == 4)
    }

    @Test("ranges contain their start and not their end; without UNTIL the present moment is shown")
    func range() throws {
        let some = try run("SELECT * FROM cpu WHERE host = 'b' SINCE \(Self.base + 10) UNTIL \(Self.base + 30)")
        #expect(some.rows.map { $0[0] } == [.time(Self.base + 10), .time(Self.base + 20)])
        let context = QueryContext(nowNs: Self.base + 30)
        let now = try QueryEngine.run("SELECT * FROM cpu WHERE idle < 75", on: snapshot, in: context)
        #expect(now.rows.count == 1)
        #expect(throws: QueryError.self) { try run("SELECT * FROM cpu SINCE now UNTIL now - 1h") }
    }

    @Test("the newest first, and LIMIT, which says how many there are")
    func order() throws {
        let result = try run("SELECT * FROM cpu ORDER BY time DESC LIMIT 3")
        #expect(
            result.rows == [row(30, "b", nil, 70, nil), row(20, "b", nil, 80, 20), row(10, "a", "r", nil, 5)])
        #expect(result.notices == ["3 of 6 rows shown (LIMIT)"])
        #expect(try run("SELECT * FROM cpu LIMIT 1").rows == [row(0, "a", "r", nil, 91)])
        #expect(try run("SELECT * FROM cpu LIMIT 99999999999999999999").notices.isEmpty)
    }

    @Test("several samples at one time make several rows, in the order in which they came")
    func duplicates() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("n", "a", rows: [(Self.base, 1), (Self.base, 2)])
        snapshot.add("n", "b", rows: [(Self.base, 5), (Self.base, 3), (Self.base, .nan)])
        let result = try QueryEngine.run("SELECT * FROM n", on: snapshot, in: context)
        let time = QueryResult.Value.time(Self.base)
        #expect(
            "\(result.rows)"
                == "\([[time, .number(1), .number(5)], [time, .number(2), .number(3)], [time, .null, .number(.nan)]])")
    }

    @Test("unknown names are noticed")
    func unknown() throws {
        #expect(try run("SELECT * FROM cpus").notices == ["there is no namespace \"cpus\"; did you mean \"cpu\"?"])
        let metric = try run("SELECT * FROM cpu WHERE usr > 5")
        #expect(metric.rows.isEmpty && metric.notices == ["\"cpu\" has no metric \"usr\"; did you mean \"user\"?"])
        #expect(try run("SELECT * FROM cpu WHERE tag.x != 'y'").notices.count == 1)
    }

    @Test("sources are read in batches that fit the budget; one that does not fit is refused")
    func budget() throws {
        var snapshot = FakeSnapshot()
        for host in 0..<40 {
            snapshot.add("n", "x", ["h": "\(host + 10)"], rows: (0..<10).map { (Self.base + $0, Double(host)) })
        }
        let whole = try QueryEngine.run("SELECT * FROM n", on: snapshot, in: context)
        #expect(whole.rows.count == 400)
        for samplesMax in [20, 50, 799, 800] {
            let context = QueryContext(nowNs: context.nowNs, samplesMax: samplesMax)
            #expect(try QueryEngine.run("SELECT * FROM n", on: snapshot, in: context) == whole, "\(samplesMax)")
        }
        let tooSmall = QueryContext(nowNs: context.nowNs, samplesMax: 19)
        let error = #expect(throws: QueryError.self) {
            try QueryEngine.run("SELECT * FROM n", on: snapshot, in: tooSmall)
        }
        #expect(error?.description.contains("more than 9 values, the limit of SELECT *") == true)
    }

    @Test("damage and cancellation end the statement; with gaps accepted damage is left out and said")
    func faults() throws {
        var broken = snapshot
        let place = Corruption(path: "s1", offset: 7, detail: "bad")
        broken.decodeError = .corrupt(place)
        #expect(throws: QueryError.store(.corrupt(place))) {
            try QueryEngine.run("SELECT * FROM cpu", on: broken, in: context)
        }
        var accepting = context
        accepting.acceptsGaps = true
        let result = try QueryEngine.run("SELECT * FROM cpu", on: broken, in: accepting)
        #expect(result.rows.isEmpty && result.notices.count == 1)
        let flag = CancellationFlag()
        flag.raise()
        var cancelled = context
        cancelled.cancellation = flag
        #expect(throws: QueryError.cancelled) { try QueryEngine.run("SELECT * FROM cpu", on: snapshot, in: cancelled) }
    }

    @Test("rows are those of a naive evaluator, however the data is cut", arguments: 0..<30 as Range<UInt64>)
    func agrees(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let snapshot = RandomRows.distinctTimes(RandomWorld.snapshot(&random))
        for cut in 0..<6 as Range<UInt64> {
            let rows = RandomRows.rows(&random)
            let statement = rows.description
            #expect(try QueryEngine.parse(statement) == .rows(rows), "seed \(seed): \(statement)")
            let data = cut == 0 ? snapshot : snapshot.cutAtRandom(seed: seed &* 31 &+ cut)
            let context = QueryContext(nowNs: RandomWorld.nowNs, samplesMax: cut == 1 ? 600 : 1 << 20)
            let result = try QueryEngine.run(statement, on: data, in: context)
            let expected = RandomRows.expected(rows, snapshot)
            #expect("\(result.rows)" == "\(expected)", "seed \(seed), cut \(cut): \(statement)")
        }
    }
}

enum RandomRows {
    static func rows(_ random: inout SplitMix64) -> RowsSyntax {
        let select = RandomWorld.select(&random)
        var rows = RowsSyntax(source: select.source)
        rows.conditions = select.conditions
        rows.valueConditions = (0..<Int.random(in: 0...2, using: &random)).map { _ in
            ValueConditionSyntax(
                metric: (RandomWorld.metrics + ["none"]).randomElement(using: &random)!,
                comparison: ComparisonOperator.allCases.randomElement(using: &random)!,
                value: Double(Int.random(in: -100...100, using: &random)) / 2)
        }
        rows.isNewestFirst = .random(using: &random)
        rows.limit = select.limit.map { $0 * 7 }
        rows.times = select.times
        rows.times.periodNs = nil
        return rows
    }

    /// Of several rows of a series at one time the first, and of several series of one name the first.
    static func distinctTimes(_ snapshot: FakeSnapshot) -> FakeSnapshot {
        var result = FakeSnapshot()
        var names: Set<String> = []
        let series = snapshot.series.filter { names.insert("\($0.source) \($0.field.metric)").inserted }
        result.series = series.map { series in
            var series = series
            var times: Set<Int64> = []
            series.rows = series.rows.filter { times.insert($0.timestamp).inserted }
            series.pieces = [FakeSnapshot.Piece(rows: series.rows)]
            return series
        }
        return result
    }

    /// Looks at every time of every source.
    static func expected(_ rows: RowsSyntax, _ snapshot: FakeSnapshot) -> [[QueryResult.Value]] {
        let series = snapshot.series.filter { matches($0, rows) }
        let keys = Set(series.flatMap { $0.source.dimensions.map(\.name) }).sorted()
        let metrics = Set(series.map(\.field.metric)).sorted()
        var answer: [(time: Int64, keys: [String], cells: [QueryResult.Value])] = []
        let range = range(rows.times)
        for source in Set(series.map(\.source)) {
            let members = series.filter { $0.source == source }
            for time in Set(members.flatMap { $0.rows.map(\.timestamp) }) where range.contains(time) {
                let values = metrics.map { metric in
                    members.first { $0.field.metric == metric }?.rows.first { $0.timestamp == time }?.value
                }
                guard rows.valueConditions.allSatisfy({ holds($0, metrics, values) }) else { continue }
                let texts = keys.map { key in source.dimensions.first { $0.name == key }?.value }
                let cells = [.time(time)] + texts.map { $0.map { .text($0) } ?? QueryResult.Value.null }
                let shown = values.map { $0.map { .number($0) } ?? QueryResult.Value.null }
                // Sources without a key come first.
                answer.append((time, texts.map { $0.map { "1\($0)" } ?? "0" }, cells + shown))
            }
        }
        answer.sort { left, right in
            if left.time != right.time { return (left.time < right.time) != rows.isNewestFirst }
            return left.keys.lexicographicallyPrecedes(right.keys)
        }
        return answer.prefix(rows.limit ?? .max).map(\.cells)
    }

    private static func matches(_ series: FakeSnapshot.Series, _ rows: RowsSyntax) -> Bool {
        let dimensions = Dictionary(uniqueKeysWithValues: series.source.dimensions.map { ($0.name, $0.value) })
        if let schema = rows.source.schema, Set(schema) != Set(dimensions.keys) { return false }
        return rows.conditions.allSatisfy { condition in
            guard case .dimension(let name) = condition.key else { return false }
            switch condition.operand {
            case .value(let value): return (dimensions[name] == value) == condition.isEquality
            case .values(let values):
                return (dimensions[name].map(values.contains) ?? false) == condition.isEquality
            case .currentAccount: return false
            }
        }
    }

    private static func range(_ times: TimesSyntax) -> Range<Int64> {
        guard case .now(let offsetNs) = times.since!.content else { return 0..<0 }
        let since = RandomWorld.nowNs + offsetNs
        guard case .at(let until) = times.until?.content else { return since..<RandomWorld.nowNs + 1 }
        return since..<until
    }

    private static func holds(_ condition: ValueConditionSyntax, _ metrics: [String], _ values: [Double?]) -> Bool {
        guard let index = metrics.firstIndex(of: condition.metric), let value = values[index] else { return false }
        switch condition.comparison {
        case .equal: return value == condition.value
        case .notEqual: return value != condition.value && !value.isNaN
        case .less: return value < condition.value
        case .lessOrEqual: return value <= condition.value
        case .greater: return value > condition.value
        case .greaterOrEqual: return value >= condition.value
        }
    }
}
