package import VarveJSON

/// What is to be remembered of an action until it is known how it ended. Small, because it is stored with the message.
package struct ActionRecord: Equatable, Sendable {
    package var target: String
    package var alarmName: String
    package var alarmType: AlarmType
    /// When the state changed that the action tells of.
    package var stateChangeNs: Int64
    package var isAfterMute: Bool
    package var contributorID: String?
    package var contributorAttributes: [AlarmAttribute]

    package init(_ action: AlarmAction) {
        target = action.target
        alarmName = action.alarm.name
        alarmType = action.alarm.type
        stateChangeNs = action.stateChangeNs
        isAfterMute = action.isAfterMute
        contributorID = action.contributor?.id
        contributorAttributes = action.contributor?.attributes ?? []
    }

    /// The history item of an attempt.
    /// - Parameter message: what was sent, nil when nothing was.
    package func historyItem(_ outcome: AlarmAction.Outcome, message: String?, nowNs: Int64) -> HistoryItem {
        let (word, error): (String, String?) =
            switch outcome {
            case .succeeded: ("Succeeded", nil)
            case .failed(let error): ("Failed", error)
            }
        let data = HistoryItem.fitting([message, nil]) { message in
            var object = JSONObjectBuilder()
            object.add("actionState", word)
            object.add("stateUpdateTimestamp", stateChangeNs / 1_000_000)
            object.add("notificationResource", target)
            object.add("publishedMessage", message.map(JSONValue.string) ?? .null)
            object.add("error", error.map { .string(String($0.prefix(1_000))) } ?? .null)
            object.add("muteWindowEndTimestamp", isAfterMute ? nowNs / 1_000_000 : nil)
            return object.value
        }
        let summary: String =
            switch outcome {
            case .succeeded: "Successfully executed action \(target)"
            case .failed(let error): "Failed to execute action \(target). Received error: \"\(error)\""
            }
        return HistoryItem(
            alarmName: alarmName, alarmType: alarmType, timestampNs: nowNs,
            type: contributorID == nil ? .action : .contributorAction, summary: summary, data: data,
            contributorID: contributorID, contributorAttributes: contributorAttributes)
    }
}

// MARK: - JSON

extension ActionRecord {
    package var json: JSONValue {
        var object = JSONObjectBuilder()
        object.add("target", target)
        object.add("alarm", alarmName)
        object.add("type", alarmType.rawValue)
        object.add("changed", JSONValue.integer(stateChangeNs))
        object.add("afterMute", isAfterMute)
        object.add("contributor", contributorID)
        let attributes = contributorAttributes.map { JSONValue.array([.string($0.name), .string($0.value)]) }
        if !attributes.isEmpty { object.add("attributes", JSONValue.array(attributes)) }
        return object.value
    }

    /// - Returns: nil when it is not what ``json`` writes.
    package init?(_ json: JSONValue) {
        guard let target = json["target"]?.string, let alarmName = json["alarm"]?.string,
            let alarmType = json["type"]?.string.flatMap(AlarmType.init), let stateChangeNs = json["changed"]?.integer
        else { return nil }
        self.target = target
        self.alarmName = alarmName
        self.alarmType = alarmType
        self.stateChangeNs = stateChangeNs
        isAfterMute = json["afterMute"]?.bool ?? false
        contributorID = json["contributor"]?.string
        contributorAttributes = (json["attributes"]?.array ?? []).compactMap { pair in
            guard let pair = pair.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string else {
                return nil
            }
            return AlarmAttribute(name: name, value: value)
        }
    }
}
