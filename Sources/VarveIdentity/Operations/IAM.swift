import VarveCrypto
import VarveIO
import VarveJSON
import VarveSignature

/// One call of an IAM operation: the input, and whose account it is about.
struct IAMCall {
    let service: IdentityService
    let operation: String
    let input: OperationInput
    let caller: CallerContext
    let context: RequestContext

    var accountID: String { caller.account }
    var nowSeconds: Int64 { context.nowSeconds }
    var partition: String { service.partition }

    /// The caller's account as it is now.
    func account() throws(IdentityError) -> AccountState {
        guard let account = service.snapshot.accounts[accountID] else {
            throw .noSuchEntity("There is no account \(accountID).")
        }
        return account
    }

    /// Changes the caller's account and keeps it.
    func change<Value: Sendable>(
        _ body: (inout AccountState) throws(IdentityError) -> Value
    ) throws(IdentityError) -> Value {
        let id = accountID
        return try service.change { state throws(IdentityError) in
            guard var account = state.accounts[id] else { throw .noSuchEntity("There is no account \(id).") }
            let value = try body(&account)
            state.accounts[id] = account
            return value
        }
    }

    func random() -> UInt64 { service.environment.random.next() }

    func invalid() -> IdentityError { IdentityService.invalidAction(operation, "2010-05-08") }

    func arn(_ resource: String) -> String { ARN("iam", account: accountID, resource, partition: partition).text }
}

extension IdentityService {
    func performIAM(
        _ operation: String, _ input: OperationInput, _ caller: CallerContext, _ context: RequestContext
    ) throws(IdentityError) -> JSONValue {
        let call = IAMCall(service: self, operation: operation, input: input, caller: caller, context: context)
        if caller.isLimitedSession {
            throw .accessDenied(
                "User: \(caller.arn) is not authorized to perform: iam:\(operation) with session credentials that were "
                    + "made without multi-factor authentication")
        }
        if let family = HolderOperation(operation) { return try call.perform(family) }
        switch operation {
        case "CreateUser", "GetUser", "ListUsers", "DeleteUser", "CreateRole", "GetRole", "ListRoles", "DeleteRole",
            "UpdateAssumeRolePolicy", "CreateGroup", "GetGroup", "ListGroups", "DeleteGroup", "AddUserToGroup",
            "RemoveUserFromGroup", "ListGroupsForUser":
            return try call.performHolders()
        case "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey", "GetAccessKeyLastUsed":
            return try call.performKeys()
        case "CreatePolicy", "GetPolicy", "ListPolicies", "DeletePolicy", "CreatePolicyVersion", "GetPolicyVersion",
            "ListPolicyVersions", "DeletePolicyVersion", "SetDefaultPolicyVersion":
            return try call.performPolicies()
        case "CreateVirtualMFADevice", "DeleteVirtualMFADevice", "EnableMFADevice", "DeactivateMFADevice",
            "ListMFADevices":
            return try call.performMFA()
        case "ListAccountAliases":
            try require("iam:ListAccountAliases", on: "*", caller, context)
            let aliases = (try call.account().alias).map { [JSONValue.string($0)] } ?? []
            return .object([JSONMember("AccountAliases", .array(aliases)), JSONMember("IsTruncated", .bool(false))])
        case "SimulatePrincipalPolicy": return try call.simulate()
        default: throw call.invalid()
        }
    }
}

extension Holder.Kind {
    /// As operations spell it.
    var title: String {
        switch self {
        case .user: "User"
        case .group: "Group"
        case .role: "Role"
        }
    }

    var nameCountMax: Int { self == .group ? 128 : 64 }
}

extension AccountState {
    /// Users, groups or roles, by name in lower case.
    subscript(kind: Holder.Kind) -> [String: Holder] {
        get {
            switch kind {
            case .user: users
            case .group: groups
            case .role: roles
            }
        }
        set {
            switch kind {
            case .user: users = newValue
            case .group: groups = newValue
            case .role: roles = newValue
            }
        }
    }

