package import VarveJSON
import VarveModel

/// What is said about a bus besides its rules. Kept and shown; nothing here depends on it.
package struct EventBusSettings: Equatable, Sendable {
    /// `Description`, `DeadLetterConfig` and `LogConfig`, those that were given, as they were given.
    package internal(set) var members: [JSONMember] = []
    /// Statements of the policy that says who may use the bus.
    package internal(set) var statements: [JSONValue] = []
    /// Nanoseconds since 1970; nil for buses that were made before this was kept, and for the default bus.
    package internal(set) var createdNs: Int64?
    package internal(set) var modifiedNs: Int64?

    static let names = ["Description", "DeadLetterConfig", "LogConfig"]
    /// Bytes of a policy, as the service has it.
    static let policyMax = 10_240

    /// Takes what a call gives; what it does not give stays.
    mutating func set(from json: JSONValue) {
        for name in Self.names {
            guard let value = json[name], value != .null else { continue }
            members.removeAll { $0.name == name }
            members.append(JSONMember(name, value))
        }
        members.sort { $0.name < $1.name }
    }

    /// The policy document in one line; nil without statements.
    package var policy: String? {
        guard !statements.isEmpty else { return nil }
        let document = JSONValue.object([
            JSONMember("Version", .string("2012-10-17")), JSONMember("Statement", .array(statements)),
        ])
        return String(decoding: document.encoded, as: UTF8.self)
    }

    /// For what is kept; nil when there is nothing to keep.
    var stored: JSONValue? {
        var all = members
        if !statements.isEmpty { all.append(JSONMember("Statements", .array(statements))) }
        if let createdNs { all.append(JSONMember("CreatedNs", .integer(createdNs))) }
        if let modifiedNs { all.append(JSONMember("ModifiedNs", .integer(modifiedNs))) }
        return all.isEmpty ? nil : .object(all)
    }

    init() {}

    init(stored json: JSONValue) {
        set(from: json)
        statements = json["Statements"]?.array ?? []
        createdNs = json["CreatedNs"]?.integer
        modifiedNs = json["ModifiedNs"]?.integer
    }

    /// As the service describes a bus.
    var described: [JSONMember] {
        var all = members
        if let policy { all.append(JSONMember("Policy", .string(policy))) }
        if let createdNs { all.append(JSONMember("CreationTime", EventTime.json(createdNs))) }
        if let modifiedNs { all.append(JSONMember("LastModifiedTime", EventTime.json(modifiedNs))) }
        return all
    }
}

// Buses as a whole: settings and policies.
extension EventBuses {
    /// UpdateEventBus: `{"Name": …}` and what is to change.
    package mutating func updateBus(_ json: JSONValue, nowNs: Int64) throws(EventRefusal) -> JSONValue {
        try change(json["Name"]?.string) { bus throws(EventRefusal) in
            bus.settings.set(from: json)
            bus.settings.modifiedNs = nowNs
            return .object(
                [JSONMember("Arn", .string(bus.arn)), JSONMember("Name", .string(bus.name))] + bus.settings.members)
        }
    }

    /// DescribeEventBus: `{"Name": …}`.
    package func describeBus(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        Self.description(of: try bus(json["Name"]?.string))
    }

    /// ListEventBuses: `{"NamePrefix": …, "Limit": …, "NextToken": …}`.
    package func listBuses(_ json: JSONValue) throws(EventRefusal) -> JSONValue {
        let prefix = json["NamePrefix"]?.string ?? ""
        let found = sortedBuses.filter { $0.name.hasBytePrefix(prefix) }
        return try page(found, "EventBuses", name: \.name, of: json) { Self.description(of: $0) }
    }

    private static func description(of bus: EventBus) -> JSONValue {
        .object(
            [JSONMember("Name", .string(bus.name)), JSONMember("Arn", .string(bus.arn))] + bus.settings.described)
    }

