import Glibc
import Logging
import Testing
import VarveIO
import VarveJSON

@testable import VarveServer

/// TLS of both listeners, with real connections.
@Suite(.serialized) struct TLSTests {
    private func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws {
        if access(path, F_OK) == 0 { unlink(path) }
        let file = try SystemEnvironment.system.fileSystem.open(path, .createNew)
        try file.write(bytes, at: 0)
        try file.close()
        chmod(path, mode)
    }

    private func write(_ pair: TestCertificates.Pair, to directory: String) throws -> TLSOptions {
        try write(pair.certificate, to: directory + "/tls.pem")
        try write(pair.key, to: directory + "/tls.key")
        var options = TLSOptions()
        options.certificateFile = directory + "/tls.pem"
        options.keyFile = directory + "/tls.key"
        return options
    }

    private static let ping = "GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

    @Test("HTTP over TLS answers clients who trust the authority, and refuses plain HTTP and those who do not trust it")
    func http() async throws {
        let certificates = try TestCertificates()
        try await ServedDatabase.withDirectory { directory in
            let tls = try write(try certificates.make("server"), to: directory)
            try await ServedDatabase.with(directory + "/data") { options in
                options.tls = tls
            } _: { server in
                let authority = certificates.authority.certificate
                let answer = try await TLSTestClient.send(Self.ping, port: server.port, authority: authority)
                #expect(answer.text.hasPrefix("HTTP/1.1 204"), "\(answer)")
                let stranger = try TestCertificates().authority.certificate
                let refused = try await TLSTestClient.send(Self.ping, port: server.port, authority: stranger)
                #expect(refused.received.isEmpty && refused.failure != nil)
                let port = server.port
                let plain = try? await blocking { try TestClient(port: port).request("GET", "/ping") }
                #expect(plain == nil)
            }
        }
    }

    @Test("line protocol takes whole lines of clients that show a certificate of the authority, and of no others")
    func clientCertificates() async throws {
        let certificates = try TestCertificates()
        try await ServedDatabase.withDirectory { directory in
            var tls = try write(try certificates.make("server"), to: directory)
            try write(certificates.authority.certificate, to: directory + "/ca.pem")
            tls.lineClientAuthoritiesFile = directory + "/ca.pem"
            tls.coversHTTP = false
            let port = try FreePort.find()
            try await ServedDatabase.with(directory + "/data") { options in
                options.tls = tls
                options.line = Endpoint(address: .loopback, port: port)
            } _: { server in
                let authority = certificates.authority.certificate
                let agents: [TestCertificates.Pair?] = [
                    try certificates.make("agent"), nil, try TestCertificates().make("agent"),
                ]
                for (index, agent) in agents.enumerated() {
                    let outcome = try await TLSTestClient.send(
                        "App,Host=h\(index) cpu=\(index)\n", port: port, authority: authority, pair: agent)
                    #expect((outcome.failure == nil) == (index == 0), "\(index): \(outcome)")
                }
                let found = try await server.json(
                    "POST", "/query", body: "SELECT COUNT(cpu) FROM App GROUP BY Host SINCE 1h")
                #expect(found["series"]?.array?.count == 1)
            }
        }
    }

    @Test("a renewed certificate is taken up, and files that do not fit together leave the one before in use")
    func reload() throws {
        let certificates = try TestCertificates()
        let directory = "/tls"
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var template = Array("/tmp/varve-tls-XXXXXX\0".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!).map { String(cString: $0) } }
        let path = try #require(made)
        defer {
            for name in ["tls.pem", "tls.key"] { unlink("\(path)/\(name)") }
            rmdir(path)
        }
        let options = try write(try certificates.make("first"), to: path)
        let fileSystem = SystemEnvironment.system.fileSystem
        let contexts = try #require(try TLSContexts.open(options, fileSystem: fileSystem, logger: logger))
        let first = try #require(contexts.http)
        #expect(contexts.reload() == false && contexts.http === first)
        let second = try certificates.make("second")
        try write(second.certificate, to: path + "/tls.pem")
        #expect(contexts.reload() == false && contexts.http === first)
        try write(second.key, to: path + "/tls.key")
        #expect(contexts.reload() && contexts.http !== first)
        let used = contexts.http
        let third = try certificates.make("third")
        try write(third.certificate, to: path + "/tls.pem")
        // What would keep the next start from starting is not taken up now, either.
        try write(third.key, to: path + "/tls.key", mode: 0o644)
        #expect(contexts.reload() == false && contexts.http === used)
        try write([UInt8](repeating: 0x2d, count: (1 << 20) + 1), to: path + "/tls.pem")
        chmod(path + "/tls.key", 0o600)
        #expect(contexts.reload() == false && contexts.http === used)
        #expect(throws: ServerError.self) {
            try TLSContexts.open(options, fileSystem: fileSystem, logger: logger)
        }
        unlink("\(path)/tls.key")
        #expect(contexts.reload() == false && contexts.http !== first, "\(directory)")
    }

    @Test("a key that others can read, half a pair and certificates where no TLS is are refused with what to do")
    func refusals() throws {
        var options = TLSOptions()
        options.certificateFile = "/nowhere/tls.pem"
        #expect(throws: OptionError.self) { try options.validate() }
        options.keyFile = "/nowhere/tls.key"
        try options.validate()
        options.coversLine = false
        options.lineClientAuthoritiesFile = "/nowhere/ca.pem"
        #expect(throws: OptionError.self) { try options.validate() }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        // Every user may read this one.
        options.keyFile = "/etc/passwd"
        #expect(
            throws: ServerError.tls(
                "/etc/passwd can be read by other users, and it holds a private key; run chmod 600 /etc/passwd")
        ) {
            try TLSContexts.open(options, fileSystem: SystemEnvironment.system.fileSystem, logger: logger)
        }
    }
}
