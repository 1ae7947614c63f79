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

    /// A block with everything the index knows of it.
    struct Block {
        var ordinal: Int
        /// Position of the series in the caller's list.
        var index: Int
        var entry: BlockEntry
        var time: TimeBlockEntry
    }

    private let reader: SegmentReader
    private let range: TimeRange
    private var runs: [Run] = []
    private var run = 0
    private var blockLeaf: (number: Int, leaf: BlockIndexLeaf)?
    private var timeLeaf: (number: Int, leaf: TimeIndexLeaf)?

    /// - Parameter series: ascending and distinct; those that the segment does not have are skipped.
    init(_ reader: SegmentReader, series: [SeriesID], in range: TimeRange) throws(StoreError) {
        self.reader = reader
        self.range = range
        guard reader.summary.overlaps(range) else { return }
        for (index, series) in series.enumerated() {
            guard let entry = try reader.entry(of: series) else { continue }
            runs.append(Run(next: entry.firstBlock, end: entry.firstBlock + entry.blockCount, index: index))
        }
        runs.sort { $0.next < $1.next }
    }

    /// All blocks of the segment.
    init(everythingOf reader: SegmentReader, in range: TimeRange) {
        self.reader = reader
        self.range = range
        if reader.summary.overlaps(range) { runs = [Run(next: 0, end: reader.footer.blockCount, index: 0)] }
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
                let entry = try blockEntry(ordinal)
                let time = try timeEntry(Int(entry.timeBlock))
                guard range.overlaps(first: time.firstTimestamp, last: time.lastTimestamp) else { continue }
                return Block(ordinal: ordinal, index: runs[run].index, entry: entry, time: time)
            }
            run += 1
        }
        return nil
    }

    private mutating func blockEntry(_ ordinal: Int) throws(StoreError) -> BlockEntry {
        let (number, index) = ordinal.quotientAndRemainder(dividingBy: SegmentFormat.indexLeafEntries)
        if let blockLeaf, blockLeaf.number == number { return blockLeaf.leaf.entries[index] }
        let leaf = try reader.blockLeaf(number)
        blockLeaf = (number, leaf)
        return leaf.entries[index]
    }

    private mutating func timeEntry(_ ordinal: Int) throws(StoreError) -> TimeBlockEntry {
        let (number, index) = ordinal.quotientAndRemainder(dividingBy: SegmentFormat.indexLeafEntries)
        if let timeLeaf, timeLeaf.number == number { return timeLeaf.leaf.entries[index] }
        let leaf = try reader.timeLeaf(number)
        timeLeaf = (number, leaf)
        return leaf.entries[index]
    }
}

extension SegmentReader {
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
        precondition(schema.hasStatistics, "scan reads kinds with one number per row; use blocks for the others")
        var cursor = try SegmentBlockCursor(self, series: series, in: range)
        let chunk = SegmentChunk(self)
        while let block = try cursor.next() {
            chunk.move(to: block)
            if case .stop = try visit(block.index, chunk) { return .stop }
        }
        return .next
    }
}
