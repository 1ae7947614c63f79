package import VarveIO

/// Threads of their own for statements: a query computes for seconds, which neither an event loop nor the cooperative
/// pool may. Any thread.
package final class QueryPool: Sendable {
    private struct State: Sendable {
        var waiting: [@Sendable () -> Void] = []
        var running = 0
        var isStopped = false
    }

    private let state = Monitor(State())
    private let waitingMax: Int
    private let threads: [DedicatedThread]

    /// Starts the threads.
    /// - Parameter name: of what they do, in the names of the threads.
    package init(name: String, threadCount: Int, waitingMax: Int) throws(DiskError) {
        self.waitingMax = waitingMax
        var threads: [DedicatedThread] = []
        for index in 0..<threadCount {
            threads.append(
                try DedicatedThread.start(name: "varve-\(name)-\(index)") { [state] in Self.work(state) })
        }
        self.threads = threads
    }

    private static func work(_ state: Monitor<State>) {
        while true {
            // nil inside: the pool is stopped.
            let job: (@Sendable () -> Void)?? = state.wait { state in
                if !state.waiting.isEmpty {
                    state.running += 1
                    return .some(state.waiting.removeFirst())
                }
                return state.isStopped ? .some(nil) : nil
            }
            guard case .some(.some(let run)) = job else { return }
            run()
            state.withLock { $0.running -= 1 }
        }
    }

    /// Queues a job; false when too many wait or the pool is stopped.
    package func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopped, state.waiting.count < waitingMax else { return false }
            state.waiting.append(job)
            return true
        }
        if isTaken { state.signal() }
        return isTaken
    }

    /// Statements running and waiting.
    package var load: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }

    /// Lets what was queued finish and ends the threads. Blocks; idempotent.
    package func stop() {
        state.withLock { $0.isStopped = true }
        state.broadcast()
        for thread in threads { thread.join() }
    }
}
