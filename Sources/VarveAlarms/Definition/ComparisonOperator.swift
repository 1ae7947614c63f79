/// How values are compared with the threshold, or with the band of expected values.
package enum ComparisonOperator: String, CaseIterable, Sendable {
    case greaterThanOrEqualTo = "GreaterThanOrEqualToThreshold"
    case greaterThan = "GreaterThanThreshold"
    case lessThan = "LessThanThreshold"
    case lessThanOrEqualTo = "LessThanOrEqualToThreshold"
    case outsideBand = "LessThanLowerOrGreaterThanUpperThreshold"
    case belowBand = "LessThanLowerThreshold"
    case aboveBand = "GreaterThanUpperThreshold"

    /// Whether it compares with a band instead of with one number.
    package var needsBand: Bool {
        switch self {
        case .outsideBand, .belowBand, .aboveBand: true
        case .greaterThanOrEqualTo, .greaterThan, .lessThan, .lessThanOrEqualTo: false
        }
    }

    /// The words of reasons for comparisons with a number.
    var words: String {
        switch self {
        case .greaterThanOrEqualTo: "greater than or equal to"
        case .greaterThan, .aboveBand: "greater than"
        case .lessThan, .belowBand: "less than"
        case .lessThanOrEqualTo: "less than or equal to"
        case .outsideBand: "less than the lower or greater than the upper"
        }
    }

    /// Whether `value` breaches `threshold`; for the operators that compare with one number.
    func isBreached(by value: Double, threshold: Double) -> Bool {
        switch self {
        case .greaterThanOrEqualTo: value >= threshold
        case .greaterThan: value > threshold
        case .lessThan: value < threshold
        case .lessThanOrEqualTo: value <= threshold
        case .outsideBand, .belowBand, .aboveBand: false
        }
    }

    /// Whether `value` breaches a band; for the operators that compare with one.
    func isBreached(by value: Double, lower: Double, upper: Double) -> Bool {
        switch self {
        case .outsideBand: value < lower || value > upper
        case .belowBand: value < lower
        case .aboveBand: value > upper
        case .greaterThanOrEqualTo, .greaterThan, .lessThan, .lessThanOrEqualTo: false
        }
    }
}

/// What periods without a datapoint count as.
package enum TreatMissingData: String, CaseIterable, Sendable {
    case breaching, notBreaching, ignore, missing
}

/// What percentiles of too few samples count as.
package enum LowSampleTreatment: String, Sendable {
    case evaluate, ignore
}
