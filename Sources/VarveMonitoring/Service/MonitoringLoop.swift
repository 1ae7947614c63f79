import VarveBytes
import VarveEvents
import VarveIO
import VarveJSON
import VarveModel
import VarveQuery
import VarveStore

/// The monitoring thread: answers requests, evaluates what is due, stores what changed, hands deliveries to the edge.
final class MonitoringLoop: Sendable {
    private let initial: MonitoringEngine
    private let log: any MonitoringLog
    private let newestNs: Int64
    let store: Store
    private let edge: any DeliveryEdge
    private let evaluates: Bool
    private let inbox: Monitor<MonitoringInbox>
    private let observe: @Sendable ([HistoryRow]) -> Void
    let warn: @Sendable (String) -> Void

    /// Alarms of one step: few enough that a request waits for milliseconds, many enough that reading them together
    /// pays.
    private static let alarmsPerStep = 2_000
    /// Bytes of one write, roughly; a quarter of what the store takes in one batch.
    private static let writeBytesTarget = 8 << 20
    /// Pause before what could not be stored is tried again.
    private static let retryNs = 5 * Nanoseconds.perSecond

    init(
        engine: MonitoringEngine, log: any MonitoringLog, newestNs: Int64, store: Store, edge: any DeliveryEdge,
        evaluates: Bool, inbox: Monitor<MonitoringInbox>, observe: @escaping @Sendable ([HistoryRow]) -> Void,
        warn: @escaping @Sendable (String) -> Void
    ) {
        initial = engine
        self.log = log
        self.newestNs = newestNs
        self.store = store
        self.edge = edge
        self.evaluates = evaluates
        self.inbox = inbox
        self.observe = observe
        self.warn = warn
    }

    /// State of one run; on the monitoring thread only.
    struct Run: Sendable {
        var engine: MonitoringEngine
        var lastWriteNs: Int64
        /// What happened while the store took nothing. Kept, so that it is not lost as long as the process lives.
        var unsaved = UnsavedWrites()
        var retryAtNs = Int64.min
        /// Where replays go on in the archive, by name.
        var replayPlaces: [String: RecordPosition] = [:]
        /// Of metric streams in the middle of a minute.
        var streamSelections = StreamSelections()
        /// Events that alarms on rules of contributors looked at.
        let ruleEvents = EventCounter()
    }

    func run() {
        var run = begin()
        while true {
            let work = wait(run)
            step(work, &run)
            if work.isStopping { break }
        }
    }

    /// What follows from the time in which nothing ran is stored like every other decision; a command that only looks
    /// at a directory leaves that to the server.
    func begin() -> Run {
        var run = Run(engine: initial, lastWriteNs: newestNs)
        if evaluates {
            run.unsaved.add(run.engine.writes)
            tell(run.engine.writes)
            run.engine.commit(nowNs: store.environment.clock.wallNs())
        } else {
            run.engine.discard()
        }
        return run
    }

    /// Answers, decides, stores, sends: one round.
    func step(_ work: MonitoringInbox, _ run: inout Run) {
        answer(work.requests, &run)
        let nowNs = store.environment.clock.wallNs()
        for end in work.finished { run.engine.finish(end.id, end.outcome, nowNs: nowNs) }
        if evaluates {
            run.engine.tick(nowNs: nowNs)
            run.engine.runSchedules(nowNs: nowNs)
            // What is up to date learns first: the newest periods of alarms need its forecasts.
            if !train(&run, nowNs: nowNs) { evaluate(&run, nowNs: nowNs) }
            run.engine.storeModels()
            replay(&run, nowNs: nowNs)
        }
        keep(&run, nowNs: nowNs)
        if evaluates { stream(&run, nowNs: nowNs) }
        if evaluates, !work.isStopping { deliver(&run, nowNs: nowNs) }
    }

    /// What waits, without waiting for it.
    func takeWork() -> MonitoringInbox { inbox.withLock { $0.take() } }
    var hasNoWork: Bool { inbox.withLock { $0.isEmpty } }

    /// Until somebody wants something, or something is due.
    private func wait(_ run: Run) -> MonitoringInbox {
        let nowNs = store.environment.clock.wallNs()
        var times = evaluates ? [run.engine.nextDueNs(nowNs: nowNs)] : []
        if !run.unsaved.isEmpty { times.append(run.retryAtNs) }
        let dueNs = times.compactMap { $0 }.min()
        // A wall clock may jump: it is looked at again after a second.
        let timeoutNs = min(Nanoseconds.perSecond, max(0, (dueNs ?? .max) &- nowNs))
        let taken = inbox.wait(timeoutNs: timeoutNs) { inbox -> MonitoringInbox? in
            inbox.isEmpty ? nil : inbox.take()
        }
        return taken ?? MonitoringInbox()
    }

