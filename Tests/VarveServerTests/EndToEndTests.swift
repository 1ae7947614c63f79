import Glibc
import Logging
import Testing
import Varve
import VarveExchange
import VarveIO
import VarveJSON
import VarveQuery
import VarveServer

/// The doors in front of a real database on a real disk.
@Suite struct EndToEndTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/varve-end-to-end-XXXXXX\0".utf8CString)
        let directory = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        let path = try #require(directory)
        defer { Self.remove(path) }
        try await body(path)
    }

    private static func remove(_ path: String) {
        let fileSystem = SystemEnvironment.system.fileSystem
        if let names = try? fileSystem.list(path) {
            for name in names { remove(path + "/" + name) }
        }
        if unlink(path) != 0 { rmdir(path) }
    }

    private func withServer(
        _ directory: String, configure: (inout ServerOptions) -> Void = { _ in },
        _ body: (VarveServer.Addresses) async throws -> Void
    ) async throws {
        let database = try await blocking { try Database.open(directory) }
        var options = ServerOptions()
        options.dataDirectory = directory
        options.line = Endpoint(address: .loopback, port: 0)
        options.http = Endpoint(address: .loopback, port: 0)
        configure(&options)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let services = try ServerServices.start(on: database, options, environment: .system, logger: logger)
        let server = VarveServer(
            options: options, backend: DatabaseBackend(database, monitoring: services.monitoring),
            environment: .system, logger: logger)
        let addresses = try await server.start()
        do {
            try await body(addresses)
        } catch {
            await server.stop()
            await services.stop()
            try await blocking { database.close() }
            throw error
        }
        await server.stop()
        await services.stop()
        try await blocking { database.close() }
    }

    private func query(_ addresses: VarveServer.Addresses, _ statement: String) async throws -> QueryResult {
        let port = addresses.http?.port ?? 0
        return try await blocking {
            let answer = try TestClient(port: port).request("POST", "/query", body: Array(statement.utf8))
            #expect(answer.status == 200, "\(answer.text)")
            return try QueryResult(json: JSONReader.read(answer.body))
        }
    }

    @Test("what came in over TCP and HTTP is in the next answer, and still there after a restart")
    func writeQueryRestart() async throws {
        try await withDirectory { directory in
            let statement = "SELECT SUM(CPUUtilization) FROM \"AWS/EC2\" GROUP BY InstanceId SINCE 1h PERIOD 1h"
            try await withServer(directory) { addresses in
                try await blocking { () throws in
                    let client = try TestClient(port: addresses.line?.port ?? 0)
                    try client.send("AWS/EC2,InstanceId=i-1 CPUUtilization=42.5\n")
                    client.shutdownWrite()
                    _ = try client.receiveToEnd()
                    let answer = try TestClient(port: addresses.http?.port ?? 0).request(
                        "POST", "/write", body: Array("AWS/EC2,InstanceId=i-2 CPUUtilization=7i".utf8))
                    #expect(answer.status == 204)
                }
                try await check(query(addresses, statement))
            }
            try await withServer(directory) { addresses in
                try await check(query(addresses, statement))
            }
        }
    }

    private func check(_ result: QueryResult) throws {
        let series = try #require(result.series)
        let sums = Dictionary(uniqueKeysWithValues: series.map { ($0.groupValues, $0.values.reduce(0, +)) })
        #expect(sums == [["i-1"]: 42.5, ["i-2"]: 7])
    }

    @Test("a body that is sent again under its Idempotency-Key is stored once, also after a restart")
    func repeatedBody() async throws {
        // More rows than one batch takes, so that the repetition must be cut at the same places.
        let start = SystemEnvironment.system.clock.wallNs() - 3_600_000_000_000
        let body = Array((0..<70_000).map { "m v=1 \(start + Int64($0))\n" }.joined().utf8)
        let statement = "SELECT COUNT(v) FROM m SINCE 2h PERIOD 2h"
        try await withDirectory { directory in
            for attempt in 0..<2 {
                try await withServer(directory) { addresses in
                    for target in ["/write?precision=n", "/api/v2/write?precision=ns&no_sync=true"] {
                        let answer = try await blocking {
                            try TestClient(port: addresses.http?.port ?? 0).request(
                                "POST", target, headers: ["Idempotency-Key": "k1"], body: body)
                        }
                        #expect(answer.status == 204, "attempt \(attempt): \(answer.text)")
                    }
                    let counts = try await query(addresses, statement).series?.first?.values ?? []
                    #expect(counts.reduce(0, +) == 70_000, "attempt \(attempt)")
                    let other = try await blocking {
                        try TestClient(port: addresses.http?.port ?? 0).request(
                            "POST", "/write", headers: ["Idempotency-Key": "k1"], body: Array("m v=1".utf8))
                    }
                    #expect(other.status == 409)
                }
            }
        }
    }

    @Test("the first statement of the tour answers within seconds of the start")
    func collectsHost() async throws {
        try await withDirectory { directory in
            try await withServer(directory, configure: { $0.collectHost = true }) { addresses in
                let statement = "SELECT AVG(usage_user) FROM \"System/Linux\" GROUP BY cpu SINCE 15m PERIOD 30s"
                try await eventually {
                    let series = try await query(addresses, statement).series ?? []
                    return series.contains { $0.groupValues == ["cpu-total"] && !$0.values.isEmpty }
                }
            }
        }
    }

    @Test("a line that the store would refuse for its age does not take its neighbours with it")
    func oldLine() async throws {
        try await withDirectory { directory in
            try await withServer(directory) { addresses in
                let answer = try await blocking {
                    try TestClient(port: addresses.http?.port ?? 0).request(
                        "POST", "/write?precision=s", body: Array("a x=1 1000\na x=2\n".utf8))
                }
                #expect(answer.status == 400 && answer.text.contains("dropped=1"))
                let series = try await query(addresses, "SELECT SUM(x) FROM a SINCE 1h PERIOD 1h").series
                #expect(series?.first?.values.reduce(0, +) == 2)
            }
        }
    }
}
