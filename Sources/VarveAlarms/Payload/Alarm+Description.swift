package import VarveJSON
package import VarveModel

extension Alarm {
    /// The alarm as `DescribeAlarms` shows it: an element of `MetricAlarms` or `CompositeAlarms`. Absent members are
    /// left out; lists are always there.
    package var descriptionJSON: JSONValue {
        var object = JSONObjectBuilder()
        object.add("AlarmName", name)
        object.add("AlarmArn", arn)
        object.add("AlarmDescription", definition.description)
        object.add("AlarmConfigurationUpdatedTimestamp", AlarmTime.iso(configurationUpdatedNs))
        object.add("ActionsEnabled", definition.actionsEnabled)
        object.addActions(definition.actions, onlyGiven: false)
        object.add("StateValue", value.state.rawValue)
        object.add("StateReason", value.reason)
        object.add("StateReasonData", value.reasonData)
        object.add("StateUpdatedTimestamp", AlarmTime.iso(value.updatedNs))
        object.add("StateTransitionedTimestamp", AlarmTime.iso(value.transitionedNs))
        object.add("EvaluationState", evaluationState?.rawValue)
        switch definition {
        case .metric(let definition): object.addDescription(of: definition)
        case .composite(let definition):
            object.add("AlarmRule", definition.ruleText)
            object.add("ActionsSuppressedBy", suppression.by)
            object.add("ActionsSuppressedReason", suppression.reason)
            object.add("ActionsSuppressor", definition.suppressor?.alarm)
            object.add("ActionsSuppressorWaitPeriod", definition.suppressor?.waitSeconds)
            object.add("ActionsSuppressorExtensionPeriod", definition.suppressor?.extensionSeconds)
        }
        return object.value
    }

    /// The contributors in ALARM, as `DescribeAlarmContributors` shows them.
    package var contributorsJSON: JSONValue {
        .array(
            contributors.map { contributor in
                var object = JSONObjectBuilder()
                object.add("ContributorId", contributor.id)
                object.add("ContributorAttributes", contributor.attributesJSON)
                object.add("StateReason", contributor.reason)
                object.add("StateTransitionedTimestamp", AlarmTime.iso(contributor.transitionedNs))
                return object.value
            })
    }
}

extension JSONObjectBuilder {
    fileprivate mutating func addDescription(of definition: MetricAlarmDefinition) {
        switch definition.source {
        case .metric(let stat):
            add("MetricName", stat.metric.name)
            add("Namespace", stat.metric.namespace)
            let isSimple = StatisticName.Simple(rawValue: stat.statistic) != nil
            add(isSimple ? "Statistic" : "ExtendedStatistic", stat.statistic)
            add("Dimensions", stat.metric.dimensionsJSON)
            add("Period", stat.period)
            add("Unit", stat.unit?.name)
        case .queries(let queries):
            add("Dimensions", JSONValue.array([]))
            add("Metrics", JSONValue.array(queries.map(\.describedJSON)))
        }
        add("EvaluationPeriods", definition.evaluationPeriods)
        add("DatapointsToAlarm", definition.datapointsToAlarm)
        add("Threshold", definition.threshold)
        add("ThresholdMetricId", definition.thresholdMetricID)
        add("ComparisonOperator", definition.comparison.rawValue)
        add("TreatMissingData", definition.treatMissingData?.rawValue)
        add("EvaluateLowSampleCountPercentile", definition.lowSampleTreatment?.rawValue)
    }
}

extension AlarmDataQuery {
    /// With what is returned said outright.
    fileprivate var describedJSON: JSONValue {
        var query = self
        query.returnData = returnsData
        return query.json
    }
}

extension MetricAlarmDefinition {
    /// Whether `DescribeAlarmsForMetric` finds it: an alarm on exactly this metric, dimensions in any order. Absent
    /// criteria fit every alarm.
    package func watches(_ metric: AlarmMetric, statistic: String? = nil, period: Int? = nil, unit: Unit? = nil) -> Bool
    {
        guard case .metric(let stat) = source, stat.metric.isSame(as: metric) else { return false }
        return (statistic ?? stat.statistic) == stat.statistic && (period ?? stat.period) == stat.period
            && (unit == nil || unit == stat.unit)
    }
}
