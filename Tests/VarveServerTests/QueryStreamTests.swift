import CZlib
import Synchronization
import Testing
import VarveExchange
import VarveJSON
import VarveModel
import VarveQuery
import VarveServer

@Suite struct QueryStreamTests {
    /// Some megabytes of JSON: rows, series with holes, texts that need escapes.
    private static let large: QueryResult = {
        let times = (0..<20_000).map { Int64($0) * 1_000_000_000 }
        let values = times.indices.map { Double($0 * 7_919 % 10_007) / 8 }
        var result = QueryResult(
            columns: [
                .init(name: "time", kind: .time), .init(name: "h,\"ü\"", kind: .text), .init(name: "v", kind: .number),
            ],
            rows: times.indices.map { row in
                [.time(times[row]), .text("h\n\(row % 3)"), row % 10 == 0 ? .null : .number(values[row])]
            },
            series: (0..<3).map {
                .init(label: "s\($0)", groupValues: ["s\($0)"], timestamps: times, values: values.map { $0 + 1 })
            },
            periodNs: 1_000_000_000, range: TimeRange(start: 0, end: 20_000_000_000_000), notices: ["n"])
        result.isPartial = true
        return result
    }()

    private static let backend = FakeBackend { statement, _ throws(QueryError) in
        var answer = large
        if statement == "small" {
            answer.rows = large.rows.first(2)
            answer.series = nil
        }
        if statement == "huge" {
            // 20 MiB: above what the system buffers for a socket.
            let text = String(repeating: "x", count: 1 << 14)
            return QueryResult(
                columns: [.init(name: "text", kind: .text)], rows: Array(repeating: [.text(text)], count: 1_280))
        }
        if statement == "middle" {
            answer.rows = large.rows.first(300)
            answer.series = nil
        }
        return answer
    }

    private static func whole(_ statement: String) -> QueryResult {
        (try? backend.run(statement, cancellation: CancellationFlag())) ?? QueryResult(columns: [], rows: [])
    }

