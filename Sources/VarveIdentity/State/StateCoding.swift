import VarveBytes
import VarveCrypto
import VarveJSON

/// The content of the vault: a JSON document without secrets, and a table of secrets. Format: Docs/Format/identity.md.
enum StateCoding {
    /// - Returns: bytes that hold secrets: erase them after use.
    static func encode(_ state: IdentityState) -> [UInt8] {
        var secrets: [(name: String, secret: SecretBytes)] = []
        var json = JSONWriter(capacity: 4_096)
        json.value(document(state, &secrets))
        let document = json.bytes
        // Room for everything at once: growing would leave copies behind.
        let byteCount = secrets.reduce(document.count + 8) { $0 + $1.name.utf8.count + $1.secret.count + 20 }
        var writer = ByteWriter(capacity: byteCount)
        writer.write(UInt32(document.count))
        writer.write(contentsOf: document)
        writer.write(UInt32(secrets.count))
        for (name, secret) in secrets {
            writer.write(name)
            writer.writeCount(secret.count)
            secret.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in writer.write(raw: bytes) }
        }
        return writer.bytes
    }

    /// - Throws: what is wrong. The content never appears in it.
    static func decode(_ content: [UInt8]) throws(StateCodingError) -> IdentityState {
        do {
            var cursor = ByteCursor(content.span.bytes)
            let documentByteCount: UInt32 = try cursor.read()
            let document = try JSONReader.read(try cursor.readBytes(count: Int(documentByteCount)))
            let secretCount: UInt32 = try cursor.read()
            var secrets: [String: SecretBytes] = [:]
            for _ in 0..<secretCount {
                let name = try cursor.readString(limit: nameByteCountMax)
                var bytes = try cursor.readLengthPrefixed(limit: secretByteCountMax)
                defer { SecretBytes.erase(&bytes) }
                guard !bytes.isEmpty else { throw StateCodingError("an empty secret") }
                secrets[name] = SecretBytes(copying: bytes)
            }
            guard cursor.isAtEnd else { throw StateCodingError("bytes after the last secret") }
            return try StateReader(secrets: secrets).state(document)
        } catch let error as StateCodingError {
            throw error
        } catch {
            throw StateCodingError("\(error)")
        }
    }

    static let version: Int64 = 1
    /// ARNs of devices are the longest names: 700 bytes.
    private static let nameByteCountMax = 2_048
    private static let secretByteCountMax = 4_096

    // MARK: Writing

    private static func document(
        _ state: IdentityState, _ secrets: inout [(name: String, secret: SecretBytes)]
    ) -> JSONValue {
        var accounts: [JSONValue] = []
        for account in state.accounts.values.sorted(by: { $0.id < $1.id }) {
            accounts.append(value(account, &secrets))
        }
        var keys: [JSONValue] = []
        for key in state.tokenKeys {
            secrets.append(("token/\(key.id)", key.bytes))
            keys.append(.object([number("id", Int64(key.id)), number("createdAt", key.createdAt)]))
        }
        return .object([
            number("version", version), JSONMember("accounts", .array(accounts)), JSONMember("tokenKeys", .array(keys)),
        ])
    }

    private static func value(
        _ account: AccountState, _ secrets: inout [(name: String, secret: SecretBytes)]
    ) -> JSONValue {
        var members = [
            text("id", account.id), number("createdAt", account.createdAt),
            number("rootNotBefore", account.rootNotBefore),
        ]
        add("alias", account.isDeclared ? nil : account.alias, to: &members)
        add("guardPolicy", account.isDeclared ? nil : account.guardPolicy, to: &members)
        for (name, holders) in [("users", account.users), ("groups", account.groups), ("roles", account.roles)] {
            let kept = holders.values.filter { !$0.isDeclared }.sorted { $0.name < $1.name }
            members.append(JSONMember(name, .array(kept.map(value))))
        }
        let policies = account.policies.values.sorted { $0.name < $1.name }
        members.append(JSONMember("policies", .array(policies.map(value))))
        members.append(JSONMember("keys", .array(keys(account, &secrets))))
        members.append(JSONMember("devices", .array(devices(account, &secrets))))
        return .object(members)
    }

    private static func keys(
        _ account: AccountState, _ secrets: inout [(name: String, secret: SecretBytes)]
    ) -> [JSONValue] {
        var keys: [JSONValue] = []
        for key in account.keys.values.filter({ !$0.isDeclared }).sorted(by: { $0.id < $1.id }) {
            secrets.append(("key/\(key.id)", key.secret))
            var members = [
                text("id", key.id), JSONMember("isActive", .bool(key.isActive)), number("createdAt", key.createdAt),
            ]
            add("owner", key.owner, to: &members)
            keys.append(.object(members))
        }
        return keys
    }

    private static func devices(
        _ account: AccountState, _ secrets: inout [(name: String, secret: SecretBytes)]
    ) -> [JSONValue] {
        var devices: [JSONValue] = []
        for device in account.devices.values.filter({ !$0.isDeclared }).sorted(by: { $0.serial < $1.serial }) {
            secrets.append(("mfa/\(device.serial)", device.seed))
            var members = [text("serial", device.serial), number("lastStep", device.lastStep)]
            if let enabledAt = device.enabledAt { members.append(number("enabledAt", enabledAt)) }
            switch device.owner {
            case .root: members.append(JSONMember("isRoot", .bool(true)))
            case .user(let name): members.append(text("owner", name))
            case nil: break
            }
            devices.append(.object(members))
        }
        return devices
    }

    private static func value(_ holder: Holder) -> JSONValue {
        var members = [
            text("kind", holder.kind.rawValue), text("name", holder.name), text("path", holder.path),
            text("id", holder.id), number("createdAt", holder.createdAt), number("notBefore", holder.notBefore),
            JSONMember("tags", texts(holder.tags)), JSONMember("inline", texts(holder.inline)),
            JSONMember("attached", .array(holder.attached.map { .string($0) })),
        ]
        add("boundary", holder.boundary, to: &members)
        add("note", holder.note, to: &members)
        if holder.kind == .user { members.append(JSONMember("groups", .array(holder.groups.map { .string($0) }))) }
        if holder.kind == .role {
            members += [
                text("trust", holder.trust), JSONMember("trustIDs", texts(holder.trustIDs)),
                number("maxSessionSeconds", holder.maxSessionSeconds),
            ]
        }
        return .object(members)
    }

    private static func value(_ policy: ManagedPolicy) -> JSONValue {
        var members = [
            text("name", policy.name), text("path", policy.path), text("id", policy.id),
            number("createdAt", policy.createdAt), number("defaultNumber", Int64(policy.defaultNumber)),
            number("nextNumber", Int64(policy.nextNumber)),
            JSONMember(
                "versions",
                .array(
                    policy.versions.map { version in
                        .object([
                            number("number", Int64(version.number)), text("text", version.text),
                            number("createdAt", version.createdAt),
                        ])
                    })),
        ]
        add("note", policy.note, to: &members)
        return .object(members)
    }

    private static func text(_ name: String, _ text: String) -> JSONMember { JSONMember(name, .string(text)) }
    private static func number(_ name: String, _ number: Int64) -> JSONMember { JSONMember(name, .integer(number)) }

    private static func add(_ name: String, _ text: String?, to members: inout [JSONMember]) {
        if let text { members.append(JSONMember(name, .string(text))) }
    }

    private static func texts(_ texts: [String: String]) -> JSONValue {
        .object(texts.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string($0.value)) })
    }
}

