/// Where an action goes: an ARN of the service's kinds, an ARN of ours, or the URL of a webhook. Targets are told apart
/// by their form; whether they exist is found out when an action runs.
package enum ActionKind: Equatable, Sendable {
    case notificationTopic, function, instance, autoScaling, opsItem, incident, investigation
    /// Webhooks and everything else that has an ARN.
    case other

    /// - Returns: nil when `target` is neither an ARN nor a URL.
    package init?(_ target: String) {
        if target.hasPrefix("https://") || target.hasPrefix("http://") {
            guard target.utf8.count > "https://".utf8.count else { return nil }
            self = .other
            return
        }
        let parts = target.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", [parts[1], parts[2], parts[5]].allSatisfy({ !$0.isEmpty }) else {
            return nil
        }
        self = Self.kind(service: String(parts[2]), resource: String(parts[5]))
    }

    private static func kind(service: String, resource: String) -> ActionKind {
        switch service {
        case "sns": .notificationTopic
        case "lambda": .function
        case "automate", "swf": .instance
        case "autoscaling": .autoScaling
        case "ssm" where resource.hasPrefix("opsitem"): .opsItem
        case "ssm-incidents": .incident
        case "aiops": .investigation
        default: .other
        }
    }

    /// Runs only on the way into ALARM.
    var isForAlarmOnly: Bool { self == .opsItem || self == .incident || self == .investigation }

    /// Runs for each contributor of a multi-series alarm.
    var isForContributors: Bool {
        switch self {
        case .notificationTopic, .function, .opsItem, .instance, .other: true
        case .autoScaling, .incident, .investigation: false
        }
    }

    /// Runs for a multi-series alarm as a whole, and for every other alarm.
    var isForWholeAlarm: Bool { self != .instance }
}

/// Targets of the three states, in the order in which they run.
package struct ActionLists: Equatable, Sendable {
    package var ok: [String]
    package var alarm: [String]
    package var insufficientData: [String]

    package init(ok: [String] = [], alarm: [String] = [], insufficientData: [String] = []) {
        self.ok = ok
        self.alarm = alarm
        self.insufficientData = insufficientData
    }

    package subscript(_ state: AlarmState) -> [String] {
        switch state {
        case .ok: ok
        case .alarm: alarm
        case .insufficientData: insufficientData
        }
    }

    package var all: [String] { ok + alarm + insufficientData }
}

/// A name–value pair that people put on alarms.
package struct AlarmTag: Equatable, Sendable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}
