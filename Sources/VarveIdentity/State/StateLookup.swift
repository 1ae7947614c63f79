// Finding things in the state by their ARNs and ids.

extension IdentityState {
    /// A principal with where it is.
    struct Place: Sendable {
        var account: String
        var holder: Holder
    }

    /// A customer's policy by its ARN, or nil.
    func managedPolicy(_ arn: String) -> ManagedPolicy? {
        guard let parts = ARN(arn), parts.service == "iam", parts.resource.hasPrefix("policy/"),
            let name = parts.resource.split(separator: "/").last,
            let policy = accounts[parts.account]?.policies[name.lowercased()],
            policy.arn(account: parts.account, partition: parts.partition) == arn
        else { return nil }
        return policy
    }

    /// Text of a built-in or a customer's policy.
    func policyText(_ arn: String) -> String? { BuiltinPolicies.text(arn) ?? managedPolicy(arn)?.text }

    /// A user or role by its ARN, or nil.
    func principal(arn: String) -> Place? {
        guard let parts = ARN(arn), parts.service == "iam", let account = accounts[parts.account],
            let name = parts.resource.split(separator: "/").last?.lowercased()
        else { return nil }
        let holder = parts.resource.hasPrefix("user/") ? account.users[name] : account.roles[name]
        guard let holder, holder.arn(account: parts.account, partition: parts.partition) == arn else { return nil }
        return Place(account: parts.account, holder: holder)
    }

    /// Unique ids of what a document names by ARN.
    /// - Throws: for users and roles that are not there.
    func principalIDs(in document: PolicyDocument, partition: String) throws(PolicyError) -> [String: String] {
        var ids: [String: String] = [:]
        for case .arn(let arn) in document.statements.flatMap({ $0.principals?.entries ?? [] }) {
            if let place = principal(arn: arn) {
                ids[arn] = place.holder.id
            } else {
                ids[arn] = try sessionID(arn)
            }
        }
        return ids
    }

    /// `AROA…:session` of a session's ARN. Sessions come and go, so that only the role must be there.
    private func sessionID(_ arn: String) throws(PolicyError) -> String {
        let invalid = PolicyError("Invalid principal in policy: \"AWS\":\"\(arn)\"")
        guard let parts = ARN(arn), parts.service == "sts" else { throw invalid }
        let names = parts.resource.split(separator: "/")
        guard names.count == 3, let role = accounts[parts.account]?.roles[names[1].lowercased()] else { throw invalid }
        return "\(role.id):\(names[2])"
    }
}
