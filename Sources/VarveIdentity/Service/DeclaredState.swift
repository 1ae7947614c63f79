import VarveCrypto

/// Puts what the configuration declares over what the vault keeps. What has the name of a kept thing replaces it.
struct DeclaredState {
    let configuration: IdentityConfiguration
    let nowSeconds: Int64
    var state: IdentityState

    mutating func apply() throws(IdentityVaultError) {
        if case .noAuthentication(let account) = configuration.mode {
            guard AccountID.isValid(account) else { throw Self.wrong("account \(account) has not 12 digits") }
            insertAccount(account)
        }
        for declared in configuration.accounts { try apply(declared) }
        // Trust policies may name principals of any account, and so come last.
        for declared in configuration.accounts { try applyTrust(declared) }
    }

    private mutating func insertAccount(_ id: String) {
        guard state.accounts[id] == nil else { return }
        state.accounts[id] = AccountState(id: id)
        state.accounts[id]?.createdAt = nowSeconds
        state.accounts[id]?.isDeclared = true
    }

    private mutating func apply(_ declared: DeclaredAccount) throws(IdentityVaultError) {
        guard AccountID.isValid(declared.id) else { throw Self.wrong("account \(declared.id) has not 12 digits") }
        insertAccount(declared.id)
        guard var account = state.accounts[declared.id] else { return }
        account.isDeclared = true
        account.alias = declared.alias ?? account.alias
        if let text = declared.guardPolicy {
            try check(text, .identity, "guard policy of account \(declared.id)")
            account.guardPolicy = text
        }
        for key in declared.rootKeys { try insert(key, owner: nil, into: &account) }
        for user in declared.users { try insert(user, into: &account) }
        for role in declared.roles { try insert(role, into: &account) }
        state.accounts[declared.id] = account
    }

    private mutating func insert(_ user: DeclaredUser, into account: inout AccountState) throws(IdentityVaultError) {
        let place = "user \(user.name) of account \(account.id)"
        var holder = try holder(.user, user.name, user.path, user.policies, user.boundary, account.id, place)
        guard Set(user.tags.keys.map { $0.lowercased() }).count == user.tags.count else {
            throw Self.wrong("\(place): tag keys that differ in case only")
        }
        holder.tags = user.tags
        let name = user.name.lowercased()
        account.keys = account.keys.filter { $0.value.owner != name }
        account.users[name] = holder
        for key in user.keys { try insert(key, owner: name, into: &account) }
        if let seed = user.mfaSeed {
            let serial = ARN("iam", account: account.id, "mfa/\(user.name)", partition: configuration.partition).text
            account.devices[serial] = MFADevice(
                serial: serial, seed: seed, owner: .user(name), enabledAt: nowSeconds, isDeclared: true)
        }
    }

    private mutating func insert(
        _ key: DeclaredKey, owner: String?, into account: inout AccountState
    ) throws(IdentityVaultError) {
        guard AccessKeyID.isValid(key.id) else {
            throw Self.wrong("access key id \(key.id): 1 to 128 letters, digits and underscores")
        }
        // Accounts that were applied before are in the state, this one is not yet.
        let known = state.accounts.values.filter { $0.id != account.id }.compactMap { $0.keys[key.id] }
        let isTaken = (known + [account.keys[key.id]].compactMap(\.self)).contains(where: \.isDeclared)
        guard !isTaken else { throw Self.wrong("access key id \(key.id) is there twice") }
        // A kept key of that id gives way.
        for id in state.accounts.keys where id != account.id { state.accounts[id]?.keys[key.id] = nil }
        account.keys[key.id] = AccessKey(
            id: key.id, secret: key.secret, owner: owner, isActive: key.isActive, createdAt: nowSeconds,
            isDeclared: true)
    }

