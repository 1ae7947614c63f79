import Glibc

struct ClientError: Error {
    var operation: String
    var code: Int32
}

/// A blocking TCP client on loopback that sends exactly the bytes it is told. Every wait ends after
/// two minutes: tests share two threads with others that compute.
final class TestClient: @unchecked Sendable {
    // Unchecked: used by one thread at a time.
    private let descriptor: Int32
    private var isClosed = false

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw ClientError(operation: "socket", code: errno) }
        var timeout = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // The descriptor is closed by deinit.
        guard code == 0 else { throw ClientError(operation: "connect", code: errno) }
    }

    deinit { close() }

    func close() {
        if !isClosed { Glibc.close(descriptor) }
        isClosed = true
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ClientError(operation: "send", code: errno) }
            sent += count
        }
    }

    /// Sends without waiting; returns how many bytes the system took.
    func sendWhatFits(_ bytes: [UInt8]) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        return max(0, bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress!, bytes.count, flags) })
    }

    func shutdownWrite() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Up to `max` bytes; empty at the end of the stream.
    func receive(max: Int = 65_536) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: max)
        let count = recv(descriptor, &buffer, max, 0)
        guard count >= 0 else { throw ClientError(operation: "recv", code: errno) }
        return Array(buffer[..<count])
    }

    /// Everything up to the end of the stream; a reset counts as the end.
    func receiveToEnd() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            do {
                let more = try receive()
                if more.isEmpty { return bytes }
                bytes += more
            } catch let error as ClientError where error.code == ECONNRESET {
                return bytes
            }
        }
    }
}

/// One HTTP answer.
struct HTTPAnswer: Sendable {
    var status = 0
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// What follows the last chunk.
    var trailers: [String] = []

    var text: String { String(decoding: body, as: UTF8.self) }
}

extension TestClient {
    func request(
        _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8]? = nil
    ) throws -> HTTPAnswer {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body, headers["Transfer-Encoding"] == nil { text += "Content-Length: \(body.count)\r\n" }
        try send(Array((text + "\r\n").utf8) + (body ?? []))
        return try readAnswer(hasBody: method != "HEAD")
    }

    func readAnswer(hasBody: Bool = true) throws -> HTTPAnswer {
        var bytes: [UInt8] = []
        var headEnd: Int?
        while headEnd == nil {
            let more = try receive()
            guard !more.isEmpty else { throw ClientError(operation: "answer ended early", code: 0) }
            bytes += more
            headEnd = Self.headEnd(bytes)
        }
        guard let headEnd else { return HTTPAnswer() }
        var answer = Self.head(bytes[..<headEnd])
        answer.body = Array(bytes[headEnd...])
        if hasBody, answer.headers["transfer-encoding"] == "chunked" {
            var chunks = ChunkedBody(answer.body)
            while !chunks.isComplete {
                let more = try receive()
                guard !more.isEmpty else { throw ClientError(operation: "answer ended within a chunk", code: 0) }
                chunks.append(more)
            }
            (answer.body, answer.trailers) = (chunks.content, chunks.trailers)
            return answer
        }
        let length = hasBody ? Int(answer.headers["content-length"] ?? "0") ?? 0 : 0
        while answer.body.count < length { answer.body += try receive() }
        return answer
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4) where Array(bytes[index..<index + 4]) == [13, 10, 13, 10] {
            return index + 4
        }
        return nil
    }

    private static func head(_ bytes: ArraySlice<UInt8>) -> HTTPAnswer {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        var answer = HTTPAnswer()
        answer.status = Int(lines[0].split(separator: " ")[1]) ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.headers[parts[0].lowercased()] = parts[1].trimmingSpaces
        }
        return answer
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String { String(drop { $0 == " " }) }
}
