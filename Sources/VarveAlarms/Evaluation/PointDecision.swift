/// How the points of one series decide, step by step. Spoken of in ``AlarmExplanation``.
package enum DecisionStep: String, Sendable {
    /// M or more points breach.
    case enoughBreaching
    /// More than N − M points do not breach: M can no longer be reached.
    case enoughGood
    /// Points of too few samples are among them, and the others do not decide.
    case tooFewSamples
    /// Missing points count as breaching.
    case missingAsBreaching
    /// Missing points count as good.
    case missingAsGood
    /// Missing points are ignored; some point is good.
    case ignoredWithGood
    /// Missing points are ignored, and nothing speaks for OK: the state stays.
    case ignoredKeepsState
    /// No point at all.
    case noData
    /// Some point is good, none is filled in.
    case someGood
    /// All points breach, and the oldest has been doing so for M periods or more.
    case onlyBreachingLongEnough
    /// All points breach, but only for fewer than M periods: the missing ones may still come.
    case onlyBreachingTooShort
}

/// The points of one series, cut into periods, and what follows from them.
package struct PointDecision: Equatable, Sendable {
    /// What a point says.
    package enum Verdict: String, Sendable {
        case breaching, good, notSignificant
    }

    /// A point that was looked at.
    package struct Point: Equatable, Sendable {
        /// Start of its period.
        package let timestampNs: Int64
        /// 1 for the newest period of the range.
        package let age: Int
        package let value: Double
        package let sampleCount: Double?
        /// Bounds of the band, for alarms on one.
        package let lower: Double?
        package let upper: Double?
        package let verdict: Verdict
    }

    /// At most N, newest first.
    package let points: [Point]
    /// Points of the range that were not needed, newest first.
    package let ignored: [Point]
    /// Starts of the newest periods without a point, newest first; as many as `points` are short of N, if the range has
    /// them.
    package let gaps: [Int64]
    package let step: DecisionStep
    /// nil keeps the current state.
    package let state: AlarmState?
    /// M and N.
    package let needed: Int
    package let evaluated: Int
}

extension PointDecision {
    /// O(points + periods of the range).
    init(_ series: AlarmSeries, in range: EvaluationRange, of definition: MetricAlarmDefinition) {
        let real = Self.realPoints(series, in: range, of: definition)
        let used = Array(real.prefix(definition.evaluationPeriods))
        points = used
        ignored = Array(real.dropFirst(definition.evaluationPeriods))
        gaps = Self.gaps(in: range, beside: real, count: definition.evaluationPeriods - used.count)
        needed = definition.needed
        evaluated = definition.evaluationPeriods
        (step, state) = Self.decide(used, of: definition)
    }

    var breaching: [Point] { points.filter { $0.verdict == .breaching } }
    var good: [Point] { points.filter { $0.verdict == .good } }
    /// N − (bad + good).
    var missingCount: Int { evaluated - breaching.count - good.count }
    /// Good points that make M impossible.
    var neededForOK: Int { evaluated - needed + 1 }

    private static func decide(
        _ points: [Point], of definition: MetricAlarmDefinition
    ) -> (DecisionStep, AlarmState?) {
        let (total, needed) = (definition.evaluationPeriods, definition.needed)
        let bad = points.count { $0.verdict == .breaching }
        let good = points.count { $0.verdict == .good }
        if bad >= needed { return (.enoughBreaching, .alarm) }
        if good >= total - needed + 1 { return (.enoughGood, .ok) }
        if bad + good < points.count { return (.tooFewSamples, nil) }
        switch definition.missingDataTreatment {
        case .breaching: return (.missingAsBreaching, bad + (total - bad - good) >= needed ? .alarm : .ok)
        case .notBreaching: return (.missingAsGood, .ok)
        case .ignore: return good > 0 ? (.ignoredWithGood, .ok) : (.ignoredKeepsState, nil)
        case .missing:
            guard let oldest = points.last else { return (.noData, .insufficientData) }
            if good > 0 { return (.someGood, .ok) }
            return oldest.age >= needed
                ? (.onlyBreachingLongEnough, .alarm) : (.onlyBreachingTooShort, .insufficientData)
        }
    }

    /// The points inside the range, newest first, judged. A point without a band to compare with counts as missing.
    private static func realPoints(
        _ series: AlarmSeries, in range: EvaluationRange, of definition: MetricAlarmDefinition
    ) -> [Point] {
        var slots = [AlarmPoint?](repeating: nil, count: range.count)
        for point in series.points where point.value.isFinite {
            if let slot = range.slot(of: point.timestampNs) { slots[slot] = point }
        }
        let bands = definition.comparison.needsBand ? bandSlots(series, in: range) : []
        var points: [Point] = []
        for slot in slots.indices.reversed() {
            guard let point = slots[slot] else { continue }
            let band = bands.isEmpty ? nil : bands[slot]
            if definition.comparison.needsBand && band == nil { continue }
            points.append(
                Point(
                    timestampNs: range.timestamp(ofSlot: slot), age: range.count - slot, value: point.value,
                    sampleCount: point.sampleCount, lower: band?.lower, upper: band?.upper,
                    verdict: verdict(point, band, definition)))
        }
        return points
    }

    private static func bandSlots(_ series: AlarmSeries, in range: EvaluationRange) -> [AlarmBandPoint?] {
        var slots = [AlarmBandPoint?](repeating: nil, count: range.count)
        for point in series.band where point.lower.isFinite && point.upper.isFinite {
            if let slot = range.slot(of: point.timestampNs) { slots[slot] = point }
        }
        return slots
    }

    private static func verdict(
        _ point: AlarmPoint, _ band: AlarmBandPoint?, _ definition: MetricAlarmDefinition
    ) -> Verdict {
        if let least = definition.significantSampleCount, let count = point.sampleCount, count < least {
            return .notSignificant
        }
        let isBreached =
            if let band {
                definition.comparison.isBreached(by: point.value, lower: band.lower, upper: band.upper)
            } else {
                definition.comparison.isBreached(by: point.value, threshold: definition.threshold ?? .nan)
            }
        return isBreached ? .breaching : .good
    }

    private static func gaps(in range: EvaluationRange, beside points: [Point], count: Int) -> [Int64] {
        guard count > 0 else { return [] }
        let taken = Set(points.map(\.age))
        let ages = (1...range.count).lazy.filter { !taken.contains($0) }.prefix(count)
        return ages.map { range.timestamp(ofSlot: range.count - $0) }
    }
}
