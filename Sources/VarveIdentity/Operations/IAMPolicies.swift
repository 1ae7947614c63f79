import VarveJSON
import VarveSignature

/// What can be done to the policies of a user, a group or a role: one set of operations under three names.
struct HolderOperation {
    enum Verb {
        case put, get, list, delete, attach, detach, listAttached, putBoundary, deleteBoundary
    }

    let verb: Verb
    let kind: Holder.Kind

    /// nil for operations of other families.
    init?(_ operation: String) {
        for kind in Holder.Kind.allCases {
            let title = kind.title
            let names: [(String, Verb)] = [
                ("Put\(title)Policy", .put), ("Get\(title)Policy", .get), ("List\(title)Policies", .list),
                ("Delete\(title)Policy", .delete), ("Attach\(title)Policy", .attach), ("Detach\(title)Policy", .detach),
                ("ListAttached\(title)Policies", .listAttached), ("Put\(title)PermissionsBoundary", .putBoundary),
                ("Delete\(title)PermissionsBoundary", .deleteBoundary),
            ]
            guard let found = names.first(where: { $0.0 == operation }) else { continue }
            if kind == .group, found.1 == .putBoundary || found.1 == .deleteBoundary { return nil }
            verb = found.1
            self.kind = kind
            return
        }
        return nil
    }
}

extension IAMCall {
    func perform(_ family: HolderOperation) throws(IdentityError) -> JSONValue {
        let kind = family.kind
        let name = try input.required("\(kind.title)Name")
        try requireHolder(kind, name)
        switch family.verb {
        case .put: try putInline(kind, name)
        case .get: return try getInline(kind, name)
        case .list:
            let names = try account().holder(kind, name).inline.keys.sorted()
            return .object(try input.page("PolicyNames", names.map { ($0, .string($0)) }))
        case .delete:
            let policy = try input.required("PolicyName")
            try changeHolder(kind, name) { holder throws(IdentityError) in
                guard holder.inline.removeValue(forKey: policy) != nil else { throw Self.noInline(kind, policy) }
            }
        case .attach:
            let arn = try existingPolicy(try input.required("PolicyArn"))
            try changeHolder(kind, name) { holder throws(IdentityError) in
                guard !holder.attached.contains(arn) else { return }
                guard holder.attached.count < 10 else {
                    throw .limitExceeded("Cannot exceed quota for PoliciesPer\(kind.title): 10")
                }
                holder.attached.append(arn)
            }
        case .detach:
            let arn = try input.required("PolicyArn")
            try changeHolder(kind, name) { holder throws(IdentityError) in
                guard holder.attached.contains(arn) else { throw .noSuchEntity("Policy \(arn) was not found.") }
                holder.attached.removeAll { $0 == arn }
            }
        case .listAttached: return try listAttached(kind, name)
        case .putBoundary:
            let arn = try existingPolicy(try input.required("PermissionsBoundary"))
            try changeHolder(kind, name) { holder throws(IdentityError) in holder.boundary = arn }
        case .deleteBoundary:
            try changeHolder(kind, name) { holder throws(IdentityError) in holder.boundary = nil }
        }
        return Output.nothing
    }

    private func changeHolder(
        _ kind: Holder.Kind, _ name: String, _ body: (inout Holder) throws(IdentityError) -> Void
    ) throws(IdentityError) {
        try change { account throws(IdentityError) in
            var holder = try account.changeable(kind, name)
            try body(&holder)
            account[kind][name.lowercased()] = holder
        }
    }

    private static func noInline(_ kind: Holder.Kind, _ name: String) -> IdentityError {
        .noSuchEntity("The \(kind.rawValue) policy with name \(name) cannot be found.")
    }

    private func putInline(_ kind: Holder.Kind, _ name: String) throws(IdentityError) {
        let policy = try input.name("PolicyName", countMax: 128)
        let text = try input.required("PolicyDocument")
        try Self.check(text)
        let byteCountMax = kind == .user ? 2_048 : kind == .group ? 5_120 : 10_240
        try changeHolder(kind, name) { holder throws(IdentityError) in
            holder.inline[policy] = text
            let sum = holder.inline.values.reduce(0) { $0 + PolicyDocument.countedByteCount($1) }
            guard sum <= byteCountMax else {
                throw .limitExceeded(
                    "Maximum policy size of \(byteCountMax) bytes exceeded for \(kind.rawValue) \(name)")
            }
        }
    }

    private static func check(_ text: String) throws(IdentityError) {
        do throws(PolicyError) {
            _ = try PolicyDocument(text, use: .identity)
        } catch {
            throw .malformedPolicy(error.message)
        }
    }

    private func getInline(_ kind: Holder.Kind, _ name: String) throws(IdentityError) -> JSONValue {
        let policy = try input.required("PolicyName")
        let holder = try account().holder(kind, name)
        guard let text = holder.inline[policy] else { throw Self.noInline(kind, policy) }
        return Output.object([
            ("\(kind.title)Name", .string(holder.name)), ("PolicyName", .string(policy)),
            ("PolicyDocument", .string(PercentCoding.encode(text))),
        ])
    }