/// Why a vault's content cannot be read.
struct StateCodingError: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Reads the document, and puts the secrets back where they belong.
private struct StateReader {
    let secrets: [String: SecretBytes]

    func state(_ value: JSONValue) throws(StateCodingError) -> IdentityState {
        let version = try number(value, "version")
        guard version == StateCoding.version else {
            throw StateCodingError("content version \(version); this program reads version \(StateCoding.version)")
        }
        var state = IdentityState()
        for element in try list(value, "accounts") {
            let account = try account(element)
            state.accounts[account.id] = account
        }
        for element in try list(value, "tokenKeys") {
            guard let id = UInt32(exactly: try number(element, "id")) else {
                throw StateCodingError("a token key's id")
            }
            let bytes = try secret("token/\(id)")
            guard bytes.count == 64 else { throw StateCodingError("a token key of \(bytes.count) bytes") }
            state.tokenKeys.append(TokenKey(id: id, createdAt: try number(element, "createdAt"), bytes: bytes))
        }
        return state
    }

    private func account(_ value: JSONValue) throws(StateCodingError) -> AccountState {
        var account = AccountState(id: try text(value, "id"))
        account.createdAt = try number(value, "createdAt")
        account.rootNotBefore = try number(value, "rootNotBefore")
        account.alias = value["alias"]?.string
        account.guardPolicy = value["guardPolicy"]?.string
        for element in try list(value, "users") { insert(try holder(element), into: &account.users) }
        for element in try list(value, "groups") { insert(try holder(element), into: &account.groups) }
        for element in try list(value, "roles") { insert(try holder(element), into: &account.roles) }
        for element in try list(value, "policies") {
            let policy = try policy(element)
            account.policies[policy.name.lowercased()] = policy
        }
        for element in try list(value, "keys") {
            let id = try text(element, "id")
            account.keys[id] = AccessKey(
                id: id, secret: try secret("key/\(id)"), owner: element["owner"]?.string,
                isActive: element["isActive"] == .bool(true), createdAt: try number(element, "createdAt"))
        }
        for element in try list(value, "devices") {
            let serial = try text(element, "serial")
            let owner = element["owner"]?.string
            account.devices[serial] = MFADevice(
                serial: serial, seed: try secret("mfa/\(serial)"),
                owner: element["isRoot"] == .bool(true) ? .root : owner.map { .user($0) },
                enabledAt: element["enabledAt"]?.integer, lastStep: try number(element, "lastStep"))
        }
        return account
    }

