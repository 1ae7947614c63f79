import VarveCrypto
import VarveSignature

/// A secret and who has it.
final class Credential: Sendable {
    let secret: SecretBytes
    /// Without the region, which each request says.
    let caller: CallerContext

    init(secret: SecretBytes, caller: CallerContext) {
        self.secret = secret
        self.caller = caller
    }
}

/// Look-ups in one state: credentials with their policies compiled, made when they are first used. A new state gets a
/// new directory, so that a change of a policy counts for the next request. Guarded by ``IdentityService``.
struct Directory: Sendable {
    private struct Session: Sendable {
        let accessKeyID: String
        let credential: Credential
        let expiresAt: Int64
    }

    let partition: String
    private let accountsByKey: [String: String]
    /// Users and roles by unique id: the account, and the name in lower case.
    private let principals: [String: (account: String, kind: Holder.Kind, name: String)]
    private var credentials: [String: Credential] = [:]
    /// By token.
    private var sessions: [String: Session] = [:]
    /// By the bytes of the text: texts that are equal for Unicode are different policies.
    private var documents: [[UInt8]: PolicyDocument] = [:]

    /// Sessions and documents that are kept compiled; all are dropped when there are more. 1 024 take some megabytes.
    private static let cachedCountMax = 1_024

    init(_ state: IdentityState, partition: String) {
        self.partition = partition
        var accountsByKey: [String: String] = [:]
        var principals: [String: (account: String, kind: Holder.Kind, name: String)] = [:]
        for account in state.accounts.values {
            for id in account.keys.keys { accountsByKey[id] = account.id }
            for (name, user) in account.users { principals[user.id] = (account.id, .user, name) }
            for (name, role) in account.roles { principals[role.id] = (account.id, .role, name) }
        }
        self.accountsByKey = accountsByKey
        self.principals = principals
    }

    func account(ofKey id: String) -> String? { accountsByKey[id] }

    // MARK: Credentials

    /// Steps 14 and 15 of the order of checks.
    mutating func credential(
        _ state: IdentityState, _ id: String, token: String?, nowSeconds: Int64
    ) throws(SignatureError) -> Credential {
        if let token { return try session(state, id, token, nowSeconds: nowSeconds) }
        if let known = credentials[id] { return known }
        guard let account = accountsByKey[id], let key = state.accounts[account]?.keys[id] else {
            throw id.hasPrefix(AccessKeyID.temporaryPrefix) ? .invalidToken : .unknownKey
        }
        guard key.isActive else { throw .unknownKey }
        let caller: CallerContext
        if let owner = key.owner {
            guard let user = state.accounts[account]?.users[owner] else { throw .unknownKey }
            caller = self.caller(state, IdentityState.Place(account: account, holder: user), accessKeyID: id)
        } else {
            caller = root(state, account: account, accessKeyID: id)
        }
        let credential = Credential(secret: key.secret, caller: caller)
        credentials[id] = credential
        return credential
    }

    private mutating func session(
        _ state: IdentityState, _ id: String, _ token: String, nowSeconds: Int64
    ) throws(SignatureError) -> Credential {
        if let known = sessions[token], known.accessKeyID == id {
            guard nowSeconds < known.expiresAt else { throw .expiredToken }
            return known.credential
        }
        guard accountsByKey[id] == nil,
            let (session, secret) = SessionToken.open(token, accessKeyID: id, keys: state.tokenKeys),
            let caller = caller(state, session, accessKeyID: id)
        else { throw .invalidToken }
        guard nowSeconds < session.facts.expiresAt else { throw .expiredToken }
        let credential = Credential(secret: secret, caller: caller)
        if sessions.count >= Self.cachedCountMax { sessions.removeAll() }
        sessions[token] = Session(accessKeyID: id, credential: credential, expiresAt: session.facts.expiresAt)
        return credential
    }

    // MARK: Callers

    mutating func root(_ state: IdentityState, account: String, accessKeyID: String?) -> CallerContext {
        let arn = ARN("iam", account: account, "root", partition: partition).text
        return CallerContext(
            kind: .root, account: account, userID: account, arn: arn, principalARN: arn, uniqueID: account,
            accessKeyID: accessKeyID, region: "", session: nil, tags: [:],
            policies: PolicySet(guardPolicies: guardPolicies(state, account)))
    }

