/// The hosts and their fields: ten random walks per host, as the suite's cpu simulation does.
///
/// Every value starts uniformly in 0…100 and takes a step of N(0, 1) per tick, kept inside 0…100 and written without
/// its fraction, or with the first one or two digits of it. Only integer and exactly rounded arithmetic is used, so
/// that the output is the same everywhere.
struct Workload {
    private let startNs: Int64
    private let intervalNs: Int64
    /// Measurement and tags of every host, with the space behind them.
    private let prefixes: [[UInt8]]
    /// The current values, ten per host.
    private var values: [Double]
    private var random: SplitMix64
    /// Digits written of a value's fraction: 0 to 2. With none the value is an integer of line protocol.
    private let decimalCount: Int

    private static let fieldTexts = [
        "usage_user=", ",usage_system=", ",usage_idle=", ",usage_nice=", ",usage_iowait=", ",usage_irq=",
        ",usage_softirq=",
        ",usage_steal=", ",usage_guest=", ",usage_guest_nice=",
    ].map { Array($0.utf8) }

    init(_ options: Options) {
        startNs = options.startNs
        intervalNs = options.intervalNs
        var random = SplitMix64(seed: options.seed)
        prefixes = (0..<options.hostCount).map { Array("cpu,\(HostTags(number: $0, &random).text) ".utf8) }
        values = (0..<(options.hostCount * Self.fieldTexts.count)).map { _ in 100 * random.nextUnit() }
        self.random = random
        decimalCount = options.decimalCount
    }

    /// Writes the line of every host at one tick, then takes the step to the next.
    mutating func write(tick: Int, to output: inout Output) {
        let suffix = decimalCount == 0 ? Array("i".utf8) : []
        let ending = suffix + Array(" \(startNs + Int64(tick) * intervalNs)\n".utf8)
        var index = 0
        for prefix in prefixes {
            output.append(prefix)
            for (field, text) in Self.fieldTexts.enumerated() {
                if field > 0 { output.append(suffix) }
                output.append(text)
                output.append(values[index], decimals: decimalCount)
                values[index] = min(max(values[index] + random.nextNormal(), 0), 100)
                index += 1
            }
            output.append(ending)
        }
    }
}

/// The tags of one host, drawn from the suite's choices.
private struct HostTags {
    let text: String

    private static let regions: [(name: String, zones: String)] = [
        ("us-east-1", "abce"), ("us-west-1", "ab"), ("us-west-2", "abc"), ("eu-west-1", "abc"), ("eu-central-1", "ab"),
        ("ap-southeast-1", "ab"), ("ap-southeast-2", "ab"), ("ap-northeast-1", "ac"), ("sa-east-1", "abc"),
    ]

    init(number: Int, _ random: inout SplitMix64) {
        let region = random.pick(Self.regions)
        text = [
            "hostname=host_\(number)",
            "region=\(region.name)",
            "datacenter=\(region.name)\(random.pick(Array(region.zones)))",
            "rack=\(random.nextIndex(below: 100))",
            "os=\(random.pick(["Ubuntu16.10", "Ubuntu16.04LTS", "Ubuntu15.10"]))",
            "arch=\(random.pick(["x64", "x86"]))",
            "team=\(random.pick(["SF", "NYC", "LON", "CHI"]))",
            "service=\(random.nextIndex(below: 20))",
            "service_version=\(random.nextIndex(below: 2))",
            "service_environment=\(random.pick(["production", "staging", "test"]))",
        ].joined(separator: ",")
    }
}

/// Small seeded generator (Steele, Lea, Flood 2014).
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in 0..<1, in steps of 2^-53.
    mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func nextIndex(below count: Int) -> Int { Int(next() % UInt64(count)) }

    mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[nextIndex(below: choices.count)] }

    /// Close to N(0, 1): the sum of twelve uniform 16-bit numbers less its mean (Irwin–Hall), exact in integers.
    mutating func nextNormal() -> Double {
        var sum = 0
        for _ in 0..<3 {
            let word = next()
            sum += Int(word & 0xFFFF) + Int(word >> 16 & 0xFFFF) + Int(word >> 32 & 0xFFFF) + Int(word >> 48)
        }
        // Mean of twelve numbers from 0 to 65 535; the variance of one is (2^32 − 1) / 12.
        return Double(sum - 6 * 65_535) * 0x1p-16
    }
}
