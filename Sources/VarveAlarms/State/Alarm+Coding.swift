import VarveJSON
import VarveModel

/// Why bytes are no stored alarm.
package struct AlarmDecodingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is missing or wrong.
    package let reason: String

    package var description: String { "stored alarm: \(reason)" }
}

// The form in which alarms are kept: one JSON object. Times are nanoseconds since 1970.
extension Alarm {
    /// The alarm as JSON bytes. O(size).
    package func encode() -> [UInt8] {
        var object = JSONObjectBuilder()
        object.add("account", scope.account)
        object.add("region", scope.region)
        object.add("definition", definition.json)
        object.add("tags", JSONValue.array(tags.map { .array([.string($0.key), .string($0.value)]) }))
        object.add("created", createdNs)
        object.add("configurationUpdated", configurationUpdatedNs)
        object.add("value", value.stored)
        object.add("previousValue", previousValue?.stored)
        object.add("evaluationState", evaluationState?.rawValue)
        if isWarmingUp { object.add("warmingUp", true) }
        if !contributors.isEmpty { object.add("contributors", JSONValue.array(contributors.map(\.stored))) }
        if !triggeringChildren.isEmpty {
            object.add("triggeringChildren", JSONValue.array(triggeringChildren.map(\.stored)))
        }
        object.add("ruleValue", ruleValue)
        if suppression != Suppression() { object.add("suppression", suppression.stored) }
        object.add("mute", mute?.stored)
        object.add("repeated", repeatedNs)
        return object.value.encoded
    }

    /// Reads what ``encode()`` wrote; members that this version does not know are passed over. Never traps.
    package static func decode(_ bytes: [UInt8]) throws(AlarmDecodingError) -> Alarm {
        let json: JSONValue
        do { json = try JSONReader.read(bytes) } catch { throw AlarmDecodingError(reason: error.description) }
        let fields = StoredObject(json)
        let definition = try readDefinition(json["definition"])
        var alarm = Alarm(
            definition, in: Scope(account: try fields.string("account"), region: try fields.string("region")),
            nowNs: try fields.time("created"))
        alarm.configurationUpdatedNs = try fields.time("configurationUpdated")
        alarm.value = try AlarmValue(stored: try fields.object("value"))
        if let old = json["previousValue"] { alarm.previousValue = try AlarmValue(stored: StoredObject(old)) }
        alarm.tags = try (json["tags"]?.array ?? []).map { (pair) throws(AlarmDecodingError) in
            guard pair.strings.count == 2 else { throw AlarmDecodingError(reason: "a tag is a pair of texts") }
            return AlarmTag(key: pair.strings[0], value: pair.strings[1])
        }
        alarm.evaluationState = json["evaluationState"]?.string.flatMap(EvaluationState.init)
        alarm.isWarmingUp = json["warmingUp"]?.bool ?? false
        alarm.contributors = try AlarmContributor.list(json["contributors"])
        alarm.triggeringChildren = try AlarmStanding.list(json["triggeringChildren"])
        alarm.ruleValue = json["ruleValue"]?.bool
        if let stored = json["suppression"] { alarm.suppression = try Suppression(stored: StoredObject(stored)) }
        if let stored = json["mute"] { alarm.mute = try MuteHold(stored: StoredObject(stored)) }
        if json["repeated"] != nil { alarm.repeatedNs = try fields.time("repeated") }
        return alarm
    }

    private static func readDefinition(_ json: JSONValue?) throws(AlarmDecodingError) -> AlarmDefinition {
        let names = MetricAlarmDefinition.names + CompositeAlarmDefinition.names
        let known = (json?.members ?? []).filter { names.contains($0.name) }
        do {
            return try AlarmDefinition.read(.object(known))
        } catch {
            throw AlarmDecodingError(reason: "definition: \(error)")
        }
    }
}

/// Members of a stored object, by type.
struct StoredObject {
    private let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    subscript(_ name: String) -> JSONValue? { json[name] }

    func string(_ name: String) throws(AlarmDecodingError) -> String { try require(json[name]?.string, name) }
    /// Nanoseconds since 1970, so far from the ends of the range that sums with periods do not overflow.
    func time(_ name: String) throws(AlarmDecodingError) -> Int64 {
        let value = try require(json[name]?.integer, name)
        guard Self.times.contains(value) else { throw AlarmDecodingError(reason: "\(name) is no time") }
        return value
    }

    static let times = -(Int64.max / 2)...(Int64.max / 2)

    func bool(_ name: String) throws(AlarmDecodingError) -> Bool { try require(json[name]?.bool, name) }

    func state(_ name: String) throws(AlarmDecodingError) -> AlarmState {
        try require(json[name]?.string.flatMap(AlarmState.init), name)
    }

    func object(_ name: String) throws(AlarmDecodingError) -> StoredObject {
        StoredObject(try require(json[name], name))
    }

    private func require<Value>(_ value: Value?, _ name: String) throws(AlarmDecodingError) -> Value {
        guard let value else { throw AlarmDecodingError(reason: "\(name) is missing or of another type") }
        return value
    }
}

