import Synchronization
package import VarveIO
package import VarveMonitoring
package import VarveQuery
package import VarveStore

/// A Varve database inside this process: metrics in, durable, and answers to statements.
///
/// One process at a time may have a directory open. Any thread may call any method; the calls marked as waiting block
/// the calling thread and have an `async` form for use in tasks.
public final class Database: Sendable {
    /// The engine below, for the server and the tools of this package.
    package let store: Store
    private var clock: any SystemClock { store.environment.clock }

    /// Those that ``alarms(_:)`` started.
    private let runningAlarms = Mutex<Alarms?>(nil)
    /// Whose anomaly detectors draw the bands of statements.
    private let detectors = Mutex<Monitoring?>(nil)

    package init(store: Store) { self.store = store }

    /// Opens a database directory, by default creating it, and recovers what a crash left behind.
    ///
    /// Waits. Recovery reads the write-ahead log: at most a few seconds.
    /// - Throws: ``DatabaseError/Code/inUse`` while another process has it open, ``DatabaseError/Code/notADatabase``,
    ///   ``DatabaseError/Code/newerFormat``, ``DatabaseError/Code/corrupt``, ``DatabaseError/Code/disk``.
    public static func open(_ path: String, options: DatabaseOptions = DatabaseOptions()) throws(DatabaseError)
        -> Database
    {
        try open(path, options: options, environment: .system)
    }

    /// As above, in a given world.
    package static func open(
        _ path: String, options: DatabaseOptions, environment: SystemEnvironment
    ) throws(DatabaseError) -> Database {
        do {
            var storeOptions = options.storeOptions
            if let keyFile = options.keyFile {
                storeOptions.keyProvider = try FileKeyProvider.open(keyFile, environment: environment)
            }
            let store = try Store.open(at: path, options: storeOptions, environment: environment)
            return Database(store: store)
        } catch {
            throw DatabaseError(error)
        }
    }

    /// Appends one sample and waits until it is durable: one sync of the disk. For many samples use a ``SampleBatch``.
    /// - Throws: ``DatabaseError/Code/invalidSample``, ``DatabaseError/Code/limitExceeded``,
    ///   ``DatabaseError/Code/readOnly``, ``DatabaseError/Code/outcomeUnknown``, ``DatabaseError/Code/overloaded``,
    ///   ``DatabaseError/Code/disk`` (full, or failing), ``DatabaseError/Code/closed``; then nothing is stored, except
    ///   that `outcomeUnknown` leaves it open.
    public func append(_ sample: Sample) throws(DatabaseError) {
        try append(contentsOf: [sample])
    }

    /// Appends samples, all or none, and waits until they are durable: one sync for all of them.
    /// - Throws: as ``append(_:)``.
    public func append(contentsOf samples: some Sequence<Sample>) throws(DatabaseError) {
        var batch = SampleBatch()
        for sample in samples { try batch.append(sample) }
        try append(contentsOf: batch)
    }

    /// Appends a batch, all or none, and waits until it is durable: one sync. An empty batch does nothing.
    /// - Throws: as ``append(_:)``.
    public func append(contentsOf batch: SampleBatch) throws(DatabaseError) {
        guard !batch.isEmpty else { return }
        do {
            _ = try store.appendAndWait(batch.rows(nowNs: clock.wallNs()))
        } catch {
            throw DatabaseError(error)
        }
    }

    /// Appends a batch, all or none, and suspends the task until it is durable.
    /// - Throws: as ``append(_:)``.
    public func append(contentsOf batch: SampleBatch) async throws(DatabaseError) {
        guard !batch.isEmpty else { return }
        let rows = batch.rows(nowNs: clock.wallNs())
        let outcome = await withCheckedContinuation { continuation in
            store.append(rows) { result in continuation.resume(returning: result) }
        }
        if case .failure(let error) = outcome { throw DatabaseError(error) }
    }

