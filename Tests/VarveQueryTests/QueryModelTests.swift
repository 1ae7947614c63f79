import Testing
import VarveCodec
import VarveModel
import VarveQuery
import VarveTestKit

/// Random statements on random data against an evaluator that is too simple to be wrong.
@Suite struct QueryModelTests {
    @Test("a query answers as the naive evaluator does, however the data is cut", arguments: 0..<40 as Range<UInt64>)
    func agrees(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let snapshot = RandomWorld.snapshot(&random)
        for _ in 0..<8 {
            let select = RandomWorld.select(&random)
            let statement = select.description
            #expect(try QueryEngine.parse(statement) == .select(select))
            let expected = NaiveEvaluator(select: select, snapshot: snapshot, nowNs: RandomWorld.nowNs).rows
            for cut in 0..<3 as Range<UInt64> {
                let cutSnapshot = cut == 0 ? snapshot : snapshot.cutAtRandom(seed: seed &* 31 &+ cut)
                let context = QueryContext(nowNs: RandomWorld.nowNs)
                let result = try QueryEngine.run(statement, on: cutSnapshot, in: context)
                // As text, which tells −0.0 from 0.0.
                #expect("\(result.rows)" == "\(expected)", "seed \(seed), cut \(cut): \(statement)")
            }
        }
    }
}

enum RandomWorld {
    static let nowNs: Int64 = 1_700_000_000_000_000_000
    static let metrics = ["a", "b"]
    static let keys = ["k", "l", "m"]

    static func snapshot(_ random: inout SplitMix64) -> FakeSnapshot {
        var snapshot = FakeSnapshot()
        for host in 0..<Int.random(in: 1...6, using: &random) {
            var dimensions: [String: String] = [:]
            for key in keys where Bool.random(using: &random) {
                dimensions[key] = ["x", "y", "Other"].randomElement(using: &random)
            }
            // Distinct, as series keys are.
            if Bool.random(using: &random) { dimensions["host"] = "\(host)" }
            for metric in metrics { snapshot.add("n", metric, dimensions, rows: rows(&random)) }
        }
        return snapshot
    }

    static func rows(_ random: inout SplitMix64) -> [(Int64, Double)] {
        let count = Int.random(in: 0...120, using: &random)
        let steps: [Int64] = [0, 1, 1_000_000_000, 10_000_000_000, 60_000_000_000]
        let stepNs = steps.randomElement(using: &random)!
        var timestamp = nowNs - Int64.random(in: 0...1_800, using: &random) * 1_000_000_000
        let isRegular = Bool.random(using: &random)
        return (0..<count).map { _ in
            timestamp += isRegular ? stepNs : Int64.random(in: 0...2 * stepNs, using: &random)
            return (timestamp, value(&random))
        }
    }

    static func value(_ random: inout SplitMix64) -> Double {
        switch random.next() % 40 {
        case 0: .nan
        case 1: random.next() % 2 == 0 ? .infinity : -.infinity
        case 2: -0.0
        case 3: 0
        case 4: Double.random(in: -1e300...1e300, using: &random)
        case 5: Double.random(in: -1e-300...1e-300, using: &random)
        default: Double(Int.random(in: -1_000...1_000, using: &random)) / 10
        }
    }

    static func select(_ random: inout SplitMix64) -> SelectSyntax {
        let columns = (0...Int.random(in: 0...2, using: &random)).map { _ in column(&random) }
        let schema: [String]? = random.next() % 4 == 0 ? keys.filter { _ in .random(using: &random) } : nil
        var select = SelectSyntax(columns: columns, source: SourceSyntax(namespace: "n", schema: schema))
        let groupKeys = keys.shuffled(using: &random).prefix(2).map { KeySyntax.dimension($0) }
        select.groupKeys = random.next() % 3 == 0 ? [] : groupKeys
        select.conditions = (0..<Int.random(in: 0...2, using: &random)).map { _ in
            let values = ["x", "y", "z"].shuffled(using: &random)
            return ConditionSyntax(
                key: .dimension(keys.randomElement(using: &random)!), isEquality: .random(using: &random),
                operand: Bool.random(using: &random) ? .value(values[0]) : .values(Array(values.dropLast())))
        }
        if random.next() % 3 == 0 {
            let bound = ExpressionSyntax.number(Double(Int.random(in: 0...50, using: &random)))
            select.having = [
                ComparisonSyntax(
                    left: column(&random), comparison: ComparisonOperator.allCases.randomElement(using: &random)!,
                    right: Bool.random(using: &random) ? bound : column(&random))
            ]
        }
        if random.next() % 2 == 0 {
            let function = function(&random)
            select.order = OrderSyntax(function: function, isDescending: .random(using: &random))
        }
        if random.next() % 3 == 0 { select.limit = Int.random(in: 1...4, using: &random) }
        select.times = times(&random)
        return select
    }

