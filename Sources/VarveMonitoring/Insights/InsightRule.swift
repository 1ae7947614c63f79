import VarveAlarms
import VarveJSON
import VarveModel

/// A rule of contributors as it is kept.
package struct InsightRule: Equatable, Sendable {
    /// From what a managed rule was made.
    struct Managed: Equatable, Sendable {
        var template: String
        var resourceARN: String
    }

    package let name: String
    /// When it was disabled, nanoseconds since 1970: events from then on are not counted. nil: it is enabled.
    package var disabledNs: Int64?
    /// The definition, word for word.
    package var text: String
    var definition: InsightDefinition
    var tags: [AlarmTag] = []
    var managed: Managed?
    /// As it was given; there are no transformed logs here.
    var isOnTransformedLogs: Bool?

    init(name: String, text: String, definition: InsightDefinition) {
        self.name = name
        self.text = text
        self.definition = definition
    }

    /// nil for bytes that are no rule.
    init?(name: String, _ content: [UInt8], scope: Scope) {
        guard let json = try? JSONReader.read(content), let text = json["definition"]?.string,
            let definition = try? InsightDefinition(text, scope: scope)
        else { return nil }
        self.init(name: name, text: text, definition: definition)
        disabledNs = json["disabled"]?.integer
        tags = (json["tags"]?.array ?? []).compactMap { tag in
            guard let key = tag["Key"]?.string, let value = tag["Value"]?.string else { return nil }
            return AlarmTag(key: key, value: value)
        }
        if let template = json["template"]?.string, let resource = json["resource"]?.string {
            managed = Managed(template: template, resourceARN: resource)
        }
        isOnTransformedLogs = json["transformed"]?.bool
    }

    var encoded: [UInt8] {
        var members = [JSONMember("definition", .string(text))]
        if let disabledNs { members.append(.init("disabled", .integer(disabledNs))) }
        if !tags.isEmpty { members.append(.init("tags", AlarmTag.json(tags))) }
        if let managed {
            members.append(.init("template", .string(managed.template)))
            members.append(.init("resource", .string(managed.resourceARN)))
        }
        if let isOnTransformedLogs { members.append(.init("transformed", .bool(isOnTransformedLogs))) }
        return JSONValue.object(members).encoded
    }

    var state: String { disabledNs == nil ? "ENABLED" : "DISABLED" }

    /// As DescribeInsightRules shows it.
    var described: JSONValue {
        let schema = managed == nil ? "CloudWatchLogRule" : "ServiceLogRule"
        var members: [JSONMember] = [
            .init("Name", .string(name)), .init("State", .string(state)),
            .init("Schema", .string(#"{"Name": "\#(schema)", "Version": 1}"#)), .init("Definition", .string(text)),
            .init("ManagedRule", .bool(managed != nil)),
        ]
        if let isOnTransformedLogs { members.append(.init("ApplyOnTransformedLogs", .bool(isOnTransformedLogs))) }
        return .object(members)
    }

    /// Events before here count.
    var endNs: Int64 { disabledNs ?? .max }
}

extension AlarmTag {
    static func json(_ tags: [AlarmTag]) -> JSONValue {
        .array(tags.map { .object([.init("Key", .string($0.key)), .init("Value", .string($0.value))]) })
    }

    /// `Tags` of a call.
    static func read(_ json: JSONValue?) throws(OperationError) -> [AlarmTag] {
        var tags: [AlarmTag] = []
        for tag in json?.array ?? [] {
            guard let key = tag["Key"]?.string, let value = tag["Value"]?.string else {
                throw .validation("Tags must be a list of objects with Key and Value")
            }
            tags.append(AlarmTag(key: key, value: value))
        }
        return tags
    }
}

/// What `PutManagedInsightRules` can make: ready rules on the events of a bus, by its ARN.
struct InsightTemplate: Sendable {
    let name: String
    let keys: [String]

    static let all = [
        InsightTemplate(name: "EventBusContributors-Source-v1", keys: ["$.source"]),
        InsightTemplate(name: "EventBusContributors-DetailType-v1", keys: ["$.source", "$.detail-type"]),
        InsightTemplate(name: "EventBusContributors-Resource-v1", keys: ["$.resources[0]"]),
    ]

    /// The bus of an ARN; nil for what is no bus of this account and region.
    static func bus(of arn: String, scope: Scope) -> String? {
        let prefix = "arn:aws:events:\(scope.region):\(scope.account):event-bus/"
        guard arn.hasBytePrefix(prefix) else { return nil }
        return String(decoding: arn.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    func ruleName(bus: String) -> String { "\(name)-\(bus)" }

    /// The body of the rule.
    func definition(bus: String) -> String {
        JSONValue.object([
            .init("Schema", .object([.init("Name", .string("CloudWatchLogRule")), .init("Version", .integer(1))])),
            .init("LogGroupNames", .array([.string(LogGroupName.events + bus)])),
            .init("LogFormat", .string("JSON")),
            .init("Contribution", .object([.init("Keys", .array(keys.map { .string($0) }))])),
            .init("AggregateOn", .string("Count")),
        ]).text
    }
}

extension JSONValue {
    /// As a text.
    var text: String { String(decoding: encoded, as: UTF8.self) }
}
