/// Which series are asked about: a metric, and what its dimensions have to be.
public struct MetricSelector: Hashable, Sendable {
    /// Who measures, such as `AWS/EC2`.
    public var namespace: String
    /// What is measured.
    public var metric: String
    /// Dimensions that a series must have, with these values; others do not matter. Empty: every series of the metric.
    public var dimensions: [String: String]
    /// Dimensions whose values tell the results apart: one ``StatisticSeries`` for each combination. Series without
    /// such a dimension count under the value `Other`. Empty: everything in one.
    public var groupedBy: [String]

    /// - Parameters:
    ///   - dimensions: must be there with these values.
    ///   - groupedBy: one result for each combination of values of these.
    public init(
        _ metric: String, in namespace: String, dimensions: [String: String] = [:], groupedBy: [String] = []
    ) {
        self.metric = metric
        self.namespace = namespace
        self.dimensions = dimensions
        self.groupedBy = groupedBy
    }
}

/// Statistics of one group of series, period by period.
public struct StatisticSeries: Sendable, Equatable {
    /// The value of each dimension of ``MetricSelector/groupedBy``.
    public let group: [String: String]
    /// Width of a period.
    public let period: Duration
    /// Start of each period that has samples, nanoseconds since 1970, ascending. A period contains its start and not
    /// its end.
    public let timestampsNs: [Int64]
    private let columns: [Statistic: [Double?]]

    init(group: [String: String], period: Duration, timestampsNs: [Int64], columns: [Statistic: [Double?]]) {
        self.group = group
        self.period = period
        self.timestampsNs = timestampsNs
        self.columns = columns
    }

    /// The values of a statistic, one for each of ``timestampsNs``; nil where it has none, such as the trimmed mean of
    /// no samples. Empty for a statistic that was not asked for. O(1).
    public subscript(statistic: Statistic) -> [Double?] { columns[statistic] ?? [] }
}
