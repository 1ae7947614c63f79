package import VarveModel

extension Alarm {
    /// Goes into another state: writes history, tells the bus, and runs the actions of the new state unless they are
    /// disabled or held back.
    mutating func transition(to new: AlarmValue) -> [AlarmEffect] {
        let old = value
        previousValue = old
        value = new
        repeatedNs = nil
        planRepeats(fromNs: new.updatedNs)
        let isSuppressed = beginSuppression(nowNs: new.updatedNs)
        var effects: [AlarmEffect] = [
            .history(.stateUpdate(of: self, from: old)), .event(.stateChange(of: self, from: old)),
        ]
        if !isSuppressed { effects += runActions() }
        return effects
    }

    /// Actions of the current state. Held back, and remembered, while a mute rule is in force.
    mutating func runActions(isAfterMute: Bool = false) -> [AlarmEffect] {
        guard definition.actionsEnabled, !isWarmingUp else { return [] }
        guard mute == nil else {
            mute?.hasHeldActions = true
            return []
        }
        return targetsOfWholeAlarm.map { .action(action(for: $0, isAfterMute: isAfterMute)) }
    }

    /// Targets of the current state that concern the alarm as a whole.
    private var targetsOfWholeAlarm: [String] {
        let isMultiSeries = definition.metric?.isMultiSeries ?? false
        return definition.actions[value.state].filter { !isMultiSeries || ActionKind($0)?.isForWholeAlarm ?? false }
    }

    func action(
        for target: String, isAfterMute: Bool = false, isRepeat: Bool = false, contributor: AlarmContributor? = nil
    ) -> AlarmAction {
        var snapshot = self
        // Of all series a message has one at most.
        snapshot.contributors = []
        snapshot.mute = nil
        return AlarmAction(
            target: target, alarm: snapshot, contributor: contributor, isAfterMute: isAfterMute, isRepeat: isRepeat)
    }

    /// When ``tick(nowNs:)`` has something to do next: a period of suppression or a mute window ends, or an action is
    /// to be repeated.
    package var nextTickNs: Int64? {
        var times: [Int64] = []
        if let untilNs = suppression.phase.untilNs { times.append(untilNs) }
        if let endNs = mute?.windows.map(\.endNs).min() { times.append(endNs) }
        if let repeatedNs { times.append(repeatedNs + Self.repeatNs) }
        if let warmUpEndNs { times.append(warmUpEndNs) }
        return times.min()
    }

    /// Auto Scaling actions run every minute while the state lasts.
    private static let repeatNs: Int64 = 60_000_000_000

    /// Does what is due at `nowNs`; nothing when nothing is.
    package mutating func tick(nowNs: Int64) -> [AlarmEffect] {
        var effects = endPeriods(nowNs: nowNs)
        if let last = repeatedNs, nowNs >= last + Self.repeatNs { effects += repeatActions(nowNs: nowNs) }
        return effects
    }

    /// Ends mute windows and periods of suppression that are over. Comes before every other event, so that nothing is
    /// held because a tick is late.
    mutating func endPeriods(nowNs: Int64) -> [AlarmEffect] {
        var effects: [AlarmEffect] = []
        if let windows = mute?.windows, windows.contains(where: { $0.endNs <= nowNs }) {
            effects += setMute(windows, nowNs: nowNs)
        }
        if let warmUpEndNs, warmUpEndNs <= nowNs { endWarmUp() }
        return effects + endSuppressionPeriod(nowNs: nowNs)
    }

    private mutating func repeatActions(nowNs: Int64) -> [AlarmEffect] {
        repeatedNs = nowNs
        guard definition.actionsEnabled, mute == nil, !suppression.phase.isActive else { return [] }
        let targets = targetsOfWholeAlarm.filter { ActionKind($0) == .autoScaling }
        return targets.map { .action(action(for: $0, isRepeat: true)) }
    }

    /// Begins to repeat actions, or ends it, as the targets of the current state ask for.
    private mutating func planRepeats(fromNs: Int64) {
        let isRepeated = targetsOfWholeAlarm.contains { ActionKind($0) == .autoScaling }
        repeatedNs = isRepeated ? repeatedNs ?? fromNs : nil
    }
}

// MARK: - By hand