extension AlarmValue {
    fileprivate var stored: JSONValue {
        var object = JSONObjectBuilder()
        object.add("state", state.rawValue)
        object.add("reason", reason)
        object.add("reasonData", reasonData)
        object.add("updated", updatedNs)
        object.add("transitioned", transitionedNs)
        return object.value
    }

    fileprivate init(stored: StoredObject) throws(AlarmDecodingError) {
        state = try stored.state("state")
        reason = stored["reason"]?.string
        reasonData = stored["reasonData"]?.string
        updatedNs = try stored.time("updated")
        transitionedNs = try stored.time("transitioned")
    }
}

extension AlarmContributor {
    fileprivate var stored: JSONValue {
        var object = JSONObjectBuilder()
        let pairs = attributes.map { JSONValue.array([.string($0.name), .string($0.value)]) }
        object.add("attributes", JSONValue.array(pairs))
        object.add("state", state.rawValue)
        object.add("reason", reason)
        object.add("transitioned", transitionedNs)
        object.add("isHeld", isHeld)
        return object.value
    }

    fileprivate init(stored: StoredObject) throws(AlarmDecodingError) {
        attributes = try (stored["attributes"]?.array ?? []).map { (pair) throws(AlarmDecodingError) in
            guard pair.strings.count == 2 else { throw AlarmDecodingError(reason: "an attribute is a pair of texts") }
            return AlarmAttribute(name: pair.strings[0], value: pair.strings[1])
        }
        id = Self.id(of: attributes)
        state = try stored.state("state")
        reason = try stored.string("reason")
        transitionedNs = try stored.time("transitioned")
        isHeld = stored["isHeld"]?.bool ?? false
    }

    fileprivate static func list(_ json: JSONValue?) throws(AlarmDecodingError) -> [AlarmContributor] {
        // No more than are ever kept.
        try (json?.array ?? []).prefix(AlarmLimits.contributorsMax).map { (element) throws(AlarmDecodingError) in
            try AlarmContributor(stored: StoredObject(element))
        }
    }
}

extension AlarmStanding {
    fileprivate var stored: JSONValue {
        var object = JSONObjectBuilder()
        object.add("arn", arn)
        object.add("state", state.rawValue)
        object.add("transitioned", transitionedNs)
        return object.value
    }

    fileprivate init(stored: StoredObject) throws(AlarmDecodingError) {
        self.init(
            arn: try stored.string("arn"), state: try stored.state("state"),
            transitionedNs: try stored.time("transitioned"))
    }

    fileprivate static func list(_ json: JSONValue?) throws(AlarmDecodingError) -> [AlarmStanding] {
        try (json?.array ?? []).map { (element) throws(AlarmDecodingError) in
            try AlarmStanding(stored: StoredObject(element))
        }
    }
}

extension Suppression {
    fileprivate var stored: JSONValue {
        var object = JSONObjectBuilder()
        object.add("by", by)
        object.add("until", phase.untilNs)
        if case .byAlarm(let arn, let sinceNs) = phase {
            object.add("arn", arn)
            object.add("since", sinceNs)
        }
        object.add("suppressor", suppressor?.stored)
        return object.value
    }

    fileprivate init(stored: StoredObject) throws(AlarmDecodingError) {
        switch stored["by"]?.string {
        case "WaitPeriod": phase = .waiting(untilNs: try stored.time("until"))
        case "ExtensionPeriod": phase = .extending(untilNs: try stored.time("until"))
        case "Alarm":
            phase = .byAlarm(arn: try stored.string("arn"), sinceNs: try stored.time("since"))
        case nil: phase = .released
        case .some(let word): throw AlarmDecodingError(reason: "suppression by \(word) is not known")
        }
        if let standing = stored["suppressor"] { suppressor = try AlarmStanding(stored: StoredObject(standing)) }
    }
}

extension MuteHold {
    fileprivate var stored: JSONValue {
        var object = JSONObjectBuilder()
        let windows = windows.map { window in
            JSONValue.array([.string(window.ruleARN), .integer(window.startNs), .integer(window.endNs)])
        }
        object.add("windows", JSONValue.array(windows))
        object.add("stateBefore", stateBefore.rawValue)
        object.add("hasHeldActions", hasHeldActions)
        object.add("heldRecoveries", JSONValue.array(heldRecoveries.map(\.stored)))
        return object.value
    }

    fileprivate init(stored: StoredObject) throws(AlarmDecodingError) {
        windows = try (stored["windows"]?.array ?? []).map { (element) throws(AlarmDecodingError) in
            let parts = element.array ?? []
            guard parts.count == 3, let arn = parts[0].string, let start = parts[1].integer, let end = parts[2].integer,
                StoredObject.times.contains(start), StoredObject.times.contains(end)
            else { throw AlarmDecodingError(reason: "a mute window has an ARN and two times") }
            return MuteWindow(ruleARN: arn, startNs: start, endNs: end)
        }
        stateBefore = try stored.state("stateBefore")
        hasHeldActions = try stored.bool("hasHeldActions")
        heldRecoveries = try AlarmContributor.list(stored["heldRecoveries"])
    }
}
