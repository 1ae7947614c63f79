/// The ways in which a point can be unlike its past. Each has a history of its own magnitudes.
package enum AnomalyView: UInt8, Sendable, CaseIterable {
    /// The value against the mean of the last few points.
    case jump
    /// The mean of some minutes against that of an hour, and of an hour against that of some hours (one-minute data).
    case drift, shift
    /// Changes from point to point larger, or smaller, than they use to be.
    case restless, calm
    /// The value against what the season says for this time.
    case season
    /// The size of the value.
    case size
    /// The value as a multiple of its level, up or down.
    case ratio
    /// The whole situation – value, means, variability – against every remembered one.
    case situation

    /// For people: what is unusual when this view is the most surprised.
    package var summary: String {
        switch self {
        case .jump: "the value jumped away from its last few"
        case .drift: "the last points lie away from those before"
        case .shift: "the level moved"
        case .restless: "the value changes more from point to point than it used to"
        case .calm: "the value changes less from point to point than it used to"
        case .season: "the value is unusual for this time of the day or week"
        case .size: "the value has an unusual size"
        case .ratio: "the value is an unusual multiple of its level"
        case .situation: "value, level and variability were never together like this"
        }
    }
}
