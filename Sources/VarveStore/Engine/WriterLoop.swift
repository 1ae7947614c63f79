import Synchronization
import VarveIO
import VarveModel

/// The writer thread: takes what waits, lets the engine commit it, acknowledges, and hands tails to the flusher.
///
/// Group commit needs no timer: while one group is being synced the next one gathers.
final class WriterLoop: Sendable {
    private enum Wake {
        case group([StoreQueue.Entry])
        case flushed(Result<FlushJob.Output, StoreError>)
        case tasks([StoreQueue.EngineTask])
        case flushRequested([@Sendable (Result<Void, StoreError>) -> Void])
        case compacted(Result<CompactionJob.Output, StoreError>)
        case compactionRequested([@Sendable (Result<Void, StoreError>) -> Void])
        case closing
        case idle
    }

    /// How often age-dependent work is looked for when nothing else happens.
    private static let idleNs = Nanoseconds.perSecond
    /// How often segments are checked for expiry: far below the shortest retention (a day).
    private static let expiryIntervalNs = 10 * Nanoseconds.perMinute
    /// How often the store looks after itself: ``StoreEngine/tend()``.
    private static let tendingIntervalNs = Nanoseconds.perSecond
    /// Pause before a failed flush is tried again.
    private static let retryNs = 5 * Nanoseconds.perSecond
    /// How long rows of ``Durability/buffered`` senders may wait for a sync; a second is promised.
    private static let bufferedSyncNs = Nanoseconds.perSecond / 2
    /// A closing store with fewer values than this leaves them in the log: replaying them takes milliseconds, and a
    /// program that appends a little each time it runs must not leave a segment each time.
    private static let closingFlushValuesMin = 1 << 16
    /// The same for bytes of rows with several columns.
    private static let closingFlushRecordBytesMin = 4 << 20

    private let initial: StoreEngine
    let queue: Monitor<StoreQueue>
    let publish: @Sendable (StorePublication) -> Void

    init(engine: StoreEngine, queue: Monitor<StoreQueue>, publish: @escaping @Sendable (StorePublication) -> Void) {
        initial = engine
        self.queue = queue
        self.publish = publish
    }

    /// Somebody who waits until every group up to `lsn` is in segments.
    struct WaitingFlush {
        var lsn: UInt64
        var answer: @Sendable (Result<Void, StoreError>) -> Void
    }

    /// State of one run; on the writer thread only.
    struct Run {
        var engine: StoreEngine
        var waitingFlushes: [WaitingFlush] = []
        /// Whether a flush thread is at work. At most one is: two results of one tail would store its rows twice.
        var isJobRunning = false
        var retryAtNs: Int64 = 0
        var expireAtNs: Int64 = 0
        var tendAtNs: Int64 = 0
        /// When groups that were acknowledged before their sync are synced; nil without any.
        var syncAtNs: Int64?
        /// At most one is at work, at the same time as at most one flush.
        var compaction: RunningCompaction?
        var compactAtNs: Int64 = 0
        var waitingCompactions: [@Sendable (Result<Void, StoreError>) -> Void] = []
        var isClosing = false
    }

    func run() {
        var run = Run(engine: initial)
        while true {
            switch nextWake(run) {
            case .group(let entries): commit(entries, &run)
            case .flushed(let result): finishFlush(result, &run)
            case .flushRequested(let requests): requestFlush(requests, &run)
            case .compacted(let result): finishCompaction(result, &run)
            case .compactionRequested(let requests): requestCompaction(requests, &run)
            case .tasks(let tasks): for task in tasks { task(&run.engine) }
            case .closing:
                run.isClosing = true
                run.compaction?.control.abort()
            case .idle: break
            }
            maintain(&run)
            // A running job writes files, and a snapshot reads them, so the directory must stay ours until they end.
            if run.isClosing, !run.isJobRunning, run.compaction == nil, run.engine.snapshotCount == 0, isDrained() {
                break
            }
        }
        answerCompactions(.failure(.closed), &run)
        answerFlushes(.failure(.closed), &run)
        run.engine.close()
    }

    private func nextWake(_ run: Run) -> Wake {
        let isStalled = run.engine.isStalled
        let wake = queue.wait(timeoutNs: idleNs(run)) { queue -> Wake? in
            if let result = queue.flushResult {
                queue.flushResult = nil
                return .flushed(result)
            }
            if !queue.engineTasks.isEmpty {
                defer { queue.engineTasks = [] }
                return .tasks(queue.engineTasks)
            }
            if !queue.flushRequests.isEmpty {
                defer { queue.flushRequests = [] }
                return .flushRequested(queue.flushRequests)
            }
            if let result = queue.compactionResult {
                queue.compactionResult = nil
                return .compacted(result)
            }
            if !queue.compactionRequests.isEmpty {
                defer { queue.compactionRequests = [] }
                return .compactionRequested(queue.compactionRequests)
            }
            if !queue.entries.isEmpty, !isStalled { return .group(queue.takeGroup()) }
            return queue.isClosing && !run.isClosing ? .closing : nil
        }
        return wake ?? .idle
    }

    /// Until the next thing that is due by itself.
    private func idleNs(_ run: Run) -> Int64 {
        guard let syncAtNs = run.syncAtNs else { return Self.idleNs }
        return min(Self.idleNs, max(1, syncAtNs - run.engine.environment.clock.monotonicNs()))
    }

