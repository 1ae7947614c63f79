/// The world outside, as one value passed at open: disk, clock and randomness. Simulations pass their own.
package struct SystemEnvironment: Sendable {
    package var fileSystem: any FileSystem
    package var clock: any SystemClock
    package var random: any RandomSource

    package init(fileSystem: any FileSystem, clock: any SystemClock, random: any RandomSource) {
        self.fileSystem = fileSystem
        self.clock = clock
        self.random = random
    }
}

/// Time of day and elapsed time. Any thread.
package protocol SystemClock: Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z; may jump.
    func wallNs() -> Int64
    /// Nanoseconds since an arbitrary instant; never goes back.
    func monotonicNs() -> Int64
}

/// Random bits that nobody can guess (or, in tests, that a seed reproduces). Any thread.
package protocol RandomSource: Sendable {
    func next() -> UInt64
}
