import VarveAlarms
import VarveIO
import VarveJSON
import VarveModel
package import VarveMonitoring
import VarveQuery
package import VarveStore

/// The alarms of a ``Database``: what CloudWatch calls metric alarms and composite alarms, evaluated inside this
/// process.
///
///     let alarms = try database.alarms(Alarms.Options { notification in
///         print(notification.subject)
///         return .delivered
///     })
///     try alarms.put(MetricAlarm("slow", on: "latency", in: "Shop", .percentile(99), .greater, than: 250))
///     for await change in alarms.changes() { print(change.alarm, change.from, "→", change.to) }
///
/// Definitions, states, history and what is still to be delivered are in the database and survive restarts and crashes.
/// One thread evaluates: every minute, ten seconds after its end; alarms of shorter periods every ten seconds. How is
/// said in `Docs/Alarms.md`. Any thread may call any method. They wait for that thread, and those that change something
/// for one sync of the disk; tasks use the `async` forms.
public final class Alarms: Sendable {
    /// What is behind, for this package.
    package let monitoring: Monitoring
    private let watchers: AlarmWatchers

    package init(on store: Store, _ options: Options) throws(DatabaseError) {
        if options.evaluates, let reason = store.readOnlyReason {
            throw DatabaseError(
                .readOnly, "the states of alarms cannot be stored: \(reason)",
                advice: "open it for writing, or only look at the alarms (evaluates: false)")
        }
        let (watchers, warn) = (AlarmWatchers(), options.warn)
        self.watchers = watchers
        do throws(StoreError) {
            monitoring = try Monitoring(
                on: store, edge: NotificationEdge(deliver: options.deliver), evaluates: options.evaluates,
                observe: { watchers.tell($0) }, warn: { warn?($0) })
        } catch {
            throw DatabaseError(error)
        }
        for problem in monitoring.problems { warn?(problem) }
        do throws(DiskError) { try monitoring.start() } catch { throw DatabaseError(error) }
    }

    /// Ends evaluation and every sequence of ``changes()`` after what was asked for is answered. What was not delivered
    /// yet is delivered after the next start. Waits; ``Database/close()`` does the same; a second time does nothing.
    public func stop() {
        monitoring.stop()
        watchers.end()
    }

    // MARK: Definitions

    /// Makes an alarm, or puts a definition in place of the one with its name; the state stays. The same definition
    /// again changes nothing.
    /// - Throws: ``DatabaseError/Code/invalidAlarm``, ``DatabaseError/Code/invalidStatistic``,
    ///   ``DatabaseError/Code/limitExceeded`` (200 000 alarms), ``DatabaseError/Code/disk``,
    ///   ``DatabaseError/Code/closed``; then nothing has changed.
    public func put(_ alarm: MetricAlarm) throws(DatabaseError) { try put(alarm.document()) }

    /// As above, from JSON as `aws cloudwatch put-metric-alarm --cli-input-json` takes it, or `put-composite-alarm`
    /// when it has an `AlarmRule`: expressions, Metrics Insights queries, anomaly bands and rules over other alarms.
    /// - Throws: as ``put(_:)``.
    public func put(json: String) throws(DatabaseError) { try put(Self.read(json)) }

    private func put(_ document: JSONValue) throws(DatabaseError) {
        let isComposite = document["AlarmRule"] != nil
        _ = try perform(isComposite ? "PutCompositeAlarm" : "PutMetricAlarm", document)
    }

    /// The definition of an alarm, as ``put(json:)`` takes it.
    /// - Throws: ``DatabaseError/Code/unknownAlarm``, ``DatabaseError/Code/closed``.
    public func definition(of name: String) throws(DatabaseError) -> String {
        let found = try inspect { $0.alarms[name]?.definition.json.encoded }
        guard let found else { throw .unknownAlarm(name) }
        return String(decoding: found, as: UTF8.self)
    }

    /// Removes alarms, all or none, with one sync. Their history stays. Names that do not exist are passed over.
    /// - Throws: ``DatabaseError/Code/invalidAlarm`` while a composite alarm that is not removed names one of them,
    ///   ``DatabaseError/Code/disk``, ``DatabaseError/Code/closed``; then nothing has changed.
    public func remove(_ names: [String]) throws(DatabaseError) {
        _ = try perform("DeleteAlarms", .object([.init("AlarmNames", .array(names.map { .string($0) }))]))
    }

    // MARK: States

    /// An alarm as it is now; nil when there is none of this name. O(1).
    /// - Throws: ``DatabaseError/Code/closed``.
    public func status(of name: String) throws(DatabaseError) -> Status? {
        try inspect { $0.alarms[name].map { Status($0) } }
    }

