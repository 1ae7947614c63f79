import Synchronization
import VarveStore

/// Batches of one request on their way to the disk. The request waits here for room and, at its end, for all of them.
/// Guarded by its lock; `wait` has one caller, the request's task.
final class WriteTracker: Sendable {
    private struct State {
        var inFlightBytes = 0
        var inFlightBatches = 0
        var failure: StoreError?
        var rowsFailed = 0
        var waiter: (limitBytes: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    func handedOver(byteCount: Int) {
        state.withLock { state in
            state.inFlightBatches += 1
            state.inFlightBytes += byteCount
        }
    }

    func finished(byteCount: Int, rows: Int, _ result: Result<AppendReceipt, StoreError>) {
        let ready = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.inFlightBatches -= 1
            state.inFlightBytes -= byteCount
            switch result {
            case .failure(let error):
                state.failure = state.failure ?? error
                state.rowsFailed += rows
            case .success(let receipt):
                state.failure = state.failure ?? receipt.refusal
                state.rowsFailed += receipt.refusedRows
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

    /// The first failure and the rows that are lost with it and with later ones.
    var failure: (error: StoreError, rows: Int)? {
        state.withLock { state in state.failure.map { ($0, state.rowsFailed) } }
    }
}
