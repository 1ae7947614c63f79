// Callers that did not sign a request, and policies that name principals.

extension IdentityService {
    /// The local administrator: root of an account, over a door that is not the network.
    package func localAdministrator(account: String) throws(IdentityError) -> CallerContext {
        try look { state, directory throws(IdentityError) in
            guard state.accounts[account] != nil else { throw .noSuchEntity("There is no account \(account).") }
            return located(directory.root(state, account: account, accessKeyID: nil))
        }
    }

    /// A user or role by its ARN, as its policies see it: for simulations, and for doors that are bound to one.
    /// - Returns: nil when there is none.
    package func principal(arn: String) -> CallerContext? {
        look { state, directory in
            guard let place = state.principal(arn: arn, partition: directory.partition) else { return nil }
            return located(directory.caller(state, place, accessKeyID: nil))
        }
    }

    /// The engine itself: allowed what a resource's policy allows to that service.
    /// - Parameter name: such as `cloudwatch.amazonaws.com`.
    package func engine(_ name: String = "varve.internal", account: String, region: String) -> CallerContext {
        CallerContext(
            kind: .service(name: name), account: account, userID: name, arn: name, principalARN: name, uniqueID: name,
            accessKeyID: nil, region: region, session: nil, tags: [:], policies: PolicySet())
    }

    /// A resource's policy, bound to the principals that it names now. Keep the result's `principalIDs` beside the
    /// text: a user that is made again under an old name is somebody else.
    /// - Parameter isMandatory: whether identity policies count only where this one names the account.
    package func resourcePolicy(
        _ text: String, name: String, isMandatory: Bool
    ) throws(PolicyError) -> ResourcePolicy {
        let document = try PolicyDocument(text, use: .resource)
        return ResourcePolicy(
            policy: NamedPolicy(name: name, document: document),
            principalIDs: try snapshot.principalIDs(in: document, partition: partition), isMandatory: isMandatory)
    }

    private func located(_ caller: CallerContext) -> CallerContext {
        var caller = caller
        caller.region = configuration.defaultRegion
        return caller
    }
}
