import VarveAlarms
import VarveJSON
import VarveModel

extension Alarm {
    /// As DescribeAlarms shows it: empty lists stay, absent members are left out, times are ISO 8601.
    var described: JSONValue {
        var members: [JSONMember] = [.init("AlarmName", .string(name)), .init("AlarmArn", .string(arn))]
        if let description = definition.description { members.append(.init("AlarmDescription", .string(description))) }
        members += [
            .init("AlarmConfigurationUpdatedTimestamp", .string(AlarmTime.iso(configurationUpdatedNs))),
            .init("ActionsEnabled", .bool(definition.actionsEnabled)),
            .init("OKActions", .strings(definition.actions.ok)),
            .init("AlarmActions", .strings(definition.actions.alarm)),
            .init("InsufficientDataActions", .strings(definition.actions.insufficientData)),
            .init("StateValue", .string(state.rawValue)),
        ]
        if let reason = value.reason { members.append(.init("StateReason", .string(reason))) }
        if let data = value.reasonData { members.append(.init("StateReasonData", .string(data))) }
        members += [
            .init("StateUpdatedTimestamp", .string(AlarmTime.iso(value.updatedNs))),
            .init("StateTransitionedTimestamp", .string(AlarmTime.iso(value.transitionedNs))),
        ]
        if let evaluationState { members.append(.init("EvaluationState", .string(evaluationState.rawValue))) }
        if let by = suppression.by { members.append(.init("ActionsSuppressedBy", .string(by))) }
        if let reason = suppression.reason { members.append(.init("ActionsSuppressedReason", .string(reason))) }
        return .object(members + ownMembers)
    }

    /// What the definition says beside what every alarm has.
    private var ownMembers: [JSONMember] {
        let common: Set = [
            "AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions",
            "Tags",
        ]
        guard case .object(let members) = definition.json else { return [] }
        var own = members.filter { !common.contains($0.name) }
        if case .metric(let metric) = definition, case .metric = metric.source,
            !own.contains(where: { $0.name == "Dimensions" })
        {
            own.append(.init("Dimensions", .array([])))
        }
        return own
    }
}

extension JSONValue {
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
