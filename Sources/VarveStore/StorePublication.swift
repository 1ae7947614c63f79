import VarveIO
import VarveModel

/// What the writer lets others see. Immutable; replaced after every change.
struct StorePublication: Sendable {
    let catalogue: Catalogue
    let segments: [SegmentHandle]
    /// Chunks of the frozen tail, then of the current one.
    let chunks: [TailChunk]
    /// Rows with several columns that no segment holds: of the frozen tail, then of the current one; of each kind in
    /// order of arrival.
    let records: [RecordColumns]
    private let recordCounts: [RecordTail.Counts]
    let readOnlyReason: String?
    let walBytes: Int
    let catalogueBytes: Int
    let damage: [Corruption]
    private let retention: RetentionTable
    let missing: [DataGap]
    let quarantine: Quarantine
    let writeRefusal: StoreError?
    let failures: [BackgroundFailure]
    let space: SpaceGuard
    let clockWarning: String?

    init(_ engine: StoreEngine) {
        catalogue = engine.catalogue
        segments = engine.segments
        chunks = (engine.frozen?.tail.chunks ?? []) + engine.tail.chunks
        records = engine.bufferedRecords
        recordCounts = [engine.frozen?.tail.records.counts, engine.tail.records.counts].compactMap { $0 }
        readOnlyReason = engine.readOnlyReason
        walBytes = engine.wal.liveBytes
        catalogueBytes = engine.catalogueLog.totalByteCount
        damage = engine.damage
        retention = engine.retention
        missing = engine.missing
        quarantine = engine.quarantine
        // While a flush is under way a full tail only waits.
        writeRefusal = engine.writeRefusal.flatMap { $0 == .overloaded ? nil : $0 }
        failures = engine.failures.list
        space = engine.space
        clockWarning = engine.expiryClock.warning
    }

    /// - Parameter nowNs: of the snapshot: rows that have expired by then are not seen.
    func snapshot(nowNs: Int64) -> StoreSnapshot {
        // Rows first: what gives them their names is made visible before them.
        let tail = chunks.map { StoreSnapshot.TailView(chunk: $0, rowCount: $0.rowCount) }
        return StoreSnapshot(
            catalogue: catalogue, counts: catalogue.visibleCounts, segments: segments,
            cutoffs: RetentionCutoffs(retention, oldestNs: .min, nowNs: nowNs), missing: missing, tail: tail,
            recordRows: records)
    }

    func statistics() -> StoreStatistics {
        var statistics = StoreStatistics()
        statistics.seriesCount = catalogue.liveSeriesCount
        statistics.segmentCount = segments.count
        statistics.sealedSegmentCount = segments.count { $0.summary.wrappedKey != nil }
        statistics.walBytes = walBytes
        statistics.catalogueBytes = catalogueBytes
        statistics.readOnlyReason = readOnlyReason
        statistics.damage = damage
        addHealth(to: &statistics)
        for segment in segments where segment.summary.rowCount > 0 {
            statistics.segmentBytes += segment.summary.byteCount
            if segment.summary.identity.kind == .metric {
                statistics.sampleCount += segment.summary.rowCount
            } else {
                statistics.recordCount += segment.summary.rowCount
            }
            statistics.include(segment.summary.firstTimestamp, segment.summary.lastTimestamp)
        }
        for chunk in chunks {
            statistics.tailRows += chunk.rowCount
            statistics.tailValues += chunk.valueCount
            if let bounds = chunk.timeBounds { statistics.include(bounds.oldest, bounds.newest) }
        }
        statistics.sampleCount += statistics.tailValues
        for counts in recordCounts {
            statistics.tailRecords += counts.rowCount
            statistics.tailRecordBytes += counts.byteCount
            if let oldest = counts.oldestNs, let newest = counts.newestNs { statistics.include(oldest, newest) }
        }
        statistics.recordCount += statistics.tailRecords
        return statistics
    }

    private func addHealth(to statistics: inout StoreStatistics) {
        statistics.missingRowCount = missing.reduce(0) { $0 + $1.rowCountMax }
        statistics.quarantine = quarantine.places
        statistics.writeRefusal = writeRefusal.map { "\($0)" }
        statistics.failures = failures
        statistics.spaceLevel = space.level
        statistics.availableBytes = space.space?.availableBytes ?? 0
        statistics.diskBytes = space.space?.totalBytes ?? 0
        statistics.ballastBytes = space.ballastBytes
        statistics.clockWarning = clockWarning
    }
}

extension StoreStatistics {
    fileprivate mutating func include(_ oldest: Int64, _ newest: Int64) {
        oldestTimestampNs = min(oldestTimestampNs ?? oldest, oldest)
        newestTimestampNs = max(newestTimestampNs ?? newest, newest)
    }
}
