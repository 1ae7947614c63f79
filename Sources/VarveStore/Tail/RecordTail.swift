/// Rows with several columns that no segment holds, in order of arrival, one list of chunks per kind. Owned by the
/// writer; the chunks never change, so that readers keep them as they are.
///
/// A chunk is made for each batch; neighbours of about equal size become one, as in a binary counter. So `n` batches
/// make O(log n) chunks, and one more for every 32 Ki rows or fewer, and each row is copied O(log n) times.
struct RecordTail: Sendable {
    /// Larger chunks are left alone: copying 64 Ki rows of eight columns keeps the writer for a few milliseconds.
    static let chunkRowsMax = 1 << 16

    /// Counts of all kinds together.
    struct Counts: Sendable, Equatable {
        var rowCount = 0
        /// In memory, roughly.
        var byteCount = 0
        /// nil without rows.
        var oldestNs: Int64?
        var newestNs: Int64?
    }

    private var kinds: [SegmentKind: [RecordColumns]] = [:]
    private(set) var counts = Counts()

    var isEmpty: Bool { counts.rowCount == 0 }

    /// Kind by kind, each in order of arrival. O(chunks).
    var chunks: [RecordColumns] { SegmentKind.allCases.flatMap { kinds[$0] ?? [] } }

    /// Appends rows, not none.
    mutating func append(_ rows: RecordColumns) {
        count(rows)
        var chunks = kinds.removeValue(forKey: rows.kind) ?? []
        var newest = rows
        while let older = chunks.last, older.rowCount < 2 * newest.rowCount,
            older.rowCount + newest.rowCount <= Self.chunkRowsMax
        {
            chunks.removeLast()
            var merged = older
            merged.append(newest)
            newest = merged
        }
        chunks.append(newest)
        kinds[rows.kind] = chunks
    }

    private mutating func count(_ rows: RecordColumns) {
        counts.rowCount += rows.rowCount
        counts.byteCount += rows.byteCount
        guard let oldest = rows.timestamps.min(), let newest = rows.timestamps.max() else { return }
        counts.oldestNs = min(counts.oldestNs ?? oldest, oldest)
        counts.newestNs = max(counts.newestNs ?? newest, newest)
    }
}
