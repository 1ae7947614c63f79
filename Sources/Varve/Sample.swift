/// One observation of one metric.
///
/// Equal samples are separate observations and add up: nothing is overwritten.
public struct Sample: Sendable, Equatable {
    /// Who measures, such as `AWS/EC2` or `Shop/Checkout`: 1 to 255 bytes of UTF-8.
    public var namespace: String
    /// Name–value pairs that tell series apart, such as `["InstanceId": "i-1"]`: at most 30.
    public var dimensions: [String: String]
    /// What is measured: 1 to 255 bytes of UTF-8.
    public var metric: String
    /// The unit of the value. Equal metrics with different units are different series.
    public var unit: MetricUnit
    /// Any number; NaN and infinities are stored, and left out of aggregates.
    public var value: Double
    /// Nanoseconds since 1970-01-01T00:00:00Z; nil stands for the moment of the append.
    public var timestampNs: Int64?

    /// - Parameter timestampNs: nanoseconds since 1970; nil stands for the moment of the append.
    public init(
        namespace: String,
        dimensions: [String: String] = [:],
        metric: String,
        unit: MetricUnit = .none,
        value: Double,
        timestampNs: Int64? = nil
    ) {
        self.namespace = namespace
        self.dimensions = dimensions
        self.metric = metric
        self.unit = unit
        self.value = value
        self.timestampNs = timestampNs
    }
}
