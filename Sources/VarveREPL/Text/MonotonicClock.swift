import Glibc

/// Elapsed time, for measuring and for what expires.
package enum MonotonicClock {
    /// Nanoseconds since an arbitrary instant; never goes back.
    package static func nowNs() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