    @Test("a long answer comes in chunks with a trailer that says that it is complete, and is the same in one piece")
    func chunks() async throws {
        try await TestServer.with(Self.backend) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.httpPort)
                // Twice on one connection.
                for _ in 0..<2 {
                    let answer = try client.request("GET", "/query?query=large")
                    #expect(answer.status == 200 && answer.headers["transfer-encoding"] == "chunked")
                    #expect(answer.headers["content-encoding"] == nil && answer.headers["varve-partial"] == "true")
                    #expect(answer.headers["trailer"]?.lowercased() == "varve-answer")
                    #expect(answer.trailers.map { $0.lowercased() } == ["varve-answer: complete"])
                    var writer = JSONWriter()
                    Self.large.write(to: &writer)
                    #expect(answer.body == writer.bytes + [UInt8(ascii: "\n")])
                }
                let csv = try client.request("GET", "/query?query=large&format=csv")
                let lines = csv.text.split(separator: "\r\n")
                #expect(lines.count == 20_001 && lines[0] == "time,\"h,\"\"ü\"\"\",v")
                #expect(lines[10] == "9000000000,\"h\n0\",\(Double(9 * 7_919 % 10_007) / 8)")
                #expect(csv.trailers.count == 1 && csv.headers["varve-notice"] == "n")
                let small = try client.request("GET", "/query?query=small")
                #expect(small.headers["content-length"] == "\(small.body.count)" && small.trailers.isEmpty)
            }
        }
    }

    @Test("requests sent all at once are answered in order, long and short ones, compressed or not")
    func pipelining() async throws {
        try await TestServer.with(Self.backend) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.httpPort)
                let heads = [
                    "GET /query?query=large HTTP/1.1\r\nHost: a\r\n\r\n", "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n",
                    "POST /query HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nContent-Length: 5\r\n\r\nlarge",
                    "GET /query?query=small HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                ]
                try client.send(heads.joined())
                var bytes = try client.receiveToEnd()
                var bodies: [[UInt8]] = []
                while let end = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) }) {
                    let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
                    bytes.removeFirst(end + 4)
                    if head.contains("chunked") {
                        let body = ChunkedBody(bytes)
                        try #require(body.isComplete)
                        try bodies.append(
                            head.contains("content-encoding: gzip") ? gunzip(body.content) : body.content)
                        bytes = body.rest
                    } else {
                        let field = head.split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
                        let count = field.flatMap { Int($0.dropFirst(16)) } ?? 0
                        bodies.append(Array(bytes[..<count]))
                        bytes.removeFirst(count)
                    }
                }
                #expect(bytes.isEmpty && bodies.count == 4)
                for (index, result) in [(0, Self.large), (2, Self.large), (3, Self.whole("small"))] {
                    #expect(try QueryResult(json: JSONReader.read(bodies[index])) == result, "answer \(index)")
                }
            }
        }
    }

    @Test("bodies worth it are compressed for clients that ask for it")
    func gzip() async throws {
        try await TestServer.with(Self.backend) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.httpPort)
                let fields = ["Accept-Encoding": "br, gzip;q=0.8"]
                let small = try client.request("GET", "/query?query=small", headers: fields)
                #expect(small.headers["content-encoding"] == nil && small.headers["vary"] == "Accept, Accept-Encoding")
                let middle = try client.request("GET", "/query?query=middle&format=csv", headers: fields)
                #expect(middle.headers["content-encoding"] == "gzip")
                #expect(middle.headers["content-length"] == "\(middle.body.count)")
                let plain = try client.request("GET", "/query?query=middle&format=csv")
                #expect(try gunzip(middle.body) == plain.body && middle.body.count < plain.body.count / 2)
                let large = try client.request("GET", "/query?query=large", headers: fields)
                #expect(large.headers["content-encoding"] == "gzip" && large.trailers.count == 1)
                #expect(try QueryResult(json: JSONReader.read(gunzip(large.body))) == Self.large)
            }
        }
    }

    @Test(
        "Accept-Encoding is read as RFC 9110 says",
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP, deflate", true), ("deflate, br", false), ("*", true),
            ("gzip;q=0", false), ("gzip; q=0.0, *", false), ("*;q=0", false), ("identity, gzip;q=0.5", false),
            ("identity;q=0.2, gzip;q=0.5", true), ("x-gzip", true), ("gzip;q=nonsense", false), (";;,", false),
        ] as [(String?, Bool)])
    func acceptEncoding(field: String?, isAccepted: Bool) { #expect(ContentCoding.acceptsGzip(field) == isAccepted) }

    @Test("a client that reads slowly gets everything; meanwhile its answer is not made", .timeLimit(.minutes(1)))
    func slowReader() async throws {
        try await TestServer.with(Self.backend, configure: { $0.limits.answerBytesMax = 1 << 20 }) {
            test async throws in
            try await blocking { () throws in
                let slow = try TestClient(port: test.httpPort, receiveBuffer: 4_096)
                try slow.send(
                    "GET /query?query=huge&format=csv HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                var bytes = try slow.receive(max: 1_000)
                // As long as it is not read, the answer counts.
                usleepMilliseconds(300)
                #expect(try TestClient(port: test.httpPort).request("GET", "/query?query=small").status == 503)
                for _ in 0..<50 {
                    bytes += try slow.receive(max: 3_000)
                    usleepMilliseconds(2)
                }
                bytes += try slow.receiveToEnd()
                let end = try #require(bytes.indices.first { bytes[$0...].starts(with: [13, 10, 13, 10]) })
                let body = ChunkedBody(Array(bytes[(end + 4)...]))
                #expect(body.isComplete && body.rest.isEmpty)
                #expect(body.lengths.allSatisfy { $0 <= 256 << 10 })
                #expect(body.content.count == 6 + 1_280 * ((1 << 14) + 2))
                // And what it held is given back.
                var status = 0
                for _ in 0..<100 where status != 200 {
                    status = try TestClient(port: test.httpPort).request("GET", "/query?query=small").status
                    usleepMilliseconds(20)
                }
                #expect(status == 200)
            }
        }
    }

    @Test("a client that goes away within an answer gives back what it held", .timeLimit(.minutes(1)))
    func goingAway() async throws {
        try await TestServer.with(Self.backend, configure: { $0.limits.answerBytesMax = 1 << 20 }) {
            test async throws in
            try await blocking { () throws in
                for round in 0..<3 {
                    let client = try TestClient(port: test.httpPort, receiveBuffer: 4_096)
                    try client.send("GET /query?query=huge&format=csv HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = try client.receive(max: 20_000)
                    if round == 1 { client.reset() } else { client.close() }
                    var status = 0
                    for _ in 0..<200 where status != 200 {
                        status = try TestClient(port: test.httpPort).request("GET", "/query?query=small").status
                        usleepMilliseconds(20)
                    }
                    #expect(status == 200, "round \(round)")
                }
            }
        }
    }

    @Test("an answer that breaks off has neither a last chunk nor the trailer", .timeLimit(.minutes(1)))
    func brokenOff() async throws {
        try await TestServer.with(Self.backend, configure: { $0.limits.idleTimeoutSeconds = 2 }) { test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.httpPort, receiveBuffer: 4_096)
                try client.send("GET /query?query=huge&format=csv HTTP/1.1\r\nHost: a\r\n\r\n")
                // The client reads on only after the server has given up.
                for _ in 0..<600 {
                    if try Self.timeouts(test) > 0 { break }
                    usleepMilliseconds(50)
                }
                let bytes = try client.receiveToEnd()
                let end = try #require(bytes.indices.first { bytes[$0...].starts(with: [13, 10, 13, 10]) })
                let body = ChunkedBody(Array(bytes[(end + 4)...]))
                #expect(!body.isComplete && body.trailers.isEmpty)
                #expect(body.content.count < 1_280 * (1 << 14))
            }
        }
    }

    private static func timeouts(_ test: TestServer) throws -> Int64 {
        let stats = try TestClient(port: test.httpPort).request("GET", "/stats").body
        return try JSONReader.read(stats)["server"]?["connectionsTimedOut"]?.integer ?? 0
    }

    @Test("pieces of any size make the same text")
    func pieces() {
        var result = Self.large
        result.rows = result.rows.first(50)
        result.series = result.series?.map {
            .init(
                label: $0.label, groupValues: $0.groupValues, timestamps: Array($0.timestamps.prefix(40)),
                values: Array($0.values.prefix(40)))
        }
        var whole = JSONWriter()
        result.write(to: &whole)
        for size in [1, 2, 17, 100, 1_000, 100_000] {
            var encoder = ResultEncoder(result)
            var writer = JSONWriter()
            var bytes: [UInt8] = []
            while !encoder.isDone {
                encoder.write(to: &writer, upTo: size)
                bytes += writer.takeBytes()
            }
            #expect(bytes == whole.bytes, "pieces of \(size)")
        }
        let empty = QueryResult(columns: [], rows: [], series: [])
        var writer = JSONWriter()
        empty.write(to: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"columns":[],"rows":[],"series":[],"partial":false,"notices":[]}"#)
    }
}

/// Undoes gzip, with zlib alone.
private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw ClientError(operation: "inflateInit", code: 0)
    }
    defer { inflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: 32 << 20)
    let code = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(target.count)
            return inflate(&stream, Z_FINISH)
        }
    }
    guard code == Z_STREAM_END, stream.avail_in == 0 else { throw ClientError(operation: "inflate", code: code) }
    return Array(output[..<Int(stream.total_out)])
}
