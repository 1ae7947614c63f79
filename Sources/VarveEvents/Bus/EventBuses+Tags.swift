package import VarveJSON
import VarveModel

// Tags of rules and buses.
extension EventBuses {
    /// What can have tags.
    private enum Tagged {
        case bus(String)
        case rule(String, bus: String)
    }

    /// `arn:aws:events:REGION:ACCOUNT:` and then `rule/NAME`, `rule/BUS/NAME` or `event-bus/NAME`.
    /// - Throws: `ResourceNotFoundException` for other places and other things.
    private func tagged(_ json: JSONValue) throws(EventRefusal) -> Tagged {
        let arn = try text("ResourceARN", of: json)
        let missing = EventRefusal.notFound("\(arn) does not exist.")
        let prefix = "arn:aws:events:\(region):\(account):"
        guard arn.hasBytePrefix(prefix) else { throw missing }
        let parts = String(decoding: arn.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
            .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.count) {
        case ("event-bus", 2): return .bus(try bus(parts[1]).name)
        case ("rule", 2): return .rule(parts[1], bus: EventNames.defaultBus)
        case ("rule", 3): return .rule(parts[2], bus: parts[1])
        default: throw missing
        }
    }

    private func tags(of tagged: Tagged) throws(EventRefusal) -> [JSONValue] {
        switch tagged {
        case .bus(let name): try bus(name).tags
        case .rule(let name, let bus): try self.bus(bus).rule(name).tags
        }
    }

    private mutating func set(_ tags: [JSONValue], of tagged: Tagged) throws(EventRefusal) {
        switch tagged {
        case .bus(let name): try change(name) { bus throws(EventRefusal) in bus.set(tags: tags) }
        case .rule(let name, let bus):
            try change(bus) { bus throws(EventRefusal) in try bus.set(tags: tags, ofRule: name) }
        }
    }

    private static func key(of tag: JSONValue) -> NameKey { NameKey(tag["Key"]?.string ?? "") }

    private static let tagsMax = 50

    /// TagResource: `{"ResourceARN": …, "Tags": [{"Key": …, "Value": …}]}`. A key that is there gets the new value.
    package mutating func tagResource(_ json: JSONValue) throws(EventRefusal) {
        let tagged = try tagged(json)
        var all = try tags(of: tagged)
        for tag in try EventRule.readTags(json) {
            if let index = all.firstIndex(where: { Self.key(of: $0) == Self.key(of: tag) }) {
                all[index] = tag
            } else {
                all.append(tag)
            }
        }
        guard all.count <= Self.tagsMax else { throw .limitExceeded }
        try set(all, of: tagged)
    }

    /// UntagResource: `{"ResourceARN": …, "TagKeys": […]}`. Keys that are not there do no harm.
    package mutating func untagResource(_ json: JSONValue) throws(EventRefusal) {
        let tagged = try tagged(json)
        let keys = Set(names: (json["TagKeys"]?.array ?? []).compactMap(\.string))
        try set(try tags(of: tagged).filter { !keys.contains(Self.key(of: $0)) }, of: tagged)
    }

    /// ListTagsForResource: `{"ResourceARN": …}`.
    package func listTags(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        .object([JSONMember("Tags", .array(try tags(of: try tagged(json))))])
    }
}

// Lists of archives and replays.
extension EventBuses {
    /// ListArchives: `{"NamePrefix": …, "EventSourceArn": …, "State": …, "Limit": …, "NextToken": …}`. What an archive
    /// holds is not counted here: DescribeArchive does.
    package func listArchives(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        let list = try Self.Filter(json, operation: "ListArchives")
        let archives = sortedArchives.filter { archive in
            list.accepts(archive.name, EventNames.bus(archive.bus, region: region, account: account), "ENABLED")
        }
        return try page(archives, "Archives", name: \.name, of: json) { archive in
            .object([
                JSONMember("ArchiveName", .string(archive.name)),
                JSONMember("EventSourceArn", .string(EventNames.bus(archive.bus, region: region, account: account))),
                JSONMember("State", .string("ENABLED")),
                JSONMember("RetentionDays", .integer(Int64(archive.retentionDays))),
                JSONMember("CreationTime", EventTime.json(archive.createdNs)),
            ])
        }
    }

    /// ListReplays: `{"NamePrefix": …, "EventSourceArn": …, "State": …, "Limit": …, "NextToken": …}`.
    package func listReplays(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        let list = try Self.Filter(json, operation: "ListReplays")
        let replays = sortedReplays.filter { replay in
            let source = EventNames.archive(replay.archive, region: region, account: account)
            return list.accepts(replay.name, source, replay.state.rawValue)
        }
        let hidden: Set<String> = ["ReplayArn", "Description", "Destination"]
        return try page(replays, "Replays", name: \.name, of: json) { replay in
            guard case .object(let members) = self.json(replay, time: EventTime.json) else { return .null }
            return .object(members.filter { !hidden.contains($0.name) })
        }
    }

    private struct Filter {
        let prefix, source, state: String?

        init(_ json: JSONValue, operation: String) throws(EventRefusal) {
            prefix = json["NamePrefix"]?.string
            source = json["EventSourceArn"]?.string
            state = json["State"]?.string
            guard [prefix, source, state].count(where: { $0 != nil }) <= 1 else {
                throw .validation(
                    "At most one filter is allowed for \(operation). Use either : State, EventSourceArn, or NamePrefix."
                )
            }
        }

        func accepts(_ name: String, _ source: String, _ state: String) -> Bool {
            name.hasBytePrefix(prefix ?? "") && (self.source.map { $0.hasSameBytes(as: source) } ?? true)
                && (self.state.map { $0.hasSameBytes(as: state) } ?? true)
        }
    }
}
