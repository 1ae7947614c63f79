package import Varve
package import VarveJSON
package import VarveModel
package import VarveMonitoring
package import VarveQuery
package import VarveStore

/// What the doors need of the engine: a sink, statements, counts. Any thread.
package protocol ServerBackend: IngestSink {
    /// Runs a statement on the caller's thread. What cannot be read is left out, and the answer says so.
    func run(_ statement: String, cancellation: CancellationFlag) throws(QueryError) -> QueryResult
    func statistics() -> StoreStatistics
    /// The largest namespaces, metrics and dimension names. O(series): for threads that may compute.
    func cardinality(top: Int) -> Cardinality
    /// Makes a consistent copy below `directory` and waits for it: for threads that may block.
    func writeSnapshot(named name: SnapshotName, in directory: String) throws(StoreError) -> SnapshotReport
    /// Rows with other times are refused.
    func acceptedTimes() -> ClosedRange<Int64>
    /// Runs an operation on alarms, topics or events and waits for it: for threads that may block.
    func perform(_ operation: String, _ input: JSONValue) throws(OperationError) -> JSONValue
}

/// The database of this process behind the doors.
package struct DatabaseBackend: ServerBackend {
    private let database: Database
    private let monitoring: Monitoring

    package init(_ database: Database, monitoring: Monitoring) {
        self.database = database
        self.monitoring = monitoring
    }

    package func append(
        _ batch: RowBatch, acknowledge: @escaping @Sendable (Result<AppendReceipt, StoreError>) -> Void
    ) {
        var batch = batch
        // Lines are independent of each other: a host that invents series must not stop the rows of others.
        batch.isDivisible = true
        database.store.append(batch, acknowledge: acknowledge)
    }

    package func run(_ statement: String, cancellation: CancellationFlag) throws(QueryError) -> QueryResult {
        if let answer = try monitoring.answer(statement, cancellation: cancellation) { return answer }
        return try database.run(statement, cancellation: cancellation, acceptsGaps: true)
    }

    package func statistics() -> StoreStatistics { database.store.statistics() }
    package func cardinality(top: Int) -> Cardinality { database.store.cardinality(top: top) }

    package func writeSnapshot(named name: SnapshotName, in directory: String) throws(StoreError) -> SnapshotReport {
        try database.store.writeSnapshot(named: name, in: directory)
    }

    package func acceptedTimes() -> ClosedRange<Int64> { database.store.acceptedTimes() }

    package func perform(_ operation: String, _ input: JSONValue) throws(OperationError) -> JSONValue {
        try monitoring.perform(operation, input)
    }
}
