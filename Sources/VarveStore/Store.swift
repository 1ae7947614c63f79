import Synchronization
package import VarveIO
package import VarveModel

/// What an append came to.
package struct AppendReceipt: Sendable, Equatable {
    package var rows: Int
    /// Single numbers; rows with several columns have none.
    package var values: Int
    /// Log sequence number of the group that holds the batch.
    package var lsn: UInt64
    /// Rows of a divisible batch that were left out because the limit on series is reached.
    package var refusedRows = 0
    /// Why, when there are such rows; of a repetition, why they were left out the first time.
    package var refusal: StoreError?
    /// Which rows: indices into the batch's `shapes`, ascending. Empty for a repetition.
    package var refusedShapes: [Int] = []
    /// The batch had been stored before, under the same token; nothing was stored now.
    package var isRepetition = false

    package init(rows: Int, values: Int, lsn: UInt64) {
        self.rows = rows
        self.values = values
        self.lsn = lsn
    }
}

/// A store directory, open for reading and writing. Any thread.
///
/// Three threads work for it: the writer, which owns the ``StoreEngine`` and is the only one to change anything, the
/// flusher, which turns frozen tails into segments, and the one that merges segments. Readers take snapshots and never
/// wait for either.
package final class Store: Sendable {
    package typealias Acknowledgement = @Sendable (Result<AppendReceipt, StoreError>) -> Void

    package let directory: String
    package let environment: SystemEnvironment
    private let options: StoreOptions
    private let queue = Monitor(StoreQueue())
    private let published: Mutex<StorePublication>
    private let writer: Mutex<DedicatedThread?>
    private let scrubber: Mutex<(Scrubber, DedicatedThread)?>

    /// Opens a store, creating it when there is none and the options allow that, and replays its log.
    ///
    /// Takes as long as replaying the log: about 1 s per 256 MiB.
    /// - Throws: `.inUse`, `.notAStore`, `.newerFormat`, `.corrupt` (manifest or catalogue), `.disk`.
    package static func open(
        at directory: String, options: StoreOptions = StoreOptions(), environment: SystemEnvironment = .system
    ) throws(StoreError) -> Store {
        let engine = try StoreEngine.open(at: directory, options: options, environment: environment)
        let store = Store(directory: directory, options: options, engine: engine)
        try store.start(engine)
        return store
    }

    private init(directory: String, options: StoreOptions, engine: StoreEngine) {
        self.directory = directory
        self.options = options
        environment = engine.environment
        published = Mutex(StorePublication(engine))
        writer = Mutex(nil)
        scrubber = Mutex(nil)
    }

    private func start(_ engine: StoreEngine) throws(StoreError) {
        let loop = WriterLoop(engine: engine, queue: queue) { [weak self] publication in
            self?.publish(publication)
        }
        do throws(DiskError) {
            let thread = try DedicatedThread.start(name: "varve-writer") { loop.run() }
            writer.withLock { $0 = thread }
            try startScrubber(file: options.readOnly || !engine.access.mayWrite ? nil : engine.scrubFile)
        } catch {
            throw .disk(error)
        }
    }

    /// On the writer thread only: nothing older may follow.
    func publish(_ publication: StorePublication) { published.withLock { $0 = publication } }

    /// At the lowest priority: whatever else the machine does comes first.
    private func startScrubber(file: ScrubFile?) throws(DiskError) {
        guard options.scrubBytesPerSecond > 0 else { return }
        let scrubber = Scrubber(
            bytesPerSecond: options.scrubBytesPerSecond, environment: environment, file: file
        ) { [weak self] in self?.published.withLock { $0.segments } ?? [] }
        let thread = try DedicatedThread.start(name: "varve-scrub", niceness: 19) { scrubber.run() }
        self.scrubber.withLock { $0 = (scrubber, thread) }
    }

    /// A program that forgets to close loses nothing: what was acknowledged is in the log.
    deinit {
        scrubber.withLock { $0?.0.stop() }
        queue.withLock { $0.isClosing = true }
        queue.broadcast()
    }

    // MARK: Writing

    /// Queues a batch for the writer. `acknowledge` runs once, on the writer thread, after the rows are durable (or
    /// refused); it must not block. Never blocks itself: with more than ``StoreOptions/pendingBytesMax`` waiting it
    /// answers `.overloaded` at once.
    package func append(_ batch: RowBatch, acknowledge: @escaping Acknowledgement) {
        append(.rows(batch), acknowledge: acknowledge)
    }

    /// The same for rows with several columns.
    package func append(_ batch: RecordBatch, acknowledge: @escaping Acknowledgement) {
        append(.records(batch), acknowledge: acknowledge)
    }

    /// Rows of several kinds, all or none: they are one group of the log.
    package func appendTogether(_ batches: [RecordBatch], acknowledge: @escaping Acknowledgement) {
        append(.together(batches), acknowledge: acknowledge)
    }

    private func append(_ batch: WriteBatch, acknowledge: @escaping Acknowledgement) {
        let refusal = queue.withLock { queue -> StoreError? in
            if queue.isClosing { return .closed }
            if queue.pendingBytes > options.pendingBytesMax { return .overloaded }
            queue.append(batch, acknowledge: acknowledge)
            return nil
        }
        if let refusal { acknowledge(.failure(refusal)) } else { queue.broadcast() }
    }

    /// As above, but waits. Not for event loops or the cooperative pool.
    package func appendAndWait(_ batch: RowBatch) throws(StoreError) -> AppendReceipt {
        try appendAndWait(.rows(batch))
    }

    /// The same for rows with several columns.
    package func appendAndWait(_ batch: RecordBatch) throws(StoreError) -> AppendReceipt {
        try appendAndWait(.records(batch))
    }

    /// Rows of several kinds, all or none.
    package func appendTogetherAndWait(_ batches: [RecordBatch]) throws(StoreError) -> AppendReceipt {
        try appendAndWait(.together(batches))
    }

    private func appendAndWait(_ batch: WriteBatch) throws(StoreError) -> AppendReceipt {
        let answer = Monitor<Result<AppendReceipt, StoreError>?>(nil)
        append(batch) { result in
            answer.withLock { $0 = result }
            answer.broadcast()
        }
        guard let result = answer.wait(until: { $0 }) else { throw .closed }
        return try result.get()
    }

    /// Bytes of rows that were handed over and are not yet durable.
    package var pendingBytes: Int { queue.withLock { $0.pendingBytes } }

    /// Rows older than the first or newer than the second time are refused; for parsers that refuse single lines.
    package func acceptedTimes() -> ClosedRange<Int64> {
        let now = environment.clock.wallNs()
        let oldest = StoreEngine.oldestAcceptedNs(now: now, retentionDays: options.retentionDays)
        return oldest...StoreEngine.newestAcceptedNs(now: now)
    }

    /// Writes everything buffered into segments and waits. Not for event loops or the cooperative pool.
    package func flush() throws(StoreError) {
        try request { $0.flushRequests.append($1) }
    }

    /// Merges every segment that is due and waits; what is not in segments yet stays where it is. Merges are started
    /// without being asked, too. Not for event loops or the cooperative pool.
    /// - Throws: what made a merge fail; nothing is lost then.
    package func compact() throws(StoreError) {
        try request { $0.compactionRequests.append($1) }
    }

    /// Hands a request to the writer and waits for its answer.
    private func request(
        _ add: (inout StoreQueue, @escaping @Sendable (Result<Void, StoreError>) -> Void) -> Void
    ) throws(StoreError) {
        let answer = Monitor<Result<Void, StoreError>?>(nil)
        let isClosed = queue.withLock { queue -> Bool in
            if queue.isClosing { return true }
            add(&queue) { result in
                answer.withLock { $0 = result }
                answer.broadcast()
            }
            return false
        }
        if isClosed { throw .closed }
        queue.broadcast()
        guard let result = answer.wait(until: { $0 }) else { throw .closed }
        try result.get()
    }

    /// Runs something on the writer thread, between two groups, and waits.
    /// - Parameter evenClosing: for ends of things that the writer waits for before it closes.
    /// - Throws: `.closed`, and what `work` throws.
    func onWriter<Value: Sendable>(
        evenClosing: Bool = false, _ work: @escaping @Sendable (inout StoreEngine) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let answer = Monitor<Result<Value, StoreError>?>(nil)
        let isClosed = queue.withLock { queue -> Bool in
            if queue.isClosing, !evenClosing { return true }
            queue.engineTasks.append { engine in
                let result: Result<Value, StoreError>
                do throws(StoreError) { result = .success(try work(&engine)) } catch { result = .failure(error) }
                answer.withLock { $0 = result }
                answer.broadcast()
            }
            return false
        }
        if isClosed { throw .closed }
        queue.broadcast()
        guard let result = answer.wait(until: { $0 }) else { throw .closed }
        return try result.get()
    }

    /// Stops the writer after everything queued is durable, and releases the directory. Idempotent; waits.
    package func close() {
        let scrubber = self.scrubber.withLock { $0 }
        scrubber?.0.stop()
        scrubber?.1.join()
        queue.withLock { $0.isClosing = true }
        queue.broadcast()
        // Not under the lock: several may wait, and all of them until the end.
        writer.withLock { $0 }?.join()
    }

    // MARK: Reading

    /// Everything acknowledged so far. O(segments + tail chunks).
    package func snapshot() -> StoreSnapshot { published.withLock { $0 }.snapshot(nowNs: environment.clock.wallNs()) }

    /// Counts, as of now. O(segments).
    package func statistics() -> StoreStatistics {
        var statistics = published.withLock { $0 }.statistics()
        statistics.scrub = scrubber.withLock { $0?.0.progress } ?? ScrubProgress()
        return statistics
    }

    /// The largest namespaces, metrics and dimension names. O(series).
    package func cardinality(top: Int) -> Cardinality {
        published.withLock { $0 }.catalogue.cardinality(top: top)
    }

    /// Why writes are refused; nil while they are accepted.
    package var readOnlyReason: String? { published.withLock { $0.readOnlyReason } }
}
