import Testing
import VarveCodec
import VarveQuery

/// What the service does with statistic sets, negative values and fractional weights.
@Suite struct StatisticAccumulatorTests {
    private static let all = [
        "SampleCount", "Sum", "Average", "Minimum", "Maximum", "p0", "p50", "p100", "tm90", "WM(10%:)", "TC(1:5)",
        "PR(:4)",
    ]

    private func results(
        _ path: StatisticPath, _ fill: (inout StatisticAccumulator) -> Void
    ) throws -> [String: StatisticResult] {
        let statistics = try Self.all.map { try Statistic(parsing: $0) }
        var accumulator = StatisticAccumulator(for: statistics, path: path)
        fill(&accumulator)
        return Dictionary(uniqueKeysWithValues: statistics.map { ("\($0)", accumulator.result($0)) })
    }

    @Test(
        "an ordinary statistic set leaves count, sum, extremes, p0, p100 and ranges of the other samples",
        arguments: [
            StatisticPath.exact, .histogram,
        ])
    func opaqueSet(path: StatisticPath) throws {
        let results = try results(path) { accumulator in
            accumulator.add(4, weight: 2)
            accumulator.add(StatisticSet(sampleCount: 3, sum: 100, minimum: 2, maximum: 9))
        }
        #expect(results["SampleCount"] == .value(5, .exact) && results["Sum"] == .value(108, .exact))
        #expect(results["Average"] == .value(21.6, .exact))
        #expect(results["p0"] == .value(2, .exact) && results["p100"] == .value(9, .exact))
        #expect(results["p50"] == .unavailable(.statisticSets) && results["tm90"] == .unavailable(.statisticSets))
        #expect(results["WM(10%:)"] == .unavailable(.statisticSets))
        if path == .exact {
            #expect(results["TC(1:5)"] == .value(2, path) && results["PR(:4)"] == .value(100, path))
        }
        let only = try self.results(path) { accumulator in
            accumulator.add(StatisticSet(sampleCount: 3, sum: 6, minimum: 1, maximum: 3))
        }
        #expect(only["TC(1:5)"] == .unavailable(.statisticSets))
    }

    @Test(
        "a set of one sample counts as its sum, a set of equal samples as those",
        arguments: [
            StatisticPath.exact, .histogram,
        ])
    func degenerateSets(path: StatisticPath) throws {
        let one = try results(path) { accumulator in
            accumulator.add(StatisticSet(sampleCount: 1, sum: 3, minimum: 3, maximum: 3))
            accumulator.add(StatisticSet(sampleCount: 4, sum: 12, minimum: 3, maximum: 3))
        }
        #expect(one["p50"] == .value(3, path) && one["tm90"] == .value(3, path))
        #expect(one["TC(1:5)"] == .value(path == .exact ? 5 : 5, path))
        let inconsistent = try results(path) { accumulator in
            accumulator.add(StatisticSet(sampleCount: 4, sum: 13, minimum: 3, maximum: 3))
        }
        #expect(inconsistent["p50"] == .unavailable(.statisticSets) && inconsistent["Sum"] == .value(13, .exact))
    }

    @Test("negative values and weights below 1 have no histogram, but exact statistics")
    func histogramOnly() throws {
        let negative = try results(.histogram) { accumulator in
            accumulator.add(-1, weight: 1)
            accumulator.add(3, weight: 1)
        }
        #expect(negative["p50"] == .unavailable(.negativeValues) && negative["PR(:4)"] == .unavailable(.negativeValues))
        #expect(negative["p0"] == .value(-1, .exact) && negative["Average"] == .value(1, .exact))
        let light = try results(.histogram) { accumulator in accumulator.add(2, weight: 0.5) }
        #expect(light["p50"] == .unavailable(.weightBelowOne) && light["TC(1:5)"] == .value(0.5, .histogram))
        let exact = try results(.exact) { accumulator in
            accumulator.add(-1, weight: 0.25)
            accumulator.add(3, weight: 0.5)
        }
        #expect(exact["p50"] == .value(3, .exact) && exact["PR(:4)"] == .value(100, .exact))
    }

    @Test("samples without weight widen the extremes and have count and sum 0")
    func weightless() throws {
        for path in [StatisticPath.exact, .histogram] {
            let results = try results(path) { $0.add(5, weight: 0) }
            #expect(results["SampleCount"] == .value(0, .exact) && results["Sum"] == .value(0, .exact))
            #expect(results["Minimum"] == .value(5, .exact) && results["p100"] == .value(5, .exact))
            #expect(results["Average"] == .unavailable(.noSamples) && results["p50"] == .unavailable(.noSamples))
            #expect(results["TC(1:5)"] == .unavailable(.noSamples))
        }
    }

    @Test("what is not finite or has a negative weight does not count")
    func ignored() throws {
        let results = try results(.exact) { accumulator in
            accumulator.add(.nan, weight: 1)
            accumulator.add(1, weight: -1)
            accumulator.add(1, weight: .infinity)
            accumulator.add(StatisticSet(sampleCount: 1, sum: .nan, minimum: 0, maximum: 1))
            accumulator.add(StatisticSet(sampleCount: 0, sum: 0, minimum: 0, maximum: 1))
        }
        #expect(results.values.allSatisfy { $0 == .unavailable(.noSamples) })
    }

    @Test("block statistics stand for their rows where no distribution is asked for")
    func blocks() throws {
        let values = (1...100).map(Double.init)
        let block = values.withUnsafeBufferPointer { BlockStatistics(of: $0) }
        var simple = StatisticAccumulator(for: [.average, .maximum], path: .exact)
        let isTaken = simple.add(block)
        #expect(isTaken)
        let simpleResults = [simple.result(.average), simple.result(.sampleCount)]
        #expect(simpleResults == [.value(50.5, .exact), .value(100, .exact)])
        let withNaN = [1, Double.nan].withUnsafeBufferPointer { BlockStatistics(of: $0) }
        let isNaNTaken = simple.add(withNaN)
        #expect(!isNaNTaken)
        var ranked = StatisticAccumulator(for: [.average, try Statistic(parsing: "p50")], path: .exact)
        let isRankedTaken = ranked.add(block)
        #expect(!isRankedTaken)
        let rankedResult = ranked.result(.average)
        #expect(rankedResult == .unavailable(.noSamples))
    }

    @Test("more samples than may be held are said, not dropped")
    func limit() throws {
        let median = try Statistic(parsing: "p50")
        let values = (0..<100).map(Double.init)
        var accumulator = StatisticAccumulator(for: [median], path: .exact, valuesMax: 99)
        values.withUnsafeBufferPointer { accumulator.add($0) }
        let results = [accumulator.result(median), accumulator.result(.average)]
        #expect(results == [.unavailable(.tooManyValues(limit: 99)), .value(49.5, .exact)])
        #expect("\(StatisticUnavailable.tooManyValues(limit: 99))".contains("more than 99 samples"))
        var histogram = StatisticAccumulator(for: [median], path: .histogram, valuesMax: 99)
        values.withUnsafeBufferPointer { histogram.add($0) }
        let binned = histogram.result(median)
        #expect(binned.value != nil)
    }
}
