import VarveCodec

extension SegmentBuilder {
    /// Adds a block of another segment as it is.
    /// - Parameters:
    ///   - time: the same times as in the other segment.
    ///   - bytes: the block's encoded bytes.
    ///   - statistics: of its values.
    ///   - values: for the rollups; not looked at when the builder keeps none (``keepsRollups``).
    mutating func addCopiedBlock(
        series: SeriesID, time: TimeBlockReference, bytes: [UInt8], statistics: BlockStatistics,
        values: UnsafeBufferPointer<Double>
    ) throws(StoreError) {
        precondition(schema.hasStatistics, "blocks of kinds with bodies refer to pages of their own file")
        try unpend(series)
        let offset = blockPage.payload.count
        blockPage.payload.append(contentsOf: bytes)
        try addEntry(series: series, time: time, offset: offset, statistics: statistics)
        rollups.add(timeBlock: time.ordinal, values)
    }

    /// Whether sums over fixed spans of time are kept beside the rows.
    var keepsRollups: Bool { !rollups.isOff }

    /// File offset at which the next page will start: what the file takes so far.
    var writtenByteCount: Int { output.endOffset }
}
