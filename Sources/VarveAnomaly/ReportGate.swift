import Glibc

/// Lets each anomaly through once: what follows an anomaly must be more surprising to be reported again, and a series
/// that reports often must show more.
struct ReportGate: Equatable {
    /// Reports by surprise, half a nat each, fading.
    static let habitBins = 64
    static let habitBinsPerNat = 2.0

    /// Surprise below which nothing is reported now; fades.
    var hold = 0.0
    /// 1 at an anomaly, fading: how much of the margin is asked on top.
    var margin = 0.0
    var habit = [Float](repeating: 0, count: habitBins)

    /// The surprise that is reported, 0 when an earlier anomaly explains this one.
    /// - Parameters:
    ///   - point: how many points came before.
    ///   - keep: share of the habit that is left after one point.
    mutating func pass(_ surprise: Double, point: UInt32, keep: Double) -> Double {
        let isNews = surprise > hold + AnomalyTuning.margin * margin
        let span = min(
            AnomalyTuning.holdPointsMax,
            max(AnomalyTuning.holdPointsMin, AnomalyTuning.holdShare * Double(point)))
        hold *= 1 - 1 / span
        margin *= 1 - 1 / AnomalyTuning.marginPoints
        for bin in habit.indices { habit[bin] *= Float(keep) }
        guard isNews else { return 0 }
        let reported = discounted(surprise)
        if reported >= AnomalyTuning.alarmSurprise {
            margin = 1
            hold = max(hold, surprise)
        }
        return reported
    }

    /// Discounts by earlier reports that were about as surprising, then counts this one.
    private mutating func discounted(_ surprise: Double) -> Double {
        guard surprise > AnomalyTuning.habitSurpriseMin else { return surprise }
        let first = Self.bin(surprise - AnomalyTuning.habitReach)
        let earlier = habit[first...].reduce(0, +)
        habit[Self.bin(surprise)] += 1
        return surprise - AnomalyTuning.habitWeight * log(1 + Double(earlier))
    }

    /// The last bin takes everything beyond, the first what is not a number.
    private static func bin(_ surprise: Double) -> Int {
        guard surprise > 0 else { return 0 }
        let position = surprise * habitBinsPerNat
        return position < Double(habitBins) ? Int(position) : habitBins - 1
    }
}
