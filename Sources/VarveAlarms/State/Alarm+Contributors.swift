// Alarms on a Metrics Insights query with GROUP BY and ORDER BY: each series is a contributor that is evaluated by
// itself, and is in ALARM or OK. Those in ALARM are kept.
extension Alarm {
    mutating func evaluateContributors(
        _ series: [AlarmSeries], _ input: AlarmInput, _ definition: MetricAlarmDefinition, nowNs: Int64
    ) -> [AlarmEffect] {
        var round = ContributorRound(kept: contributors, nowNs: nowNs)
        for one in series.prefix(AlarmLimits.seriesMax) {
            round.add(one.attributes, PointDecision(one, in: input.range, of: definition), definition)
        }
        let nothing = PointDecision(AlarmSeries(points: []), in: input.range, of: definition)
        for contributor in contributors where !round.seen.contains(contributor.id) {
            round.add(contributor.attributes, nothing, definition)
        }
        contributors = round.alarming
        var effects = round.changes.flatMap { contributorEffects($0.contributor, from: $0.before) }
        if series.isEmpty, round.alarmingCount == 0 {
            guard let state = nothing.state else { return effects }
            effects += settle(state, ReasonText.of(nothing, definition), nowNs: nowNs)
        } else {
            let state: AlarmState = round.alarmingCount > 0 ? .alarm : .ok
            let reason = ReasonText.ofSeries(alarming: round.alarmingCount, total: round.seen.count)
            effects += settle(state, reason, nowNs: nowNs)
        }
        return effects
    }

    /// Goes into `state`, or, when it stays in ALARM and the number of series changed, rewrites the reason.
    private mutating func settle(_ state: AlarmState, _ reason: String, nowNs: Int64) -> [AlarmEffect] {
        guard state == value.state else {
            return transition(
                to: AlarmValue(
                    state: state, reason: reason, reasonData: nil, updatedNs: nowNs, transitionedNs: nowNs))
        }
        if state == .alarm, value.reason != reason {
            value.reason = reason
            value.updatedNs = nowNs
        }
        return []
    }

    private mutating func contributorEffects(
        _ contributor: AlarmContributor, from before: AlarmContributor?
    ) -> [AlarmEffect] {
        [
            .history(.contributorStateUpdate(contributor, of: self, from: before)),
            .event(.contributorStateChange(contributor, of: self)),
        ] + runActions(for: contributor)
    }

    /// Actions of one contributor. Held back, and remembered, while a mute rule is in force.
    private mutating func runActions(for contributor: AlarmContributor) -> [AlarmEffect] {
        guard definition.actionsEnabled else { return [] }
        guard mute == nil else {
            hold(contributor)
            return []
        }
        return contributorActions(contributor, isAfterMute: false)
    }

    private mutating func hold(_ contributor: AlarmContributor) {
        if let index = contributors.firstIndex(where: { $0.id == contributor.id }) {
            contributors[index].isHeld = true
            mute?.heldRecoveries.removeAll { $0.id == contributor.id }
        } else if !contributor.isHeld {
            // It was in ALARM before the window, and is no more. Whoever was told of that has to be told of this.
            mute?.heldRecoveries.append(contributor)
        }
    }

    func contributorActions(_ contributor: AlarmContributor, isAfterMute: Bool) -> [AlarmEffect] {
        let targets = definition.actions[contributor.state].filter { ActionKind($0)?.isForContributors ?? false }
        return targets.map { .action(action(for: $0, isAfterMute: isAfterMute, contributor: contributor)) }
    }
}

/// One evaluation of all contributors.
private struct ContributorRound {
    private let kept: [AlarmContributor]
    private let nowNs: Int64
    private(set) var seen: Set<String> = []
    /// To be kept, in the order of the query; those that were kept before stay until they are OK.
    private(set) var alarming: [AlarmContributor] = []
    /// Kept or not.
    private(set) var alarmingCount = 0
    private(set) var changes: [(contributor: AlarmContributor, before: AlarmContributor?)] = []
    /// Places left for contributors that were not kept before.
    private var free: Int

    init(kept: [AlarmContributor], nowNs: Int64) {
        self.kept = kept
        self.nowNs = nowNs
        free = AlarmLimits.contributorsMax - kept.count
    }

    mutating func add(
        _ attributes: [AlarmAttribute], _ decision: PointDecision, _ definition: MetricAlarmDefinition
    ) {
        let id = AlarmContributor.id(of: attributes)
        guard seen.insert(id).inserted else { return }
        let before = kept.first { $0.id == id }
        // Without data a contributor is OK: it has no third state. What keeps its state keeps it.
        let state = decision.state.map { $0 == .alarm ? AlarmState.alarm : .ok } ?? before?.state ?? .ok
        if state == .alarm { alarmingCount += 1 }
        if let before, before.state == state {
            alarming.append(before)
            return
        }
        guard before != nil || state == .alarm else { return }
        if before == nil {
            guard free > 0 else { return }
            free -= 1
        }
        let contributor = AlarmContributor(
            id: id, attributes: attributes, state: state,
            reason: ReasonText.ofContributor(decision, definition, state: state), transitionedNs: nowNs,
            isHeld: before?.isHeld ?? false)
        if state == .alarm { alarming.append(contributor) }
        changes.append((contributor, before))
    }
}
