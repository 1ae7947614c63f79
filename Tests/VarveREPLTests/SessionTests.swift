import CZlib
import Glibc
import Testing
import VarveIO
import VarveLine
import VarveQuery
import VarveREPL

/// A server that answers every connection with the same bytes. Its thread ends after `connections` of them.
private final class CannedServer: Sendable {
    let port: Int
    private let requests = Monitor<[[UInt8]]>([])

    init(_ answer: String, connections: Int = 1) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                _ = listen(listener, 8)
                _ = getsockname(listener, $0, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        let requests = requests
        _ = try DedicatedThread.start(name: "canned-server") {
            for _ in 0..<connections {
                let connection = accept(listener, nil, nil)
                let request = Self.readRequest(connection)
                requests.withLock { $0.append(request) }
                requests.broadcast()
                FileDescriptor.write(answer, to: connection)
                close(connection)
            }
            close(listener)
        }
    }

    var client: HTTPClient? { HTTPClient("127.0.0.1:\(port)") }

    /// The first request, as text.
    func request() -> String { String(decoding: requests.wait { $0.first } ?? [], as: UTF8.self) }

    /// Head and as much body as it announces.
    private static func readRequest(_ connection: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let length = text.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
                let wanted = length.flatMap { Int($0.dropFirst(16)) } ?? 0
                if text[end.upperBound...].utf8.count >= wanted { return bytes }
            }
            let count = read(connection, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}

private func answer(_ status: String, _ body: String) -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

@Suite("Remote session")
struct RemoteSessionTests {
    private func session(_ server: CannedServer) throws -> RemoteSession { RemoteSession(try #require(server.client)) }

    @Test("an answer comes back as the server's engine gave it")
    func query() throws {
        let body = JSONRenderer.render(.twoHosts)
        let server = try CannedServer(answer("200 OK", body))
        let result = try session(server).run("SELECT \"a\"", cancellation: nil)
        #expect(result.columns == QueryResult.twoHosts.columns)
        #expect(result.rows.count == 5)
        #expect(result.rows[1] == QueryResult.twoHosts.rows[1])
        #expect(result.series?[1].label == "日本")
        #expect(result.periodNs == 60_000_000_000)
        #expect(server.request().hasPrefix("POST /query HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
        #expect(server.request().hasSuffix(#"{"query":"SELECT \"a\""}"#))
    }

    @Test("a wrong statement is the user's fault and has its place")
    func wrongStatement() throws {
        let body = #"{"error":"expected FROM, found 'FRM'","offset":14,"length":3,"rendered":"…"}"#
        let server = try CannedServer(answer("400 Bad Request", body))
        let problem = try #require(throws: Problem.self) {
            try session(server).run("SELECT AVG(x) FRM y", cancellation: nil)
        }
        #expect(problem == Problem(.wrongInput, "query", "expected FROM, found 'FRM'", statementRange: 14..<17))
    }

    @Test(
        "a server that fails, talks nonsense or hangs up is its own fault",
        arguments: [
            answer("500 Internal Server Error", #"{"error":"disk"}"#), answer("200 OK", "{}"), answer("200 OK", "x"),
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "SSH-2.0-OpenSSH_9.2\r\n", "",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            answer("400 Bad Request", #"{"error":"e","offset":-5,"length":9223372036854775807}"#),
        ])
    func badServers(answer: String) throws {
        let server = try CannedServer(answer)
        let problem = try #require(throws: Problem.self) { try session(server).run("SHOW", cancellation: nil) }
        #expect(problem.status == (answer.hasPrefix("HTTP/1.1 400") ? .wrongInput : .failed))
        #expect(problem.statementRange == nil)
        #expect(!problem.line.isEmpty)
    }

    @Test("nobody listening is said so, with what to do")
    func nobody() throws {
        let client = try #require(HTTPClient("127.0.0.1:1"))
        let problem = try #require(throws: Problem.self) { try RemoteSession(client).check() }
        #expect(
            problem.line
                == "varve: 127.0.0.1:1: cannot connect: Connection refused; "
                + "start `varve serve` there, or check --connect"
        )
        #expect(problem.status == .failed)
    }

    @Test("refused lines come back with their numbers, the others count as stored")
    func refusedLines() throws {
        let message =
            "partial write: line 2, column 9: a field is missing; a line reads: measurement,tag=value field=1 "
            + "timestamp; line 4, column 1: odd; and 7 more dropped=9"
        let server = try CannedServer(answer("400 Bad Request", "{\"error\":\"\(message)\"}"))
        let lines = (0..<12).map { "m x=\($0)" }.joined(separator: "\n") + "\n# comment\n\n"
        let outcome = try session(server).write(lines: Array(lines.utf8))
        #expect(outcome.rowCount == 3)
        #expect(outcome.refusedCount == 9)
        #expect(
            outcome.refused == [
                RefusedLine(
                    lineNumber: 2, column: 9,
                    reason: "a field is missing; a line reads: measurement,tag=value field=1 timestamp"),
                RefusedLine(lineNumber: 4, column: 1, reason: "odd"),
            ])
    }

    private static let everyReason: [LineRefusalReason] = [
        .lineTooLong(limit: 9), .missingMeasurement, .missingFields, .trailingText, .missingTagName, .missingTagValue,
        .missingTagEquals, .unescapedEquals, .repeatedTag, .tooManyTags(limit: 30), .nameTooLong(limit: 255),
        .tagValueTooLong(limit: 1_024), .controlCharacter, .invalidText, .missingFieldName, .missingFieldEquals,
        .missingFieldValue, .repeatedField, .tooManyFields(limit: 1_024), .invalidFieldValue, .stringField,
        .unterminatedString, .notFinite, .integerOutOfRange, .floatOutOfRange, .numberTooLong(limit: 1_100),
        .invalidTimestamp, .timestampOutOfRange, .timestampInFuture, .timestampTooOld,
    ]

    @Test("every reason comes back with its line, first and in the middle", arguments: everyReason)
    func refusalReasons(reason: LineRefusalReason) throws {
        for beginning in ["partial write", "unable to parse"] {
            let message = "\(beginning): line 3, column 5: \(reason); line 9, column 1: \(reason); and 2 more dropped=4"
            let text = try #require(RefusalText(message))
            let expected = [3, 9].map {
                RefusedLine(lineNumber: $0, column: $0 == 3 ? 5 : 1, reason: "\(reason)")
            }
            #expect(text.named == expected && text.count == 4)
        }
    }

    @Test("refused lines beside another failure are no answer of their own, and what is stored is said")
    func failureWithRefusedLines() throws {
        let message =
            "limit of 5 series reached by namespace \\\"n\\\" (12 rows were not stored, 30 were); "
            + "partial write: line 2, column 1: odd dropped=1"
        let server = try CannedServer(answer("400 Bad Request", "{\"error\":\"\(message)\"}"))
        let problem = try #require(throws: Problem.self) { try session(server).write(lines: Array("m x=1\n".utf8)) }
        #expect(problem.storedRowCount == 30 && problem.status == .wrongInput)
    }

    @Test("a raised flag ends the wait")
    func cancelled() throws {
        let flag = CancellationFlag()
        flag.raise()
        let server = try CannedServer(answer("200 OK", "{}"))
        let problem = try #require(throws: Problem.self) { try session(server).run("SHOW", cancellation: flag) }
        #expect(problem.status != .ok)
        // Lets the server's thread end.
        _ = try? session(server).run("SHOW", cancellation: nil)
    }

    @Test(
        "addresses are HOST:PORT and nothing else",
        arguments: ["", "host", ":80", "a:0", "a:70000", "a b:80", "a/b:80"])
    func addresses(text: String) { #expect(HTTPClient(text) == nil) }

    @Test("IPv6 addresses stand in brackets")
    func bracketed() throws {
        let client = try #require(HTTPClient("[::1]:8095"))
        #expect(client.host == "::1")
        #expect(client.place == "[::1]:8095")
    }
}

@Suite("HTTP answers")
struct HTTPAnswerReaderTests {
    @Test("an answer is the same however its bytes are cut")
    func cuts() {
        let text =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Name:  v\r\n\r\n"
            + "4\r\nvarv\r\n1;x=y\r\ne\r\n0\r\n\r\n"
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var reader = HTTPAnswerReader()
            reader.append(Array(bytes[..<cut]))
            reader.append(Array(bytes[cut...]))
            #expect(reader.answer?.body == Array("varve".utf8), "cut at \(cut)")
            #expect(reader.answer?.headers["x-name"] == "v")
        }
    }

    @Test("a chunk whose length never ends is no answer")
    func endlessLength() {
        var reader = HTTPAnswerReader()
        reader.append(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
        for _ in 0..<9 where !reader.isComplete { reader.append([UInt8](repeating: 0x30, count: 10_000)) }
        #expect(reader.fault != nil)
    }

    @Test("a body without a length ends with the connection")
    func untilEnd() {
        var reader = HTTPAnswerReader()
        reader.append(Array("HTTP/1.0 200 OK\r\n\r\nabc".utf8))
        #expect(!reader.isComplete)
        reader.endOfInput()
        #expect(reader.answer?.body == Array("abc".utf8))
    }
}

@Suite("Compressed answers")
struct GzipTests {
    private func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + 1_000))
        input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                _ = deflate(&stream, Z_FINISH)
            }
        }
        return Array(output[..<Int(stream.total_out)])
    }

    @Test("what was compressed comes back, up to a limit; damage, a missing end and other bytes are noticed")
    func expand() {
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let gzip = compressed(bytes)
        #expect(Gzip.expanded(gzip, byteCountMax: bytes.count) == bytes)
        #expect(Gzip.expanded(compressed([]), byteCountMax: 0) == [])
        #expect(Gzip.expanded(gzip, byteCountMax: bytes.count - 1) == nil)
        #expect(Gzip.expanded(Array(gzip.dropLast()), byteCountMax: bytes.count) == nil)
        #expect(Gzip.expanded(gzip + [0], byteCountMax: bytes.count) == nil)
        #expect(Gzip.expanded([1, 2, 3], byteCountMax: 9) == nil)
        #expect(Gzip.expanded([], byteCountMax: 9) == nil)
        var damaged = gzip
        damaged[gzip.count / 2] ^= 0x40
        #expect(Gzip.expanded(damaged, byteCountMax: bytes.count) == nil)
    }
}
