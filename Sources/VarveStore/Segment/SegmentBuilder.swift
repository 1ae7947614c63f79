import VarveBytes
package import VarveCodec
package import VarveIO
import VarveModel

/// A time block of a segment that is being written: give it to every block whose rows have these times.
package struct TimeBlockReference: Hashable, Sendable {
    let ordinal: UInt32
    package let rowCount: Int
    package let firstTimestamp: Int64
    package let lastTimestamp: Int64
}

/// Writes one segment file from front to back. Format: Docs/Format/segment.md.
///
/// Call order: time blocks before the blocks that use them; the blocks of one series one after the other, ascending in
/// time; series in the order in which scans will want them (all series of one metric together). Memory: two open pages,
/// one write buffer, the index entries since the last full leaf, the runs that wait, and 24 bytes per series.
///
/// The file is complete and durable when ``finish()`` returns, but its *name* only after the caller has synced the
/// directory. A file left behind by an error carries no end mark and is refused by readers.
package struct SegmentBuilder: ~Copyable {
    let identity: SegmentIdentity
    /// nil when the segment is not sealed.
    private let seal: FileSeal?
    let effort: CodecEffort
    package let schema: SegmentSchema
    var output: SegmentOutput
    private var timePage = OpenPage()
    var blockPage = OpenPage()
    private var timeEntries: [TimeBlockEntry] = []
    private var blockEntries: [BlockEntry] = []
    /// Times of the rows of `blockEntries`.
    private var blockRanges: [(first: Int64, last: Int64)] = []
    private(set) var seriesEntries: [SeriesEntry] = []
    private var footer = SegmentFooter(superblockCRC: 0)
    private var sharedTimes = SharedTimeBlocks()
    private var totals = Totals()
    private var hint = FloatHint()
    var pending = PendingRuns()
    var pendingRecords = PendingRecords()
    var runsHint = FloatHint()
    var rollups: RollupWriter

    /// Creates the file.
    /// - Parameters:
    ///   - path: must not exist; a name in `tmp/`.
    ///   - rollups: which sums over fixed spans of time are kept beside the rows.
    ///   - seal: of a new data key (``FileSeal/forSegment(_:keys:path:)``); nil for a plain segment.
    package init(
        creating path: String, identity: SegmentIdentity, fileSystem: any FileSystem, effort: CodecEffort = .flush,
        rollups: RollupPolicy = .none, seal: FileSeal? = nil
    ) throws(StoreError) {
        let file = try onDisk { () throws(DiskError) in try fileSystem.open(path, .createNew) }
        self.identity = identity
        self.effort = effort
        schema = identity.kind.schema
        self.seal = seal
        output = SegmentOutput(file: file, segment: identity.uuid, seal: seal)
        self.rollups = RollupWriter(rollups)
    }

    /// Adds the times of 1 to 8 192 rows (4 096 is best), ascending. Times equal to those of an earlier block are
    /// stored once.
    package mutating func addTimeBlock(
        _ timestamps: UnsafeBufferPointer<Int64>
    ) throws(StoreError) -> TimeBlockReference {
        let rows = timestamps.count
        precondition(1...SegmentFormat.blockRowsMax ~= rows, "a time block has 1 to 8 192 rows")
        let (first, last) = (timestamps[0], timestamps[rows - 1])
        precondition(Self.isAscending(timestamps), "the rows of a block are in time order")
        precondition(identity.window.contains(first), "rows lie in the segment's window")
        precondition(identity.window.contains(last), "rows lie in the segment's window")
        var writer = ByteWriter()
        IntegerStream.encode(timestamps, into: &writer, effort: effort)
        if let known = sharedTimes.find(writer.bytes, rowCount: rows) { return known }
        let reference = TimeBlockReference(
            ordinal: UInt32(footer.timeBlockCount), rowCount: rows, firstTimestamp: first, lastTimestamp: last)
        sharedTimes.remember(writer.bytes, reference)
        rollups.addTimeBlock(timestamps)
        footer.timeBlockCount += 1
        timeEntries.append(
            TimeBlockEntry(
                page: OpenPage.unnumbered, offset: UInt32(timePage.payload.count), rowCount: rows,
                firstTimestamp: first,
                lastTimestamp: last))
        timePage.payload.append(contentsOf: writer.bytes)
        if timePage.isFull { try writeTimePage() }
        return reference
    }

    /// Adds one value for each row of `time`. For kinds whose rows are single numbers.
    ///
    /// The only block of a series, when it is short, waits for those of others, to be written together with them: until
    /// there are 4 096 rows or 1 024 series, or ``beginGroup()`` or ``finish()`` is called.
    package mutating func addValueBlock(
        series: SeriesID, time: TimeBlockReference, values: UnsafeBufferPointer<Double>
    ) throws(StoreError) {
        precondition(schema.hasStatistics, "value blocks belong to kinds with one number per row")
        precondition(values.count == time.rowCount, "one value per row of the time block")
        try unpend(series)
        guard time.rowCount < SegmentFormat.runRowsEnd, seriesEntries.last?.series != series else {
            return try addWholeBlock(series: series, time: time, values: values)
        }
        if !pending.hasRoom(for: series, rowCount: time.rowCount) { try sealRuns() }
        pending.append(PendingRuns.Run(series: series, time: time), values)
    }

    /// Adds a block of one series.
    mutating func addWholeBlock(
        series: SeriesID, time: TimeBlockReference, values: UnsafeBufferPointer<Double>
    ) throws(StoreError) {
        let offset = blockPage.payload.count
        var writer = ByteWriter()
        FloatStream.encode(values, into: &writer, hint: &hint, effort: effort)
        blockPage.payload.append(contentsOf: writer.bytes)
        try addEntry(series: series, time: time, offset: offset, statistics: BlockStatistics(of: values))
        rollups.add(timeBlock: time.ordinal, values)
    }

    /// Records a block that was just appended to the open block page.
    mutating func addEntry(
        series: SeriesID, time: TimeBlockReference, offset: Int, statistics: BlockStatistics?
    ) throws(StoreError) {
        precondition(Int(time.ordinal) < footer.timeBlockCount, "the time block belongs to this segment")
        if let current = seriesEntries.last, current.series == series {
            precondition(
                current.firstBlock + current.blockCount == footer.blockCount,
                "the blocks of a series are added one after the other")
            precondition(time.firstTimestamp >= totals.seriesEnd, "the blocks of a series are added in time order")
            seriesEntries[seriesEntries.count - 1].blockCount += 1
        } else {
            seriesEntries.append(SeriesEntry(series: series, firstBlock: footer.blockCount, blockCount: 1))
        }
        try rollups.enter(series, rowCount: time.rowCount, &output)
        totals.add(time)
        try add(
            BlockEntry(
                series: series, timeBlock: time.ordinal, page: OpenPage.unnumbered, offset: UInt32(offset),
                statistics: statistics), range: (time.firstTimestamp, time.lastTimestamp))
    }

    /// Records a block of several series that was just appended to the open block page.
    mutating func addEntry(runs: [PendingRuns.Run], offset: Int) throws(StoreError) {
        let first = runs[0]
        var summary = BlockRuns(
            seriesCount: runs.count, rowCount: 0, firstTimestamp: first.time.firstTimestamp,
            lastTimestamp: first.time.lastTimestamp)
        for run in runs {
            seriesEntries.append(SeriesEntry(series: run.series, firstBlock: footer.blockCount, blockCount: 1))
            totals.add(run.time)
            summary.rowCount += run.time.rowCount
            summary.firstTimestamp = min(summary.firstTimestamp, run.time.firstTimestamp)
            summary.lastTimestamp = max(summary.lastTimestamp, run.time.lastTimestamp)
        }
        try add(
            BlockEntry(
                series: first.series, timeBlock: first.time.ordinal, page: OpenPage.unnumbered, offset: UInt32(offset),
                runs: summary), range: (summary.firstTimestamp, summary.lastTimestamp))
    }

    private mutating func add(_ entry: BlockEntry, range: (first: Int64, last: Int64)) throws(StoreError) {
        footer.blockCount += 1
        blockRanges.append(range)
        blockEntries.append(entry)
        if blockPage.isFull { try writeBlockPage() }
    }

    /// Writes index, footer, trailer and superblock, syncs and closes the file.
    package consuming func finish() throws(StoreError) -> SegmentSummary {
        try sealRuns()
        if !timePage.payload.isEmpty { try writeTimePage() }
        if !blockPage.payload.isEmpty { try writeBlockPage() }
        try writeTimeLeaves(everything: true)
        try writeBlockLeaves(everything: true)
        try writeSeriesLeaves()
        (footer.rollupCount, footer.rollupLeaves) = try rollups.finish(&output)
        let superblock = SegmentSuperblock(
            identity: identity, schema: schema, firstTimestamp: totals.firstTimestamp,
            lastTimestamp: totals.lastTimestamp, rowCount: totals.rowCount, seriesCount: footer.seriesCount,
            keySection: seal?.section, isThorough: effort == .compaction
        ).encoded()
        let fileCRC = try writeFooter(superblockCRC: SegmentSuperblock.crc(of: superblock))
        try output.finish(superblock: superblock)
        return SegmentSummary(
            identity: identity, firstTimestamp: totals.firstTimestamp, lastTimestamp: totals.lastTimestamp,
            rowCount: totals.rowCount, seriesCount: footer.seriesCount, byteCount: output.endOffset, fileCRC: fileCRC,
            wrappedKey: seal?.wrapped)
    }

    // MARK: Pages

    private mutating func writeTimePage() throws(StoreError) {
        let page = try output.append(.time, timePage.payload)
        timePage.payload.removeAll(keepingCapacity: true)
        for index in timeEntries.indices.reversed() {
            guard timeEntries[index].page == OpenPage.unnumbered else { break }
            timeEntries[index].page = page
        }
        try writeTimeLeaves(everything: false)
    }

    private mutating func writeBlockPage() throws(StoreError) {
        let page = try output.append(.block, blockPage.payload)
        blockPage.payload.removeAll(keepingCapacity: true)
        for index in blockEntries.indices.reversed() {
            guard blockEntries[index].page == OpenPage.unnumbered else { break }
            blockEntries[index].page = page
        }
        try writeBlockLeaves(everything: false)
    }

    /// Writes the full leaves; at the end the last, shorter one too.
    private mutating func writeTimeLeaves(everything: Bool) throws(StoreError) {
        let leafEntries = SegmentFormat.indexLeafEntries
        while timeEntries.count >= leafEntries || (everything && !timeEntries.isEmpty) {
            let leaf = TimeIndexLeaf(entries: Array(timeEntries.prefix(leafEntries)))
            timeEntries.removeFirst(leaf.entries.count)
            let range = leaf.range
            footer.timeLeaves.append(
                SegmentLeafRoot(
                    page: try output.append(.timeIndex, leaf.encoded()), firstTimestamp: range.first,
                    lastTimestamp: range.last))
        }
    }

    private mutating func writeBlockLeaves(everything: Bool) throws(StoreError) {
        let leafEntries = SegmentFormat.indexLeafEntries
        while blockEntries.count >= leafEntries || (everything && !blockEntries.isEmpty) {
            let leaf = BlockIndexLeaf(entries: Array(blockEntries.prefix(leafEntries)))
            let ranges = blockRanges.prefix(leafEntries)
            let root = SegmentLeafRoot(
                page: try output.append(.blockIndex, leaf.encoded()), firstSeries: leaf.entries[0].series,
                firstTimestamp: ranges.map(\.first).min()!, lastTimestamp: ranges.map(\.last).max()!)
            footer.blockLeaves.append(root)
            blockEntries.removeFirst(leaf.entries.count)
            blockRanges.removeFirst(leaf.entries.count)
        }
    }

    private mutating func writeSeriesLeaves() throws(StoreError) {
        seriesEntries.sort { $0.series < $1.series }
        for index in seriesEntries.indices.dropFirst() {
            precondition(
                seriesEntries[index - 1].series != seriesEntries[index].series,
                "the blocks of a series are added one after the other")
        }
        footer.seriesCount = seriesEntries.count
        var rest = seriesEntries[...]
        while let first = rest.first {
            let leaf = SeriesIndexLeaf(entries: Array(rest.prefix(SegmentFormat.seriesLeafEntries)))
            rest = rest.dropFirst(SegmentFormat.seriesLeafEntries)
            let page = try output.append(.seriesIndex, leaf.encoded())
            footer.seriesLeaves.append(SegmentLeafRoot(page: page, firstSeries: first.series))
        }
    }

    private mutating func writeFooter(superblockCRC: UInt32) throws(StoreError) -> UInt32 {
        footer.superblockCRC = superblockCRC
        footer.pages = output.table
        let start = output.endOffset
        let page = Int(try output.append(.footer, footer.encoded()))
        let footerCRC = output.table.crcs[page]
        let fileCRC = SegmentTrailer.fileCRC(superblock: superblockCRC, pages: footer.pages.crcs, footer: footerCRC)
        let trailer = SegmentTrailer(
            footerOffset: start, footerByteCount: output.endOffset - start, footerCRC: footerCRC, fileCRC: fileCRC)
        output.append(raw: trailer.encoded())
        return fileCRC
    }

    private static func isAscending(_ timestamps: UnsafeBufferPointer<Int64>) -> Bool {
        var descents = 0
        for index in 1..<max(timestamps.count, 1) where timestamps[index] < timestamps[index &- 1] { descents &+= 1 }
        return descents == 0
    }
}

