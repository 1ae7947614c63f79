import VarveAlarms
import VarveJSON
import VarveModel
import VarveQuery
import VarveStore

/// A continuous export of minute datapoints, as `PutMetricStream` takes it. Page: Docs/MetricStreams.md.
package struct MetricStreamDefinition: Equatable, Sendable {
    /// How datapoints are written. The raw value is the service's.
    enum Format: String, CaseIterable, Sendable {
        case json
        case openTelemetry07 = "opentelemetry0.7"
        case openTelemetry10 = "opentelemetry1.0"
    }

    /// Metrics of a namespace; all of them when no name is given.
    struct Filter: Equatable, Sendable {
        var namespace: String
        var metricNames: [String]
    }

    /// Statistics of some metrics beside count, sum and extremes.
    struct Statistics: Equatable, Sendable {
        struct Metric: Equatable, Sendable {
            var namespace: String
            var name: String
        }

        var metrics: [Metric]
        /// As written: `p99`, `TM(10%:90%)`.
        var additional: [String]
    }

    var name: String
    /// At most one of the two lists has elements.
    var includeFilters: [Filter]
    var excludeFilters: [Filter]
    /// Where it goes, as given.
    var firehoseARN: String
    /// Kept and given back only.
    var roleARN: String
    var format: Format
    var statistics: [Statistics]
    /// Kept and given back only: a server has no linked accounts.
    var includesLinkedAccounts: Bool?

    // The service's limits.
    static let filtersMax = 1_000
    static let metricNamesMax = 1_000
    static let statisticsMax = 100
    static let statisticsMetricsMax = 100
    static let additionalStatisticsMax = 20

    /// Which series it sends.
    var condition: SeriesCondition {
        if !includeFilters.isEmpty { return .any(includeFilters.map(\.condition)) }
        if !excludeFilters.isEmpty { return .not(.any(excludeFilters.map(\.condition))) }
        return .constant(true)
    }

    /// Where `firehoseARN` leads: the delivery stream NAME of the service means the file that is configured under this
    /// name, everything else itself.
    var endpoint: String {
        let parts = firehoseARN.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        let prefix = "deliverystream/"
        guard parts.count == 6, parts[2] == "firehose", parts[5].hasPrefix(prefix) else { return firehoseARN }
        return "arn:varve:file:\(parts[3]):\(parts[4]):\(parts[5].dropFirst(prefix.count))"
    }
}

extension MetricStreamDefinition.Filter {
    fileprivate var condition: SeriesCondition {
        let space = SeriesCondition.namespace(.equals(namespace))
        if metricNames.isEmpty { return space }
        return .all([space, .any(metricNames.map { .metric(.equals($0)) })])
    }

    fileprivate var json: JSONValue {
        var members = [JSONMember("Namespace", .string(namespace))]
        if !metricNames.isEmpty { members.append(.init("MetricNames", .array(metricNames.map { .string($0) }))) }
        return .object(members)
    }
}

extension MetricStreamDefinition.Statistics {
    fileprivate var json: JSONValue {
        let list = metrics.map { metric in
            JSONValue.object([
                .init("Namespace", .string(metric.namespace)), .init("MetricName", .string(metric.name)),
            ])
        }
        return .object([
            .init("IncludeMetrics", .array(list)),
            .init("AdditionalStatistics", .array(additional.map { .string($0) })),
        ])
    }
}

// MARK: - Reading

extension MetricStreamDefinition {
    /// Reads and checks what a caller sent, or what was stored.
    init(_ input: OperationInput) throws(OperationError) {
        name = try input.filled("Name")
        guard Self.isName(name) else {
            throw .badValue(
                "The value for field Name contains invalid characters. It can only contain alphanumerics, dash (-) and "
                    + "underscore (_), at most 255 of them.")
        }
        firehoseARN = try input.filled("FirehoseArn")
        guard Self.isTarget(firehoseARN) else {
            throw .badValue(
                "The value for field FirehoseArn is invalid: an ARN of a delivery stream, a URL, or "
                    + "arn:varve:file|exec:REGION:ACCOUNT:NAME")
        }
        roleARN = try input.filled("RoleArn")
        let word = try input.filled("OutputFormat")
        guard let format = Format(rawValue: word) else {
            throw .badValue(
                "The value for field OutputFormat must be one of json, opentelemetry0.7, opentelemetry1.0")
        }
        self.format = format
        includeFilters = try Self.filters("IncludeFilters", in: input)
        excludeFilters = try Self.filters("ExcludeFilters", in: input)
        guard includeFilters.isEmpty || excludeFilters.isEmpty else {
            throw OperationError(
                code: "InvalidParameterCombination",
                message: "IncludeFilters and ExcludeFilters cannot be specified in the same request.")
        }
        statistics = try Self.statistics(in: input, format)
        includesLinkedAccounts = try input.bool("IncludeLinkedAccountsMetrics")
    }

