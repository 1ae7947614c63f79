package import VarveJSON

/// Who calls: the outcome of ``IdentityService/authenticate(_:service:connection:nowSeconds:)``. A value of one
/// request; any thread.
package struct CallerContext: Sendable {
    /// What kind of principal it is.
    package enum Kind: Sendable, Equatable {
        case root
        case user(name: String)
        case role(name: String, session: String)
        /// The engine, for itself: `varve.internal`, or a service's name.
        case service(name: String)
    }

    package internal(set) var kind: Kind
    /// 12 digits.
    package let account: String
    /// As `aws:userid`: the account, `AIDA…`, or `AROA…:session`.
    package internal(set) var userID: String
    /// As shown to people: of a role the session's.
    package internal(set) var arn: String
    /// As `aws:PrincipalArn`: of a role the role's own, with its path.
    package let principalARN: String
    /// Without the session's name; policies are bound to it.
    package let uniqueID: String
    /// As sent; nil for local administration and for the engine.
    package let accessKeyID: String?
    /// Of the credential scope.
    package internal(set) var region: String
    /// nil for long-term keys.
    package internal(set) var session: SessionFacts?
    /// Tags of the principal, and over them those of the session.
    package internal(set) var tags: [String: String]
    /// What decides about it, compiled.
    var policies: PolicySet
}

/// What a session token says besides its principal.
package struct SessionFacts: Sendable, Equatable {
    /// Seconds since 1970.
    package var issuedAt: Int64
    package var expiresAt: Int64
    /// When a one-time password was given, if one was.
    package var mfaAuthenticatedAt: Int64?
    package var sourceIdentity: String?
    package var transitiveTagKeys: [String] = []
    /// 0 for sessions of a user, 1 for a role assumed by one, more for chained roles.
    package var chainDepth = 0
}

/// What is known of the connection that a request came over.
package struct ConnectionFacts: Sendable, Equatable {
    /// As text, without a port; nil when it is not known or the engine calls for somebody.
    package var sourceAddress: String?
    package var isSecure: Bool
    package var userAgent: String?
    package var referer: String?

    package init(
        sourceAddress: String? = nil, isSecure: Bool = false, userAgent: String? = nil, referer: String? = nil
    ) {
        self.sourceAddress = sourceAddress
        self.isSecure = isSecure
        self.userAgent = userAgent
        self.referer = referer
    }
}

extension CallerContext {
    /// `userIdentity` of a trail's event.
    /// - Parameter invokedBy: the service that calls for this principal, if one does.
    package func userIdentity(invokedBy: String? = nil) -> JSONValue {
        var members: [JSONMember] = []
        func add(_ name: String, _ text: String?) {
            if let text { members.append(JSONMember(name, .string(text))) }
        }
        switch kind {
        case .root: add("type", "Root")
        case .user: add("type", "IAMUser")
        case .role: add("type", "AssumedRole")
        case .service(let name):
            return .object([
                JSONMember("type", .string("AWSService")), JSONMember("invokedBy", .string(invokedBy ?? name)),
            ])
        }
        add("principalId", userID)
        add("arn", arn)
        add("accountId", account)
        add("accessKeyId", accessKeyID)
        if case .user(let name) = kind { add("userName", name) }
        if let context = sessionContext() { members.append(JSONMember("sessionContext", context)) }
        add("invokedBy", invokedBy)
        return .object(members)
    }

    private func sessionContext() -> JSONValue? {
        guard let session else { return nil }
        var members: [JSONMember] = []
        if case .role(let name, _) = kind {
            members.append(
                JSONMember(
                    "sessionIssuer",
                    .object([
                        JSONMember("type", .string("Role")), JSONMember("principalId", .string(uniqueID)),
                        JSONMember("arn", .string(principalARN)), JSONMember("accountId", .string(account)),
                        JSONMember("userName", .string(name)),
                    ])))
        }
        members.append(
            JSONMember(
                "attributes",
                .object([
                    JSONMember("creationDate", .string(TimeText.seconds(session.issuedAt))),
                    JSONMember("mfaAuthenticated", .string(session.mfaAuthenticatedAt == nil ? "false" : "true")),
                ])))
        if let identity = session.sourceIdentity { members.append(JSONMember("sourceIdentity", .string(identity))) }
        return .object(members)
    }
}
