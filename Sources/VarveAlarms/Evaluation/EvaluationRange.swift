package import VarveEvents

/// The periods that an evaluation looks at, the newest ending at `endNs`.
package struct EvaluationRange: Equatable, Sendable {
    /// Where the oldest period starts; inclusive.
    package let startNs: Int64
    /// Where the newest period ends; exclusive.
    package let endNs: Int64
    /// Length of each; what it usually is when they differ.
    package let periodNs: Int64
    package let count: Int
    /// Where each of them starts, when they differ in length: clocks were set. Else empty.
    private let startsNs: [Int64]

    package init(endNs: Int64, periodNs: Int64, count: Int) {
        self.startNs = endNs - periodNs * Int64(count)
        self.endNs = endNs
        self.periodNs = periodNs
        self.count = count
        startsNs = []
    }

    /// - Parameter edgesNs: start of the oldest period, ends of all; ascending.
    /// - Precondition: at least two edges.
    init(edgesNs: [Int64], periodNs: Int64) {
        precondition(edgesNs.count >= 2, "a period has a start and an end")
        startNs = edgesNs[0]
        endNs = edgesNs[edgesNs.count - 1]
        count = edgesNs.count - 1
        self.periodNs = periodNs
        let isUniform = zip(edgesNs, edgesNs.dropFirst()).allSatisfy { $1 - $0 == periodNs }
        startsNs = isUniform ? [] : edgesNs.dropLast()
    }

    /// Whether all periods are equally long.
    package var isUniform: Bool { startsNs.isEmpty }

    /// The same periods as ranges in which all are equally long, oldest first.
    package var uniformParts: [EvaluationRange] {
        guard !isUniform else { return [self] }
        var parts: [EvaluationRange] = []
        for (start, end) in zip(startsNs, startsNs.dropFirst() + [endNs]) {
            if let last = parts.last, last.periodNs == end - start {
                parts[parts.count - 1] = EvaluationRange(endNs: end, periodNs: end - start, count: last.count + 1)
            } else {
                parts.append(EvaluationRange(endNs: end, periodNs: end - start, count: 1))
            }
        }
        return parts
    }

    /// The period that holds `timestampNs`, 0 for the oldest; nil outside.
    func slot(of timestampNs: Int64) -> Int? {
        guard timestampNs >= startNs && timestampNs < endNs else { return nil }
        // Periods of different lengths are days, weeks or few hours: there is little to search.
        if !isUniform { return startsNs.lastIndex { $0 <= timestampNs } }
        return Int((timestampNs - startNs) / periodNs)
    }

    /// Where period `slot` starts.
    package func timestamp(ofSlot slot: Int) -> Int64 {
        isUniform ? startNs + Int64(slot) * periodNs : startsNs[slot]
    }
}

extension MetricAlarmDefinition {
    private static let second: Int64 = 1_000_000_000

    /// How often it is evaluated: every 10 s for periods below a minute, every hour when it looks back more than a day,
    /// every minute otherwise. By the clocks of a time zone every five minutes instead of every hour: no zone is ahead
    /// of UTC by anything but a multiple of that.
    package var cadenceNs: Int64 {
        if period < 60 { return 10 * Self.second }
        guard evaluationPeriods * period > 86_400 else { return 60 * Self.second }
        return (isByWallClock ? 300 : 3_600) * Self.second
    }

    private var isByWallClock: Bool {
        if case .wallClock = evaluationWindow { true } else { false }
    }

    /// The periods to fetch for an evaluation at `nowNs`. They end at the last whole minute (second-level alarms: at
    /// the last whole period; hourly evaluated ones: at the hour), whatever the length of a period: an alarm on five
    /// minutes sees minutes 1 to 5, then 2 to 6. There are some more than N, so that late or missing points are
    /// replaced by older ones. By wall clock they are the last whole ones that clocks of the zone have shown.
    /// - Parameter zone: of a wall clock.
    package func dataRange(nowNs: Int64, in zone: TimeZoneRules = .utc) -> EvaluationRange {
        let periodNs = Int64(period) * Self.second
        if isByWallClock {
            let (seconds, rest) = nowNs.quotientAndRemainder(dividingBy: Self.second)
            let edges = WallClock(zone: zone, period: Int64(period))
                .edges(endingAt: rest < 0 ? seconds - 1 : seconds, count: rangeCount)
            return EvaluationRange(edgesNs: edges.map { $0 * Self.second }, periodNs: periodNs)
        }
        let stepNs = period < 60 ? periodNs : cadenceNs
        let remainder = nowNs % stepNs
        let endNs = nowNs - (remainder < 0 ? remainder + stepNs : remainder)
        return EvaluationRange(endNs: endNs, periodNs: periodNs, count: rangeCount)
    }

    /// N and two more periods; of periods below a minute, as many more as fill one. Metrics Insights reaches back 3 h.
    package var rangeCount: Int {
        let count = evaluationPeriods + (period < 60 ? 60 / period : 2)
        guard usesInsights else { return count }
        return max(evaluationPeriods, min(count, AlarmLimits.insightsWindowSecondsMax / period))
    }
}
