/// Whether something is allowed, and why.
package struct Decision: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        case allowed
        /// A statement that says Deny, in a policy of this kind.
        case explicitDeny(PolicyKind)
        /// Nothing in any policy of this kind says Allow.
        case implicitDeny(PolicyKind)
    }

    package var outcome: Outcome
    /// As asked, such as `cloudwatch:PutMetricData`.
    package var action: String
    /// The one that decided; of several resources the first that is not allowed.
    package var resource: String
    /// Statements that decided: those that deny, or those that allow.
    package var statements: [StatementReference]

    package var isAllowed: Bool { outcome == .allowed }

    /// The service's sentence about a refusal.
    /// - Parameter caller: the ARN to show.
    package func refusal(to caller: String) -> String {
        let start = "User: \(caller) is not authorized to perform: \(action) on resource: \(resource)"
        switch outcome {
        case .allowed: return start
        case .explicitDeny(let kind): return "\(start) with an explicit deny in \(kind.withArticle)"
        case .implicitDeny(let kind): return "\(start) because no \(kind.name) allows the \(action) action"
        }
    }
}

/// Where a policy stands in the evaluation.
package enum PolicyKind: Sendable, Equatable, CaseIterable {
    case identity
    case resource
    case boundary
    case session
    case guardPolicy

    /// As the service's sentences call it.
    package var name: String {
        switch self {
        case .identity: "identity-based policy"
        case .resource: "resource-based policy"
        case .boundary: "permissions boundary"
        case .session: "session policy"
        case .guardPolicy: "service control policy"
        }
    }

    var withArticle: String { (self == .identity ? "an " : "a ") + name }
}

/// One statement of one policy, for people.
package struct StatementReference: Sendable, Equatable, CustomStringConvertible {
    package var kind: PolicyKind
    /// ARN of a managed policy, or name and holder of an inline one.
    package var policy: String
    /// Counted from 1.
    package var number: Int
    package var sid: String?
    package var isAllow: Bool

    package var description: String {
        "\(isAllow ? "Allow" : "Deny") by statement \(number)\(sid.map { " (\($0))" } ?? "") of \(kind.name) \(policy)"
    }
}

/// How one statement was looked at.
package struct StatementTrace: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        case applies
        /// Whether it is about this principal, action, resource; else the first condition that does not hold.
        case otherPrincipal
        case otherAction
        case otherResource
        case condition(operatorName: String, key: String)
    }

    package var statement: StatementReference
    package var resource: String
    package var verdict: Verdict
}
