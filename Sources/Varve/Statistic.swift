import VarveQuery

/// What can be made of the samples of one period. With n samples v:
///
/// | Statistic | Value |
/// |---|---|
/// | ``sampleCount``, ``sum``, ``minimum``, ``maximum`` | of all samples |
/// | ``average`` | sum / n |
/// | ``percentile(_:)`` | the sample at that rank: number ⌈rank / 100 · n⌉ in ascending order; rank 0 is the minimum |
/// | ``trimmedMean(_:)`` | mean of the samples within the bounds |
/// | ``winsorizedMean(_:)`` | mean of all samples; those outside count as the nearest one inside, or as the bound |
/// | ``trimmedCount(_:)``, ``trimmedSum(_:)`` | number and sum of the samples within the bounds |
/// | ``percentileRank(above:upTo:)`` | percentage (0 to 100) of samples with `above < v <= upTo` |
/// | ``interquartileMean`` | `trimmedMean(.percent(25, 75))` |
///
/// The unit is that of the samples, except for counts and percentages. All are exact: made of the samples themselves,
/// not of a histogram. Count, sum, average, minimum and maximum mostly come from sums kept beside the samples and cost
/// little; all others decode every sample of the range, 8 bytes each.
public enum Statistic: Hashable, Sendable {
    case sampleCount, sum, average, minimum, maximum
    /// - Parameter rank: percent, 0 to 100, with at most ten decimals.
    case percentile(_ rank: Double)
    case trimmedMean(Bounds)
    case winsorizedMean(Bounds)
    case trimmedCount(Bounds)
    case trimmedSum(Bounds)
    /// One bound at least is given; bounds are finite and not negative.
    case percentileRank(above: Double? = nil, upTo: Double? = nil)
    case interquartileMean

    /// Which samples of a period a statistic looks at.
    public enum Bounds: Hashable, Sendable {
        /// Between two ranks in percent, 0 to 100 with at most ten decimals, the lower one first. A sample that a rank
        /// cuts counts with the part of it that lies inside.
        case percent(_ low: Double, _ high: Double)
        /// Samples v with `above < v <= upTo`. One bound at least is given; bounds are finite and not negative.
        case values(above: Double? = nil, upTo: Double? = nil)
    }

    /// Reads a statistic as CloudWatch writes it: `Average`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`. Case
    /// matters. O(length).
    /// - Throws: ``DatabaseError/Code/invalidStatistic``, with a right one as an example.
    public init(_ text: String) throws(DatabaseError) {
        do throws(StatisticError) {
            self.init(try VarveQuery.Statistic(parsing: text))
        } catch {
            throw DatabaseError(.invalidStatistic, error.description)
        }
    }
}

extension Statistic: CustomStringConvertible {
    /// The shortest text that ``init(_:)`` reads as the same statistic; for one with bounds that are not accepted what
    /// is wrong with them.
    public var description: String {
        do throws(DatabaseError) { return try engineStatistic().description } catch { return error.message }
    }
}

// MARK: - The engine's form

extension Statistic {
    /// What the engine calls it.
    /// - Throws: `invalidStatistic` for ranks and bounds that are not accepted.
    func engineStatistic() throws(DatabaseError) -> VarveQuery.Statistic {
        switch self {
        case .sampleCount: return .sampleCount
        case .sum: return .sum
        case .average: return .average
        case .minimum: return .minimum
        case .maximum: return .maximum
        case .percentile(let rank): return .percentile(try Self.percentage(rank))
        case .trimmedMean(let bounds): return .trimmed(.mean, try bounds.engineRange())
        case .winsorizedMean(let bounds): return .trimmed(.winsorizedMean, try bounds.engineRange())
        case .trimmedCount(let bounds): return .trimmed(.count, try bounds.engineRange())
        case .trimmedSum(let bounds): return .trimmed(.sum, try bounds.engineRange())
        case .percentileRank(let above, let upTo):
            let (low, high) = try Bounds.checked(above, upTo)
            return .percentileRank(low: low, high: high)
        case .interquartileMean: return .interquartileMean
        }
    }

    /// Exact: by the decimal digits of `percent`, not by its binary fraction.
    fileprivate static func percentage(_ percent: Double) throws(DatabaseError) -> Percentage {
        let units = (percent * unitsPerPercent).rounded()
        guard percent.isFinite, let rank = Int64(exactly: units).flatMap(Percentage.init(units:)) else {
            throw DatabaseError(
                .invalidStatistic, "\(percent) is no percentage", advice: "use 0 to 100, such as 99.9")
        }
        return rank
    }

    /// Ten decimals.
    private static let unitsPerPercent = 1e10

    fileprivate init(_ engine: VarveQuery.Statistic) {
        switch engine {
        case .sampleCount: self = .sampleCount
        case .sum: self = .sum
        case .average: self = .average
        case .minimum: self = .minimum
        case .maximum: self = .maximum
        case .percentile(let rank): self = .percentile(Self.percent(rank))
        case .interquartileMean: self = .interquartileMean
        case .trimmed(.mean, let range): self = .trimmedMean(Bounds(range))
        case .trimmed(.winsorizedMean, let range): self = .winsorizedMean(Bounds(range))
        case .trimmed(.count, let range): self = .trimmedCount(Bounds(range))
        case .trimmed(.sum, let range): self = .trimmedSum(Bounds(range))
        case .percentileRank(let low, let high): self = .percentileRank(above: low, upTo: high)
        }
    }

    fileprivate static func percent(_ rank: Percentage) -> Double { Double(rank.units) / unitsPerPercent }
}

extension Statistic.Bounds {
    fileprivate init(_ range: StatisticRange) {
        switch range {
        case .percent(let low, let high): self = .percent(Statistic.percent(low), Statistic.percent(high))
        case .values(let low, let high): self = .values(above: low, upTo: high)
        }
    }

    fileprivate func engineRange() throws(DatabaseError) -> StatisticRange {
        switch self {
        case .percent(let low, let high):
            let (low, high) = (try Statistic.percentage(low), try Statistic.percentage(high))
            guard low <= high else { throw Self.refused("\(low) % is above \(high) %") }
            return .percent(low: low, high: high)
        case .values(let above, let upTo):
            let (low, high) = try Self.checked(above, upTo)
            return .values(low: low, high: high)
        }
    }

    fileprivate static func checked(
        _ low: Double?, _ high: Double?
    ) throws(DatabaseError) -> (low: Double?, high: Double?) {
        guard low != nil || high != nil else { throw refused("a bound is missing on both sides") }
        for bound in [low, high].compactMap(\.self) where !bound.isFinite || bound < 0 {
            throw refused("\(bound) is no bound")
        }
        if let low, let high, low > high { throw refused("\(low) is above \(high)") }
        return (low, high)
    }

    private static func refused(_ message: String) -> DatabaseError {
        DatabaseError(
            .invalidStatistic, message, advice: "bounds are finite, not negative, and the lower one comes first")
    }
}
