import VarveJSON

extension AlarmEvent {
    /// `CloudWatch Alarm State Change`
    static func stateChange(of alarm: Alarm, from old: AlarmValue) -> AlarmEvent {
        var detail = JSONObjectBuilder()
        detail.add("alarmName", alarm.name)
        detail.add("state", alarm.stateJSON)
        detail.add("previousState", old.json.value)
        detail.add("configuration", alarm.shortConfiguration)
        detail.add("muteDetail", alarm.mute?.window?.detail)
        return alarm.event("CloudWatch Alarm State Change", alarm.value.updatedNs, detail)
    }

    /// `CloudWatch Alarm Contributor State Change`
    static func contributorStateChange(_ contributor: AlarmContributor, of alarm: Alarm) -> AlarmEvent {
        var state = JSONObjectBuilder()
        state.add("value", contributor.state.rawValue)
        state.add("reason", contributor.reason)
        state.add("timestamp", AlarmTime.iso(contributor.transitionedNs))
        var detail = JSONObjectBuilder()
        detail.add("alarmName", alarm.name)
        detail.add("alarmContributor", contributor.json)
        detail.add("state", state.value)
        detail.add("configuration", alarm.shortConfiguration)
        detail.add("muteDetail", alarm.mute?.window?.detail)
        return alarm.event("CloudWatch Alarm Contributor State Change", contributor.transitionedNs, detail)
    }

    static func created(_ alarm: Alarm, nowNs: Int64) -> AlarmEvent {
        alarm.configurationEvent("create", nowNs, before: nil)
    }

    static func updated(_ alarm: Alarm, from before: Alarm, nowNs: Int64) -> AlarmEvent {
        alarm.configurationEvent("update", nowNs, before: before)
    }

    static func deleted(_ alarm: Alarm, nowNs: Int64) -> AlarmEvent {
        alarm.configurationEvent("delete", nowNs, before: nil)
    }
}

extension Alarm {
    fileprivate func event(_ detailType: String, _ timeNs: Int64, _ detail: JSONObjectBuilder) -> AlarmEvent {
        AlarmEvent(
            detailType: detailType, scope: scope, timeNs: timeNs, resources: [arn],
            detail: AlarmDocument(detail.value))
    }

    /// `CloudWatch Alarm Configuration Change`
    fileprivate func configurationEvent(_ operation: String, _ nowNs: Int64, before: Alarm?) -> AlarmEvent {
        var state = JSONObjectBuilder()
        state.add("value", value.state.rawValue)
        if operation == "delete" { state.add("reason", value.reason) }
        state.add("timestamp", AlarmTime.iso(value.updatedNs))
        var detail = JSONObjectBuilder()
        detail.add("alarmName", name)
        detail.add("operation", operation)
        detail.add("state", state.value)
        detail.add("configuration", fullConfiguration)
        detail.add("previousConfiguration", before?.fullConfiguration)
        return event("CloudWatch Alarm Configuration Change", nowNs, detail)
    }

    /// The state with everything there is to say about it.
    var stateJSON: JSONValue {
        var object = value.json
        object.add("evaluationState", evaluationState?.rawValue)
        object.add("actionsSuppressedBy", suppression.by)
        object.add("actionsSuppressedReason", suppression.reason)
        return object.value
    }
}

extension AlarmValue {
    var json: JSONObjectBuilder {
        var object = JSONObjectBuilder()
        object.add("value", state.rawValue)
        object.add("reason", reason)
        object.add("reasonData", reasonData)
        object.add("timestamp", AlarmTime.iso(updatedNs))
        return object
    }
}

extension AlarmContributor {
    var json: JSONValue { .object([.init("id", .string(id)), .init("attributes", attributesJSON)]) }

    var attributesJSON: JSONValue {
        .object(attributes.map { JSONMember($0.name, .string($0.value)) })
    }
}

extension MuteWindow {
    var detail: JSONValue {
        .object([
            .init("mutedByArn", .string(ruleARN)), .init("muteWindowStart", .string(AlarmTime.iso(startNs))),
            .init("muteWindowEnd", .string(AlarmTime.iso(endNs))),
        ])
    }
}
