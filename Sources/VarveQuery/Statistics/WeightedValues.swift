import VarveCodec

/// Samples with weights, such as `Values` and `Counts` of one datum: a value v of weight c counts as c samples of v.
///
/// Values are finite, weights finite and above 0. Kept sorted by value, then by weight, so that results do not depend
/// on the order of arrival.
struct WeightedValues: RankedDistribution {
    /// A value and how much of it there is.
    private struct Run {
        var value: Double
        var weight: Double
    }

    private let runs: [Run]
    /// Weight of the runs up to each, itself included.
    private let cumulative: [Double]

    /// O(n log n).
    init(_ pairs: [(value: Double, weight: Double)]) {
        let sorted = pairs.sorted { $0.value < $1.value || ($0.value == $1.value && $0.weight < $1.weight) }
        var runs: [Run] = []
        for (value, weight) in sorted {
            if let last = runs.last, last.value == value {
                runs[runs.count - 1].weight += weight
            } else {
                runs.append(Run(value: value + 0, weight: weight))
            }
        }
        var total = 0.0
        cumulative = runs.map { run in
            total += run.weight
            return total
        }
        self.runs = runs
    }

    var weight: Double { cumulative.last ?? 0 }
    var minimum: Double { runs.first?.value ?? 0 }
    var maximum: Double { runs.last?.value ?? 0 }

    private func prior(_ index: Int) -> Double { index == 0 ? 0 : cumulative[index - 1] }

    func value(at rank: Percentage) -> Double {
        let target = rank.part(of: weight)
        return (runs.indices.first { target <= cumulative[$0] }).map { runs[$0].value } ?? maximum
    }

    /// The smallest and the largest value of which any part lies between the ranks.
    func bounds(_ low: Percentage, _ high: Percentage) -> (low: Double, high: Double) {
        let target = low.part(of: weight)
        let first = runs.indices.first { target < cumulative[$0] }
        return (first.map { runs[$0].value } ?? maximum, value(at: high))
    }

    func sum(from low: Percentage, to high: Percentage) -> Double {
        let start = low.part(of: weight)
        let end = high.part(of: weight)
        var sum = ExactSum()
        for index in runs.indices {
            let part = min(end, cumulative[index]) - max(start, prior(index))
            if part > 0 { sum.add(runs[index].value * part) }
        }
        return sum.value
    }

    func weight(above low: Double, to high: Double) -> Double {
        runs.reduce(0) { $1.value > low && $1.value <= high ? $0 + $1.weight : $0 }
    }

    func sum(above low: Double, to high: Double) -> Double {
        var sum = ExactSum()
        for run in runs where run.value > low && run.value <= high { sum.add(run.value * run.weight) }
        return sum.value
    }

    func rank(of value: Double) -> Double { runs.reduce(0) { $1.value <= value ? $0 + $1.weight : $0 } }
}