extension SegmentBuilder {
    /// A page that is being filled; its number is given when it is written.
    struct OpenPage {
        /// Stands for the number in index entries until then.
        static let unnumbered = UInt32.max
        var payload: [UInt8] = []

        var isFull: Bool { payload.count >= SegmentFormat.dataPageByteCountTarget }
    }

    /// Running figures of the whole segment.
    private struct Totals {
        var firstTimestamp: Int64 = 0
        var lastTimestamp: Int64 = 0
        var rowCount = 0
        /// Last row of the newest block of the current series.
        var seriesEnd: Int64 = 0

        mutating func add(_ time: TimeBlockReference) {
            firstTimestamp = rowCount == 0 ? time.firstTimestamp : min(firstTimestamp, time.firstTimestamp)
            lastTimestamp = rowCount == 0 ? time.lastTimestamp : max(lastTimestamp, time.lastTimestamp)
            rowCount += time.rowCount
            seriesEnd = time.lastTimestamp
        }
    }

    /// Recent time blocks by their encoded bytes: sources that report at the same instants share one.
    private struct SharedTimeBlocks {
        private var blocks: [[UInt8]: [TimeBlockReference]] = [:]
        private var byteCount = 0
        /// Regular times take about ten bytes, jittered ones 8 KiB; a quarter of a mebibyte is plenty of either.
        private static let byteCountMax = 256 << 10

        func find(_ bytes: [UInt8], rowCount: Int) -> TimeBlockReference? {
            blocks[bytes]?.first { $0.rowCount == rowCount }
        }

        mutating func remember(_ bytes: [UInt8], _ reference: TimeBlockReference) {
            if byteCount > Self.byteCountMax || blocks.count >= SegmentFormat.sharedTimeBlocksMax { self = Self() }
            byteCount += bytes.count
            blocks[bytes, default: []].append(reference)
        }
    }
}
