import Glibc

/// How waiting ended.
package enum Pause: Equatable, Sendable {
    case elapsed
    /// Ctrl-C, also from just before.
    case interrupted
    /// The window has another size.
    case resized

    /// Waits so long, at most; for signals that ``Interrupts`` has taken over.
    package static func wait(ns: Int64) -> Pause {
        let endNs = MonotonicClock.nowNs() + ns
        while true {
            if Interrupts.takeInterrupt() { return .interrupted }
            if Interrupts.takeResize() { return .resized }
            let restNs = endNs - MonotonicClock.nowNs()
            guard restNs > 0 else { return .elapsed }
            // In slices: a signal between the question above and the wait below would be noticed only at its end.
            let slice = min(restNs, 50_000_000)
            var time = timespec(tv_sec: 0, tv_nsec: Int(slice))
            nanosleep(&time, nil)
        }
    }
}
