import Testing
import VarveJSON
import VarveModel
import VarveServer
import VarveStore

@Suite struct LineDoorTests {
    @Test("a client that shuts down its side is held until its last line, with or without line end, is durable")
    func halfClose() async throws {
        let nowNs = TestServer.nowNs
        let backend = FakeBackend()
        backend.hold()
        try await TestServer.with(backend) { test async throws in
            let client = try TestClient(port: test.linePort)
            try client.send("AWS/EC2,InstanceId=i-1 CPUUtilization=42.5\ncpu,host=a x=1 \(nowNs)")
            client.shutdownWrite()
            try await eventually { backend.with { !$0.waiting.isEmpty } }
            let closing = Task { try await blocking { try client.receiveToEnd() } }
            try await Task.sleep(for: .milliseconds(50))
            #expect(backend.rowCount == 0)
            backend.release()
            #expect(try await closing.value == [])
            #expect(backend.rowCount == 2)
        }
        let row = FakeBackend.Row(
            source: SourceKey(namespace: "cpu", dimensions: [Dimension(name: "host", value: "a")]),
            timestamp: nowNs, values: [1])
        #expect(backend.rows.contains(row))
    }

    @Test("a slow disk stalls the socket, and memory stays within the limit of the connection")
    func backPressure() async throws {
        let backend = FakeBackend()
        backend.hold()
        backend.with { $0.keepsRows = false }
        try await TestServer.with(backend, configure: { $0.limits.connectionBytesMax = 2 << 20 }) { test async throws in
            let lines = [UInt8](String(repeating: "cpu,host=a x=1,y=2,z=3\n", count: 4_000).utf8)
            let client = try TestClient(port: test.linePort)
            // Loopback buffers take a few megabytes on top; 64 MB shows that it ends.
            let taken = try await blocking { () throws in
                var taken = 0
                var idle = 0
                while idle < 50, taken < 64 << 20 {
                    let count = client.sendWhatFits(Array(lines[(taken % lines.count)...]))
                    taken += count
                    idle = count == 0 ? idle + 1 : 0
                    if count == 0 { usleepMilliseconds(10) }
                }
                return taken
            }
            // Two megabytes for the connection, and what the sockets buffer.
            #expect(taken < 32 << 20)
            #expect(backend.with { $0.pendingBytesMax } < 6 << 20)
            backend.release()
            try await blocking { () throws in
                try client.send(Array(lines[(taken % lines.count)...]))
                client.shutdownWrite()
                _ = try client.receiveToEnd()
            }
            #expect(backend.rowCount == (taken / lines.count + 1) * 4_000)
        }
    }

