import Glibc
import Logging
import Testing
import VarveIO
import VarveServer

/// A server on ports of the system's choice with a directory of its own.
struct TestServer {
    let server: VarveServer
    let addresses: VarveServer.Addresses
    let directory: String

    static var nowNs: Int64 { SystemEnvironment.system.clock.wallNs() }

    /// Starts a server, runs `body`, stops the server and removes its directory.
    static func with<Value>(
        _ backend: FakeBackend, configure: (inout ServerOptions) -> Void = { _ in },
        _ body: (TestServer) async throws -> Value
    ) async throws -> Value {
        var template = Array("/tmp/varve-server-test-XXXXXX\0".utf8CString)
        let directory = template.withUnsafeMutableBufferPointer { buffer in
            mkdtemp(buffer.baseAddress!).map { String(cString: $0) }
        }
        let path = try #require(directory)
        defer { remove(path) }
        var options = ServerOptions()
        options.dataDirectory = path
        options.line = Endpoint(address: .loopback, port: 0)
        options.http = Endpoint(address: .loopback, port: 0)
        options.limits.drainSeconds = 2
        configure(&options)
        let server = VarveServer(
            options: options, backend: backend, environment: .system, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let addresses = try await server.start()
        let test = TestServer(server: server, addresses: addresses, directory: path)
        do {
            let value = try await body(test)
            await server.stop()
            return value
        } catch {
            await server.stop()
            throw error
        }
    }

    private static func remove(_ path: String) {
        let fileSystem = SystemEnvironment.system.fileSystem
        for name in (try? fileSystem.list(path)) ?? [] { try? fileSystem.remove(path + "/" + name) }
        rmdir(path)
    }

    var linePort: Int { addresses.line?.port ?? 0 }
    var httpPort: Int { addresses.http?.port ?? 0 }

    /// Lines of the reject file, once there are `count`.
    func rejects(count: Int) async throws -> [String] {
        var lines: [String] = []
        try await eventually {
            guard let file = try? SystemEnvironment.system.fileSystem.open(directory + "/rejects.log", .read) else { return false }
            let bytes = try file.read(at: 0, count: file.byteCount())
            lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            return lines.count >= count
        }
        return lines
    }
}

/// Waits up to five seconds for something to become true.
func eventually(_ what: Comment = "became true in time", _ condition: () async throws -> Bool) async throws {
    for _ in 0..<500 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    let isTrue = try await condition()
    #expect(isTrue, what)
}

/// Runs blocking code on a thread of its own: the cooperative pool is what the server under test runs on.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        do {
            _ = try DedicatedThread.start(name: "test-client") { continuation.resume(with: Result { try body() }) }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}
