import Synchronization
import Testing
import VarveExchange
import VarveIO
import VarveJSON
import VarveQuery
import VarveServer

@Suite struct QueryRouteTests {
    private static let answer = QueryResult(
        columns: [.init(name: "cpu", kind: .text), .init(name: "AVG(usage_user)", kind: .number)],
        rows: [[.text("cpu,\"0\""), .number(1.5)], [.text("b"), .null]],
        series: [.init(label: "b", groupValues: ["b"], timestamps: [30], values: [2])])

    @Test("a statement comes as text, as JSON or in the target, and the answer as JSON or CSV")
    func shapes() async throws {
        let backend = FakeBackend { statement, _ throws(QueryError) in
            guard statement == "SELECT \"x\" + 1" else {
                throw .invalid(message: "unexpected \(statement)", offset: 0, byteCount: 1)
            }
            return Self.answer
        }
        try await TestServer.with(backend) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.httpPort)
                let requests: [HTTPAnswer] = [
                    try client.request("POST", "/query", body: Array("SELECT \"x\" + 1".utf8)),
                    try client.request(
                        "POST", "/query", headers: ["Content-Type": "application/x-www-form-urlencoded"],
                        body: Array("SELECT \"x\" + 1".utf8)),
                    try client.request("POST", "/query", body: Array(#" {"query":"SELECT \"x\" + 1"}"#.utf8)),
                    try client.request("GET", "/query?query=SELECT%20%22x%22+%2b%201"),
                ]
                for answer in requests {
                    #expect(answer.status == 200)
                    #expect(try QueryResult(json: JSONReader.read(answer.body)) == Self.answer)
                }
                for headers in [["Accept": "text/csv"], [:]] {
                    let target = headers.isEmpty ? "/query?format=csv" : "/query"
                    let csv = try client.request("POST", target, headers: headers, body: Array("SELECT \"x\" + 1".utf8))
                    #expect(csv.text == "cpu,AVG(usage_user)\r\n\"cpu,\"\"0\"\"\",1.5\r\nb,\r\n")
                }
            }
        }
    }

    @Test("an error tells its place and draws it")
    func errors() async throws {
        let backend = FakeBackend { _, _ throws(QueryError) in
            throw .invalid(message: "expected FROM", offset: 7, byteCount: 4)
        }
        try await TestServer.with(backend) { test async throws in
            let answer = try await blocking { () throws in
                try TestClient(port: test.httpPort).request("POST", "/query", body: Array("SELECT FORM".utf8))
            }
            #expect(answer.status == 400)
            let json = try JSONReader.read(answer.body)
            #expect(json["error"]?.string == "expected FROM")
            #expect(json["offset"]?.integer == 7)
            #expect(json["length"]?.integer == 4)
            #expect(json["rendered"]?.string == "expected FROM\n  SELECT FORM\n         ^^^^")
            for body in ["", "{}", "{\"query\":1}", "{"] {
                let status = try await blocking { () throws in
                    try TestClient(port: test.httpPort).request(
                        "POST", "/query", headers: ["Content-Type": "application/json"], body: Array(body.utf8)
                    ).status
                }
                #expect(status == 400)
            }
        }
    }

    @Test("a statement whose client goes away is cancelled")
    func cancellation() async throws {
        let wasCancelled = Atomic<Bool>(false)
        let isRunning = Atomic<Bool>(false)
        let backend = FakeBackend { _, flag throws(QueryError) in
            isRunning.store(true, ordering: .relaxed)
            for _ in 0..<500 where !flag.isRaised { usleepMilliseconds(10) }
            wasCancelled.store(flag.isRaised, ordering: .relaxed)
            throw .cancelled
        }
        try await TestServer.with(backend) { test async throws in
            let client = try TestClient(port: test.httpPort)
            try client.send("POST /query HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
            try await eventually { isRunning.load(ordering: .relaxed) }
            client.close()
            try await eventually { wasCancelled.load(ordering: .relaxed) }
        }
    }

    @Test("statements beyond what may wait are answered 503")
    func busy() async throws {
        let isBlocked = Atomic<Bool>(true)
        let isRunning = Atomic<Bool>(false)
        let backend = FakeBackend { _, _ throws(QueryError) in
            isRunning.store(true, ordering: .relaxed)
            for _ in 0..<3_000 where isBlocked.load(ordering: .relaxed) { usleepMilliseconds(10) }
            return Self.answer
        }
        let configure: (inout ServerOptions) -> Void = {
            $0.limits.queryThreads = 1
            $0.limits.queriesWaitingMax = 1
        }
        try await TestServer.with(backend, configure: configure) { test async throws in
            let running = try await ask(test)
            try await eventually { isRunning.load(ordering: .relaxed) }
            let waiting = try await ask(test)
            try await eventually {
                let stats = try await blocking { try TestClient(port: test.httpPort).request("GET", "/stats").body }
                return try JSONReader.read(stats)["server"]?["queriesWaiting"]?.integer == 1
            }
            let refused = try await ask(test)
            try await blocking { () throws in
                let answer = try refused.readAnswer()
                #expect(answer.status == 503)
                #expect(answer.headers["retry-after"] == "1")
                isBlocked.store(false, ordering: .relaxed)
                #expect(try running.readAnswer().status == 200)
                #expect(try waiting.readAnswer().status == 200)
            }
        }
    }

    private func ask(_ test: TestServer) async throws -> TestClient {
        try await blocking {
            let client = try TestClient(port: test.httpPort)
            try client.send("POST /query HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
            return client
        }
    }

    @Test("answers that nobody reads are bounded, and their connections closed", .timeLimit(.minutes(1)))
    func neverReading() async throws {
        let backend = FakeBackend { statement, _ throws(QueryError) in
            // 32 MiB: above what the system buffers for a socket.
            let text = String(repeating: "x", count: statement == "big" ? 4 << 20 : 1)
            return QueryResult(
                columns: [.init(name: "text", kind: .text)], rows: Array(repeating: [.text(text)], count: 8))
        }
        try await TestServer.with(
            backend,
            configure: { options in
                // Long enough for a slow machine to ask in between.
                options.limits.idleTimeoutSeconds = 6
                options.limits.answerBytesMax = 1 << 20
            }
        ) { test async throws in
            try await blocking { () throws in
                let deaf = try TestClient(port: test.httpPort, receiveBuffer: 4_096)
                try deaf.send("GET /query?query=big HTTP/1.1\r\nHost: a\r\n\r\n")
                for expected in [503, 200] {
                    var status = 0
                    for _ in 0..<400 where status != expected {
                        status = try TestClient(port: test.httpPort).request("GET", "/query?query=x").status
                        usleepMilliseconds(50)
                    }
                    #expect(status == expected)
                }
                // Until here: it is the server that gives up.
                deaf.close()
            }
        }
    }

    @Test("an answer above the limit is refused with advice")
    func answerLimit() async throws {
        let backend = FakeBackend { _, _ throws(QueryError) in Self.answer }
        try await TestServer.with(backend, configure: { $0.limits.answerValuesMax = 4 }) { test async throws in
            let answer = try await blocking { try TestClient(port: test.httpPort).request("GET", "/query?query=x") }
            #expect(answer.status == 400 && answer.text.contains("longer PERIOD"))
        }
    }
}
