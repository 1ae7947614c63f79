/// A policy, compiled. Immutable; any thread.
package struct PolicyDocument: Sendable {
    /// Where a document is used, which says what it may hold.
    package enum Use: Sendable, Equatable {
        /// Of a user, a group or a role, a boundary, a session, a guard: no principals.
        case identity
        /// Of a resource such as a key: with principals.
        case resource
        /// Of a role: with principals, without resources.
        case trust
    }

    let statements: [PolicyStatement]
    /// Keys that may have several values, without `ForAllValues:` or `ForAnyValue:`.
    package let warnings: [String]
}

/// One statement, compiled.
struct PolicyStatement: Sendable {
    let sid: String?
    let isAllow: Bool
    /// nil in identity policies.
    let principals: PrincipalClause?
    let actions: [TextPattern]
    let isNotAction: Bool
    /// Empty in trust policies: the role itself.
    let resources: [ARNPattern]
    let isNotResource: Bool
    let conditions: [PolicyCondition]
}

/// `Principal` or `NotPrincipal`.
struct PrincipalClause: Sendable {
    enum Entry: Sendable, Equatable {
        case everybody
        /// 12 digits: everybody in the account whom its own policies allow.
        case account(String)
        /// Of a user, a role or a session.
        case arn(String)
        /// `AIDA…` or `AROA…`: what was deleted shows so.
        case uniqueID(String)
        case service(String)
        /// Nobody here comes from outside.
        case foreign(String)
    }

    let entries: [Entry]
    let isNegated: Bool
}

/// A policy with the name that decisions show. Immutable; any thread.
package struct NamedPolicy: Sendable {
    package let name: String
    package let document: PolicyDocument

    package init(name: String, document: PolicyDocument) {
        self.name = name
        self.document = document
    }
}

/// Everything that bounds a principal, compiled.
struct PolicySet: Sendable {
    var identity: [NamedPolicy] = []
    /// What a boundary names but is not there allows nothing.
    var boundary: [NamedPolicy]?
    var session: [NamedPolicy]?
    var guardPolicies: [NamedPolicy]?
}

/// The policy that a resource has itself.
package struct ResourcePolicy: Sendable {
    package var policy: NamedPolicy
    /// Unique ids of the users and roles that the document names by ARN, as they were when it was stored.
    package var principalIDs: [String: String]
    /// Whether identity policies count only where this one names the account: of KMS keys and of roles.
    package var isMandatory: Bool

    package init(policy: NamedPolicy, principalIDs: [String: String], isMandatory: Bool) {
        self.policy = policy
        self.principalIDs = principalIDs
        self.isMandatory = isMandatory
    }
}
