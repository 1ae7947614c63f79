import VarveModel

/// The rule of a composite alarm: a Boolean expression over the states of other alarms. It is nested at most
/// ``AlarmRuleParser/depthMax`` deep, so that walking it needs little stack.
package indirect enum AlarmRule: Equatable, Sendable {
    case constant(Bool)
    /// The alarm is in the state.
    case state(AlarmState, AlarmReference)
    case not(AlarmRule)
    /// Two or more operands each.
    case and([AlarmRule])
    case or([AlarmRule])
    case atLeast(AtLeast)

    /// `AT_LEAST(2, ALARM, (a, b, c))`
    package struct AtLeast: Equatable, Sendable {
        /// 1…number of references, percentages already rounded up.
        package let count: Int
        /// `NOT ALARM` instead of `ALARM`.
        package let isNegated: Bool
        package let state: AlarmState
        /// In the order written; repeated ones count as often as they are there.
        package let references: [AlarmReference]
    }
}

/// An alarm in a rule, or as a suppressor: its name, or its ARN.
package struct AlarmReference: Hashable, Sendable {
    /// As written, without quotes.
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: AlarmReference, right: AlarmReference) -> Bool {
        NameKey(left.text) == NameKey(right.text)
    }

    /// The name; the last part of an ARN.
    package var name: String { parts.map { String($0[6]) } ?? text }

    /// The account and region of an ARN; nil for a plain name.
    package var place: (account: String, region: String)? {
        parts.map { (account: String($0[4]), region: String($0[3])) }
    }

    /// `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`, where names may have colons.
    private var parts: [Substring]? {
        guard text.hasPrefix("arn:") else { return nil }
        let parts = text.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false)
        return parts.count == 7 && parts[2] == "cloudwatch" && parts[5] == "alarm" ? parts : nil
    }
}

extension AlarmRule {
    /// Whether the rule holds. An alarm that does not exist is in no state. O(elements).
    package func holds(_ stateOf: (AlarmReference) -> AlarmState?) -> Bool {
        switch self {
        case .constant(let value): value
        case .state(let state, let reference): stateOf(reference) == state
        case .not(let operand): !operand.holds(stateOf)
        case .and(let operands): operands.allSatisfy { $0.holds(stateOf) }
        case .or(let operands): operands.contains { $0.holds(stateOf) }
        case .atLeast(let condition): condition.references.count { condition.counts(stateOf($0)) } >= condition.count
        }
    }

    /// The alarms because of which the rule holds, or does not: for a true `OR` the operands that are true, for a false
    /// one all, and so on. In the order written, each once. O(elements · depth).
    package func deciding(_ stateOf: (AlarmReference) -> AlarmState?) -> [AlarmReference] {
        var found: [AlarmReference] = []
        var names: Set<NameKey> = []
        appendDeciding(stateOf) { reference in
            if names.insert(NameKey(reference.name)).inserted { found.append(reference) }
        }
        return found
    }

    private func appendDeciding(_ stateOf: (AlarmReference) -> AlarmState?, _ append: (AlarmReference) -> Void) {
        switch self {
        case .constant: return
        case .state(_, let reference): append(reference)
        case .not(let operand): operand.appendDeciding(stateOf, append)
        case .and(let operands), .or(let operands):
            let value = holds(stateOf)
            for operand in operands where operand.holds(stateOf) == value { operand.appendDeciding(stateOf, append) }
        case .atLeast(let condition):
            let value = holds(stateOf)
            for reference in condition.references where condition.counts(stateOf(reference)) == value {
                append(reference)
            }
        }
    }

    /// Every alarm named, in the order written, repeated as written. O(elements).
    package var references: [AlarmReference] {
        switch self {
        case .constant: []
        case .state(_, let reference): [reference]
        case .not(let operand): operand.references
        case .and(let operands), .or(let operands): operands.flatMap(\.references)
        case .atLeast(let condition): condition.references
        }
    }
}

extension AlarmRule.AtLeast {
    /// A missing alarm is not in the state, and neither in another one.
    func counts(_ state: AlarmState?) -> Bool { state.map { ($0 == self.state) != isNegated } ?? false }
}
