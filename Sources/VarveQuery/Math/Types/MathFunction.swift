/// Every function of metric math.
package enum MathFunction: String, CaseIterable, Sendable {
    case absolute = "ABS"
    case ceiling = "CEIL"
    case floor = "FLOOR"
    case naturalLogarithm = "LOG"
    case decimalLogarithm = "LOG10"

    case average = "AVG"
    case maximum = "MAX"
    case minimum = "MIN"
    case standardDeviation = "STDDEV"
    case sum = "SUM"
    case datapointCount = "DATAPOINT_COUNT"

    case difference = "DIFF"
    case timeDifference = "DIFF_TIME"
    case rate = "RATE"
    case runningSum = "RUNNING_SUM"

    case fill = "FILL"
    case condition = "IF"
    case timeSeries = "TIME_SERIES"

    case minute = "MINUTE"
    case hour = "HOUR"
    case day = "DAY"
    case date = "DATE"
    case month = "MONTH"
    case year = "YEAR"
    case epoch = "EPOCH"
    case period = "PERIOD"

    case metrics = "METRICS"
    case metricCount = "METRIC_COUNT"
    case first = "FIRST"
    case last = "LAST"
    case removeEmpty = "REMOVE_EMPTY"
    case slice = "SLICE"
    case sort = "SORT"
    case search = "SEARCH"

    case anomalyDetectionBand = "ANOMALY_DETECTION_BAND"
    case insightRuleMetric = "INSIGHT_RULE_METRIC"
    case serviceQuota = "SERVICE_QUOTA"
    case databaseInsights = "DB_PERF_INSIGHTS"
    case lambda = "LAMBDA"

    /// Why a function that the service has is not available here; nil for all others.
    var unsupportedReason: String? {
        switch self {
        case .databaseInsights: "the performance counters of databases are not kept here; send them as metrics"
        case .lambda: "expressions run no foreign code; send the data as metrics"
        default: nil
        }
    }
}

extension MathFunction {
    /// What completion offers in an expression: the functions that are supported, and the words of FILL and SORT.
    static let offered =
        allCases.filter { $0.unsupportedReason == nil }.map(\.rawValue)
        + MathWord.allCases.map(\.rawValue).filter { MathFunction(rawValue: $0) == nil }
}