extension Alarm {
    /// `SetAlarmState`. The same state as now changes nothing, not even the reason. The next evaluation may change it
    /// back; a composite alarm is next evaluated when a child changes.
    /// - Throws: ``AlarmRefusal`` for a reason that is too long, or data that is no JSON.
    package mutating func setState(
        _ state: AlarmState, reason: String, reasonData: String? = nil, nowNs: Int64
    ) throws(AlarmRefusal) -> [AlarmEffect] {
        var check = ConstraintCheck()
        check.length(reason, "stateReason", 0...AlarmLimits.reasonCharactersMax)
        check.length(reasonData, "stateReasonData", 0...AlarmLimits.reasonDataCharactersMax)
        try check.finish()
        if let reasonData, AlarmJSON.read(reasonData) == nil {
            throw AlarmRefusal(code: "InvalidFormat", message: "StateReasonData is not valid JSON")
        }
        guard state != value.state else { return [] }
        let effects = endPeriods(nowNs: nowNs)
        triggeringChildren = []
        return effects
            + transition(
                to: AlarmValue(
                    state: state, reason: reason.isEmpty ? nil : reason, reasonData: reasonData, updatedNs: nowNs,
                    transitionedNs: nowNs))
    }

    /// `EnableAlarmActions`, `DisableAlarmActions`. What was not run meanwhile is not caught up on.
    package mutating func setActionsEnabled(_ isEnabled: Bool, nowNs: Int64) -> [AlarmEffect] {
        guard definition.actionsEnabled != isEnabled else { return [] }
        let before = self
        definition.actionsEnabled = isEnabled
        configurationUpdatedNs = nowNs
        return [
            .history(.updated(self, from: before, nowNs: nowNs)), .event(.updated(self, from: before, nowNs: nowNs)),
        ]
    }

    /// Sets tags; of equal keys the last wins.
    package mutating func tag(_ added: [AlarmTag]) throws(AlarmRefusal) {
        tags = try AlarmTag.merged(tags, with: added)
    }

    /// Removes tags; keys that are not there do no harm.
    package mutating func untag(_ keys: [String]) { tags.removeAll { keys.contains($0.key) } }
}

extension AlarmState {
    /// The state called `text`.
    /// - Throws: the service's refusal of other words.
    package static func read(_ text: String) throws(AlarmRefusal) -> AlarmState {
        var check = ConstraintCheck()
        let state = check.word(text, "stateValue", of: AlarmState.allCases)
        try check.finish()
        return state ?? .insufficientData
    }
}

// MARK: - Creation, update, deletion

extension Alarm {
    /// A new metric alarm. Its first evaluation may look at data that is older than itself.
    package static func create(
        _ definition: MetricAlarmDefinition, in scope: Scope, nowNs: Int64
    ) -> (alarm: Alarm, effects: [AlarmEffect]) {
        var alarm = Alarm(.metric(definition), in: scope, nowNs: nowNs)
        if definition.warmUp != nil { (alarm.isWarmingUp, alarm.evaluationState) = (true, .inWarmUp) }
        return (alarm, [.history(.created(alarm, nowNs: nowNs)), .event(.created(alarm, nowNs: nowNs))])
    }

    init(_ definition: AlarmDefinition, in scope: Scope, nowNs: Int64) {
        self.init(
            scope: scope, definition: definition, tags: definition.tags, createdNs: nowNs,
            configurationUpdatedNs: nowNs,
            value: AlarmValue(
                state: .insufficientData, reason: ReasonText.created, reasonData: nil, updatedNs: nowNs,
                transitionedNs: nowNs),
            previousValue: nil, evaluationState: nil, contributors: [], triggeringChildren: [], ruleValue: nil,
            suppression: Suppression(), mute: nil, repeatedNs: nil)
    }

    /// A `Put` on an existing metric alarm: replaces the whole definition and keeps state, reason and tags. An
    /// identical one changes nothing.
    /// - Throws: ``AlarmRefusal`` when this is an alarm of the other kind; it then stays as it is.
    package mutating func update(
        _ definition: MetricAlarmDefinition, nowNs: Int64
    ) throws(AlarmRefusal) -> [AlarmEffect] {
        guard case .metric(let old) = self.definition else { throw Self.otherKind(name) }
        guard !old.isSame(as: definition) else { return [] }
        let before = self
        self.definition = .metric(definition)
        configurationUpdatedNs = nowNs
        if !definition.isMultiSeries { contributors = [] }
        // Of another length from the same beginning; one that is over does not begin again.
        if isWarmingUp, warmUpEndNs.map({ $0 <= nowNs }) ?? true { endWarmUp() }
        planRepeats(fromNs: nowNs)
        return [
            .history(.updated(self, from: before, nowNs: nowNs)), .event(.updated(self, from: before, nowNs: nowNs)),
        ]
    }

    static func otherKind(_ name: String) -> AlarmRefusal {
        .validation("An alarm of another type with the name \(name) exists; the type of an alarm cannot be changed")
    }

    /// What there is to write when the alarm is deleted. Whether it may be: ``CompositeGraph/checkDeletion(of:)``.
    package func deletionEffects(nowNs: Int64) -> [AlarmEffect] {
        [.history(.deleted(self, nowNs: nowNs)), .event(.deleted(self, nowNs: nowNs))]
    }
}
