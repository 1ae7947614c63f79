/// How unusual one point was when it arrived. Depends on this point and earlier ones only.
package struct AnomalyScore: Equatable, Sendable {
    /// 0…1; from 0.5 on the point is an anomaly. Rises with `surprise`.
    package var value: Double
    /// Logarithm of one over the rarity that is reported, nats; 0 when an earlier anomaly explains the point.
    package var surprise: Double
    /// What was measured before earlier anomalies and reports were taken into account, nats.
    package var rawSurprise: Double
    /// The view that was surprised most; `nil` when nothing was measured.
    package var leadingView: AnomalyView?

    /// A point that was not looked at: in an excluded range, not a number, or the first.
    static let none = AnomalyScore(value: 0, surprise: 0, rawSurprise: 0, leadingView: nil)

    /// Whether this point is an anomaly by the model's own threshold.
    package var isAnomaly: Bool { value >= 0.5 }
}

/// How much a model knows.
package enum AnomalyTrainingState: String, Sendable, CaseIterable {
    /// No value was learnt yet.
    case pendingTraining = "PENDING_TRAINING"
    /// Values were learnt, too few or over too short a time for a band.
    case insufficientData = "TRAINED_INSUFFICIENT_DATA"
    /// There is a band.
    case trained = "TRAINED"
}

/// The expected range at one instant, in the metric's unit; `lower <= centre <= upper`.
package struct AnomalyBand: Equatable, Sendable {
    package var lower: Double
    package var centre: Double
    package var upper: Double
}

/// What a model expects at one instant, before any width is chosen.
package struct AnomalyForecast: Equatable, Sendable {
    package var centre: Double
    /// Standard deviation, not negative.
    package var deviation: Double
}

/// Why a model expects what it expects, and how the latest score came about. For people and tests.
package struct AnomalyExplanation: Equatable, Sendable {
    /// What is known of one view of the latest point.
    package struct ViewFinding: Equatable, Sendable {
        package var view: AnomalyView
        /// Nats.
        package var surprise: Double
    }

    package var state: AnomalyTrainingState
    /// Values learnt so far.
    package var pointCount: Int
    /// Time of the latest value, nanoseconds since 1970; `nil` before the first.
    package var latestNs: Int64?
    /// The parts of the centre: `centre = level + daily + weekly`, before limits. Level includes the trend so far.
    package var level: Double
    package var daily: Double
    package var weekly: Double
    /// Which seasons draw the band: those that reduced the error of the forecasts.
    package var usesDaily: Bool
    package var usesWeekly: Bool
    /// What the level gains a day.
    package var trendPerDay: Double
    /// Standard deviation of the values around the centre.
    package var deviation: Double
    /// The latest point: what each view found, most surprised first, and the score that came of it.
    package var findings: [ViewFinding]
    package var latestScore: AnomalyScore
    /// Surprise that a next anomaly has to exceed because of an earlier one, nats; 0 when there was none lately.
    package var hold: Double
    /// What each half-hour of a day in local time adds to the level, and what each hour of a week, from Monday on, adds
    /// beside that; `nil` where there was no point yet.
    package var dailyProfile: [Double?]
    package var weeklyProfile: [Double?]
}
