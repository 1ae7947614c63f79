import Testing
import Varve
import VarveIO
import VarveJSON
import VarveModel
import VarveServer
import VarveStore

/// `POST /snapshot`.
@Suite struct SnapshotRouteTests {
    @Test("a snapshot of a server that takes writes has every row acknowledged before it, and opens as a database")
    func whileIngesting() async throws {
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory) { served in
                for host in 0..<3 { #expect(try await write(served, host) == 204) }
                try await blocking { try served.database.flush() }
                for host in 3..<5 { #expect(try await write(served, host) == 204) }
                let writer = Task {
                    for host in 5..<40 { _ = try await write(served, host) }
                }
                let answer = try await served.send("POST", "/snapshot?name=one")
                #expect(answer.status == 201, "\(answer.text)")
                try await writer.value
                let json = try JSONReader.read(answer.body)
                #expect(json["name"]?.string == "one" && json["path"]?.string == "\(directory)/snapshots/one")
                #expect((json["files"]?.integer ?? 0) >= 4 && (json["segments"]?.integer ?? 0) >= 1)
                #expect((json["linkedBytes"]?.integer ?? 0) > 0 && (json["copiedBytes"]?.integer ?? 0) > 0)
                #expect((json["seconds"]?.double ?? -1) >= 0 && json["notices"]?.array?.isEmpty == true)
            }
            let copy = "\(directory)/snapshots/one"
            let report = try await blocking {
                try StoreVerifier.verify(directory: copy, fileSystem: SystemEnvironment.system.fileSystem)
            }
            #expect(report.problems.isEmpty, "\(report.problems)")
            // Restoring is opening, or copying and opening.
            try await ServedDatabase.with(copy) { restored in
                let hosts = try await hosts(in: restored)
                #expect(hosts.isSuperset(of: (0..<5).map { "h\($0)" }), "\(hosts.sorted())")
                #expect(try await write(restored, 99) == 204)
                #expect(try await self.hosts(in: restored).count == hosts.count + 1)
            }
            // The original does not notice.
            try await ServedDatabase.with(directory) { served in
                let hosts = try await hosts(in: served)
                #expect(hosts == Set((0..<40).map { "h\($0)" }))
            }
        }
    }

    private func write(_ served: ServedDatabase, _ host: Int) async throws -> Int {
        let lines = (0..<10).map { "cpu,host=h\(host) usage=\($0)\n" }.joined()
        return try await served.send("POST", "/write", body: lines).status
    }

    /// The hosts of which all ten rows are there.
    private func hosts(in served: ServedDatabase) async throws -> Set<String> {
        let statement = "SELECT COUNT(usage) FROM cpu GROUP BY host SINCE 2h PERIOD 4h"
        let rows = try await served.json("POST", "/query", body: statement)["series"]?.array ?? []
        let whole = rows.filter { one in
            (one["values"]?.array ?? []).compactMap(\.double).reduce(0, +) == 10
        }
        #expect(whole.count == rows.count, "hosts with a part of a write")
        return Set(whole.compactMap { $0["label"]?.string })
    }

    @Test("a name is a name: nothing leaves the directory that the operator chose")
    func names() async throws {
        let backend = FakeBackend()
        let asked = Monitor<[String]>([])
        backend.with { state in
            state.writeSnapshot = { directory, name throws(StoreError) in
                asked.withLock { $0.append("\(directory)/\(name)") }
                return SnapshotReport(lsn: 7)
            }
        }
        try await TestServer.with(backend, configure: { $0.snapshotDirectory = "/backup" }) { test async throws in
            for name in [
                "", "..", ".", "a/b", "../a", "/etc", ".hidden", "-rf", "a b", "a%00b", "caf%C3%A9", "a%2Fb",
                "x.unfinished",
                String(repeating: "a", count: 101),
            ] {
                let answer = try await send(test, "POST", "/snapshot?name=\(name.replacing(" ", with: "+"))")
                #expect(answer.status == 400, "\(name): \(answer.text)")
            }
            for body in ["", "nightly", "{}", #"{"name": 7}"#, "[1]"] {
                #expect(try await send(test, "POST", "/snapshot", body: body).status == 400, "\(body)")
            }
            let long = String(repeating: "a", count: 100)
            for name in ["a", "2026-11-22", "A_b.c-1", long] {
                #expect(try await send(test, "POST", "/snapshot?name=\(name)").status == 201, "\(name)")
            }
            #expect(try await send(test, "POST", "/snapshot", body: #"{"name": "b"}"#).status == 201)
            #expect(asked.withLock { $0 } == ["a", "2026-11-22", "A_b.c-1", long, "b"].map { "/backup/\($0)" })
            let wrong = try await send(test, "GET", "/snapshot?name=a")
            #expect(wrong.status == 405 && wrong.headers["allow"] == "POST")
        }
    }

    private func send(
        _ test: TestServer, _ method: String, _ target: String, body: String? = nil
    ) async throws -> HTTPAnswer {
        try await blocking { () throws in
            try TestClient(port: test.httpPort).request(method, target, body: body.map { Array($0.utf8) })
        }
    }

    @Test("a refusal names its reason and has a status of its own")
    func refusals() async throws {
        let backend = FakeBackend()
        let refusals: [(StoreError, Int, String)] = [
            (.disk(.exists(path: "/b/x")), 409, "/b/x exists already"),
            (.disk(.locked(path: "/b/x.unfinished/LOCK")), 409, "in use"),
            (.disk(.full(operation: "write", path: "/b/x")), 507, "the disk is full"),
            (.closed, 503, "stopping"),
            (.disk(.system(operation: "mkdir", path: "/b", errno: 13)), 500, "mkdir"),
        ]
        try await TestServer.with(backend) { test async throws in
            for (error, status, text) in refusals {
                backend.with { $0.writeSnapshot = { _, _ throws(StoreError) in throw error } }
                let answer = try await send(test, "POST", "/snapshot?name=x")
                #expect(answer.status == status && answer.text.contains(text), "\(error): \(answer.text)")
            }
        }
    }

    @Test("one snapshot is made at a time")
    func one() async throws {
        let backend = FakeBackend()
        let entered = Monitor(0)
        let gate = Monitor(false)
        backend.with { state in
            state.writeSnapshot = { _, _ throws(StoreError) in
                entered.withLock { $0 += 1 }
                _ = gate.wait { $0 ? true : nil }
                return SnapshotReport(lsn: 1)
            }
        }
        try await TestServer.with(backend) { test async throws in
            let first = Task { try await send(test, "POST", "/snapshot?name=a") }
            try await eventually { entered.withLock { $0 == 1 } }
            let second = try await send(test, "POST", "/snapshot?name=b")
            #expect(second.status == 503 && second.headers["retry-after"] == "1" && second.text.contains("another"))
            gate.withLock { $0 = true }
            gate.broadcast()
            #expect(try await first.value.status == 201)
            #expect(try await send(test, "POST", "/snapshot?name=b").status == 201)
        }
    }
}
