import Testing
import VarveQuery
import VarveTestKit

@Suite struct ExactStatisticTests {
    private func result(_ text: String, _ values: [Double]) throws -> StatisticResult {
        let statistic = try Statistic(parsing: text)
        var accumulator = StatisticAccumulator(for: [statistic], path: .exact)
        values.withUnsafeBufferPointer { accumulator.add($0) }
        return accumulator.result(statistic)
    }

    @Test(
        "definitions by hand, on 1 to 10",
        arguments: [
            ("SampleCount", 10), ("Sum", 55), ("Average", 5.5), ("Minimum", 1), ("Maximum", 10),
            ("p0", 1), ("p10", 1), ("p10.1", 2), ("p25", 3), ("p50", 5), ("p90", 9), ("p90.0000000001", 10),
            ("p100", 10),
            // 1 to 9; 1 to 5 and half of 6; half of 3 and of 8 with 4 to 7.
            ("tm90", 5), ("ts55", 18), ("TM(:55%)", 18 / 5.5), ("IQM", 5.5), ("tc55", 5.5), ("TC(10%:35%)", 2.5),
            ("TS(10%:35%)", 7), ("TS(12%:18%)", 1.2), ("TM(90%:)", 10), ("TS(50%:50%)", 0), ("TC(50%:50%)", 0),
            // 1 counts as 2 and 10 as 9.
            ("WM(10%:90%)", 5.5), ("WM(20%:)", 5.8), ("wm50", 4), ("wm100", 5.5),
            // Above 2, up to 5.
            ("TM(2:5)", 4), ("TC(2:5)", 3), ("TS(2:5)", 12), ("PR(2:5)", 30), ("PR(:5)", 50), ("PR(5:)", 50),
            ("WM(2:5)", 4.1), ("WM(:3.5)", 3.05), ("TC(3:3)", 0), ("TS(3:3)", 0), ("PR(3:3)", 0), ("PR(20:30)", 0),
            ("TC(20:30)", 0), ("WM(20:30)", 10),
        ] as [(String, Double)])
    func byHand(text: String, expected: Double) throws {
        let value = try #require(try result(text, (1...10).map(Double.init).shuffled()).value)
        #expect(abs(value - expected) < 1e-12, "\(text): \(value)")
    }

    @Test("ranks do not miss by one where 0.999 · 1 000 is not 999 in floating point")
    func exactRanks() throws {
        let values = (1...1_000).map(Double.init).shuffled()
        for tenths in 1...999 {
            #expect(try result("p\(tenths / 10).\(tenths % 10)", values) == .value(Double(tenths), .exact))
        }
    }

    @Test("where there is nothing there is a reason")
    func unavailable() throws {
        #expect(try result("p50", []) == .unavailable(.noSamples))
        #expect(try result("p50", [.nan, .infinity]) == .unavailable(.noSamples))
        #expect(try result("TM(50%:50%)", [1, 2]) == .unavailable(.emptyRange))
        #expect(try result("TM(5:9)", [1, 2]) == .unavailable(.emptyRange))
        let most = Double.greatestFiniteMagnitude
        #expect(try result("ts90", [most, most, most]) == .unavailable(.overflow))
        #expect(try result("p50", [.nan, 1, -2, .infinity, 3]) == .value(1, .exact))
        #expect(try result("p50", [-0.0]).value?.sign == .plus)
    }

    @Test("the answers are those of a naive evaluator, however samples arrive", arguments: 0..<60 as Range<UInt64>)
    func agrees(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = Int.random(in: 1...(seed % 6 == 0 ? 5_000 : 60), using: &random)
        let isWeighted = seed % 2 == 0
        let samples = (0..<count).map { _ in NaiveStatistics.sample(&random, isWeighted: isWeighted) }
        let statistics = (0..<12).map { _ in RandomStatistic.any(&random) }
        let naive = NaiveStatistics(samples)
        var parts = [StatisticAccumulator](repeating: StatisticAccumulator(for: statistics, path: .exact), count: 3)
        for sample in samples.shuffled(using: &random) {
            parts[Int(random.next() % 3)].add(sample.value, weight: sample.weight)
        }
        var merged = parts[2]
        merged.merge(parts[0])
        merged.merge(parts[1])
        for statistic in statistics + statistics.shuffled(using: &random) {
            let found = merged.result(statistic).value
            let expected = naive.value(of: statistic)
            guard let found, let expected else {
                #expect(found == expected, "seed \(seed): \(statistic)")
                continue
            }
            #expect(abs(found - expected) <= 1e-9 * max(1, abs(expected)), "seed \(seed): \(statistic)")
        }
    }

