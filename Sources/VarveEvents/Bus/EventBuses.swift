package import VarveJSON
import VarveModel

/// All buses of an account in a region, with their archives and replays: the operations of the service, as JSON in and
/// out in the shape that `aws events` takes (`--cli-input-json`) and prints. A state machine without input and output.
package struct EventBuses: Equatable, Sendable {
    package static let busesMax = 100
    package static let archivesMax = 100
    /// Replays that run at the same time.
    package static let activeReplaysMax = 10

    package let account: String
    package let region: String
    /// The default bus is always there.
    private var buses: [NameKey: EventBus]
    private var archives: [NameKey: EventArchive] = [:]
    private var replays: [NameKey: EventReplay] = [:]

    package init(account: String, region: String) {
        self.account = account
        self.region = region
        let bus = EventBus(name: EventNames.defaultBus, account: account, region: region)
        buses = [NameKey(bus.name): bus]
    }

    /// - Parameter name: a name, an ARN, or nil for the default bus.
    /// - Throws: `ResourceNotFoundException`.
    package func bus(_ name: String?) throws(EventRefusal) -> EventBus {
        let name = EventNames.bus(in: name)
        guard let bus = buses[name] else { throw .notFound("Event bus \(name) does not exist.") }
        return bus
    }

    /// In the order of their names.
    package var sortedBuses: [EventBus] { buses.values.sorted { Self.precedes($0.name, $1.name) } }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// CreateEventBus: `{"Name": …}` and settings. Members for partners and keys are passed by.
    package mutating func createBus(_ json: JSONValue, nowNs: Int64) throws(EventRefusal) -> JSONValue {
        let name = try text("Name", of: json)
        try EventNames.check(name, member: "name", lengthMax: 256)
        guard buses[name] == nil else { throw .alreadyExists("Event bus \(name) already exists.") }
        guard buses.count < Self.busesMax else { throw .limitExceeded }
        var bus = EventBus(name: name, account: account, region: region)
        bus.set(tags: try EventRule.readTags(json))
        bus.settings.set(from: json)
        (bus.settings.createdNs, bus.settings.modifiedNs) = (nowNs, nowNs)
        buses[name] = bus
        return .object([JSONMember("EventBusArn", .string(bus.arn))] + bus.settings.members)
    }

    /// DeleteEventBus; one that there is not is no fault. Its archives keep what they have.
    package mutating func deleteBus(_ name: String) throws(EventRefusal) {
        let name = EventNames.bus(in: name)
        guard name != EventNames.defaultBus else { throw .validation("Cannot delete event bus default.") }
        guard buses[name]?.ruleCount ?? 0 == 0 else {
            throw .validation("Event bus \(name) can't be deleted since it has rules.")
        }
        buses[name] = nil
    }

    // For reading what was kept; limits are for what is new.
    mutating func restore(_ bus: EventBus) { buses[bus.name] = bus }
    mutating func restore(_ archive: EventArchive) { archives[archive.name] = archive }
    mutating func restore(_ replay: EventReplay) { replays[replay.name] = replay }

    /// Changes a bus in place; nothing is changed when `body` throws.
    mutating func change<Value>(
        _ name: String?, _ body: (inout EventBus) throws(EventRefusal) -> Value
    ) throws(EventRefusal) -> Value {
        var bus = try bus(name)
        let value = try body(&bus)
        buses[bus.name] = bus
        return value
    }

    func text(_ name: String, of json: JSONValue) throws(EventRefusal) -> String {
        guard let text = json[name]?.string else { throw .invalid(parameter: name) }
        return text
    }
}

// Rules and targets.
extension EventBuses {
    /// PutRule: `{"RuleArn": …}`.
    package mutating func putRule(_ json: JSONValue, nowNs: Int64) throws(EventRefusal) -> JSONValue {
        let rule = try EventRule.read(json)
        return try change(rule.bus) { bus throws(EventRefusal) in
            try bus.put(rule, nowNs: nowNs)
            return .object([JSONMember("RuleArn", .string(bus.arn(ofRule: rule.name)))])
        }
    }

    /// DeleteRule: `{"Name": …, "EventBusName": …}`.
    package mutating func deleteRule(_ json: JSONValue) throws(EventRefusal) {
        let name = try text("Name", of: json)
        try change(json["EventBusName"]?.string) { bus throws(EventRefusal) in try bus.deleteRule(name) }
    }

