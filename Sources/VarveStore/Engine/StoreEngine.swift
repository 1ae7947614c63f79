import Synchronization
import VarveBytes
import VarveIO
package import VarveModel

/// Everything that changes a store, one step at a time and without threads: the writer thread of ``Store`` drives it,
/// and so do simulations. Owned by one thread; the flush jobs that it hands out run anywhere.
///
/// Life of a row: `commit` (log, sync, tail) → `freeze` (tail → job) → job runs (segments) → `install` (manifest, log
/// released).
package struct StoreEngine: Sendable {
    let layout: StoreLayout
    let options: StoreOptions
    let environment: SystemEnvironment
    let store: UUID16
    package let catalogue: Catalogue
    let pageCache: PageCache
    /// Keeps the directory ours, or others from writing in it, while it is open.
    let access: StoreAccess
    /// Names this opening of the store in ``RowShape/binding``.
    var bindingToken: UInt64

    var manifests: ManifestStore
    var manifest: Manifest
    var wal: WALWriter
    var catalogueLog: CatalogueLog
    var segments: [SegmentHandle]
    var tail = Tail()
    /// Made anew with every change of the manifest's.
    var retention: RetentionTable
    /// Facts that are not yet in the log.
    var unloggedRecords: [CatalogueRecord] = []
    /// What the catalogue's files have.
    var flushedCounts: CatalogueCounts
    /// The day on which silent sources were last looked for.
    var retiredOnDay: UInt32 = 0
    var frozen: Frozen?
    /// First group whose rows are in `tail`.
    var tailFirstLSN: UInt64
    var tailSinceNs: Int64
    /// Logged bytes of the rows in `tail`.
    var tailLoggedBytes: Int
    package internal(set) var readOnlyReason: String?
    /// Why the newest flush failed; nil after one that succeeded.
    package internal(set) var flushFailure: StoreError?
    package internal(set) var damage: [Corruption]
    var compaction = CompactionState()
    /// Snapshots under way, which read log files.
    var snapshotCount = 0
    /// The newest manifest on disk, when it is damaged and an older one is in use.
    var lostGeneration: UInt64?
    /// What is missing from answers, because segments could not be opened.
    var missing: [DataGap] = []
    /// Pages of open segments that could not be read.
    let quarantine = Quarantine()
    package internal(set) var failures = FailureLog()
    package internal(set) var space: SpaceGuard
    /// Bytes of the ballast file; 0 when there is none.
    var ballastBytes = 0
    /// When making a ballast may be tried (again), by the monotonic clock.
    var ballastDueNs: Int64 = 0
    var expiryClock: ExpiryClock
    /// The disk had no room for the log: a flush gives log files back, often a hundred times what its segments need.
    private var isLogShortOfRoom = false
    private var encoder = WALGroupEncoder()
    var retryTokens = RetryTokenTable()

    /// A tail that a flush job is working on.
    struct Frozen: Sendable {
        var tail: Tail
        var lsnFirst: UInt64
        var lsnLast: UInt64
        /// What the catalogue had then, all of it in the log.
        var counts: CatalogueCounts
        /// What the job wrote, once it has: only the installation is left to do.
        var output: FlushJob.Output?
    }

    /// What readers need to see the store as it is now.
    package func snapshot() -> StoreSnapshot {
        StorePublication(self).snapshot(nowNs: environment.clock.wallNs())
    }

    /// Counts, as of now. O(segments).
    package func statistics() -> StoreStatistics { StorePublication(self).statistics() }

    // MARK: Committing

    /// Makes batches durable as one group, then visible. Answers one result per batch, in order.
    ///
    /// A batch that is itself wrong is refused alone; a failing disk refuses them all. A batch whose retry token is
    /// known is answered as the first time and not stored again.
    package mutating func commit(_ batches: [WriteBatch]) -> [Result<AppendReceipt, StoreError>] {
        var results: [Result<AppendReceipt, StoreError>] = []
        var group = CommitGroup()
        for (index, batch) in batches.enumerated() {
            do throws(StoreError) {
                results.append(.success(try prepare(batch, index: index, group: &group)))
            } catch {
                results.append(.failure(error))
            }
        }
        guard !group.isEmpty else { return results }
        do throws(StoreError) {
            try log(&group)
        } catch {
            for index in group.indices { results[index] = .failure(error) }
            return results
        }
        catalogue.makeVisible()
        let now = environment.clock.monotonicNs()
        for place in group.accepted {
            addToTail(place.content)
            var receipt = place.receipt
            receipt.lsn = wal.lastLSN
            results[place.index] = .success(receipt)
            if let write = place.remembered(lsn: wal.lastLSN) {
                retryTokens.remember(write, loggedLSN: wal.lastLSN, nowNs: now)
            }
        }
        for (index, original) in group.repetitions {
            results[index] = results[original].map { receipt in
                var receipt = receipt
                receipt.isRepetition = true
                receipt.refusedShapes = []
                return receipt
            }
        }
        return results
    }

    /// The same for single numbers.
    package mutating func commit(_ batches: [RowBatch]) -> [Result<AppendReceipt, StoreError>] {
        commit(batches.map { WriteBatch.rows($0) })
    }

    /// Checks a batch and puts it into the group, unless it need not or must not be stored.
    private mutating func prepare(
        _ batch: WriteBatch, index: Int, group: inout CommitGroup
    ) throws(StoreError) -> AppendReceipt {
        let contentHash = batch.token == nil ? 0 : batch.contentHash
        if let token = batch.token {
            if let write = retryTokens.find(token) {
                try write.check(rows: batch.rowCount, contentHash: contentHash)
                // The first attempt may not have asked for as much.
                if batch.durability == .durable { try syncLog() }
                return AppendReceipt(repeating: write)
            }
            if let original = group.find(token) {
                guard batch.rowCount == original.rowCount, contentHash == original.contentHash else {
                    throw .tokenReused(rows: batch.rowCount, firstRows: original.rowCount)
                }
                group.repetitions.append((index, original.index))
                if batch.durability == .durable { group.durability = .durable }
                return original.receipt
            }
        }
        try checkWritable()
        // Nothing to make durable; logged, empty batches would fill a log that no flush gives up.
        if batch.isEmpty { return AppendReceipt(rows: 0, values: 0, lsn: wal.lastLSN) }
        var refusal = ShapeRefusal()
        let content = try number(batch, &refusal)
        var receipt = AppendReceipt(rows: content.rowCount, values: content.valueCount, lsn: wal.nextLSN)
        receipt.refusedRows = batch.rowCount - receipt.rows
        receipt.refusal = refusal.error
        receipt.refusedShapes = refusal.shapes
        group.add(
            CommitGroup.Place(
                index: index, content: content, rowCount: batch.rowCount, receipt: receipt, token: batch.token,
                contentHash: contentHash))
        if batch.durability == .durable { group.durability = .durable }
        return receipt
    }

    private mutating func checkWritable() throws(StoreError) {
        // So that rows are accepted as soon as there is room, not when the next reading is due.
        if space.level == .critical { observeSpace() }
        if let writeRefusal { throw writeRefusal }
    }

    /// Shapes of a divisible batch whose rows are left out.
    private struct ShapeRefusal {
        var shapes: [Int] = []
        /// Why the first of them is, or, if one only came too fast and may come again, that.
        var error: StoreError?
    }

    /// The rows under the catalogue's numbers, without those of a divisible batch that are refused.
    private mutating func number(
        _ batch: WriteBatch, _ refusal: inout ShapeRefusal
    ) throws(StoreError) -> NumberedBatch {
        let now = environment.clock.wallNs()
        let oldest = oldestAcceptedNs(now: now - Self.timeMarginNs)
        let newest = Self.newestAcceptedNs(now: now + Self.timeMarginNs)
        switch batch {
        case .rows(let batch):
            try batch.validate(oldest: oldest, newest: newest)
            return .rows(try number(batch, &refusal))
        case .records(let batch):
            try batch.validate(oldest: oldest, newest: newest)
            return .records([try number(batch)])
        case .together(let batches):
            for batch in batches { try batch.validate(oldest: oldest, newest: newest) }
            var columns: [RecordColumns] = []
            for batch in batches where !batch.isEmpty { columns.append(try number(batch)) }
            return .records(columns)
        }
    }

    private mutating func number(
        _ batch: RowBatch, _ refusal: inout ShapeRefusal
    ) throws(StoreError) -> NumberedRows {
        var ordinals: [UInt32] = []
        ordinals.reserveCapacity(batch.shapes.count)
        for index in batch.shapes.indices {
            if let known = bound(batch.shapes[index]) {
                ordinals.append(known)
                continue
            }
            do throws(StoreError) {
                ordinals.append(try number(batch.shapes[index]))
            } catch {
                guard batch.mayLeaveOut(error) else { throw error }
                ordinals.append(Self.refusedOrdinal)
                refusal.shapes.append(index)
                if refusal.error == nil || error.isTooFast { refusal.error = error }
            }
        }
        if let error = refusal.error {
            let rest = batch.numbered(ordinals, without: Self.refusedOrdinal)
            if rest.timestamps.isEmpty { throw error }
            return rest
        }
        return NumberedRows(
            shapes: batch.rowShapes.map { ordinals[Int($0)] }, timestamps: batch.timestamps, values: batch.values)
    }

    /// Stands for a shape that may not be created; no store comes near so many shapes.
    private static let refusedOrdinal = UInt32.max

    /// The number of a shape. Hot: once per batch and shape; a known shape costs one load.
    mutating func number(_ shape: RowShape) throws(StoreError) -> UInt32 {
        if let known = bound(shape) { return known }
        do throws(NameExcess) { try shape.checkNames() } catch { throw .nameOutOfBounds(error) }
        let ordinal = try catalogue.resolve(
            shape, limits: options.seriesLimits, nowNs: environment.clock.monotonicNs(), records: &unloggedRecords)
        shape.binding.store(bindingToken << 32 | UInt64(ordinal), ordering: .relaxed)
        return ordinal
    }

    /// The number that a shape carries, if it is of this opening.
    @inline(__always)
    private func bound(_ shape: RowShape) -> UInt32? {
        let bound = shape.binding.load(ordering: .relaxed)
        return bound >> 32 == bindingToken ? UInt32(truncatingIfNeeded: bound) : nil
    }

    private mutating func log(_ group: inout CommitGroup) throws(StoreError) {
        while true {
            let recordCount = CatalogueRecord.countFitting(unloggedRecords, byteCount: WALFormat.recordBytesTarget)
            let isLast = recordCount == unloggedRecords.count
            try logGroup(recordCount: recordCount, isLast ? group : CommitGroup())
            if isLast { return }
        }
    }

    private mutating func logGroup(recordCount: Int, _ group: CommitGroup) throws(StoreError) {
        encoder.begin(records: unloggedRecords.prefix(recordCount))
        var columns: [RecordColumns] = []
        for place in group.accepted {
            switch place.content {
            case .rows(let rows): encoder.add(rows)
            case .records(let records): columns += records
            }
        }
        try encoder.add(columns)
        encoder.add(group.accepted.compactMap { $0.remembered(lsn: wal.nextLSN) }, lsn: wal.nextLSN)
        try append(encoder.finish(lsn: wal.nextLSN, unsyncedGroups: wal.unsyncedCount, store: store), group.durability)
        unloggedRecords.removeFirst(recordCount)
    }

    /// Logs living retry tokens again that only groups up to `floor` have, so that those groups can be given up.
    mutating func carryRetryTokens(through floor: UInt64) throws(StoreError) {
        retryTokens.forget(nowNs: environment.clock.monotonicNs())
        let writes = retryTokens.writes(loggedThrough: floor)
        guard !writes.isEmpty else { return }
        encoder.begin(records: [])
        encoder.add(writes, lsn: wal.nextLSN)
        try append(encoder.finish(lsn: wal.nextLSN, unsyncedGroups: wal.unsyncedCount, store: store), .durable)
        retryTokens.move(writes, toLSN: wal.lastLSN)
    }

    private mutating func append(_ group: [UInt8], _ durability: Durability) throws(StoreError) {
        do throws(StoreError) {
            try wal.append(group, durability)
        } catch {
            if case .disk(.full) = error { isLogShortOfRoom = true }
            noteUnknownOutcome(error)
            throw error
        }
        isLogShortOfRoom = false
        tailLoggedBytes += group.count
    }

    /// Makes durable what was acknowledged as ``Durability/buffered``. To be called within a second.
    /// - Throws: `.outcomeUnknown`; the store is read-only then.
    package mutating func syncLog() throws(StoreError) {
        do throws(StoreError) {
            try wal.sync()
        } catch {
            noteUnknownOutcome(error)
            throw error
        }
    }

    /// Whether rows were acknowledged that a power cut would take.
    package var hasUnsyncedGroups: Bool { wal.unsyncedCount > 0 }

    private mutating func noteUnknownOutcome(_ error: StoreError) {
        if case .outcomeUnknown = error { readOnlyReason = "the log cannot be synced: \(error)" }
    }

    mutating func addToTail(_ content: NumberedBatch) {
        if tail.isEmpty { tailSinceNs = environment.clock.monotonicNs() }
        switch content {
        case .rows(let rows): _ = tail.append(rows, widths: catalogue.tables.shapeWidths)
        case .records(let batches): for records in batches { tail.append(records) }
        }
    }

    /// Doors refuse single lines by ``Store/acceptedTimes()``; a batch is refused whole. The margin keeps a line that
    /// a door has just let pass from sinking its batch when the clock moves on before the commit.
    private static let timeMarginNs = Nanoseconds.perMinute

    /// Rows older than this are refused: they would expire at once.
    func oldestAcceptedNs(now: Int64) -> Int64 {
        Self.oldestAcceptedNs(now: now, retentionDays: options.retentionDays)
    }

    /// With a retention that reaches back beyond the earliest time, the earliest time.
    static func oldestAcceptedNs(now: Int64, retentionDays: Int) -> Int64 {
        let (retentionNs, isLong) = Int64(retentionDays).multipliedReportingOverflow(by: Nanoseconds.perDay)
        let (oldest, isEarly) = now.subtractingReportingOverflow(retentionNs)
        return isLong || isEarly ? .min : oldest
    }

    static func newestAcceptedNs(now: Int64) -> Int64 {
        let (newest, isLate) = now.addingReportingOverflow(Int64(Limits.futureToleranceDays) * Nanoseconds.perDay)
        return isLate ? .max : newest
    }

    // MARK: When to flush

    var isTailFull: Bool {
        tail.valueCount >= options.tailValuesMax || tail.records.counts.byteCount >= options.tailRecordBytesMax
    }

    /// No more rows fit until the running flush is done.
    package var isStalled: Bool { isTailFull && frozen != nil && flushFailure == nil }

    /// Whether the tail should be frozen now.
    package var needsFreeze: Bool {
        guard frozen == nil, !tail.isEmpty, readOnlyReason == nil else { return false }
        let age = environment.clock.monotonicNs() - tailSinceNs
        return isTailFull || tailLoggedBytes >= options.liveWALBytesMax || age >= options.tailAgeMaxNs
            || isLogShortOfRoom || hasTooManyLogFiles || space.level == .critical
    }

    /// Every start begins a log file of full length, however little it will hold: a process that is killed again and
    /// again must neither fill the disk with them nor take longer to start each time. Twice the files that the log may
    /// need, so that full ones are left to the limit on logged bytes.
    private var hasTooManyLogFiles: Bool {
        wal.files.count > 2 * (options.liveWALBytesMax / max(1, options.walFileBytes) + 1)
    }
}
