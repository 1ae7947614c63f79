import Testing
import VarveCrypto
import VarveIO
import VarveServer
import VarveSignature

/// Cloud clients at the door of a running server.
@Suite(.serialized) struct CloudRouteTests {
    private static let listing = "Action=ListMetrics&Version=2010-08-01"

    /// What the first start wrote for its administrator.
    private func credentials(_ directory: String) throws -> (id: String, secret: String, region: String) {
        let file = try SystemEnvironment.system.fileSystem.open(directory + "/credentials", .read)
        var bytes = [UInt8](repeating: 0, count: try file.byteCount())
        _ = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        var values: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix(while: { $0 == " " }) }
            if parts.count == 2 { values[String(parts[0].prefix { $0 != " " })] = String(parts[1]) }
        }
        return (
            try #require(values["aws_access_key_id"]), try #require(values["aws_secret_access_key"]),
            try #require(values["region"])
        )
    }

    private func ask(
        _ server: ServedDatabase, _ form: String, _ key: (id: String, secret: String, region: String)?
    ) async throws -> HTTPAnswer {
        var request = SignedRequest(
            method: "POST", path: "/",
            headers: [
                SignedHeader("host", "127.0.0.1:\(server.port)"),
                SignedHeader("content-type", "application/x-www-form-urlencoded"),
            ], body: Array(form.utf8))
        if let key {
            let signer = RequestSigner(
                accessKeyID: key.id, secret: SecretBytes(copying: Array(key.secret.utf8)), region: key.region,
                service: "monitoring")
            try signer.sign(&request, nowSeconds: TestServer.nowNs / 1_000_000_000)
        }
        let (sent, port) = (request, server.port)
        return try await blocking { () throws in
            let client = try TestClient(port: port)
            let head = sent.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
            try client.send("POST / HTTP/1.1\r\n\(head)content-length: \(sent.body.count)\r\n\r\n")
            try client.send(sent.body)
            return try client.readAnswer()
        }
    }

    @Test("the first start's administrator signs in, before and after a restart; nobody else does")
    func administrator() async throws {
        try await ServedDatabase.withDirectory { directory in
            let data = directory + "/data"
            for _ in 0..<2 {
                try await ServedDatabase.with(data) { server in
                    let key = try credentials(data)
                    #expect(key.region == "local-1")
                    #expect(try await ask(server, Self.listing, key).status == 200)
                    let unsigned = try await ask(server, Self.listing, nil)
                    #expect(unsigned.status == 403)
                    #expect(String(decoding: unsigned.body, as: UTF8.self).contains("MissingAuthenticationToken"))
                    var wrong = key
                    wrong.secret = String(key.secret.reversed())
                    let refused = try await ask(server, Self.listing, wrong)
                    #expect(refused.status == 403)
                    #expect(String(decoding: refused.body, as: UTF8.self).contains("SignatureDoesNotMatch"))
                }
            }
        }
    }

    @Test("without authentication everybody is root, and a person who looks at / is no cloud client")
    func open() async throws {
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory + "/data") { options in
                options.identity.open()
            } _: { server in
                let unsigned = try await ask(server, Self.listing, nil)
                #expect(unsigned.status == 200)
                #expect(try await server.send("GET", "/").status == 404)
                #expect(try await server.send("GET", "/?Action=ListMetrics&Version=2010-08-01").status == 200)
            }
        }
    }

    @Test("a body above the service's limit is refused, and the connection is still good for others")
    func largeBodies() async throws {
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory + "/data") { options in
                options.identity.open()
            } _: { server in
                let form = Self.listing + "&Namespace=" + String(repeating: "n", count: 2 << 20)
                let refused = try await ask(server, form, nil)
                #expect(refused.status == 413)
                #expect(try await ask(server, Self.listing, nil).status == 200)
            }
        }
    }

    @Test("requests that are being received share a limit: beyond it 503, and room again when one has gone")
    func bodiesShareALimit() async throws {
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory + "/data") { options in
                options.limits.cloudBytesMax = 1
            } _: { server in
                let port = server.port
                let slow = try await blocking { () throws in
                    let client = try TestClient(port: port)
                    try client.send("POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\nActi")
                    return client
                }
                try await eventually { try await ask(server, Self.listing, nil).status == 503 }
                slow.close()
                // Nobody signed it, which is all that is wrong with it then.
                try await eventually { try await ask(server, Self.listing, nil).status == 403 }
            }
        }
    }
}
