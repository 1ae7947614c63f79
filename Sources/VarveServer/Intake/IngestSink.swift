package import VarveModel
package import VarveStore

/// Where the doors hand over what clients sent: the store, or a stand-in in tests. Any thread.
package protocol IngestSink: Sendable {
    /// Queues a batch; never blocks. `acknowledge` runs once, on any thread, after the rows are durable or refused.
    func append(
        _ batch: RowBatch, acknowledge: @escaping @Sendable (Result<AppendReceipt, StoreError>) -> Void)
}
