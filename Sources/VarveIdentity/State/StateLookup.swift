// Finding things in the state by their ARNs and ids.

extension IdentityState {
    /// A principal with where it is.
    struct Place: Sendable {
        var account: String
        var holder: Holder
    }

    /// A customer's policy by its ARN, or nil. ARNs of another partition name nothing: statements about the right one
    /// would not match them.
    func managedPolicy(_ arn: String, partition: String) -> ManagedPolicy? {
        guard let parts = ARN.local(arn, partition: partition), parts.service == "iam",
            parts.resource.hasPrefix("policy/"),
            let name = parts.resource.split(separator: "/").last,
            let policy = accounts[parts.account]?.policies[name.lowercased()],
            policy.arn(account: parts.account, partition: partition) == arn
        else { return nil }
        return policy
    }

    /// Text of a built-in or a customer's policy.
    func policyText(_ arn: String, partition: String) -> String? {
        BuiltinPolicies.text(arn, partition: partition) ?? managedPolicy(arn, partition: partition)?.text
    }

    /// A user or role by its ARN, or nil.
    func principal(arn: String, partition: String) -> Place? {
        guard let parts = ARN.local(arn, partition: partition), parts.service == "iam",
            let account = accounts[parts.account],
            let name = parts.resource.split(separator: "/").last?.lowercased()
        else { return nil }
        let holder = parts.resource.hasPrefix("user/") ? account.users[name] : account.roles[name]
        guard let holder, holder.arn(account: parts.account, partition: partition) == arn else { return nil }
        return Place(account: parts.account, holder: holder)
    }

    /// Matches no caller: ids begin otherwise. The colon keeps it from being shown in the place of a name.
    static let nobody = "nobody:"

    /// Unique ids of what a document names by ARN.
    /// - Parameter allowsMissing: whether users and roles that are not there are bound to ``nobody``.
    /// - Throws: for users and roles that are not there, and for what can name none.
    func principalIDs(
        in document: PolicyDocument, partition: String, allowsMissing: Bool = false
    ) throws(PolicyError) -> [String: String] {
        var ids: [String: String] = [:]
        for case .arn(let arn) in document.statements.flatMap({ $0.principals?.entries ?? [] }) {
            if let id = principal(arn: arn, partition: partition)?.holder.id ?? sessionID(arn, partition: partition) {
                ids[arn] = id
            } else if allowsMissing, Self.canNamePrincipal(arn, partition: partition) {
                ids[arn] = Self.nobody
            } else {
                throw PolicyError("Invalid principal in policy: \"AWS\":\"\(arn)\"")
            }
        }
        return ids
    }

    /// `AROA…:session` of a session's ARN. Sessions come and go, so that only the role must be there.
    private func sessionID(_ arn: String, partition: String) -> String? {
        guard let parts = ARN.local(arn, partition: partition), parts.service == "sts" else { return nil }
        let names = parts.resource.split(separator: "/")
        guard names.count == 3, let role = accounts[parts.account]?.roles[names[1].lowercased()] else { return nil }
        return "\(role.id):\(names[2])"
    }

    /// Whether there may have been a user, a role or a session of this ARN.
    private static func canNamePrincipal(_ arn: String, partition: String) -> Bool {
        guard let parts = ARN.local(arn, partition: partition), AccountID.isValid(parts.account) else { return false }
        switch parts.service {
        case "iam": return parts.resource.hasPrefix("user/") || parts.resource.hasPrefix("role/")
        case "sts": return parts.resource.hasPrefix("assumed-role/")
        default: return false
        }
    }
}