    /// All alarms as they are now, by name in the order of their Unicode scalars. O(alarms × log alarms).
    /// - Parameter state: only those in this state.
    /// - Throws: ``DatabaseError/Code/closed``.
    public func statuses(in state: State? = nil) throws(DatabaseError) -> [Status] {
        try inspect { engine in
            engine.alarms.current.values.lazy.map { Status($0) }.filter { state == nil || $0.state == state }
                .sorted { $0.name < $1.name }
        }
    }

    /// Puts an alarm into a state by hand, with everything that follows: history, actions, composite alarms. The next
    /// evaluation decides anew.
    /// - Throws: ``DatabaseError/Code/unknownAlarm``, ``DatabaseError/Code/invalidAlarm`` for a reason of more than
    ///   1 023 characters, ``DatabaseError/Code/disk``, ``DatabaseError/Code/closed``.
    public func setState(of name: String, to state: State, reason: String) throws(DatabaseError) {
        _ = try perform(
            "SetAlarmState",
            .object([
                .init("AlarmName", .string(name)), .init("StateValue", .string(state.rawValue)),
                .init("StateReason", .string(reason)),
            ]))
    }

    /// Changes of state from now on, of all alarms, in the order in which they happen; ends with ``stop()``.
    ///
    /// A change is told once it is durable (or at once while the disk takes nothing, as actions are taken then). Each
    /// call gives a sequence of its own, for one task. A task that is more than 4 096 changes behind loses the oldest;
    /// ``history(of:over:limit:)`` has all of them.
    public func changes() -> AsyncStream<Change> { watchers.watch() }

    // MARK: Looking back

    /// What happened to an alarm, or to all of them, newest first. O(items of the range, up to the limit).
    /// - Parameters:
    ///   - name: exact; an alarm that was removed still has its history. nil: all alarms.
    ///   - range: nanoseconds since 1970; nil: as long as anything is kept.
    ///   - limit: items at most, 1 to 100 000.
    /// - Throws: ``DatabaseError/Code/invalidAlarm`` for another limit, ``DatabaseError/Code/corrupt``,
    ///   ``DatabaseError/Code/disk``, ``DatabaseError/Code/closed``.
    public func history(
        of name: String? = nil, over range: Range<Int64>? = nil, limit: Int = 100
    ) throws(DatabaseError) -> [HistoryItem] {
        guard (1...Self.historyLimitMax).contains(limit) else {
            throw DatabaseError(
                .invalidAlarm, "\(limit) items of history", advice: "ask for 1 to \(Self.historyLimitMax)")
        }
        let times = TimeRange(start: range?.lowerBound ?? .min, end: range?.upperBound ?? .max)
        do throws(OperationError) {
            return try monitoring.history(of: name, in: times, limit: limit).map { HistoryItem($0) }
        } catch {
            throw DatabaseError(error)
        }
    }

    private static let historyLimitMax = 100_000

    /// Replays definitions over stored data: the same evaluation as at night, under simulated time. Nothing is stored
    /// or sent, and the alarms that are defined do not matter.
    ///
    /// Works on the calling thread. O(evaluations, and samples of the range); a month of one alarm on minutes takes
    /// about a second.
    /// - Parameters:
    ///   - definitions: 1 to 1 000, as ``put(json:)`` takes them; composite alarms after those that they name.
    ///   - range: nanoseconds since 1970.
    /// - Returns: one element for each alarm, by name.
    /// - Throws: ``DatabaseError/Code/invalidAlarm`` for a definition that is refused, an empty range, or more than
    ///   5 256 000 evaluations; ``DatabaseError/Code/cancelled``, ``DatabaseError/Code/corrupt``,
    ///   ``DatabaseError/Code/disk``.
    public func backtest(
        _ definitions: [String], over range: Range<Int64>, cancellation: QueryCancellation? = nil
    ) throws(DatabaseError) -> [Replay] {
        guard (1...Self.definitionsMax).contains(definitions.count) else {
            throw DatabaseError(
                .invalidAlarm, "\(definitions.count) definitions", advice: "replay 1 to \(Self.definitionsMax)")
        }
        var documents: [JSONValue] = []
        for definition in definitions { documents.append(try Self.read(definition)) }
        let times = TimeRange(start: range.lowerBound, end: range.upperBound)
        let isCancelled = { cancellation?.flag.isRaised == true }
        do throws(OperationError) {
            var backtest = try monitoring.backtest(documents, over: times)
            let reports = try backtest.run(on: monitoring.snapshot()) { _ in !isCancelled() }
            if !isCancelled() { return reports.map { Replay($0) } }
        } catch {
            throw DatabaseError(error)
        }
        throw DatabaseError(.cancelled, "cancelled")
    }

