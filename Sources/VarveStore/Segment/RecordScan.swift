package import VarveModel

/// A block that a scan of rows with several columns comes to: whole, or some of its runs.
struct RecordPlace {
    var block: SegmentBlockCursor.Block
    /// Of a block of several series the runs wanted; nil for all.
    var runs: [Int]?
    /// Earliest and latest of the wanted rows.
    var firstTimestamp: Int64
    var lastTimestamp: Int64

    init(_ block: SegmentBlockCursor.Block) {
        self.block = block
        runs = block.directory == nil ? nil : [block.run]
        firstTimestamp = block.firstTimestamp
        lastTimestamp = block.lastTimestamp
    }

    fileprivate mutating func add(_ next: SegmentBlockCursor.Block) {
        runs?.append(next.run)
        firstTimestamp = min(firstTimestamp, next.firstTimestamp)
        lastTimestamp = max(lastTimestamp, next.lastTimestamp)
    }

    /// The wanted rows of the block, one span per run.
    func spans(_ block: RecordBlock, _ times: SegmentTimes) throws(StoreError) -> [RecordSpan] {
        var spans: [RecordSpan] = []
        for run in runs ?? Array(0..<block.runCount) {
            spans.append(
                RecordSpan(
                    series: block.series(ofRun: run), rows: Array(block.rows(ofRun: run)),
                    timestamps: try block.timestamps(ofRun: run, times)))
        }
        return spans
    }
}

/// Walks the blocks of a segment of rows with several columns, in file order. Belongs to one scan.
struct RecordCursor {
    private var cursor: SegmentBlockCursor
    private var waiting: SegmentBlockCursor.Block?

    /// - Parameter series: ascending and distinct; nil for all.
    init(_ reader: SegmentReader, series: [SeriesID]?, in range: TimeRange) throws(StoreError) {
        cursor =
            if let series {
                try SegmentBlockCursor(reader, series: series, in: range)
            } else {
                SegmentBlockCursor(everythingOf: reader, in: range)
            }
        waiting = try cursor.next()
    }

    /// The blocks of one leaf of the block index.
    init(_ reader: SegmentReader, leaf: Int, in range: TimeRange) throws(StoreError) {
        cursor = SegmentBlockCursor(leaf: leaf, of: reader, in: range)
        waiting = try cursor.next()
    }

    /// The next block that has rows in the range, or nil at the end.
    mutating func next() throws(StoreError) -> RecordPlace? {
        guard let block = waiting else { return nil }
        var place = RecordPlace(block)
        waiting = try cursor.next()
        while let next = waiting, next.ordinal == block.ordinal {
            place.add(next)
            waiting = try cursor.next()
        }
        return place
    }
}

extension SegmentReader {
    /// Visits the rows of `series` (nil: of all) in `range` that satisfy all predicates, in file order: for each block
    /// and series one chunk. For kinds with several columns.
    ///
    /// Costs: index entries of the blocks visited; of each block with rows in the range the columns up to the last one
    /// of the predicates, and bodies only as far as `visit` asks for them.
    /// - Parameters:
    ///   - series: ascending and distinct.
    ///   - visit: gets a chunk that is valid until it returns.
    /// - Returns: `.stop` when the visitor said so.
    package func records(
        of series: [SeriesID]? = nil, in range: TimeRange = .all, where predicates: [ColumnPredicate] = [],
        visit: (RecordChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        let filter = RecordFilter(kind: summary.identity.kind, range: range, predicates: predicates)
        return try records(of: series, filter, visit: visit)
    }

    func records(
        of series: [SeriesID]?, _ filter: RecordFilter, visit: (RecordChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        guard !schema.hasStatistics else {
            let detail = "columns of single numbers in a segment of kind \(summary.identity.kind)"
            throw .corrupt(Corruption(path: path, offset: SegmentSuperblock.columnsOffset, detail: detail))
        }
        guard series?.isEmpty != true else { return .next }
        var cursor = try RecordCursor(self, series: series, in: filter.range)
        let times = SegmentTimes(self)
        while let place = try cursor.next() {
            let block = try RecordBlock(self, place.block)
            for chunk in try filter.chunks(try place.spans(block, times), of: block) {
                if case .stop = try visit(chunk) { return .stop }
            }
        }
        return .next
    }
}
