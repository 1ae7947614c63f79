import VarveCrypto

/// Everything that identity knows: what the vault keeps, and what the configuration declares. A value; secrets in it
/// are references that erase themselves.
struct IdentityState: Sendable {
    /// By number.
    var accounts: [String: AccountState] = [:]
    /// Oldest first.
    var tokenKeys: [TokenKey] = []
}

/// One account with all that is in it.
struct AccountState: Sendable {
    var id: String
    var alias: String?
    var createdAt: Int64 = 0
    /// Text of the policy that bounds everybody.
    var guardPolicy: String?
    /// By name in lower case: names that differ in case only are the same.
    var users: [String: Holder] = [:]
    var groups: [String: Holder] = [:]
    var roles: [String: Holder] = [:]
    var policies: [String: ManagedPolicy] = [:]
    /// By id.
    var keys: [String: AccessKey] = [:]
    /// By serial number, which is an ARN.
    var devices: [String: MFADevice] = [:]
    /// Sessions of the root user that began earlier are not accepted.
    var rootNotBefore: Int64 = 0
    var isDeclared = false

    init(id: String) { self.id = id }
}

/// What holds policies.
struct Holder: Sendable {
    enum Kind: String, Sendable, CaseIterable { case user, group, role }

    var kind: Kind
    var name: String
    var path: String
    var id: String
    /// Seconds since 1970.
    var createdAt: Int64
    var tags: [String: String] = [:]
    /// Texts by name.
    var inline: [String: String] = [:]
    /// ARNs.
    var attached: [String] = []
    var boundary: String?
    /// Names in lower case, of users only.
    var groups: [String] = []
    /// Of roles only.
    var trust = ""
    /// What ARNs in the trust policy meant when it was stored.
    var trustIDs: [String: String] = [:]
    var maxSessionSeconds: Int64 = 3_600
    var note: String?
    /// Sessions that began earlier are not accepted.
    var notBefore: Int64 = 0
    /// By the configuration, and not kept in the vault.
    var isDeclared = false

    func arn(account: String, partition: String) -> String {
        ARN("iam", account: account, "\(kind.rawValue)\(path)\(name)", partition: partition).text
    }
}

/// A policy of its own, in up to five versions.
struct ManagedPolicy: Sendable {
    struct Version: Sendable, Equatable {
        /// 1, 2, …; never used twice.
        var number: Int
        var text: String
        var createdAt: Int64
    }

    var name: String
    var path: String
    var id: String
    var createdAt: Int64
    var note: String?
    /// Oldest first.
    var versions: [Version]
    var defaultNumber: Int
    /// The number of the next version.
    var nextNumber: Int

    var text: String { versions.first { $0.number == defaultNumber }?.text ?? "" }

    func arn(account: String, partition: String) -> String {
        ARN("iam", account: account, "policy\(path)\(name)", partition: partition).text
    }
}

/// A long-term key.
struct AccessKey: Sendable {
    var id: String
    var secret: SecretBytes
    /// Name of the user in lower case; nil for the root user.
    var owner: String?
    var isActive: Bool
    var createdAt: Int64
    var isDeclared = false
}

/// A virtual device for one-time passwords.
struct MFADevice: Sendable {
    var serial: String
    var seed: SecretBytes
    /// Who uses it; nil until it is enabled.
    var owner: Owner?
    var enabledAt: Int64?
    /// The last time step that was accepted: each is, once.
    var lastStep: Int64 = 0
    var isDeclared = false

    enum Owner: Sendable, Equatable {
        case root
        /// Name in lower case.
        case user(String)
    }
}

/// What session tokens are sealed with, and their secrets made of, for a day.
struct TokenKey: Sendable {
    /// Stands in the token.
    var id: UInt32
    var createdAt: Int64
    /// 32 bytes that seal, and 32 that make secrets.
    var bytes: SecretBytes
}
