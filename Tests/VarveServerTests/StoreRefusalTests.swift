import Testing
import VarveIO
import VarveJSON
import VarveModel
import VarveServer
import VarveStore

/// Good lines that the store does not take.
@Suite struct StoreRefusalTests {
    private static let limit = StoreError.tooManySeries(limit: 1, namespace: "cpu")
    private static let rate = StoreError.tooManySeries(limit: 1, namespace: "cpu", SeriesRefusal(.rate))

    private func send(
        _ test: TestServer, _ target: String = "/write", headers: [String: String] = [:], body: [UInt8]
    ) async throws -> HTTPAnswer {
        try await blocking { () throws in
            try TestClient(port: test.httpPort).request("POST", target, headers: headers, body: body)
        }
    }

    private func stats(_ test: TestServer) async throws -> JSONValue {
        let answer = try await blocking { () throws in try TestClient(port: test.httpPort).request("GET", "/stats") }
        return try JSONReader.read(answer.body)
    }

    @Test("rows beyond the limit on series are kept with the reason, whichever door they came through")
    func kept() async throws {
        let backend = FakeBackend()
        backend.with { $0.refusal = Self.limit }
        try await TestServer.with(backend) { test async throws in
            let lines = "cpu,host=a x=1 \(TestServer.nowNs)\ncpu,host=b x=2 \(TestServer.nowNs)\n"
            #expect(try await send(test, body: Array(lines.utf8)).status == 400)
            try await blocking { () throws in
                let client = try TestClient(port: test.linePort)
                try client.send(lines)
                client.shutdownWrite()
                _ = try client.receiveToEnd()
            }
            backend.with { $0.failure = .batchTooLarge(rows: 1, values: 1) }
            #expect(try await send(test, body: Array("cpu,host=c x=3 \(TestServer.nowNs)".utf8)).status == 413)
            let rejects = try await test.rejects(count: 3).map { try JSONReader.read(Array($0.utf8)) }
            let excerpts = rejects.map { ($0["excerpt"]?.string ?? "").prefix(14) }
            #expect(excerpts == ["cpu,host=b x=2", "cpu,host=b x=2", "cpu,host=c x=3"])
            #expect(rejects.map { $0["reason"]?.string }.prefix(2) == ["\(Self.limit)", "\(Self.limit)"])
            #expect(rejects.allSatisfy { $0["peer"]?.string?.hasPrefix("127.0.0.1:") == true && $0["line"] == nil })
            #expect(try await stats(test)["server"]?["rowsFailed"]?.integer == 3)
        }
        #expect(backend.rowCount == 2)
    }

    @Test("rows of series that come too fast: HTTP says when to send again, TCP offers the rest again")
    func tooFast() async throws {
        let backend = FakeBackend()
        backend.with { $0.refusal = Self.rate }
        try await TestServer.with(backend) { test async throws in
            let body = "cpu,host=a x=1\ncpu,host=b x=2\ncpu,host=b x=3\n"
            let answer = try await send(test, body: Array(body.utf8))
            #expect(answer.status == 503 && answer.headers["retry-after"] == "1")
            #expect(answer.text.contains("2 rows were not stored, 1 were"))
            let client = try await blocking { () throws in
                let client = try TestClient(port: test.linePort)
                try client.send(body)
                client.shutdownWrite()
                return client
            }
            try await eventually { backend.with { $0.batchCount } >= 2 }
            backend.with { $0.refusal = nil }
            try await blocking { () throws in _ = try client.receiveToEnd() }
            #expect(try await stats(test)["server"]?["pendingBytes"]?.integer == 0)
        }
        // The backend keeps rows of a lone shape that it says it refused, so there may be more of them.
        let values = backend.rows.map(\.values)
        #expect(values.prefix(2) == [[1], [1]] && values.suffix(2) == [[2], [3]], "\(values)")
    }

    @Test("what the store did not take decides over the status, and nothing is left unsaid")
    func failureFirst() async throws {
        let backend = FakeBackend()
        backend.with { $0.failure = .disk(.full(operation: "write", path: "wal")) }
        try await TestServer.with(backend, configure: { $0.limits.bodyExpandedBytesMax = 1_000 }) { test async throws in
            let lines = try await send(test, body: Array("cpu x=1\nbad\n".utf8))
            #expect(lines.status == 507 && lines.text.contains("1 rows were not stored, 0 were"))
            #expect(lines.text.contains("partial write: line 2") && lines.text.hasSuffix(" dropped=1\"}\n"))
            let gzip = ["Content-Encoding": "gzip"]
            let cut = Array(try gzipped(Array("cpu x=1\n".utf8)).dropLast(3))
            let short = try await send(test, headers: gzip, body: cut)
            #expect(short.status == 507 && short.text.contains("the gzip body is cut short"), "\(short.text)")
            backend.with { $0.failure = nil }
            let plain = try await send(test, headers: gzip, body: cut)
            #expect(plain.status == 400 && plain.text.contains("cut short; 1 rows before it were stored"))
        }
    }

    @Test("one of many failures is worth another attempt: then the client hears of that one")
    func passingFailureFirst() async throws {
        let tracker = WriteTracker()
        for error in [Self.limit, .overloaded, .closed] {
            tracker.handedOver(byteCount: 1)
            tracker.finished(byteCount: 1, rows: 2, .failure(error))
        }
        tracker.handedOver(byteCount: 1)
        var receipt = AppendReceipt(rows: 1, values: 1, lsn: 1)
        receipt.refusedRows = 3
        tracker.finished(byteCount: 1, rows: 4, .success(receipt))
        #expect(tracker.failure?.error == .overloaded && tracker.failure?.rows == 9)
        let repetition = WriteTracker()
        repetition.handedOver(byteCount: 1)
        repetition.finished(byteCount: 1, rows: 4, .success(receipt))
        #expect(repetition.failure?.error == .rowsRefusedBefore(rows: 3) && repetition.failure?.rows == 3)
    }
}
