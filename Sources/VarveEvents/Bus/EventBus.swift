package import VarveJSON
package import VarveModel

/// One event for one target: what the bus wants delivered, at least once and in any order.
package struct EventDelivery: Equatable, Sendable {
    /// Name of the bus.
    package var bus: String
    /// Name of the rule.
    package var rule: String
    package var ruleARN: String
    package var target: EventTarget
    package var eventID: String
    /// What the target receives.
    package var payload: [UInt8]
}

/// A rule that ran by its schedule.
package struct ScheduledRun: Equatable, Sendable {
    /// `Scheduled Event` of `aws.events`; its time is the one that was planned.
    package var event: Event
    /// One for each target of the rule. Other rules do not see the event.
    package var deliveries: [EventDelivery]
}

/// A bus: rules, and what they want delivered. A state machine: it is told events and times, and says what to do.
package struct EventBus: Equatable, Sendable {
    package static let rulesMax = 300
    package static let targetsPerRuleMax = 5

    package let name: String
    package let account: String
    package let region: String
    /// Key and value of each.
    package private(set) var tags: [JSONValue] = []
    package internal(set) var settings = EventBusSettings()
    private var rules: [NameKey: EventRule] = [:]
    private var patterns = EventPatternSet()
    /// When each rule with a schedule runs next; follows from the rules.
    private var nextRuns: [NameKey: Int64] = [:]

    package init(name: String, account: String, region: String) {
        self.name = name
        self.account = account
        self.region = region
    }

    package static func == (left: EventBus, right: EventBus) -> Bool {
        left.name == right.name && left.account == right.account && left.region == right.region
            && left.tags == right.tags && left.settings == right.settings && left.rules == right.rules
    }

    package var arn: String { EventNames.bus(name, region: region, account: account) }
    package var ruleCount: Int { rules.count }

    /// In the order of their names' bytes.
    package var sortedRules: [EventRule] {
        rules.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    package func arn(ofRule rule: String) -> String {
        EventNames.rule(rule, bus: name, region: region, account: account)
    }

    /// - Throws: `ResourceNotFoundException`.
    package func rule(_ rule: String) throws(EventRefusal) -> EventRule {
        guard let found = rules[rule] else {
            throw .notFound("Rule \(rule) does not exist on EventBus \(name).")
        }
        return found
    }
}

// Definitions.
extension EventBus {
    /// Adds a rule, or replaces all of one but its targets and tags. A schedule that does not change goes on.
    /// - Throws: `LimitExceededException`.
    package mutating func put(_ rule: EventRule, nowNs: Int64) throws(EventRefusal) {
        var rule = rule
        rule.bus = name
        let old = rules[rule.name]
        guard old != nil || rules.count < Self.rulesMax else { throw .limitExceeded }
        rule.targets = old?.targets ?? []
        if let old {
            // As in the service: tags of an existing rule change by TagResource only.
            rule.tags = old.tags
        }
        (rule.anchorNs, rule.ranUntilNs) = (nowNs, nowNs)
        if let old, old.schedule == rule.schedule {
            rule.anchorNs = old.anchorNs
            // What was due while it was disabled is not made up for.
            if old.state.isEnabled { rule.ranUntilNs = old.ranUntilNs }
        }
        store(rule)
    }

    /// - Throws: `ResourceNotFoundException`.
    package mutating func setState(_ state: EventRule.State, ofRule name: String, nowNs: Int64) throws(EventRefusal) {
        var rule = try rule(name)
        if !rule.state.isEnabled, state.isEnabled { rule.ranUntilNs = nowNs }
        rule.state = state
        store(rule)
    }

    /// Removes a rule without targets; one that there is not is no fault.
    /// - Throws: `ValidationException` while it has targets.
    package mutating func deleteRule(_ name: String) throws(EventRefusal) {
        guard rules[name]?.targets.isEmpty ?? true else {
            throw .validation("Rule can't be deleted since it has targets.")
        }
        rules[name] = nil
        nextRuns[name] = nil
        patterns.remove(name: name)
    }

    package mutating func set(tags: [JSONValue]) { self.tags = tags }

    /// - Throws: `ResourceNotFoundException`.
    package mutating func set(tags: [JSONValue], ofRule name: String) throws(EventRefusal) {
        var rule = try rule(name)
        rule.tags = tags
        store(rule)
    }

    /// Adds targets; one with the ID of another replaces it.
    /// - Throws: `ResourceNotFoundException`, `LimitExceededException`.
    package mutating func put(_ targets: [EventTarget], toRule name: String) throws(EventRefusal) {
        var rule = try rule(name)
        for target in targets {
            if let index = rule.targets.firstIndex(where: { $0.id.hasSameBytes(as: target.id) }) {
                rule.targets[index] = target
            } else {
                rule.targets.append(target)
            }
        }
        guard rule.targets.count <= Self.targetsPerRuleMax else { throw .limitExceeded }
        store(rule)
    }

    /// Removes targets.
    /// - Returns: the IDs that there were no targets of.
    /// - Throws: `ResourceNotFoundException`.
    package mutating func removeTargets(_ ids: [String], ofRule name: String) throws(EventRefusal) -> [String] {
        var rule = try rule(name)
        let missing = ids.filter { id in !rule.targets.contains { $0.id.hasSameBytes(as: id) } }
        rule.targets.removeAll { target in ids.contains { $0.hasSameBytes(as: target.id) } }
        store(rule)
        return missing
    }

    /// Names of the rules that have a target with the ARN.
    package func ruleNames(byTarget arn: String) -> [String] {
        sortedRules.filter { $0.targets.contains { $0.arn.hasSameBytes(as: arn) } }.map(\.name)
    }

    private mutating func store(_ rule: EventRule) {
        rules[rule.name] = rule
        nextRuns[rule.name] = rule.nextRunNs
        if rule.state.isEnabled, let pattern = rule.pattern {
            patterns.insert(pattern, name: rule.name)
        } else {
            patterns.remove(name: rule.name)
        }
    }
}

// Events.
extension EventBus {
    /// What the rules want delivered of an event.
    /// - Parameters:
    ///   - nowNs: when the bus took the event.
    ///   - onlyRules: names of the rules that a replay is for; nil: all.
    package func route(_ event: Event, nowNs: Int64, onlyRules: Set<NameKey>? = nil) -> [EventDelivery] {
        patterns.match(event.json).names.flatMap { name -> [EventDelivery] in
            guard onlyRules?.contains(NameKey(name)) ?? true, let rule = rules[name] else { return [] }
            return deliveries(of: event, rule: rule, nowNs: nowNs)
        }
    }

    private func deliveries(of event: Event, rule: EventRule, nowNs: Int64) -> [EventDelivery] {
        let ruleARN = arn(ofRule: rule.name)
        return rule.targets.map { target in
            EventDelivery(
                bus: name, rule: rule.name, ruleARN: ruleARN, target: target, eventID: event.id,
                payload: target.payload(for: event, rule: rule.name, ruleARN: ruleARN, ingestionNs: nowNs))
        }
    }

    /// When ``runSchedules(nowNs:newID:)`` has something to do next; nil: never. O(rules with schedules).
    package var nextScheduleNs: Int64? { nextRuns.values.min() }

    /// Runs the rules whose time has come. A rule of which several runs were missed runs once, with the time of the
    /// first: what is meant to happen every minute has not to happen a thousand times after a pause.
    /// - Parameter newID: makes the ID of an event, a UUID.
    package mutating func runSchedules(nowNs: Int64, newID: () -> String) -> [ScheduledRun] {
        var runs: [ScheduledRun] = []
        let due = nextRuns.filter { $0.value <= nowNs }.sorted { $0.key < $1.key }
        for (name, planned) in due {
            guard var rule = rules[name] else { continue }
            rule.ranUntilNs = nowNs
            rules[name] = rule
            nextRuns[name] = rule.nextRunNs
            let event = Event(
                id: newID(), detailType: "Scheduled Event", source: "aws.events", account: account, timeNs: planned,
                region: region, resources: [arn(ofRule: rule.name)], detail: .object([]))
            runs.append(
                ScheduledRun(event: event, deliveries: deliveries(of: event, rule: rule, nowNs: nowNs)))
        }
        return runs
    }
}

// What is kept.
extension EventBus {
    /// Everything that has to survive a restart.
    package var json: JSONValue {
        let rules = sortedRules.map { rule in
            JSONValue.object([
                JSONMember("Rule", rule.json), JSONMember("Targets", .array(rule.targets.map(\.json))),
                JSONMember("AnchorNs", .integer(rule.anchorNs)), JSONMember("RanUntilNs", .integer(rule.ranUntilNs)),
            ])
        }
        var members = [
            JSONMember("Name", .string(name)), JSONMember("Account", .string(account)),
            JSONMember("Region", .string(region)), JSONMember("Rules", .array(rules)),
        ]
        if !tags.isEmpty { members.append(JSONMember("Tags", .array(tags))) }
        if let settings = settings.stored { members.append(JSONMember("Settings", settings)) }
        return .object(members)
    }

    /// Reads what ``json`` writes. Never traps on any input.
    /// - Throws: what is wrong with the first rule that is not accepted.
    package static func read(_ json: JSONValue) throws(EventRefusal) -> EventBus {
        guard let name = json["Name"]?.string, let account = json["Account"]?.string,
            let region = json["Region"]?.string, let rules = json["Rules"]?.array
        else { throw .invalid(parameter: "EventBus") }
        var bus = EventBus(name: name, account: account, region: region)
        bus.tags = try EventRule.readTags(json)
        if let settings = json["Settings"] { bus.settings = EventBusSettings(stored: settings) }
        for entry in rules {
            guard let definition = entry["Rule"], let targets = entry["Targets"]?.array,
                let anchorNs = entry["AnchorNs"]?.integer, let ranUntilNs = entry["RanUntilNs"]?.integer
            else { throw .invalid(parameter: "EventBus") }
            var rule = try EventRule.read(definition)
            rule.bus = name
            (rule.anchorNs, rule.ranUntilNs) = (anchorNs, ranUntilNs)
            for target in targets { rule.targets.append(try EventTarget.read(target)) }
            bus.store(rule)
        }
        return bus
    }
}
