/// What somebody may say about a metric before its model learns it. Nothing here is needed for good scores.
package struct AnomalyConfiguration: Sendable {
    /// How fast the model forgets.
    package enum AdaptationSpeed: UInt8, Sendable, CaseIterable {
        case slow, normal, fast

        /// Lengths of all memories are multiplied by this.
        var memoryFactor: Double {
            switch self {
            case .slow: 3
            case .normal: 1
            case .fast: 1.0 / 3
            }
        }
    }

    /// How much of an outlier is learnt: strict filtering keeps a repeated incident surprising for longer.
    package enum OutlierFiltering: UInt8, Sendable, CaseIterable {
        case minimal, moderate, strict

        /// Share of an outlier that enters the histories.
        var learntShare: Double {
            switch self {
            case .minimal: 1
            case .moderate: 0.5
            case .strict: 0.25
            }
        }
    }

    /// Spans from which nothing is learnt and in which nothing is scored: nanoseconds since 1970, ends exclusive.
    package var excludedRanges: [Range<Int64>]
    /// Seconds that local time is ahead of UTC at an instant (nanoseconds since 1970). Seasons follow local time.
    package var zoneOffsetSeconds: @Sendable (Int64) -> Int
    /// The metric has spikes at fixed times of the day: the band is as wide there as the spikes have been.
    package var hasPeriodicSpikes: Bool
    package var adaptation: AdaptationSpeed
    package var filtering: OutlierFiltering
    /// Values the metric cannot leave, such as 0… for counts or 0…100 for percentages. The band does not, either.
    package var lowestPossible: Double?
    package var highestPossible: Double?

    package init(
        excludedRanges: [Range<Int64>] = [],
        zoneOffsetSeconds: @escaping @Sendable (Int64) -> Int = { _ in 0 },
        hasPeriodicSpikes: Bool = false,
        adaptation: AdaptationSpeed = .normal,
        filtering: OutlierFiltering = .moderate,
        lowestPossible: Double? = nil,
        highestPossible: Double? = nil
    ) {
        self.excludedRanges = excludedRanges
        self.zoneOffsetSeconds = zoneOffsetSeconds
        self.hasPeriodicSpikes = hasPeriodicSpikes
        self.adaptation = adaptation
        self.filtering = filtering
        self.lowestPossible = lowestPossible
        self.highestPossible = highestPossible
    }

    /// The range around what is expected that reaches `width` standard deviations to either side, within the limits.
    package func band(_ forecast: AnomalyForecast, width: Double) -> AnomalyBand {
        let reach = abs(width) * forecast.deviation
        return AnomalyBand(
            lower: limited(forecast.centre - reach), centre: limited(forecast.centre),
            upper: limited(forecast.centre + reach))
    }

    /// Whether nothing is to be learnt at this instant.
    func excludes(_ timeNs: Int64) -> Bool { excludedRanges.contains { $0.contains(timeNs) } }

    /// The value moved into what is possible.
    func limited(_ value: Double) -> Double {
        min(max(value, lowestPossible ?? -.infinity), highestPossible ?? .infinity)
    }
}
