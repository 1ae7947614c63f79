/// What can be made of the samples of one period: the names of the service, `Average` to `TM(10%:90%)`.
///
/// Definitions, with n the weight of all samples (every sample weighs 1 unless it was sent with a count):
///
/// | Statistic | Value |
/// |---|---|
/// | `SampleCount`, `Sum`, `Minimum`, `Maximum` | of all samples |
/// | `Average` | Sum / SampleCount |
/// | `pQ` | the sample at rank Q; `p0` is Minimum, `p100` Maximum |
/// | `TM(a%:b%)` | mean of the samples between the ranks a and b |
/// | `TM(x:y)` | mean of the samples v with x < v ≤ y |
/// | `WM(…)` | as TM, but what lies outside counts as the nearest bound |
/// | `TC(…)`, `TS(…)` | weight and sum of the samples of TM |
/// | `PR(x:y)` | percentage of samples v with x < v ≤ y |
/// | `IQM` | `TM(25%:75%)` |
package enum Statistic: Hashable, Sendable {
    case sampleCount, sum, average, minimum, maximum
    case percentile(Percentage)
    case trimmed(TrimmedStatistic, StatisticRange)
    /// Without a bound the range is open on that side; one is given. At least 0, finite, `low <= high`.
    case percentileRank(low: Double?, high: Double?)

    /// `TM(25%:75%)`.
    package static let interquartileMean = Statistic.trimmed(
        .mean, .percent(low: Percentage(percent: 25), high: Percentage(percent: 75)))

    /// Whether count, sum and extremes are not enough to compute it.
    package var needsDistribution: Bool {
        switch self {
        case .sampleCount, .sum, .average, .minimum, .maximum: false
        case .percentile(let rank): rank != .zero && rank != .hundred
        case .trimmed, .percentileRank: true
        }
    }
}

/// The four statistics over a range.
package enum TrimmedStatistic: String, CaseIterable, Sendable {
    case mean = "TM"
    case winsorizedMean = "WM"
    case count = "TC"
    case sum = "TS"
}

/// Which samples a statistic looks at.
package enum StatisticRange: Hashable, Sendable {
    /// Between two ranks; `low <= high`. An open side is 0 or 100 %.
    case percent(low: Percentage, high: Percentage)
    /// Values v with low < v ≤ high; nil is an open side, one is given. At least 0, finite, `low <= high`.
    case values(low: Double?, high: Double?)
}

/// Why a text is no statistic.
package struct StatisticError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, with an example; one sentence without a full stop.
    package let description: String

    package init(_ description: String) { self.description = description }
}

// MARK: - Text

extension Statistic: CustomStringConvertible {
    /// The shortest writing, which parses to the same statistic: `p99.9`, `tm90`, `IQM`, `TM(10%:90%)`, `PR(:300)`.
    package var description: String {
        let (name, range) = parts
        return range.map { "\(name)(\($0))" } ?? name
    }

    /// The name, and what stands in its parentheses if it has any.
    var parts: (name: String, range: String?) {
        switch self {
        case .sampleCount: ("SampleCount", nil)
        case .sum: ("Sum", nil)
        case .average: ("Average", nil)
        case .minimum: ("Minimum", nil)
        case .maximum: ("Maximum", nil)
        case .percentile(let rank): ("p\(rank)", nil)
        case .interquartileMean: ("IQM", nil)
        case .trimmed(let kind, .percent(.zero, let high)) where high > .zero:
            ("\(kind.rawValue.lowercased())\(high)", nil)
        case .trimmed(let kind, let range): (kind.rawValue, range.description)
        case .percentileRank(let low, let high): ("PR", StatisticRange.values(low: low, high: high).description)
        }
    }
}

extension StatisticRange: CustomStringConvertible {
    /// `10%:90%`, `:300`
    package var description: String {
        switch self {
        case .percent(let low, let high):
            // 0 % and 100 % are left out, but one side has to be there.
            let end = high == .hundred && low != .zero ? "" : "\(high)%"
            return "\(low == .zero ? "" : "\(low)%"):\(end)"
        case .values(let low, let high):
            return "\(low.map(BoundText.format) ?? ""):\(high.map(BoundText.format) ?? "")"
        }
    }
}