    func holder(_ kind: Holder.Kind, _ name: String) throws(IdentityError) -> Holder {
        guard let holder = self[kind][name.lowercased()] else {
            throw .noSuchEntity("The \(kind.rawValue) with name \(name) cannot be found.")
        }
        return holder
    }

    /// One that may be changed.
    func changeable(_ kind: Holder.Kind, _ name: String) throws(IdentityError) -> Holder {
        let holder = try holder(kind, name)
        guard !holder.isDeclared else { throw .unmodifiable("The \(kind.rawValue) \(name)") }
        return holder
    }
}

// MARK: Access keys

extension IAMCall {
    func performKeys() throws(IdentityError) -> JSONValue {
        if operation == "GetAccessKeyLastUsed" { return try lastUsed() }
        // Without a name the caller's own keys are meant.
        let owner: String?
        if let name = input.text("UserName") {
            owner = try account().holder(.user, name).name
        } else if case .user(let name) = caller.kind {
            owner = name
        } else {
            owner = nil
        }
        guard owner != nil || caller.kind == .root else {
            throw .validation("Must specify userName when calling with non-User credentials")
        }
        let target = try owner.map { name throws(IdentityError) in
            try account().holder(.user, name).arn(account: accountID, partition: partition)
        }
        try service.require("iam:\(operation)", on: target ?? arn("root"), caller, context)
        switch operation {
        case "CreateAccessKey": return try createKey(owner)
        case "ListAccessKeys": return try listKeys(owner)
        case "UpdateAccessKey": return try updateKey(owner)
        default: return try deleteKey(owner)
        }
    }

    private func createKey(_ owner: String?) throws(IdentityError) -> JSONValue {
        let id = AccessKeyID.make(AccessKeyID.longTermPrefix, account: accountID, random: random())
        let key = AccessKey(
            id: id, secret: SecretText.make { random() }, owner: owner?.lowercased(), isActive: true,
            createdAt: nowSeconds)
        try change { account throws(IdentityError) in
            guard account.keys.values.count(where: { $0.owner == key.owner }) < 2 else {
                throw .limitExceeded("Cannot exceed quota for AccessKeysPerUser: 2")
            }
            account.keys[id] = key
        }
        return Output.object([
            (
                "AccessKey",
                Output.object([
                    ("UserName", Output.text(owner)), ("AccessKeyId", .string(id)), ("Status", .string("Active")),
                    ("SecretAccessKey", .string(SecretText.show(key.secret))), ("CreateDate", .integer(key.createdAt)),
                ])
            )
        ])
    }

    private func listKeys(_ owner: String?) throws(IdentityError) -> JSONValue {
        let keys = try account().keys.values.filter { $0.owner == owner?.lowercased() }.sorted { $0.id < $1.id }
        return .object(
            try input.page(
                "AccessKeyMetadata",
                keys.map { key in
                    (
                        key.id,
                        Output.object([
                            ("UserName", Output.text(owner)), ("AccessKeyId", .string(key.id)),
                            ("Status", .string(key.isActive ? "Active" : "Inactive")),
                            ("CreateDate", .integer(key.createdAt)),
                        ])
                    )
                }))
    }

    private func updateKey(_ owner: String?) throws(IdentityError) -> JSONValue {
        let status = try input.required("Status")
        guard ["Active", "Inactive"].contains(status) else {
            throw .validation(
                "1 validation error detected: Value '\(status)' at 'status' failed to satisfy constraint: Member must "
                    + "satisfy enum value set: [Active, Inactive]")
        }
        let id = try input.required("AccessKeyId")
        try change { account throws(IdentityError) in
            _ = try Self.key(id, owner, account)
            account.keys[id]?.isActive = status == "Active"
        }
        service.verifier.forget(accessKeyID: id)
        return Output.nothing
    }

    private func deleteKey(_ owner: String?) throws(IdentityError) -> JSONValue {
        let id = try input.required("AccessKeyId")
        try change { account throws(IdentityError) in
            _ = try Self.key(id, owner, account)
            account.keys[id] = nil
        }
        service.verifier.forget(accessKeyID: id)
        return Output.nothing
    }