    private func listAttached(_ kind: Holder.Kind, _ name: String) throws(IdentityError) -> JSONValue {
        let attached = try account().holder(kind, name).attached.sorted()
        return .object(
            try input.page(
                "AttachedPolicies",
                attached.map { arn in
                    let policyName = arn.split(separator: "/").last.map(String.init) ?? arn
                    return (arn, Output.object([("PolicyName", .string(policyName)), ("PolicyArn", .string(arn))]))
                }))
    }
}

// MARK: Managed policies

extension IAMCall {
    func performPolicies() throws(IdentityError) -> JSONValue {
        switch operation {
        case "CreatePolicy": return try createPolicy()
        case "ListPolicies": return try listPolicies()
        default: break
        }
        let asked = try input.required("PolicyArn")
        let found = service.snapshot.managedPolicy(asked, partition: partition)
        let owner = ARN(asked)?.account ?? ""
        // What is authorised is what will be used, not what it was called.
        let arn = found?.arn(account: owner, partition: partition) ?? asked
        try service.require("iam:\(operation)", on: arn, caller, context)
        if !owner.isEmpty, let text = BuiltinPolicies.text(arn, partition: partition) {
            return try performBuiltin(arn, text)
        }
        guard owner == accountID, let policy = found else { throw Self.noPolicy(arn) }
        let key = policy.name.lowercased()
        switch operation {
        case "GetPolicy": return .object([JSONMember("Policy", shown(policy))])
        case "ListPolicyVersions":
            let versions = policy.versions.reversed().map { version in
                (Self.versionID(version), shown(version, of: policy, hasText: false))
            }
            return .object([
                JSONMember("Versions", .array(versions.map(\.1))), JSONMember("IsTruncated", .bool(false)),
            ])
        case "GetPolicyVersion":
            let version = try Self.version(try input.required("VersionId"), policy)
            return .object([JSONMember("PolicyVersion", shown(version, of: policy, hasText: true))])
        case "CreatePolicyVersion": return try createVersion(key)
        case "SetDefaultPolicyVersion":
            let version = try Self.version(try input.required("VersionId"), policy)
            try change { account throws(IdentityError) in account.policies[key]?.defaultNumber = version.number }
        case "DeletePolicyVersion":
            let version = try Self.version(try input.required("VersionId"), policy)
            guard version.number != policy.defaultNumber else {
                throw .deleteConflict("Cannot delete the default version of a policy.")
            }
            try change { account throws(IdentityError) in
                account.policies[key]?.versions.removeAll { $0.number == version.number }
            }
        default: try deletePolicy(arn, policy)
        }
        return Output.nothing
    }

    private static func noPolicy(_ arn: String) -> IdentityError { .noSuchEntity("Policy \(arn) was not found.") }

    private static func versionID(_ version: ManagedPolicy.Version) -> String { "v\(version.number)" }

    private static func version(_ id: String, _ policy: ManagedPolicy) throws(IdentityError) -> ManagedPolicy.Version {
        guard let version = policy.versions.first(where: { versionID($0) == id }) else {
            throw .noSuchEntity("Policy version \(id) does not exist or is not attachable.")
        }
        return version
    }

    private func checkedManaged() throws(IdentityError) -> String {
        let text = try input.required("PolicyDocument")
        guard PolicyDocument.countedByteCount(text) <= 6_144 else {
            throw .limitExceeded("Cannot exceed quota for PolicySize: 6144")
        }
        try Self.check(text)
        return text
    }

    private func createPolicy() throws(IdentityError) -> JSONValue {
        let name = try input.name("PolicyName", countMax: 128)
        let path = try input.path()
        try service.require("iam:CreatePolicy", on: arn("policy\(path)\(name)"), caller, context)
        let text = try checkedManaged()
        let policy = ManagedPolicy(
            name: name, path: path, id: UniqueID.make(.policy) { random() }, createdAt: nowSeconds,
            note: input.text("Description"),
            versions: [ManagedPolicy.Version(number: 1, text: text, createdAt: nowSeconds)], defaultNumber: 1,
            nextNumber: 2)
        try change { account throws(IdentityError) in
            guard account.policies[name.lowercased()] == nil else {
                throw .exists("A policy called \(name) already exists. Duplicate names are not allowed.")
            }
            guard account.policies.count < 1_500 else {
                throw .limitExceeded("Cannot exceed quota for PoliciesPerAccount: 1500")
            }
            account.policies[name.lowercased()] = policy
        }
        return .object([JSONMember("Policy", shown(policy))])
    }

    private func createVersion(_ key: String) throws(IdentityError) -> JSONValue {
        let text = try checkedManaged()
        let isDefault = input.flag("SetAsDefault")
        let now = nowSeconds
        let (policy, version) = try change { account throws(IdentityError) in
            guard var policy = account.policies[key] else { throw .noSuchEntity("The policy was not found.") }
            guard policy.versions.count < 5 else {
                throw .limitExceeded(
                    "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
                        + "existing version.")
            }
            let version = ManagedPolicy.Version(number: policy.nextNumber, text: text, createdAt: now)
            policy.nextNumber += 1
            policy.versions.append(version)
            if isDefault { policy.defaultNumber = version.number }
            account.policies[key] = policy
            return (policy, version)
        }
        return .object([JSONMember("PolicyVersion", shown(version, of: policy, hasText: false))])
    }