    private static let definitionsMax = 1_000

    // MARK: Everything else

    /// Runs any operation on alarms, mute rules, anomaly detectors, topics, event buses and dashboards by its
    /// CloudWatch or EventBridge name, such as `PutAlarmMuteRule` or `DescribeAnomalyDetectors`: JSON in and out as the
    /// AWS CLI has it.
    /// - Throws: ``DatabaseError/Code/invalidAlarm``, ``DatabaseError/Code/unknownAlarm``,
    ///   ``DatabaseError/Code/limitExceeded``, ``DatabaseError/Code/disk``, ``DatabaseError/Code/closed``.
    public func perform(_ operation: String, json: String = "{}") throws(DatabaseError) -> String {
        String(decoding: try perform(operation, Self.read(json)).encoded, as: UTF8.self)
    }

    private func perform(_ operation: String, _ input: JSONValue) throws(DatabaseError) -> JSONValue {
        do throws(OperationError) {
            return try monitoring.perform(operation, input)
        } catch {
            throw DatabaseError(error)
        }
    }

    private func inspect<Value: Sendable>(
        _ body: @escaping @Sendable (MonitoringEngine) -> Value
    ) throws(DatabaseError) -> Value {
        do throws(OperationError) { return try monitoring.inspect(body) } catch { throw DatabaseError(error) }
    }

    private static func read(_ json: String) throws(DatabaseError) -> JSONValue {
        do throws(JSONError) {
            return try JSONReader.read(Array(json.utf8))
        } catch {
            throw DatabaseError(.invalidAlarm, error.description, advice: "see Docs/Alarms.md for definitions")
        }
    }
}

// MARK: - Tasks

extension Alarms {
    /// As the form that waits; the task is suspended meanwhile.
    public func put(_ alarm: MetricAlarm) async throws(DatabaseError) {
        try await DetachedQuery.wait { () throws(DatabaseError) in try self.put(alarm) }
    }

    /// As the form that waits; the task is suspended meanwhile.
    public func put(json: String) async throws(DatabaseError) {
        try await DetachedQuery.wait { () throws(DatabaseError) in try self.put(json: json) }
    }

    /// As the form that waits; the task is suspended meanwhile.
    public func remove(_ names: [String]) async throws(DatabaseError) {
        try await DetachedQuery.wait { () throws(DatabaseError) in try self.remove(names) }
    }

    /// As the form that waits; the task is suspended meanwhile.
    public func status(of name: String) async throws(DatabaseError) -> Status? {
        try await DetachedQuery.wait { () throws(DatabaseError) in try self.status(of: name) }
    }

    /// As the form that waits; the task is suspended meanwhile.
    public func statuses(in state: State? = nil) async throws(DatabaseError) -> [Status] {
        try await DetachedQuery.wait { () throws(DatabaseError) in try self.statuses(in: state) }
    }

    /// As the form that waits; the task is suspended meanwhile.
    public func setState(of name: String, to state: State, reason: String) async throws(DatabaseError) {
        try await DetachedQuery.wait { () throws(DatabaseError) in
            try self.setState(of: name, to: state, reason: reason)
        }
    }

    /// As the form that waits; the task is suspended meanwhile.
    public func history(
        of name: String? = nil, over range: Range<Int64>? = nil, limit: Int = 100
    ) async throws(DatabaseError) -> [HistoryItem] {
        try await DetachedQuery.wait { () throws(DatabaseError) in
            try self.history(of: name, over: range, limit: limit)
        }
    }

    /// As the form that waits, on a thread of its own; the task is suspended meanwhile. Cancelling it ends the work.
    public func backtest(
        _ definitions: [String], over range: Range<Int64>
    ) async throws(DatabaseError) -> [Replay] {
        let cancellation = QueryCancellation()
        let outcome = await withTaskCancellationHandler {
            () async -> Result<[Replay], DatabaseError> in
            do throws(DatabaseError) {
                return .success(
                    try await DetachedQuery.wait { () throws(DatabaseError) in
                        try self.backtest(definitions, over: range, cancellation: cancellation)
                    })
            } catch {
                return .failure(error)
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try outcome.get()
    }
}

extension DatabaseError {
    fileprivate static func unknownAlarm(_ name: String) -> DatabaseError {
        DatabaseError(
            .unknownAlarm, "there is no such alarm", place: name, advice: "names are exact, upper and lower case differ"
        )
    }
}
