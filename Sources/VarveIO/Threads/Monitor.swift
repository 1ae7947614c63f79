import Glibc

/// A value behind a lock, with waiting: what a bounded queue between threads is made of.
///
/// Any thread may call any method; all of them block, so none belongs on an event loop or in the cooperative pool
/// except ``withLock(_:)`` with a short body. Bodies must not call the monitor again.
package final class Monitor<State: Sendable>: @unchecked Sendable {
    // Unchecked: `state` is touched only between lock and unlock of `mutex`.
    private var state: State
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init(_ state: State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Time-outs must not stretch or shrink when somebody sets the time of day.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Reads or changes the value. Does not wake anybody: follow a change that others wait for by ``signal()``.
    package func withLock<Value, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Calls `attempt` under the lock, now and after each signal, until it returns something.
    /// - Returns: nil when `timeoutNs` nanoseconds have passed in vain; without a time-out never nil.
    package func wait<Value>(timeoutNs: Int64? = nil, until attempt: (inout State) -> Value?) -> Value? {
        let deadline = timeoutNs.map(Self.deadline(after:))
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let value = attempt(&state) { return value }
            guard sleep(until: deadline) else { return attempt(&state) }
        }
    }

    /// Wakes one waiting thread: enough when all of them wait for the same thing. Where producers wait for room and a
    /// consumer for work, it may wake the wrong one; use ``broadcast()``.
    package func signal() { pthread_cond_signal(condition) }

    /// Wakes all waiting threads.
    package func broadcast() { pthread_cond_broadcast(condition) }
}

extension Monitor {
    /// Sleeps until a signal. False when the deadline has passed.
    private func sleep(until deadline: timespec?) -> Bool {
        guard var instant = deadline else { return pthread_cond_wait(condition, mutex) == 0 }
        return pthread_cond_timedwait(condition, mutex, &instant) != ETIMEDOUT
    }

    private static func deadline(after timeoutNs: Int64) -> timespec {
        let (sum, overflow) = LinuxClock.now(CLOCK_MONOTONIC).addingReportingOverflow(max(0, timeoutNs))
        let instant = overflow ? Int64.max : sum
        return timespec(tv_sec: Int(instant / nsPerSecond), tv_nsec: Int(instant % nsPerSecond))
    }
}