    // MARK: Requests

    /// Several requests share a write; each is answered after it.
    private func answer(_ requests: [MonitoringInbox.Request], _ run: inout Run) {
        var waiting: [(Monitoring.Answer, JSONValue)] = []
        for request in requests {
            let nowNs = writeNs(&run)
            do throws(OperationError) {
                let hadWrites = run.engine.hasWrites
                let value = try request.work(&run.engine, nowNs)
                if run.engine.hasWrites || hadWrites {
                    waiting.append((request.answer, value))
                } else {
                    request.answer(.success(value))
                }
            } catch {
                request.answer(.failure(error))
            }
            if run.engine.writeByteCount > Self.writeBytesTarget { store(&waiting, &run) }
        }
        store(&waiting, &run)
    }

    private func store(_ waiting: inout [(Monitoring.Answer, JSONValue)], _ run: inout Run) {
        guard run.engine.hasWrites else { return }
        do throws(StoreError) {
            // In the order in which it happened: what waits goes first.
            try saveUnsaved(&run)
            var all = MonitoringWrite()
            for write in run.engine.writes { all.add(write) }
            try log.append(all, nowNs: writeNs(&run))
            tell(run.engine.writes)
            run.engine.commit(nowNs: store.environment.clock.wallNs())
            for (answer, value) in waiting { answer(.success(value)) }
        } catch {
            run.engine.discard()
            for (answer, _) in waiting { answer(.failure(OperationError(error))) }
        }
        waiting = []
    }

    /// Times of what is stored ascend, also when the clock is set back: the newest row of a document is the one that
    /// counts.
    private func writeNs(_ run: inout Run) -> Int64 {
        // What was written under a clock far ahead is newer than the store takes: then time has to catch up.
        let wallNs = store.environment.clock.wallNs()
        let newestNs = store.acceptedTimes().upperBound - Nanoseconds.perMinute
        run.lastWriteNs = max(wallNs, min(run.lastWriteNs + 1, newestNs))
        return run.lastWriteNs
    }

    // MARK: Detectors

    /// Models of one step that learn one period; some ten milliseconds. Sixteen that catch up learn most of a day of
    /// minutes each in one step, which takes less than a tenth of a second.
    private static let trainedPeriodsPerStep = 2_000

    /// Shows detectors what is over.
    /// - Returns: whether models that are up to date had something to learn, and may have more.
    private func train(_ run: inout Run, nowNs: Int64) -> Bool {
        let (due, catchesUp) = run.engine.takeDueTraining(nowNs: nowNs, periodsMax: Self.trainedPeriodsPerStep)
        guard !due.isEmpty else { return false }
        let context = QueryContext(scope: run.engine.scope, nowNs: nowNs, acceptsGaps: true)
        let source = SnapshotMathSource(store.snapshot(), in: context, rules: .service)
        let values = DetectorDataReader(source: source).values(of: due)
        for (training, list) in zip(due, values) { run.engine.learn(training, list, nowNs: nowNs) }
        return !catchesUp
    }

    // MARK: Evaluation

    private func evaluate(_ run: inout Run, nowNs: Int64) {
        let sources = AlarmSources(store: store, scope: run.engine.scope, ruleEvents: run.ruleEvents)
        let due = run.engine.takeDueAlarms(nowNs: nowNs, limit: Self.alarmsPerStep)
        if !due.isEmpty {
            let inputs = sources.inputs(of: due.map(\.watched), nowNs: nowNs)
            for (alarm, input) in zip(due, inputs) { run.engine.evaluate(alarm.name, input, nowNs: nowNs) }
        }
        evaluateRuleAlarms(&run, sources, nowNs: nowNs)
    }

    /// What an evaluation costs beside its events, in events: it reads the rule and finds where its events are.
    private static let eventsPerRuleAlarm = 50

