import VarveJSON
import VarveModel

/// One action to run: where, and about what. It says everything that the payloads need, as it was at the transition.
package struct AlarmAction: Equatable, Sendable {
    /// ARN or URL.
    package let target: String
    /// The alarm after the transition.
    package let alarm: Alarm
    /// For actions of one series of a multi-series alarm.
    package let contributor: AlarmContributor?
    /// Held back by a mute rule until now.
    package let isAfterMute: Bool
    /// Runs again because the state lasts (Auto Scaling), not because of a transition.
    package let isRepeat: Bool

    package var isContributorLevel: Bool { contributor != nil }

    package var state: AlarmState { contributor?.state ?? alarm.value.state }

    /// When the state changed.
    package var stateChangeNs: Int64 { contributor?.transitionedNs ?? alarm.value.updatedNs }
}

// MARK: - History

extension AlarmAction {
    /// How running an action ended.
    package enum Outcome: Equatable, Sendable {
        case succeeded
        case failed(error: String)
    }

    /// The history item of an attempt.
    /// - Parameter message: what was sent, nil when nothing was.
    package func historyItem(_ outcome: Outcome, message: String?, nowNs: Int64) -> HistoryItem {
        ActionRecord(self).historyItem(outcome, message: message, nowNs: nowNs)
    }
}

// MARK: - Notification

extension AlarmAction {
    /// The notification that topics and webhooks get, as one line of JSON.
    package var message: String { AlarmJSON.text(messageJSON) }

    /// `ALARM: "NAME" in EU (Ireland)`, at most ``AlarmLimits/subjectCharactersMax`` characters of ASCII.
    package var subject: String {
        let place = RegionName.of(alarm.scope.region)
        let rest = "\(state.rawValue): \"\" in \(place)".count
        let room = AlarmLimits.subjectCharactersMax - rest
        let short = alarm.name.count <= room ? alarm.name : alarm.name.prefix(max(0, room - 3)) + "..."
        let subject = "\(state.rawValue): \"\(short)\" in \(place)"
        return String(subject.map { $0.isASCII && $0 >= " " && $0 != "\u{7f}" ? $0 : "_" })
    }

    /// What is published to a topic with message structure `json`: a text for each protocol.
    package var structuredMessage: String {
        AlarmJSON.text(
            .object([
                .init("default", .string(message)), .init("sms", .string(subject)), .init("email", .string(emailText)),
            ]))
    }

    /// For people.
    package var emailText: String {
        let reason = contributor?.reason ?? alarm.value.reason ?? "-"
        var lines = [
            "Alarm \"\(alarm.name)\" in \(RegionName.of(alarm.scope.region)) is in the state \(state.rawValue).", "",
            "Reason:      \(reason)", "Since:       \(AlarmTime.long(stateChangeNs))",
        ]
        if let description = alarm.definition.description { lines.append("Description: \(description)") }
        if let contributor {
            let pairs = contributor.attributes.map { "\($0.name)=\($0.value)" }
            lines.append("Series:      \(pairs.joined(separator: ", "))")
        }
        lines.append("Alarm:       \(alarm.arn)")
        if isAfterMute { lines.append("This was held back by a mute rule until now.") }
        return lines.joined(separator: "\n") + "\n"
    }

    private var messageJSON: JSONValue {
        var object = JSONObjectBuilder()
        object.add("AlarmName", alarm.name)
        object.add("AlarmDescription", alarm.definition.description.map(JSONValue.string) ?? .null)
        object.add("AWSAccountId", alarm.scope.account)
        object.add("AlarmConfigurationUpdatedTimestamp", AlarmTime.iso(alarm.configurationUpdatedNs))
        object.add("NewStateValue", state.rawValue)
        let reason = contributor.map(\.reason) ?? alarm.value.reason
        object.add("NewStateReason", reason.map(JSONValue.string) ?? .null)
        object.add("StateChangeTime", AlarmTime.iso(stateChangeNs))
        object.add("Region", RegionName.of(alarm.scope.region))
        object.add("AlarmArn", alarm.arn)
        object.add("OldStateValue", oldState.rawValue)
        if let contributor {
            object.add("AlarmContributorId", contributor.id)
            object.add("AlarmContributorAttributes", contributor.attributesJSON)
        }
        object.add("ActionExecutedAfterMuteWindow", isAfterMute)
        object.addActions(alarm.definition.actions, onlyGiven: false)
        switch alarm.definition {
        case .metric(let definition): object.add("Trigger", definition.trigger)
        case .composite(let definition):
            object.add("AlarmRule", definition.ruleText)
            object.add("TriggeringChildren", JSONValue.array(alarm.triggeringChildren.map(\.notificationJSON)))
        }
        return object.value
    }

    private var oldState: AlarmState {
        if let contributor { return contributor.state == .alarm ? .ok : .alarm }
        return alarm.previousValue?.state ?? .insufficientData
    }
}

