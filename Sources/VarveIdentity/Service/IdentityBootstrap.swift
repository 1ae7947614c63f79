import VarveBytes
package import VarveCrypto
import VarveIO

/// The first start of a service that nobody can sign in to.
package enum IdentityBootstrap {
    /// A key that was made, to be shown once.
    package struct Credentials: Sendable {
        package let account: String
        package let userName: String
        package let accessKeyID: String
        package let secret: SecretBytes
        /// The file that has them, too.
        package let path: String
    }

    package static let fileName = "credentials"
    package static let userName = "admin"

    /// Makes an administrator, and the account if it is not there, unless somebody has an active key already; writes
    /// the key to a file for its owner's eyes only, as clients read it. Accounts alone do not count: a first run
    /// without authentication leaves one that nobody has a key of.
    ///
    /// The file is durable before the account: after a power cut between them the next start does both again. Nobody is
    /// ever locked out.
    /// - Parameters:
    ///   - directory: exists.
    ///   - account: 12 digits.
    /// - Returns: nil when there is an active key, or nobody has to sign.
    package static func run(
        _ service: IdentityService, directory: String, account: String
    ) throws(IdentityVaultError) -> Credentials? {
        let state = service.snapshot
        let hasKey = state.accounts.values.contains { $0.keys.values.contains(where: \.isActive) }
        guard service.configuration.mode == .signed, !hasKey else { return nil }
        guard AccountID.isValid(account) else { throw .configuration("account \(account) has not 12 digits") }
        let random = service.environment.random
        let keyID = AccessKeyID.make(AccessKeyID.longTermPrefix, account: account, random: random.next())
        let secret = SecretText.make { random.next() }
        let path = "\(directory)/\(fileName)"
        do throws(DiskError) {
            try write(
                keyID, secret, region: service.configuration.defaultRegion, to: path, directory, service.environment)
        } catch {
            throw .disk(error)
        }
        let now = service.environment.nowSeconds
        let userName = freeName(in: state.accounts[account])
        do throws(IdentityError) {
            try service.change { state throws(IdentityError) in
                var created = state.accounts[account] ?? AccountState(id: account)
                if state.accounts[account] == nil { created.createdAt = now }
                let id = UniqueID.make(.user) { random.next() }
                var user = Holder(kind: .user, name: userName, path: "/", id: id, createdAt: now)
                user.attached = [
                    BuiltinPolicies.arn("AdministratorAccess", partition: service.configuration.partition)
                ]
                created.users[userName] = user
                created.keys[keyID] = AccessKey(
                    id: keyID, secret: secret, owner: userName, isActive: true, createdAt: now)
                state.accounts[account] = created
            }
        } catch {
            throw .keyFile(error.message ?? error.code)
        }
        return Credentials(account: account, userName: userName, accessKeyID: keyID, secret: secret, path: path)
    }

    /// `admin`, or the first of `admin-2`, … that is nobody's: somebody else's rights are left alone.
    private static func freeName(in account: AccountState?) -> String {
        var (name, number) = (userName, 1)
        while account?.users[name] != nil {
            number += 1
            name = "\(userName)-\(number)"
        }
        return name
    }

    private static func write(
        _ keyID: String, _ secret: SecretBytes, region: String, to path: String, _ directory: String,
        _ environment: SystemEnvironment
    ) throws(DiskError) {
        var text: [UInt8] = []
        // Room for everything at once: growing would leave copies behind.
        text.reserveCapacity(256 + region.utf8.count)
        text += "[default]\naws_access_key_id = \(keyID)\naws_secret_access_key = ".utf8
        secret.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in text += bytes }
        text += "\nregion = \(region)\n".utf8
        defer { SecretBytes.erase(&text) }
        let temporary = path + ".new"
        let fileSystem = environment.fileSystem
        if try fileSystem.exists(temporary) { try fileSystem.remove(temporary) }
        let file = try fileSystem.open(temporary, .createNew)
        do throws(DiskError) {
            try file.write(text, at: 0)
            try file.sync()
            try file.close()
            try fileSystem.rename(temporary, to: path)
        } catch {
            // A key that nobody has got yet: the account is not there, and the file will be replaced.
            try? fileSystem.remove(temporary)
            throw error
        }
        try fileSystem.syncDirectory(directory)
    }
}

/// Secret access keys: 40 characters of base 64.
enum SecretText {
    static func make(random: () -> UInt64) -> SecretBytes {
        let bytes = SecretBytes(count: 30, random: random)
        var plain = bytes.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in Array(bytes) }
        var text = Base64.encoded(plain)
        defer {
            SecretBytes.erase(&plain)
            SecretBytes.erase(&text)
        }
        return SecretBytes(copying: text)
    }

    /// The text to show, once.
    static func show(_ secret: SecretBytes) -> String {
        secret.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in String(decoding: bytes, as: UTF8.self) }
    }
}
