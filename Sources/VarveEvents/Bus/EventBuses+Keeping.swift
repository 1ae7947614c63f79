package import VarveJSON
import VarveModel

// What has to survive a restart.
extension EventBuses {
    /// All definitions and the state of schedules and replays.
    package var json: JSONValue {
        .object([
            JSONMember("Account", .string(account)), JSONMember("Region", .string(region)),
            JSONMember("Buses", .array(sortedBuses.map(\.json))),
            JSONMember("Archives", .array(sortedArchives.map { Self.json($0, account: account, region: region) })),
            JSONMember("Replays", .array(sortedReplays.map { json($0) { .string(InstantText.format($0)) } })),
        ])
    }

    /// Reads what ``json`` writes. Never traps on any input.
    /// - Throws: what is wrong with the first definition that is not accepted.
    package static func read(_ json: JSONValue) throws(EventRefusal) -> EventBuses {
        guard let account = json["Account"]?.string, let region = json["Region"]?.string,
            let buses = json["Buses"]?.array, let archives = json["Archives"]?.array,
            let replays = json["Replays"]?.array
        else { throw .invalid(parameter: "EventBuses") }
        var result = EventBuses(account: account, region: region)
        for bus in buses { result.restore(try EventBus.read(bus)) }
        for archive in archives { result.restore(try readArchive(archive)) }
        for replay in replays { result.restore(try readReplay(replay)) }
        return result
    }

    private static func json(_ archive: EventArchive, account: String, region: String) -> JSONValue {
        var members = [
            JSONMember("ArchiveName", .string(archive.name)),
            JSONMember("EventSourceArn", .string(EventNames.bus(archive.bus, region: region, account: account))),
        ]
        if let description = archive.description { members.append(JSONMember("Description", .string(description))) }
        if let pattern = archive.pattern { members.append(JSONMember("EventPattern", .string(pattern.text))) }
        members.append(JSONMember("RetentionDays", .integer(Int64(archive.retentionDays))))
        return .object([JSONMember("Archive", .object(members)), JSONMember("CreatedNs", .integer(archive.createdNs))])
    }

    private static func readArchive(_ json: JSONValue) throws(EventRefusal) -> EventArchive {
        guard let definition = json["Archive"], let createdNs = json["CreatedNs"]?.integer else {
            throw .invalid(parameter: "Archive")
        }
        return try EventArchive.read(definition, nowNs: createdNs)
    }

    /// As DescribeReplay answers.
    /// - Parameter time: how points in time are written.
    func json(_ replay: EventReplay, time: (Int64) -> JSONValue) -> JSONValue {
        var destination = [
            JSONMember("Arn", .string(EventNames.bus(replay.bus, region: region, account: account)))
        ]
        if let rules = replay.rules {
            let arns = rules.sortedNames.map { rule in
                JSONValue.string(EventNames.rule(rule, bus: replay.bus, region: region, account: account))
            }
            destination.append(JSONMember("FilterArns", .array(arns)))
        }
        var members = [
            JSONMember("ReplayName", .string(replay.name)),
            JSONMember("ReplayArn", .string(EventNames.replay(replay.name, region: region, account: account))),
            JSONMember("EventSourceArn", .string(EventNames.archive(replay.archive, region: region, account: account))),
            JSONMember("Destination", .object(destination)),
            JSONMember("EventStartTime", time(replay.startNs)),
            JSONMember("EventEndTime", time(replay.endNs)),
            JSONMember("State", .string(replay.state.rawValue)),
            JSONMember("ReplayStartTime", time(replay.startedNs)),
        ]
        let optional: [(String, JSONValue?)] = [
            ("Description", replay.description.map { .string($0) }),
            ("StateReason", replay.stateReason.map { .string($0) }),
            ("EventLastReplayedTime", replay.lastReplayedNs.map(time)),
            ("ReplayEndTime", replay.endedNs.map(time)),
        ]
        for (name, value) in optional { if let value { members.append(JSONMember(name, value)) } }
        return .object(members)
    }

    private static func readReplay(_ json: JSONValue) throws(EventRefusal) -> EventReplay {
        let definition = [
            "ReplayName", "EventSourceArn", "Description", "EventStartTime", "EventEndTime", "Destination",
        ]
        let members = definition.compactMap { name in json[name].map { JSONMember(name, $0) } }
        guard let state = json["State"]?.string.flatMap({ EventReplay.State(rawValue: $0) }),
            let startedNs = json["ReplayStartTime"].flatMap(EventTime.read)
        else { throw .invalid(parameter: "Replay") }
        var replay = try EventReplay.read(.object(members), nowNs: startedNs)
        replay.state = state
        replay.stateReason = json["StateReason"]?.string
        replay.lastReplayedNs = json["EventLastReplayedTime"].flatMap(EventTime.read)
        replay.endedNs = json["ReplayEndTime"].flatMap(EventTime.read)
        return replay
    }
}
