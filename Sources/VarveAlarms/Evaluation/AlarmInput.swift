/// What one evaluation of a metric alarm sees.
package struct AlarmInput: Equatable, Sendable {
    /// The periods that were asked for: ``MetricAlarmDefinition/dataRange(nowNs:)``.
    package var range: EvaluationRange
    /// When the data was read.
    package var queryNs: Int64
    package var outcome: Outcome

    /// Answer or failure of the query.
    package enum Outcome: Equatable, Sendable {
        /// The series of the watched query in its order; `isPartial` when it found more than it answered.
        case series([AlarmSeries], isPartial: Bool)
        /// The data could not be read: trouble of ours, nothing is decided.
        case failure
        /// The definition cannot be computed, such as an unknown function; nothing is decided.
        case error(String)
    }

    package init(range: EvaluationRange, queryNs: Int64, outcome: Outcome) {
        self.range = range
        self.queryNs = queryNs
        self.outcome = outcome
    }
}

/// One series of the watched query.
package struct AlarmSeries: Equatable, Sendable {
    package var label: String
    /// What tells it from the other series of a grouped query, such as `Host` = `a`; empty for single series.
    package var attributes: [AlarmAttribute]
    /// In any order; points outside of the range are ignored, of several in one period the last counts.
    package var points: [AlarmPoint]
    /// Expected values, for alarms on a band.
    package var band: [AlarmBandPoint]

    package init(
        label: String = "", attributes: [AlarmAttribute] = [], points: [AlarmPoint], band: [AlarmBandPoint] = []
    ) {
        self.label = label
        self.attributes = attributes
        self.points = points
        self.band = band
    }
}

/// One name and value of a contributor.
package struct AlarmAttribute: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// One datapoint.
package struct AlarmPoint: Equatable, Sendable {
    /// Where its period starts.
    package var timestampNs: Int64
    package var value: Double
    /// The samples behind it, where known.
    package var sampleCount: Double?

    package init(timestampNs: Int64, value: Double, sampleCount: Double? = nil) {
        self.timestampNs = timestampNs
        self.value = value
        self.sampleCount = sampleCount
    }
}

/// The expected values of one period.
package struct AlarmBandPoint: Equatable, Sendable {
    package var timestampNs: Int64
    package var lower: Double
    package var upper: Double

    package init(timestampNs: Int64, lower: Double, upper: Double) {
        self.timestampNs = timestampNs
        self.lower = lower
        self.upper = upper
    }
}
