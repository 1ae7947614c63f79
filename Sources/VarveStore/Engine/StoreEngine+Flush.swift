import VarveBytes
import VarveIO
import VarveModel

extension StoreEngine {
    /// Whether a flush has been handed out and not yet installed.
    package var isFlushing: Bool { frozen != nil }

    /// Closes the tail: its rows become a job, new rows go to a new tail and a new log file.
    /// - Returns: nil when there is nothing to flush, or the store is read-only: a log with a hole must stay as it is
    ///   until an operator has looked at it. A tail whose flush failed is handed out again.
    /// - Throws: when rows that were acknowledged before their sync cannot be synced; nothing is frozen then.
    mutating func freeze() throws(StoreError) -> FlushJob? {
        guard readOnlyReason == nil else { return nil }
        if frozen == nil, !tail.isEmpty {
            try syncLog()
            tail.seal()
            frozen = Frozen(
                tail: tail, lsnFirst: tailFirstLSN, lsnLast: wal.lastLSN, counts: catalogue.visibleCounts)
            tail = Tail()
            tailFirstLSN = wal.lastLSN + 1
            tailLoggedBytes = 0
            wal.endFile()
        }
        if frozen != nil { makeRoomForFlush() }
        return frozen.map { frozen in
            FlushJob(
                chunks: frozen.tail.chunks, records: frozen.tail.records.chunks, lsnFirst: frozen.lsnFirst,
                lsnLast: frozen.lsnLast,
                catalogueChange: CatalogueChange(from: flushedCounts, to: frozen.counts), catalogueLog: catalogueLog,
                catalogue: catalogue,
                layout: layout, store: store, environment: environment, options: options,
                believedNs: expiryClock.believedNs(
                    wallNs: environment.clock.wallNs(), monotonicNs: environment.clock.monotonicNs()),
                keys: options.dataKeys(environment), finished: frozen.output)
        }
    }

    /// Freezes, flushes and installs on the calling thread; for simulations.
    /// - Throws: what made the flush fail; the rows are still in the tail and the log then.
    package mutating func flush() throws(StoreError) {
        if let readOnlyReason { throw .readOnly(reason: readOnlyReason) }
        guard let job = try freeze() else { return }
        install(job.result())
        if isFlushing, let flushFailure { throw flushFailure }
    }

    /// Makes the result of a flush the truth: one manifest names its segments and gives up its part of the log.
    ///
    /// On failure the rows stay where they are, in memory and in the log, and the next freeze hands them out again.
    mutating func install(_ result: Result<FlushJob.Output, StoreError>) {
        do throws(StoreError) {
            try install(try result.get())
            flushFailure = nil
            failures.succeeded(.flush)
        } catch {
            flushFailure = error
            failures.failed(.flush, error, nowNs: environment.clock.wallNs())
            if case .disk(.full) = error { releaseBallast() }
        }
    }

    private mutating func install(_ output: FlushJob.Output) throws(StoreError) {
        guard let frozen else { preconditionFailure("only a frozen tail can be installed") }
        let added = try open(output)
        // A failed installation is tried again with these files: new ones each time would fill the disk.
        self.frozen?.output = output
        try carryRetryTokens(through: frozen.lsnLast)
        var next = manifest
        next.segments += output.segments
        next.walFloor = frozen.lsnLast
        next.catalogueGeneration = output.catalogueLog.generation
        next.catalogueByteCount = UInt64(output.catalogueLog.byteCount)
        next.counters.nextSeries = UInt64(frozen.counts.series)
        try installManifest(next)
        segments += added
        catalogueLog = output.catalogueLog
        flushedCounts = frozen.counts
        catalogue.touch(output.days)
        self.frozen = nil
        releaseLog()
        removeOldCatalogueFiles()
    }

    /// Opens the segments of a flush; removes them all when one of them does not read back, so that they are rewritten.
    private mutating func open(_ output: FlushJob.Output) throws(StoreError) -> [SegmentHandle] {
        var handles: [SegmentHandle] = []
        do throws(StoreError) {
            for summary in output.segments { handles.append(try openSegment(summary)) }
        } catch {
            // After an installation whose outcome is unknown a manifest may name them; then they must stay.
            if frozen?.output == nil {
                for summary in output.segments {
                    try? environment.fileSystem.remove(layout.segmentFile(summary.identity.uuid))
                }
            }
            throw error
        }
        return handles
    }

