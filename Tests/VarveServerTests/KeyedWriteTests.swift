import Glibc
import Testing
import VarveIO
import VarveJSON
import VarveModel
import VarveServer
import VarveStore

/// Writes with an `Idempotency-Key`, and what large bodies cost.
@Suite struct KeyedWriteTests {
    private func send(
        _ test: TestServer, body: [UInt8], key: String? = "k", isGzip: Bool = false
    ) async throws -> HTTPAnswer {
        try await send(port: test.httpPort, body: body, key: key, isGzip: isGzip)
    }

    private func send(
        port: Int, body: [UInt8], key: String? = "k", isGzip: Bool = false
    ) async throws -> HTTPAnswer {
        var headers = isGzip ? ["Content-Encoding": "gzip"] : [:]
        headers["Idempotency-Key"] = key
        return try await blocking { [headers] () throws in
            try TestClient(port: port).request("POST", "/write", headers: headers, body: body)
        }
    }

    // MARK: Pieces

    @Test("a body is cut at the same places however it arrives", arguments: UInt64(0)..<4)
    func pieces(seed: UInt64) {
        var noise = NoiseGenerator(state: seed)
        func below(_ bound: Int) -> Int { (0..<3).reduce(0) { sum, _ in sum << 8 | Int(noise.next()) } % bound }
        var body: [UInt8] = []
        while body.count < 2 << 20 {
            let length = below(50) == 0 ? below(600 << 10) : below(5_000)
            body += [UInt8](repeating: UInt8(ascii: "x"), count: length) + [0x0a]
        }
        // Behind the first line end at or after each multiple, as the documentation has it.
        var expected: [Int] = []
        var multiple = PieceCutter.pieceBytes
        while let end = body[(multiple - 1)...].firstIndex(of: 0x0a) {
            expected.append(end + 1)
            multiple = (end + 1) / PieceCutter.pieceBytes * PieceCutter.pieceBytes + PieceCutter.pieceBytes
            if multiple > body.count { break }
        }
        for largest in [1 << 10, 64 << 10, 4 << 20] {
            var cutter = PieceCutter()
            var cuts: [Int] = []
            var start = 0
            while start < body.count {
                var portion = body[start..<min(body.count, start + 1 + below(largest))]
                while !portion.isEmpty {
                    let (count, endsPiece) = cutter.take(portion)
                    portion = portion.dropFirst(count)
                    if endsPiece { cuts.append(portion.startIndex) }
                }
                start = portion.endIndex
            }
            #expect(cuts == expected)
        }
        #expect(expected.count > 3)
    }

    @Test("pieces of a keyed body are handed over while it is still being sent, and number their tokens")
    func piecesAsTheyCome() async throws {
        let backend = FakeBackend()
        backend.with { $0.keepsRows = false }
        let line = "cpu,host=a x=1,y=2,z=3\n"
        let lines = Array(String(repeating: line, count: (1 << 20) / line.utf8.count).utf8)
        try await TestServer.with(backend) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.httpPort)
                try client.send(
                    "POST /write HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 4000000\r\n\r\n")
                try client.send(lines)
                for _ in 0..<6_000 where backend.with({ $0.tokens.count }) < 3 { usleepMilliseconds(10) }
                client.close()
            }
            #expect(backend.with { $0.tokens.prefix(3).map(\.part) } == [0, 1, 2])
        }
        // What was sent of the piece that never ended is not stored: its repetition will be another piece.
        #expect(backend.with { $0.tokens.count } == 3)
    }

    @Test(
        "a small gzip body of many refused lines is answered with their number, and what else it has is stored",
        arguments: [nil, "k"] as [String?])
    func bombOfRefusals(key: String?) async throws {
        let backend = FakeBackend()
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 999) + [0x0a]
        let bomb = try gzipped(Array(repeatElement(line, count: 3_000).joined()) + Array("cpu x=1\n".utf8))
        #expect(bomb.count < 64 << 10)
        try await TestServer.with(backend) { test async throws in
            let answer = try await send(test, body: bomb, key: key, isGzip: true)
            #expect(answer.status == 400 && answer.text.hasSuffix(" dropped=3000\"}\n"), "\(answer.text.suffix(80))")
        }
        #expect(backend.rows.map(\.values) == [[1]])
    }

    // MARK: Repetitions

    /// Rows of namespace `n` in the store.
    private func count(_ served: ServedDatabase) async throws -> Double {
        let answer = try await served.json("POST", "/query", body: "SELECT COUNT(x) FROM n SINCE 2h PERIOD 4h")
        return (answer["series"]?.array ?? []).flatMap { $0["values"]?.array ?? [] }.compactMap(\.double).reduce(0, +)
    }

    @Test("a client that broke off completes its write with the same key, and every row is there once")
    func brokenOff() async throws {
        let nowNs = TestServer.nowNs
        let body = Array((0..<40_000).map { "n,host=a x=\($0) \(nowNs - 60_000_000_000 + Int64($0))\n" }.joined().utf8)
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory) { served in
                // Once in the first piece, once in the fourth.
                for sent in [100_000, 900_000] {
                    try await blocking { () throws in
                        let client = try TestClient(port: served.port)
                        try client.send(
                            "POST /write HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\n"
                                + "Content-Length: \(body.count)\r\n\r\n")
                        try client.send(Array(body[..<sent]))
                        usleepMilliseconds(200)
                        client.close()
                    }
                }
                let cut = try await send(port: served.port, body: Array(try gzipped(body).dropLast(9)), isGzip: true)
                #expect(cut.status == 400 && cut.text.contains("cut short"), "\(cut.text)")
                for _ in 0..<2 {
                    let answer = try await send(port: served.port, body: body)
                    #expect(answer.status == 204, "\(answer.text)")
                }
                #expect(try await count(served) == 40_000)
            }
        }
    }

    @Test("a key with another body is a conflict; the same body without times is not")
    func otherBody() async throws {
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory) { served in
                for _ in 0..<2 { #expect(try await send(port: served.port, body: Array("n x=1\n".utf8)).status == 204) }
                let other = try await send(port: served.port, body: Array("n x=2\n".utf8))
                #expect(other.status == 409 && other.text.contains("1 other rows"), "\(other.text)")
                #expect(try await count(served) == 1)
            }
        }
    }
}
