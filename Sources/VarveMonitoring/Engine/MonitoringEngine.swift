package import VarveAlarms
import VarveBytes
import VarveEvents
package import VarveIO
import VarveJSON
package import VarveModel

/// Everything that monitoring knows, and what it decides: alarms, topics, event rules, deliveries. Reads no clock, no
/// data and no disk: functions take the time and what was read, and stage what changes. ``commit(nowNs:)`` follows once
/// that is stored, ``discard()`` when it cannot be.
package struct MonitoringEngine: Sendable {
    package let scope: Scope
    package let options: MonitoringOptions
    private let random: any RandomSource

    package var alarms = StagedTable<Alarm>()
    package var topics = StagedTable<Topic>()
    package var graph = CompositeGraph()
    /// As it was before the first staged change; nil without any.
    private var durableGraph: CompositeGraph?
    package private(set) var outbox = Outbox()

    var schedule = EvaluationSchedule()
    /// Questions of metric alarms, by name. As in ``alarms`` after the last commit.
    private(set) var watched: [String: WatchedAlarm] = [:]
    /// When alarms have something to do besides evaluation.
    private(set) var ticks: [String: Int64] = [:]

    /// Staged, one decision each.
    package private(set) var writes: [MonitoringWrite] = []
    package private(set) var writeByteCount = 0

    package init(scope: Scope, options: MonitoringOptions, random: any RandomSource) {
        self.scope = scope
        self.options = options
        self.random = random
    }

    package var hasWrites: Bool { !writes.isEmpty }

    /// Takes over what was stored.
    /// - Returns: what cannot be understood; it is left where it is.
    mutating func load(_ contents: MonitoringContents, nowNs: Int64) -> [String] {
        var problems: [String] = []
        for document in contents.documents where !load(document) {
            problems.append("\(document.kind.rawValue) \(document.name) cannot be read and is left alone")
        }
        for delivery in contents.deliveries { outbox.add(delivery, isRecovered: true) }
        for alarm in alarms.durable.values { enter(alarm, nowNs: nowNs) }
        recoverComposites(nowNs: nowNs)
        return problems
    }

    private mutating func load(_ document: StoredDocument) -> Bool {
        switch document.kind {
        case .alarm:
            guard let alarm = try? Alarm.decode(document.content) else { return false }
            alarms.load(document.name, alarm)
            if case .composite(let definition) = alarm.definition { graph.set(definition) }
        case .topic:
            guard let json = try? JSONReader.read(document.content), let topic = Topic(json) else { return false }
            topics.load(document.name, topic)
        case .muteRule, .anomalyDetector, .eventRule, .eventBus, .archive, .replay:
            return false
        }
        return true
    }

    /// A random identifier.
    mutating func makeID() -> UUID16 { UUID16(high: random.next(), low: random.next()) }

    // MARK: Staging

    /// Adds a decision to what is to be stored.
    mutating func stage(_ write: MonitoringWrite) {
        guard !write.isEmpty else { return }
        writes.append(write)
        writeByteCount += write.byteCount
    }

    /// For changes of ``graph``: remembers how it was.
    mutating func willChangeGraph() {
        if durableGraph == nil { durableGraph = graph }
    }

    /// What was staged is stored: deliveries begin and end, alarms are due by their new definitions.
    package mutating func commit(nowNs: Int64) {
        for write in writes {
            for delivery in write.deliveries { outbox.add(delivery) }
            for end in write.settled { outbox.remove(end.delivery.id) }
        }
        for change in alarms.commit() {
            if let alarm = change.after { enter(alarm, nowNs: nowNs) } else { leave(change.name) }
        }
        topics.commit()
        durableGraph = nil
        writes = []
        writeByteCount = 0
    }

    /// Forgets what was staged.
    package mutating func discard() {
        alarms.discard()
        topics.discard()
        if let durableGraph { graph = durableGraph }
        durableGraph = nil
        writes = []
        writeByteCount = 0
    }

    private mutating func enter(_ alarm: Alarm, nowNs: Int64) {
        ticks[alarm.name] = alarm.nextTickNs
        guard case .metric(let definition) = alarm.definition else { return }
        if watched[alarm.name]?.definition != definition {
            watched[alarm.name] = WatchedAlarm(definition)
            schedule.add(alarm.name, cadenceNs: definition.cadenceNs, nowNs: nowNs)
        }
    }

    private mutating func leave(_ name: String) {
        watched[name] = nil
        ticks[name] = nil
        schedule.remove(name)
    }

    // MARK: Deliveries

    /// Attempts to be made now.
    mutating func takeDueAttempts(nowNs: Int64) -> [Outbox.Attempt] { outbox.takeDue(nowNs: nowNs) }

    /// Takes the end of an attempt; stages what is over, with the history of the alarm it came from.
    mutating func finish(_ id: UUID16, _ outcome: DeliveryOutcome, nowNs: Int64) {
        guard let end = outbox.finish(id, outcome, nowNs: nowNs) else { return }
        var write = MonitoringWrite()
        write.settled = [end]
        if let row = end.historyRow(nowNs: nowNs) { write.history = [row] }
        stage(write)
    }

    /// When something is due by itself; nil when only somebody's request or an answer can change anything.
    func nextDueNs(nowNs: Int64) -> Int64? {
        [schedule.nextDueNs(nowNs: nowNs), ticks.values.min(), outbox.nextDueNs(nowNs: nowNs)].compactMap { $0 }.min()
    }
}
