import VarveModel

/// What the writer lets others see. Immutable; replaced after every change.
struct StorePublication: Sendable {
    let catalogue: Catalogue
    let segments: [SegmentHandle]
    /// Chunks of the frozen tail, then of the current one.
    let chunks: [TailChunk]
    let readOnlyReason: String?
    let walBytes: Int
    let catalogueBytes: Int
    let damage: [Corruption]

    init(_ engine: StoreEngine) {
        catalogue = engine.catalogue
        segments = engine.segments
        chunks = (engine.frozen?.tail.chunks ?? []) + engine.tail.chunks
        readOnlyReason = engine.readOnlyReason
        walBytes = engine.wal.liveBytes
        catalogueBytes = engine.catalogueLog.totalByteCount
        damage = engine.damage
    }

    func snapshot() -> StoreSnapshot {
        // Rows first: what gives them their names is made visible before them.
        let tail = chunks.map { StoreSnapshot.TailView(chunk: $0, rowCount: $0.rowCount) }
        return StoreSnapshot(catalogue: catalogue, counts: catalogue.visibleCounts, segments: segments, tail: tail)
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
        for segment in segments where segment.summary.rowCount > 0 {
            statistics.segmentBytes += segment.summary.byteCount
            statistics.sampleCount += segment.summary.rowCount
            statistics.include(segment.summary.firstTimestamp, segment.summary.lastTimestamp)
        }
        for chunk in chunks {
            statistics.tailRows += chunk.rowCount
            statistics.tailValues += chunk.valueCount
            if let bounds = chunk.timeBounds { statistics.include(bounds.oldest, bounds.newest) }
        }
        statistics.sampleCount += statistics.tailValues
        return statistics
    }
}

extension StoreStatistics {
    fileprivate mutating func include(_ oldest: Int64, _ newest: Int64) {
        oldestTimestampNs = min(oldestTimestampNs ?? oldest, oldest)
        newestTimestampNs = max(newestTimestampNs ?? newest, newest)
    }
}