    /// 1 to 255 letters, digits, dashes and underscores.
    private static func isName(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func isTarget(_ text: String) -> Bool {
        guard text.utf8.count <= 1_024 else { return false }
        if text.hasPrefix("http://") || text.hasPrefix("https://") { return true }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn" else { return false }
        if parts[1] == "varve" { return (parts[2] == "file" || parts[2] == "exec") && !parts[5].isEmpty }
        let prefix = "deliverystream/"
        return parts[2] == "firehose" && parts[5].hasPrefix(prefix) && parts[5].count > prefix.count
    }

    private static func filters(_ member: String, in input: OperationInput) throws(OperationError) -> [Filter] {
        let list = try input.list(member, max: filtersMax)
        var filters: [Filter] = []
        for (index, item) in list.enumerated() {
            let part = try OperationInput(item, operation: input.operation)
            guard let space = try part.string("Namespace"), !space.isEmpty else {
                throw .missing("\(member).member.\(index + 1).Namespace")
            }
            filters.append(Filter(namespace: space, metricNames: try part.strings("MetricNames") ?? []))
        }
        let names = filters.reduce(0) { $0 + $1.metricNames.count }
        guard names <= metricNamesMax else {
            throw .badValue("\(member) names \(names) metrics, at most \(metricNamesMax) are allowed.")
        }
        return filters
    }

    private static func statistics(
        in input: OperationInput, _ format: Format
    ) throws(OperationError) -> [Statistics] {
        var configurations: [Statistics] = []
        for item in try input.list("StatisticsConfigurations", max: statisticsMax) {
            let part = try OperationInput(item, operation: input.operation)
            var metrics: [Statistics.Metric] = []
            for metric in try part.list("IncludeMetrics", max: statisticsMetricsMax) {
                let member = try OperationInput(metric, operation: input.operation)
                metrics.append(
                    .init(namespace: try member.filled("Namespace"), name: try member.filled("MetricName")))
            }
            guard !metrics.isEmpty else { throw .missing("StatisticsConfigurations.IncludeMetrics") }
            let additional = try part.strings("AdditionalStatistics") ?? []
            guard !additional.isEmpty else { throw .missing("StatisticsConfigurations.AdditionalStatistics") }
            guard additional.count <= additionalStatisticsMax else {
                throw .badValue("AdditionalStatistics has at most \(additionalStatisticsMax) elements.")
            }
            for text in additional { try check(statistic: text, for: format) }
            configurations.append(Statistics(metrics: metrics, additional: additional))
        }
        return configurations
    }

    private static func check(statistic text: String, for format: Format) throws(OperationError) {
        do throws(StatisticError) {
            let statistic = try Statistic(parsing: text)
            guard format == .json || statistic.quantile != nil else {
                throw StatisticError("OpenTelemetry formats take percentiles only, such as p99, and not \(text)")
            }
            switch statistic {
            case .sampleCount, .sum, .minimum, .maximum:
                throw StatisticError("\(text) is always sent and cannot be added")
            default: break
            }
        } catch {
            throw .badValue("The value for field AdditionalStatistics is invalid: \(error.description).")
        }
    }

    /// As callers see it, and as it is stored.
    var members: [JSONMember] {
        var members: [JSONMember] = [.init("Name", .string(name))]
        if !includeFilters.isEmpty { members.append(.init("IncludeFilters", .array(includeFilters.map(\.json)))) }
        if !excludeFilters.isEmpty { members.append(.init("ExcludeFilters", .array(excludeFilters.map(\.json)))) }
        members += [
            .init("FirehoseArn", .string(firehoseARN)), .init("RoleArn", .string(roleARN)),
            .init("OutputFormat", .string(format.rawValue)),
        ]
        if !statistics.isEmpty { members.append(.init("StatisticsConfigurations", .array(statistics.map(\.json)))) }
        if let includesLinkedAccounts {
            members.append(.init("IncludeLinkedAccountsMetrics", .bool(includesLinkedAccounts)))
        }
        return members
    }
}

extension Statistic {
    /// From 0 to 1, for percentiles.
    var quantile: Double? {
        // Of 10⁻¹⁰ percent each.
        if case .percentile(let rank) = self { Double(rank.units) / 1e12 } else { nil }
    }
}

extension OperationInput {
    /// A text that is there and not empty.
    func filled(_ name: String) throws(OperationError) -> String {
        guard let text = try string(name), !text.isEmpty else { throw .missing(name) }
        return text
    }

