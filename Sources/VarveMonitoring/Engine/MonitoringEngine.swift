package import VarveAlarms
import VarveBytes
package import VarveEvents
package import VarveIO
import VarveJSON
package import VarveModel

/// Everything that monitoring knows, and what it decides: alarms, topics, event rules, deliveries. Reads no clock, no
/// data and no disk: functions take the time and what was read, and stage what changes. ``commit(nowNs:)`` follows once
/// that is stored, ``discard()`` when it cannot be.
package struct MonitoringEngine: Sendable {
    package let scope: Scope
    package let options: MonitoringOptions
    let random: any RandomSource
    /// Time zones by name.
    let zones: @Sendable (String) -> TimeZoneRules?

    package var alarms = StagedTable<Alarm>()
    package var topics = StagedTable<Topic>()
    package var dashboards = StagedTable<Dashboard>()
    package var metricStreams = StagedTable<MetricStream>()
    package var streamProgress = StagedTable<StreamProgress>()
    /// No stream is sent before; after something could not be stored.
    var streamsPauseUntilNs = Int64.min
    /// The same for single ones, whose data cannot be read, by name.
    var streamPauses: [String: Int64] = [:]
    package var enrichments = StagedTable<OTelEnrichment>()
    package var savedQueries = StagedTable<SavedQuery>()
    package var resourceMetrics = StagedTable<ResourceMetrics>()
    package var muteRules = StagedTable<MuteRule>()
    package var insightRules = StagedTable<InsightRule>()
    package var detectors = StagedTable<AnomalyDetector>()
    /// What detectors have learnt; no part of what is staged.
    var models = DetectorModels()
    package var graph = CompositeGraph()
    /// What composite alarms named before the first staged change.
    private var durableLinks: [NameKey: CompositeGraph.Links?] = [:]
    package var buses: EventBuses
    private var durableBuses: EventBuses?
    package private(set) var outbox = Outbox()

    var schedule = EvaluationSchedule()
    /// Questions of metric alarms, by name. As in ``alarms`` after the last commit.
    private(set) var watched: [NameKey: WatchedAlarm] = [:]
    /// Metric alarms by the documents of the detectors that they compute with.
    private(set) var alarmsByDetector: [String: Set<NameKey>] = [:]
    /// Alarms with Metrics Insights queries: stored, and staged.
    private var insightsAlarms: Set<NameKey> = []
    private var stagedInsightsAlarms: Set<NameKey> = []
    /// Names of mute rules by the alarms that they name; some may have changed since, so each is looked at.
    var muteRulesByAlarm: [NameKey: Set<NameKey>] = [:]
    /// The latest time of ``tick(nowNs:)``.
    private var latestTickNs: Int64?
    /// Alarms that are due, and wait for a detector that still catches up with the data.
    var waitingForModels: Set<NameKey> = []
    /// Those among them whose models have learnt, or are others, since they were looked at.
    var modelsChangedFor: Set<NameKey> = []
    /// Alarms on rules of contributors that are due, the first first: see ``takeDueRuleAlarm(nowNs:)``.
    var ruleAlarms = AlarmQueue()
    /// When alarms have something to do besides evaluation.
    private(set) var ticks: [NameKey: Int64] = [:]
    /// When mute rules open or close next, by name.
    private(set) var muteTicks: [NameKey: Int64] = [:]

    /// Staged, one decision each.
    package private(set) var writes: [MonitoringWrite] = []
    package private(set) var writeByteCount = 0

    package init(
        scope: Scope, options: MonitoringOptions, random: any RandomSource,
        zones: @escaping @Sendable (String) -> TimeZoneRules? = { $0 == "UTC" ? .utc : nil }
    ) {
        self.zones = zones
        self.scope = scope
        self.options = options
        self.random = random
        buses = EventBuses(account: scope.account, region: scope.region)
    }

    package var hasWrites: Bool { !writes.isEmpty }

    /// Takes over what was stored.
    /// - Returns: what cannot be understood; it is left where it is.
    mutating func load(_ contents: MonitoringContents, nowNs: Int64) -> [String] {
        var problems: [String] = []
        let ofEvents: Set<DocumentKind> = [.eventBus, .archive]
        problems += loadBuses(contents.documents.filter { ofEvents.contains($0.kind) })
        for document in contents.documents where !ofEvents.contains(document.kind) && !load(document) {
            problems.append("\(document.kind.rawValue) \(document.name) cannot be read and is left alone")
        }
        for delivery in contents.deliveries where delivery.endNs > nowNs { outbox.add(delivery, isRecovered: true) }
        for delivery in contents.deliveries where delivery.endNs <= nowNs { giveUp(delivery, nowNs: nowNs) }
        let states = contents.documents.filter { $0.kind == .anomalyModel }.map { ($0.name, $0.content) }
        problems += beginModels(Dictionary(states) { $1 }, nowNs: nowNs)
        for alarm in alarms.durable.values { enter(alarm, nowNs: nowNs) }
        for rule in muteRules.durable.values { indexMute(rule) }
        for rule in muteRules.durable.values {
            noteMuteTick(of: rule, nowNs: nowNs)
            for alarm in rule.alarmNames { updateMute(of: alarm, nowNs: nowNs) }
        }
        recoverComposites(alarms.durable.sortedNames, nowNs: nowNs)
        beginStreams(nowNs: nowNs)
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
        case .dashboard:
            guard let dashboard = Dashboard(document.content) else { return false }
            dashboards.load(document.name, dashboard)
        case .metricStream, .metricStreamProgress, .otelEnrichment, .savedQuery, .resourceMetrics:
            return loadExport(document)
        case .muteRule:
            guard let json = try? JSONReader.read(document.content), let rule = try? MuteRule(json, zones: zones) else {
                return false
            }
            muteRules.load(document.name, rule)
        case .anomalyDetector:
            guard let detector = AnomalyDetector(document.content, zones: zones) else { return false }
            detectors.load(document.name, detector)
        case .insightRule:
            guard let rule = InsightRule(name: document.name, document.content, scope: scope) else { return false }
            insightRules.load(document.name, rule)
        case .anomalyModel:
            // Read once all detectors are known.
            return true
        case .eventBus, .archive:
            return false
        }
        return true
    }

    /// A delivery whose time passed while nothing ran.
    private mutating func giveUp(_ delivery: Delivery, nowNs: Int64) {
        let end = Outbox.Settled(
            delivery: delivery, attempts: 0, failure: "no server ran for as long as it is tried")
        var write = MonitoringWrite()
        write.settled = [end]
        if let row = end.historyRow(nowNs: nowNs) { write.history = [row] }
        stage(write)
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
    mutating func willChangeGraph(of name: String) {
        let key = NameKey(name)
        if durableLinks[key] == nil { durableLinks[key] = .some(graph.links(of: name)) }
    }

    /// The same for ``buses``.
    mutating func willChangeBuses() {
        if durableBuses == nil { durableBuses = buses }
    }

    /// What was staged is stored: deliveries begin and end, alarms are due by their new definitions.
    package mutating func commit(nowNs: Int64) {
        for write in writes {
            for delivery in write.deliveries { outbox.add(delivery) }
            for end in write.settled { outbox.remove(end.delivery.id) }
        }
        for change in detectors.commit() {
            enter(change.after, before: change.before, name: change.name, nowNs: nowNs)
        }
        for change in alarms.commit() {
            if let alarm = change.after { enter(alarm, nowNs: nowNs) } else { leave(change.name) }
        }
        topics.commit()
        dashboards.commit()
        commitExports()
        insightRules.commit()
        for change in muteRules.commit() {
            if let rule = change.after { noteMuteTick(of: rule, nowNs: nowNs) } else { muteTicks[change.name] = nil }
            forgetMute(change.before, after: change.after)
        }
        durableLinks = [:]
        durableBuses = nil
        stagedInsightsAlarms = []
        writes = []
        writeByteCount = 0
    }

    /// Forgets what was staged.
    package mutating func discard() {
        alarms.discard()
        detectors.discard()
        topics.discard()
        dashboards.discard()
        discardExports()
        insightRules.discard()
        muteRules.discard()
        for (name, links) in durableLinks { graph.restore(name, links) }
        if let durableBuses { buses = durableBuses }
        durableLinks = [:]
        durableBuses = nil
        stagedInsightsAlarms = []
        writes = []
        writeByteCount = 0
    }

    /// Checks the limit of alarms with Metrics Insights queries before one is staged. O(staged ones).
    mutating func noteInsights(_ definition: MetricAlarmDefinition) throws(AlarmRefusal) {
        guard definition.usesInsights, !insightsAlarms.contains(definition.name) else { return }
        let count = insightsAlarms.union(stagedInsightsAlarms).subtracting([NameKey(definition.name)]).count
        guard count < options.insightsAlarmsMax else {
            throw .limit("The maximum of \(options.insightsAlarmsMax) alarms on Metrics Insights queries is reached")
        }
        stagedInsightsAlarms.insert(definition.name)
    }

    private mutating func enter(_ alarm: Alarm, nowNs: Int64) {
        ticks[alarm.name] = alarm.nextTickNs
        guard case .metric(let definition) = alarm.definition else { return }
        if watched[alarm.name]?.definition != definition {
            let question = WatchedAlarm(definition, zones: zones)
            forgetBands(of: alarm.name)
            watched[alarm.name] = question
            for use in question.bands { alarmsByDetector[use.documentName, default: []].insert(alarm.name) }
            remember(question)
            if definition.usesInsights { insightsAlarms.insert(alarm.name) } else { insightsAlarms.remove(alarm.name) }
            schedule.add(alarm.name, cadenceNs: definition.cadenceNs, nowNs: nowNs)
        }
    }

    mutating func noteMuteTick(of rule: MuteRule, nowNs: Int64) {
        muteTicks[rule.name] = rule.nextChange(afterNs: nowNs)
    }

    private mutating func forgetBands(of name: String) {
        for use in watched[name]?.bands ?? [] {
            alarmsByDetector[use.documentName]?.remove(name)
            if alarmsByDetector[use.documentName]?.isEmpty == true { alarmsByDetector[use.documentName] = nil }
        }
    }

    /// The clock was set back: pauses keep their lengths, and what opens and closes at times of the day is looked at
    /// anew. O(deliveries in pauses + mute rules).
    mutating func noteClock(nowNs: Int64) {
        defer { latestTickNs = nowNs }
        // Less than a second is how clocks are kept in step.
        guard let latestTickNs, nowNs < latestTickNs - Nanoseconds.perSecond else { return }
        outbox.shiftPauses(byNs: nowNs - latestTickNs)
        streamsPauseUntilNs = .min
        streamPauses = [:]
        for rule in muteRules.durable.values {
            noteMuteTick(of: rule, nowNs: nowNs)
            for alarm in rule.alarmNames { updateMute(of: alarm, nowNs: nowNs) }
        }
        beginModelsAhead(nowNs: nowNs)
    }

    private mutating func leave(_ name: String) {
        forgetBands(of: name)
        watched[name] = nil
        waitingForModels.remove(name)
        ruleAlarms.remove(name)
        insightsAlarms.remove(name)
        ticks[name] = nil
        schedule.remove(name)
    }

    // MARK: Deliveries

    /// Makes a delivery part of a decision. Where too much waits already it is over at once, with a line in the alarm's
    /// history: what nobody takes must not fill the memory.
    mutating func deliver(_ delivery: Delivery, in write: inout MonitoringWrite, nowNs: Int64) {
        if outbox.hasRoom(for: delivery, byteCountMax: options.outboxBytesMax) {
            write.deliveries.append(delivery)
            return
        }
        let end = Outbox.Settled(
            delivery: delivery, attempts: 0,
            failure: "too much waits to be delivered: \(outbox.byteCount >> 20) MiB")
        write.settled.append(end)
        if let row = end.historyRow(nowNs: nowNs) { write.history.append(row) }
    }

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
        if !activeReplays.isEmpty || !ruleAlarms.isEmpty { return nowNs }
        return [
            schedule.nextDueNs(nowNs: nowNs), ticks.values.min(), muteTicks.values.min(),
            models.nextDueNs(nowNs: nowNs), outbox.nextDueNs(nowNs: nowNs), buses.nextScheduleNs,
            nextStreamNs(nowNs: nowNs),
        ].compactMap { $0 }.min()
    }
}
