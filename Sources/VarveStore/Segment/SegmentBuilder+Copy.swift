import VarveCodec

extension SegmentBuilder {
    /// Adds a block of another segment as it is.
    /// - Parameters:
    ///   - time: the same times as in the other segment.
    ///   - bytes: the block's encoded bytes.
    ///   - statistics: of its values.
    mutating func addCopiedBlock(
        series: SeriesID, time: TimeBlockReference, bytes: [UInt8], statistics: BlockStatistics
    ) throws(StoreError) {
        precondition(schema.hasStatistics, "blocks of kinds with bodies refer to pages of their own file")
        let offset = blockPage.payload.count
        blockPage.payload.append(contentsOf: bytes)
        try addEntry(series: series, time: time, offset: offset, statistics: statistics)
    }

    /// File offset at which the next page will start: what the file takes so far.
    var writtenByteCount: Int { output.endOffset }
}
