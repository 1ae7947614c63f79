import VarveJSON
import VarveModel

// `configuration` of events and of function calls.
extension Alarm {
    /// What is watched: `description`, and `metrics` or `alarmRule`.
    var shortConfiguration: JSONValue {
        var object = JSONObjectBuilder()
        switch definition {
        case .metric(let definition):
            object.add("description", definition.description)
            object.add("metrics", metricsJSON(definition))
        case .composite(let definition):
            object.add("description", definition.description)
            object.addRule(definition)
        }
        return object.value
    }

    /// Every setting.
    var fullConfiguration: JSONValue {
        var object = JSONObjectBuilder()
        switch definition {
        case .metric(let definition):
            object.add("evaluationPeriods", definition.evaluationPeriods)
            object.add("datapointsToAlarm", definition.datapointsToAlarm)
            object.add("threshold", definition.threshold)
            object.add("thresholdMetricId", definition.thresholdMetricID)
            object.add("comparisonOperator", definition.comparison.rawValue)
            object.add("treatMissingData", definition.treatMissingData?.rawValue)
            object.add("evaluateLowSampleCountPercentile", definition.lowSampleTreatment?.rawValue)
            object.add("evaluationWindow", definition.evaluationWindow?.json.camelCased)
            object.add("warmUpConfiguration", definition.warmUp?.json.camelCased)
            object.add("metrics", metricsJSON(definition))
        case .composite(let definition): object.addRule(definition)
        }
        object.add("alarmName", name)
        object.add("description", definition.description)
        object.add("actionsEnabled", definition.actionsEnabled)
        object.add("timestamp", AlarmTime.iso(configurationUpdatedNs))
        object.add("okActions", definition.actions.ok)
        object.add("alarmActions", definition.actions.alarm)
        object.add("insufficientDataActions", definition.actions.insufficientData)
        return object.value
    }

    private func metricsJSON(_ definition: MetricAlarmDefinition) -> JSONValue {
        switch definition.source {
        case .metric(let stat):
            let query = AlarmDataQuery(id: metricID, metricStat: stat, returnData: true)
            return .array([query.eventJSON])
        case .queries(let queries): return .array(queries.map(\.eventJSON))
        }
    }

    /// The id that the metric of a simple alarm has in events: a UUID that stays the same.
    var metricID: String {
        var hash = ContentHash()
        hash.add(arn)
        let first = hash.value
        hash.add(first)
        // Version 8 of RFC 9562, for ids that are computed; variant 10.
        let high = first & ~0xF000 | 0x8000
        let low = hash.value & ~(3 << 62) | 2 << 62
        let text = Array(Self.digits(high) + Self.digits(low))
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return parts.map { String(text[$0]) }.joined(separator: "-")
    }

    private static func digits(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension JSONObjectBuilder {
    fileprivate mutating func addRule(_ definition: CompositeAlarmDefinition) {
        add("alarmRule", definition.ruleText)
        add("actionsSuppressor", definition.suppressor?.alarm)
        add("actionsSuppressorWaitPeriod", definition.suppressor?.waitSeconds)
        add("actionsSuppressorExtensionPeriod", definition.suppressor?.extensionSeconds)
    }
}

extension AlarmDataQuery {
    /// With dimensions as a map.
    var eventJSON: JSONValue {
        var object = JSONObjectBuilder()
        object.add("id", id)
        object.add("metricStat", metricStat?.eventJSON)
        object.add("expression", expression)
        object.add("label", label)
        if expression != nil { object.add("period", period) }
        object.add("returnData", returnsData)
        object.add("accountId", accountID)
        return object.value
    }
}

extension AlarmMetricStat {
    fileprivate var eventJSON: JSONValue {
        var metric = JSONObjectBuilder()
        metric.add("namespace", self.metric.namespace)
        metric.add("name", self.metric.name)
        let dimensions = self.metric.dimensions.map { JSONMember($0.name, .string($0.value)) }
        metric.add("dimensions", JSONValue.object(dimensions))
        var object = JSONObjectBuilder()
        object.add("metric", metric.value)
        object.add("period", period)
        object.add("stat", statistic)
        object.add("unit", unit?.name)
        return object.value
    }
}