    /// Alarms on rules of contributors share the events of a step: a hundred of them on busy rules keep no other alarm
    /// waiting for longer than a few of them would.
    private func evaluateRuleAlarms(_ run: inout Run, _ sources: AlarmSources, nowNs: Int64) {
        var used = 0
        while used < run.engine.options.alarmEventsPerStep, let due = run.engine.takeDueRuleAlarm(nowNs: nowNs) {
            let before = run.ruleEvents.count
            for input in sources.inputs(of: [due.watched], nowNs: nowNs) {
                run.engine.evaluate(due.name, input, nowNs: nowNs)
            }
            used += run.ruleEvents.count - before + Self.eventsPerRuleAlarm
        }
    }

    /// Sends the next archived events of each replay again. After a restart a replay begins where it was noted to be,
    /// and may send some events once more.
    private func replay(_ run: inout Run, nowNs: Int64) {
        for replay in run.engine.activeReplays {
            do throws(StoreError) {
                let reader = MonitoringReader(store.snapshot(), scope: run.engine.scope)
                let page = try reader.events(of: replay, after: run.replayPlaces[replay.name])
                run.replayPlaces[replay.name] = page.next
                run.engine.replay(replay.name, page.events, isEnd: page.next == nil, nowNs: nowNs)
            } catch {
                warn("replay \(replay.name) ends: \(error)")
                run.engine.replay(replay.name, [], isEnd: true, nowNs: nowNs)
            }
        }
    }

    /// Stores what the engine decided by itself. That counts even if the store takes nothing: an alarm about a full
    /// disk has to be sent while the disk is full. It is stored when that is possible again.
    private func keep(_ run: inout Run, nowNs: Int64) {
        if run.engine.hasWrites {
            let droppedBefore = run.unsaved.droppedCount
            run.unsaved.add(run.engine.writes)
            if run.unsaved.droppedCount > droppedBefore {
                let count = run.unsaved.droppedCount - droppedBefore
                warn("\(count) items of history and events are given up: too much waits")
            }
            tell(run.engine.writes)
            run.engine.commit(nowNs: nowNs)
            run.retryAtNs = .min
        }
        guard !run.unsaved.isEmpty, nowNs >= run.retryAtNs else { return }
        do throws(StoreError) {
            try saveUnsaved(&run)
        } catch {
            run.retryAtNs = nowNs + Self.retryNs
            warn("alarm states cannot be stored, actions are taken nevertheless: \(error)")
        }
    }

    /// Stores what was decided, which counts only then.
    func storeDecisions(_ run: inout Run, nowNs: Int64) throws(StoreError) {
        guard run.engine.hasWrites else { return }
        var all = MonitoringWrite()
        for write in run.engine.writes { all.add(write) }
        try log.append(all, nowNs: writeNs(&run))
        tell(run.engine.writes)
        run.engine.commit(nowNs: nowNs)
    }

    /// Says what happened to alarms to whoever watches.
    private func tell(_ writes: [MonitoringWrite]) {
        let rows = writes.flatMap(\.history)
        if !rows.isEmpty { observe(rows) }
    }

    private func saveUnsaved(_ run: inout Run) throws(StoreError) {
        while let write = run.unsaved.first(byteCount: Self.writeBytesTarget) {
            do throws(StoreError) {
                try log.append(write.merged, nowNs: writeNs(&run))
                run.unsaved.removeFirst(write.count)
            } catch {
                guard error.isForGood else { throw error }
                try saveOne(&run)
            }
        }
    }

    /// The oldest write alone; one that will never be taken is given up, so that it does not hold up all others.
    private func saveOne(_ run: inout Run) throws(StoreError) {
        guard let one = run.unsaved.first(byteCount: 0) else { return }
        do throws(StoreError) {
            try log.append(one.merged, nowNs: writeNs(&run))
        } catch {
            guard error.isForGood else { throw error }
            warn("a change of \(one.merged.documents.map(\.name)) cannot be stored and is given up: \(error)")
        }
        run.unsaved.removeFirst(1)
    }

    // MARK: Deliveries

    private func deliver(_ run: inout Run, nowNs: Int64) {
        for attempt in run.engine.takeDueAttempts(nowNs: nowNs) {
            let id = attempt.delivery.id
            edge.attempt(attempt) { [inbox] outcome in
                inbox.withLock { $0.finished.append(MonitoringInbox.Finished(id: id, outcome: outcome)) }
                inbox.signal()
            }
        }
    }
}

extension StoreError {
    /// The rows themselves are refused, and will be again.
    fileprivate var isForGood: Bool {
        switch self {
        case .recordTooLarge, .timestampOutOfRange, .nameOutOfBounds: true
        default: false
        }
    }
}