    private func deletePolicy(_ arn: String, _ policy: ManagedPolicy) throws(IdentityError) {
        try change { account throws(IdentityError) in
            let holders = Holder.Kind.allCases.flatMap { account[$0].values }
            guard !holders.contains(where: { $0.attached.contains(arn) || $0.boundary == arn }) else {
                throw .deleteConflict("Cannot delete a policy attached to entities.")
            }
            guard policy.versions.count == 1 else {
                throw .deleteConflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                        + "versions. The default version is deleted with the policy.")
            }
            account.policies[policy.name.lowercased()] = nil
        }
    }

    private func listPolicies() throws(IdentityError) -> JSONValue {
        try service.require("iam:ListPolicies", on: arn("policy/"), caller, context)
        let scope = input.text("Scope") ?? "All"
        let isOnlyAttached = input.flag("OnlyAttached")
        let prefix = input.text("PathPrefix") ?? "/"
        let account = try account()
        var found: [(key: String, value: JSONValue)] = []
        if scope != "AWS" {
            for policy in account.policies.values where policy.path.hasPrefix(prefix) {
                let arn = policy.arn(account: accountID, partition: partition)
                if !isOnlyAttached || attachmentCount(arn, account) > 0 { found.append((arn, shown(policy))) }
            }
        }
        if scope != "Local", prefix == "/" {
            for name in BuiltinPolicies.names {
                let arn = BuiltinPolicies.arn(name, partition: partition)
                if !isOnlyAttached || attachmentCount(arn, account) > 0 { found.append((arn, shownBuiltin(arn))) }
            }
        }
        return .object(try input.page("Policies", found.sorted { $0.key < $1.key }))
    }

    private func performBuiltin(_ arn: String, _ text: String) throws(IdentityError) -> JSONValue {
        let name = arn.split(separator: "/").last.map(String.init) ?? arn
        let version = ManagedPolicy.Version(number: 1, text: text, createdAt: 0)
        let policy = ManagedPolicy(
            name: name, path: "/", id: UniqueID.ofDeclared(.policy, arn: arn), createdAt: 0, note: nil,
            versions: [version], defaultNumber: 1, nextNumber: 2)
        switch operation {
        case "GetPolicy": return .object([JSONMember("Policy", shownBuiltin(arn))])
        case "GetPolicyVersion":
            _ = try Self.version(try input.required("VersionId"), policy)
            return .object([JSONMember("PolicyVersion", shown(version, of: policy, hasText: true))])
        case "ListPolicyVersions":
            return .object([
                JSONMember("Versions", .array([shown(version, of: policy, hasText: false)])),
                JSONMember("IsTruncated", .bool(false)),
            ])
        default: throw .accessDenied("The policy \(arn) is built in and cannot be changed.")
        }
    }

    private func attachmentCount(_ arn: String, _ account: AccountState) -> Int {
        Holder.Kind.allCases.reduce(0) { $0 + account[$1].values.count { $0.attached.contains(arn) } }
    }

    private func shown(_ policy: ManagedPolicy) -> JSONValue {
        let arn = policy.arn(account: accountID, partition: partition)
        let count = (service.snapshot.accounts[accountID]).map { attachmentCount(arn, $0) } ?? 0
        return Output.object([
            ("PolicyName", .string(policy.name)), ("PolicyId", .string(policy.id)), ("Arn", .string(arn)),
            ("Path", .string(policy.path)), ("DefaultVersionId", .string("v\(policy.defaultNumber)")),
            ("AttachmentCount", .integer(Int64(count))), ("IsAttachable", .bool(true)),
            ("Description", Output.text(policy.note)), ("CreateDate", .integer(policy.createdAt)),
            ("UpdateDate", .integer(policy.versions.last?.createdAt ?? policy.createdAt)),
        ])
    }

    private func shownBuiltin(_ arn: String) -> JSONValue {
        let name = arn.split(separator: "/").last.map(String.init) ?? arn
        let count = (service.snapshot.accounts[accountID]).map { attachmentCount(arn, $0) } ?? 0
        return Output.object([
            ("PolicyName", .string(name)), ("PolicyId", .string(UniqueID.ofDeclared(.policy, arn: arn))),
            ("Arn", .string(arn)), ("Path", .string("/")), ("DefaultVersionId", .string("v1")),
            ("AttachmentCount", .integer(Int64(count))), ("IsAttachable", .bool(true)), ("CreateDate", .integer(0)),
            ("UpdateDate", .integer(0)),
        ])
    }

    private func shown(_ version: ManagedPolicy.Version, of policy: ManagedPolicy, hasText: Bool) -> JSONValue {
        Output.object([
            ("Document", hasText ? .string(PercentCoding.encode(version.text)) : nil),
            ("VersionId", .string(Self.versionID(version))),
            ("IsDefaultVersion", .bool(version.number == policy.defaultNumber)),
            ("CreateDate", .integer(version.createdAt)),
        ])
    }
}