    @Test("equal bits for any order and any division of samples of weight 1", arguments: 0..<20 as Range<UInt64>)
    func bits(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let values = (0..<1_000).map { _ in Double.random(in: -1e6...1e6, using: &random) }
        let statistics = (0..<8).map { _ in RandomStatistic.any(&random) }
        let results = (0..<3).map { _ in
            var accumulator = StatisticAccumulator(for: statistics, path: .exact)
            var rest = values.shuffled(using: &random)[...]
            while !rest.isEmpty {
                Array(rest.prefix(Int.random(in: 1...200, using: &random))).withUnsafeBufferPointer { part in
                    accumulator.add(part)
                    rest = rest.dropFirst(part.count)
                }
            }
            return statistics.map { accumulator.result($0).value?.bitPattern }
        }
        #expect(results[0] == results[1] && results[1] == results[2], "seed \(seed): \(statistics)")
    }

    @Test("selection survives runs of equal values, sorted and organ-pipe orders")
    func orders() throws {
        let shapes: [[Double]] = [
            [Double](repeating: 4, count: 10_000), (0..<10_000).map(Double.init),
            (0..<10_000).reversed().map(Double.init),
            (0..<10_000).map { Double(min($0, 10_000 - $0)) }, (0..<10_000).map { Double($0 % 3) },
        ]
        for values in shapes {
            let sorted = values.sorted()
            for percent in [1, 25, 50, 99] {
                #expect(try result("p\(percent)", values) == .value(sorted[percent * 100 - 1], .exact))
            }
        }
    }
}

/// Cuts a sorted list of weighted samples by the definitions, a sample at a time.
struct NaiveStatistics {
    typealias Sample = (value: Double, weight: Double)
    private let samples: [Sample]

    init(_ samples: [Sample]) { self.samples = samples.sorted { $0.value < $1.value } }

    static func sample(_ random: inout SplitMix64, isWeighted: Bool) -> Sample {
        let value =
            random.next() % 3 == 0
            ? Double(Int.random(in: -5...100, using: &random)) : Double.random(in: 0...100, using: &random)
        let weights = [0.25, 0.5, 1, 1, 2, 3.5, 17]
        return (value, isWeighted ? weights.randomElement(using: &random)! : 1)
    }

    private var weight: Double { samples.reduce(0) { $0 + $1.weight } }

    func value(of statistic: Statistic) -> Double? {
        let sum = samples.reduce(0) { $0 + $1.value * $1.weight }
        switch statistic {
        case .sampleCount: return weight
        case .sum: return sum
        case .average: return sum / weight
        case .minimum: return samples[0].value
        case .maximum: return samples[samples.count - 1].value
        case .percentile(let rank): return last(reaching: target(rank)).value
        case .trimmed(let kind, .percent(let low, let high)):
            return trimmed(kind, pieces(target(low), target(high)), below: target(low), above: weight - target(high))
        case .trimmed(let kind, .values(let low, let high)):
            let inside = samples.filter { $0.value > low ?? -.infinity && $0.value <= high ?? .infinity }
            let below = samples.reduce(0) { $1.value <= low ?? -.infinity ? $0 + $1.weight : $0 }
            let above = samples.reduce(0) { $1.value > high ?? .infinity ? $0 + $1.weight : $0 }
            let range = samples[0].value...samples[samples.count - 1].value
            func clamped(_ bound: Double?) -> Double {
                bound.map { min(max($0, range.lowerBound), range.upperBound) } ?? 0
            }
            if low == high { return trimmed(kind, [], below: below, above: above, clamped(low), clamped(high)) }
            return trimmed(kind, inside, below: below, above: above, clamped(low), clamped(high))
        case .percentileRank(let low, let high):
            let inside = samples.filter { $0.value > low ?? -.infinity && $0.value <= high ?? .infinity }
            return inside.reduce(0) { $0 + $1.weight } / weight * 100
        }
    }

    private func target(_ rank: Percentage) -> Double { Double(rank.units) * weight / 1e12 }

    private func last(reaching target: Double) -> Sample {
        var total = 0.0
        for sample in samples {
            total += sample.weight
            if target <= total { return sample }
        }
        return samples[samples.count - 1]
    }

    private func first(passing target: Double) -> Sample {
        var total = 0.0
        for sample in samples {
            total += sample.weight
            if target < total { return sample }
        }
        return samples[samples.count - 1]
    }

    private func pieces(_ low: Double, _ high: Double) -> [Sample] {
        var total = 0.0
        return samples.compactMap { sample in
            defer { total += sample.weight }
            let part = min(high, total + sample.weight) - max(low, total)
            return part > 0 ? (sample.value, part) : nil
        }
    }

    private func trimmed(
        _ kind: TrimmedStatistic, _ inside: [Sample], below: Double, above: Double, _ low: Double? = nil,
        _ high: Double? = nil
    ) -> Double? {
        let count = inside.reduce(0) { $0 + $1.weight }
        let sum = inside.reduce(0) { $0 + $1.value * $1.weight }
        switch kind {
        case .count: return count
        case .sum: return sum
        case .mean: return count > 0 ? sum / count : nil
        case .winsorizedMean:
            let low = low ?? first(passing: below).value
            let high = high ?? last(reaching: weight - above).value
            return (sum + below * low + above * high) / weight
        }
    }
}
