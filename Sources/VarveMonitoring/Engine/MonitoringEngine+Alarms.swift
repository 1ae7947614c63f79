import VarveAlarms
import VarveBytes
import VarveEvents
import VarveJSON
import VarveModel

// What happens to alarms.
extension MonitoringEngine {
    /// An alarm that is due.
    struct DueAlarm: Sendable {
        var name: String
        var watched: WatchedAlarm
    }

    /// Alarms that are due. Those on rules of contributors are not among them: they are put where
    /// ``takeDueRuleAlarm(nowNs:)`` takes them from.
    mutating func takeDueAlarms(nowNs: Int64, limit: Int) -> [DueAlarm] {
        var due: [DueAlarm] = []
        // Not all that wait: while many models catch up, these would be looked at in every step.
        let changed = modelsChangedFor.intersection(waitingForModels)
        modelsChangedFor = []
        for name in changed { add(name.text, to: &due, nowNs: nowNs) }
        for name in schedule.takeDue(nowNs: nowNs, limit: limit) where !changed.contains(name) {
            add(name, to: &due, nowNs: nowNs)
        }
        return due
    }

    private mutating func add(_ name: String, to due: inout [DueAlarm], nowNs: Int64) {
        guard var alarm = watched[name] else { return }
        guard addBands(to: &alarm, nowNs: nowNs) else {
            waitingForModels.insert(name)
            return
        }
        waitingForModels.remove(name)
        if alarm.readsRules { ruleAlarms.add(name) } else { due.append(DueAlarm(name: name, watched: alarm)) }
    }

    /// The alarm on rules of contributors that has waited longest. One that is due again while it waits is evaluated
    /// once for both, so that all get their turn, however long the events of some take to read.
    mutating func takeDueRuleAlarm(nowNs: Int64) -> DueAlarm? {
        while let name = ruleAlarms.takeFirst() {
            guard var alarm = watched[name] else { continue }
            if addBands(to: &alarm, nowNs: nowNs) { return DueAlarm(name: name, watched: alarm) }
            waitingForModels.insert(name)
        }
        return nil
    }

    /// Decides on the data of a due alarm; one that is gone meanwhile is passed over.
    mutating func evaluate(_ name: String, _ input: AlarmInput, nowNs: Int64) {
        guard var alarm = alarms[name] else { return }
        let before = alarm
        let effects = alarm.evaluate(input, nowNs: nowNs)
        stage(alarm, before: before, effects, nowNs: nowNs)
    }

    /// Ends periods of suppression and mute windows, and repeats what is to be repeated.
    mutating func tick(nowNs: Int64) {
        noteClock(nowNs: nowNs)
        tickMuteRules(nowNs: nowNs)
        for (name, dueNs) in ticks where dueNs <= nowNs {
            guard var alarm = alarms[name.text] else { continue }
            let before = alarm
            let effects = alarm.tick(nowNs: nowNs)
            stage(alarm, before: before, effects, nowNs: nowNs)
        }
    }

    /// What children did that composite alarms were not told of: the process ended in between.
    mutating func recoverComposites(_ names: [String], nowNs: Int64) {
        for name in names {
            // Those before it, and mute rules, may have changed it already.
            guard var alarm = alarms[name], case .composite = alarm.definition, !graph.cyclic.contains(name) else {
                continue
            }
            let before = alarm
            let effects = alarm.recover(nowNs: nowNs) { alarms[$0]?.standing }
            stage(alarm, before: before, effects, nowNs: nowNs)
        }
    }

