package import VarveModel

/// What a parser assumes about its input and how much memory it may keep.
package struct LineOptions: Sendable {
    /// Unit of the timestamps.
    package var precision = LinePrecision.nanoseconds
    /// Account and region of every series read.
    package var scope = Scope.default
    /// Tags that one line may carry; at most `Limits.dimensionsCeiling`.
    package var dimensionsMax = Limits.dimensionsMax
    /// Timestamps further ahead of the time of receipt than this are refused (a wrong unit, not a wrong clock); nil:
    /// none is.
    package var futureToleranceNs: Int64? = Int64(Limits.futureToleranceDays) * Nanoseconds.perDay
    /// Timestamps further behind the time of receipt than this are refused; nil: none is.
    package var pastToleranceNs: Int64?
    /// Memory for known line prefixes and row shapes of one parser, in bytes. What does not fit is forgotten as a whole
    /// and learned anew. At about 1 KiB a source, 128 MiB hold the 100 000 hosts of the widest benchmark.
    package var cacheBytesMax = 128 << 20
    /// Memory that several parsers share on top of each one's own maximum; nil: none is shared.
    package var cacheBudget: LineCacheBudget?
    /// Key of the hash tables. Draw it from the process's random source wherever input comes from strangers, so that
    /// nobody can choose prefixes that collide.
    package var hashSeed: UInt64 = 0x5851_F42D_4C95_7F2D
    /// `parse` returns once this many refusals wait in the caller's array: 256 refusals with 4 KiB excerpts are 1 MiB.
    package var refusalsMax = 256
    /// Bytes of a refused line that are kept for the reject file.
    package var excerptBytesMax = 4_096

    package init() {}
}

/// Unit of the timestamps of a line-protocol stream.
package enum LinePrecision: Int64, CaseIterable, Sendable {
    // The raw value is the number of nanoseconds.
    case nanoseconds = 1
    case microseconds = 1_000
    case milliseconds = 1_000_000
    case seconds = 1_000_000_000
    case minutes = 60_000_000_000
    case hours = 3_600_000_000_000

    /// Nanoseconds in one unit.
    package var nanosecondsPerUnit: Int64 { rawValue }

    /// Reads the `precision` parameter as InfluxDB 1.x (`n u ms s m h`) and 2.x (`ns us ms s`) clients spell it.
    package init?(_ text: String) {
        switch text {
        case "ns", "n": self = .nanoseconds
        case "us", "u", "µ", "µs": self = .microseconds
        case "ms": self = .milliseconds
        case "s": self = .seconds
        case "m": self = .minutes
        case "h": self = .hours
        default: return nil
        }
    }
}
