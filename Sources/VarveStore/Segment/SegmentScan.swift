package import VarveModel

/// Walks the blocks of chosen series, or of all, in the order in which they lie in the file.
///
/// A cursor over the index: skips leaves and blocks outside the time range, keeps the current leaves at hand. Belongs
/// to one scan on one thread.
struct SegmentBlockCursor {
    /// Blocks `next..<end` belong to the caller's series number `index`.
    private struct Run {
        var next: Int
        var end: Int
        var index: Int
    }

    /// A block with everything the index knows of it, or one run of a block of several series.
    struct Block {
        var ordinal: Int
        /// Position of the series in the caller's list.
        var index: Int
        /// Of a run: series and time block are the run's own.
        var entry: BlockEntry
        var time: TimeBlockEntry
        /// Where the run lies. Nil for blocks of one series, and for whole blocks: a walk over everything gives those.
        var directory: RunDirectory?
        /// Number of the run in `directory`.
        var run = 0
    }

    private let reader: SegmentReader
    private let range: TimeRange
    private let series: [SeriesID]
    private let isEverything: Bool
    private var runs: [Run] = []
    private var run = 0
    private var blockLeaf: (number: Int, leaf: BlockIndexLeaf)?
    private var timeLeaf: (number: Int, leaf: TimeIndexLeaf)?
    private var directory: (ordinal: Int, directory: RunDirectory, next: Int)?

    /// - Parameter series: ascending and distinct; those that the segment does not have are skipped.
    init(_ reader: SegmentReader, series: [SeriesID], in range: TimeRange) throws(StoreError) {
        self.reader = reader
        self.range = range
        self.series = series
        isEverything = false
        guard reader.summary.overlaps(range) else { return }
        var lookup = SeriesLookup(reader)
        for (index, series) in series.enumerated() {
            guard let entry = try lookup.entry(of: series) else { continue }
            runs.append(Run(next: entry.firstBlock, end: entry.firstBlock + entry.blockCount, index: index))
        }
        // Runs of one block in the order of its directory. Blocks and series are counted in 32 bits.
        runs.sort { $0.next << 32 | $0.index < $1.next << 32 | $1.index }
    }

    /// All blocks of the segment; those of several series as a whole.
    init(everythingOf reader: SegmentReader, in range: TimeRange) {
        self.reader = reader
        self.range = range
        series = []
        isEverything = true
        if reader.summary.overlaps(range) { runs = [Run(next: 0, end: reader.footer.blockCount, index: 0)] }
    }

    /// The blocks of one leaf of the block index; those of several series as a whole.
    init(leaf: Int, of reader: SegmentReader, in range: TimeRange) {
        self.init(everythingOf: reader, in: range)
        let start = leaf * SegmentFormat.indexLeafEntries
        let end = min(start + SegmentFormat.indexLeafEntries, reader.footer.blockCount)
        if !runs.isEmpty { runs = [Run(next: start, end: end, index: 0)] }
    }

    /// The next block that has rows in the range, or nil at the end.
    mutating func next() throws(StoreError) -> Block? {
        while run < runs.count {
            while runs[run].next < runs[run].end {
                let ordinal = runs[run].next
                let leafNumber = ordinal / SegmentFormat.indexLeafEntries
                let root = reader.footer.blockLeaves[leafNumber]
                guard range.overlaps(first: root.firstTimestamp, last: root.lastTimestamp) else {
                    runs[run].next = (leafNumber + 1) * SegmentFormat.indexLeafEntries
                    continue
                }
                runs[run].next += 1
                if let found = try rows(of: runs[run].index, in: ordinal) { return found }
            }
            run += 1
        }
        return nil
    }

    /// Visits the blocks that have rows in the range, of each series from the last one on, as long as `isWanted` says
    /// so of the index of the series and the time of a block's last row.
    mutating func visitNewestFirst(
        isWanted: (_ index: Int, _ last: Int64) -> Bool, visit: (Block) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        for run in runs {
            var ordinal = run.end
            while ordinal > run.next {
                ordinal -= 1
                // Before the whole entry is looked at: most blocks end here.
                if let time = try time(ofBlock: ordinal) {
                    guard range.overlaps(first: time.firstTimestamp, last: time.lastTimestamp) else { continue }
                    guard isWanted(run.index, time.lastTimestamp) else { break }
                }
                guard let block = try rows(of: run.index, in: ordinal) else { continue }
                guard isWanted(run.index, block.lastTimestamp) else { break }
                if case .stop = try visit(block) { return .stop }
            }
        }
        return .next
    }

    /// The rows of the caller's series number `index` in a block, or nil when none is in the range.
    private mutating func rows(of index: Int, in ordinal: Int) throws(StoreError) -> Block? {
        // Entries are large: most blocks of a long series are refused by their times alone.
        if let time = try time(ofBlock: ordinal), !range.overlaps(first: time.firstTimestamp, last: time.lastTimestamp)
        {
            return nil
        }
        let entry = try blockEntry(ordinal)
        var block: Block
        if let summary = entry.runs, !isEverything {
            guard range.overlaps(first: summary.firstTimestamp, last: summary.lastTimestamp) else { return nil }
            block = try findRun(of: series[index], in: ordinal, entry, summary)
            block.index = index
        } else {
            let time = try timeEntry(Int(entry.timeBlock))
            block = Block(ordinal: ordinal, index: index, entry: entry, time: time)
        }
        return range.overlaps(first: block.firstTimestamp, last: block.lastTimestamp) ? block : nil
    }

