import VarveCrypto
package import VarveIdentity
import VarveModel
import VarveSignature

/// Who may use the interfaces of the cloud: `identity:` in the configuration file.
package struct IdentityOptions: Sendable {
    /// What was declared, with the defaults of a server: signed requests, one region.
    package var configuration = IdentityConfiguration(
        regions: .list([Self.defaultRegion]), defaultRegion: Self.defaultRegion)

    /// Of line protocol, and of the administrator's credentials unless another is declared.
    package static let defaultRegion = Scope.default.region
    /// The account that exists out of the box, which line protocol writes to.
    package static let defaultAccount = Scope.default.account

    package init() {}

    /// Whether requests need no signature.
    package var isOpen: Bool { configuration.mode != .signed }

    /// Lets everybody act as root, for tests.
    package mutating func open() {
        configuration.mode = .noAuthentication(account: configuration.accounts.first?.id ?? Self.defaultAccount)
    }
}

extension IdentityOptions: Equatable {
    /// Secrets count; they are compared and not shown.
    package static func == (left: IdentityOptions, right: IdentityOptions) -> Bool {
        left.parts == right.parts
    }

    private var parts: [String] {
        var parts = ["\(configuration.mode)", "\(configuration.rules)", configuration.defaultRegion]
        parts.append(configuration.partition)
        for account in configuration.accounts {
            parts += [account.id, account.alias ?? "", account.guardPolicy ?? ""]
            parts += account.rootKeys.flatMap(Self.parts)
            for user in account.users {
                parts +=
                    [user.name, user.path, "\(user.policies)", user.boundary ?? ""] + user.keys.flatMap(Self.parts)
            }
            parts += account.roles.flatMap { [$0.name, $0.path, $0.trust, "\($0.policies)", $0.boundary ?? ""] }
        }
        return parts
    }

    private static func parts(of key: DeclaredKey) -> [String] {
        let digest = key.secret.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in
            SHA256.digest(of: Array(bytes))
        }
        return [key.id, "\(key.isActive)", "\(digest)"]
    }
}
