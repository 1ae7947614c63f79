import VarveCrypto
import VarveIO
package import VarveJSON

extension IdentityService {
    /// Answers an operation of STS or IAM, authorisation included.
    /// - Parameters:
    ///   - service: `sts` or `iam`.
    ///   - input: in the shape of the service's JSON; times are seconds.
    /// - Returns: the members of the result, in the same shape.
    package func perform(
        service: String, operation: String, input: JSONValue, caller: CallerContext, context: RequestContext
    ) throws(IdentityError) -> JSONValue {
        let input = OperationInput(value: input)
        try input.checkNames()
        var context = context
        // Users and roles have tags, too.
        context.resourceTags = { [snapshot, partition] arn in
            let tags = snapshot.principal(arn: arn, partition: partition)?.holder.tags ?? [:]
            return tags.map { ResourceTag(key: $0.key, value: $0.value) }
        }
        if service == "iam" {
            for (key, values) in ActionTable.tagValues(input.value["Tags"]?.array ?? []) { context.set(key, values) }
            return try performIAM(operation, input, caller, context)
        }
        guard service == "sts" else { throw Self.invalidAction(operation, "2011-06-15") }
        if caller.isLimitedSession, operation != "AssumeRole", operation != "GetCallerIdentity" {
            guard operation != "GetSessionToken" else { throw Self.noSessionOfSession }
            throw .accessDenied(
                "User: \(caller.arn) is not authorized to perform: sts:\(operation) with session credentials")
        }
        switch operation {
        case "GetCallerIdentity":
            return Output.object([
                ("UserId", .string(caller.userID)), ("Account", .string(caller.account)), ("Arn", .string(caller.arn)),
            ])
        case "GetAccessKeyInfo": return try getAccessKeyInfo(input, caller, context)
        case "GetSessionToken": return trusted(try getSessionToken(input, caller, context), at: context.connection)
        case "AssumeRole": return trusted(try assumeRole(input, caller, context), at: context.connection)
        default: throw Self.invalidAction(operation, "2011-06-15")
        }
    }

    /// Remembers that the source has the key that it was just given: others who fail there do not lock it out before
    /// its first request.
    private func trusted(_ answer: JSONValue, at connection: ConnectionFacts) -> JSONValue {
        if let id = answer["Credentials"]?["AccessKeyId"]?.string { noteIssued(id, at: connection) }
        return answer
    }

    static func invalidAction(_ operation: String, _ version: String) -> IdentityError {
        IdentityError("InvalidAction", "Could not find operation \(operation) for version \(version)", status: 400)
    }

    private static let noSessionOfSession = IdentityError.accessDenied(
        "Cannot call GetSessionToken with session credentials")

    /// Refuses with the service's sentence.
    func require(
        _ action: String, on resource: String, _ caller: CallerContext, _ context: RequestContext
    ) throws(IdentityError) {
        let decision = authorise(caller, action: action, resources: [resource], context: context)
        guard decision.isAllowed else { throw .accessDenied(decision.refusal(to: caller.arn)) }
    }

    private func getAccessKeyInfo(
        _ input: OperationInput, _ caller: CallerContext, _ context: RequestContext
    ) throws(IdentityError) -> JSONValue {
        try require("sts:GetAccessKeyInfo", on: "*", caller, context)
        let id = try input.required("AccessKeyId")
        let registered = snapshot.accounts.values.first { $0.keys[id] != nil }?.id
        guard let account = registered ?? AccessKeyID.account(of: id) else {
            throw .validation("The access key \(id) names no account.")
        }
        return Output.object([("Account", .string(account))])
    }

    // MARK: Sessions

    private func getSessionToken(
        _ input: OperationInput, _ caller: CallerContext, _ context: RequestContext
    ) throws(IdentityError) -> JSONValue {
        guard caller.session == nil else { throw Self.noSessionOfSession }
        let isRoot = caller.kind == .root
        let seconds = try input.number("DurationSeconds", 900...129_600, otherwise: isRoot ? 3_600 : 43_200)
        let now = context.nowSeconds
        let mfaAt = try checkMFA(input, caller, context)
        let facts = SessionFacts(
            issuedAt: now, expiresAt: now + (isRoot ? min(seconds, 3_600) : seconds), mfaAuthenticatedAt: mfaAt)
        let session = SessionToken(
            account: caller.account, principalID: caller.uniqueID, sessionName: nil, facts: facts)
        return Output.object([("Credentials", try issue(session, account: caller.account).credentials)])
    }

