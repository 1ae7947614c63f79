/// Every constant of the model, each with its reason. How the benchmark's score changes when one is halved or doubled
/// stands in `Docs/Design/0009-anomaly-model.md`.
enum AnomalyTuning {
    // MARK: Levels, in points

    /// Spans of the running means, each four times the one before: together they cover a few points to a few hours of
    /// one-minute data, and neighbours are far enough apart for their difference to mean something.
    static let spans: [Double] = [4, 16, 64, 256]
    /// Points after which the means are settled enough for ratios of variability.
    static let pointsToSettle: UInt32 = 64
    /// Points before anything is scored: a smaller past makes every other point a record.
    static let pointsToScore: UInt32 = 100

    /// Magnitudes beyond are taken as this one: their squares must fit into single precision.
    static let valueMax = 1e18
    /// Ratios: this share of the spread, and this much, are as good as zero.
    static let nothingShare = 1e-3
    static let nothing = 1e-9

    // MARK: Histories of surprise

    /// Points after which a magnitude weighs 1/e of a fresh one: a week of one-minute data, a month of five-minute
    /// data.
    static let historyPoints = 10_000.0
    /// Exponent of the Pareto tail beyond the largest magnitude seen. Three is the rule of thumb for the tails of
    /// operational and financial series ("inverse cubic law"): twice the record is 3·ln 2 ≈ 2 nats rarer.
    static let tailExponent = 3.0
    /// A magnitude from this surprise on is an outlier, and only part of it is learnt: once in e⁵ ≈ 150 points.
    static let outlierSurprise = 5.0
    /// Weight of the newest value at which a histogram is scaled down. Single precision keeps 2²⁴; this leaves 12 bits.
    static let unitMax: Float = 4096

    // MARK: Memory of situations

    /// 256 situations of 20 bytes are 5 KiB, and comparing with all of them takes about a microsecond.
    static let situationsMax = 256
    /// Share of points that are kept as new situations. With 256 places, one stays at least 256 / 0.05 ≈ 5 000 points.
    static let newShare = 0.05
    /// Relative step by which the radius is corrected.
    static let radiusStep = 0.1
    /// The first situations are kept whatever their distance, and no distance is believed before there are a few.
    static let situationsKeptAtFirst = 30
    static let situationsToCompare = 4
    /// Weight of the surprise of the situation beside that of the strongest view. It sees the same points, so that its
    /// evidence is mostly not new; a third of it breaks ties.
    static let situationWeight = 0.3

    // MARK: From surprise to alarm

    /// Surprise, in nats, that counts as an anomaly: score 0.5. Once in e^8.5 ≈ 5 000 points for one view.
    static let alarmSurprise = 8.5
    /// Share of what a memory of more than e^8.5 points adds to a record that is taken off again: half, because a
    /// record in a longer past is rarer, and there are more of them to look at.
    static let recordWeight = 0.5
    /// An anomaly explains what follows it: for this many points (1/e), only something more surprising is reported.
    static let holdPointsMax = 400.0
    /// The same as a share of the past: with little past there are more records, and waiting long would miss them.
    static let holdShare = 0.2
    static let holdPointsMin = 50.0
    /// Directly behind an anomaly, something must be this much more surprising (e² ≈ 7 times rarer) to be one of its
    /// own; fades over `marginPoints`.
    static let margin = 2.0
    static let marginPoints = 30.0
    /// A series that alarms often must show more: each doubling of its earlier reports of like surprise costs 0.2 nats.
    static let habitWeight = 0.3
    /// Only reports from here on become a habit.
    static let habitSurpriseMin = 6.0
    /// Earlier reports count when they were at most this much less surprising.
    static let habitReach = 1.0

    // MARK: Band

    /// Time constant of the level, seconds: a day, so that it does not follow the daily season.
    static let levelSeconds = 86_400.0
    /// Deviations and errors are followed this many times more slowly than the level.
    static let slowFactor = 3.0
    /// What seasons are offsets to follows over a week.
    static let baseFactor = 7.0
    /// A time of day remembers about seven visits: a week, so that week-ends do not sway it.
    static let dailyShareMin = 1.0 / 7
    /// An hour of the week remembers about three visits.
    static let weeklyShareMin = 1.0 / 3
    /// Visits of a time of day before what is left over is put down to the day of the week.
    static let visitsBeforeWeek: UInt16 = 5
    /// A season must reduce the error to this share to be believed.
    static let seasonGain = 0.9
    /// Values further from the centre than so many mean deviations count as if they were there (3.2 standard
    /// deviations).
    static let outlierReach = 4.0
    /// Points before values are limited so.
    static let pointsToClip: UInt32 = 30
    /// A deviation below this share of the centre is one of rounding.
    static let deviationFloor = 1e-3
    /// Standard deviation of normal noise with a mean absolute deviation of 1: √(π/2).
    static let sigmaPerDeviation = 1.253_314_137_315_500_1
    /// A band exists after three hours of data, and not from a handful of points.
    static let trainedSpanNs: Int64 = 3 * 3600 * 1_000_000_000
    static let trainedPoints: UInt32 = 12
}
