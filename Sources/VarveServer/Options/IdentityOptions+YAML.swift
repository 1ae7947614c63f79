import VarveCrypto
import VarveIdentity
import VarveSignature
import Yams

// `identity:` in the configuration file. Page: Docs/Operations/server.md, "Configuration file".
extension IdentityOptions {
    mutating func apply(_ key: String, _ value: Node, _ line: Int?) throws(OptionError) {
        switch key {
        case "authentication":
            switch value.scalar?.string {
            case "signed": configuration.mode = .signed
            case "none": open()
            default: throw OptionError("identity.authentication: expected signed or none", line: value.mark?.line)
            }
        case "regions": configuration.rules.regions = try Self.regions(value)
        case "default-region": configuration.defaultRegion = try ServerOptions.text("identity.\(key)", value)
        case "clock-skew-seconds":
            guard let seconds = value.int, 60...900 ~= seconds else {
                throw OptionError("identity.\(key): expected 60 to 900", line: value.mark?.line)
            }
            configuration.rules.clockSkewSeconds = Int64(seconds)
        case "failures-per-minute":
            guard let count = value.int, 0...1_000_000 ~= count else {
                throw OptionError("identity.\(key): expected 0 (no limit) to 1000000", line: value.mark?.line)
            }
            configuration.failureLimit = count == 0 ? nil : FailureLimit(burst: count, perMinute: count)
        case "accounts":
            try ServerOptions.forEachMember(of: value) { id, value, line throws(OptionError) in
                let account = try Self.account(id, value, line)
                configuration.accounts.append(account)
            }
            if isOpen { open() }
        default:
            throw OptionError(
                "unknown key \"identity.\(key)\"; known: authentication, regions, default-region, clock-skew-seconds, "
                    + "failures-per-minute, accounts", line: line)
        }
    }

    private static func regions(_ value: Node) throws(OptionError) -> SignatureRules.Regions {
        if value.scalar?.string == "any" { return .any }
        let names = try texts("identity.regions", value)
        guard !names.isEmpty else {
            throw OptionError("identity.regions: expected any, or a list of regions", line: value.mark?.line)
        }
        return .list(names)
    }

    private static func account(_ id: String, _ value: Node, _ line: Int?) throws(OptionError) -> DeclaredAccount {
        guard id.utf8.count == 12, id.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            throw OptionError(
                "identity.accounts: \"\(id)\" is no account; expected 12 digits, in quotes", line: line)
        }
        let place = "identity.accounts.\(id)"
        var account = DeclaredAccount(id: id)
        try ServerOptions.forEachMember(of: value) { key, value, line throws(OptionError) in
            switch key {
            case "alias": account.alias = try ServerOptions.text("\(place).alias", value)
            case "guard-policy": account.guardPolicy = try ServerOptions.text("\(place).guard-policy", value)
            case "root-keys": account.rootKeys = try keys("\(place).root-keys", value)
            case "users":
                try ServerOptions.forEachMember(of: value) { name, value, _ throws(OptionError) in
                    account.users.append(try user(name, "\(place).users.\(name)", value))
                }
            case "roles":
                try ServerOptions.forEachMember(of: value) { name, value, line throws(OptionError) in
                    account.roles.append(try role(name, "\(place).roles.\(name)", value, line))
                }
            default:
                throw OptionError(
                    "unknown key \"\(place).\(key)\"; known: alias, guard-policy, root-keys, users, roles", line: line)
            }
        }
        return account
    }

    private static func user(_ name: String, _ place: String, _ value: Node) throws(OptionError) -> DeclaredUser {
        var user = DeclaredUser(name: name)
        try ServerOptions.forEachMember(of: value) { key, value, line throws(OptionError) in
            switch key {
            case "path": user.path = try ServerOptions.text("\(place).path", value)
            case "keys": user.keys = try keys("\(place).keys", value)
            case "policies": user.policies += try texts("\(place).policies", value).map { .managed($0) }
            case "inline-policies": user.policies += try inline("\(place).inline-policies", value)
            case "boundary": user.boundary = try ServerOptions.text("\(place).boundary", value)
            default:
                throw OptionError(
                    "unknown key \"\(place).\(key)\"; known: path, keys, policies, inline-policies, boundary",
                    line: line)
            }
        }
        return user
    }

    private static func role(
        _ name: String, _ place: String, _ value: Node, _ line: Int?
    ) throws(OptionError) -> DeclaredRole {
        var role = DeclaredRole(name: name, trust: "")
        try ServerOptions.forEachMember(of: value) { key, value, line throws(OptionError) in
            switch key {
            case "path": role.path = try ServerOptions.text("\(place).path", value)
            case "trust": role.trust = try ServerOptions.text("\(place).trust", value)
            case "policies": role.policies += try texts("\(place).policies", value).map { .managed($0) }
            case "inline-policies": role.policies += try inline("\(place).inline-policies", value)
            case "boundary": role.boundary = try ServerOptions.text("\(place).boundary", value)
            case "max-session-seconds":
                guard let seconds = value.int, 3_600...43_200 ~= seconds else {
                    throw OptionError("\(place).\(key): expected 3600 to 43200", line: value.mark?.line)
                }
                role.maxSessionSeconds = Int64(seconds)
            default:
                throw OptionError(
                    "unknown key \"\(place).\(key)\"; known: path, trust, policies, inline-policies, boundary, "
                        + "max-session-seconds", line: line)
            }
        }
        guard !role.trust.isEmpty else { throw OptionError("\(place): trust is missing", line: line) }
        return role
    }

    private static func keys(_ place: String, _ value: Node) throws(OptionError) -> [DeclaredKey] {
        guard let elements = value.sequence else {
            throw OptionError("\(place): expected a list of {id: …, secret: …}", line: value.mark?.line)
        }
        var keys: [DeclaredKey] = []
        for element in elements {
            var id = ""
            var secret = ""
            try ServerOptions.forEachMember(of: element) { key, value, line throws(OptionError) in
                switch key {
                case "id": id = try ServerOptions.text("\(place).id", value)
                case "secret": secret = try ServerOptions.text("\(place).secret", value)
                default: throw OptionError("unknown key \"\(place).\(key)\"; known: id, secret", line: line)
                }
            }
            guard !id.isEmpty, !secret.isEmpty else {
                throw OptionError("\(place): a key needs id and secret", line: element.mark?.line)
            }
            keys.append(DeclaredKey(id: id, secret: SecretBytes(copying: Array(secret.utf8))))
        }
        return keys
    }

    private static func inline(_ place: String, _ value: Node) throws(OptionError) -> [DeclaredPolicy] {
        var policies: [DeclaredPolicy] = []
        try ServerOptions.forEachMember(of: value) { name, value, _ throws(OptionError) in
            policies.append(.inline(name: name, text: try ServerOptions.text("\(place).\(name)", value)))
        }
        return policies
    }

    private static func texts(_ place: String, _ value: Node) throws(OptionError) -> [String] {
        var texts: [String] = []
        for element in value.sequence ?? [] {
            guard let text = element.scalar?.string else {
                throw OptionError("\(place): expected a list of texts", line: element.mark?.line)
            }
            texts.append(text)
        }
        return texts
    }
}