    /// EnableRule and DisableRule: `{"Name": …, "EventBusName": …}`.
    package mutating func setRule(_ json: JSONValue, isEnabled: Bool, nowNs: Int64) throws(EventRefusal) {
        let name = try text("Name", of: json)
        try change(json["EventBusName"]?.string) { bus throws(EventRefusal) in
            try bus.setState(isEnabled ? .enabled : .disabled, ofRule: name, nowNs: nowNs)
        }
    }

    /// DescribeRule: `{"Name": …, "EventBusName": …}`.
    package func describeRule(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        let bus = try bus(json["EventBusName"]?.string)
        let rule = try bus.rule(try text("Name", of: json))
        return description(of: rule, on: bus, others: [JSONMember("CreatedBy", .string(account))])
    }

    /// ListRules: `{"EventBusName": …, "NamePrefix": …, "Limit": …, "NextToken": …}`.
    package func listRules(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        let bus = try bus(json["EventBusName"]?.string)
        let prefix = json["NamePrefix"]?.string ?? ""
        let rules = bus.sortedRules.filter { $0.name.utf8.starts(with: prefix.utf8) }
        return try page(rules, "Rules", name: \.name, of: json) { description(of: $0, on: bus) }
    }

    private func description(of rule: EventRule, on bus: EventBus, others: [JSONMember] = []) -> JSONValue {
        guard case .object(let members) = rule.json else { return rule.json }
        let arn = JSONMember("Arn", .string(bus.arn(ofRule: rule.name)))
        return .object([members[0], arn] + members.dropFirst().filter { $0.name != "Tags" } + others)
    }

    /// PutTargets: `{"Rule": …, "EventBusName": …, "Targets": […]}`.
    package mutating func putTargets(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        let name = try text("Rule", of: json)
        guard let list = json["Targets"]?.array, (1...100).contains(list.count) else {
            throw .invalid(parameter: "Targets")
        }
        var targets: [EventTarget] = []
        for target in list { targets.append(try EventTarget.read(target)) }
        try change(json["EventBusName"]?.string) { bus throws(EventRefusal) in try bus.put(targets, toRule: name) }
        return Self.failed([])
    }

    /// RemoveTargets: `{"Rule": …, "EventBusName": …, "Ids": […]}`.
    package mutating func removeTargets(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        let name = try text("Rule", of: json)
        guard let ids = json["Ids"]?.array?.compactMap(\.string), (1...100).contains(ids.count) else {
            throw .invalid(parameter: "Ids")
        }
        let missing = try change(json["EventBusName"]?.string) { bus throws(EventRefusal) in
            try bus.removeTargets(ids, ofRule: name)
        }
        return Self.failed(
            missing.map { id in
                .object([
                    JSONMember("TargetId", .string(id)), JSONMember("ErrorCode", .string("ResourceNotFoundException")),
                    JSONMember("ErrorMessage", .string("Rule \(name) does not have target \(id).")),
                ])
            })
    }

    private static func failed(_ entries: [JSONValue]) -> JSONValue {
        .object([
            JSONMember("FailedEntryCount", .integer(Int64(entries.count))),
            JSONMember("FailedEntries", .array(entries)),
        ])
    }

    /// ListTargetsByRule: `{"Rule": …, "EventBusName": …, "Limit": …, "NextToken": …}`.
    package func listTargets(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        let rule = try bus(json["EventBusName"]?.string).rule(try text("Rule", of: json))
        return try page(rule.targets, "Targets", name: \.id, of: json) { $0.json }
    }

    /// ListRuleNamesByTarget: `{"TargetArn": …, "EventBusName": …, "Limit": …, "NextToken": …}`.
    package func listRuleNames(byTarget json: JSONValue) throws(EventRefusal) -> JSONValue {
        let names = try bus(json["EventBusName"]?.string).ruleNames(byTarget: try text("TargetArn", of: json))
        return try page(names, "RuleNames", name: \.self, of: json) { .string($0) }
    }

