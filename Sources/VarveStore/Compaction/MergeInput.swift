import VarveCodec
import VarveCrypto
import VarveIO
import VarveModel

/// One segment that a compaction reads: blocks of a series, their times and their values. Belongs to one job.
///
/// Everything that a merge knows about how rows lie in a segment is here.
final class MergeInput {
    let reader: SegmentReader
    private let times: SegmentTimes
    private let chunk: SegmentChunk
    /// The block of rows with several columns that was used last; runs of one block follow one another.
    private var record: (ordinal: Int, block: RecordBlock)?

    /// Opens the file with a cache of its own: a merge reads everything once, which must not drive out what queries
    /// use.
    init(
        path: String, fileSystem: any FileSystem, wrappedKey: WrappedKey?, keyProvider: (any KeyProvider)?
    ) throws(StoreError) {
        reader = try SegmentReader(
            opening: path, fileSystem: fileSystem, cache: PageCache(byteCountMax: Self.cacheByteCount),
            wrappedKey: wrappedKey, keyProvider: keyProvider)
        times = SegmentTimes(reader)
        chunk = SegmentChunk(reader)
    }

    /// Series stand in the same order in index, time pages and block pages, so a few pages of each are enough. The
    /// largest cacheable page is a quarter of this.
    private static let cacheByteCount = 4 << 20

    /// The blocks of a series that have rows in `range`, ascending in time.
    /// - Throws: `.corrupt` for a block that crosses the border of `range`: a merge would tear it.
    func blocks(of series: SeriesID, in range: TimeRange) throws(StoreError) -> [SegmentBlockCursor.Block] {
        var cursor = try SegmentBlockCursor(reader, series: [series], in: range)
        var blocks: [SegmentBlockCursor.Block] = []
        while let block = try cursor.next() {
            guard range.contains(block.firstTimestamp), range.contains(block.lastTimestamp) else {
                let detail = "block \(block.ordinal) crosses the border of \(range.start)…\(range.end)"
                throw .corrupt(Corruption(path: reader.path, offset: reader.footerOffset, detail: detail))
            }
            blocks.append(block)
        }
        return blocks
    }

    func appendTimes(of block: SegmentBlockCursor.Block, to rows: inout [Int64]) throws(StoreError) {
        let column = try times.decode(block.entry.timeBlock, block.time)
        for row in 0..<block.time.rowCount { rows.append(column[row]) }
    }

    func appendValues(of block: SegmentBlockCursor.Block, to rows: inout [Double]) throws(StoreError) {
        chunk.move(to: block)
        rows.append(contentsOf: try chunk.decode().values)
    }

    /// Statistics of a block: from the index, or for a short run that shares its block with others, of its values.
    func statistics(of block: SegmentBlockCursor.Block) throws(StoreError) -> BlockStatistics {
        guard block.directory == nil, var statistics = block.entry.statistics else {
            chunk.move(to: block)
            return BlockStatistics(of: try chunk.decode().values)
        }
        statistics.count = block.time.rowCount
        return statistics
    }

    /// Rows of a series in `range`, by the index.
    func rowCount(of series: SeriesID, in range: TimeRange) throws(StoreError) -> Int {
        var cursor = try SegmentBlockCursor(reader, series: [series], in: range)
        var count = 0
        while let block = try cursor.next() { count += block.time.rowCount }
        return count
    }

    // MARK: Rows with several columns

    /// The blocks of a series that may have rows in `range`, ascending in time.
    func recordBlocks(of series: SeriesID, in range: TimeRange) throws(StoreError) -> [SegmentBlockCursor.Block] {
        var cursor = try SegmentBlockCursor(reader, series: [series], in: range)
        var blocks: [SegmentBlockCursor.Block] = []
        while let block = try cursor.next() { blocks.append(block) }
        return blocks
    }

    /// The rows of one block of a series that lie in `range`, and what decodes them.
    func records(
        of block: SegmentBlockCursor.Block, in range: TimeRange
    ) throws(StoreError) -> (span: RecordSpan, source: RecordBlock) {
        let source: RecordBlock
        if let record, record.ordinal == block.ordinal {
            source = record.block
        } else {
            source = try RecordBlock(reader, block)
            record = (block.ordinal, source)
        }
        let span = RecordSpan(
            series: block.entry.series, rows: Array(source.rows(ofRun: block.run)),
            timestamps: try source.timestamps(ofRun: block.run, times))
        return (span.clipped(to: range), source)
    }
}
