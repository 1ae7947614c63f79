package import VarveIO
package import VarveModel

/// What an append came to.
package struct AppendReceipt: Sendable, Equatable {
    package var rows: Int
    package var values: Int
    /// Log sequence number of the group that holds the batch.
    package var lsn: UInt64
}

/// A store directory, open for reading and writing. Any thread.
package final class Store: Sendable {
    package static func open(
        at directory: String, options: StoreOptions, environment: SystemEnvironment
    ) throws(StoreError) -> Store { preconditionFailure("under construction") }

    /// Queues a batch for the writer. `acknowledge` runs once, on the writer thread, after the rows are durable (or refused); it
    /// must not block. Never blocks itself; the caller bounds what it has in flight (``pendingBytes``).
    package func append(
        _ batch: RowBatch, acknowledge: @escaping @Sendable (Result<AppendReceipt, StoreError>) -> Void
    ) { preconditionFailure("under construction") }

    /// As above, but waits. Not for event loops or the cooperative pool.
    package func appendAndWait(_ batch: RowBatch) throws(StoreError) -> AppendReceipt { preconditionFailure("under construction") }

    /// Rows handed over but not yet durable, in bytes of memory.
    package var pendingBytes: Int { preconditionFailure("under construction") }

    /// Everything acknowledged so far. O(segments + tail chunks).
    package func snapshot() -> StoreSnapshot { preconditionFailure("under construction") }

    /// Writes everything buffered into segments and waits.
    package func flush() throws(StoreError) { preconditionFailure("under construction") }

    /// Stops the writer after everything queued is durable, and releases the directory. Idempotent.
    package func close() throws(StoreError) { preconditionFailure("under construction") }

    package func statistics() -> StoreStatistics { preconditionFailure("under construction") }
}

package struct StoreOptions: Sendable {
    /// Creates the directory and an empty store when there is none.
    package var createIfMissing = true
    /// Refuse every write, take no lock for writing.
    package var readOnly = false
    package init() {}
}

package struct StoreStatistics: Sendable {
    package var seriesCount = 0
    package var sampleCount = 0
    package var segmentCount = 0
    package var segmentBytes = 0
    package var tailRows = 0
    package var tailValues = 0
    package var walBytes = 0
    package var catalogueBytes = 0
    package var oldestTimestamp: Int64?
    package var newestTimestamp: Int64?
    /// nil while writes are accepted.
    package var readOnlyReason: String?
    package init() {}
}

package struct StoreSnapshot: Sendable {}
