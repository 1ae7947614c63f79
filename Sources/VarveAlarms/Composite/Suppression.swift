/// Whether the actions of a composite alarm are kept back by its suppressor.
package struct Suppression: Equatable, Sendable {
    package internal(set) var phase = Phase.released
    /// The suppressor as seen last; nil when it does not exist.
    package internal(set) var suppressor: AlarmStanding?

    /// Where an episode stands. One begins with every change of the composite alarm's state.
    package enum Phase: Equatable, Sendable {
        /// Actions ran, or there is no suppressor. What the suppressor does later changes nothing.
        case released
        /// Waiting whether the suppressor goes into ALARM.
        case waiting(untilNs: Int64)
        /// The suppressor is in ALARM since `sinceNs`.
        case byAlarm(arn: String, sinceNs: Int64)
        /// The suppressor has left ALARM; waiting whether the composite alarm recovers, too.
        case extending(untilNs: Int64)

        package var isActive: Bool { self != .released }

        var untilNs: Int64? {
            switch self {
            case .waiting(let untilNs), .extending(let untilNs): untilNs
            case .released, .byAlarm: nil
            }
        }
    }

    /// `ActionsSuppressedBy`; nil when nothing is.
    package var by: String? {
        switch phase {
        case .released: nil
        case .waiting: "WaitPeriod"
        case .byAlarm: "Alarm"
        case .extending: "ExtensionPeriod"
        }
    }

    /// `ActionsSuppressedReason`; nil when nothing is.
    package var reason: String? {
        switch phase {
        case .released: nil
        case .waiting, .extending: by.map { "Actions suppressed by \($0)" }
        case .byAlarm(let arn, let sinceNs):
            "Actions suppressed by \(arn) that transitioned to ALARM at \(AlarmTime.long(sinceNs))"
        }
    }
}

extension Alarm {
    private static let secondNs: Int64 = 1_000_000_000

    /// Begins an episode because the alarm has changed its state.
    /// - Returns: whether actions are kept back.
    mutating func beginSuppression(nowNs: Int64) -> Bool {
        guard let suppressor = definition.composite?.suppressor else {
            suppression = Suppression()
            return false
        }
        if let standing = suppression.suppressor, standing.state == .alarm {
            suppression.phase = .byAlarm(arn: standing.arn, sinceNs: standing.transitionedNs)
        } else if suppressor.waitSeconds > 0 {
            suppression.phase = .waiting(untilNs: nowNs + Int64(suppressor.waitSeconds) * Self.secondNs)
        } else {
            suppression.phase = .released
        }
        return suppression.phase.isActive
    }

    /// The suppressor may have changed its state, or be gone.
    mutating func suppressorChanged(to standing: AlarmStanding?, nowNs: Int64) -> [AlarmEffect] {
        suppression.suppressor = standing
        guard let suppressor = definition.composite?.suppressor else { return [] }
        switch suppression.phase {
        case .released: return []
        case .waiting, .extending:
            if let standing, standing.state == .alarm {
                suppression.phase = .byAlarm(arn: standing.arn, sinceNs: standing.transitionedNs)
            }
            return []
        case .byAlarm:
            guard standing?.state != .alarm else { return [] }
            if suppressor.extensionSeconds > 0 {
                suppression.phase = .extending(untilNs: nowNs + Int64(suppressor.extensionSeconds) * Self.secondNs)
                return []
            }
            suppression.phase = .released
            return runActions()
        }
    }

    /// When a wait or extension period is over, the actions of the current state run.
    mutating func endSuppressionPeriod(nowNs: Int64) -> [AlarmEffect] {
        guard let untilNs = suppression.phase.untilNs, untilNs <= nowNs else { return [] }
        suppression.phase = .released
        return runActions()
    }
}
