/// Decides whether a principal may do one thing to one resource. Pure; any thread.
struct PolicyEvaluator {
    let context: EvaluationContext
    /// As asked.
    let action: String
    private let foldedAction: [UInt8]
    /// Filled when somebody wants to know.
    private(set) var trace: [StatementTrace]?

    init(_ context: EvaluationContext, action: String, isTraced: Bool = false) {
        self.context = context
        self.action = action
        foldedAction = Array(action.lowercased().utf8)
        trace = isTraced ? [] : nil
    }

    /// How a resource's policy names the caller, weakest first.
    private enum Strength: Int, Comparable {
        case none
        /// Its account: what the account's own policies allow.
        case account
        /// Everybody, or the role of a session: boundary and session policy count.
        case limited
        /// The very user or session.
        case direct

        static func < (left: Strength, right: Strength) -> Bool { left.rawValue < right.rawValue }
    }

    /// What the policies of one kind say.
    private struct Finding {
        var deny: StatementReference?
        var allow: StatementReference?
        var strength = Strength.none
    }

    /// - Parameter isGranted: whether a grant of the resource allows it.
    mutating func decide(resourcePolicy: ResourcePolicy?, isGranted: Bool = false) -> Decision {
        let policies = context.caller.policies
        let identity = scan(.identity, policies.identity)
        let boundary = policies.boundary.map { scan(.boundary, $0) }
        let session = policies.session.map { scan(.session, $0) }
        let guardFinding = policies.guardPolicies.map { scan(.guardPolicy, $0) }
        let resource = resourcePolicy.map { scan($0) } ?? Finding()
        for finding in [identity, resource, boundary, session, guardFinding] {
            if let deny = finding?.deny { return decision(.explicitDeny(deny.kind), [deny]) }
        }
        if let guardFinding, guardFinding.allow == nil { return decision(.implicitDeny(.guardPolicy), []) }
        let allows = [resource.allow, identity.allow, boundary?.allow, session?.allow, guardFinding?.allow]
            .compactMap(\.self)
        let isOwn = context.resourceAccount == context.caller.account
        if isOwn, resource.strength == .direct { return decision(.allowed, allows) }
        // What bounds the caller whoever allows it; nil when nothing does.
        let bound: PolicyKind? =
            boundary.map { $0.allow == nil } == true
            ? .boundary : session.map { $0.allow == nil } == true ? .session : nil
        if isOwn, isGranted { return decision(.allowed, allows) }
        if isOwn, resource.strength == .limited {
            return decision(bound.map { .implicitDeny($0) } ?? .allowed, bound == nil ? allows : [])
        }
        let needsResource = !isOwn || resourcePolicy?.isMandatory == true
        if needsResource, resource.strength == .none, !(isGranted && !isOwn) {
            return decision(.implicitDeny(.resource), [])
        }
        guard identity.allow != nil || context.caller.kind == .root else {
            return decision(.implicitDeny(.identity), [])
        }
        return decision(bound.map { .implicitDeny($0) } ?? .allowed, bound == nil ? allows : [])
    }

    private func decision(_ outcome: Decision.Outcome, _ statements: [StatementReference]) -> Decision {
        Decision(outcome: outcome, action: action, resource: context.resource, statements: statements)
    }

    // MARK: Policies

    private mutating func scan(_ kind: PolicyKind, _ policies: [NamedPolicy]) -> Finding {
        var finding = Finding()
        for policy in policies {
            for (index, statement) in policy.document.statements.enumerated() {
                // Once something is allowed only a refusal can change it; a trace wants all.
                if statement.isAllow, finding.allow != nil, trace == nil { continue }
                guard applies(statement, index, policy.name, kind) else { continue }
                let reference = Self.reference(statement, index, policy.name, kind)
                if statement.isAllow {
                    finding.allow = finding.allow ?? reference
                } else {
                    finding.deny = finding.deny ?? reference
                }
            }
        }
        return finding
    }