    /// Stages an alarm as one decision with everything that follows from it: composite alarms that name it change in
    /// the same write.
    mutating func stage(_ alarm: Alarm, before: Alarm?, _ effects: [AlarmEffect], nowNs: Int64) {
        guard alarm != before else { return }
        var write = MonitoringWrite()
        var changed: [String] = []
        var seen: Set<NameKey> = []
        alarms[alarm.name] = alarm
        var open = [(alarm: alarm, before: before, effects: effects)][...]
        // Members of circles are never told, so this ends.
        while let (alarm, before, effects) = open.popFirst() {
            if seen.insert(NameKey(alarm.name)).inserted { changed.append(alarm.name) }
            for effect in effects { add(effect, to: &write, nowNs: nowNs) }
            guard alarm.state != before?.state else { continue }
            for parent in graph.parents(of: alarm.name) {
                guard var composite = alarms[parent] else { continue }
                let old = composite
                let effects = composite.childChanged(alarm.name, nowNs: nowNs) { alarms[$0]?.standing }
                guard composite != old else { continue }
                // At once: it may be told of another child before its turn comes.
                alarms[parent] = composite
                open.append((composite, old, effects))
            }
        }
        for name in changed {
            write.documents.append(.init(kind: .alarm, name: name, content: alarms[name]?.encode()))
        }
        stage(write)
    }

    /// Adds what follows from a change of an alarm to its write.
    mutating func add(_ effect: AlarmEffect, to write: inout MonitoringWrite, nowNs: Int64) {
        switch effect {
        case .history(let item): write.history.append(HistoryRow(item))
        case .event(let event): add(event, to: &write, nowNs: nowNs)
        case .action(let action): run(action, &write, nowNs: nowNs)
        }
    }

    private mutating func add(_ event: AlarmEvent, to write: inout MonitoringWrite, nowNs: Int64) {
        let id = makeID()
        let event = Event(
            id: id.grouped, detailType: event.detailType, source: "aws.cloudwatch", account: scope.account,
            timeNs: event.timeNs, region: scope.region, resources: event.resources, detail: event.detail.json)
        put(event, id: id, on: EventNames.defaultBus, to: &write, nowNs: nowNs)
    }

    /// One delivery for each receiver of the action's target. A topic without subscriptions has the message, and nobody
    /// reads it: that is a success, as in the notification service.
    private mutating func run(_ action: AlarmAction, _ write: inout MonitoringWrite, nowNs: Int64) {
        let record = ActionRecord(action)
        guard let name = topicName(ofARN: action.target), let topic = topics[name] else {
            let isFunction = ActionKind(action.target) == .function
            let delivery = Delivery(
                id: makeID(), target: action.target, endpoint: action.target, subject: action.subject,
                body: Array((isFunction ? action.functionPayload : action.message).utf8), createdNs: nowNs,
                action: record)
            return deliver(delivery, in: &write, nowNs: nowNs)
        }
        let notification = Notification(subject: action.subject, message: action.message, timeNs: nowNs)
        let deliveries = deliveries(of: notification, to: topic).map { delivery in
            var delivery = delivery
            delivery.action = record
            return delivery
        }
        for delivery in deliveries { deliver(delivery, in: &write, nowNs: nowNs) }
        if deliveries.isEmpty {
            write.history.append(HistoryRow(record.historyItem(.succeeded, message: action.message, nowNs: nowNs)))
        }
    }
}

extension HistoryRow {
    init(_ item: HistoryItem) {
        let attributes = item.contributorAttributes.map { JSONMember($0.name, .string($0.value)) }
        self.init(
            alarm: item.alarmName, alarmType: item.alarmType.rawValue, timestamp: item.timestampNs,
            type: item.type.rawValue, summary: item.summary, data: item.data, contributor: item.contributorID,
            contributorAttributes: attributes.isEmpty
                ? nil : String(decoding: JSONValue.object(attributes).encoded, as: UTF8.self))
    }
}

extension Outbox.Settled {
    /// What the alarm's history says of it; nil for what no alarm sent.
    func historyRow(nowNs: Int64) -> HistoryRow? {
        guard let action = delivery.action else { return nil }
        let outcome: AlarmAction.Outcome = failure.map { .failed(error: $0) } ?? .succeeded
        let message = String(decoding: delivery.body, as: UTF8.self)
        return HistoryRow(action.historyItem(outcome, message: message, nowNs: nowNs))
    }
}
