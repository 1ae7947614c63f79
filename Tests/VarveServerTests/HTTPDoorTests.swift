import CZlib
import Testing
import VarveIO
import VarveJSON
import VarveModel
import VarveQuery
import VarveServer
import VarveStore

@Suite struct HTTPDoorTests {
    private static let second = TestServer.nowNs / 1_000_000_000
    private static let forty = "cpu,host=a usage=40 \(second)\n"

    /// Sends one request on a connection of its own.
    private func send(
        _ test: TestServer, _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8]? = nil
    ) async throws -> HTTPAnswer {
        try await blocking { () throws in
            try TestClient(port: test.httpPort).request(method, target, headers: headers, body: body)
        }
    }

    @Test(
        "204 comes after the rows are durable, with the precision asked for",
        arguments: ["/write?db=x&precision=s&u=a&p=b", "/api/v2/write?org=o&bucket=b&precision=s"])
    func writes(target: String) async throws {
        let backend = FakeBackend()
        backend.hold()
        try await TestServer.with(backend) { test async throws in
            let answer = Task { try await self.send(test, "POST", target, body: Array(Self.forty.utf8)) }
            try await eventually { backend.with { !$0.waiting.isEmpty } }
            backend.release()
            #expect(try await answer.value.status == 204)
        }
        #expect(backend.rows.map(\.timestamp) == [Self.second * 1_000_000_000])
    }

    @Test("bad lines are named, good ones kept")
    func partialWrite() async throws {
        let backend = FakeBackend()
        let body = Array("cpu x=1\nbad\ncpu x=2\ncpu x=oops\n".utf8)
        try await TestServer.with(backend) { test async throws in
            let first = try await send(test, "POST", "/write", body: body)
            #expect(first.status == 400)
            let error = try #require(JSONReader.read(first.body)["error"]?.string)
            #expect(error.hasPrefix("partial write: line 2, column"))
            #expect(error.contains("; line 4, column 7: "))
            #expect(error.hasSuffix(" dropped=2"))
            let second = try await send(test, "POST", "/api/v2/write", body: Array("bad".utf8))
            #expect(second.status == 400)
            let json = try JSONReader.read(second.body)
            #expect(json["code"]?.string == "invalid")
            #expect(json["message"]?.string?.hasPrefix("unable to parse: line 1, column") == true)
        }
        #expect(backend.rows.map(\.values) == [[1], [2]])
    }

    @Test("an answer names at most twenty lines and counts all")
    func manyBadLines() async throws {
        try await TestServer.with(FakeBackend()) { test async throws in
            let answer = try await send(
                test, "POST", "/write", body: Array(String(repeating: "bad\n", count: 5_000).utf8))
            let error = try #require(JSONReader.read(answer.body)["error"]?.string)
            #expect(error.contains("line 20, ") && !error.contains("line 21, "))
            #expect(error.hasSuffix("; and 4980 more dropped=5000"))
        }
    }

    @Test("a timestamp outside of what is kept refuses its line only")
    func timestampOutOfRange() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend) { test async throws in
            let answer = try await send(test, "POST", "/write", body: Array("cpu x=1 1\ncpu x=2\n".utf8))
            #expect(answer.status == 400)
            #expect(answer.text.contains("line 1, column 9: the timestamp lies too far in the past"))
        }
        #expect(backend.rows.map(\.values) == [[2]])
    }

    @Test("faults of the request have their own answers")
    func faults() async throws {
        try await TestServer.with(FakeBackend(), configure: { $0.limits.bodyBytesMax = 1_000 }) { test async throws in
            #expect(try await send(test, "POST", "/write?precision=days", body: []).status == 400)
            #expect(try await send(test, "POST", "/write", headers: ["Content-Encoding": "br"], body: []).status == 415)
            #expect(
                try await send(test, "POST", "/write", headers: ["Content-Encoding": "gzip"], body: [1, 2, 3]).status
                    == 400)
            #expect(try await send(test, "POST", "/write", body: [UInt8](repeating: 10, count: 1_001)).status == 413)
            let chunked = Array("7d0\r\n".utf8) + [UInt8](repeating: 10, count: 2_000) + Array("\r\n0\r\n\r\n".utf8)
            #expect(
                try await send(test, "POST", "/write", headers: ["Transfer-Encoding": "chunked"], body: chunked).status
                    == 413)
            #expect(try await send(test, "GET", "/write").status == 405)
            #expect(try await send(test, "GET", "/nothing").status == 404)
            #expect(try await send(test, "POST", "/write", body: []).status == 204)
        }
    }

    @Test(
        "what the store refuses is told with a status that says whether to try again",
        arguments: [
            (StoreError.overloaded, 503), (.readOnly(reason: "sync failed"), 503),
            (.disk(.full(operation: "write", path: "wal")), 507), (.tooManySeries(limit: 1, namespace: "cpu"), 400),
        ])
    func storeErrors(error: StoreError, status: Int) async throws {
        let backend = FakeBackend()
        backend.with { $0.failure = error }
        try await TestServer.with(backend) { test async throws in
            let answer = try await send(test, "POST", "/write", body: Array("cpu x=1".utf8))
            #expect(answer.status == status)
            #expect((answer.headers["retry-after"] != nil) == (status == 503))
            #expect(answer.text.contains("1 rows were not stored"))
        }
    }

    @Test("rows beyond the limit on series are told, the others counted as stored")
    func partlyRefused() async throws {
        let backend = FakeBackend()
        backend.with { $0.refusal = .tooManySeries(limit: 1, namespace: "cpu") }
        try await TestServer.with(backend) { test async throws in
            let answer = try await send(test, "POST", "/write", body: Array("cpu x=1\ncpu x=2\n".utf8))
            #expect(answer.status == 400)
            #expect(answer.text.contains("(1 rows were not stored, 1 were)"))
        }
    }

    @Test("a gzip body with a wrong checksum is called damaged")
    func damagedGzip() async throws {
        try await TestServer.with(FakeBackend()) { test async throws in
            var body = try gzipped(Array("cpu x=1\n".utf8))
            body[body.count - 8] ^= 1
            let answer = try await send(test, "POST", "/write", headers: ["Content-Encoding": "gzip"], body: body)
            #expect(answer.status == 400 && answer.text.contains("the gzip body is damaged"))
        }
    }

    @Test("gzip bodies are expanded, also several members and single bytes")
    func gzip() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend) { test async throws in
            let body = try gzipped(Array("cpu x=1\n".utf8)) + gzipped(Array("cpu x=2\ncpu x=3".utf8))
            #expect(
                try await send(test, "POST", "/write", headers: ["Content-Encoding": "gzip"], body: body).status == 204)
            let cut = try await send(
                test, "POST", "/write", headers: ["Content-Encoding": "gzip"], body: Array(body.dropLast(3)))
            #expect(cut.status == 400 && cut.text.contains("cut short"))
        }
        #expect(backend.rows.map(\.values).prefix(3) == [[1], [2], [3]])
    }

    @Test("a gzip bomb is refused when it has grown to the limit, at no cost of memory")
    func gzipBomb() async throws {
        let backend = FakeBackend()
        backend.with { $0.keepsRows = false }
        try await TestServer.with(backend, configure: { $0.limits.bodyExpandedBytesMax = 4 << 20 }) {
            test async throws in
            let bomb = try gzipped([UInt8](repeating: 0x0a, count: 32 << 20))
            #expect(bomb.count < 64 << 10)
            let answer = try await send(test, "POST", "/write", headers: ["Content-Encoding": "gzip"], body: bomb)
            #expect(answer.status == 413)
            #expect(answer.text.contains("expands to more than 4194304 bytes"))
        }
    }

    @Test("a body larger than the limits in flight is taken in pieces, and one connection serves many requests")
    func largeBodies() async throws {
        let backend = FakeBackend()
        backend.with { $0.keepsRows = false }
        try await TestServer.with(backend, configure: { $0.limits.connectionBytesMax = 2 << 20 }) { test async throws in
            let body = Array(String(repeating: "cpu,host=a x=1,y=2,z=3\n", count: 100_000).utf8)
            try await blocking { () throws in
                let client = try TestClient(port: test.httpPort)
                for _ in 0..<2 { #expect(try client.request("POST", "/write", body: body).status == 204) }
            }
        }
        #expect(backend.rowCount == 200_000)
        #expect(backend.with { $0.batchCount } > 2)
    }

    @Test("a client that vanishes in the middle leaves its whole lines, and no memory held")
    func brokenBody() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.httpPort)
                try client.send("POST /write HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\ncpu x=1\ncpu x=12")
                usleepMilliseconds(50)
                client.close()
            }
            try await eventually { backend.rowCount == 1 }
            try await eventually {
                let stats = try await JSONReader.read(self.send(test, "GET", "/stats").body)
                return stats["server"]?["pendingBytes"]?.integer == 0
            }
        }
        #expect(backend.rows.map(\.values) == [[1]])
    }

    @Test("Expect: 100-continue is answered before the body")
    func expectContinue() async throws {
        try await TestServer.with(FakeBackend()) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.httpPort)
                try client.send("POST /write HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n")
                #expect(try client.readAnswer(hasBody: false).status == 100)
                try client.send("cpu x=1\n")
                #expect(try client.readAnswer().status == 204)
            }
        }
    }

    @Test("ping and health speak as client libraries expect")
    func status() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend) { test async throws in
            for method in ["GET", "HEAD"] {
                let ping = try await send(test, method, "/ping")
                #expect(ping.status == 204)
                #expect(ping.headers["x-influxdb-version"]?.hasPrefix("1.8") == true)
            }
            let healthy = try await send(test, "GET", "/health")
            #expect(healthy.status == 200)
            #expect(try JSONReader.read(healthy.body)["status"]?.string == "pass")
            backend.with { $0.readOnlyReason = "the disk is full" }
            let ill = try await send(test, "GET", "/health")
            #expect(ill.status == 503)
            #expect(try JSONReader.read(ill.body)["message"]?.string == "writes are refused: the disk is full")
        }
    }

    @Test("the statements of InfluxDB client libraries are answered")
    func influxQL() async throws {
        try await TestServer.with(FakeBackend()) { test async throws in
            #expect(
                try await send(test, "POST", "/query?q=CREATE+DATABASE+%22x%22").text
                    == #"{"results":[{"statement_id":0}]}"# + "\n")
            let databases = try await send(test, "GET", "/query?q=SHOW%20DATABASES&db=")
            #expect(databases.text.contains(#""values":[["varve"]]"#))
            let form = try await send(
                test, "POST", "/query", headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("q=CREATE+DATABASE+x".utf8))
            #expect(form.status == 200)
            #expect(try await send(test, "GET", "/query?q=SELECT+1").status == 400)
            let kept = try await send(test, "GET", "/query?q=ALTER+RETENTION+POLICY+autogen+ON+x+DURATION+1d")
            #expect(kept.status == 400 && kept.text.contains("nothing was changed"))
            for (version, status) in [("/write?", 204), ("/api/v2/write?", 400)] {
                let body = Array("cpu x=1".utf8)
                #expect(try await send(test, "POST", version + "precision=m", body: body).status == status)
            }
        }
    }
}

/// Compresses with the library itself, so that tests do not depend on a tool.
func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    // 15 + 16: the largest window, gzip framing; 8: the default memory.
    guard
        deflateInit2_(
            &stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            == Z_OK
    else { throw ClientError(operation: "deflateInit", code: 0) }
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    let produced = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(target.count)
            _ = deflate(&stream, Z_FINISH)
            return target.count - Int(stream.avail_out)
        }
    }
    return Array(output[..<produced])
}
