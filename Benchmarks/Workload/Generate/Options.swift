import Glibc

/// What is wrong with the command line.
struct UsageError: Error {
    let text: String
}

/// The command line of `varve-workload`.
struct Options {
    static let help = """
        Writes the TSBS devops cpu-only workload as line protocol: ten tags, ten integer fields, each host once a tick.
        The same options give the same bytes on every machine.

        varve-workload [--hosts 100] [--interval 10s] [--duration 72h] [--start 2026-11-01T00:00:00Z] [--seed 1]
                       [--decimals 0] [--output FILE] [--new-hosts]

          --hours N     the same as --duration Nh
          --decimals N  0: integers, as the suite has them; 1 or 2: gauges with as many decimals instead
          --start T     UTC date and time, or seconds since 1970; inside the retention, or the data expires at once
          --new-hosts   every host is new to the store: 100 000 hosts with ten points each, unless told otherwise

        Example: varve-workload --hosts 10 --duration 1h | nc -N 127.0.0.1 8094
        """

    private(set) var hostCount = 100
    private(set) var intervalNs: Int64 = 10_000_000_000
    private(set) var durationNs: Int64 = 72 * 3_600_000_000_000
    /// 2026-11-01T00:00:00Z.
    private(set) var startNs: Int64 = 1_793_491_200_000_000_000
    private(set) var seed: UInt64 = 1
    /// Decimals of the values: 0 to 2.
    private(set) var decimalCount = 0
    private(set) var outputPath: String?
    private(set) var wantsHelp = false

    init(_ arguments: [String]) throws(UsageError) {
        if arguments.contains("--new-hosts") {
            hostCount = 100_000
            durationNs = 10 * intervalNs
        }
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--help", "-h": wantsHelp = true
            case "--new-hosts": continue
            default:
                guard let value = rest.popFirst() else { throw UsageError(text: "\(option) needs a value") }
                try set(option, value)
            }
        }
    }

    /// Points of every host.
    var tickCount: Int { Int(durationNs / intervalNs) }

    private mutating func set(_ option: String, _ value: String) throws(UsageError) {
        switch option {
        case "--hosts": hostCount = Int(try Self.number(option, value, in: 1...10_000_000))
        case "--interval": intervalNs = try Self.duration(option, value)
        case "--duration": durationNs = try Self.duration(option, value)
        case "--hours": durationNs = try Self.number(option, value, in: 1...1_000_000) * 3_600_000_000_000
        case "--start": startNs = try Self.instant(option, value)
        case "--seed": seed = UInt64(try Self.number(option, value, in: 0...Int64.max))
        case "--decimals": decimalCount = Int(try Self.number(option, value, in: 0...2))
        case "--output": outputPath = value
        default: throw UsageError(text: "unknown option \(option)")
        }
    }

    private static func number(_ option: String, _ text: String, in range: ClosedRange<Int64>) throws(UsageError)
        -> Int64
    {
        guard let value = Int64(text), range.contains(value) else {
            throw UsageError(
                text: "\(option) needs a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return value
    }

    /// Such as 500ms, 10s, 5m, 72h or 3d.
    private static func duration(_ option: String, _ text: String) throws(UsageError) -> Int64 {
        let units: [(String, Int64)] = [
            ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
            ("d", 86_400_000_000_000),
        ]
        for (suffix, nanoseconds) in units where text.hasSuffix(suffix) {
            guard let count = Int64(text.dropLast(suffix.count)), count > 0, count < 1_000_000 else { continue }
            return count * nanoseconds
        }
        throw UsageError(text: "\(option) needs a duration such as 10s, 5m, 72h or 3d, not '\(text)'")
    }

    private static func instant(_ option: String, _ text: String) throws(UsageError) -> Int64 {
        let limit: Int64 = 9_223_372_036
        if let seconds = Int64(text), abs(seconds) < limit { return seconds * 1_000_000_000 }
        let numbers = text.split { !$0.isNumber }.compactMap { Int32($0) }
        let isWhole = text.count == 20 && text.hasSuffix("Z") && numbers.count == 6
        guard isWhole || (text.count == 10 && numbers.count == 3) else {
            throw UsageError(text: "\(option) needs a time such as 2026-11-01T00:00:00Z, not '\(text)'")
        }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1_900, numbers[1] - 1, numbers[2])
        if isWhole { (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5]) }
        return Int64(timegm(&parts)) * 1_000_000_000
    }
}
