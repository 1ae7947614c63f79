import VarveModel

/// Merges the rows that one series has in several segments of a kind with several columns, by (time, input), block by
/// block. Inputs stand in the order of their LSN ranges, which is the order of arrival
/// (Docs/Design/0002-no-sequence-column.md).
///
/// Belongs to one job. Memory: of each input whose times overlap one block and one BODY page, and the rows of one
/// output block: at most 8 MiB, unless a few rows are larger. A block is opened when its first row is due, so segments
/// that follow one another in time are in memory one at a time.
struct RecordMerge {
    /// Rows of an output block.
    struct Block {
        var timestamps: [Int64] = []
        var columns: [SegmentColumnValues] = []
    }

    /// What is left of one input.
    private struct Head {
        let input: Int
        var blocks: ArraySlice<SegmentBlockCursor.Block>
        /// The block that is open, and its next row.
        var open: (span: RecordSpan, source: RecordBlock, next: Int)?

        /// Of the next row; before its block is open, not later than that.
        var timestamp: Int64? {
            if let open { return open.span.timestamps[open.next] }
            return blocks.first?.firstTimestamp
        }
    }

    private let inputs: [MergeInput]
    private let range: TimeRange
    private let schema: SegmentSchema
    /// Whether output blocks end where weeks do.
    private let endsAtWeeks: Bool
    private var heads: [Head] = []
    private var timestamps: [Int64] = []
    /// Of the waiting rows, per piece.
    private var pieces: [[SegmentColumnValues]] = []
    private var byteCount = 0

    /// Rows taken from one input at a time: with bodies of usual size far below what a block may have.
    private static let pieceRows = 512

    init(
        _ series: SeriesID, of inputs: [MergeInput], in range: TimeRange, schema: SegmentSchema, endsAtWeeks: Bool
    ) throws(StoreError) {
        self.inputs = inputs
        self.range = range
        self.schema = schema
        self.endsAtWeeks = endsAtWeeks
        for (number, input) in inputs.enumerated() {
            let blocks = try input.recordBlocks(of: series, in: range)
            if !blocks.isEmpty { heads.append(Head(input: number, blocks: blocks[...])) }
        }
    }

    /// The next block of at most 4 096 rows; nil at the end.
    mutating func next() throws(StoreError) -> Block? {
        while let index = try firstHead() {
            guard let open = heads[index].open else { continue }
            let end = end(of: open.span, from: open.next, at: index)
            let columns = try values(of: open.source, Array(open.span.rows[open.next..<end]))
            let times = open.span.timestamps[open.next..<end]
            let full = mustEmit(before: times[open.next], columns) ? take() : nil
            timestamps += times
            pieces.append(columns)
            byteCount += columns.byteCount
            heads[index].open = end < open.span.rows.count ? (open.span, open.source, end) : nil
            if let full { return full }
        }
        return timestamps.isEmpty ? nil : take()
    }

    /// The head whose row comes first, opened; nil at the end.
    private mutating func firstHead() throws(StoreError) -> Int? {
        while let index = lowest(besides: nil) {
            if heads[index].open != nil { return index }
            guard let block = heads[index].blocks.popFirst() else { return nil }
            let (span, source) = try inputs[heads[index].input].records(of: block, in: range)
            if !span.rows.isEmpty { heads[index].open = (span, source, 0) }
        }
        return nil
    }

    private func lowest(besides excluded: Int?) -> Int? {
        var best: (index: Int, timestamp: Int64)?
        for index in heads.indices where index != excluded {
            // Of equal times the lower input comes first.
            guard let timestamp = heads[index].timestamp, timestamp < best?.timestamp ?? .max || best == nil else {
                continue
            }
            best = (index, timestamp)
        }
        return best?.index
    }

    /// Where the rows of one input end that come before those of all others, fill the block, or leave the week.
    private func end(of span: RecordSpan, from start: Int, at index: Int) -> Int {
        var end = min(span.rows.count, start + min(Self.pieceRows, SegmentFormat.blockRowsTarget - waitingRows))
        if let rival = lowest(besides: index), let limit = heads[rival].timestamp {
            var row = start + 1
            while row < end, span.timestamps[row] < limit || span.timestamps[row] == limit && index < rival { row += 1 }
            end = row
        }
        if endsAtWeeks {
            let week = WindowPolicy.range(of: span.timestamps[start], level: 2)
            while end > start + 1, span.timestamps[end - 1] >= week.end { end -= 1 }
        }
        return end
    }

    /// Rows that wait, unless they are emitted before anything is added.
    private var waitingRows: Int { timestamps.count < SegmentFormat.blockRowsTarget ? timestamps.count : 0 }

    private func mustEmit(before next: Int64, _ columns: [SegmentColumnValues]) -> Bool {
        guard let first = timestamps.first else { return false }
        return timestamps.count >= SegmentFormat.blockRowsTarget
            || byteCount + columns.byteCount > PendingRecords.byteCountMax
            || endsAtWeeks && !WindowPolicy.range(of: first, level: 2).contains(next)
    }

    private mutating func take() -> Block {
        let columns = schema.columns.indices.map { column in
            SegmentColumnValues.concatenated(pieces.map { $0[column] })
        }
        let block = Block(timestamps: timestamps, columns: columns)
        timestamps = []
        pieces = []
        byteCount = 0
        return block
    }

    private func values(of source: RecordBlock, _ rows: [Int]) throws(StoreError) -> [SegmentColumnValues] {
        var columns: [SegmentColumnValues] = []
        for column in schema.columns { columns.append(try source.values(column, rows: rows)) }
        return columns
    }
}
