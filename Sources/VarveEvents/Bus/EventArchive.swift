package import VarveJSON
package import VarveModel

/// Which events of a bus are kept to be sent again. Keeping them is the business of who runs the bus.
package struct EventArchive: Equatable, Sendable {
    package var name: String
    /// Name of the bus.
    package var bus: String
    package var description: String?
    /// nil: every event.
    package var pattern: EventPattern?
    /// 0: for ever.
    package var retentionDays: Int
    /// Nanoseconds since 1970.
    package var createdNs: Int64

    private static let known: Set<String> = [
        "ArchiveName", "EventSourceArn", "Description", "EventPattern", "RetentionDays",
    ]

    /// Reads an archive as `aws events create-archive --cli-input-json` takes it.
    /// - Throws: `ValidationException`, `InvalidEventPatternException`.
    package static func read(_ json: JSONValue, nowNs: Int64) throws(EventRefusal) -> EventArchive {
        guard case .object(let members) = json else { throw .validation("An archive is a JSON object.") }
        if let unknown = members.first(where: { !known.contains($0.name) }) {
            throw .validation("Unknown parameter in input: \"\(unknown.name)\"")
        }
        guard let name = json["ArchiveName"]?.string else { throw .invalid(parameter: "ArchiveName") }
        try EventNames.check(name, member: "archiveName", lengthMax: 48)
        guard let bus = json["EventSourceArn"]?.string.flatMap({ EventNames.name(in: $0, kind: "event-bus") }) else {
            throw .invalid(parameter: "EventSourceArn")
        }
        var archive = EventArchive(name: name, bus: bus, retentionDays: 0, createdNs: nowNs)
        try archive.update(json)
        return archive
    }

    /// Takes over the members that `aws events update-archive` may change, as far as they are there.
    /// - Throws: `ValidationException`, `InvalidEventPatternException`; the archive is unchanged then.
    package mutating func update(_ json: JSONValue) throws(EventRefusal) {
        var changed = self
        for name in ["Description", "EventPattern"] {
            if let value = json[name], value.string == nil { throw .invalid(parameter: name) }
        }
        if let text = try EventRule.limited(json, "Description", 512) { changed.description = text }
        if let text = try EventRule.limited(json, "EventPattern", EventPattern.lengthMax) {
            changed.pattern = text.isEmpty ? nil : try EventPattern.parse(text)
        }
        if let days = json["RetentionDays"] {
            guard let value = days.integer, (0...Int64(Int32.max)).contains(value) else {
                throw .invalid(parameter: "RetentionDays")
            }
            changed.retentionDays = Int(value)
        }
        self = changed
    }

    /// Whether the archive keeps an event. One that was sent again is not kept a second time.
    package func keeps(_ event: Event) -> Bool {
        event.replayName == nil && (pattern?.matches(event.json) ?? true)
    }

    /// Events older than this may go; nil: none.
    package func expiryNs(nowNs: Int64) -> Int64? {
        guard retentionDays > 0 else { return nil }
        let (age, tooLong) = Int64(retentionDays).multipliedReportingOverflow(by: Nanoseconds.perDay)
        let (expiry, overflow) = nowNs.subtractingReportingOverflow(age)
        return tooLong || overflow ? nil : expiry
    }
}

/// Sending the events of an archive again: for which time, and to which rules.
package struct EventReplay: Equatable, Sendable {
    package enum State: String, Equatable, Sendable {
        case starting = "STARTING"
        case running = "RUNNING"
        case cancelling = "CANCELLING"
        case completed = "COMPLETED"
        case cancelled = "CANCELLED"
        case failed = "FAILED"

        /// Whether something is still to be done.
        package var isActive: Bool { self == .starting || self == .running || self == .cancelling }
    }

    package var name: String
    /// Name of the archive.
    package var archive: String
    /// Name of the bus, the archive's own.
    package var bus: String
    package var description: String?
    /// Events from here on, nanoseconds since 1970 …
    package var startNs: Int64
    /// … and before here.
    package var endNs: Int64
    /// Names of the rules that see the events; nil: all.
    package var rules: Set<NameKey>?
    package var state = State.starting
    package var stateReason: String?
    /// When the replay was started, and when it ended. Nanoseconds since 1970.
    package var startedNs: Int64
    package var endedNs: Int64?
    /// Time of the newest event that was sent.
    package var lastReplayedNs: Int64?

    private static let known: Set<String> = [
        "ReplayName", "EventSourceArn", "Description", "EventStartTime", "EventEndTime", "Destination",
    ]

    /// Reads a replay as `aws events start-replay --cli-input-json` takes it. Whether archive and bus are there is for
    /// ``EventBuses`` to say.
    /// - Throws: `ValidationException`.
    static func read(_ json: JSONValue, nowNs: Int64) throws(EventRefusal) -> EventReplay {
        guard case .object(let members) = json else { throw .validation("A replay is a JSON object.") }
        if let unknown = members.first(where: { !known.contains($0.name) }) {
            throw .validation("Unknown parameter in input: \"\(unknown.name)\"")
        }
        guard let name = json["ReplayName"]?.string else { throw .invalid(parameter: "ReplayName") }
        try EventNames.check(name, member: "replayName", lengthMax: 64)
        guard let archive = json["EventSourceArn"]?.string.flatMap({ EventNames.name(in: $0, kind: "archive") }) else {
            throw .invalid(parameter: "EventSourceArn")
        }
        let destination = json["Destination"] ?? .null
        guard let bus = destination["Arn"]?.string.flatMap({ EventNames.name(in: $0, kind: "event-bus") }) else {
            throw .invalid(parameter: "Destination.Arn", reason: "Must contain an event bus ARN.")
        }
        guard let start = json["EventStartTime"].flatMap(EventTime.read) else {
            throw .invalid(parameter: "EventStartTime")
        }
        guard let end = json["EventEndTime"].flatMap(EventTime.read) else { throw .invalid(parameter: "EventEndTime") }
        guard start < end else {
            throw .invalid(parameter: "EventEndTime", reason: "EventStartTime must be before EventEndTime.")
        }
        return EventReplay(
            name: name, archive: archive, bus: bus, description: try EventRule.limited(json, "Description", 512),
            startNs: start, endNs: end, rules: try readFilter(destination["FilterArns"], bus: bus), startedNs: nowNs)
    }

    private static func readFilter(_ json: JSONValue?, bus: String) throws(EventRefusal) -> Set<NameKey>? {
        guard let json else { return nil }
        guard let arns = json.array else { throw .invalid(parameter: "Destination.FilterArns") }
        var names: Set<NameKey> = []
        for arn in arns {
            let prefix = bus == EventNames.defaultBus ? "" : bus + "/"
            guard let name = arn.string.flatMap({ EventNames.name(in: $0, kind: "rule") }), name.hasBytePrefix(prefix),
                EventNames.isName(String(name.dropFirst(prefix.count)), lengthMax: 64)
            else {
                throw .invalid(
                    parameter: "Destination.FilterArns", reason: "Rules must be on the event bus of the replay.")
            }
            names.insert(String(name.dropFirst(prefix.count)))
        }
        return names.isEmpty ? nil : names
    }

    /// Whether an event of the archive belongs to the replay.
    package func covers(_ event: Event) -> Bool { event.timeNs >= startNs && event.timeNs < endNs }
}
