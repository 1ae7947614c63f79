import VarveJSON
import VarveModel

/// What a history item is about.
package enum HistoryItemType: String, CaseIterable, Sendable {
    case configurationUpdate = "ConfigurationUpdate"
    case stateUpdate = "StateUpdate"
    case action = "Action"
    case contributorStateUpdate = "AlarmContributorStateUpdate"
    case contributorAction = "AlarmContributorAction"
}

/// The kind of an alarm, as history and descriptions name it.
package enum AlarmType: String, CaseIterable, Sendable {
    case metric = "MetricAlarm"
    case composite = "CompositeAlarm"
}

/// One line of an alarm's history.
package struct HistoryItem: Equatable, Sendable {
    package var alarmName: String
    package var alarmType: AlarmType
    package var timestampNs: Int64
    package var type: HistoryItemType
    package var summary: String
    /// A JSON document of at most ``AlarmLimits/historyDataCharactersMax`` characters.
    package var data: String
    package var contributorID: String?
    package var contributorAttributes: [AlarmAttribute]

    package init(
        alarmName: String, alarmType: AlarmType, timestampNs: Int64, type: HistoryItemType, summary: String,
        data: String, contributorID: String? = nil, contributorAttributes: [AlarmAttribute] = []
    ) {
        self.alarmName = alarmName
        self.alarmType = alarmType
        self.timestampNs = timestampNs
        self.type = type
        self.summary = summary
        self.data = data
        self.contributorID = contributorID
        self.contributorAttributes = contributorAttributes
    }
}

extension Alarm {
    package var type: AlarmType { definition.metric == nil ? .composite : .metric }
}

// MARK: - States

extension HistoryItem {
    static func stateUpdate(of alarm: Alarm, from old: AlarmValue) -> HistoryItem {
        let suppressed = (by: alarm.suppression.by, reason: alarm.suppression.reason)
        let new = alarm.value
        let data = fitting([(true, true), (false, true), (false, false)]) { keepsOld, keepsNew in
            var newState = new.historyJSON(withData: keepsNew)
            newState.add("actionsSuppressedBy", suppressed.by)
            newState.add("actionsSuppressedReason", suppressed.reason)
            return stateDocument(old: old.historyJSON(withData: keepsOld), new: newState)
        }
        return HistoryItem(
            alarmName: alarm.name, alarmType: alarm.type, timestampNs: new.updatedNs, type: .stateUpdate,
            summary: "Alarm updated from \(old.state.rawValue) to \(new.state.rawValue)", data: data)
    }

    static func contributorStateUpdate(
        _ contributor: AlarmContributor, of alarm: Alarm, from before: AlarmContributor?
    ) -> HistoryItem {
        var old = JSONObjectBuilder()
        old.add("stateValue", (before?.state ?? .ok).rawValue)
        old.add("stateReason", before?.reason)
        var new = JSONObjectBuilder()
        new.add("stateValue", contributor.state.rawValue)
        new.add("stateReason", contributor.reason)
        return HistoryItem(
            alarmName: alarm.name, alarmType: alarm.type, timestampNs: contributor.transitionedNs,
            type: .contributorStateUpdate, summary: "Contributor state updated to \(contributor.state.rawValue)",
            data: AlarmJSON.text(stateDocument(old: old, new: new)), contributorID: contributor.id,
            contributorAttributes: contributor.attributes)
    }

    private static func stateDocument(old: JSONObjectBuilder, new: JSONObjectBuilder) -> JSONValue {
        .object([.init("version", .string("1.0")), .init("oldState", old.value), .init("newState", new.value)])
    }

    /// The first variant of a document that is short enough; the last one if none is.
    static func fitting<Variant>(_ variants: [Variant], _ document: (Variant) -> JSONValue) -> String {
        var text = ""
        for variant in variants {
            text = AlarmJSON.text(document(variant))
            if text.fits(AlarmLimits.historyDataCharactersMax) { break }
        }
        return text
    }
}

extension AlarmValue {
    /// The reason's data is an object here, not a string.
    fileprivate func historyJSON(withData: Bool) -> JSONObjectBuilder {
        var object = JSONObjectBuilder()
        object.add("stateValue", state.rawValue)
        object.add("stateReason", reason)
        if withData { object.add("stateReasonData", reasonData.flatMap(AlarmJSON.read)) }
        return object
    }
}

// MARK: - Configuration

extension HistoryItem {
    static func created(_ alarm: Alarm, nowNs: Int64) -> HistoryItem {
        configuration("Create", "created", alarm, nowNs, changed: nil)
    }

    static func updated(_ alarm: Alarm, from before: Alarm, nowNs: Int64) -> HistoryItem {
        let (old, new) = (before.historyMembers, alarm.historyMembers)
        let changed = old.filter { member in !new.contains(member) }
        return configuration("Update", "updated", alarm, nowNs, changed: changed)
    }

