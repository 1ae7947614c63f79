import Synchronization
import VarveIO
import VarveModel

/// The reins of a running compaction: how fast it may write, and whether it should stop. Any thread.
final class CompactionControl: Sendable {
    private struct State {
        var isAborted = false
        /// When the bytes written so far will have been allowed.
        var paidNs: Int64 = .min
    }

    private let state = Monitor(State())
    private let clock: any SystemClock
    /// Output bytes per second; nil for no limit, as simulations want it: nothing waits then.
    private let bytesPerSecond: Int?
    /// Rests shorter than this are saved up: waking costs more than a few kilobytes ahead of time.
    private static let restNs = 50 * Nanoseconds.perMillisecond

    init(clock: any SystemClock, bytesPerSecond: Int?) {
        self.clock = clock
        self.bytesPerSecond = bytesPerSecond
    }

    /// Makes the job end at its next block.
    func abort() {
        state.withLock { $0.isAborted = true }
        state.broadcast()
    }

    /// To be called between blocks; waits until the bytes are due.
    /// - Parameter byteCount: written since the last call.
    /// - Throws: `.closed` after ``abort()``.
    func pass(byteCount: Int) throws(StoreError) {
        let (isAborted, restNs) = state.withLock { ($0.isAborted, pay(byteCount, &$0)) }
        if isAborted { throw .closed }
        guard restNs >= Self.restNs else { return }
        let wasAborted = state.wait(timeoutNs: restNs) { $0.isAborted ? true : nil }
        if wasAborted == true { throw .closed }
    }

    /// - Returns: how long the caller is ahead of what it may write.
    private func pay(_ byteCount: Int, _ state: inout State) -> Int64 {
        guard let bytesPerSecond, bytesPerSecond > 0 else { return 0 }
        let now = clock.monotonicNs()
        let price = Double(byteCount) / Double(bytesPerSecond) * Double(Nanoseconds.perSecond)
        state.paidNs = max(state.paidNs, now) + Int64(min(price, Double(Nanoseconds.perHour)))
        return state.paidNs - now
    }
}