    /// PutPermission: a whole `Policy`, or one statement of `StatementId`, `Action`, `Principal` and `Condition`, which
    /// takes the place of one with its id.
    package mutating func putPermission(_ json: JSONValue, nowNs: Int64) throws(EventRefusal) {
        let bus = try bus(json["EventBusName"]?.string)
        var statements = bus.settings.statements
        if let text = json["Policy"]?.string {
            statements = try Self.statements(ofPolicy: text)
        } else {
            let statement = try Self.statement(json, busARN: bus.arn)
            statements.removeAll { $0["Sid"] == statement["Sid"] }
            statements.append(statement)
        }
        try change(bus.name) { bus throws(EventRefusal) in
            bus.settings.statements = statements
            bus.settings.modifiedNs = nowNs
            guard bus.settings.policy?.utf8.count ?? 0 <= EventBusSettings.policyMax else {
                throw EventRefusal(
                    code: "PolicyLengthExceededException",
                    message: "The policy of an event bus has at most \(EventBusSettings.policyMax) bytes.")
            }
        }
    }

    private static func statements(ofPolicy text: String) throws(EventRefusal) -> [JSONValue] {
        guard text.utf8.count <= EventBusSettings.policyMax else {
            throw EventRefusal(
                code: "PolicyLengthExceededException",
                message: "The policy of an event bus has at most \(EventBusSettings.policyMax) bytes.")
        }
        // One statement may stand without its list.
        guard let policy = try? JSONReader.read(Array(text.utf8)), let found = policy["Statement"],
            case let statements = found.array ?? [found], !statements.isEmpty,
            statements.allSatisfy({ $0["Effect"]?.string != nil && $0["Action"] != nil && $0["Principal"] != nil })
        else { throw .invalid(parameter: "Policy", reason: "It must have statements with Effect, Principal, Action.") }
        return statements
    }

    private static func statement(_ json: JSONValue, busARN: String) throws(EventRefusal) -> JSONValue {
        func given(_ name: String) throws(EventRefusal) -> String {
            guard let text = json[name]?.string, !text.isEmpty else { throw .invalid(parameter: name) }
            return text
        }
        let (id, action, principal) = (try given("StatementId"), try given("Action"), try given("Principal"))
        let isAccount = principal.utf8.count == 12 && principal.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard principal == "*" || isAccount else { throw .invalid(parameter: "Principal") }
        let who: JSONValue =
            isAccount
            ? .object([JSONMember("AWS", .string("arn:aws:iam::\(principal):root"))]) : .string("*")
        var members = [
            JSONMember("Sid", .string(id)), JSONMember("Effect", .string("Allow")), JSONMember("Principal", who),
            JSONMember("Action", .string(action)), JSONMember("Resource", .string(busARN)),
        ]
        if let condition = json["Condition"], condition != .null {
            guard let type = condition["Type"]?.string, let key = condition["Key"]?.string,
                let value = condition["Value"]?.string
            else { throw .invalid(parameter: "Condition") }
            members.append(
                JSONMember(
                    "Condition", .object([JSONMember(type, .object([JSONMember(key, .string(value))]))])))
        }
        return .object(members)
    }

    /// RemovePermission: the statement of `StatementId`, or all with `RemoveAllPermissions`.
    package mutating func removePermission(_ json: JSONValue, nowNs: Int64) throws(EventRefusal) {
        let removesAll = json["RemoveAllPermissions"]?.bool ?? false
        try change(json["EventBusName"]?.string) { bus throws(EventRefusal) in
            guard !bus.settings.statements.isEmpty else { throw .notFound("EventBus does not have a policy.") }
            if removesAll {
                bus.settings.statements = []
            } else {
                let count = bus.settings.statements.count
                guard let id = json["StatementId"]?.string else { throw .invalid(parameter: "StatementId") }
                bus.settings.statements.removeAll { $0["Sid"]?.string.map { $0.hasSameBytes(as: id) } ?? false }
                guard bus.settings.statements.count < count else {
                    throw .notFound("Statement with the provided id does not exist.")
                }
            }
            bus.settings.modifiedNs = nowNs
        }
    }
}
