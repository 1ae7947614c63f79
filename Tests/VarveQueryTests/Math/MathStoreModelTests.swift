import Testing
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// Random expressions over random rows, read through the engine, against the naive evaluator.
@Suite struct MathStoreModelTests {
    /// Rows whose sums per period are the points of a random metric, cut into chunks at random.
    private struct World {
        var snapshot = FakeSnapshot()
        var definitions: [MathDefinition] = []
        /// 1972-02-28T23:50:00Z and half an hour later: no multiple of three minutes.
        static let range = TimeRange(
            start: 68_169_000 * Nanoseconds.perSecond, end: 68_170_800 * Nanoseconds.perSecond)

        init(_ math: RandomMath, seed: UInt64) {
            var random = SplitMix64(seed: seed)
            for (id, series) in math.metrics {
                var rows: [(Int64, Double)] = []
                for (time, point) in series.points {
                    var rest = point
                    for _ in 0..<Int.random(in: 0...2, using: &random) {
                        let part = Double(Int.random(in: -9...9, using: &random)) / 4
                        rows.append((Self.instant(in: time, series.period, &random), part))
                        rest -= part
                    }
                    rows.append((Self.instant(in: time, series.period, &random), rest))
                }
                snapshot.add("N", id, rows: rows.sorted { $0.0 < $1.0 })
                definitions.append(
                    MathDefinition(
                        id: id, .metric(MathWorld.metric(id, statistic: "Sum", seconds: series.period)),
                        returnsData: false))
            }
            snapshot = snapshot.cutAtRandom(seed: seed)
        }

        private static func instant(in second: Int64, _ period: Int64, _ random: inout SplitMix64) -> Int64 {
            second * Nanoseconds.perSecond + Int64.random(in: 0..<period * Nanoseconds.perSecond, using: &random)
        }

        var context: QueryContext { QueryContext(nowNs: Self.range.end) }
    }

    @Test("expressions over metrics of a snapshot are worth what the model says", arguments: 0..<16 as Range<UInt64>)
    func metrics(seed: UInt64) throws {
        var random = RandomMath(seed: seed)
        let world = World(random, seed: seed)
        for _ in 0..<12 {
            let expected = random.series(3)
            guard expected.text.utf8.count <= MathLimits.expressionCharactersMax else { continue }
            let query = MathDefinition(id: "result", .expression(expected.text), periodNs: MathWorld.minute)
            let plan = try MathPlan(world.definitions + [query])
            let source = SnapshotMathSource(world.snapshot, in: world.context)
            let series = try plan.run(over: World.range, source: source).results[0].series
            let times = expected.value.times
            #expect(series.timestamps == times.map { $0 * Nanoseconds.perSecond }, "\(seed): \(expected.text)")
            #expect(series.points == times.compactMap { expected.value.points[$0] }, "\(seed): \(expected.text)")
        }
    }

    @Test("a MATH statement with the same expression answers the same", arguments: 0..<16 as Range<UInt64>)
    func statements(seed: UInt64) throws {
        var random = RandomMath(seed: seed)
        let world = World(random, seed: seed)
        // Other periods than a minute would move the start of the range.
        guard random.metrics.allSatisfy({ $0.series.period == 60 }) else { return }
        let items = random.metrics.map { "\($0.id) = SELECT SUM(\($0.id)) FROM N" }.joined(separator: ", ")
        for _ in 0..<12 {
            let expected = random.series(3)
            guard expected.text.utf8.count <= MathLimits.expressionCharactersMax else { continue }
            let statement =
                "MATH \(items) RETURN \(expected.text) AS 'e' SINCE 1972-02-28T23:50:00Z"
                + " UNTIL 1972-02-29T00:20:00Z PERIOD 60"
            let result = try QueryEngine.run(statement, on: world.snapshot, in: world.context)
            let times = expected.value.times
            #expect(result.series?.count == 1)
            #expect(result.series?.first?.timestamps == times.map { $0 * Nanoseconds.perSecond }, "\(statement)")
            #expect(result.series?.first?.values == times.compactMap { expected.value.points[$0] }, "\(statement)")
            #expect(result.rows.count == times.count && result.columns.map(\.name) == ["time", "e"], "\(statement)")
        }
    }
}
