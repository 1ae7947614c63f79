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
    /// Catalogue facts that the catalogue log does not have yet.
    let records: [CatalogueRecord]
    let catalogueLog: CatalogueLog
    let catalogue: Catalogue
    let layout: StoreLayout
    let store: UUID16
    let environment: SystemEnvironment
    /// nil when segments are not sealed.
    let keys: DataKeys?
    /// The output of an earlier run whose installation failed: nothing is to be written again.
    let finished: Output?

    /// What a flush leaves on disk, durable but not yet named by a manifest.
    struct Output: Sendable {
        var segments: [SegmentSummary]
        var catalogueLog: CatalogueLog
    }

    /// Writes the catalogue first, because segments refer to it by number, then one segment per window. On failure the
    /// segments written so far are removed again: a full disk would never recover otherwise.
    func run() throws(StoreError) -> Output {
        if let finished { return finished }
        let catalogueLog = try appendRecords()
        let rows = FrozenRows(chunks: chunks, catalogue: catalogue)
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
        return Output(segments: segments, catalogueLog: catalogueLog)
    }

    private func appendRecords() throws(StoreError) -> CatalogueLog {
        var catalogueLog = catalogueLog
        try onDisk { () throws(DiskError) in
            try catalogueLog.append(records, fileSystem: environment.fileSystem)
            try environment.fileSystem.syncDirectory(layout.catalogueDirectory)
        }
        return catalogueLog
    }
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
