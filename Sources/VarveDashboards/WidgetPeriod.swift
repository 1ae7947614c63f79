import VarveModel

/// Periods of metrics in widgets, in seconds.
package enum WidgetPeriod {
    /// Whether a widget may ask for this period.
    package static func isAllowed(_ seconds: Int64) -> Bool {
        seconds > 0 && ([1, 5, 10, 20, 30].contains(seconds) || seconds.isMultiple(of: 60))
    }

    /// What a widget asks for that says nothing about it.
    package static let standard: Int64 = 300

    /// The period of a widget that says nothing about it, seconds.
    ///
    /// Five minutes, and longer ones for longer ranges so that a line has at most 1 464 points, a leap year of six
    /// hours each. What began more than
    /// 63 days ago is asked for by the hour at least, as the service keeps nothing finer then.
    package static func automatic(rangeNs: Int64, ageNs: Int64) -> Int64 {
        let pointsMax: Int64 = 1_464
        let steps: [Int64] = [standard, 900, 3_600, 21_600, 86_400, 604_800]
        let rangeSeconds = max(0, rangeNs) / Nanoseconds.perSecond
        let step = steps.first { rangeSeconds / $0 <= pointsMax } ?? 2_592_000
        return ageNs > 63 * Nanoseconds.perDay ? max(step, 3_600) : step
    }

    /// One period for the whole range: its length, rounded up to minutes.
    package static func whole(rangeNs: Int64) -> Int64 {
        let minutes = max(1, rangeNs) / Nanoseconds.perMinute
        let isExact = max(1, rangeNs) % Nanoseconds.perMinute == 0
        return (minutes + (isExact ? 0 : 1)) * 60
    }
}