    /// Failing to remove a log file loses nothing; it is tried again with the next flush and at the next open.
    mutating func releaseLog() {
        guard snapshotCount == 0 else { return }
        do throws(DiskError) {
            try wal.release(through: manifest.walFloor)
            if space.level == .critical { try wal.removeSpares() }
            failures.succeeded(.logRelease)
        } catch {
            failures.failed(.logRelease, .disk(error), nowNs: environment.clock.wallNs())
        }
    }

    func openSegment(_ summary: SegmentSummary) throws(StoreError) -> SegmentHandle {
        let path = layout.segmentFile(summary.identity.uuid)
        let reader = try openReader(path, summary)
        guard reader.summary == summary else {
            let detail = "another segment than the manifest names: \(reader.summary), \(summary) expected"
            throw .corrupt(Corruption(path: path, offset: 0, detail: detail))
        }
        return try SegmentHandle(reader: reader, path: path, fileSystem: environment.fileSystem)
    }

    /// A failed read may have been an accident of the way: it is tried once more.
    private func openReader(_ path: String, _ summary: SegmentSummary) throws(StoreError) -> SegmentReader {
        func open() throws(StoreError) -> SegmentReader {
            try SegmentReader(
                opening: path, fileSystem: environment.fileSystem, cache: pageCache, wrappedKey: summary.wrappedKey,
                keyProvider: options.keyProvider, quarantine: quarantine)
        }
        do throws(StoreError) { return try open() } catch { return try open() }
    }

    /// To be called after a manifest without the segment is installed.
    func retire(_ handle: SegmentHandle) {
        handle.retire()
        quarantine.remove(handle.path)
    }

    mutating func installManifest(_ next: Manifest) throws(StoreError) {
        var next = next
        next.generation = manifest.generation + 1
        next.createdNs = expiryClock.believedNs(
            wallNs: environment.clock.wallNs(), monotonicNs: environment.clock.monotonicNs())
        checkSealed(next)
        next.counters.nextLSN = wal.newestUsedFirstLSN.map { max($0, next.walFloor) } ?? next.walFloor
        do throws(StoreError) {
            try manifests.install(next)
        } catch {
            // The name may be taken now; the next attempt, with the old truth or a newer one, must go above it.
            if case .outcomeUnknown = error { manifest.generation += 1 }
            throw error
        }
        destroyWraps(missingIn: next)
        manifest = next
    }

    /// Drops segments whose newest row is older than the retention, or than that of every namespace they have. Whole
    /// files only, and only while the clock is believed (``ExpiryClock``).
    /// - Returns: whether anything was dropped.
    package mutating func expire() throws(StoreError) -> Bool {
        let now = environment.clock.wallNs()
        let isClockBelieved = expiryClock.mayExpire(wallNs: now, monotonicNs: environment.clock.monotonicNs())
        guard isClockBelieved else { return false }
        retireSources()
        let cutoffs = retentionCutoffs(nowNs: now)
        let expired = segments.filter { isExpired($0, cutoffs) }
        guard !expired.isEmpty, readOnlyReason == nil else { return false }
        let gone = Set(expired.map(\.summary.identity.uuid))
        var next = manifest
        next.segments.removeAll { gone.contains($0.identity.uuid) }
        try installManifest(next)
        segments.removeAll { gone.contains($0.summary.identity.uuid) }
        for handle in expired { retire(handle) }
        return true
    }

    private func isExpired(_ segment: SegmentHandle, _ cutoffs: RetentionCutoffs) -> Bool {
        // The newest state of a key or a resource says how it is now, however old it is; merges remove the others.
        guard !segment.summary.identity.kind.isState else { return false }
        let newest = segment.summary.lastTimestamp
        if newest < cutoffs.oldestNs { return true }
        guard cutoffs.hasExceptions, newest < cutoffs.newestNs else { return false }
        let known = catalogue.seriesCount
        // What cannot be read is not expired: its damage is found, and reported, by who asks for its rows.
        let isKept = try? segment.hasSeries { Int($0.rawValue) >= known || newest >= cutoffs.cutoff(of: $0) }
        return isKept == false
    }
}
