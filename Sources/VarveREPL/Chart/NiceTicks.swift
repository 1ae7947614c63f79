import Glibc
package import VarveModel

/// Places on an axis that people like to read.
package enum NiceTicks {
    /// Values from at or below `low` to at or above `high`, a round step apart, about `countWanted` of them (at least two).
    ///
    /// Steps are 1, 2, 2.5 or 5 times a power of ten. Equal or non-finite ends are spread first.
    package static func values(from low: Double, through high: Double, countWanted: Int) -> [Double] {
        let (low, high) = spread(low, high)
        let step = roundStep((high - low) / Double(max(1, countWanted - 1)))
        guard step.isNormal else { return [0, 1] }
        // The small tolerance keeps 0.30000000000000004 from adding a step of its own.
        let first = (low / step + 1e-9).rounded(.down)
        let last = (high / step - 1e-9).rounded(.up)
        let count = max(1, Int(min(last - first, 1_000)))
        return (0...count).map { (first + Double($0)) * step }
    }

    private static func spread(_ low: Double, _ high: Double) -> (Double, Double) {
        guard low.isFinite, high.isFinite, (high - low).isFinite else { return (0, 1) }
        // A span too small to be told from nothing is treated as none.
        if high > low, high - low > max(abs(low), abs(high)) * 1e-12, high - low > 1e-290 { return (low, high) }
        return abs(low) < 1e-290 ? (0, 1) : (low - abs(low) * 0.1, low + abs(low) * 0.1)
    }

    private static func roundStep(_ raw: Double) -> Double {
        let power = pow(10, log10(raw).rounded(.down))
        let factor = [1, 2, 2.5, 5, 10].first { $0 * power >= raw * (1 - 1e-9) } ?? 10
        return factor * power
    }

    /// Instants on round local times inside `range`, about `countWanted` of them, with the step between them.
    package static func times(
        in range: TimeRange, countWanted: Int, zone: LocalZone
    ) -> (timestampsNs: [Int64], stepNs: Int64) {
        let wanted = (range.end - range.start) / Int64(max(1, countWanted))
        let step = timeSteps.first { $0 >= wanted } ?? timeSteps[timeSteps.count - 1]
        // Round on the reader's clock: midnight is a tick, wherever the reader lives.
        let offset = Int64(zone.calendarTime(ofNs: range.start).offsetSeconds) * Nanoseconds.perSecond
        let before = (range.start + offset).flooredQuotientAndRemainder(dividingBy: step)
        var tick = range.start - before.remainder + (before.remainder == 0 ? 0 : step)
        var timestamps: [Int64] = []
        while tick < range.end, timestamps.count < 1_000 {
            timestamps.append(tick)
            tick += step
        }
        return (timestamps, step)
    }

    private static let timeSteps: [Int64] =
        [1, 2, 5, 10, 20, 50, 100, 200, 500].map { $0 * Nanoseconds.perMillisecond }
        + [1, 2, 5, 10, 15, 30].map { $0 * Nanoseconds.perSecond }
        + [1, 2, 5, 10, 15, 30].map { $0 * Nanoseconds.perMinute }
        + [1, 2, 3, 6, 12].map { $0 * Nanoseconds.perHour }
        + [1, 2, 7, 14, 28, 56, 91, 182].map { $0 * Nanoseconds.perDay }
}