    @Test("bytes may come one at a time")
    func oneByteAtATime() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.linePort)
                for byte in "cpu,host=a x=1\r\ncpu,host=a x=2\n".utf8 {
                    try client.send([byte])
                    usleepMilliseconds(2)
                }
                client.shutdownWrite()
                _ = try client.receiveToEnd()
            }
        }
        #expect(backend.rows.map(\.values) == [[1], [2]])
    }

    @Test("refused lines are kept with place, sender, reason and text; the others get through")
    func refusals() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.linePort)
                try client.send("cpu x=1\nnonsense\ncpu x=\"text\"\ncpu x=2\n")
                client.shutdownWrite()
                _ = try client.receiveToEnd()
            }
            let rejects = try await test.rejects(count: 2).map { try JSONReader.read(Array($0.utf8)) }
            #expect(rejects.map { $0["line"]?.integer } == [2, 3])
            #expect(rejects.map { $0["excerpt"]?.string } == ["nonsense", "cpu x=\"text\""])
            #expect(rejects[0]["peer"]?.string?.hasPrefix("127.0.0.1:") == true)
        }
        #expect(backend.rows.map(\.values) == [[1], [2]])
    }

    @Test("binary noise and lines without end neither stop the server nor use its memory", arguments: UInt64(0)..<3)
    func noise(seed: UInt64) async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend) { test async throws in
            try await blocking { () throws in
                var random = NoiseGenerator(state: seed)
                let noise = (0..<300_000).map { _ in random.next() }
                let client = try TestClient(port: test.linePort)
                try client.send(noise)
                client.reset()
                let long = try TestClient(port: test.linePort)
                try long.send([UInt8](repeating: UInt8(ascii: "a"), count: 3 << 20) + Array("\ncpu x=1\n".utf8))
                long.shutdownWrite()
                _ = try long.receiveToEnd()
            }
            #expect(backend.rows.contains { $0.source.namespace == "cpu" })
            try await eventually { try await self.stats(test)["server"]?["pendingBytes"]?.integer == 0 }
        }
    }

    @Test("connections above the limit are closed at once; when one leaves there is room again")
    func connectionLimit() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend, configure: { $0.limits.lineConnectionsMax = 2 }) { test async throws in
            let (first, second) = try await blocking { () throws in
                (try TestClient(port: test.linePort), try TestClient(port: test.linePort))
            }
            // Connections are taken on several threads: who came third is certain only once two are in.
            try await eventually { try await self.stats(test)["server"]?["lineConnections"]?.integer == 2 }
            try await blocking { () throws in
                let third = try TestClient(port: test.linePort)
                #expect(try third.receiveToEnd() == [])
                try first.send("cpu x=1\n")
                first.shutdownWrite()
                _ = try first.receiveToEnd()
                second.close()
            }
            try await eventually { try await self.stats(test)["server"]?["lineConnections"]?.integer == 0 }
            try await blocking { () throws in
                let fourth = try TestClient(port: test.linePort)
                try fourth.send("cpu x=2\n")
                fourth.shutdownWrite()
                _ = try fourth.receiveToEnd()
            }
            #expect(try await self.stats(test)["server"]?["connectionsRefused"]?.integer == 1)
        }
        #expect(backend.rowCount == 2)
    }

    @Test("a silent connection is closed after the idle time-out, a talking one is not")
    func idleTimeout() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend, configure: { $0.limits.idleTimeoutSeconds = 1 }) { test async throws in
            try await blocking { () throws in
                let silent = try TestClient(port: test.linePort)
                let talking = try TestClient(port: test.linePort)
                for _ in 0..<6 {
                    try talking.send("c")
                    usleepMilliseconds(250)
                }
                #expect(try silent.receiveToEnd() == [])
                try talking.send("pu x=1\n")
                talking.shutdownWrite()
                _ = try talking.receiveToEnd()
            }
        }
        #expect(backend.rows.map(\.source.namespace) == ["ccccccpu"])
    }

    @Test("two thousand connections write at once")
    func manyConnections() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend, configure: { $0.limits.lineConnectionsMax = 3_000 }) { test async throws in
            try await blocking { () throws in
                let clients = try (0..<2_000).map { _ in try TestClient(port: test.linePort) }
                for (index, client) in clients.enumerated() { try client.send("cpu,host=h\(index) x=1\n") }
                for client in clients { client.shutdownWrite() }
                for client in clients { _ = try client.receiveToEnd() }
            }
        }
        #expect(Set(backend.rows.map(\.source)).count == 2_000)
    }

    @Test("stopping makes durable what was received in whole lines, then closes")
    func drain() async throws {
        let backend = FakeBackend()
        backend.hold()
        try await TestServer.with(backend) { test async throws in
            let client = try TestClient(port: test.linePort)
            try client.send("cpu x=1\ncpu x=2\ncpu x=")
            try await eventually { backend.with { $0.waiting.count } > 0 }
            let stopping = Task { await test.server.stop() }
            try await Task.sleep(for: .milliseconds(50))
            backend.release()
            await stopping.value
            #expect(try await blocking { try client.receiveToEnd() } == [])
        }
        #expect(backend.rowCount == 2)
    }

    @Test("a store that cannot take a batch now gets it again; nothing is lost")
    func retries() async throws {
        let backend = FakeBackend()
        backend.with { $0.failure = .overloaded }
        try await TestServer.with(backend) { test async throws in
            let client = try TestClient(port: test.linePort)
            try client.send("cpu x=1\n")
            client.shutdownWrite()
            try await eventually { backend.with { $0.batchCount } >= 2 }
            backend.with { $0.failure = nil }
            _ = try await blocking { try client.receiveToEnd() }
            #expect(backend.rowCount == 1)
        }
    }

    @Test("a client whose connection breaks loses its unfinished line only")
    func reset() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend) { test async throws in
            let client = try TestClient(port: test.linePort)
            try client.send("cpu x=1\ncpu x=12")
            try await eventually { backend.rowCount == 1 }
            client.reset()
            try await eventually { try await self.stats(test)["server"]?["lineConnections"]?.integer == 0 }
        }
        #expect(backend.rows.map(\.values) == [[1]])
    }

    private func stats(_ test: TestServer) async throws -> JSONValue {
        try await blocking { try JSONReader.read(TestClient(port: test.httpPort).request("GET", "/stats").body) }
    }
}