    /// One page of a list. The token is the name of the last item, in hexadecimal so that nobody takes it for one.
    func page<Item>(
        _ items: [Item], _ title: String, name: (Item) -> String, of json: JSONValue, _ form: (Item) -> JSONValue
    ) throws(EventRefusal) -> JSONValue {
        let limit = json["Limit"]?.integer ?? 100
        guard (1...100).contains(limit) else { throw .invalid(parameter: "Limit") }
        var rest = items[...]
        if let token = json["NextToken"], token != .null {
            guard let place = items.firstIndex(where: { token == .string(Self.token(name($0))) }) else {
                throw .invalid(parameter: "NextToken")
            }
            rest = items[(place + 1)...]
        }
        let shown = rest.prefix(Int(limit))
        var members = [JSONMember(title, .array(shown.map(form)))]
        if let last = shown.last, shown.count < rest.count {
            members.append(JSONMember("NextToken", .string(Self.token(name(last)))))
        }
        return .object(members)
    }

    private static func token(_ name: String) -> String {
        name.utf8.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

// Events and schedules.
extension EventBuses {
    /// What the rules of a bus want delivered of an event; nothing when there is no such bus, or no such replay.
    package func route(_ event: Event, bus: String, nowNs: Int64) -> [EventDelivery] {
        guard let bus = buses[bus] else { return [] }
        guard let name = event.replayName else { return bus.route(event, nowNs: nowNs) }
        return replays[name].map { bus.route(event, nowNs: nowNs, onlyRules: $0.rules) } ?? []
    }

    /// Archives that keep an event of a bus.
    package func archives(keeping event: Event, bus: String) -> [EventArchive] {
        sortedArchives.filter { $0.bus == bus && $0.keeps(event) }
    }

    /// When ``runSchedules(nowNs:newID:)`` has something to do next; nil: never.
    package var nextScheduleNs: Int64? { buses.values.compactMap(\.nextScheduleNs).min() }

    /// Runs the rules whose time has come, of all buses.
    package mutating func runSchedules(nowNs: Int64, newID: () -> String) -> [ScheduledRun] {
        sortedBuses.flatMap { bus in buses[bus.name]?.runSchedules(nowNs: nowNs, newID: newID) ?? [] }
    }
}

// Archives and replays.
extension EventBuses {
    package var sortedArchives: [EventArchive] { archives.values.sorted { Self.precedes($0.name, $1.name) } }
    package var sortedReplays: [EventReplay] { replays.values.sorted { Self.precedes($0.name, $1.name) } }

    /// CreateArchive.
    package mutating func createArchive(_ json: JSONValue, nowNs: Int64) throws(EventRefusal) -> JSONValue {
        let archive = try EventArchive.read(json, nowNs: nowNs)
        _ = try bus(archive.bus)
        guard archives[archive.name] == nil else { throw .alreadyExists("Archive \(archive.name) already exists.") }
        guard archives.count < Self.archivesMax else { throw .limitExceeded }
        archives[archive.name] = archive
        return answer(archive)
    }

    /// UpdateArchive: `{"ArchiveName": …}` and what is to change.
    package mutating func updateArchive(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        var archive = try archive(try text("ArchiveName", of: json))
        try archive.update(json)
        archives[archive.name] = archive
        return answer(archive)
    }

    /// DeleteArchive.
    package mutating func deleteArchive(_ name: String) throws(EventRefusal) {
        archives[try archive(name).name] = nil
    }

    /// - Throws: `ResourceNotFoundException`.
    package func archive(_ name: String) throws(EventRefusal) -> EventArchive {
        guard let archive = archives[name] else { throw .notFound("Archive \(name) does not exist.") }
        return archive
    }

    private func answer(_ archive: EventArchive) -> JSONValue {
        .object([
            JSONMember("ArchiveArn", .string(EventNames.archive(archive.name, region: region, account: account))),
            JSONMember("State", .string("ENABLED")), JSONMember("CreationTime", EventTime.json(archive.createdNs)),
        ])
    }

    /// DescribeArchive.
    /// - Parameters:
    ///   - eventCount: events that are kept.
    ///   - sizeBytes: bytes of them.
    package func describeArchive(
        _ name: String, eventCount: Int64, sizeBytes: Int64
    ) throws(EventRefusal) -> JSONValue {
        let archive = try archive(name)
        var members = [
            JSONMember("ArchiveArn", .string(EventNames.archive(name, region: region, account: account))),
            JSONMember("ArchiveName", .string(name)),
            JSONMember("EventSourceArn", .string(EventNames.bus(archive.bus, region: region, account: account))),
        ]
        if let description = archive.description { members.append(JSONMember("Description", .string(description))) }
        if let pattern = archive.pattern { members.append(JSONMember("EventPattern", .string(pattern.text))) }
        members += [
            JSONMember("State", .string("ENABLED")),
            JSONMember("RetentionDays", .integer(Int64(archive.retentionDays))),
            JSONMember("SizeBytes", .integer(sizeBytes)), JSONMember("EventCount", .integer(eventCount)),
            JSONMember("CreationTime", EventTime.json(archive.createdNs)),
        ]
        return .object(members)
    }

    /// StartReplay.
    package mutating func startReplay(_ json: JSONValue, nowNs: Int64) throws(EventRefusal) -> JSONValue {
        let replay = try EventReplay.read(json, nowNs: nowNs)
        _ = try bus(replay.bus)
        guard let archive = archives[replay.archive] else {
            throw .invalid(parameter: "EventSourceArn", reason: "Archive \(replay.archive) does not exist.")
        }
        guard archive.bus == replay.bus else {
            throw .invalid(parameter: "Destination.Arn", reason: "Cross event bus replay is not permitted.")
        }
        guard replays[replay.name] == nil else { throw .alreadyExists("Replay \(replay.name) already exists.") }
        guard replays.values.count(where: \.state.isActive) < Self.activeReplaysMax else { throw .limitExceeded }
        replays[replay.name] = replay
        return answer(replay, [JSONMember("ReplayStartTime", EventTime.json(nowNs))])
    }

    /// CancelReplay.
    package mutating func cancelReplay(_ name: String) throws(EventRefusal) -> JSONValue {
        var replay = try replay(name)
        guard replay.state == .starting || replay.state == .running else {
            throw .illegalStatus("Replay \(name) is not in a valid state for this operation.")
        }
        replay.state = .cancelling
        replays[name] = replay
        return answer(replay, [])
    }

    private func answer(_ replay: EventReplay, _ others: [JSONMember]) -> JSONValue {
        .object(
            [
                JSONMember("ReplayArn", .string(EventNames.replay(replay.name, region: region, account: account))),
                JSONMember("State", .string(replay.state.rawValue)),
            ] + others)
    }

    /// - Throws: `ResourceNotFoundException`.
    package func replay(_ name: String) throws(EventRefusal) -> EventReplay {
        guard let replay = replays[name] else { throw .notFound("Replay \(name) does not exist.") }
        return replay
    }

    /// DescribeReplay.
    package func describeReplay(_ name: String) throws(EventRefusal) -> JSONValue {
        json(try replay(name), time: EventTime.json)
    }

    /// Whoever sends the events again says how far it is; a replay that is to be cancelled stays so.
    /// - Parameter lastReplayedNs: time of the newest event that was sent.
    package mutating func noteReplay(_ name: String, lastReplayedNs: Int64) throws(EventRefusal) {
        var replay = try replay(name)
        guard replay.state.isActive else {
            throw .illegalStatus("Replay \(name) is not in a valid state for this operation.")
        }
        if replay.state == .starting { replay.state = .running }
        replay.lastReplayedNs = lastReplayedNs
        replays[name] = replay
    }

    /// The replay is over.
    /// - Parameter failure: why it did not get to the end; nil: it did, unless it was to be cancelled.
    package mutating func endReplay(_ name: String, failure: String? = nil, nowNs: Int64) throws(EventRefusal) {
        var replay = try replay(name)
        guard replay.state.isActive else {
            throw .illegalStatus("Replay \(name) is not in a valid state for this operation.")
        }
        replay.state = failure != nil ? .failed : replay.state == .cancelling ? .cancelled : .completed
        replay.stateReason = failure
        replay.endedNs = nowNs
        replays[name] = replay
    }

    /// Forgets a replay that is over; the service does after 90 days.
    package mutating func forgetReplay(_ name: String) throws(EventRefusal) {
        guard !(try replay(name).state.isActive) else {
            throw .illegalStatus("Replay \(name) is not in a valid state for this operation.")
        }
        replays[name] = nil
    }
}
