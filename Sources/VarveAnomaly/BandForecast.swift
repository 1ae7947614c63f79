import Glibc

/// What the next value will probably be: level and trend, with the daily and weekly season when they have been right.
///
/// Three forecasts run side by side: without season, with the daily one, with both. The one with the smallest error
/// draws the band, and a season has to be clearly better than none.
struct BandForecast: Equatable {
    static let dailySlots = 48
    static let weeklySlots = 168
    private static let daySeconds: Int64 = 86_400
    private static let secondNs: Int64 = 1_000_000_000
    /// The epoch was a Thursday; weeks of the profile begin on Monday.
    private static let daysToMonday: Int64 = 3

    /// Forecasts without season, with the daily season, with both.
    var levels = [LevelTrend](repeating: LevelTrend(), count: 3)
    /// The mean that seasons are offsets to. Follows over weeks, and so is flat within one.
    var base = LevelTrend()
    var daily = SeasonalProfile(slotCount: dailySlots, shareMin: AnomalyTuning.dailyShareMin)
    var weekly = SeasonalProfile(slotCount: weeklySlots, shareMin: AnomalyTuning.weeklyShareMin)
    /// Mean absolute deviation from the centre, over all times and by time of day.
    var deviation = LevelTrend()
    var deviationBySlot = SeasonalProfile(slotCount: dailySlots, shareMin: AnomalyTuning.dailyShareMin)

    /// Values in a row that lay beyond the reach of the band.
    var outliersInRow: UInt8 = 0

    /// Which of the forecasts.
    enum Kind: Int { case level, daily, weekly }

    /// The forecast for one instant.
    struct Expectation {
        var kind: Kind
        var level: Double
        var daily: Double
        var weekly: Double
        var deviation: Double
        var centre: Double { level + daily + weekly }
    }

    /// Time slots of an instant in local time.
    struct Slots {
        var day: Int
        var week: Int

        init(timeNs: Int64, offsetSeconds: Int) {
            let (seconds, _) = timeNs.quotientAndFloor(BandForecast.secondNs)
            let local = seconds &+ Int64(clamping: offsetSeconds)
            let (days, inDay) = local.quotientAndFloor(BandForecast.daySeconds)
            let (_, weekDay) = (days &+ BandForecast.daysToMonday).quotientAndFloor(7)
            day = Int(inDay) * BandForecast.dailySlots / Int(BandForecast.daySeconds)
            week = Int(weekDay) * 24 + Int(inDay) / 3600
        }
    }

    /// The forecast with the smallest error among those that know these slots.
    /// - Parameter ahead: time since the last value, in time constants.
    func expectation(_ slots: Slots, ahead: Double, hasPeriodicSpikes: Bool) -> Expectation {
        let kind = bestKind(slots)
        var result = Expectation(
            kind: kind, level: levels[kind.rawValue].forecast(ahead: ahead), daily: 0, weekly: 0,
            deviation: deviation.once)
        if kind != .level { result.daily = daily.offsets[slots.day] }
        if kind == .weekly { result.weekly = weekly.offsets[slots.week] }
        if hasPeriodicSpikes, deviationBySlot.knows(slots.day) {
            result.deviation = max(result.deviation, deviationBySlot.offsets[slots.day])
        }
        result.deviation = max(result.deviation, AnomalyTuning.deviationFloor * abs(result.centre))
        return result
    }

    private func bestKind(_ slots: Slots) -> Kind {
        var best = Kind.level
        var error = levels[0].error * AnomalyTuning.seasonGain
        if daily.knows(slots.day), levels[1].error < error {
            best = .daily
            error = levels[1].error * AnomalyTuning.seasonGain
        }
        if daily.knows(slots.day), weekly.knows(slots.week), levels[2].error < error { best = .weekly }
        return best
    }

    private func season(_ kind: Int, _ slots: Slots) -> Double {
        switch kind {
        case 0: 0
        case 1: daily.offsets[slots.day]
        default: daily.offsets[slots.day] + weekly.offsets[slots.week]
        }
    }

    /// - Parameters:
    ///   - elapsed: time since the last value, in time constants.
    ///   - expected: what was expected here; `nil` for the first value.
    mutating func learn(_ value: Double, slots: Slots, elapsed: Double, expected: Expectation) {
        let share = 1 - exp(-elapsed)
        let slowShare = 1 - exp(-elapsed / AnomalyTuning.slowFactor)
        let isFirst = base.count == 0
        // Outliers pull the band only as far as a wide band reaches; before there is a deviation, everything counts.
        // Each further one in a row doubles the reach, so that a new level is believed after a few points.
        let reach = AnomalyTuning.outlierReach * expected.deviation * exp2(Double(min(outliersInRow, 64)))
        let isSettled = base.count >= AnomalyTuning.pointsToClip && reach > 0
        let heard = isSettled ? min(max(value, expected.centre - reach), expected.centre + reach) : value
        outliersInRow = heard == value ? 0 : min(outliersInRow + 1, 64)
        for kind in levels.indices {
            let season = season(kind, slots)
            if !isFirst {
                let error = abs(heard - season - levels[kind].forecast(ahead: elapsed))
                levels[kind].learn(error: error, share: slowShare)
            }
            levels[kind].learn(heard - season, share: share)
        }
        if !isFirst {
            let error = abs(heard - expected.centre)
            deviation.learn(error, share: slowShare)
            deviationBySlot.learn(abs(value - expected.centre), slot: slots.day)
        }
        learnSeasons(heard, slots: slots, share: 1 - exp(-elapsed / AnomalyTuning.baseFactor))
    }

    /// Base and day each learn what the other leaves over; the week learns what both leave, once the day is known.
    private mutating func learnSeasons(_ value: Double, slots: Slots, share: Double) {
        let day = daily.offsets[slots.day]
        base.learn(value - day, share: share)
        daily.learn(value - base.once, slot: slots.day)
        guard daily.visits[slots.day] >= AnomalyTuning.visitsBeforeWeek else { return }
        weekly.learn(value - base.once - day, slot: slots.week)
    }
}

extension Int64 {
    /// Quotient and remainder, rounded towards minus infinity.
    fileprivate func quotientAndFloor(_ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
