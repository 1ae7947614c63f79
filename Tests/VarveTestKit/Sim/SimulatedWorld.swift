package import VarveIO

/// Time that passes only when the test says so. Any thread.
package final class SimulatedClock: SystemClock {
    private let now: Monitor<(wallNs: Int64, monotonicNs: Int64)>

    /// 2026-01-01T00:00:00Z, unless told otherwise.
    package init(wallNs: Int64 = 1_767_225_600_000_000_000) { now = Monitor((wallNs, 0)) }

    package func wallNs() -> Int64 { now.withLock { $0.wallNs } }

    package func monotonicNs() -> Int64 { now.withLock { $0.monotonicNs } }

    /// Lets time pass.
    package func advance(byNs durationNs: Int64) {
        precondition(durationNs >= 0, "time passes forwards; use setWall(toNs:) for jumps")
        now.withLock { now in
            now.wallNs += durationNs
            now.monotonicNs += durationNs
        }
    }

    /// Sets the time of day, as an administrator or a time server does; the monotonic clock does not notice.
    package func setWall(toNs wallNs: Int64) { now.withLock { $0.wallNs = wallNs } }
}

/// A disk, a clock and randomness that one seed reproduces.
package struct SimulatedWorld: Sendable {
    package let fileSystem: SimulatedFileSystem
    package let clock: SimulatedClock
    package let random: SeededRandomSource

    package init(seed: UInt64, capacityBytes: Int? = nil) {
        fileSystem = SimulatedFileSystem(capacityBytes: capacityBytes)
        clock = SimulatedClock()
        random = SeededRandomSource(seed: seed)
    }

    /// What a store is opened with.
    package var environment: SystemEnvironment {
        SystemEnvironment(fileSystem: fileSystem, clock: clock, random: random)
    }
}
