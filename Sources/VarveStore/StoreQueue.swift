import Synchronization
import VarveIO
import VarveModel

/// What waits for the writer. Guarded by the monitor that holds it.
struct StoreQueue: Sendable {
    struct Entry: Sendable {
        var batch: WriteBatch
        var byteCount: Int
        var acknowledge: Store.Acknowledgement
    }

    /// Work for the writer thread between two groups. Short: everybody waits for it.
    typealias EngineTask = @Sendable (inout StoreEngine) -> Void

    private(set) var entries: [Entry] = []
    var engineTasks: [EngineTask] = []
    /// Bytes of entries that are waiting or being written.
    private(set) var pendingBytes = 0
    var flushRequests: [@Sendable (Result<Void, StoreError>) -> Void] = []
    /// Set by the flusher when its job is done.
    var flushResult: Result<FlushJob.Output, StoreError>?
    var compactionRequests: [@Sendable (Result<Void, StoreError>) -> Void] = []
    /// Set by the compaction thread when its job is done.
    var compactionResult: Result<CompactionJob.Output, StoreError>?
    var isClosing = false

    mutating func append(_ batch: WriteBatch, acknowledge: @escaping Store.Acknowledgement) {
        let byteCount = Self.byteCount(of: batch)
        entries.append(Entry(batch: batch, byteCount: byteCount, acknowledge: acknowledge))
        pendingBytes += byteCount
    }

    /// What a batch takes in memory and in the log, roughly. Names count where they may be new: a row of one value can
    /// bring a source of 300 KiB. Hot: one load per shape of a batch when all are known.
    private static func byteCount(of batch: WriteBatch) -> Int {
        // Also an empty batch waits.
        var byteCount = 128 + batch.rowsByteCount
        let shapes = batch.shapes
        for index in shapes.indices where shapes[index].binding.load(ordering: .relaxed) == 0 {
            let shape = shapes[index]
            byteCount += shape.fields.reduce(shape.source.byteCountEstimate) { $0 + $1.byteCountEstimate }
        }
        return byteCount
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
