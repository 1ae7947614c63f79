import VarveAlarms
import VarveJSON
package import VarveModel
package import VarveQuery

/// What a detector learns. Equal subjects have one detector.
package enum DetectorSubject: Hashable, Sendable {
    /// A statistic of one metric, in any period.
    case metric(DetectorMetric)
    /// Any other series, such as an expression, with its period.
    case math(MathSubject)

    package init(_ subject: MathSubject) {
        guard let stat = subject.metric, stat.unit == nil, stat.accountID == nil else {
            self = .math(subject)
            return
        }
        self = .metric(
            DetectorMetric(
                namespace: stat.namespace, name: stat.metricName, dimensions: stat.dimensions,
                statistic: stat.statistic))
    }

    /// The queries that give it.
    package func queries(periodNs: Int64) -> MathSubject {
        switch self {
        case .math(let subject): subject
        case .metric(let metric):
            MathSubject([
                MathDefinition(
                    id: "m1",
                    .metric(
                        MathMetricStat(
                            namespace: metric.namespace, metricName: metric.name, dimensions: metric.dimensions,
                            statistic: metric.statistic, periodNs: periodNs)))
            ])
        }
    }

    /// The name under which a detector is kept: 32 hexadecimal digits that depend on the subject only.
    package var documentName: String {
        let bytes = JSONValue.object(members).encoded
        // FNV-1a from two different beginnings.
        func digest(_ start: UInt64) -> UInt64 {
            bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        }
        return [digest(0xcbf2_9ce4_8422_2325), digest(0x6c62_272e_07bb_0142)].map { part in
            let text = String(part, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
    }

    /// `SingleMetricAnomalyDetector` or `MetricMathAnomalyDetector`, as the service has them.
    var members: [JSONMember] {
        switch self {
        case .metric(let metric): return [.init("SingleMetricAnomalyDetector", .object(metric.members))]
        case .math(let subject):
            let queries = subject.definitions.map { AlarmDataQuery($0).json }
            return [
                .init("MetricMathAnomalyDetector", .object([.init("MetricDataQueries", .array(queries))]))
            ]
        }
    }

    /// Values that it cannot leave. Known only of what is counted, and of the service's shares of a whole.
    var limits: (lowest: Double?, highest: Double?) {
        guard case .metric(let metric) = self else { return (nil, nil) }
        if metric.statistic == "SampleCount" { return (0, nil) }
        let isShare =
            metric.namespace.hasPrefix("AWS/") && metric.name.hasSuffix("Utilization") && metric.statistic != "Sum"
        return isShare ? (0, 100) : (nil, nil)
    }
}

/// One statistic of one metric.
package struct DetectorMetric: Hashable, Sendable {
    package let namespace: String
    package let name: String
    /// Ascending.
    package let dimensions: [Dimension]
    package let statistic: String

    package init(namespace: String, name: String, dimensions: [Dimension], statistic: String) {
        self.namespace = namespace
        self.name = name
        self.dimensions = dimensions.sorted()
        self.statistic = statistic
    }

    var members: [JSONMember] {
        [
            .init("Namespace", .string(namespace)), .init("MetricName", .string(name)),
            .init(
                "Dimensions",
                .array(
                    dimensions.map { .object([.init("Name", .string($0.name)), .init("Value", .string($0.value))]) })),
            .init("Stat", .string(statistic)),
        ]
    }
}

extension AlarmDataQuery {
    /// A query of metric math as the service writes it.
    init(_ definition: MathDefinition) {
        self.init(
            id: definition.id, label: definition.label, returnData: definition.returnsData,
            period: definition.periodNs.map { Int($0 / Nanoseconds.perSecond) })
        switch definition.content {
        case .expression(let text): expression = text
        case .metric(let stat):
            accountID = stat.accountID
            metricStat = AlarmMetricStat(
                metric: AlarmMetric(
                    namespace: stat.namespace, name: stat.metricName, dimensions: stat.dimensions),
                period: Int(stat.periodNs / Nanoseconds.perSecond), statistic: stat.statistic,
                unit: stat.unit.flatMap { Unit(name: $0) })
        }
    }
}

// MARK: - Reading

extension DetectorSubject {
    /// From the members of a call, in any of the service's three forms.
    init(_ input: OperationInput) throws(OperationError) {
        let metric = input.json["SingleMetricAnomalyDetector"], math = input.json["MetricMathAnomalyDetector"]
        let simple = ["Namespace", "MetricName", "Dimensions", "Stat"].filter { input.json[$0] != nil }
        let forms = [metric != nil, math != nil, !simple.isEmpty].count { $0 }
        guard forms < 2 else {
            throw OperationError(
                code: "InvalidParameterCombination",
                message: "SingleMetricAnomalyDetector, MetricMathAnomalyDetector and "
                    + "Namespace, MetricName, Dimensions, Stat exclude each other")
        }
        if let math {
            self = try Self.math(OperationInput(math, operation: "MetricMathAnomalyDetector"))
        } else if let metric {
            self = .metric(try DetectorMetric(OperationInput(metric, operation: "SingleMetricAnomalyDetector")))
        } else {
            self = .metric(try DetectorMetric(input))
        }
    }

    private static func math(_ input: OperationInput) throws(OperationError) -> DetectorSubject {
        guard let list = input.json["MetricDataQueries"]?.array, !list.isEmpty else {
            throw .missing("MetricMathAnomalyDetector.MetricDataQueries")
        }
        let queries: [AlarmDataQuery]
        do throws(AlarmRefusal) { queries = try AlarmDataQuery.read(list) } catch { throw OperationError(error) }
        guard queries.count(where: \.returnsData) == 1 else {
            throw .badValue("Exactly one element of the metrics list should return data.")
        }
        do throws(MathError) {
            let plan = try MathPlan(queries.map(MathDefinition.init), rules: .alarm)
            guard let index = plan.entries.firstIndex(where: { $0.definition.returnsData }) else {
                throw MathError(.value, "no query returns data")
            }
            guard plan.entries[index].types == .series else {
                throw MathError(.value, "an anomaly detector learns one series, not several")
            }
            guard plan.bandCalls.isEmpty else {
                throw MathError(.value, "ANOMALY_DETECTION_BAND is not supported in a detector's own expressions.")
            }
            try AnomalyDetector.check(periodNs: plan.entries[index].periodNs)
            return DetectorSubject(plan.subject(of: index))
        } catch {
            throw .badValue(error.serviceMessage)
        }
    }
}

extension DetectorMetric {
    init(_ input: OperationInput) throws(OperationError) {
        func required(_ name: String) throws(OperationError) -> String {
            guard let text = try input.string(name), !text.isEmpty else { throw .missing(name) }
            return text
        }
        let statistic = try required("Stat")
        guard (try? Statistic(parsing: statistic)) != nil else {
            throw .badValue("The value \(statistic) for parameter Stat is not supported.")
        }
        let dimensions = try input.dimensions()
        guard Set(dimensions.map(\.name)).count == dimensions.count else {
            throw .badValue("No Metric may specify the same Dimension Name twice")
        }
        self.init(
            namespace: try required("Namespace"), name: try required("MetricName"), dimensions: dimensions,
            statistic: statistic)
        guard [namespace, name].allSatisfy({ $0.utf8.count <= Limits.nameBytesMax }),
            dimensions.count <= Limits.dimensionsMax,
            dimensions.allSatisfy({
                $0.name.utf8.count <= Limits.nameBytesMax && $0.value.utf8.count <= Limits.dimensionValueBytesMax
            })
        else { throw .badValue("a name is too long, or there are more than \(Limits.dimensionsMax) dimensions") }
    }
}

extension OperationInput {
    /// `Dimensions`; empty when absent.
    func dimensions() throws(OperationError) -> [Dimension] {
        guard let value = json["Dimensions"], value != .null else { return [] }
        var dimensions: [Dimension] = []
        for element in value.array ?? [.null] {
            guard let name = element["Name"]?.string, let value = element["Value"]?.string else {
                throw .validation("Dimensions must be a list of objects with Name and Value")
            }
            dimensions.append(Dimension(name: name, value: value))
        }
        return dimensions
    }
}

extension OperationError {
    static func missing(_ name: String) -> OperationError {
        OperationError(code: "MissingParameter", message: "The parameter \(name) is required.")
    }

    static func badValue(_ message: String) -> OperationError {
        OperationError(code: "InvalidParameterValue", message: message)
    }

    /// The service's word for what does not exist, but for alarms by their name.
    static let unknown = OperationError(code: "ResourceNotFoundException", message: "")
}
