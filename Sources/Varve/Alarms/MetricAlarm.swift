import VarveJSON
import VarveQuery

/// The common alarm: a statistic of one metric against a threshold. For everything else there is
/// ``Alarms/put(json:)``.
public struct MetricAlarm: Sendable, Hashable {
    /// How a datapoint is compared with the threshold. The raw value is the service's spelling.
    public enum Comparison: String, CaseIterable, Sendable {
        case greater = "GreaterThanThreshold"
        case greaterOrEqual = "GreaterThanOrEqualToThreshold"
        case less = "LessThanThreshold"
        case lessOrEqual = "LessThanOrEqualToThreshold"
    }

    /// What periods without a datapoint count as. The raw value is the service's spelling.
    public enum MissingData: String, CaseIterable, Sendable {
        /// Nothing: without any datapoint the alarm is in INSUFFICIENT_DATA.
        case missing
        case breaching, notBreaching
        /// The state stays.
        case ignore
    }

    /// 1 to 255 characters; unique within a database.
    public var name: String
    /// For people, up to 1 024 characters.
    public var description: String?
    /// Who measures, such as `AWS/EC2`.
    public var namespace: String
    /// What is measured.
    public var metric: String
    /// All dimensions of the metric: a series with others is another metric.
    public var dimensions: [String: String]
    /// Only values of this unit; nil: all.
    public var unit: MetricUnit?
    /// What is made of the samples of a period.
    public var statistic: Statistic
    /// 10, 20 or 30 seconds, or a multiple of 60.
    public var period: Duration
    /// How the statistic is compared.
    public var comparison: Comparison
    /// In the unit of the statistic; finite.
    public var threshold: Double
    /// Newest periods that are looked at: N of "M out of N".
    public var evaluationPeriods: Int
    /// How many of them have to breach: M. nil: all.
    public var datapointsToAlarm: Int?
    /// What periods without a datapoint count as.
    public var missingData: MissingData
    /// Targets of the actions when it goes into ALARM: ARNs or URLs, up to 5.
    public var alarmActions: [String]
    /// The same for OK.
    public var okActions: [String]
    /// The same for INSUFFICIENT_DATA.
    public var insufficientDataActions: [String]
    /// Whether actions are taken.
    public var actionsEnabled: Bool

    /// One period of a minute that breaches is enough, until something else is set.
    public init(
        _ name: String, on metric: String, in namespace: String, dimensions: [String: String] = [:],
        _ statistic: Statistic, _ comparison: Comparison, than threshold: Double, period: Duration = .seconds(60),
        evaluationPeriods: Int = 1, alarmActions: [String] = []
    ) {
        self.name = name
        self.namespace = namespace
        self.metric = metric
        self.dimensions = dimensions
        self.statistic = statistic
        self.period = period
        self.comparison = comparison
        self.threshold = threshold
        self.evaluationPeriods = evaluationPeriods
        self.alarmActions = alarmActions
        missingData = .missing
        okActions = []
        insufficientDataActions = []
        actionsEnabled = true
    }
}

extension MetricAlarm {
    /// The definition as ``Alarms/put(json:)`` and the AWS CLI take it. O(size).
    /// - Throws: ``DatabaseError/Code/invalidAlarm`` for a period or threshold that JSON cannot say,
    ///   ``DatabaseError/Code/invalidStatistic``.
    public func json() throws(DatabaseError) -> String { String(decoding: try document().encoded, as: UTF8.self) }

    func document() throws(DatabaseError) -> JSONValue {
        guard period.components.attoseconds == 0 else {
            throw DatabaseError(
                .invalidAlarm, "\(period) is no period of an alarm", place: name,
                advice: "use 10, 20 or 30 seconds, or whole minutes")
        }
        guard threshold.isFinite else {
            throw DatabaseError(.invalidAlarm, "the threshold is \(threshold)", place: name, advice: "use a number")
        }
        var members: [JSONMember] = [.init("AlarmName", .string(name))]
        if let description { members.append(.init("AlarmDescription", .string(description))) }
        members += [
            .init("ActionsEnabled", .bool(actionsEnabled)), .init("AlarmActions", .texts(alarmActions)),
            .init("OKActions", .texts(okActions)), .init("InsufficientDataActions", .texts(insufficientDataActions)),
            .init("Namespace", .string(namespace)), .init("MetricName", .string(metric)),
            .init("Dimensions", .array(dimensions.sorted { $0.key < $1.key }.map { Self.dimension($0.key, $0.value) })),
            .init(isSimple ? "Statistic" : "ExtendedStatistic", .string(try statistic.engineStatistic().description)),
            .init("Period", .integer(period.components.seconds)),
            .init("EvaluationPeriods", .integer(Int64(evaluationPeriods))), .init("Threshold", .number(threshold)),
            .init("ComparisonOperator", .string(comparison.rawValue)),
            .init("TreatMissingData", .string(missingData.rawValue)),
        ]
        if let unit { members.append(.init("Unit", .string(unit.rawValue))) }
        if let datapointsToAlarm { members.append(.init("DatapointsToAlarm", .integer(Int64(datapointsToAlarm)))) }
        return .object(members)
    }

    private static func dimension(_ name: String, _ value: String) -> JSONValue {
        .object([.init("Name", .string(name)), .init("Value", .string(value))])
    }

    private var isSimple: Bool {
        switch statistic {
        case .sampleCount, .sum, .average, .minimum, .maximum: true
        default: false
        }
    }
}

extension JSONValue {
    fileprivate static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
