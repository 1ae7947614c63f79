/// A statistic of one period, and how it was come by.
package enum StatisticResult: Equatable, Sendable {
    case value(Double, StatisticPath)
    case unavailable(StatisticUnavailable)

    /// nil when unavailable.
    package var value: Double? {
        if case .value(let value, _) = self { value } else { nil }
    }
}

/// How statistics that need the distribution are computed.
package enum StatisticPath: Sendable, Equatable {
    /// From the samples themselves. Count, sum and extremes always are, as far as samples came one by one.
    case exact
    /// From the service's histogram (``ValueHistogram``).
    case histogram
}

/// Why a period has no value of a statistic.
package enum StatisticUnavailable: Equatable, Sendable, CustomStringConvertible {
    /// Nothing was added, or nothing with a weight.
    case noSamples
    /// No sample lies in the range of a trimmed mean.
    case emptyRange
    /// The result is beyond the largest double.
    case overflow
    /// Statistic sets do not say how their samples are distributed.
    case statisticSets
    /// The service's histogram has no bins for negative values.
    case negativeValues
    /// Less than one whole sample, of which the service makes no percentiles.
    case weightBelowOne
    /// More samples than may be held for exact statistics.
    case tooManyValues(limit: Int)

    /// One sentence without a full stop.
    package var description: String {
        switch self {
        case .noSamples: "the period has no samples"
        case .emptyRange: "no sample lies in the range"
        case .overflow: "the result is beyond the largest number"
        case .statisticSets: "the period has statistic sets, which do not say how their samples are distributed"
        case .negativeValues: "the period has negative values, for which the service keeps no distribution"
        case .weightBelowOne: "the samples of the period weigh less than 1"
        case .tooManyValues(let limit): "the period has more than \(limit) samples, the limit of exact statistics"
        }
    }
}

/// Samples of which only figures are known (`StatisticValues` of a datum).
package struct StatisticSet: Equatable, Sendable {
    /// Above 0, finite.
    package var sampleCount: Double
    /// Kept as sent, even when it does not fit the extremes.
    package var sum: Double
    package var minimum: Double
    package var maximum: Double

    package init(sampleCount: Double, sum: Double, minimum: Double, maximum: Double) {
        self.sampleCount = sampleCount
        self.sum = sum
        self.minimum = minimum
        self.maximum = maximum
    }

    /// The one value that all samples of the set have, when the set says that much: a single sample is its sum, and
    /// equal extremes that fit the sum leave nothing else.
    var onlyValue: Double? {
        if sampleCount == 1, minimum <= sum, sum <= maximum { return sum }
        if minimum == maximum, sum == minimum * sampleCount { return minimum }
        return nil
    }
}
