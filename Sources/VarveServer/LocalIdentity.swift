package import VarveIO
package import VarveIdentity
import VarveStore

/// Accounts and principals of a data directory: for the server, and for commands that change them while no server runs.
package struct LocalIdentity {
    package let service: IdentityService
    /// The administrator, if there was nobody before and one was made.
    package let administrator: IdentityBootstrap.Credentials?

    /// Reads the vault below `options.dataDirectory`, which the caller has open, so that nobody else does.
    /// - Throws: ``ServerError/services(_:)``.
    package static func open(
        _ options: ServerOptions, _ environment: SystemEnvironment
    ) throws(ServerError) -> LocalIdentity {
        do throws(IdentityVaultError) {
            let vault = IdentityVault(
                directory: options.dataDirectory, environment: environment, keys: try keys(options, environment))
            let service = try IdentityService.open(
                options.identity.configuration, vault: vault, environment: environment)
            let administrator = try IdentityBootstrap.run(
                service, directory: options.dataDirectory, account: IdentityOptions.defaultAccount)
            return LocalIdentity(service: service, administrator: administrator)
        } catch {
            throw .services("\(error)")
        }
    }

    /// Those that the database is encrypted with; nil for the vault's own.
    private static func keys(
        _ options: ServerOptions, _ environment: SystemEnvironment
    ) throws(IdentityVaultError) -> FileKeyProvider? {
        guard let path = options.keyFile else { return nil }
        do throws(StoreError) {
            return try FileKeyProvider.open(path, environment: environment)
        } catch {
            throw .keyFile("\(error)")
        }
    }
}
