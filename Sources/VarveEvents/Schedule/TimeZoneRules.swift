import VarveModel

/// When a time zone's clocks show what: seconds east of UTC at every instant. All times are seconds since 1970.
package struct TimeZoneRules: Equatable, Sendable {
    /// A change of the offset.
    struct Transition: Equatable, Sendable {
        /// First instant with the new offset.
        var at: Int64
        /// Seconds east of UTC from there on.
        var offset: Int64
    }

    /// What a local time is as an instant.
    package enum LocalTime: Equatable, Sendable {
        case unique(instant: Int64)
        /// Clocks jumped over it; `next` is the instant of the jump, the first one with a valid local time.
        case skipped(next: Int64)
        /// Clocks showed it more than once; `overlapEnd` is the first local time behind it that is shown once.
        case repeated(first: Int64, overlapEnd: Int64)

        /// The instant at which something planned for the local time happens: once, and never lost.
        package var instant: Int64 {
            switch self {
            case .unique(let instant): instant
            case .skipped(let next): next
            case .repeated(let first, _): first
            }
        }
    }

    /// Ascending.
    let transitions: [Transition]
    /// Before the first transition.
    let initialOffset: Int64
    /// From the last transition on; nil: its offset stays.
    let rule: POSIXTimeZone?

    init(transitions: [Transition], initialOffset: Int64, rule: POSIXTimeZone?) {
        self.transitions = transitions
        self.initialOffset = initialOffset
        self.rule = rule
    }

    package static let utc = TimeZoneRules(transitions: [], initialOffset: 0, rule: nil)

    /// No zone is further from UTC than this (RFC 9636: -25 h < offset < 26 h).
    static let offsetMax: Int64 = 26 * 3_600

    /// Seconds east of UTC. O(log transitions).
    package func offset(at instant: Int64) -> Int64 {
        let instant = Self.clamped(instant)
        if let rule, transitions.last.map({ instant >= $0.at }) ?? true { return rule.offset(at: instant) }
        let index = firstTransition(after: instant)
        return index == 0 ? initialOffset : transitions[index - 1].offset
    }

    /// The instant of a time on the wall: `local` counts seconds since 1970-01-01T00:00 as clocks show them.
    package func resolve(local: Int64) -> LocalTime {
        let local = Self.clamped(local)
        // An instant with this local time is within `offsetMax` of it; a day more finds the offset in front.
        let around = (local - Self.offsetMax - 86_400)...(local + Self.offsetMax)
        var before = offset(at: around.lowerBound)
        var found: [Int64] = []
        var gapEnd: Int64?
        var overlapEnd = local
        var start = Int64.min
        for transition in changes(in: around) {
            if local - before >= start, local - before < transition.at { found.append(local - before) }
            if local >= transition.at + before, local < transition.at + transition.offset { gapEnd = transition.at }
            if local < transition.at + before, local >= transition.at + transition.offset {
                overlapEnd = max(overlapEnd, transition.at + before)
            }
            (before, start) = (transition.offset, transition.at)
        }
        if local - before >= start { found.append(local - before) }
        guard let first = found.first else { return .skipped(next: gapEnd ?? local - before) }
        return found.count == 1 ? .unique(instant: first) : .repeated(first: first, overlapEnd: overlapEnd)
    }

    /// Some 34 000 years around 1970, far more than nanoseconds reach: keeps sums of times from overflowing.
    private static func clamped(_ seconds: Int64) -> Int64 { min(max(seconds, -1 << 40), 1 << 40) }

    /// Changes of the offset inside a span of a few days, ascending.
    private func changes(in span: ClosedRange<Int64>) -> [Transition] {
        var result: [Transition] = []
        var index = firstTransition(after: span.lowerBound)
        while index < transitions.count, transitions[index].at <= span.upperBound {
            result.append(transitions[index])
            index += 1
        }
        guard let rule else { return result }
        let end = transitions.last?.at ?? .min
        return result + rule.transitions(in: span).filter { $0.at > end }
    }

    /// Index of the first transition later than `instant`.
    private func firstTransition(after instant: Int64) -> Int {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
