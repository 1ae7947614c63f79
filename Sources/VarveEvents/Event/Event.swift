package import VarveJSON
import VarveModel

/// One event: the envelope that every event has, and its detail.
package struct Event: Equatable, Sendable {
    package var id: String
    package var detailType: String
    package var source: String
    package var account: String
    /// Nanoseconds since 1970; written to the second, as in the service.
    package var timeNs: Int64
    package var region: String
    /// What the event is about: ARNs, or names of one's own.
    package var resources: [String]
    /// An object.
    package var detail: JSONValue
    /// The replay that sent the event again; nil for one that is new.
    package var replayName: String?

    package init(
        id: String, detailType: String, source: String, account: String, timeNs: Int64, region: String,
        resources: [String], detail: JSONValue, replayName: String? = nil
    ) {
        self.id = id
        self.detailType = detailType
        self.source = source
        self.account = account
        self.timeNs = timeNs
        self.region = region
        self.resources = resources
        self.detail = detail
        self.replayName = replayName
    }

    /// `yyyy-MM-ddTHH:mm:ssZ`.
    package var timeText: String { Self.timeText(timeNs) }

    static func timeText(_ timeNs: Int64) -> String {
        let seconds = timeNs.flooredQuotient(by: Nanoseconds.perSecond)
        // The first second of the range has no nanosecond of its own; everything else is exact.
        let (wholeNs, overflow) = seconds.multipliedReportingOverflow(by: Nanoseconds.perSecond)
        return InstantText.format(overflow ? (seconds + 1) * Nanoseconds.perSecond : wholeNs)
    }

    /// The event as JSON, members in the service's order.
    package var json: JSONValue {
        var members: [JSONMember] = [
            JSONMember("version", .string("0")), JSONMember("id", .string(id)),
            JSONMember("detail-type", .string(detailType)), JSONMember("source", .string(source)),
            JSONMember("account", .string(account)), JSONMember("time", .string(timeText)),
            JSONMember("region", .string(region)),
        ]
        if let replayName { members.append(JSONMember("replay-name", .string(replayName))) }
        members.append(JSONMember("resources", .array(resources.map { .string($0) })))
        members.append(JSONMember("detail", detail))
        return .object(members)
    }

    /// What TestEventPattern asks of an event: these members, whatever they are.
    static func hasEnvelope(_ json: JSONValue) -> Bool {
        ["id", "account", "source", "time", "region", "resources", "detail-type"].allSatisfy { json[$0] != nil }
    }

    /// Reads what ``json`` writes; members that it does not know are passed by.
    /// - Throws: `ValidationException`.
    package static func read(_ json: JSONValue) throws(EventRefusal) -> Event {
        guard hasEnvelope(json), let id = json["id"]?.string, let account = json["account"]?.string,
            let source = json["source"]?.string, let region = json["region"]?.string,
            let detailType = json["detail-type"]?.string, let timeText = json["time"]?.string,
            let timeNs = try? InstantText.parse(timeText), let resources = json["resources"]?.array
        else { throw .invalid(parameter: "Event") }
        var names: [String] = []
        for resource in resources {
            guard let name = resource.string else { throw .invalid(parameter: "Event") }
            names.append(name)
        }
        let detail = json["detail"] ?? .object([])
        guard case .object = detail else { throw .invalid(parameter: "Event") }
        return Event(
            id: id, detailType: detailType, source: source, account: account, timeNs: timeNs, region: region,
            resources: names, detail: detail, replayName: json["replay-name"]?.string)
    }
}
