import Glibc
import Logging
import Testing
import Varve
import VarveIO
import VarveJSON
import VarveServer

/// The doors in front of a real database on a real disk, in a directory of its own.
struct ServedDatabase: Sendable {
    let database: Database
    let directory: String
    let port: Int

    /// Makes a directory below /tmp, runs `body` and removes it.
    static func withDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        var template = Array("/tmp/varve-served-XXXXXX\0".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        let directory = try #require(made)
        defer { remove(directory) }
        return try await body(directory)
    }

    private static func remove(_ path: String) {
        for name in (try? SystemEnvironment.system.fileSystem.list(path)) ?? [] { remove(path + "/" + name) }
        if unlink(path) != 0 { rmdir(path) }
    }

    /// Serves the database in `directory`, runs `body`, and stops.
    static func with<Value>(
        _ directory: String, configure: (inout ServerOptions) -> Void = { _ in },
        _ body: (ServedDatabase) async throws -> Value
    ) async throws -> Value {
        let database = try await blocking { try Database.open(directory) }
        var options = ServerOptions()
        options.dataDirectory = directory
        options.line = nil
        options.http = Endpoint(address: .loopback, port: 0)
        configure(&options)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let services = try ServerServices.start(on: database, options, environment: .system, logger: logger)
        let server = VarveServer(
            options: options, backend: DatabaseBackend(database, monitoring: services.monitoring),
            cloud: services.cloud, environment: .system, logger: logger)
        let result: Result<Value, any Error>
        do {
            let addresses = try await server.start()
            result = .success(
                try await body(
                    ServedDatabase(database: database, directory: directory, port: addresses.http?.port ?? 0)))
        } catch {
            result = .failure(error)
        }
        await server.stop()
        await services.stop()
        try await blocking { database.close() }
        return try result.get()
    }

    /// One request on a connection of its own.
    func send(_ method: String, _ target: String, body: String? = nil) async throws -> HTTPAnswer {
        let port = port
        return try await blocking { () throws in
            try TestClient(port: port).request(method, target, body: body.map { Array($0.utf8) })
        }
    }

    func json(_ method: String, _ target: String, body: String? = nil) async throws -> JSONValue {
        try JSONReader.read(try await send(method, target, body: body).body)
    }
}