    /// A user, or a role as if it had a session.
    mutating func caller(_ state: IdentityState, _ place: IdentityState.Place, accessKeyID: String?) -> CallerContext {
        let holder = place.holder
        let arn = holder.arn(account: place.account, partition: partition)
        let isRole = holder.kind == .role
        return CallerContext(
            kind: isRole ? .role(name: holder.name, session: "") : .user(name: holder.name), account: place.account,
            userID: holder.id, arn: arn, principalARN: arn, uniqueID: holder.id, accessKeyID: accessKeyID, region: "",
            session: nil, tags: holder.tags, policies: policies(state, place))
    }

    /// nil when the principal is gone, or its sessions were ended.
    private mutating func caller(
        _ state: IdentityState, _ session: SessionToken, accessKeyID: String
    ) -> CallerContext? {
        guard let account = state.accounts[session.account] else { return nil }
        if session.principalID == session.account {
            guard session.facts.issuedAt >= account.rootNotBefore else { return nil }
            var caller = root(state, account: account.id, accessKeyID: accessKeyID)
            caller.session = session.facts
            return caller
        }
        guard let found = principals[session.principalID], found.account == session.account else { return nil }
        let holder = found.kind == .user ? account.users[found.name] : account.roles[found.name]
        guard let holder, session.facts.issuedAt >= holder.notBefore else { return nil }
        let place = IdentityState.Place(account: account.id, holder: holder)
        var caller = caller(state, place, accessKeyID: accessKeyID)
        caller.session = session.facts
        guard holder.kind == .role, let name = session.sessionName else { return caller }
        caller.kind = .role(name: holder.name, session: name)
        caller.userID = "\(holder.id):\(name)"
        caller.arn = ARN("sts", account: account.id, "assumed-role/\(holder.name)/\(name)", partition: partition).text
        // Keys that differ in case only are the same key.
        let replaced = Set(session.tags.keys.map { $0.lowercased() })
        caller.tags = caller.tags.filter { !replaced.contains($0.key.lowercased()) }
            .merging(session.tags) { _, ofSession in ofSession }
        if !session.policies.isEmpty || !session.policyARNs.isEmpty {
            caller.policies.session =
                session.policies.map { named("of the session", $0) }
                + session.policyARNs.map { named($0, state.policyText($0, partition: partition)) }
        }
        return caller
    }

    // MARK: Policies

    private mutating func policies(_ state: IdentityState, _ place: IdentityState.Place) -> PolicySet {
        guard let account = state.accounts[place.account] else { return PolicySet() }
        let holder = place.holder
        var set = PolicySet()
        for held in [holder] + holder.groups.sorted().compactMap({ account.groups[$0] }) {
            for (name, text) in held.inline.sorted(by: { $0.key < $1.key }) {
                set.identity.append(named("\(name) of \(held.kind.rawValue) \(held.name)", text))
            }
            for arn in held.attached {
                set.identity.append(named(arn, state.policyText(arn, partition: partition)))
            }
        }
        if let boundary = holder.boundary {
            set.boundary = [named(boundary, state.policyText(boundary, partition: partition))]
        }
        set.guardPolicies = guardPolicies(state, place.account)
        return set
    }

    private mutating func guardPolicies(_ state: IdentityState, _ account: String) -> [NamedPolicy]? {
        state.accounts[account]?.guardPolicy.map { [named("of account \(account)", $0)] }
    }

    /// What is missing or cannot be read any more denies everything: an unknown text might have held a refusal.
    private mutating func named(_ name: String, _ text: String?) -> NamedPolicy {
        let text = text ?? Self.denyEverything
        let bytes = Array(text.utf8)
        if let known = documents[bytes] { return NamedPolicy(name: name, document: known) }
        let document = (try? PolicyDocument(text, use: .identity)) ?? PolicyDocument.denyingEverything
        if documents.count >= Self.cachedCountMax { documents.removeAll() }
        documents[bytes] = document
        return NamedPolicy(name: name, document: document)
    }

    private static let denyEverything = "-"
}

extension PolicyDocument {
    /// Stands for a text that cannot be read.
    static let denyingEverything = PolicyDocument(
        statements: [
            PolicyStatement(
                sid: nil, isAllow: false, principals: nil, actions: [TextPattern("*")], isNotAction: false,
                resources: [], isNotResource: false, conditions: [])
        ], warnings: [])
}
