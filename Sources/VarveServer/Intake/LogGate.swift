import Synchronization

/// Lets one message per interval through and counts the others, so that no client can fill the log. Any thread.
package final class LogGate: Sendable {
    private struct State {
        var nextNs: Int64 = .min
        var skipped = 0
    }

    private let intervalNs: Int64
    private let state = Mutex(State())

    package init(intervalNs: Int64) { self.intervalNs = intervalNs }

    /// - Returns: nil when this message is to be left out; else how many were left out since the last one.
    package func pass(nowNs: Int64) -> Int? {
        state.withLock { state in
            guard nowNs >= state.nextNs else {
                state.skipped += 1
                return nil
            }
            defer { state.skipped = 0 }
            state.nextNs = nowNs + intervalNs
            return state.skipped
        }
    }
}