    private mutating func scan(_ resourcePolicy: ResourcePolicy) -> Finding {
        var finding = Finding()
        let name = resourcePolicy.policy.name
        for (index, statement) in resourcePolicy.policy.document.statements.enumerated() {
            let strength = strength(of: statement.principals, resourcePolicy.principalIDs)
            guard strength > .none else {
                note(statement, index, name, .resource, .otherPrincipal)
                continue
            }
            guard applies(statement, index, name, .resource) else { continue }
            let reference = Self.reference(statement, index, name, .resource)
            if !statement.isAllow {
                finding.deny = finding.deny ?? reference
            } else if strength > finding.strength {
                finding.allow = reference
                finding.strength = strength
            }
        }
        return finding
    }

    private mutating func applies(
        _ statement: PolicyStatement, _ index: Int, _ policy: String, _ kind: PolicyKind
    ) -> Bool {
        let verdict = verdict(statement)
        note(statement, index, policy, kind, verdict)
        return verdict == .applies
    }

    private func verdict(_ statement: PolicyStatement) -> StatementTrace.Verdict {
        guard statement.actions.contains(where: { $0.matches(foldedAction, context) }) != statement.isNotAction else {
            return .otherAction
        }
        if !statement.resources.isEmpty {
            let isListed = statement.resources.contains { $0.matches(context.resource, context) }
            guard isListed != statement.isNotResource else { return .otherResource }
        }
        if let failed = statement.conditions.first(where: { !$0.holds(context) }) {
            return .condition(operatorName: failed.operatorName, key: failed.keyName)
        }
        return .applies
    }

    private static func reference(
        _ statement: PolicyStatement, _ index: Int, _ policy: String, _ kind: PolicyKind
    ) -> StatementReference {
        StatementReference(
            kind: kind, policy: policy, number: index + 1, sid: statement.sid, isAllow: statement.isAllow)
    }

    private mutating func note(
        _ statement: PolicyStatement, _ index: Int, _ policy: String, _ kind: PolicyKind,
        _ verdict: StatementTrace.Verdict
    ) {
        trace?.append(
            StatementTrace(
                statement: Self.reference(statement, index, policy, kind), resource: context.resource, verdict: verdict)
        )
    }

    // MARK: Principals

    private func strength(of clause: PrincipalClause?, _ frozen: [String: String]) -> Strength {
        guard let clause else { return .none }
        let strengths = clause.entries.map { strength(of: $0, frozen) }
        guard clause.isNegated else { return strengths.max() ?? .none }
        // Spared is who is named himself and by his account: the account stands for its root user, too.
        let isNamed = strengths.contains { $0 > .account }
        let isAccountNamed =
            context.caller.kind == .root || strengths.contains(.account)
            || clause.entries.contains(.everybody)
        return isNamed && isAccountNamed ? .none : .direct
    }

    private func strength(of entry: PrincipalClause.Entry, _ frozen: [String: String]) -> Strength {
        let caller = context.caller
        switch entry {
        case .everybody: return .limited
        case .account(let account):
            guard account == caller.account, !isService else { return .none }
            return caller.kind == .root ? .direct : .account
        case .service(let name): return caller.kind == .service(name: name) ? .direct : .none
        case .foreign: return .none
        case .uniqueID(let id): return strength(ofID: id)
        case .arn(let arn):
            if let id = frozen[arn] { return strength(ofID: id) }
            if arn == caller.arn, caller.arn != caller.principalARN { return .direct }
            guard arn == caller.principalARN else { return .none }
            return isRole ? .limited : .direct
        }
    }

    private func strength(ofID id: String) -> Strength {
        let caller = context.caller
        if id == caller.uniqueID { return isRole ? .limited : .direct }
        return id == caller.userID ? .direct : .none
    }

    private var isRole: Bool { if case .role = context.caller.kind { true } else { false } }
    private var isService: Bool { if case .service = context.caller.kind { true } else { false } }
}