    private func insert(_ role: DeclaredRole, into account: inout AccountState) throws(IdentityVaultError) {
        let place = "role \(role.name) of account \(account.id)"
        var holder = try holder(.role, role.name, role.path, role.policies, role.boundary, account.id, place)
        guard (3_600...43_200).contains(role.maxSessionSeconds) else {
            throw Self.wrong("\(place): sessions last 3 600 to 43 200 seconds at most")
        }
        holder.maxSessionSeconds = role.maxSessionSeconds
        holder.trust = role.trust
        account.roles[role.name.lowercased()] = holder
    }

    private mutating func applyTrust(_ declared: DeclaredAccount) throws(IdentityVaultError) {
        for role in declared.roles {
            let place = "trust policy of role \(role.name) of account \(declared.id)"
            do throws(PolicyError) {
                let frozen = try state.principalIDs(
                    in: try PolicyDocument(role.trust, use: .trust), partition: configuration.partition,
                    // Whoever deletes a user must not keep the server from starting.
                    allowsMissing: true)
                state.accounts[declared.id]?.roles[role.name.lowercased()]?.trustIDs = frozen
            } catch {
                throw Self.wrong("\(place): \(error.message)")
            }
        }
    }

    private func holder(
        _ kind: Holder.Kind, _ name: String, _ path: String, _ policies: [DeclaredPolicy], _ boundary: String?,
        _ account: String, _ place: String
    ) throws(IdentityVaultError) -> Holder {
        guard Names.isValid(name, countMax: 64), Names.isPath(path) else {
            throw Self.wrong("\(place): the name or the path \(path) has characters that it may not have")
        }
        let arn = ARN("iam", account: account, "\(kind.rawValue)\(path)\(name)", partition: configuration.partition)
            .text
        let id = UniqueID.ofDeclared(kind == .user ? .user : .role, arn: arn)
        var holder = Holder(kind: kind, name: name, path: path, id: id, createdAt: nowSeconds)
        holder.isDeclared = true
        for policy in policies {
            switch policy {
            case .inline(let name, let text):
                guard Names.isValid(name, countMax: 128) else {
                    throw Self.wrong("\(place): the name of policy \(name) has characters that it may not have")
                }
                try check(text, .identity, "policy \(name) of \(place)")
                holder.inline[name] = text
            case .managed(let reference): holder.attached.append(try managed(reference, place))
            }
        }
        holder.boundary = try boundary.map { reference throws(IdentityVaultError) in try managed(reference, place) }
        return holder
    }

    /// The ARN of a policy that is named by it, or by a built-in name.
    private func managed(_ reference: String, _ place: String) throws(IdentityVaultError) -> String {
        if BuiltinPolicies.text(reference, partition: configuration.partition) != nil {
            let name = reference.split(separator: "/").last.map(String.init) ?? reference
            return BuiltinPolicies.arn(name, partition: configuration.partition)
        }
        guard state.managedPolicy(reference, partition: configuration.partition) != nil else {
            throw Self.wrong("\(place): no policy \(reference)")
        }
        return reference
    }

    private func check(_ text: String, _ use: PolicyDocument.Use, _ place: String) throws(IdentityVaultError) {
        do throws(PolicyError) {
            _ = try PolicyDocument(text, use: use)
        } catch {
            throw Self.wrong("\(place): \(error.message)")
        }
    }

    private static func wrong(_ reason: String) -> IdentityVaultError { .configuration(reason) }
}

/// What names may look like.
enum Names {
    /// `[\w+=,.@-]+`
    static func isValid(_ name: String, countMax: Int) -> Bool {
        (1...countMax).contains(name.utf8.count) && name.utf8.allSatisfy(isNameByte)
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_+=,.@-".utf8.contains(byte)
        }
    }

    /// `/`, or `/…/` of printable ASCII, at most 512.
    static func isPath(_ path: String) -> Bool {
        (1...512).contains(path.utf8.count) && path.utf8.first == UInt8(ascii: "/")
            && path.utf8.last == UInt8(ascii: "/") && path.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}
