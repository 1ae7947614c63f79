import VarveIO
import VarveModel

/// What waits for the writer. Guarded by the monitor that holds it.
struct StoreQueue: Sendable {
    struct Entry: Sendable {
        var batch: RowBatch
        var byteCount: Int
        var acknowledge: Store.Acknowledgement
    }

    private(set) var entries: [Entry] = []
    /// Bytes of entries that are waiting or being written.
    private(set) var pendingBytes = 0
    var flushRequests: [@Sendable (Result<Void, StoreError>) -> Void] = []
    /// Set by the flusher when its job is done.
    var flushResult: Result<FlushJob.Output, StoreError>?
    var isClosing = false

    mutating func append(_ batch: RowBatch, acknowledge: @escaping Store.Acknowledgement) {
        let byteCount = batch.rowCount * 12 + batch.values.count * 8
        entries.append(Entry(batch: batch, byteCount: byteCount, acknowledge: acknowledge))
        pendingBytes += byteCount
    }

    /// Takes entries for one group: all that wait, up to the size of a group. They stay pending until `finish`.
    mutating func takeGroup() -> [Entry] {
        var byteCount = 0
        var count = 0
        for entry in entries {
            if count > 0, byteCount + entry.byteCount > WALFormat.groupBytesTarget { break }
            byteCount += entry.byteCount
            count += 1
        }
        defer { entries.removeFirst(count) }
        return Array(entries.prefix(count))
    }

    mutating func finish(_ group: [Entry]) { pendingBytes -= group.reduce(0) { $0 + $1.byteCount } }
}
