package import Logging
import NIOSSL
import Synchronization
package import VarveIO

/// What new connections shake hands with: made from files, and made again when the files change, so that a renewed
/// certificate needs no restart. Connections that are open keep what they began with. Any thread.
package final class TLSContexts: Sendable {
    /// What the files hold.
    private struct Contents: Equatable, Sendable {
        var certificates: [UInt8]
        var key: [UInt8]
        var httpAuthorities: [UInt8]?
        var lineAuthorities: [UInt8]?
    }

    private struct State: Sendable {
        var contents: Contents
        var http: NIOSSLContext
        var line: NIOSSLContext
        /// What could not be used; told of once.
        var refused: Contents?
        var lastProblem: String?
    }

    private let options: TLSOptions
    private let fileSystem: any FileSystem
    private let logger: Logger
    private let state: Mutex<State>

    /// How often files are looked at, in seconds: who renews a certificate does so days before the old one ends.
    package static let reloadSeconds: Int64 = 10
    /// The largest file taken: hundreds of authorities; a mistake is larger.
    private static let fileBytesMax = 1 << 20

    /// Reads the files.
    /// - Returns: nil when `options` have no TLS.
    /// - Throws: ``ServerError/tls(_:)``, which names the file.
    package static func open(
        _ options: TLSOptions, fileSystem: any FileSystem, logger: Logger
    ) throws(ServerError) -> TLSContexts? {
        guard let certificateFile = options.certificateFile, let keyFile = options.keyFile else { return nil }
        let contents = try Self.read(options, certificateFile, keyFile, fileSystem)
        return TLSContexts(
            options, fileSystem, logger, try Self.makeState(contents, options))
    }

    private init(_ options: TLSOptions, _ fileSystem: any FileSystem, _ logger: Logger, _ state: State) {
        self.options = options
        self.fileSystem = fileSystem
        self.logger = logger
        self.state = Mutex(state)
    }

    /// For the next connection of HTTP; nil: it has no TLS.
    var http: NIOSSLContext? { options.coversHTTP ? state.withLock(\.http) : nil }
    /// For the next connection of line protocol; nil: it has no TLS.
    var line: NIOSSLContext? { options.coversLine ? state.withLock(\.line) : nil }

    /// Looks at the files. What cannot be used changes nothing, and is logged once. Blocks.
    /// - Returns: whether something new is in use.
    @discardableResult
    package func reload() -> Bool {
        do throws(ServerError) {
            guard let certificateFile = options.certificateFile, let keyFile = options.keyFile else { return false }
            let contents = try Self.read(options, certificateFile, keyFile, fileSystem)
            let isKnown = state.withLock { $0.contents == contents || $0.refused == contents }
            if isKnown { return false }
            // Certificate and key are two files: between their writing they do not fit, and the next look mends it.
            state.withLock { $0.refused = contents }
            let next = try Self.makeState(contents, options)
            state.withLock { $0 = next }
            logger.notice("TLS: new certificate in use from \(certificateFile)")
            return true
        } catch {
            let isNew = state.withLock { state in
                defer { state.lastProblem = "\(error)" }
                return state.lastProblem != "\(error)"
            }
            if isNew { logger.error("\(error); the certificate from before stays in use") }
            return false
        }
    }

    // MARK: Files

    private static func read(
        _ options: TLSOptions, _ certificateFile: String, _ keyFile: String, _ fileSystem: any FileSystem
    ) throws(ServerError) -> Contents {
        let key = try read(keyFile, isSecret: true, fileSystem)
        var contents = Contents(certificates: try read(certificateFile, fileSystem), key: key)
        if let file = options.httpClientAuthoritiesFile { contents.httpAuthorities = try read(file, fileSystem) }
        if let file = options.lineClientAuthoritiesFile { contents.lineAuthorities = try read(file, fileSystem) }
        return contents
    }

    private static func read(
        _ path: String, isSecret: Bool = false, _ fileSystem: any FileSystem
    ) throws(ServerError) -> [UInt8] {
        let (bytes, permissions): ([UInt8], UInt32)
        do throws(DiskError) {
            let file = try fileSystem.open(path, .read)
            permissions = try file.permissions()
            // One more than is taken tells that there is too much.
            bytes = try file.read(at: 0, count: min(fileBytesMax + 1, try file.byteCount()))
            try file.close()
        } catch {
            throw .tls("\(error)")
        }
        if isSecret, permissions & 0o077 != 0 {
            throw .tls("\(path) can be read by other users, and it holds a private key; run chmod 600 \(path)")
        }
        guard bytes.count <= fileBytesMax else {
            throw .tls("\(path) has more than \(fileBytesMax) bytes, the most that is taken; is it a PEM file?")
        }
        return bytes
    }

    // MARK: Contexts

    private static func makeState(_ contents: Contents, _ options: TLSOptions) throws(ServerError) -> State {
        State(
            contents: contents,
            http: try context(contents, options, contents.httpAuthorities, options.httpClientAuthoritiesFile),
            line: try context(contents, options, contents.lineAuthorities, options.lineClientAuthoritiesFile))
    }

    private static func context(
        _ contents: Contents, _ options: TLSOptions, _ authorities: [UInt8]?, _ authoritiesFile: String?
    ) throws(ServerError) -> NIOSSLContext {
        var place = options.certificateFile ?? ""
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(contents.certificates)
            place = options.keyFile ?? ""
            let key = try NIOSSLPrivateKey(bytes: contents.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            // RFC 8996: older versions must not be used.
            configuration.minimumTLSVersion = .tlsv12
            if let authorities {
                place = authoritiesFile ?? ""
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authorities))
                // Who signed is what counts; a client has no host name to compare with.
                configuration.certificateVerification = .noHostnameVerification
            }
            place = "\(options.certificateFile ?? "") and \(options.keyFile ?? "")"
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .tls("\(place): not usable as PEM of a certificate and its key: \(error)")
        }
    }
}
