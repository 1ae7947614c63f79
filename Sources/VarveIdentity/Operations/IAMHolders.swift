import VarveJSON
import VarveSignature

// Users, groups and roles themselves.

extension IAMCall {
    func performHolders() throws(IdentityError) -> JSONValue {
        switch operation {
        case "CreateUser": return try create(.user)
        case "CreateRole": return try create(.role)
        case "CreateGroup": return try create(.group)
        case "GetUser": return try get(.user)
        case "GetRole": return try get(.role)
        case "GetGroup": return try getGroup()
        case "ListUsers": return try list(.user)
        case "ListRoles": return try list(.role)
        case "ListGroups": return try list(.group)
        case "DeleteUser": return try delete(.user)
        case "DeleteRole": return try delete(.role)
        case "DeleteGroup": return try delete(.group)
        case "UpdateAssumeRolePolicy": return try updateTrust()
        case "ListGroupsForUser": return try listGroupsForUser()
        default: return try changeMembership()
        }
    }

    /// Refuses unless the caller may do this to a holder of that name; its path is that of the existing one.
    func requireHolder(_ kind: Holder.Kind, _ name: String) throws(IdentityError) {
        let existing = try account()[kind][name.lowercased()]
        let target = existing?.arn(account: accountID, partition: partition) ?? arn("\(kind.rawValue)/\(name)")
        try service.require("iam:\(operation)", on: target, caller, context)
    }

    private func create(_ kind: Holder.Kind) throws(IdentityError) -> JSONValue {
        let name = try input.name("\(kind.title)Name", countMax: kind.nameCountMax)
        let path = try input.path()
        let tags = try input.tags()
        try requireCreation(kind, arn("\(kind.rawValue)\(path)\(name)"), tags)
        let idKind: UniqueID.Kind = kind == .user ? .user : kind == .role ? .role : .group
        var holder = Holder(
            kind: kind, name: name, path: path, id: UniqueID.make(idKind) { random() }, createdAt: nowSeconds)
        holder.tags = tags
        holder.note = input.text("Description")
        if let boundary = input.text("PermissionsBoundary") { holder.boundary = try existingPolicy(boundary) }
        if kind == .role {
            holder.trust = try input.required("AssumeRolePolicyDocument")
            holder.trustIDs = try checkedTrust(holder.trust)
            holder.maxSessionSeconds = try input.number("MaxSessionDuration", 3_600...43_200, otherwise: 3_600)
        }
        let made = holder
        try change { account throws(IdentityError) in
            guard account[kind][name.lowercased()] == nil else {
                throw .exists("\(kind.title) with name \(name) already exists.")
            }
            let countMax = kind == .user ? 5_000 : kind == .role ? 1_000 : 300
            guard account[kind].count < countMax else {
                throw .limitExceeded("Cannot exceed quota for \(kind.title)sPerAccount: \(countMax)")
            }
            account[kind][name.lowercased()] = made
        }
        return .object([JSONMember(kind.title, shown(holder, isWhole: true))])
    }

    /// Whoever gives tags must be allowed to tag, too: policies may grant rights by tags.
    private func requireCreation(
        _ kind: Holder.Kind, _ target: String, _ tags: [String: String]
    ) throws(IdentityError) {
        var context = context
        if !tags.isEmpty { context.set("aws:TagKeys", tags.keys.sorted()) }
        for (key, value) in tags { context.set("aws:RequestTag/\(key)", value) }
        try service.require("iam:\(operation)", on: target, caller, context)
        if !tags.isEmpty { try service.require("iam:Tag\(kind.title)", on: target, caller, context) }
    }

    /// A policy that can be attached: its ARN as it is.
    func existingPolicy(_ arn: String) throws(IdentityError) -> String {
        let isOwn = ARN(arn).map { $0.account == accountID || $0.account == "aws" } ?? false
        guard isOwn, service.snapshot.policyText(arn, partition: partition) != nil else {
            throw .noSuchEntity("Policy \(arn) does not exist or is not attachable.")
        }
        return arn
    }

    private func checkedTrust(_ text: String) throws(IdentityError) -> [String: String] {
        guard PolicyDocument.countedByteCount(text) <= 2_048 else {
            throw .limitExceeded("Cannot exceed quota for ACLSizePerRole: 2048")
        }
        do throws(PolicyError) {
            let document = try PolicyDocument(text, use: .trust)
            return try service.snapshot.principalIDs(in: document, partition: partition)
        } catch {
            throw .malformedPolicy(error.message)
        }
    }

    private func get(_ kind: Holder.Kind) throws(IdentityError) -> JSONValue {
        let name: String
        if let given = input.text("\(kind.title)Name") {
            name = given
        } else if kind == .user, case .user(let own) = caller.kind {
            name = own
        } else if kind == .user, caller.kind == .root {
            return try rootUser()
        } else {
            name = try input.required("\(kind.title)Name")
        }
        try requireHolder(kind, name)
        return .object([JSONMember(kind.title, shown(try account().holder(kind, name), isWhole: true))])
    }

    private func rootUser() throws(IdentityError) -> JSONValue {
        try service.require("iam:GetUser", on: arn("root"), caller, context)
        return Output.object([
            (
                "User",
                Output.object([
                    ("UserId", .string(accountID)), ("Arn", .string(arn("root"))),
                    ("CreateDate", .integer(try account().createdAt)),
                ])
            )
        ])
    }