    /// When a password was given: both of its members or neither.
    private func checkMFA(
        _ input: OperationInput, _ caller: CallerContext, _ context: RequestContext
    ) throws(IdentityError) -> Int64? {
        let (serial, code) = (input.text("SerialNumber"), input.text("TokenCode"))
        guard serial != nil || code != nil else { return nil }
        guard let serial, let code else { throw .validation("SerialNumber and TokenCode must be given together.") }
        guard (9...256).contains(serial.utf8.count) else {
            throw .validation("SerialNumber has 9 to 256 characters.")
        }
        guard code.utf8.count == 6, code.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .validation(
                "1 validation error detected: Value '\(code.prefix(16))' at 'tokenCode' failed to satisfy constraint: "
                    + "Member must satisfy regular expression pattern: [\\d]*")
        }
        try checkMFA(serial: serial, code: code, caller: caller, nowSeconds: context.nowSeconds)
        return context.nowSeconds
    }

    private func issue(
        _ session: SessionToken, account: String
    ) throws(IdentityError) -> (credentials: JSONValue, tokenCharacterCount: Int) {
        let key = try tokenKey(nowSeconds: session.facts.issuedAt)
        let id = AccessKeyID.make(
            AccessKeyID.temporaryPrefix, account: account, random: environment.random.next())
        let token: String
        let secret: SecretBytes
        do throws(SealError) {
            (token, secret) = try session.issue(accessKeyID: id, key: key) { environment.random.next() }
        } catch {
            throw .failure("\(error)")
        }
        guard token.utf8.count <= SessionToken.characterCountMax else {
            throw IdentityError(
                "PackedPolicyTooLarge", "Policies and tags of the session are too large for a token.", status: 400)
        }
        let credentials = Output.object([
            ("AccessKeyId", .string(id)), ("SecretAccessKey", .string(SecretText.show(secret))),
            ("SessionToken", .string(token)), ("Expiration", .integer(session.facts.expiresAt)),
        ])
        return (credentials, token.utf8.count)
    }

    /// The key of today, made when the last one is a day old; keys are kept as long as a session of their last day.
    private func tokenKey(nowSeconds: Int64) throws(IdentityError) -> TokenKey {
        if let newest = snapshot.tokenKeys.last, nowSeconds - newest.createdAt < Self.tokenKeySeconds { return newest }
        return try change { state throws(IdentityError) in
            // Somebody else may have been faster.
            if let newest = state.tokenKeys.last, nowSeconds - newest.createdAt < Self.tokenKeySeconds { return newest }
            state.tokenKeys.removeAll { nowSeconds - $0.createdAt > Self.tokenKeySeconds + Self.sessionSecondsMax }
            let key = TokenKey(
                id: UInt32(truncatingIfNeeded: environment.random.next()), createdAt: nowSeconds,
                bytes: SecretBytes(count: 64) { environment.random.next() })
            state.tokenKeys.append(key)
            return key
        }
    }

    /// A day.
    private static let tokenKeySeconds: Int64 = 86_400
    /// The longest session of all, 36 hours.
    private static let sessionSecondsMax: Int64 = 129_600

    // MARK: Roles

    private func assumeRole(
        _ input: OperationInput, _ caller: CallerContext, _ context: RequestContext
    ) throws(IdentityError) -> JSONValue {
        guard caller.kind != .root else { throw .accessDenied("Roles may not be assumed by root accounts.") }
        let arn = try input.required("RoleArn")
        guard let parts = ARN(arn), parts.service == "iam", parts.resource.hasPrefix("role/") else {
            throw .validation("\(arn) is invalid")
        }
        let sessionName = try input.name("RoleSessionName", countMin: 2, countMax: 64)
        let seconds = try input.number("DurationSeconds", 900...43_200, otherwise: 3_600)
        guard !caller.isRole || seconds <= 3_600 else {
            throw .validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
        }
        // All of the request is checked before the role is looked up: nobody learns which roles there are.
        let request = try RoleRequest(input, account: parts.account, sessionName: sessionName, caller: caller)
        let mfaAt = try checkMFA(input, caller, context)
        let state = snapshot
        let denied = IdentityError.accessDenied(
            "User: \(caller.arn) is not authorized to perform: sts:AssumeRole on resource: \(arn)")
        guard let place = state.principal(arn: arn, partition: partition), place.holder.kind == .role else {
            throw denied
        }
        var asking = caller
        // A password with this very call counts for the trust policy, too.
        if let mfaAt {
            var facts = caller.session ?? SessionFacts(issuedAt: mfaAt, expiresAt: mfaAt)
            facts.mfaAuthenticatedAt = mfaAt
            asking.session = facts
        }
        var context = context
        request.addValues(to: &context, role: place.holder)
        let target = place.holder.arn(account: place.account, partition: partition)
        try requireTrust(place, target, request, asking, context, denied)
        guard seconds <= place.holder.maxSessionSeconds else {
            throw .validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        for policy in request.policyARNs where state.policyText(policy, partition: partition) == nil {
            throw .validation("ARN \(policy) is not valid.")
        }
        let now = context.nowSeconds
        var session = SessionToken(
            account: place.account, principalID: place.holder.id, sessionName: sessionName,
            facts: SessionFacts(
                issuedAt: now, expiresAt: now + seconds,
                mfaAuthenticatedAt: mfaAt ?? caller.session?.mfaAuthenticatedAt,
                sourceIdentity: request.sourceIdentity, transitiveTagKeys: request.transitiveKeys,
                chainDepth: (caller.session?.chainDepth ?? 0) + 1))
        session.policies = request.policies
        session.policyARNs = request.policyARNs
        session.tags = request.tags
        return try assumed(session, place, hasPolicies: request.isPacked)
    }

    private func assumed(
        _ session: SessionToken, _ place: IdentityState.Place, hasPolicies: Bool
    ) throws(IdentityError) -> JSONValue {
        let issued = try issue(session, account: place.account)
        let name = session.sessionName ?? ""
        let arn = ARN(
            "sts", account: place.account, "assumed-role/\(place.holder.name)/\(name)", partition: partition
        ).text
        let percent = Int64(issued.tokenCharacterCount * 100 / SessionToken.characterCountMax)
        return Output.object([
            ("Credentials", issued.credentials),
            (
                "AssumedRoleUser",
                Output.object([("AssumedRoleId", .string("\(place.holder.id):\(name)")), ("Arn", .string(arn))])
            ),
            ("PackedPolicySize", hasPolicies ? .integer(max(1, percent)) : nil),
            ("SourceIdentity", Output.text(session.facts.sourceIdentity)),
        ])
    }

    /// The trust policy, and what the caller's own policies say, for each thing that is done.
    private func requireTrust(
        _ place: IdentityState.Place, _ arn: String, _ request: RoleRequest, _ caller: CallerContext,
        _ context: RequestContext, _ denied: IdentityError
    ) throws(IdentityError) {
        let document: PolicyDocument
        do throws(PolicyError) {
            document = try PolicyDocument(place.holder.trust, use: .trust)
        } catch {
            // Checked when it was stored; what cannot be read trusts nobody.
            throw denied
        }
        let trust = ResourcePolicy(
            policy: NamedPolicy(name: "trust policy of role \(place.holder.name)", document: document),
            principalIDs: place.holder.trustIDs, isMandatory: true)
        for action in request.actions {
            let decision = authorise(
                caller, action: action, resources: [arn], context: context, resourcePolicy: trust)
            guard decision.isAllowed else {
                guard action != "sts:AssumeRole" else { throw denied }
                throw .accessDenied(
                    "User: \(caller.arn) is not authorized to perform: \(action) on resource: \(arn)")
            }
        }
    }
}

