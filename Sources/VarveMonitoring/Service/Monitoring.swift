import Synchronization
import VarveBytes
package import VarveIO
package import VarveJSON
package import VarveModel
package import VarveQuery
package import VarveStore

/// Takes deliveries to the world. Any thread.
package protocol DeliveryEdge: Sendable {
    /// Makes one attempt. Never blocks; `done` runs exactly once, on any thread.
    func attempt(_ attempt: Outbox.Attempt, done: @escaping @Sendable (DeliveryOutcome) -> Void)
}

/// Alarms, events and what they send, on top of a store. Any thread.
///
/// One thread of its own owns the ``MonitoringEngine``, which decides; it reads data from snapshots of the store and
/// writes to the store before anything is answered or sent.
package final class Monitoring: Sendable {
    package typealias Answer = @Sendable (Result<JSONValue, OperationError>) -> Void
    package typealias Work = @Sendable (inout MonitoringEngine, Int64) throws(OperationError) -> JSONValue

    private let inbox = Monitor(MonitoringInbox())
    private let thread = Mutex<DedicatedThread?>(nil)
    let loop: MonitoringLoop
    /// What could not be read when monitoring began.
    package let problems: [String]
    let store: Store
    let scope: Scope
    let options: MonitoringOptions

    /// Reads what was stored. Waits for the disk.
    /// - Parameters:
    ///   - evaluates: whether alarms are evaluated and deliveries made; otherwise definitions are kept only, for a
    ///     command that opens a directory for a moment.
    ///   - observe: is told what happened to alarms, in its order, on the monitoring thread: once that is stored, or at
    ///     once while the store takes nothing. Must not block.
    ///   - warn: is told of what goes wrong later on, on the monitoring thread.
    package init(
        on store: Store, scope: Scope = .default, edge: any DeliveryEdge, evaluates: Bool = true,
        options: MonitoringOptions = MonitoringOptions(),
        observe: @escaping @Sendable ([HistoryRow]) -> Void = { _ in },
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StoreError) {
        self.store = store
        self.scope = scope
        self.options = options
        let log = StoreMonitoringLog(store, scope: scope)
        let nowNs = store.environment.clock.wallNs()
        let contents = try log.load(nowNs: nowNs)
        var engine = MonitoringEngine(
            scope: scope, options: options, random: store.environment.random,
            zones: SystemTimeZones(fileSystem: store.environment.fileSystem).rules)
        problems = contents.problems + engine.load(contents, nowNs: nowNs)
        loop = MonitoringLoop(
            engine: engine, log: log, newestNs: contents.newestNs, store: store, edge: edge, evaluates: evaluates,
            inbox: inbox, observe: observe, warn: warn)
    }

    /// Starts the thread. Once.
    package func start() throws(DiskError) {
        let loop = loop
        let thread = try DedicatedThread.start(name: "varve-alarms") { loop.run() }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread after what was asked for is answered. Deliveries that were not made are in the store. Waits;
    /// idempotent.
    package func stop() {
        inbox.withLock { $0.isStopping = true }
        inbox.broadcast()
        thread.withLock { $0 }?.join()
    }

    /// Runs something on the engine between two steps. `answer` runs once, on the monitoring thread, after everything
    /// it changed is durable.
    package func perform(_ work: @escaping Work, answer: @escaping Answer) {
        let isTaken = inbox.withLock { inbox in
            if inbox.isStopping { return false }
            inbox.requests.append(MonitoringInbox.Request(work: work, answer: answer))
            return true
        }
        if isTaken { inbox.signal() } else { answer(.failure(.stopped)) }
    }

    /// As above, but waits. Not for event loops or the cooperative pool.
    package func performAndWait(_ work: @escaping Work) throws(OperationError) -> JSONValue {
        let result = Monitor<Result<JSONValue, OperationError>?>(nil)
        perform(work) { answer in
            result.withLock { $0 = answer }
            result.broadcast()
        }
        guard let answer = result.wait(until: { $0 }) else { throw .stopped }
        return try answer.get()
    }

    /// The data as they are now, for replays.
    package func snapshot() -> StoreSnapshot { store.snapshot() }

    /// Looks at the engine between two steps and waits for what was seen there. Not for event loops or the cooperative
    /// pool, nor for the monitoring thread itself.
    package func inspect<Value: Sendable>(
        _ body: @escaping @Sendable (MonitoringEngine) -> Value
    ) throws(OperationError) -> Value {
        let seen = Mutex<Value?>(nil)
        _ = try performAndWait { (engine, _) throws(OperationError) in
            let value = body(engine)
            seen.withLock { $0 = value }
            return .null
        }
        guard let value = seen.withLock({ $0 }) else { throw .stopped }
        return value
    }
}

extension Monitoring {
    /// What a detector knows of a series, for ``QueryContext/anomalyModel``. Any thread but the monitoring thread,
    /// which it waits for: some milliseconds.
    package func anomalyModel(of subject: MathSubject, periodNs: Int64) -> KnownAnomalyModel? {
        // One that is stopped knows nothing any more; the query learns by itself then.
        try? inspect { $0.knownModel(of: subject, periodNs: periodNs) }
    }
}

/// What waits for the monitoring thread.
struct MonitoringInbox: Sendable {
    struct Request: Sendable {
        var work: Monitoring.Work
        var answer: Monitoring.Answer
    }

    struct Finished: Sendable {
        var id: UUID16
        var outcome: DeliveryOutcome
    }

    var requests: [Request] = []
    var finished: [Finished] = []
    var isStopping = false

    var isEmpty: Bool { requests.isEmpty && finished.isEmpty && !isStopping }

    /// Everything; what is stopping stays so.
    mutating func take() -> MonitoringInbox {
        defer {
            requests = []
            finished = []
        }
        return self
    }
}