    /// Runs a statement, such as `SELECT AVG(CPUUtilization) FROM "AWS/EC2" GROUP BY InstanceId SINCE 1h PERIOD 1m`, on
    /// everything that was durable when it began. After ``alarms(_:)`` also statements about alarms, such as `SHOW
    /// ALARMS`.
    ///
    /// Works on the calling thread; never waits for writers; tasks use the `async` form, or ``rows(of:acceptsGaps:)``
    /// for more rows than memory should hold. O(blocks that the time range touches).
    /// - Parameter acceptsGaps: answer from what can be read, when something cannot; ``Rows/isPartial`` says so then.
    ///   Otherwise such an answer is refused.
    /// - Throws: ``DatabaseError/Code/invalidStatement`` with the place in the text,
    ///   ``DatabaseError/Code/limitExceeded``, ``DatabaseError/Code/cancelled``, ``DatabaseError/Code/corrupt``,
    ///   ``DatabaseError/Code/disk``.
    public func query(
        _ statement: String, cancellation: QueryCancellation? = nil, acceptsGaps: Bool = false
    ) throws(DatabaseError) -> Rows {
        do {
            return Rows(try run(statement, cancellation: cancellation?.flag, acceptsGaps: acceptsGaps))
        } catch {
            throw DatabaseError(error)
        }
    }

    /// Runs a statement now, on the caller's thread.
    /// - Parameter acceptsGaps: answers from what can be read, with a notice for each place that cannot.
    package func run(
        _ statement: String, cancellation: CancellationFlag? = nil, acceptsGaps: Bool = false
    ) throws(QueryError) -> QueryResult {
        let alarms = runningAlarms.withLock { $0 }
        if let answer = try alarms?.monitoring.answer(statement, cancellation: cancellation) { return answer }
        return try run(QueryEngine.parse(statement), cancellation: cancellation, acceptsGaps: acceptsGaps)
    }

    /// As above, for a statement without a text.
    package func run(
        _ statement: Statement, cancellation: CancellationFlag? = nil, acceptsGaps: Bool = false
    ) throws(QueryError) -> QueryResult {
        var context = QueryContext(
            nowNs: clock.wallNs(), cancellation: cancellation, acceptsGaps: acceptsGaps, clock: clock)
        if let monitoring = detectors.withLock({ $0 }) {
            context.anomalyModel = { monitoring.anomalyModel(of: $0, periodNs: $1) }
        }
        return try QueryEngine.run(statement, on: store.snapshot(), in: context)
    }

    /// Bands in statements are from now on those of these detectors, where there is one.
    package func useDetectors(of monitoring: Monitoring) { detectors.withLock { $0 = monitoring } }

    /// Writes everything that is still only in the log into segments, and waits. Durability does not need it.
    /// - Throws: ``DatabaseError/Code/disk``, ``DatabaseError/Code/closed``.
    public func flush() throws(DatabaseError) {
        do { try store.flush() } catch { throw DatabaseError(error) }
    }

    /// Merges segments as far as that is due, and waits. Happens by itself, too, at low priority.
    /// - Throws: ``DatabaseError/Code/disk``, ``DatabaseError/Code/corrupt``, ``DatabaseError/Code/readOnly``,
    ///   ``DatabaseError/Code/closed``; nothing is lost then.
    public func compact() throws(DatabaseError) {
        do { try store.compact() } catch { throw DatabaseError(error) }
    }

    /// The alarms of this database, evaluated in this process from the first call on; later calls return the same ones,
    /// whatever their options. ``close()`` ends them.
    ///
    /// Waits: reads definitions, states and what was not delivered yet, O(alarms); then starts one thread.
    /// - Throws: ``DatabaseError/Code/readOnly`` where states cannot be stored and ``Alarms/Options/evaluates`` is
    /// true,
    ///   ``DatabaseError/Code/corrupt``, ``DatabaseError/Code/disk``, ``DatabaseError/Code/closed``.
    public func alarms(_ options: Alarms.Options = Alarms.Options()) throws(DatabaseError) -> Alarms {
        try runningAlarms.withLock { running throws(DatabaseError) in
            if let running { return running }
            let alarms = try Alarms(on: store, options)
            running = alarms
            useDetectors(of: alarms.monitoring)
            return alarms
        }
    }

    /// Ends the alarms, waits until everything appended is durable and releases the directory. Closing twice does
    /// nothing. Not to be called by what ``Alarms/Options/warn`` is told.
    public func close() {
        runningAlarms.withLock { $0 }?.stop()
        detectors.withLock { $0 = nil }
        store.close()
    }

    /// How much the database holds now.
    public var statistics: DatabaseStatistics { DatabaseStatistics(store.statistics()) }
}
