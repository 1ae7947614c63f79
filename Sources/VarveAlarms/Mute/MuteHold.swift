/// An open window of a mute rule.
package struct MuteWindow: Equatable, Sendable {
    package var ruleARN: String
    package var startNs: Int64
    package var endNs: Int64

    package init(ruleARN: String, startNs: Int64, endNs: Int64) {
        self.ruleARN = ruleARN
        self.startNs = startNs
        self.endNs = endNs
    }
}

/// What is held back while mute rules are in force. The alarm evaluates, changes its state, writes history and events
/// as ever.
package struct MuteHold: Equatable, Sendable {
    /// At least one.
    package internal(set) var windows: [MuteWindow]
    /// The state when the first window opened.
    package internal(set) var stateBefore: AlarmState
    /// Whether actions would have run.
    package internal(set) var hasHeldActions = false
    /// Contributors that were in ALARM before and are OK now.
    package internal(set) var heldRecoveries: [AlarmContributor] = []

    /// The window to speak of: the one that ends last.
    package var window: MuteWindow? { windows.max { $0.endNs < $1.endNs } }
}

extension Alarm {
    /// The mute windows that are open for this alarm now; call it when one opens, or closes early because its rule is
    /// deleted or replaced. ``tick(nowNs:)`` ends those whose time is over. When the last one ends, and the alarm is in
    /// another state than before, or in ALARM because of something that happened in between, the actions of its state
    /// run once, marked.
    package mutating func setMute(_ windows: [MuteWindow], nowNs: Int64) -> [AlarmEffect] {
        let open = windows.filter { $0.endNs > nowNs }
        guard !open.isEmpty else { return endMute() }
        if mute == nil {
            mute = MuteHold(windows: open, stateBefore: value.state)
        } else {
            mute?.windows = open
        }
        return []
    }

    private mutating func endMute() -> [AlarmEffect] {
        guard let hold = mute else { return [] }
        mute = nil
        var effects: [AlarmEffect] = []
        for contributor in hold.heldRecoveries where definition.actionsEnabled {
            effects += contributorActions(contributor, isAfterMute: true)
        }
        for index in contributors.indices where contributors[index].isHeld {
            contributors[index].isHeld = false
            guard definition.actionsEnabled else { continue }
            effects += contributorActions(contributors[index], isAfterMute: true)
        }
        let isDue = hold.hasHeldActions && (value.state == .alarm || value.state != hold.stateBefore)
        guard isDue, !suppression.phase.isActive else { return effects }
        return effects + runActions(isAfterMute: true)
    }
}