    static func function(_ random: inout SplitMix64) -> AggregateFunction {
        if random.next() % 3 > 0 { return AggregateFunction.named.randomElement(using: &random)! }
        while true {
            let statistic = RandomStatistic.any(&random)
            switch statistic {
            case .percentile, .trimmed, .percentileRank: return .extended(statistic)
            default: continue
            }
        }
    }

    static func aggregate(_ random: inout SplitMix64) -> ExpressionSyntax {
        .aggregate(
            AggregateSyntax(function: function(&random), metric: (metrics + ["none"]).randomElement(using: &random)!))
    }

    /// With one aggregate at least.
    static func column(_ random: inout SplitMix64, depth: Int = 0) -> ExpressionSyntax {
        guard depth < 3, random.next() % 3 == 0 else { return aggregate(&random) }
        let sign = ArithmeticOperator.allCases.randomElement(using: &random)!
        let inner = column(&random, depth: depth + 1)
        switch random.next() % 4 {
        case 0: return .negated(inner)
        case 1: return .binary(sign, inner, .number(Double(Int.random(in: 0...20, using: &random)) / 4))
        case 2: return .binary(sign, .number(Double.random(in: 0...1e-3, using: &random)), inner)
        default: return .binary(sign, inner, column(&random, depth: depth + 1))
        }
    }

    static func times(_ random: inout SplitMix64) -> TimesSyntax {
        let sinceNs = Int64.random(in: 60...2_000, using: &random) * 1_000_000_000
        let periods: [Int64] = [1_000_000_000, 7_000_000_001, 60_000_000_000, 300_000_000_000, 86_400_000_000_000]
        let span = SourceSpan(start: 0, end: 0)
        var times = TimesSyntax()
        times.since = Located(content: .now(offsetNs: -sinceNs), span: span)
        if random.next() % 2 == 0 {
            let untilNs = Int64.random(in: -600_000_000_000..<sinceNs, using: &random)
            times.until = Located(content: .at(nowNs - untilNs), span: span)
        }
        times.periodNs = Located(content: periods.randomElement(using: &random)!, span: span)
        return times
    }
}

/// Looks at every row of every series for every cell.
struct NaiveEvaluator {
    let select: SelectSyntax
    let snapshot: FakeSnapshot
    let nowNs: Int64
    /// With its group values.
    private let matching: [(series: FakeSnapshot.Series, group: [String])]

    init(select: SelectSyntax, snapshot: FakeSnapshot, nowNs: Int64) {
        self.select = select
        self.snapshot = snapshot
        self.nowNs = nowNs
        matching = snapshot.series.filter { Self.matches($0, select) }.map { ($0, Self.groupValues($0, select)) }
    }

    private struct Group {
        var values: [String]
        var rows: [[QueryResult.Value]]
        var rank: Double?
    }

    /// The rows that the engine should answer.
    var rows: [[QueryResult.Value]] {
        var groups = Set(matching.map(\.group)).sorted { $0.lexicographicallyPrecedes($1) }.map(group)
        groups.removeAll { $0.rows.isEmpty }
        if let order = select.order {
            let sign: Double = order.isDescending ? -1 : 1
            // The groups are sorted by key values and the sort is stable.
            groups.sort { left, right in
                guard let leftRank = left.rank else { return false }
                return right.rank.map { leftRank * sign < $0 * sign } ?? true
            }
        }
        return groups.prefix(select.limit ?? 500).flatMap(\.rows)
    }

    private static func matches(_ series: FakeSnapshot.Series, _ select: SelectSyntax) -> Bool {
        let dimensions = dimensions(series)
        if let schema = select.source.schema, Set(schema) != Set(dimensions.keys) { return false }
        return select.conditions.allSatisfy { condition in
            guard case .dimension(let name) = condition.key else { return false }
            switch condition.operand {
            case .value(let value): return (dimensions[name] == value) == condition.isEquality
            case .values(let values):
                return (dimensions[name].map(values.contains) ?? false) == condition.isEquality
            case .currentAccount: return false
            }
        }
    }

    private static func dimensions(_ series: FakeSnapshot.Series) -> [String: String] {
        Dictionary(uniqueKeysWithValues: series.source.dimensions.map { ($0.name, $0.value) })
    }

