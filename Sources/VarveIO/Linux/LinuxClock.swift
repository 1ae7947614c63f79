import Glibc

/// The clocks of this machine. Any thread.
package struct LinuxClock: SystemClock {
    package init() {}

    package func wallNs() -> Int64 { Self.now(CLOCK_REALTIME) }

    package func monotonicNs() -> Int64 { Self.now(CLOCK_MONOTONIC) }

    /// Nanoseconds of one of the kernel's clocks; both exist on every Linux, so the call cannot fail.
    static func now(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * nsPerSecond + Int64(time.tv_nsec)
    }
}

/// Nanoseconds in a second.
let nsPerSecond: Int64 = 1_000_000_000
