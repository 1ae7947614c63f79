import Glibc
import VarveTestKit

/// Generated columns that behave like the metrics the size targets were set with. Seeded; same bits on every machine.
enum Datasets {
    /// Standard normal, by Box and Muller.
    static func normal(_ random: inout SplitMix64) -> Double {
        let first = Double.random(in: 0x1p-53..<1, using: &random)
        let second = Double.random(in: 0..<1, using: &random)
        return (-2 * log(first)).squareRoot() * cos(2 * Double.pi * second)
    }

    /// The walk of the TSBS devops generator: N(0, 1) steps inside 0…100.
    static func walk(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        var value = Double.random(in: 0..<100, using: &random)
        return (0..<count).map { _ in
            value = min(100, max(0, value + normal(&random)))
            return value
        }
    }

    /// A walk cut to integers.
    static func integerWalk(_ count: Int, seed: UInt64) -> [Double] {
        walk(count, seed: seed).map { $0.rounded(.down) }
    }

    /// A walk rounded to two decimals.
    static func centWalk(_ count: Int, seed: UInt64) -> [Double] {
        walk(count, seed: seed).map { ($0 * 100).rounded() / 100 }
    }

    /// A request counter: Poisson increments of mean 8 or so.
    static func counter(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        var value = 1e6
        return (0..<count).map { _ in
            var product = Double.random(in: 0..<1, using: &random)
            while product > 0.000335 {
                product *= Double.random(in: 0..<1, using: &random)
                value += 1
            }
            return value
        }
    }

    /// Independent log-normal latencies in milliseconds, three decimals.
    static func latency(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in (exp(2 + 0.5 * normal(&random)) * 1000).rounded() / 1000 }
    }

    /// Means of five two-decimal values: short decimals, often some units in the last place off.
    static func averages(_ count: Int, seed: UInt64) -> [Double] {
        let fine = centWalk(count * 5, seed: seed)
        return (0..<count).map { row in fine[(row * 5)..<(row * 5 + 5)].reduce(0, +) / 5 }
    }

    /// A two-decimal walk with 1 % NaN, −0.0 and infinities.
    static func special(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed &+ 1)
        let pool = [Double.nan, -0.0, .infinity, -.infinity]
        return centWalk(count, seed: seed).map {
            Int.random(in: 0..<100, using: &random) == 0 ? pool.randomElement(using: &random)! : $0
        }
    }

    /// A walk that went through single precision.
    static func narrowWalk(_ count: Int, seed: UInt64) -> [Double] { walk(count, seed: seed).map { Double(Float($0)) } }

    /// Used memory in per cent of a total that is no power of two: multiples of a step that no decimal expresses.
    static func memoryPercentage(_ count: Int, seed: UInt64) -> [Double] {
        walk(count, seed: seed).map { ($0 * 400).rounded() * 4096 / 16_571_891_712 * 100 }
    }

    /// Mostly constant, with steps.
    static func steps(_ count: Int, seed: UInt64) -> [Double] {
        walk(count, seed: seed).map { ($0 / 20).rounded() / 10 }
    }

    /// Request counter: increments of 150 or so.
    static func requests(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        var total = 1e6
        return (0..<count).map { _ in
            // A Poisson number of so large a mean is a normal one.
            total += (150 + 150.0.squareRoot() * normal(&random)).rounded()
            return total
        }
    }

    /// Bytes sent: large increments.
    static func bytes(_ count: Int, seed: UInt64) -> [Double] {
        var total = 1e12
        return walk(count, seed: seed).map { value in
            total += (value * 1e6).rounded()
            return total
        }
    }

    /// Connections: small integers that walk.
    static func connections(_ count: Int, seed: UInt64) -> [Double] {
        walk(count, seed: seed).map { ($0 * 2).rounded() }
    }

    /// Memory in bytes, whole pages.
    static func memory(_ count: Int, seed: UInt64) -> [Double] {
        walk(count, seed: seed).map { ($0 * 4e4).rounded() * 4096 }
    }

    /// One decimal, 0…100.
    static func percentage(_ count: Int, seed: UInt64) -> [Double] {
        walk(count, seed: seed).map { ($0 * 10).rounded() / 10 }
    }

    /// Full-precision values of either sign and of many magnitudes.
    static func magnitudes(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            let value = exp(3 * normal(&random))
            return Int.random(in: 0..<5, using: &random) == 0 ? -value : value
        }
    }

    /// Values of many magnitudes that went through single precision.
    static func narrowMagnitudes(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in Double(Float(exp(2 * normal(&random)))) }
    }
}
