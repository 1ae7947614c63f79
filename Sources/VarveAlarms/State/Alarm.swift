package import VarveModel

/// An alarm: its definition and everything that happened to it so far. A state machine: functions take an event and the
/// time, change the value, and return what there is to write and to send. It reads no clock and does no input or
/// output.
package struct Alarm: Equatable, Sendable {
    package let scope: Scope
    package internal(set) var definition: AlarmDefinition
    package internal(set) var tags: [AlarmTag]
    package internal(set) var createdNs: Int64
    /// Last change of the definition, or of whether actions are enabled.
    package internal(set) var configurationUpdatedNs: Int64
    package internal(set) var value: AlarmValue
    /// What `value` was before the last transition; nil before the first.
    package internal(set) var previousValue: AlarmValue?
    /// nil when there is nothing special to say.
    package internal(set) var evaluationState: EvaluationState?
    /// Not evaluated yet, since what it watches only begins: until its warm-up time is over, or there are data.
    package internal(set) var isWarmingUp = false
    /// Series that are in ALARM, of a multi-series alarm; at most ``AlarmLimits/contributorsMax``.
    package internal(set) var contributors: [AlarmContributor]
    /// Children that decided the last transition of a composite alarm.
    package internal(set) var triggeringChildren: [AlarmStanding]
    /// What the rule of a composite alarm came to last; nil before its first evaluation.
    package internal(set) var ruleValue: Bool?
    package internal(set) var suppression: Suppression
    /// What is held back while mute rules say so.
    package internal(set) var mute: MuteHold?
    /// When actions that are repeated (Auto Scaling) ran last in this state.
    package internal(set) var repeatedNs: Int64?

    package var name: String { definition.name }

    /// `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`
    package var arn: String { Self.arn(of: name, in: scope) }

    package static func arn(of name: String, in scope: Scope) -> String {
        "arn:aws:cloudwatch:\(scope.region):\(scope.account):alarm:\(name)"
    }

    package var state: AlarmState { value.state }

    /// What composite alarms see of it.
    package var standing: AlarmStanding {
        AlarmStanding(arn: arn, state: value.state, transitionedNs: value.transitionedNs)
    }
}

/// A state with its reason.
package struct AlarmValue: Equatable, Sendable {
    package internal(set) var state: AlarmState
    /// nil after somebody set the state without one.
    package internal(set) var reason: String?
    /// A JSON document in one line.
    package internal(set) var reasonData: String?
    /// Last write of state or reason.
    package internal(set) var updatedNs: Int64
    /// Last change of the state.
    package internal(set) var transitionedNs: Int64
}

/// An alarm as another one sees it.
package struct AlarmStanding: Equatable, Sendable {
    package var arn: String
    package var state: AlarmState
    package var transitionedNs: Int64

    package init(arn: String, state: AlarmState, transitionedNs: Int64) {
        self.arn = arn
        self.state = state
        self.transitionedNs = transitionedNs
    }
}

/// One series of a multi-series alarm that is in ALARM.
package struct AlarmContributor: Equatable, Sendable {
    /// 16 hexadecimal digits; the same for the same attributes, always.
    package let id: String
    package let attributes: [AlarmAttribute]
    package internal(set) var state: AlarmState
    package internal(set) var reason: String
    package internal(set) var transitionedNs: Int64
    /// Its actions are held back by a mute rule.
    var isHeld: Bool

    /// The id of a tuple of attributes, in any order.
    package static func id(of attributes: [AlarmAttribute]) -> String {
        var hash = ContentHash()
        for attribute in attributes.sorted(by: { $0.name.precedesByBytes($1.name) }) {
            hash.add(attribute.name)
            hash.add(attribute.value)
        }
        let digits = String(hash.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// What the service does after an alarm changed: written together with the new state, delivered afterwards.
package enum AlarmEffect: Equatable, Sendable {
    case history(HistoryItem)
    case event(AlarmEvent)
    case action(AlarmAction)
}

/// An event about an alarm, without the parts that only the bus knows.
package struct AlarmEvent: Equatable, Sendable {
    /// `CloudWatch Alarm State Change` and the like.
    package var detailType: String
    package var scope: Scope
    package var timeNs: Int64
    /// The alarm's ARN.
    package var resources: [String]
    package var detail: AlarmDocument
}
