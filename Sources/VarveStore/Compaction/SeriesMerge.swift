import VarveCodec
import VarveModel

/// How the blocks that one series has in several segments become one run of blocks. Made from the index alone: series
/// whose times lie in the same time blocks have the same merge.
///
/// Rows are ordered by (time, input); inputs stand in the order of their LSN ranges, which is the order of arrival
/// (Docs/Design/0002-no-sequence-column.md).
struct SeriesMerge {
    /// A block of input number `input`.
    struct Piece {
        var input: Int
        var block: SegmentBlockCursor.Block
    }

    /// Pieces whose times overlap those of no other cluster. Usually a single one.
    typealias Cluster = [Piece]

    /// What the merge hands on: rows that make up one output block.
    enum OutputBlock<Element> {
        case rows(UnsafeBufferPointer<Element>)
        /// A whole input block, as it is.
        case copy(Piece)
    }

    /// Rows of an output block: as in a flush, or twice that in cold segments. Statistics and code lengths of the
    /// entropy stage are then written half as often: 0.6 % of two-decimal values.
    private let blockRows: Int
    /// A block with at least so many rows is as good as a full one.
    static let wholeRows = 3_000

    private let clusters: [Cluster]
    /// Which inputs' blocks may be taken over without encoding them anew.
    private let copies: [Bool]
    /// Whether output blocks end where weeks do.
    private let endsAtWeeks: Bool

    /// - Parameter blocks: of each input, ascending in time.
    init(blocks: [[SegmentBlockCursor.Block]], copies: [Bool], endsAtWeeks: Bool, effort: CodecEffort) {
        var pieces: [Piece] = []
        for (input, blocks) in blocks.enumerated() {
            for block in blocks { pieces.append(Piece(input: input, block: block)) }
        }
        pieces.sort { $0.start < $1.start }
        var clusters: [Cluster] = []
        // The last row so far, as (time, input): a piece that starts before it must be merged row by row.
        var end = (Int64.min, 0)
        for piece in pieces {
            if !clusters.isEmpty, (piece.block.time.firstTimestamp, piece.input) < end {
                clusters[clusters.count - 1].append(piece)
            } else {
                clusters.append([piece])
            }
            end = max(end, (piece.block.time.lastTimestamp, piece.input), by: <)
        }
        self.clusters = clusters
        self.copies = copies
        self.endsAtWeeks = endsAtWeeks
        blockRows = effort == .compaction ? SegmentFormat.blockRowsMax : SegmentFormat.blockRowsTarget
    }

    /// Cuts the merged rows of one column into output blocks. Which rows go together depends on the times only, so
    /// the times and every series get the same cuts.
    /// - Parameters:
    ///   - read: appends a cluster's rows, merged.
    func forEachBlock<Element>(
        _ read: (Cluster, inout [Element]) throws(StoreError) -> Void,
        _ emit: (OutputBlock<Element>) throws(StoreError) -> Void
    ) throws(StoreError) {
        var rows: [Element] = []
        var week: Int64?
        for cluster in clusters {
            let first = cluster[0]
            if endsAtWeeks {
                let start = WindowPolicy.range(of: first.block.time.firstTimestamp, level: 2).start
                if let week, week != start { try emitAll(&rows, emit) }
                week = start
            }
            if isCopyable(cluster), rows.isEmpty || rows.count >= Self.wholeRows {
                try emitAll(&rows, emit)
                try emit(.copy(first))
                continue
            }
            try read(cluster, &rows)
            // What stays can still become a block that is large enough in front of one that is copied.
            while rows.count >= blockRows + Self.wholeRows { try Self.emitFirst(blockRows, of: &rows, emit) }
        }
        try emitAll(&rows, emit)
    }

    private func isCopyable(_ cluster: Cluster) -> Bool {
        let first = cluster[0]
        return cluster.count == 1 && copies[first.input] && first.block.time.rowCount >= Self.wholeRows
            && first.block.directory == nil
    }

    private func emitAll<Element>(
        _ rows: inout [Element], _ emit: (OutputBlock<Element>) throws(StoreError) -> Void
    ) throws(StoreError) {
        // One block, or two halves: a short rest would cost more than a long block.
        if rows.count > SegmentFormat.blockRowsMax { try Self.emitFirst(rows.count / 2, of: &rows, emit) }
        if !rows.isEmpty { try Self.emitFirst(rows.count, of: &rows, emit) }
    }

    private static func emitFirst<Element>(
        _ count: Int, of rows: inout [Element], _ emit: (OutputBlock<Element>) throws(StoreError) -> Void
    ) throws(StoreError) {
        try rows.withUnsafeBufferPointer { buffer throws(StoreError) in
            try emit(.rows(UnsafeBufferPointer(rebasing: buffer[..<count])))
        }
        rows.removeFirst(count)
    }
}

extension SeriesMerge.Piece {
    /// Where the piece comes in the merged order.
    fileprivate var start: (Int64, Int, Int) { (block.time.firstTimestamp, input, block.ordinal) }
}

/// The larger of two by an order; tuples are no `Comparable`.
private func max<Value>(_ one: Value, _ other: Value, by isLess: (Value, Value) -> Bool) -> Value {
    isLess(one, other) ? other : one
}

/// Merges ascending columns of times: which rows of which column follow each other.
struct MergedRuns {
    struct Run {
        var column: Int
        var rows: Range<Int>
    }

    private(set) var runs: [Run] = []

    /// - Parameter columns: ascending each; of equal times those of the lower column come first. O(runs · columns).
    init(_ columns: [[Int64]]) {
        var heads = [Int](repeating: 0, count: columns.count)
        while let column = Self.first(columns, heads, besides: nil) {
            var end = heads[column]
            if let rival = Self.first(columns, heads, besides: column) {
                let limit = (columns[rival][heads[rival]], rival)
                while end < columns[column].count, (columns[column][end], column) < limit { end += 1 }
            } else {
                end = columns[column].count
            }
            runs.append(Run(column: column, rows: heads[column]..<end))
            heads[column] = end
        }
    }

    /// The column whose next row comes first.
    private static func first(_ columns: [[Int64]], _ heads: [Int], besides excluded: Int?) -> Int? {
        var best: Int?
        for column in columns.indices where column != excluded && heads[column] < columns[column].count {
            if let known = best, columns[known][heads[known]] <= columns[column][heads[column]] { continue }
            best = column
        }
        return best
    }
}
