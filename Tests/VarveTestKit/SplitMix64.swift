import VarveIO

/// Small seeded generator (Steele, Lea, Flood 2014): every random test takes its seed as an argument and prints it.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A reproducible ``RandomSource``.
package final class SeededRandomSource: RandomSource {
    private let generator: Monitor<SplitMix64>

    package init(seed: UInt64) { generator = Monitor(SplitMix64(seed: seed)) }

    package func next() -> UInt64 { generator.withLock { $0.next() } }
}