extension CallerContext {
    var isRole: Bool { if case .role = kind { true } else { false } }

    /// A session of a user, or of root, that was made without a one-time password.
    var isLimitedSession: Bool { !isRole && session.map { $0.mfaAuthenticatedAt == nil } ?? false }
}

/// What AssumeRole asks for, beside the role.
private struct RoleRequest {
    let sessionName: String
    let externalID: String?
    let policies: [String]
    let policyARNs: [String]
    /// Of the session: those asked for, and over them those that must be passed on.
    let tags: [String: String]
    let askedTags: [String: String]
    let transitiveKeys: [String]
    let sourceIdentity: String?
    private let setsSourceIdentity: Bool

    /// - Parameter account: of the role.
    init(
        _ input: OperationInput, account: String, sessionName: String, caller: CallerContext
    ) throws(IdentityError) {
        self.sessionName = sessionName
        externalID = input.text("ExternalId")
        if let externalID, !(2...1_224).contains(externalID.utf8.count) {
            throw .validation("ExternalId has 2 to 1224 characters.")
        }
        policies = try input.text("Policy").map { text throws(IdentityError) in [try Self.checked(text)] } ?? []
        policyARNs = (input.value["PolicyArns"]?.array ?? []).compactMap { $0["arn"]?.string ?? $0.string }
        guard policyARNs.count <= 10 else { throw .validation("At most 10 PolicyArns can be given.") }
        for policy in policyARNs {
            guard let owner = ARN(policy)?.account, owner == account || owner == "aws" else {
                throw .validation("ARN \(policy) is not valid.")
            }
        }
        askedTags = try input.tags()
        (tags, transitiveKeys) = try Self.tags(
            askedTags, transitive: input.value.strings("TransitiveTagKeys"), caller: caller)
        let identity = input.text("SourceIdentity")
        if identity != nil { _ = try input.name("SourceIdentity", countMin: 2, countMax: 64) }
        if let kept = caller.session?.sourceIdentity, let identity, kept != identity {
            throw .accessDenied("The source identity \(kept) of the session cannot be changed.")
        }
        setsSourceIdentity = identity != nil
        sourceIdentity = identity ?? caller.session?.sourceIdentity
    }