    private static func groupValues(_ series: FakeSnapshot.Series, _ select: SelectSyntax) -> [String] {
        select.groupKeys.map { key in
            guard case .dimension(let name) = key else { return "" }
            return dimensions(series)[name] ?? "Other"
        }
    }

    private func group(_ values: [String]) -> Group {
        var group = Group(values: values, rows: [], rank: nil)
        var firstColumn: [(Int64, Double)] = []
        for start in bucketStarts {
            let cells = select.columns.map { evaluate($0, values, start) }
            if cells.allSatisfy({ $0 == nil }) { continue }
            guard select.having.allSatisfy({ holds($0, values, start) }) else { continue }
            if let value = cells[0] { firstColumn.append((start, value)) }
            let shown = zip(cells, select.columns).map { cell, column -> QueryResult.Value in
                guard let cell else { return .null }
                guard case .aggregate(let aggregate) = column, aggregate.function == .count else {
                    return .number(cell)
                }
                return .integer(Int64(cell))
            }
            group.rows.append([.time(start)] + values.map { .text($0) } + shown)
        }
        group.rank = select.order.flatMap { order in evaluate(order.function, firstColumn, canBeInfinite: true) }
        return group
    }

    private func evaluate(_ column: ExpressionSyntax, _ group: [String], _ start: Int64) -> Double? {
        let result: Double?
        switch column {
        case .aggregate(let aggregate):
            result = evaluate(aggregate.function, samples(group, aggregate.metric, start))
        case .number(let number): result = number
        case .negated(let operand): result = evaluate(operand, group, start).map { 0 - $0 }
        case .binary(let sign, let left, let right):
            guard let left = evaluate(left, group, start), let right = evaluate(right, group, start) else { return nil }
            switch sign {
            case .add: result = left + right
            case .subtract: result = left - right
            case .multiply: result = left * right
            case .divide: result = left / right
            }
        }
        return result.flatMap { $0.isFinite ? $0 + 0 : nil }
    }

    private func holds(_ comparison: ComparisonSyntax, _ group: [String], _ start: Int64) -> Bool {
        guard let left = evaluate(comparison.left, group, start), let right = evaluate(comparison.right, group, start)
        else { return false }
        switch comparison.comparison {
        case .equal: return left == right
        case .notEqual: return left != right
        case .less: return left < right
        case .lessOrEqual: return left <= right
        case .greater: return left > right
        case .greaterOrEqual: return left >= right
        }
    }

    private var periodNs: Int64 { select.times.periodNs!.content }

    private var bucketStarts: [Int64] {
        guard case .now(let offsetNs) = select.times.since!.content else { return [] }
        var starts: [Int64] = []
        var start = floor(nowNs + offsetNs)
        var end = floor(nowNs) + periodNs
        if case .at(let until) = select.times.until?.content { end = floor(until) }
        while start < end {
            starts.append(start)
            start += periodNs
        }
        return starts
    }

    private func floor(_ timestamp: Int64) -> Int64 { timestamp / periodNs * periodNs }

    /// With their times.
    private func samples(_ group: [String], _ metric: String, _ start: Int64) -> [(Int64, Double)] {
        var samples: [(Int64, Double)] = []
        for match in matching where match.series.field.metric == metric && match.group == group {
            for row in match.series.rows where row.timestamp >= start && row.timestamp < start + periodNs {
                if row.value.isFinite { samples.append((row.timestamp, row.value)) }
            }
        }
        return samples
    }

    private func evaluate(
        _ function: AggregateFunction, _ samples: [(time: Int64, value: Double)], canBeInfinite: Bool = false
    ) -> Double? {
        let values = samples.map(\.value)
        guard let minimum = values.min(), let maximum = values.max() else { return nil }
        var sum = ExactSum()
        for value in values { sum.add(value) }
        let result =
            switch function {
            case .average: sum.value / Double(values.count)
            case .count: Double(values.count)
            case .maximum: maximum
            case .last: samples.max { ($0.time, $0.value) < ($1.time, $1.value) }!.value
            case .extended(let statistic): exact(statistic, values)
            case .minimum: minimum
            case .sum: sum.value
            }
        return result.isFinite || canBeInfinite && !result.isNaN ? result + 0 : nil
    }

    /// By an accumulator, which has a naive evaluator of its own (`NaiveStatistics`).
    private func exact(_ statistic: Statistic, _ values: [Double]) -> Double {
        var accumulator = StatisticAccumulator(for: [statistic], path: .exact)
        for value in values.sorted() { accumulator.add(value, weight: 1) }
        return accumulator.result(statistic).value ?? .nan
    }
}
