extension Alarm {
    /// Evaluates a metric alarm with the data of ``MetricAlarmDefinition/dataRange(nowNs:)``. When the state stays, so
    /// do its reason and timestamps, and nothing is returned; with a query that failed nothing is decided.
    /// Composite alarms have no data: for them nothing happens.
    package mutating func evaluate(_ input: AlarmInput, nowNs: Int64) -> [AlarmEffect] {
        guard case .metric(let definition) = definition else { return [] }
        let effects = endPeriods(nowNs: nowNs)
        if isWarmingUp, !endsWarmUp(with: input, definition) { return effects }
        switch input.outcome {
        case .failure:
            evaluationState = .evaluationFailure
            return effects
        case .error:
            evaluationState = .evaluationError
            return effects
        case .series(let series, let isPartial):
            if definition.isMultiSeries {
                let isCut = isPartial || series.count >= AlarmLimits.seriesMax
                evaluationState = isCut ? .partialData : nil
                return effects + evaluateContributors(series, input, definition, nowNs: nowNs)
            }
            guard series.count <= 1 else {
                evaluationState = .evaluationError
                return effects
            }
            evaluationState = isPartial ? .partialData : nil
            return effects + evaluateSingle(series.first, input, definition, nowNs: nowNs)
        }
    }

    private mutating func evaluateSingle(
        _ series: AlarmSeries?, _ input: AlarmInput, _ definition: MetricAlarmDefinition, nowNs: Int64
    ) -> [AlarmEffect] {
        let decision = PointDecision(series ?? AlarmSeries(points: []), in: input.range, of: definition)
        guard let state = decision.state, state != value.state else { return [] }
        return transition(
            to: AlarmValue(
                state: state, reason: ReasonText.of(decision, definition),
                reasonData: ReasonData.of(decision, definition, queryNs: input.queryNs), updatedNs: nowNs,
                transitionedNs: nowNs))
    }
}
