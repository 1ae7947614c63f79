// Warm-up: how long a new alarm waits for what it watches to begin. It stays in its first state and runs no actions.
extension Alarm {
    /// When the warm-up is over at the latest; nil when there is none any more.
    var warmUpEndNs: Int64? {
        guard isWarmingUp, let warmUp = definition.metric?.warmUp else { return nil }
        return createdNs + warmUp.durationNs
    }

    mutating func endWarmUp() {
        isWarmingUp = false
        if evaluationState == .inWarmUp { evaluationState = nil }
    }

    /// Ends the warm-up if the data fill the window: a series has points in N periods.
    /// - Returns: whether the alarm may be evaluated.
    mutating func endsWarmUp(with input: AlarmInput, _ definition: MetricAlarmDefinition) -> Bool {
        guard definition.warmUp?.isWaitedOut != true, case .series(let series, _) = input.outcome else { return false }
        let isFilled = series.contains { one in
            let slots = one.points.filter { $0.value.isFinite }.compactMap { input.range.slot(of: $0.timestampNs) }
            return Set(slots).count >= definition.evaluationPeriods
        }
        if isFilled { endWarmUp() }
        return isFilled
    }
}
