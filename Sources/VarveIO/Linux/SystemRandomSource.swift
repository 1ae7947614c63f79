/// The kernel's generator (`getrandom(2)`), fit for keys and identifiers. Any thread.
package struct SystemRandomSource: RandomSource {
    package init() {}

    package func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

extension SystemEnvironment {
    /// The real world: this machine's disk, clocks and randomness.
    package static let system = SystemEnvironment(
        fileSystem: LinuxFileSystem(), clock: LinuxClock(), random: SystemRandomSource())
}
