import Glibc

/// Numbers that look random and are the same on every run: SplitMix64.
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0..<1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Mean 0, standard deviation 1: Box and Muller.
    mutating func normal() -> Double {
        (-2 * log(max(uniform(), 0x1p-53))).squareRoot() * cos(2 * .pi * uniform())
    }
}

/// Series with known properties. Times are nanoseconds since 1970.
struct SyntheticSeries {
    /// Monday 2024-01-01T00:00:00Z.
    static let start: Int64 = 1_704_067_200_000_000_000
    static let minute: Int64 = 60_000_000_000
    static let hour = 60 * minute
    static let day = 24 * hour

    var points: [(timeNs: Int64, value: Double)] = []

    /// - Parameter shape: value without noise at (point, hours since the start).
    init(
        count: Int, step: Int64 = 5 * minute, noise: Double = 0, seed: UInt64,
        shape: (_ point: Int, _ hours: Double) -> Double
    ) {
        var numbers = SeededNumbers(seed: seed)
        for index in 0..<count {
            let offset = Int64(index) * step
            let value = shape(index, Double(offset) / Double(Self.hour)) + noise * numbers.normal()
            points.append((Self.start + offset, value))
        }
    }

    /// A day's wave: mean 100, amplitude 50.
    static func dailyWave(_ hours: Double) -> Double { 100 + 50 * sin(2 * .pi * hours / 24) }
}
