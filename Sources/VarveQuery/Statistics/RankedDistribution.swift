/// Weighted samples in ascending order, however they are kept: as values, as values with weights, as a histogram.
///
/// The formulas of ``RankedDistribution/value(of:)`` are written once for all of them. Functions may reorder what is
/// kept.
protocol RankedDistribution {
    /// The weight of all samples; above 0 where anything else is asked.
    var weight: Double { get }
    /// Smallest and largest value, those of weight 0 included.
    var minimum: Double { get }
    var maximum: Double { get }

    /// The value in which rank `rank` ends: prior weight < rank · weight ≤ prior weight + its weight.
    mutating func value(at rank: Percentage) -> Double
    /// What replaces values below `low` and above `high` in a winsorized mean.
    mutating func bounds(_ low: Percentage, _ high: Percentage) -> (low: Double, high: Double)
    /// Sum of values times weights between two ranks, `low < high`; a value cut by a rank counts with a part of its
    /// weight.
    mutating func sum(from low: Percentage, to high: Percentage) -> Double
    /// Weight of the values v with low < v ≤ high, `low < high`.
    func weight(above low: Double, to high: Double) -> Double
    /// Sum of values times weights likewise.
    func sum(above low: Double, to high: Double) -> Double
    /// Weight of the values v ≤ `value`.
    func rank(of value: Double) -> Double
}

extension RankedDistribution {
    /// A statistic that needs the distribution; nil where it has no value, such as the mean of no samples.
    /// - Precondition: `weight` is above 0.
    mutating func value(of statistic: Statistic) -> Double? {
        switch statistic {
        case .sampleCount, .sum, .average: nil
        case .minimum: minimum
        case .maximum: maximum
        case .percentile(.zero): minimum
        case .percentile(.hundred): maximum
        case .percentile(let rank): value(at: rank)
        case .trimmed(let kind, .percent(let low, let high)): value(of: kind, from: low, to: high)
        case .trimmed(let kind, .values(let low, let high)):
            value(of: kind, above: low ?? -.infinity, to: high ?? .infinity)
        case .percentileRank(let low, let high): percentileRank(above: low ?? -.infinity, to: high ?? .infinity)
        }
    }

    private mutating func value(of kind: TrimmedStatistic, from low: Percentage, to high: Percentage) -> Double? {
        // Of nothing, count and sum are 0.
        let count = Double(high.units - low.units) * weight / Double(Percentage.unitsMax)
        let sum = low == high ? 0 : sum(from: low, to: high)
        switch kind {
        case .count: return count
        case .sum: return sum
        case .mean: return count > 0 ? sum / count : nil
        case .winsorizedMean:
            let below = low.part(of: weight)
            let above = weight - high.part(of: weight)
            let bounds = bounds(low, high)
            return (sum + (below > 0 ? below * bounds.low : 0) + (above > 0 ? above * bounds.high : 0)) / weight
        }
    }

    private func value(of kind: TrimmedStatistic, above low: Double, to high: Double) -> Double? {
        let count = low == high ? 0 : weight(above: low, to: high)
        switch kind {
        case .count: return count
        case .sum: return low == high ? 0 : sum(above: low, to: high)
        case .mean: return count > 0 ? sum(above: low, to: high) / count : nil
        case .winsorizedMean:
            let inside = low == high ? 0 : sum(above: low, to: high)
            let below = rank(of: low)
            let above = weight - rank(of: high)
            let ends = (low: min(max(low, minimum), maximum), high: min(max(high, minimum), maximum))
            return (inside + below * ends.low + above * ends.high) / weight
        }
    }

    private func percentileRank(above low: Double, to high: Double) -> Double {
        // An open side is an infinity, below which nothing and above which everything lies.
        (rank(of: high) - rank(of: low)) / weight * 100
    }
}
