import Testing
import VarveModel
import VarveQuery
import VarveTestKit

@Suite struct MathModelTests {
    @Test(
        "random expressions over random metrics have the points that a map from time to value gives",
        arguments: 0..<24 as Range<UInt64>)
    func series(seed: UInt64) throws {
        var random = RandomMath(seed: seed)
        for _ in 0..<25 {
            let expected = random.series(4)
            guard expected.text.utf8.count <= MathLimits.expressionCharactersMax else { continue }
            let result = try #require(
                try random.test.answer(expected.text, periodNs: MathWorld.minute).results.first,
                "\(seed): \(expected.text)")
            check(result.series, expected.value, "\(seed): \(expected.text)")
        }
    }

    @Test("random arrays have the members of the model, in its order", arguments: 0..<16 as Range<UInt64>)
    func arrays(seed: UInt64) throws {
        var random = RandomMath(seed: seed)
        for _ in 0..<20 {
            let expected = random.array(4)
            guard expected.text.utf8.count <= MathLimits.expressionCharactersMax else { continue }
            let results = try random.test.answer(expected.text, periodNs: MathWorld.minute).results
            #expect(results.count == expected.value.count, "\(seed): \(expected.text)")
            for (result, member) in zip(results, expected.value) {
                check(result.series, member, "\(seed): \(expected.text)")
            }
        }
    }

    @Test("intermediate results under ids of their own change nothing", arguments: 0..<10 as Range<UInt64>)
    func references(seed: UInt64) throws {
        var random = RandomMath(seed: seed)
        for _ in 0..<20 {
            let (first, second) = (random.series(2), random.series(2))
            var test = random.test
            test.add("e2", expression: "e1 - \(second.text)", periodNs: MathWorld.minute)
            test.add("e1", expression: first.text, periodNs: MathWorld.minute)
            let split = try test.answer("SUM([e2, e1])", periodNs: MathWorld.minute).results[0].series
            let text = "SUM([\(first.text) - \(second.text), \(first.text)])"
            let whole = try test.answer(text, periodNs: MathWorld.minute).results[0].series
            #expect(split == whole, "\(seed): \(first.text) | \(second.text)")
        }
    }

    private func check(_ series: MathSeries, _ expected: NaiveSeries, _ comment: Comment) {
        let times = expected.times
        #expect(series.timestamps == times.map { $0 * Nanoseconds.perSecond }, comment)
        #expect(series.points == times.compactMap { expected.points[$0] }, comment)
        #expect(series.grid.periodNs == expected.period * Nanoseconds.perSecond, comment)
    }
}