    static func deleted(_ alarm: Alarm, nowNs: Int64) -> HistoryItem {
        configuration("Delete", "deleted", alarm, nowNs, changed: nil)
    }

    private static func configuration(
        _ type: String, _ word: String, _ alarm: Alarm, _ nowNs: Int64, changed: [JSONMember]?
    ) -> HistoryItem {
        // Left out one after the other until the document is short enough.
        let dropOrder = [
            "metrics", "alarmRule", "alarmDescription", "dimensions", "alarmActions", "okactions",
            "insufficientDataActions",
        ]
        let data = fitting(Array(0...dropOrder.count)) { dropped in
            let names = dropOrder.prefix(dropped)
            var object = JSONObjectBuilder()
            object.add("version", "1.0")
            object.add("type", type)
            object.add("\(word)Alarm", JSONValue.object(alarm.historyMembers.filter { !names.contains($0.name) }))
            object.add("originalUpdatedFields", changed.map { .object($0.filter { !names.contains($0.name) }) })
            return object.value
        }
        return HistoryItem(
            alarmName: alarm.name, alarmType: alarm.type, timestampNs: nowNs, type: .configurationUpdate,
            summary: "Alarm \"\(alarm.name)\" \(word)", data: data)
    }
}

extension Alarm {
    /// The alarm as an object of its configuration history.
    fileprivate var historyMembers: [JSONMember] {
        var object = JSONObjectBuilder()
        object.add("alarmName", name)
        object.add("alarmDescription", definition.description)
        object.add("alarmArn", arn)
        object.add("alarmConfigurationUpdatedTimestamp", AlarmTime.iso(configurationUpdatedNs))
        switch definition {
        case .metric(let definition): object.addHistory(of: definition)
        case .composite(let definition):
            object.add("alarmRule", definition.ruleText)
            object.add("actionsSuppressor", definition.suppressor?.alarm)
            object.add("actionsSuppressorWaitPeriod", definition.suppressor?.waitSeconds)
            object.add("actionsSuppressorExtensionPeriod", definition.suppressor?.extensionSeconds)
        }
        object.add("stateValue", value.state.rawValue)
        object.add("stateUpdatedTimestamp", AlarmTime.iso(value.updatedNs))
        object.add("actionsEnabled", definition.actionsEnabled)
        object.add("alarmActions", definition.actions.alarm)
        object.add("insufficientDataActions", definition.actions.insufficientData)
        object.add("okactions", definition.actions.ok)
        return object.members
    }
}

extension JSONObjectBuilder {
    fileprivate mutating func addHistory(of definition: MetricAlarmDefinition) {
        switch definition.source {
        case .metric(let stat):
            add("namespace", stat.metric.namespace)
            add("metricName", stat.metric.name)
            let isSimple = StatisticName.Simple(rawValue: stat.statistic) != nil
            add(isSimple ? "statistic" : "extendedStatistic", stat.statistic)
            add("unit", stat.unit?.name)
            add("period", stat.period)
            add("dimensions", stat.metric.historyDimensions)
        case .queries(let queries): add("metrics", JSONValue.array(queries.map(\.historyJSON)))
        }
        add("threshold", definition.threshold)
        add("thresholdMetricId", definition.thresholdMetricID)
        add("comparisonOperator", definition.comparison.rawValue)
        add("evaluationPeriods", definition.evaluationPeriods)
        add("datapointsToAlarm", definition.datapointsToAlarm)
        add("treatMissingData", definition.treatMissingData?.rawValue)
        add("evaluateLowSampleCountPercentile", definition.lowSampleTreatment?.rawValue)
        add("evaluationWindow", definition.evaluationWindow?.json.camelCased)
        add("warmUpConfiguration", definition.warmUp?.json.camelCased)
    }
}

extension AlarmMetric {
    fileprivate var historyDimensions: JSONValue {
        .array(dimensions.map { .object([.init("name", .string($0.name)), .init("value", .string($0.value))]) })
    }
}

extension AlarmDataQuery {
    fileprivate var historyJSON: JSONValue {
        var object = JSONObjectBuilder()
        object.add("id", id)
        if let stat = metricStat {
            var metric = JSONObjectBuilder()
            metric.add("dimensions", stat.metric.historyDimensions)
            metric.add("metricName", stat.metric.name)
            metric.add("namespace", stat.metric.namespace)
            var inner = JSONObjectBuilder()
            inner.add("metric", metric.value)
            inner.add("period", stat.period)
            inner.add("stat", stat.statistic)
            inner.add("unit", stat.unit?.name)
            object.add("metricStat", inner.value)
        }
        object.add("expression", expression)
        object.add("label", label)
        object.add("returnData", returnsData)
        object.add("period", period)
        return object.value
    }
}