    private func isDrained() -> Bool { queue.withLock { $0.entries.isEmpty && $0.engineTasks.isEmpty } }

    private func commit(_ entries: [StoreQueue.Entry], _ run: inout Run) {
        let results = run.engine.commit(entries.map(\.batch))
        publish(StorePublication(run.engine))
        queue.withLock { $0.finish(entries) }
        for (entry, result) in zip(entries, results) { entry.acknowledge(result) }
    }

    // MARK: Flushing

    private func requestFlush(_ requests: [@Sendable (Result<Void, StoreError>) -> Void], _ run: inout Run) {
        let lsn = run.engine.wal.lastLSN
        run.waitingFlushes += requests.map { WaitingFlush(lsn: lsn, answer: $0) }
        if !run.isJobRunning { startFlush(&run) }
    }

    private func finishFlush(_ result: Result<FlushJob.Output, StoreError>, _ run: inout Run) {
        run.isJobRunning = false
        run.engine.install(result)
        publish(StorePublication(run.engine))
        if let failure = run.engine.flushFailure {
            run.retryAtNs = run.engine.environment.clock.monotonicNs() + Self.retryNs
            return answerFlushes(.failure(failure), &run)
        }
        // After a merge that failed its pause goes on: the next one would cost as much.
        if run.engine.compactionFailure == nil {
            run.compactAtNs = min(run.compactAtNs, run.engine.environment.clock.monotonicNs())
        }
        // Only what was there when it was asked for: under steady writing there is always something newer.
        answerFlushes(.success(()), through: run.engine.manifest.walFloor, &run)
        if !run.waitingFlushes.isEmpty { startFlush(&run) }
    }

    private func answerFlushes(
        _ result: Result<Void, StoreError>, through lsn: UInt64 = .max, _ run: inout Run
    ) {
        for waiting in run.waitingFlushes where waiting.lsn <= lsn { waiting.answer(result) }
        run.waitingFlushes.removeAll { $0.lsn <= lsn }
    }

    private func startFlush(_ run: inout Run) {
        if let reason = run.engine.readOnlyReason { return answerFlushes(.failure(.readOnly(reason: reason)), &run) }
        let job: FlushJob
        do throws(StoreError) {
            guard let frozen = try run.engine.freeze() else { return answerFlushes(.success(()), &run) }
            job = frozen
        } catch {
            return answerFlushes(.failure(error), &run)
        }
        run.isJobRunning = true
        publish(StorePublication(run.engine))
        let queue = queue
        let work: @Sendable () -> Void = {
            let result = job.result()
            queue.withLock { $0.flushResult = result }
            queue.broadcast()
        }
        // A thread per flush: flushes are minutes apart, and an idle one would only wait. Niceness 10 leaves the cores
        // to ingest and queries first.
        do throws(DiskError) {
            _ = try DedicatedThread.start(name: "varve-flush", niceness: 10, work)
        } catch {
            work()
        }
    }

    private func maintain(_ run: inout Run) {
        let now = run.engine.environment.clock.monotonicNs()
        syncIfDue(&run, now: now)
        if !run.isJobRunning, isFlushDue(run, now: now) {
            run.engine.flushFailure = nil
            startFlush(&run)
        }
        if now >= run.expireAtNs {
            run.expireAtNs = now + Self.expiryIntervalNs
            expire(&run)
        }
        if now >= run.compactAtNs { startCompaction(&run) }
        if now >= run.tendAtNs {
            run.tendAtNs = now + Self.tendingIntervalNs
            run.engine.tend()
            publish(StorePublication(run.engine))
        }
    }

    private func syncIfDue(_ run: inout Run, now: Int64) {
        guard run.engine.hasUnsyncedGroups else {
            run.syncAtNs = nil
            return
        }
        let syncAtNs = run.syncAtNs ?? now + Self.bufferedSyncNs
        run.syncAtNs = syncAtNs
        guard now >= syncAtNs else { return }
        run.syncAtNs = nil
        // A failure makes the store read-only, with the reason in its statistics; the rows stay readable.
        try? run.engine.syncLog()
        publish(StorePublication(run.engine))
    }

    private func isFlushDue(_ run: Run, now: Int64) -> Bool {
        let engine = run.engine
        if engine.readOnlyReason != nil { return false }
        if engine.isFlushing { return !run.isClosing && now >= run.retryAtNs }
        let isWorthClosing =
            engine.tail.valueCount >= Self.closingFlushValuesMin
            || engine.tail.records.counts.byteCount >= Self.closingFlushRecordBytesMin
        return engine.needsFreeze || run.isClosing && isWorthClosing && engine.flushFailure == nil
    }

    /// A failure is tried again with the next round; until then expired segments stay.
    private func expire(_ run: inout Run) {
        do throws(StoreError) {
            _ = try run.engine.expire()
            run.engine.failures.succeeded(.expiry)
        } catch {
            run.engine.failures.failed(.expiry, error, nowNs: run.engine.environment.clock.wallNs())
        }
        publish(StorePublication(run.engine))
    }
}

extension FlushJob {
    func result() -> Result<Output, StoreError> {
        do throws(StoreError) { return .success(try run()) } catch { return .failure(error) }
    }
}