extension AlarmStanding {
    fileprivate var notificationJSON: JSONValue {
        let state = JSONValue.object([
            .init("Value", .string(state.rawValue)), .init("Timestamp", .string(AlarmTime.iso(transitionedNs))),
        ])
        return .object([.init("Arn", .string(arn)), .init("State", state)])
    }
}

extension MetricAlarmDefinition {
    /// `Trigger` of a notification.
    fileprivate var trigger: JSONValue {
        var object = JSONObjectBuilder()
        if case .metric(let stat) = source {
            let simple = StatisticName.Simple(rawValue: stat.statistic)
            object.add("MetricName", stat.metric.name)
            object.add("Namespace", stat.metric.namespace)
            object.add("StatisticType", simple == nil ? "ExtendedStatistic" : "Statistic")
            object.add(
                simple == nil ? "ExtendedStatistic" : "Statistic", simple?.upperSnakeCase ?? stat.statistic)
            object.add("Unit", stat.unit.map { .string($0.name) } ?? .null)
            object.add("Dimensions", stat.metric.triggerDimensions)
        }
        object.add("Period", period)
        object.add("EvaluationPeriods", evaluationPeriods)
        object.add("DatapointsToAlarm", datapointsToAlarm)
        object.add("ComparisonOperator", comparison.rawValue)
        object.add("Threshold", threshold)
        object.add("ThresholdMetricId", thresholdMetricID)
        object.add("TreatMissingData", treatMissingData?.rawValue ?? "")
        object.add("EvaluateLowSampleCountPercentile", lowSampleTreatment?.rawValue ?? "")
        if case .queries(let queries) = source {
            object.add("Metrics", JSONValue.array(queries.map(\.triggerJSON)))
        }
        return object.value
    }
}

extension AlarmMetric {
    fileprivate var triggerDimensions: JSONValue {
        .array(dimensions.map { .object([.init("value", .string($0.value)), .init("name", .string($0.name))]) })
    }
}

extension AlarmDataQuery {
    fileprivate var triggerJSON: JSONValue {
        var object = JSONObjectBuilder()
        object.add("Expression", expression)
        object.add("Id", id)
        object.add("Label", label)
        if let stat = metricStat {
            var metric = JSONObjectBuilder()
            metric.add("Dimensions", stat.metric.triggerDimensions)
            metric.add("MetricName", stat.metric.name)
            metric.add("Namespace", stat.metric.namespace)
            var inner = JSONObjectBuilder()
            inner.add("Metric", metric.value)
            inner.add("Period", stat.period)
            inner.add("Stat", stat.statistic)
            inner.add("Unit", stat.unit?.name)
            object.add("MetricStat", inner.value)
        }
        object.add("ReturnData", returnsData)
        object.add("Period", period)
        return object.value
    }
}

// MARK: - Function

extension AlarmAction {
    /// What a function is called with, as one line of JSON.
    package var functionPayload: String {
        var data = JSONObjectBuilder()
        data.add("alarmName", alarm.name)
        if let contributor {
            data.add("alarmContributor", contributor.json)
            var state = JSONObjectBuilder()
            state.add("value", contributor.state.rawValue)
            state.add("reason", contributor.reason)
            state.add("timestamp", AlarmTime.iso(contributor.transitionedNs))
            data.add("state", state.value)
        } else {
            data.add("state", alarm.stateJSON)
            data.add("previousState", alarm.previousValue?.json.value)
        }
        data.add("configuration", alarm.shortConfiguration)
        var object = JSONObjectBuilder()
        object.add("source", "aws.cloudwatch")
        object.add("alarmArn", alarm.arn)
        object.add("accountId", alarm.scope.account)
        object.add("time", AlarmTime.iso(stateChangeNs))
        object.add("region", alarm.scope.region)
        object.add("alarmData", data.value)
        return AlarmJSON.text(object.value)
    }
}

/// Regions as notifications name them.
package enum RegionName {
    private static let names = [
        "us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)", "us-west-1": "US West (N. California)",
        "us-west-2": "US West (Oregon)", "eu-west-1": "EU (Ireland)", "eu-west-2": "EU (London)",
        "eu-west-3": "EU (Paris)", "eu-central-1": "EU (Frankfurt)", "eu-north-1": "EU (Stockholm)",
        "ap-northeast-1": "Asia Pacific (Tokyo)", "ap-southeast-1": "Asia Pacific (Singapore)",
        "ap-southeast-2": "Asia Pacific (Sydney)", "ap-south-1": "Asia Pacific (Mumbai)",
        "ca-central-1": "Canada (Central)", "sa-east-1": "South America (Sao Paulo)",
    ]

    /// The long name; the id of regions that have none here.
    package static func of(_ region: String) -> String { names[region] ?? region }
}