    private static func key(
        _ id: String, _ owner: String?, _ account: AccountState
    ) throws(IdentityError) -> AccessKey {
        guard let key = account.keys[id], key.owner == owner?.lowercased() else {
            throw .noSuchEntity("The Access Key with id \(id) cannot be found.")
        }
        guard !key.isDeclared else { throw .unmodifiable("The access key \(id)") }
        return key
    }

    private func lastUsed() throws(IdentityError) -> JSONValue {
        let id = try input.required("AccessKeyId")
        try service.require(
            "iam:GetAccessKeyLastUsed", on: try keyOwnerARN(id) ?? "*", caller, context)
        guard let key = try account().keys[id] else {
            throw .noSuchEntity("The Access Key with id \(id) cannot be found.")
        }
        var userName: String?
        if let owner = key.owner { userName = try account().holder(.user, owner).name }
        let use = service.lastUse(ofKey: id)
        return Output.object([
            ("UserName", Output.text(userName)),
            (
                "AccessKeyLastUsed",
                Output.object([
                    ("LastUsedDate", use.map { .integer($0.seconds) }), ("Region", .string(use?.region ?? "N/A")),
                    ("ServiceName", .string(use?.service ?? "N/A")),
                ])
            ),
        ])
    }

    private func keyOwnerARN(_ id: String) throws(IdentityError) -> String? {
        let account = try account()
        guard let owner = account.keys[id]?.owner else { return nil }
        return account.users[owner]?.arn(account: accountID, partition: partition)
    }
}

// MARK: Simulation

extension IAMCall {
    /// What a user or role may do, with the statements that decide.
    func simulate() throws(IdentityError) -> JSONValue {
        let source = try input.required("PolicySourceArn")
        let found = service.principal(arn: source)
        try service.require("iam:SimulatePrincipalPolicy", on: found?.principalARN ?? source, caller, context)
        guard let principal = found, principal.account == accountID else {
            throw .noSuchEntity("The user or role \(source) cannot be found.")
        }
        let actions = input.value.strings("ActionNames")
        guard !actions.isEmpty else { throw .validation("ActionNames has at least one element.") }
        let asked = input.value.strings("ResourceArns")
        let resources = asked.isEmpty ? ["*"] : asked
        // Bounded one by one first: the product cannot overflow.
        guard max(actions.count, resources.count) <= Self.simulationCountMax,
            actions.count * resources.count <= Self.simulationCountMax
        else {
            throw .invalidInput(
                "ActionNames times ResourceArns can be at most \(Self.simulationCountMax) simulations in one request.")
        }
        var context = RequestContext(nowSeconds: nowSeconds)
        for entry in input.value["ContextEntries"]?.array ?? [] {
            guard let key = entry["ContextKeyName"]?.string else { throw .invalidInput("A context entry has no key.") }
            context.set(key, entry.strings("ContextKeyValues"))
        }
        var results: [JSONValue] = []
        for action in actions {
            for resource in resources {
                results.append(Self.result(service, principal, action, resource, context))
            }
        }
        return .object([JSONMember("EvaluationResults", .array(results)), JSONMember("IsTruncated", .bool(false))])
    }

    private static let simulationCountMax = 1_000

    private static func result(
        _ service: IdentityService, _ principal: CallerContext, _ action: String, _ resource: String,
        _ context: RequestContext
    ) -> JSONValue {
        let (decision, _) = service.explain(principal, action: action, resource: resource, context: context)
        let word: String
        switch decision.outcome {
        case .allowed: word = "allowed"
        case .explicitDeny: word = "explicitDeny"
        case .implicitDeny: word = "implicitDeny"
        }
        let statements = decision.statements.map { statement in
            Output.object([
                ("SourcePolicyId", .string(statement.policy)),
                ("SourcePolicyType", .string(statement.kind == .identity ? "IAM Policy" : statement.kind.name)),
            ])
        }
        return Output.object([
            ("EvalActionName", .string(action)), ("EvalResourceName", .string(resource)),
            ("EvalDecision", .string(word)), ("MatchedStatements", .array(statements)),
            ("MissingContextValues", .array([])),
        ])
    }
}