    /// The runs of one block that a scan visits come one after the other: their directory stays at hand.
    private mutating func findRun(
        of series: SeriesID, in ordinal: Int, _ entry: BlockEntry, _ summary: BlockRuns
    ) throws(StoreError) -> Block {
        var current = directory
        if current?.ordinal != ordinal {
            current = (ordinal, try reader.directory(ofBlock: ordinal, entry, summary), 0)
        }
        guard let (_, found, next) = current, let run = found.run(of: series, expected: next) else {
            let detail = "series index: series \(series.rawValue) is not in block \(ordinal)"
            throw .corrupt(Corruption(path: reader.path, offset: reader.footerOffset, detail: detail))
        }
        directory = (ordinal, found, run + 1)
        var own = entry
        (own.series, own.timeBlock) = (series, found.timeBlocks[run])
        return Block(ordinal: ordinal, index: 0, entry: own, time: found.times[run], directory: found, run: run)
    }

    private mutating func blockEntry(_ ordinal: Int) throws(StoreError) -> BlockEntry {
        try findBlockLeaf(of: ordinal).entries[ordinal % SegmentFormat.indexLeafEntries]
    }

    /// Where the times of a block lie; nil for a block of several series.
    private mutating func time(ofBlock ordinal: Int) throws(StoreError) -> TimeBlockEntry? {
        let leaf = try findBlockLeaf(of: ordinal)
        let index = ordinal % SegmentFormat.indexLeafEntries
        guard leaf.entries[index].runs == nil else { return nil }
        return try timeEntry(Int(leaf.entries[index].timeBlock))
    }

    private mutating func findBlockLeaf(of ordinal: Int) throws(StoreError) -> BlockIndexLeaf {
        let number = ordinal / SegmentFormat.indexLeafEntries
        if let blockLeaf, blockLeaf.number == number { return blockLeaf.leaf }
        let leaf = try reader.blockLeaf(number)
        blockLeaf = (number, leaf)
        return leaf
    }

    private mutating func timeEntry(_ ordinal: Int) throws(StoreError) -> TimeBlockEntry {
        let (number, index) = ordinal.quotientAndRemainder(dividingBy: SegmentFormat.indexLeafEntries)
        if let timeLeaf, timeLeaf.number == number { return timeLeaf.leaf.entries[index] }
        let leaf = try reader.timeLeaf(number)
        timeLeaf = (number, leaf)
        return leaf.entries[index]
    }
}

extension SegmentBlockCursor.Block {
    /// A block of several series that is not cut into its runs.
    private var whole: BlockRuns? { directory == nil ? entry.runs : nil }

    var rowCount: Int { whole?.rowCount ?? time.rowCount }
    var firstTimestamp: Int64 { whole?.firstTimestamp ?? time.firstTimestamp }
    var lastTimestamp: Int64 { whole?.lastTimestamp ?? time.lastTimestamp }
}

/// Looks series up one after the other; ascending ones cost a search in the leaf at hand each. Belongs to one scan.
private struct SeriesLookup {
    private let reader: SegmentReader
    private var current: (number: Int, leaf: SeriesIndexLeaf)?

    init(_ reader: SegmentReader) { self.reader = reader }

    /// As ``SegmentReader/entry(of:)``.
    mutating func entry(of series: SeriesID) throws(StoreError) -> SeriesEntry? {
        if let current, current.leaf.spans(series) { return current.leaf.entry(of: series) }
        let number = reader.footer.seriesLeaves.partitioningIndex { $0.firstSeries > series } - 1
        guard number >= 0 else { return nil }
        let leaf = try reader.seriesLeaf(number)
        current = (number, leaf)
        return leaf.entry(of: series)
    }
}

extension SeriesIndexLeaf {
    /// Whether `series` belongs to this leaf and to no other.
    fileprivate func spans(_ series: SeriesID) -> Bool {
        guard let first = entries.first, let last = entries.last else { return false }
        return first.series <= series && series <= last.series
    }
}

extension SegmentReader {
    /// As ``scan(_:in:visit:)``, the blocks of each series from the last one on; see
    /// ``MetricSnapshot/scanNewestFirst(_:in:isWanted:visit:)``.
    package func scanNewestFirst(
        _ series: [SeriesID], in range: TimeRange, isWanted: (_ index: Int, _ last: Int64) -> Bool,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        try checkIsOfNumbers()
        var cursor = try SegmentBlockCursor(self, series: series, in: range)
        let chunk = SegmentChunk(self)
        return try cursor.visitNewestFirst(isWanted: isWanted) { block throws(StoreError) in
            chunk.move(to: block)
            return try visit(block.index, chunk)
        }
    }

    /// Of a file's own schema, which bytes on disk decide: never to be trusted.
    private func checkIsOfNumbers() throws(StoreError) {
        guard schema.hasStatistics else {
            let detail = "single numbers are asked for, but its rows have other columns"
            throw .corrupt(Corruption(path: path, offset: SegmentSuperblock.columnsOffset, detail: detail))
        }
    }

    /// Visits the blocks of `series` that have rows in `range`, in file order; see
    /// ``MetricSnapshot/scan(_:in:visit:)``. For kinds whose rows are single numbers.
    /// - Parameters:
    ///   - series: ascending and distinct; not all need to be in the segment.
    ///   - visit: gets the index into `series` and a chunk that is valid until it returns.
    /// - Returns: `.stop` when the visitor said so.
    package func scan(
        _ series: [SeriesID], in range: TimeRange,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        try checkIsOfNumbers()
        var cursor = try SegmentBlockCursor(self, series: series, in: range)
        let chunk = SegmentChunk(self)
        while let block = try cursor.next() {
            chunk.move(to: block)
            if case .stop = try visit(block.index, chunk) { return .stop }
        }
        return .next
    }
}
