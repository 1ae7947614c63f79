package import VarveJSON

/// Who keeps the actions of a composite alarm back, and for how long before and after.
package struct ActionsSuppressor: Equatable, Sendable {
    /// Name or ARN as given.
    package var alarm: String
    /// How long actions wait for the suppressor to go into ALARM.
    package var waitSeconds: Int
    /// How long actions wait after it has left ALARM.
    package var extensionSeconds: Int
}

/// A composite alarm as `PutCompositeAlarm` takes it. Values of this type passed the checks that need no other alarm.
package struct CompositeAlarmDefinition: Equatable, Sendable {
    package internal(set) var name: String
    package internal(set) var description: String?
    package internal(set) var actionsEnabled: Bool
    package internal(set) var actions: ActionLists
    package internal(set) var tags: [AlarmTag]
    /// The rule as given.
    package internal(set) var ruleText: String
    package internal(set) var rule: AlarmRule
    package internal(set) var suppressor: ActionsSuppressor?

    static let names = [
        "ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmName", "AlarmRule", "InsufficientDataActions",
        "OKActions", "Tags", "ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod",
    ]

    /// Reads and checks what `PutCompositeAlarm` takes.
    /// - Throws: the service's refusal of the first thing that is wrong.
    package init(_ json: JSONValue) throws(AlarmRefusal) {
        let reader = try DefinitionReader(json, names: Self.names)
        var check = ConstraintCheck()
        let common = try CommonParameters(reader, check: &check)
        let text = try reader.string("AlarmRule")
        check.require(text, "alarmRule")
        check.length(text, "alarmRule", 1...AlarmLimits.ruleCharactersMax)
        let suppressor = try Self.suppressor(reader, check: &check)
        try check.finish()
        try common.checkActionSyntax()
        try Self.checkActionKinds(common.actions)
        try common.checkName()
        self.init(
            name: common.name, description: common.description, actionsEnabled: common.actionsEnabled,
            actions: common.actions, tags: common.tags, ruleText: text ?? "", rule: try AlarmRule(parsing: text ?? ""),
            suppressor: suppressor)
    }

    private init(
        name: String, description: String?, actionsEnabled: Bool, actions: ActionLists, tags: [AlarmTag],
        ruleText: String, rule: AlarmRule, suppressor: ActionsSuppressor?
    ) {
        self.name = name
        self.description = description
        self.actionsEnabled = actionsEnabled
        self.actions = actions
        self.tags = tags
        self.ruleText = ruleText
        self.rule = rule
        self.suppressor = suppressor
    }

    /// Whether a `Put` of `other` would change nothing. Tags do not count.
    package func isSame(as other: CompositeAlarmDefinition) -> Bool {
        var (left, right) = (self, other)
        left.tags = []
        right.tags = []
        return left == right
    }

    private static func suppressor(
        _ reader: DefinitionReader, check: inout ConstraintCheck
    ) throws(AlarmRefusal) -> ActionsSuppressor? {
        let alarm = try reader.string("ActionsSuppressor")
        check.length(alarm, "actionsSuppressor", 1...1_600)
        let wait = try reader.integer("ActionsSuppressorWaitPeriod")
        check.range(wait, "actionsSuppressorWaitPeriod", 0...Int64(Int32.max))
        let extended = try reader.integer("ActionsSuppressorExtensionPeriod")
        check.range(extended, "actionsSuppressorExtensionPeriod", 0...Int64(Int32.max))
        guard let alarm else {
            guard wait == nil && extended == nil else {
                throw .validation(
                    "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod need an ActionsSuppressor")
            }
            return nil
        }
        guard let wait, let extended else {
            throw .validation(
                "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with ActionsSuppressor")
        }
        return ActionsSuppressor(
            alarm: alarm, waitSeconds: Int(clamping: wait), extensionSeconds: Int(clamping: extended))
    }

    private static func checkActionKinds(_ actions: ActionLists) throws(AlarmRefusal) {
        let allowed: [ActionKind] = [.notificationTopic, .function, .opsItem, .incident, .other]
        for target in actions.all {
            guard let kind = ActionKind(target), allowed.contains(kind) else {
                throw .validation("The action \(target) is not supported for composite alarms")
            }
        }
    }

    /// As `aws cloudwatch put-composite-alarm --cli-input-json` takes it.
    package var json: JSONValue {
        var object = JSONObjectBuilder()
        object.add("AlarmName", name)
        object.add("AlarmDescription", description)
        if !actionsEnabled { object.add("ActionsEnabled", false) }
        object.addActions(actions, onlyGiven: true)
        object.add("AlarmRule", ruleText)
        object.add("ActionsSuppressor", suppressor?.alarm)
        object.add("ActionsSuppressorWaitPeriod", suppressor?.waitSeconds)
        object.add("ActionsSuppressorExtensionPeriod", suppressor?.extensionSeconds)
        object.addTags(tags)
        return object.value
    }
}