    private func insert(_ holder: Holder, into holders: inout [String: Holder]) {
        holders[holder.name.lowercased()] = holder
    }

    private func holder(_ value: JSONValue) throws(StateCodingError) -> Holder {
        guard let kind = Holder.Kind(rawValue: try text(value, "kind")) else { throw StateCodingError("a kind") }
        var holder = Holder(
            kind: kind, name: try text(value, "name"), path: try text(value, "path"), id: try text(value, "id"),
            createdAt: try number(value, "createdAt"))
        holder.notBefore = try number(value, "notBefore")
        holder.tags = try texts(value, "tags")
        holder.inline = try texts(value, "inline")
        holder.attached = try list(value, "attached").compactMap(\.string)
        holder.boundary = value["boundary"]?.string
        holder.note = value["note"]?.string
        if kind == .user { holder.groups = try list(value, "groups").compactMap(\.string) }
        if kind == .role {
            holder.trust = try text(value, "trust")
            holder.trustIDs = try texts(value, "trustIDs")
            holder.maxSessionSeconds = try number(value, "maxSessionSeconds")
        }
        return holder
    }

    private func policy(_ value: JSONValue) throws(StateCodingError) -> ManagedPolicy {
        var versions: [ManagedPolicy.Version] = []
        for element in try list(value, "versions") {
            versions.append(
                ManagedPolicy.Version(
                    number: Int(try number(element, "number")), text: try text(element, "text"),
                    createdAt: try number(element, "createdAt")))
        }
        return ManagedPolicy(
            name: try text(value, "name"), path: try text(value, "path"), id: try text(value, "id"),
            createdAt: try number(value, "createdAt"), note: value["note"]?.string, versions: versions,
            defaultNumber: Int(try number(value, "defaultNumber")), nextNumber: Int(try number(value, "nextNumber")))
    }

    private func secret(_ name: String) throws(StateCodingError) -> SecretBytes {
        guard let secret = secrets[name] else { throw StateCodingError("the secret \(name) is missing") }
        return secret
    }

    private func text(_ value: JSONValue, _ name: String) throws(StateCodingError) -> String {
        guard let text = value[name]?.string else { throw StateCodingError("\(name) is no text") }
        return text
    }

    private func number(_ value: JSONValue, _ name: String) throws(StateCodingError) -> Int64 {
        guard let number = value[name]?.integer else { throw StateCodingError("\(name) is no number") }
        return number
    }

    private func list(_ value: JSONValue, _ name: String) throws(StateCodingError) -> [JSONValue] {
        guard let list = value[name]?.array else { throw StateCodingError("\(name) is no list") }
        return list
    }

    private func texts(_ value: JSONValue, _ name: String) throws(StateCodingError) -> [String: String] {
        guard case .some(.object(let members)) = value[name] else { throw StateCodingError("\(name) is no object") }
        var texts: [String: String] = [:]
        for member in members {
            guard let text = member.value.string else { throw StateCodingError("\(name) holds no texts") }
            texts[member.name] = text
        }
        return texts
    }
}
