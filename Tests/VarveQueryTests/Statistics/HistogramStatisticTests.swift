import Testing
import VarveQuery
import VarveTestKit

/// Answers that the service gave for known samples.
@Suite struct HistogramStatisticTests {
    struct Vector: Sendable {
        var samples: [(value: Double, weight: Double)]
        var answers: [(statistic: String, value: Double)]
    }

    static let vectors = [
        Vector(
            samples: (1...10).map { (Double($0), 1) },
            answers: [
                ("p1", 1.009576582776887), ("p10", 1.1), ("p25", 2.992374046230249), ("p50", 5.054470284992944),
                ("p90", 9.849732675807628), ("tm90", 4.993213453867572), ("tc90", 9), ("IQM", 5.403085690619041),
                ("wm90", 5.478865376061577), ("WM(25%:75%)", 5.389998261919243), ("PR(:2)", 12.6316236461413),
                ("PR(2:10)", 87.36837635385871), ("TC(2:10)", 8.73683763538587), ("TS(2:10)", 53.285865842309796),
                ("TM(:100%)", 5.485312148898441),
            ]),
        Vector(
            samples: [(1, 1), (3, 2), (7, 4), (11, 2), (23, 1)],
            answers: [
                ("p25", 3.064531223605408), ("p50", 7.055861472916946), ("p90", 11.918176537727234),
                ("ts90", 58.01107646524391), ("wm90", 6.992925300297114), ("PR(2:10)", 60),
            ]),
        Vector(
            samples: [(2, 2), (10, 3)],
            answers: [
                ("p1", 2.003469719155028), ("p40", 2.143588810000001), ("p50", 9.874619498547638),
                ("p90", 9.974797183077614), ("tm90", 6.427655324937657), ("IQM", 7.5604922241921155),
                ("wm90", 6.784889792443892), ("PR(:2)", 0), ("PR(:5)", 40),
            ]),
        Vector(
            samples: [(1, 0), (2, 2), (10, 3), (20, 0)],
            answers: [
                ("SampleCount", 5), ("Minimum", 1), ("Maximum", 20), ("p1", 1.9533659507652543),
                ("p50", 10.007445293015875), ("p0", 1), ("p100", 20),
            ]),
    ]

    private func accumulator(_ samples: [(value: Double, weight: Double)], _ statistic: Statistic)
        -> StatisticAccumulator
    {
        var accumulator = StatisticAccumulator(for: [statistic], path: .histogram)
        for sample in samples { accumulator.add(sample.value, weight: sample.weight) }
        return accumulator
    }

    @Test("the answers are the service's", arguments: vectors.indices)
    func answers(index: Int) throws {
        let vector = Self.vectors[index]
        for (text, expected) in vector.answers {
            let statistic = try Statistic(parsing: text)
            var whole = accumulator(vector.samples, statistic)
            let answer = whole.result(statistic)
            let value = try #require(answer.value)
            #expect(abs(value - expected) <= 1e-9 * max(1, abs(expected)), "\(text): \(value), not \(expected)")
            // The same from parts, in another order.
            for cut in 0...vector.samples.count {
                var merged = accumulator(vector.samples[cut...].reversed(), statistic)
                merged.merge(accumulator(Array(vector.samples[..<cut]), statistic))
                let again = merged.result(statistic)
                #expect(again == answer, "\(text), cut at \(cut)")
            }
        }
    }

    @Test("percentiles lie within 10 % above or below the exact ones", arguments: 0..<20 as Range<UInt64>)
    func accuracy(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let ranks = (1...99).map { Statistic.percentile(Percentage(percent: $0)) }
        var exact = StatisticAccumulator(for: ranks, path: .exact)
        var binned = StatisticAccumulator(for: ranks, path: .histogram)
        let values = (0..<2_000).map { _ in Double.random(in: 0.001...1_000, using: &random) }
        values.withUnsafeBufferPointer { values in
            exact.add(values)
            binned.add(values)
        }
        for rank in ranks {
            let results = (exact.result(rank).value, binned.result(rank).value)
            let (one, other) = (try #require(results.0), try #require(results.1))
            #expect(other <= one * 1.1 + 1e-9 && one <= other * 1.1 + 1e-9, "seed \(seed), \(rank): \(one), \(other)")
        }
    }

    @Test("tiny values share the lowest bin, zeros have one of their own")
    func lowEnd() throws {
        let statistic = try Statistic(parsing: "p40")
        var tiny = accumulator([(.leastNonzeroMagnitude, 1), (1e-300, 1)], statistic)
        let lowest = tiny.result(statistic).value
        let value = try #require(lowest)
        #expect(value > 0 && value <= 1e-300)
        var zeros = accumulator([(0, 2), (8, 2)], statistic)
        let zero = zeros.result(statistic)
        #expect(zero == .value(0, .histogram))
        var same = accumulator([(7, 3)], statistic)
        let seven = same.result(statistic)
        #expect(seven == .value(7, .histogram))
    }
}
