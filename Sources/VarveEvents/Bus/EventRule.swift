package import VarveJSON

/// A rule of a bus: which events it takes or when it runs by itself, and where it sends them.
package struct EventRule: Equatable, Sendable {
    package enum State: String, Equatable, Sendable {
        case enabled = "ENABLED"
        case disabled = "DISABLED"
        /// As enabled; there are no management events that would make a difference.
        case enabledWithAllManagementEvents = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

        package var isEnabled: Bool { self != .disabled }
    }

    package var name: String
    package var bus: String
    package var pattern: EventPattern?
    /// As it was written.
    package var scheduleText: String?
    package var schedule: ScheduleExpression?
    package var state: State
    package var description: String?
    package var roleARN: String?
    /// Key and value of each.
    package var tags: [JSONValue]
    /// In the order in which they were put.
    package var targets: [EventTarget] = []
    /// From when the schedule counts: when the rule was made or its schedule changed. Nanoseconds since 1970.
    var anchorNs: Int64 = 0
    /// The schedule has run up to here.
    var ranUntilNs: Int64 = 0

    private static let known: Set<String> = [
        "Name", "EventBusName", "EventPattern", "ScheduleExpression", "State", "Description", "RoleArn", "Tags",
    ]

    /// Reads a rule as `aws events put-rule --cli-input-json` takes it.
    /// - Throws: `ValidationException`, `InvalidEventPatternException`.
    package static func read(_ json: JSONValue) throws(EventRefusal) -> EventRule {
        guard case .object(let members) = json else { throw .validation("A rule is a JSON object.") }
        if let unknown = members.first(where: { !known.contains($0.name) }) {
            throw .validation("Unknown parameter in input: \"\(unknown.name)\"")
        }
        for member in members where member.name != "Tags" && member.value.string == nil {
            throw .invalid(parameter: member.name, reason: "\(member.name) must be a string.")
        }
        guard let name = json["Name"]?.string else { throw .invalid(parameter: "Name") }
        try EventNames.check(name, member: "name", lengthMax: 64)
        let bus = EventNames.bus(in: json["EventBusName"]?.string)
        var rule = EventRule(
            name: name, bus: bus, state: try readState(json), description: try limited(json, "Description", 512),
            roleARN: try limited(json, "RoleArn", 1_600), tags: try readTags(json))
        try rule.readTriggers(json)
        return rule
    }

    private mutating func readTriggers(_ json: JSONValue) throws(EventRefusal) {
        // An empty text is as good as none.
        let pattern = try Self.limited(json, "EventPattern", EventPattern.lengthMax).flatMap { $0.isEmpty ? nil : $0 }
        let schedule = try Self.limited(json, "ScheduleExpression", ScheduleExpression.lengthMax)
            .flatMap { $0.isEmpty ? nil : $0 }
        guard pattern != nil || schedule != nil else {
            throw .validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        }
        if let schedule {
            self.schedule = try ScheduleExpression.parse(schedule)
            scheduleText = schedule
            guard bus == EventNames.defaultBus else {
                throw .validation("ScheduleExpression is supported only on the default event bus.")
            }
        }
        if let pattern { self.pattern = try EventPattern.parse(pattern) }
    }

    private static func readState(_ json: JSONValue) throws(EventRefusal) -> State {
        guard let text = json["State"]?.string else { return .enabled }
        guard let state = State(rawValue: text) else {
            throw .validation(
                "1 validation error detected: Value '\(text)' at 'state' failed to satisfy constraint: Member must "
                    + "satisfy enum value set: [ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, DISABLED, ENABLED]")
        }
        return state
    }

    /// - Throws: `ValidationException` for a text of more than `lengthMax` characters.
    static func limited(_ json: JSONValue, _ name: String, _ lengthMax: Int) throws(EventRefusal) -> String? {
        guard let text = json[name]?.string else { return nil }
        guard text.utf16.count <= lengthMax else {
            throw .tooLong(member: name.prefix(1).lowercased() + name.dropFirst(), lengthMax: lengthMax)
        }
        return text
    }

    static func readTags(_ json: JSONValue) throws(EventRefusal) -> [JSONValue] {
        guard let tags = json["Tags"] else { return [] }
        guard let list = tags.array, list.count <= 50 else { throw .invalid(parameter: "Tags") }
        var read: [JSONValue] = []
        for tag in list {
            guard let key = tag["Key"]?.string, (1...128).contains(key.utf16.count), let value = tag["Value"]?.string,
                value.utf16.count <= 256
            else { throw .invalid(parameter: "Tags") }
            read.append(.object([JSONMember("Key", .string(key)), JSONMember("Value", .string(value))]))
        }
        return read
    }

    /// The shape that it was read from, without targets.
    package var json: JSONValue {
        var members = [JSONMember("Name", .string(name))]
        if let pattern { members.append(JSONMember("EventPattern", .string(pattern.text))) }
        if let scheduleText { members.append(JSONMember("ScheduleExpression", .string(scheduleText))) }
        members.append(JSONMember("State", .string(state.rawValue)))
        if let description { members.append(JSONMember("Description", .string(description))) }
        if let roleARN { members.append(JSONMember("RoleArn", .string(roleARN))) }
        if !tags.isEmpty { members.append(JSONMember("Tags", .array(tags))) }
        members.append(JSONMember("EventBusName", .string(bus)))
        return .object(members)
    }

    /// The next run of the schedule, nanoseconds since 1970; nil for a rule that is disabled or never runs any more.
    var nextRunNs: Int64? {
        guard state.isEnabled, let schedule else { return nil }
        return schedule.next(afterNs: ranUntilNs, anchorNs: anchorNs)
    }
}
