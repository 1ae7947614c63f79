import Synchronization
import VarveJSON
import VarveModel
import VarveMonitoring
import VarveQuery
import VarveServer
import VarveStore

/// Stands in for the database: remembers rows, and acknowledges them when and how a test says.
final class FakeBackend: ServerBackend {
    struct Row: Hashable {
        var source: SourceKey
        var timestamp: Int64
        var values: [Double]
    }

    struct State {
        var rows: [Row] = []
        var batchCount = 0
        var tokens: [RetryToken] = []
        /// While true, acknowledgements wait in `waiting`.
        var isHolding = false
        var waiting: [@Sendable () -> Void] = []
        /// What every batch is answered with, while set.
        var failure: StoreError?
        /// Why the rows of each batch's last shape (or, when there is one shape, one row) are left out, while set.
        var refusal: StoreError?
        var readOnlyReason: String?
        var keepsRows = true
        var rowCount = 0
        var pendingBytes = 0
        var pendingBytesMax = 0
        /// Overrides members of what is counted here.
        var statistics = StoreStatistics()
        var writeSnapshot: @Sendable (String, SnapshotName) throws(StoreError) -> SnapshotReport = {
            _, _ throws(StoreError) in SnapshotReport(lsn: 0)
        }
    }

    private let state = Mutex(State())
    let answer: @Sendable (String, CancellationFlag) throws(QueryError) -> QueryResult

    init(
        answer: @escaping @Sendable (String, CancellationFlag) throws(QueryError) -> QueryResult = {
            text, _ throws(QueryError) in
            throw .invalid(message: "no answer to \(text)", offset: 0, byteCount: 1)
        }
    ) { self.answer = answer }

    func append(
        _ batch: RowBatch, acknowledge: @escaping @Sendable (Result<AppendReceipt, StoreError>) -> Void
    ) {
        let run = state.withLock { state -> (@Sendable () -> Void)? in
            state.batchCount += 1
            if let token = batch.token { state.tokens.append(token) }
            if let failure = state.failure { return { acknowledge(.failure(failure)) } }
            let bytes = batch.values.count * 8 + batch.rowCount * 12
            state.pendingBytes += bytes
            state.pendingBytesMax = max(state.pendingBytesMax, state.pendingBytes)
            var receipt = AppendReceipt(rows: batch.rowCount, values: batch.values.count, lsn: 1)
            if let refusal = state.refusal {
                receipt.refusal = refusal
                receipt.refusedShapes = [batch.shapes.count - 1]
                let last = UInt32(batch.shapes.count - 1)
                receipt.refusedRows = last == 0 ? 1 : batch.rowShapes.count { $0 == last }
                receipt.rows -= receipt.refusedRows
            }
            let accept: @Sendable () -> Void = { [self, receipt] in
                take(batch, bytes, without: receipt.refusedShapes.first { $0 > 0 })
                acknowledge(.success(receipt))
            }
            guard state.isHolding else { return accept }
            state.waiting.append(accept)
            return nil
        }
        run?()
    }

    private func take(_ batch: RowBatch, _ bytes: Int, without refused: Int?) {
        state.withLock { state in
            state.pendingBytes -= bytes
            state.rowCount += batch.rowShapes.count { Int($0) != refused }
            guard state.keepsRows else { return }
            var position = 0
            for index in 0..<batch.rowCount {
                let shape = batch.shapes[Int(batch.rowShapes[index])]
                let values = Array(batch.values[position..<position + shape.fields.count])
                position += shape.fields.count
                if refused == Int(batch.rowShapes[index]) { continue }
                state.rows.append(Row(source: shape.source, timestamp: batch.timestamps[index], values: values))
            }
        }
    }

    /// Looks at or changes how the backend behaves.
    func with<Value>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }

    func hold() { state.withLock { $0.isHolding = true } }

    func release() {
        let waiting = state.withLock { state in
            state.isHolding = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for run in waiting { run() }
    }

    var rows: [Row] { state.withLock { $0.rows } }
    var rowCount: Int { state.withLock { $0.rowCount } }
    var readOnlyReason: String? { state.withLock { $0.readOnlyReason } }

    func run(_ statement: String, cancellation: CancellationFlag) throws(QueryError) -> QueryResult {
        try answer(statement, cancellation)
    }

    func statistics() -> StoreStatistics {
        var statistics = state.withLock { $0.statistics }
        statistics.sampleCount = rowCount
        statistics.readOnlyReason = readOnlyReason
        return statistics
    }

    func cardinality(top: Int) -> Cardinality { Cardinality() }

    func writeSnapshot(named name: SnapshotName, in directory: String) throws(StoreError) -> SnapshotReport {
        let write = state.withLock { $0.writeSnapshot }
        return try write(directory, name)
    }

    func perform(_ operation: String, _ input: JSONValue) throws(OperationError) -> JSONValue {
        throw OperationError(code: "UnknownOperationException", message: "there is no operation \(operation)")
    }

    func acceptedTimes() -> ClosedRange<Int64> {
        let now: Int64 = TestServer.nowNs
        return now - 455 * Nanoseconds.perDay...now + 2 * Nanoseconds.perDay
    }
}
