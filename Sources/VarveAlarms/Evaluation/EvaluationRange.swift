/// The periods that an evaluation looks at: `count` of `periodNs` each, the newest ending at `endNs`.
package struct EvaluationRange: Equatable, Sendable {
    /// Where the oldest period starts; inclusive.
    package let startNs: Int64
    /// Where the newest period ends; exclusive.
    package let endNs: Int64
    package let periodNs: Int64
    package let count: Int

    package init(endNs: Int64, periodNs: Int64, count: Int) {
        self.startNs = endNs - periodNs * Int64(count)
        self.endNs = endNs
        self.periodNs = periodNs
        self.count = count
    }

    /// The period that holds `timestampNs`, 0 for the oldest; nil outside.
    func slot(of timestampNs: Int64) -> Int? {
        guard timestampNs >= startNs && timestampNs < endNs else { return nil }
        return Int((timestampNs - startNs) / periodNs)
    }

    /// Where period `slot` starts.
    func timestamp(ofSlot slot: Int) -> Int64 { startNs + Int64(slot) * periodNs }
}

extension MetricAlarmDefinition {
    private static let second: Int64 = 1_000_000_000

    /// How often it is evaluated: every 10 s for periods below a minute, every hour when it looks back more than a day,
    /// every minute otherwise.
    package var cadenceNs: Int64 {
        if period < 60 { return 10 * Self.second }
        return evaluationPeriods * period > 86_400 ? 3_600 * Self.second : 60 * Self.second
    }

    /// The periods to fetch for an evaluation at `nowNs`. They end at the last whole minute (second-level alarms: at
    /// the last whole period; hourly evaluated ones: at the hour), whatever the length of a period: an alarm on five
    /// minutes sees minutes 1 to 5, then 2 to 6. There are some more than N, so that late or missing points are
    /// replaced by older ones.
    package func dataRange(nowNs: Int64) -> EvaluationRange {
        let stepNs = period < 60 ? Int64(period) * Self.second : cadenceNs
        let remainder = nowNs % stepNs
        let endNs = nowNs - (remainder < 0 ? remainder + stepNs : remainder)
        return EvaluationRange(endNs: endNs, periodNs: Int64(period) * Self.second, count: rangeCount)
    }

    /// N and two more periods; of periods below a minute, as many more as fill one. Metrics Insights reaches back 3 h.
    package var rangeCount: Int {
        let count = evaluationPeriods + (period < 60 ? 60 / period : 2)
        guard usesInsights else { return count }
        return max(evaluationPeriods, min(count, AlarmLimits.insightsWindowSecondsMax / period))
    }
}
