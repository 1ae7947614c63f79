import VarveBytes
package import VarveEvents
import VarveIO
import VarveJSON
import VarveModel

// Events and their rules.
extension MonitoringEngine {
    /// Puts an event on a bus, as part of a decision: it is archived, and goes to the targets of the rules that match.
    /// Events that are sent again are not archived a second time.
    mutating func put(_ event: Event, id: UUID16, on bus: String, to write: inout MonitoringWrite, nowNs: Int64) {
        if event.replayName == nil {
            write.events.append(
                EventRow(
                    id: id, bus: bus, timestamp: nowNs, source: event.source, detailType: event.detailType,
                    content: event.json.encoded))
        }
        for delivery in buses.route(event, bus: bus, nowNs: nowNs) { add(delivery, to: &write, nowNs: nowNs) }
    }

    /// One delivery, or one for each subscription when the target is a topic.
    private mutating func add(_ delivery: EventDelivery, to write: inout MonitoringWrite, nowNs: Int64) {
        let policy = RetryPolicy(
            retriesMax: delivery.target.retryPolicy.attemptsMax,
            ageMaxSeconds: delivery.target.retryPolicy.ageMaxSeconds)
        guard let name = topicName(ofARN: delivery.target.arn), let topic = topics[name] else {
            let delivery = Delivery(
                id: makeID(), target: delivery.target.arn, endpoint: delivery.target.arn, subject: delivery.rule,
                body: delivery.payload, createdNs: nowNs, policy: policy)
            return deliver(delivery, in: &write, nowNs: nowNs)
        }
        let message = String(decoding: delivery.payload, as: UTF8.self)
        let notification = Notification(subject: delivery.rule, message: message, timeNs: nowNs)
        for var delivery in deliveries(of: notification, to: topic) {
            delivery.policy = policy
            deliver(delivery, in: &write, nowNs: nowNs)
        }
    }

    /// Runs rules whose schedule says so.
    mutating func runSchedules(nowNs: Int64) {
        guard let dueNs = buses.nextScheduleNs, dueNs <= nowNs else { return }
        let before = buses
        willChangeBuses()
        let random = random
        let runs = buses.runSchedules(nowNs: nowNs) { UUID16(high: random.next(), low: random.next()).grouped }
        var write = MonitoringWrite()
        for run in runs { for delivery in run.deliveries { add(delivery, to: &write, nowNs: nowNs) } }
        addChanges(since: before, to: &write)
        stage(write)
    }

    /// Changes definitions of buses, rules, archives and replays as one decision.
    mutating func changeBuses<Value>(
        _ body: (inout EventBuses) throws(EventRefusal) -> Value
    ) throws(OperationError) -> Value {
        let before = buses
        let value: Value
        do throws(EventRefusal) {
            var changed = buses
            value = try body(&changed)
            willChangeBuses()
            buses = changed
        } catch {
            throw OperationError(error)
        }
        var write = MonitoringWrite()
        addChanges(since: before, to: &write)
        stage(write)
        return value
    }

    /// Documents of what differs: one per bus, and one for archives and replays.
    private func addChanges(since before: EventBuses, to write: inout MonitoringWrite) {
        let old = Dictionary(uniqueKeysWithValues: before.sortedBuses.map { (NameKey($0.name), $0) })
        let new = Dictionary(uniqueKeysWithValues: buses.sortedBuses.map { (NameKey($0.name), $0) })
        for (name, bus) in new.sorted(by: { $0.key < $1.key }) where old[name] != bus {
            write.documents.append(.init(kind: .eventBus, name: name.text, content: bus.json.encoded))
        }
        for name in old.sortedNames where new[name] == nil {
            write.documents.append(.init(kind: .eventBus, name: name, content: nil))
        }
        if before.sortedArchives != buses.sortedArchives || before.sortedReplays != buses.sortedReplays {
            write.documents.append(
                .init(kind: .archive, name: Self.archivesName, content: buses.json.without("Buses").encoded))
        }
    }

    /// All archives and replays are one document.
    static let archivesName = "archives"

    /// Takes buses, archives and replays over from their documents.
    /// - Returns: what is wrong with them.
    mutating func loadBuses(_ documents: [StoredDocument]) -> [String] {
        var problems: [String] = []
        var list: [JSONValue] = []
        var rest = EventBuses(account: scope.account, region: scope.region).json.without("Buses")
        for document in documents {
            guard let json = try? JSONReader.read(document.content) else {
                problems.append("\(document.kind.rawValue) \(document.name) cannot be read and is left alone")
                continue
            }
            if document.kind == .archive {
                rest = json
            } else if (try? EventBus.read(json)) == nil {
                problems.append("\(document.kind.rawValue) \(document.name) cannot be understood and is left alone")
            } else {
                list.append(json)
            }
        }
        guard case .object(let members) = rest,
            let read = try? EventBuses.read(.object(members + [.init("Buses", .array(list))]))
        else { return problems + ["archives and replays cannot be understood and are left alone"] }
        buses = read
        return problems
    }
}

// MARK: Replays

extension MonitoringEngine {
    /// Replays that are to go on.
    var activeReplays: [EventReplay] { buses.sortedReplays.filter(\.state.isActive) }

    /// Sends archived events again, and notes how far the replay is.
    /// - Parameters:
    ///   - events: the next ones of its time range, oldest first, with when each was archived.
    ///   - isEnd: there are no more.
    mutating func replay(_ name: String, _ events: [(event: Event, archivedNs: Int64)], isEnd: Bool, nowNs: Int64) {
        guard let replay = try? buses.replay(name), replay.state.isActive else { return }
        let archive = try? buses.archive(replay.archive)
        let before = buses
        willChangeBuses()
        if replay.state != .cancelling {
            for (event, _) in events where replay.covers(event) && archive?.keeps(event) ?? false {
                var again = event
                again.replayName = name
                // One write each: a page of large events for many targets is more than a write may have.
                var one = MonitoringWrite()
                put(again, id: makeID(), on: replay.bus, to: &one, nowNs: nowNs)
                stage(one)
            }
        }
        var write = MonitoringWrite()
        // A replay that is active can be noted and ended; nothing else is refused.
        if let last = events.last { try? buses.noteReplay(name, lastReplayedNs: last.archivedNs) }
        if archive == nil {
            try? buses.endReplay(name, failure: "the archive \(replay.archive) is gone", nowNs: nowNs)
        } else if isEnd || replay.state == .cancelling {
            try? buses.endReplay(name, nowNs: nowNs)
        }
        addChanges(since: before, to: &write)
        stage(write)
    }
}

extension JSONValue {
    /// An object without one of its members.
    func without(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != name })
    }
}

extension OperationError {
    package init(_ refusal: EventRefusal) { self.init(code: refusal.code, message: refusal.message) }
}
