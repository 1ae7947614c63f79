package import VarveCrypto
package import VarveSignature

/// What the operator declares. Needs no disk: accounts, principals and keys in it exist from the start, are not written
/// to the vault, and cannot be changed over the wire. A plain value; any thread.
package struct IdentityConfiguration: Sendable {
    /// Who is believed.
    package enum Mode: Sendable, Equatable {
        /// Every request must be signed.
        case signed
        /// Every request is the root user of an account: for tests on a machine of one's own, never for a service.
        case noAuthentication(account: String)
    }

    package var mode: Mode
    /// Of ARNs: `aws`, so that checks of clients pass.
    package var partition: String
    package var rules: SignatureRules
    /// Of ARNs and answers where no scope says one.
    package var defaultRegion: String
    package var accounts: [DeclaredAccount]
    /// When a source that fails to authenticate is put off; nil to look at every request, as behind a proxy that all
    /// clients come through.
    package var failureLimit: FailureLimit? = FailureLimit()

    package init(
        mode: Mode = .signed, partition: String = "aws", regions: SignatureRules.Regions = .any,
        defaultRegion: String = "us-east-1", accounts: [DeclaredAccount] = []
    ) {
        self.mode = mode
        self.partition = partition
        rules = SignatureRules(regions: regions)
        self.defaultRegion = defaultRegion
        self.accounts = accounts
    }
}

/// An account of the configuration.
package struct DeclaredAccount: Sendable {
    /// 12 digits, any.
    package var id: String
    package var alias: String?
    /// Keys of the root user; it needs none.
    package var rootKeys: [DeclaredKey] = []
    package var users: [DeclaredUser] = []
    package var roles: [DeclaredRole] = []
    /// Text of a policy that bounds everybody in the account, root included.
    package var guardPolicy: String?

    package init(id: String, alias: String? = nil) {
        self.id = id
        self.alias = alias
    }
}

/// A registered pair of key id and secret. The id may be any 1 to 128 letters, digits and underscores.
package struct DeclaredKey: Sendable {
    package var id: String
    package var secret: SecretBytes
    package var isActive: Bool

    package init(id: String, secret: SecretBytes, isActive: Bool = true) {
        self.id = id
        self.secret = secret
        self.isActive = isActive
    }
}

/// A policy that a declared principal has.
package enum DeclaredPolicy: Sendable, Equatable {
    /// ARN, or name of a built-in one.
    case managed(String)
    case inline(name: String, text: String)
}

/// A user of the configuration.
package struct DeclaredUser: Sendable {
    package var name: String
    package var path: String
    package var tags: [String: String] = [:]
    package var keys: [DeclaredKey] = []
    package var policies: [DeclaredPolicy] = []
    /// ARN, or name of a built-in policy.
    package var boundary: String?
    /// Seed of one-time passwords.
    package var mfaSeed: SecretBytes?

    package init(name: String, path: String = "/", keys: [DeclaredKey] = [], policies: [DeclaredPolicy] = []) {
        self.name = name
        self.path = path
        self.keys = keys
        self.policies = policies
    }
}

/// A role of the configuration.
package struct DeclaredRole: Sendable {
    package var name: String
    package var path: String
    /// Text of the trust policy.
    package var trust: String
    package var policies: [DeclaredPolicy] = []
    package var boundary: String?
    package var maxSessionSeconds: Int64

    package init(
        name: String, path: String = "/", trust: String, policies: [DeclaredPolicy] = [],
        maxSessionSeconds: Int64 = 3_600
    ) {
        self.name = name
        self.path = path
        self.trust = trust
        self.policies = policies
        self.maxSessionSeconds = maxSessionSeconds
    }
}
