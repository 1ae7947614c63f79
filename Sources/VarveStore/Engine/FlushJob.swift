import VarveBytes
import VarveCodec
import VarveIO
import VarveModel

/// A frozen tail and what is needed to turn it into segment files. Runs on the flush thread; touches nothing that the
/// writer owns.
struct FlushJob: Sendable {
    let chunks: [TailChunk]
    /// The closed range of groups whose rows are all in `chunks`.
    let lsnFirst: UInt64
    let lsnLast: UInt64
    /// Catalogue facts that the catalogue's files do not have yet.
    let catalogueChange: CatalogueChange
    let catalogueLog: CatalogueLog
    let catalogue: Catalogue
    let layout: StoreLayout
    let store: UUID16
    let environment: SystemEnvironment
    let options: StoreOptions
    /// The output of an earlier run whose installation failed: nothing is to be written again.
    let finished: Output?

    /// What a flush leaves on disk, durable but not yet named by a manifest.
    struct Output: Sendable {
        var segments: [SegmentSummary]
        var catalogueLog: CatalogueLog
        /// Sources that have data of a newer day now.
        var days: [SourceDay]
    }

    /// Writes the catalogue first, because segments refer to it by number, then one segment per window. On failure the
    /// segments written so far are removed again: a full disk would never recover otherwise.
    func run() throws(StoreError) -> Output {
        if let finished { return finished }
        let rows = FrozenRows(chunks: chunks, catalogue: catalogue)
        var change = catalogueChange
        change.days = rows.newerDays(than: catalogue)
        let catalogueLog = try writeCatalogue(change)
        var segments: [SegmentSummary] = []
        do throws(StoreError) {
            for slice in rows.slices(windows: WindowPolicy(nowNs: environment.clock.wallNs())) {
                segments.append(try write(slice, of: rows))
            }
            try onDisk { () throws(DiskError) in try environment.fileSystem.syncDirectory(layout.segmentDirectory) }
        } catch {
            for summary in segments { try? environment.fileSystem.remove(layout.segmentFile(summary.identity.uuid)) }
            throw error
        }
        return Output(segments: segments, catalogueLog: catalogueLog, days: change.days)
    }

    /// Appends to the catalogue's log, or begins a new one behind a checkpoint. Durable on return.
    private func writeCatalogue(_ change: CatalogueChange) throws(StoreError) -> CatalogueLog {
        var catalogueLog = catalogueLog
        try onDisk { () throws(DiskError) in
            if catalogueLog.isCheckpointDue(logBytesMax: options.catalogueLogBytesMax) {
                catalogueLog = try writeCheckpoint(change)
            } else {
                try catalogueLog.append(change.records(of: catalogue), fileSystem: environment.fileSystem)
            }
            try environment.fileSystem.syncDirectory(layout.catalogueDirectory)
        }
        return catalogueLog
    }

    /// A checkpoint of the next generation, under its own name once it is complete. One left by a flush whose manifest
    /// was never installed is replaced.
    private func writeCheckpoint(_ change: CatalogueChange) throws(DiskError) -> CatalogueLog {
        let generation = catalogueLog.generation + 1
        let today = SourceDay.day(of: environment.clock.wallNs())
        let kept = UInt32(clamping: options.retentionDays + Self.droppedAfterDays)
        let writer = CheckpointWriter(
            tables: catalogue.tables, counts: change.to, days: change.days,
            dropBefore: today > kept ? today - kept : 0)
        let target = layout.checkpointFile(generation: generation)
        let temporary = layout.temporaryDirectory + "/" + StoreLayout.padded(generation) + StoreLayout.checkpointSuffix
        let byteCount = try writer.write(
            path: temporary, store: store, generation: generation, fileSystem: environment.fileSystem)
        try environment.fileSystem.rename(temporary, to: target)
        return CatalogueLog(
            layout: layout, store: store, generation: generation, byteCount: 0, checkpointByteCount: byteCount)
    }

    /// Days for which checkpoints keep retired sources: a weekly segment holds rows up to a week older than its newest
    /// one, and its order is that of its series' metrics.
    private static let droppedAfterDays = 14
}

/// Which window a row belongs to. Windows are aligned to the epoch.
///
/// The last day is cut into 2-hour windows, so that flushes of live data, which touch the present only, stay apart
/// from each other as little as compaction needs; older rows go to weekly windows, so that a backfill of 15 months
/// makes 65 files and not 5 460.
struct WindowPolicy {
    static let recentNs = Nanoseconds.perDay
    static let levelWidths: [Int64] = [2 * Nanoseconds.perHour, Nanoseconds.perDay, Nanoseconds.perWeek]

    let nowNs: Int64

    struct Window: Hashable {
        var level: UInt8
        var range: TimeRange
    }

    func window(of timestamp: Int64) -> Window {
        let level = timestamp >= nowNs - Self.recentNs ? 0 : 2
        let width = Self.levelWidths[level]
        // Commits are checked, but a log may hold any time: windows end where numbers do.
        let (start, isBelow) = timestamp.subtractingReportingOverflow(((timestamp % width) + width) % width)
        let first = isBelow ? Int64.min : start
        let (end, isAbove) = first.addingReportingOverflow(width)
        return Window(level: UInt8(level), range: TimeRange(start: first, end: isAbove ? .max : end))
    }
}