    /// Tags of the session, and the keys of those that are passed on. Keys that differ in case only are the same.
    private static func tags(
        _ asked: [String: String], transitive keys: [String], caller: CallerContext
    ) throws(IdentityError) -> (tags: [String: String], transitiveKeys: [String]) {
        let inherited = Set((caller.session?.transitiveTagKeys ?? []).map { $0.lowercased() })
        let passedOn = caller.tags.filter { inherited.contains($0.key.lowercased()) }
        let askedKeys = Set(asked.keys.map { $0.lowercased() })
        if let key = passedOn.keys.sorted().first(where: { askedKeys.contains($0.lowercased()) }) {
            throw .validation("The tag \(key) was passed on by the session before and cannot be set again.")
        }
        let tags = asked.merging(passedOn) { $1 }
        let known = Set(tags.keys.map { $0.lowercased() })
        if let key = keys.first(where: { !known.contains($0.lowercased()) }) {
            throw .validation("The transitive tag key \(key) is not among the tags of the session.")
        }
        let transitive = Set(keys.map { $0.lowercased() }).union(passedOn.keys.map { $0.lowercased() })
        return (tags, tags.keys.filter { transitive.contains($0.lowercased()) }.sorted())
    }

    /// Whether the answer says how full the token is.
    var isPacked: Bool { !policies.isEmpty || !policyARNs.isEmpty || !tags.isEmpty }

    var actions: [String] {
        ["sts:AssumeRole"] + (askedTags.isEmpty ? [] : ["sts:TagSession"])
            + (setsSourceIdentity ? ["sts:SetSourceIdentity"] : [])
    }

    func addValues(to context: inout RequestContext, role: Holder) {
        context.set("sts:RoleSessionName", sessionName)
        if let externalID { context.set("sts:ExternalId", externalID) }
        if !transitiveKeys.isEmpty { context.set("sts:TransitiveTagKeys", transitiveKeys) }
        if let sourceIdentity { context.set("sts:SourceIdentity", sourceIdentity) }
        if !askedTags.isEmpty { context.set("aws:TagKeys", askedTags.keys.sorted()) }
        for (key, value) in askedTags { context.set("aws:RequestTag/\(key)", value) }
        for (key, value) in role.tags { context.set("aws:ResourceTag/\(key)", value) }
    }

    private static func checked(_ text: String) throws(IdentityError) -> String {
        guard text.utf8.count <= 2_048 else {
            throw IdentityError("PackedPolicyTooLarge", "A session policy has at most 2048 characters.", status: 400)
        }
        do throws(PolicyError) {
            _ = try PolicyDocument(text, use: .identity)
        } catch {
            throw .malformedPolicy(error.message)
        }
        return text
    }
}