    private func getGroup() throws(IdentityError) -> JSONValue {
        let name = try input.required("GroupName")
        try requireHolder(.group, name)
        let account = try account()
        let group = try account.holder(.group, name)
        let members = account.users.values.filter { $0.groups.contains(name.lowercased()) }
        let page = try input.page("Users", members.sorted { $0.name < $1.name }.map { ($0.name, shown($0)) })
        return .object([JSONMember("Group", shown(group))] + page)
    }

    private func list(_ kind: Holder.Kind) throws(IdentityError) -> JSONValue {
        try service.require("iam:\(operation)", on: arn("\(kind.rawValue)/"), caller, context)
        let prefix = input.text("PathPrefix") ?? "/"
        let found = try account()[kind].values.filter { $0.path.hasPrefix(prefix) }.sorted { $0.name < $1.name }
        return .object(try input.page("\(kind.title)s", found.map { ($0.name, shown($0)) }))
    }

    private func delete(_ kind: Holder.Kind) throws(IdentityError) -> JSONValue {
        let name = try input.required("\(kind.title)Name")
        try requireHolder(kind, name)
        try change { account throws(IdentityError) in
            let holder = try account.changeable(kind, name)
            let key = name.lowercased()
            guard holder.inline.isEmpty else {
                throw .deleteConflict("Cannot delete entity, must delete policies first.")
            }
            guard holder.attached.isEmpty else {
                throw .deleteConflict("Cannot delete entity, must detach all policies first.")
            }
            if kind == .group, account.users.values.contains(where: { $0.groups.contains(key) }) {
                throw .deleteConflict("Cannot delete entity, must remove users from group first.")
            }
            if kind == .user {
                guard !account.keys.values.contains(where: { $0.owner == key }) else {
                    throw .deleteConflict("Cannot delete entity, must delete access keys first.")
                }
                guard !account.devices.values.contains(where: { $0.owner == .user(key) }) else {
                    throw .deleteConflict("Cannot delete entity, must delete MFA device first.")
                }
                guard holder.groups.isEmpty else {
                    throw .deleteConflict("Cannot delete entity, must remove users from group first.")
                }
            }
            account[kind][key] = nil
        }
        return Output.nothing
    }

    private func updateTrust() throws(IdentityError) -> JSONValue {
        let name = try input.required("RoleName")
        try requireHolder(.role, name)
        let text = try input.required("PolicyDocument")
        let ids = try checkedTrust(text)
        try change { account throws(IdentityError) in
            var role = try account.changeable(.role, name)
            role.trust = text
            role.trustIDs = ids
            account.roles[name.lowercased()] = role
        }
        return Output.nothing
    }

    // MARK: Groups

    private func changeMembership() throws(IdentityError) -> JSONValue {
        let (groupName, userName) = (try input.required("GroupName"), try input.required("UserName"))
        try requireHolder(.group, groupName)
        let isAdding = operation == "AddUserToGroup"
        try change { account throws(IdentityError) in
            _ = try account.holder(.group, groupName)
            var user = try account.changeable(.user, userName)
            let group = groupName.lowercased()
            if isAdding, !user.groups.contains(group) {
                guard user.groups.count < 10 else { throw .limitExceeded("Cannot exceed quota for GroupsPerUser: 10") }
                user.groups.append(group)
            }
            if !isAdding { user.groups.removeAll { $0 == group } }
            account.users[userName.lowercased()] = user
        }
        return Output.nothing
    }

    private func listGroupsForUser() throws(IdentityError) -> JSONValue {
        let name = try input.required("UserName")
        try requireHolder(.user, name)
        let account = try account()
        let groups = try account.holder(.user, name).groups.compactMap { account.groups[$0] }
        return .object(
            try input.page("Groups", groups.sorted { $0.name < $1.name }.map { ($0.name, shown($0)) }))
    }

    // MARK: Output

    /// - Parameter isWhole: with what lists leave out.
    func shown(_ holder: Holder, isWhole: Bool = false) -> JSONValue {
        let title = holder.kind.title
        var members: [(String, JSONValue?)] = [
            ("Path", .string(holder.path)), ("\(title)Name", .string(holder.name)), ("\(title)Id", .string(holder.id)),
            ("Arn", .string(holder.arn(account: accountID, partition: partition))),
            ("CreateDate", .integer(holder.createdAt)),
        ]
        if holder.kind == .role {
            members += [
                ("AssumeRolePolicyDocument", .string(PercentCoding.encode(shownTrust(holder)))),
                ("Description", Output.text(holder.note)), ("MaxSessionDuration", .integer(holder.maxSessionSeconds)),
            ]
        }
        if isWhole, let boundary = holder.boundary {
            members.append(
                (
                    "PermissionsBoundary",
                    Output.object([
                        ("PermissionsBoundaryType", .string("Policy")), ("PermissionsBoundaryArn", .string(boundary)),
                    ])
                ))
        }
        if isWhole { members.append(("Tags", Output.tags(holder.tags))) }
        return Output.object(members)
    }

    /// With the unique ids of principals that are gone in the place of their names.
    private func shownTrust(_ role: Holder) -> String {
        let state = service.snapshot
        return role.trustIDs.reduce(into: role.trust) { text, entry in
            guard !entry.value.contains(":"),
                state.principal(arn: entry.key, partition: partition)?.holder.id != entry.value
            else { return }
            text = text.replacing("\"\(entry.key)\"", with: "\"\(entry.value)\"")
        }
    }
}
