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
            let windows = WindowPolicy(nowNs: environment.clock.wallNs())
            for slice in windows.coarsened(rows.slices(windows: windows)) {
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
