import VarveBytes
import VarveEvents
import VarveIO
import VarveJSON
import VarveModel

// Events, in the shapes of EventBridge.
extension Operation {
    static let events: [Operation] =
        eventRules + eventBuses + eventArchives + eventTags + elsewhere + [
            Operation("PutEvents", writes: true) { (engine, input, nowNs) throws(OperationError) in
                try engine.putEvents(input, nowNs: nowNs)
            },
            Operation("TestEventPattern") { (_, input, _) throws(OperationError) in
                let (pattern, event) = (try input.required("EventPattern"), try input.required("Event"))
                do throws(EventRefusal) {
                    return .object([.init("Result", .bool(try EventPattern.test(pattern, event: event)))])
                } catch {
                    throw OperationError(error)
                }
            },
        ]

    /// One that changes buses.
    private static func changing(
        _ name: String,
        _ body: @escaping @Sendable (inout EventBuses, JSONValue, Int64) throws(EventRefusal) -> JSONValue
    ) -> Operation {
        Operation(name, writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.changeBuses { buses throws(EventRefusal) in try body(&buses, input.json, nowNs) }
        }
    }

    /// One that shows something.
    private static func showing(
        _ name: String, _ body: @escaping @Sendable (EventBuses, OperationInput) throws(EventRefusal) -> JSONValue
    ) -> Operation {
        Operation(name) { (engine, input, _) throws(OperationError) in
            do throws(EventRefusal) { return try body(engine.buses, input) } catch { throw OperationError(error) }
        }
    }

    private static let eventRules: [Operation] = [
        changing("PutRule") { (buses, json, nowNs) throws(EventRefusal) in try buses.putRule(json, nowNs: nowNs) },
        changing("DeleteRule") { (buses, json, _) throws(EventRefusal) in
            try buses.deleteRule(json)
            return .object([])
        },
        changing("EnableRule") { (buses, json, nowNs) throws(EventRefusal) in
            try buses.setRule(json, isEnabled: true, nowNs: nowNs)
            return .object([])
        },
        changing("DisableRule") { (buses, json, nowNs) throws(EventRefusal) in
            try buses.setRule(json, isEnabled: false, nowNs: nowNs)
            return .object([])
        },
        changing("PutTargets") { (buses, json, _) throws(EventRefusal) in try buses.putTargets(json) },
        changing("RemoveTargets") { (buses, json, _) throws(EventRefusal) in try buses.removeTargets(json) },
        showing("DescribeRule") { (buses, input) throws(EventRefusal) in try buses.describeRule(input.json) },
        showing("ListRules") { (buses, input) throws(EventRefusal) in try buses.listRules(input.json) },
        showing("ListTargetsByRule") { (buses, input) throws(EventRefusal) in try buses.listTargets(input.json) },
        showing("ListRuleNamesByTarget") { (buses, input) throws(EventRefusal) in
            try buses.listRuleNames(byTarget: input.json)
        },
    ]

    private static let eventBuses: [Operation] = [
        changing("CreateEventBus") { (buses, json, nowNs) throws(EventRefusal) in
            try buses.createBus(json, nowNs: nowNs)
        },
        changing("UpdateEventBus") { (buses, json, nowNs) throws(EventRefusal) in
            try buses.updateBus(json, nowNs: nowNs)
        },
        changing("PutPermission") { (buses, json, nowNs) throws(EventRefusal) in
            try buses.putPermission(json, nowNs: nowNs)
            return .object([])
        },
        changing("RemovePermission") { (buses, json, nowNs) throws(EventRefusal) in
            try buses.removePermission(json, nowNs: nowNs)
            return .object([])
        },
        changing("DeleteEventBus") { (buses, json, _) throws(EventRefusal) in
            try buses.deleteBus(name("Name", of: json))
            return .object([])
        },
        showing("ListEventBuses") { (buses, input) throws(EventRefusal) in try buses.listBuses(input.json) },
        showing("DescribeEventBus") { (buses, input) throws(EventRefusal) in try buses.describeBus(input.json) },
    ]

    private static let eventArchives: [Operation] = [
        changing("CreateArchive") { (buses, json, nowNs) throws(EventRefusal) in
            try buses.createArchive(json, nowNs: nowNs)
        },
        changing("UpdateArchive") { (buses, json, _) throws(EventRefusal) in try buses.updateArchive(json) },
        changing("DeleteArchive") { (buses, json, _) throws(EventRefusal) in
            try buses.deleteArchive(name("ArchiveName", of: json))
            return .object([])
        },
        changing("StartReplay") { (buses, json, nowNs) throws(EventRefusal) in
            try buses.startReplay(json, nowNs: nowNs)
        },
        changing("CancelReplay") { (buses, json, _) throws(EventRefusal) in
            try buses.cancelReplay(name("ReplayName", of: json))
        },
        showing("DescribeReplay") { (buses, input) throws(EventRefusal) in
            try buses.describeReplay(name("ReplayName", of: input.json))
        },
        showing("ListArchives") { (buses, input) throws(EventRefusal) in try buses.listArchives(input.json) },
        showing("ListReplays") { (buses, input) throws(EventRefusal) in try buses.listReplays(input.json) },
    ]

    private static let eventTags: [Operation] = [
        changing("TagResource") { (buses, json, _) throws(EventRefusal) in
            try buses.tagResource(json)
            return .object([])
        },
        changing("UntagResource") { (buses, json, _) throws(EventRefusal) in
            try buses.untagResource(json)
            return .object([])
        },
        showing("ListTagsForResource") { (buses, input) throws(EventRefusal) in try buses.listTags(input.json) },
    ]

    private static func name(_ member: String, of json: JSONValue) throws(EventRefusal) -> String {
        guard let name = json[member]?.string else {
            throw EventRefusal(code: "ValidationException", message: "Parameter \(member) is not valid.")
        }
        return name
    }
}

extension MonitoringEngine {
    /// Entries that are accepted are stored before the answer, each as an event of its own.
    fileprivate mutating func putEvents(_ input: OperationInput, nowNs: Int64) throws(OperationError) -> JSONValue {
        let random = random
        let context = EventEntries.Context(account: scope.account, region: scope.region, nowNs: nowNs) {
            UUID16(high: random.next(), low: random.next()).grouped
        }
        let outcomes: [EventEntries.Outcome]
        do throws(EventRefusal) {
            outcomes = try EventEntries.read(input.json["Entries"] ?? .null, context: context)
        } catch {
            throw OperationError(error)
        }
        var write = MonitoringWrite()
        var failed: Int64 = 0
        for outcome in outcomes {
            switch outcome {
            case .accepted(let event, let bus):
                put(event, id: UUID16(event.id) ?? makeID(), on: bus, to: &write, nowNs: nowNs)
            case .refused: failed += 1
            }
        }
        stage(write)
        return .object([
            .init("FailedEntryCount", .integer(failed)), .init("Entries", .array(outcomes.map(\.json))),
        ])
    }
}
