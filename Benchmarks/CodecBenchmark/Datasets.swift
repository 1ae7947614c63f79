import Glibc

/// Seeded generator (SplitMix64, Steele, Lea, Flood 2014).
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func normal() -> Double {
        (-2 * log(unit() + 0x1p-54)).squareRoot() * cos(2 * Double.pi * unit())
    }
}

/// Value columns that behave like common metrics.
enum Dataset: String, CaseIterable {
    case integerWalk = "integer walk"
    case centWalk = "two-decimal walk"
    case fullWalk = "full-precision walk"
    case narrowWalk = "walk through Float32"
    case counter
    case latency
    case averages
    case memory = "multiples of 4 096"
    case percentage = "memory percentage"
    case steps = "constant with steps"
    case requests = "request counter, 150 per row"
    case bytes = "byte counter"
    case connections = "connection counts"
    case special = "two decimals, 1 % special"
    case magnitudes = "full precision of many magnitudes"
    case narrowMagnitudes = "Float32 of many magnitudes"
    case seconds = "latency in seconds, full precision"
    case means = "averages of full-precision values"
    case noise = "random bits"

    func values(rows: Int, seed: UInt64) -> [Double] {
        var random = Generator(state: seed)
        var value = random.unit() * 100
        var total = 1e6
        return (0..<rows).map { _ in
            value = min(100, max(0, value + random.normal()))
            // A Poisson number of so large a mean is a normal one.
            total += (150 + 150.0.squareRoot() * random.normal()).rounded()
            return self == .requests ? total : sample(value, &random)
        }
    }

    private func sample(_ value: Double, _ random: inout Generator) -> Double {
        switch self {
        case .integerWalk: value.rounded(.down)
        case .centWalk: (value * 100).rounded() / 100
        case .fullWalk: value
        case .narrowWalk: Double(Float(value))
        case .counter: (value * 1e6).rounded()
        case .latency: (exp(2.3 + 0.6 * random.normal()) * 1000).rounded() / 1000
        case .averages: ((value * 500).rounded() / 100 + 0.1 + 0.2) / 5
        case .memory: (value * 4e6).rounded() * 4096
        case .percentage: (value * 4e4).rounded() * 4096 / 16_571_891_712 * 100
        case .steps: (value / 20).rounded()
        case .magnitudes: exp(3 * random.normal()) * (random.unit() < 0.2 ? -1 : 1)
        case .narrowMagnitudes: Double(Float(exp(2 * random.normal())))
        case .seconds: exp(-4 + 0.6 * random.normal())
        case .means: (value + 0.1 * random.unit() + 0.1 * random.unit()) / 3
        case .noise: Double(bitPattern: random.next())
        case .requests: 0
        case .bytes: (value * 1e9).rounded()
        case .connections: (value * 2).rounded()
        case .special: random.unit() < 0.01 ? [.nan, -0.0, .infinity][Int(value) % 3] : (value * 100).rounded() / 100
        }
    }
}

/// Timestamp columns in milliseconds, one row in 10 s.
enum Clock: String, CaseIterable {
    case regular
    case gaps = "1 % gaps"
    case jitter = "jitter of 1 ms"
    case poisson = "Poisson arrivals"

    func values(rows: Int, seed: UInt64) -> [Int64] {
        var random = Generator(state: seed)
        var time: Int64 = 1_700_000_000_000
        return (0..<rows).map { row in
            switch self {
            case .regular: time += 10_000
            case .gaps: time += random.unit() < 0.01 ? 30_000 : 10_000
            case .jitter: return 1_700_000_000_000 + Int64(row) * 10_000 + Int64(random.normal().rounded())
            case .poisson: time += Int64(-10_000 * log(random.unit() + 0x1p-54))
            }
            return time
        }
    }
}