    func list(_ name: String, max: Int) throws(OperationError) -> [JSONValue] {
        guard let value = json[name], value != .null else { return [] }
        guard let elements = value.array else { throw .validation("\(name) must be a list") }
        guard elements.count <= max else { throw .badValue("\(name) has at most \(max) elements.") }
        return elements
    }

    /// `Tags`, each with a key and a value.
    func tags() throws(OperationError) -> [AlarmTag] {
        var tags: [AlarmTag] = []
        for tag in json["Tags"]?.array ?? [] {
            guard let key = tag["Key"]?.string, let value = tag["Value"]?.string else {
                throw .validation("Tags must be a list of objects with Key and Value")
            }
            tags.append(AlarmTag(key: key, value: value))
        }
        return tags
    }
}

// MARK: - State

/// A stream with what the server knows about it.
package struct MetricStream: Equatable, Sendable {
    var definition: MetricStreamDefinition
    var isRunning: Bool
    /// Nanoseconds since 1970.
    var createdNs: Int64
    var updatedNs: Int64
    var tags: [AlarmTag]

    init(
        _ definition: MetricStreamDefinition, isRunning: Bool = true, createdNs: Int64, updatedNs: Int64,
        tags: [AlarmTag] = []
    ) {
        self.definition = definition
        self.isRunning = isRunning
        self.createdNs = createdNs
        self.updatedNs = updatedNs
        self.tags = tags
    }

    /// nil for bytes that are no stream.
    init?(_ content: [UInt8]) {
        guard let json = try? JSONReader.read(content),
            let input = try? OperationInput(json, operation: "PutMetricStream"),
            let definition = try? MetricStreamDefinition(input), let tags = try? input.tags(),
            let isRunning = json["running"]?.bool, let createdNs = json["created"]?.integer,
            let updatedNs = json["updated"]?.integer
        else { return nil }
        self.init(definition, isRunning: isRunning, createdNs: createdNs, updatedNs: updatedNs, tags: tags)
    }

    var encoded: [UInt8] {
        JSONValue.object(
            definition.members + [
                .init("Tags", .array(tags.map(\.json))), .init("running", .bool(isRunning)),
                .init("created", .integer(createdNs)), .init("updated", .integer(updatedNs)),
            ]
        ).encoded
    }

    /// The service's word.
    var state: String { isRunning ? "running" : "stopped" }
}

extension AlarmTag {
    var json: JSONValue { .object([.init("Key", .string(key)), .init("Value", .string(value))]) }
}

/// How far a stream is. Stored together with the deliveries that it stands for.
package struct StreamProgress: Equatable, Sendable {
    /// Start of the minute that is sent next, nanoseconds since 1970.
    var minuteNs: Int64
    /// Number of the last series of this minute that was sent; nil before the first.
    var after: UInt32?

    init(minuteNs: Int64, after: UInt32? = nil) {
        self.minuteNs = minuteNs
        self.after = after
    }

    /// nil for bytes that are none.
    init?(_ content: [UInt8]) {
        guard let json = try? JSONReader.read(content), let minuteNs = json["minute"]?.integer else { return nil }
        self.init(minuteNs: minuteNs, after: json["after"]?.integer.flatMap { UInt32(exactly: $0) })
    }

    var encoded: [UInt8] {
        var members = [JSONMember("minute", .integer(minuteNs))]
        if let after { members.append(.init("after", .integer(Int64(after)))) }
        return JSONValue.object(members).encoded
    }
}
