import Synchronization
package import VarveStore

/// Batches of one request on their way to the disk. The request waits here for room and, at its end, for all of them.
/// Guarded by its lock; `wait` has one caller, the request's task.
package final class WriteTracker: Sendable {
    private struct State {
        var inFlightBytes = 0
        var inFlightBatches = 0
        var failure: StoreError?
        var rowsFailed = 0
        var waiter: (limitBytes: Int, continuation: CheckedContinuation<Void, Never>)?

        /// The first failure speaks for all, unless a later one is worth another attempt and it is not: the client
        /// hears of one, and must not give up rows that would be taken.
        mutating func note(_ error: StoreError, rows: Int) {
            rowsFailed += rows
            if let failure, failure.isPassing || failure.isUnknownOutcome || !error.isPassing { return }
            failure = error
        }
    }

    private let state = Mutex(State())

    package init() {}

    package func handedOver(byteCount: Int) {
        state.withLock { state in
            state.inFlightBatches += 1
            state.inFlightBytes += byteCount
        }
    }

    package func finished(byteCount: Int, rows: Int, _ result: Result<AppendReceipt, StoreError>) {
        let ready = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.inFlightBatches -= 1
            state.inFlightBytes -= byteCount
            switch result {
            case .failure(let error): state.note(error, rows: rows)
            case .success(let receipt):
                guard receipt.refusedRows > 0 else { break }
                let error = receipt.refusal ?? .rowsRefusedBefore(rows: receipt.refusedRows)
                state.note(error, rows: receipt.refusedRows)
            }
            guard let waiter = state.waiter, state.inFlightBytes <= waiter.limitBytes else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        ready?.resume()
    }

    /// Returns when at most `limitBytes` are on their way. Not cancelled with the task: what was handed over is
    /// answered.
    func wait(untilAtMost limitBytes: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.inFlightBytes <= limitBytes { return true }
                state.waiter = (limitBytes, continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    /// The failure that speaks for all, and the rows that are not stored for it or another one.
    package var failure: (error: StoreError, rows: Int)? {
        state.withLock { state in state.failure.map { ($0, state.rowsFailed) } }
    }
}
