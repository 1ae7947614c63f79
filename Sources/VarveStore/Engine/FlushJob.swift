import VarveBytes
import VarveCodec
import VarveIO
import VarveModel

/// A frozen tail and what is needed to turn it into segment files. Runs on the flush thread; touches nothing that the
/// writer owns.
struct FlushJob: Sendable {
    let chunks: [TailChunk]
    let records: [RecordColumns]
    /// The closed range of groups whose rows are all in `chunks` and `records`.
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
    /// The time of day as far as the clock is believed (``ExpiryClock``): what is left out of a checkpoint is gone.
    let believedNs: Int64
    /// nil when segments are not sealed.
    let keys: DataKeys?
    /// The output of an earlier run whose installation failed: nothing is to be written again.
    let finished: Output?

    /// What a flush leaves on disk, durable but not yet named by a manifest.
    struct Output: Sendable {
        var segments: [SegmentSummary]
        var catalogueLog: CatalogueLog
        /// Sources that have data of a newer day now.
        var days: [SourceDay]
    }

    /// Writes the catalogue first, because segments refer to it by number, then one segment per kind and window. On
    /// failure the segments written so far are removed again: a full disk would never recover otherwise.
    func run() throws(StoreError) -> Output {
        if let finished { return finished }
        let numbers = FrozenRows(chunks: chunks, catalogue: catalogue)
        let kinds: [any FlushedRows] = [numbers] + FrozenRecords.all(records, catalogue: catalogue)
        var change = catalogueChange
        change.days = newerDays(kinds)
        let catalogueLog = try writeCatalogue(change)
        var segments: [SegmentSummary] = []
        do throws(StoreError) {
            let windows = WindowPolicy(nowNs: environment.clock.wallNs())
            for rows in kinds {
                for slice in windows.coarsened(rows.slices(windows: windows)) {
                    segments.append(try write(slice, of: rows))
                }
            }
            try onDisk { () throws(DiskError) in try environment.fileSystem.syncDirectory(layout.segmentDirectory) }
        } catch {
            for summary in segments { try? environment.fileSystem.remove(layout.segmentFile(summary.identity.uuid)) }
            throw error
        }
        return Output(segments: segments, catalogueLog: catalogueLog, days: change.days)
    }

    /// Per source, ascending, whose newest row is of a later day than the catalogue knows: that day.
    private func newerDays(_ kinds: [any FlushedRows]) -> [SourceDay] {
        var days: [SourceDay] = []
        for rows in kinds {
            for run in rows.runs {
                guard let source = rows.source(of: run) else { continue }
                let day = SourceDay.day(of: rows.timestamp(at: run.positions.upperBound - 1))
                let known = catalogue.tables.activity(of: source) & ~CatalogueTables.retiredFlag
                if day > known { days.append(SourceDay(source: source, day: day)) }
            }
        }
        // A source may have rows of several kinds, and series of several.
        days.sort { ($0.source, $0.day) < ($1.source, $1.day) }
        return days.indices.filter { $0 + 1 == days.count || days[$0 + 1].source != days[$0].source }.map { days[$0] }
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

    /// A checkpoint of a new generation, under its own name once it is complete. One left by a flush of this opening
    /// whose manifest was never installed is replaced: it has the same numbers.
    private func writeCheckpoint(_ change: CatalogueChange) throws(DiskError) -> CatalogueLog {
        let generation = catalogueLog.nextGeneration
        let today = SourceDay.day(of: believedNs)
        // Beyond the last day that there is, nothing is dropped.
        let kept = UInt32(min(options.retentionDays, CatalogueRecord.dayMax) + Self.droppedAfterDays)
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
