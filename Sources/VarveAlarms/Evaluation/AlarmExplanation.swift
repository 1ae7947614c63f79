/// How an evaluation came to its state, for people who ask why.
package struct AlarmExplanation: Equatable, Sendable {
    /// The series; empty for alarms on one.
    package let attributes: [AlarmAttribute]
    package let range: EvaluationRange
    package let decision: PointDecision
    package let treatment: TreatMissingData
    /// What the evaluation says; the current state where the decision keeps it.
    package let state: AlarmState

    /// One sentence about the step that decided.
    package var sentence: String {
        let (bad, good) = (decision.breaching.count, decision.good.count)
        let (needed, total) = (decision.needed, decision.evaluated)
        return switch decision.step {
        case .enoughBreaching: "\(bad) of the newest \(total) datapoints breach, \(needed) are needed: ALARM"
        case .enoughGood:
            "\(good) of the newest \(total) datapoints do not breach, so \(needed) cannot breach: OK"
        case .tooFewSamples: "some datapoints are of too few samples to count: the state stays \(state.rawValue)"
        case .missingAsBreaching:
            "\(bad) datapoints breach and \(decision.missingCount) missing ones count as breaching: \(state.rawValue)"
        case .missingAsGood: "\(decision.missingCount) missing datapoints count as not breaching: OK"
        case .ignoredWithGood: "missing datapoints are ignored and \(good) do not breach: OK"
        case .ignoredKeepsState: "missing datapoints are ignored: the state stays \(state.rawValue)"
        case .noData: "there is no datapoint in the range: INSUFFICIENT_DATA"
        case .someGood: "\(bad) datapoints breach, fewer than \(needed), and \(good) do not: OK"
        case .onlyBreachingLongEnough:
            "all datapoints breach, the oldest of them for \(needed) periods or longer: ALARM"
        case .onlyBreachingTooShort:
            "all datapoints breach, but for fewer than \(needed) periods: INSUFFICIENT_DATA"
        }
    }
}

extension Alarm {
    /// What ``evaluate(_:nowNs:)`` would decide, for each series; empty for composite alarms and failed queries.
    /// Changes nothing.
    package func explain(_ input: AlarmInput) -> [AlarmExplanation] {
        guard case .metric(let definition) = definition, case .series(let series, _) = input.outcome else { return [] }
        let all = series.isEmpty ? [AlarmSeries(points: [])] : Array(series.prefix(AlarmLimits.seriesMax))
        return all.map { one in
            let decision = PointDecision(one, in: input.range, of: definition)
            let id = AlarmContributor.id(of: one.attributes)
            let current =
                definition.isMultiSeries && !series.isEmpty
                ? contributors.first { $0.id == id }?.state ?? .ok : value.state
            return AlarmExplanation(
                attributes: one.attributes, range: input.range, decision: decision,
                treatment: definition.missingDataTreatment, state: decision.state ?? current)
        }
    }
}
