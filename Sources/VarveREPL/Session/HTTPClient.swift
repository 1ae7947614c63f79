import Glibc
package import VarveQuery

/// An HTTP/1.1 client for one server: one request per connection, plain blocking sockets. Owned by one thread.
package struct HTTPClient: Sendable {
    /// Name or address, without brackets.
    package let host: String
    package let port: Int
    /// How long the other side may be silent: a large query computes before it answers.
    package var silenceSecondsMax = 300

    /// Reads `HOST:PORT`; HOST may be a name, an IPv4 address or an IPv6 address in brackets.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        // What else might stand there would end up in a header line.
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 < 0x7f }) else {
            return nil
        }
        self.host = host
        self.port = port
    }

    /// For messages: `host:port`.
    package var place: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// An answer as it came.
    package struct Answer: Equatable, Sendable {
        package var status: Int
        /// Names in lower case.
        package var headers: [String: String]
        package var body: [UInt8]
    }

    /// Sends a request and waits for the whole answer.
    /// - Throws: `failed` when the server cannot be reached, is silent or does not speak HTTP; `wrongInput` for
    ///   `cancelled`, soon after the flag was raised.
    package func send(
        _ method: String, _ target: String, contentType: String? = nil, body: [UInt8] = [],
        cancellation: CancellationFlag? = nil
    ) throws(Problem) -> Answer {
        let socket = try ClientSocket(connectingTo: self, cancellation: cancellation)
        var head = "\(method) \(target) HTTP/1.1\r\nHost: \(place)\r\nConnection: close\r\nUser-Agent: varve\r\n"
        // On this machine, compressing takes longer than sending.
        if !isLoopback { head += "Accept-Encoding: gzip\r\n" }
        if let contentType { head += "Content-Type: \(contentType)\r\n" }
        if method != "GET" { head += "Content-Length: \(body.count)\r\n" }
        // A server that refuses a request answers before it has read it all: its words count more than a broken pipe.
        let isSent = try socket.write(Array("\(head)\r\n".utf8) + body)
        var reader = HTTPAnswerReader()
        while !reader.isComplete {
            let bytes = try socket.read()
            if bytes.isEmpty {
                reader.endOfInput()
                break
            }
            reader.append(bytes)
        }
        guard let answer = reader.answer else {
            let why = isSent ? reader.fault ?? "the connection ended within the answer" : "the connection was closed"
            throw Problem(.failed, place, why, advice: "check that a Varve server listens there")
        }
        return try expanded(answer)
    }

    private var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    private func expanded(_ answer: Answer) throws(Problem) -> Answer {
        guard answer.headers["content-encoding"] == "gzip" else { return answer }
        guard let body = Gzip.expanded(answer.body, byteCountMax: HTTPAnswerReader.bodyBytesMax) else {
            throw Problem(.failed, place, "the compressed answer is damaged, or larger than 1 GiB")
        }
        var plain = answer
        plain.body = body
        return plain
    }
}

/// A connected TCP socket that gives up in time. Owned by one thread.
private final class ClientSocket {
    private let descriptor: Int32
    private let place: String
    private let silenceSecondsMax: Int
    private let cancellation: CancellationFlag?

    /// Local servers answer at once, and nobody wants to wait longer for a wrong address.
    private static let connectSecondsMax = 5

    init(connectingTo client: HTTPClient, cancellation: CancellationFlag?) throws(Problem) {
        place = client.place
        silenceSecondsMax = client.silenceSecondsMax
        self.cancellation = cancellation
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(client.host, String(client.port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else {
            throw Problem(
                .failed, place, "the name cannot be resolved: \(String(cString: gai_strerror(code)))",
                advice: "check --connect")
        }
        var reason = "no address"
        var next = list
        while let address = next?.pointee {
            switch Self.connect(address, cancellation) {
            case .success(let descriptor):
                self.descriptor = descriptor
                return
            case .failure(let failure): reason = failure.text
            }
            next = address.ai_next
        }
        throw Problem(
            .failed, place, "cannot connect: \(reason)", advice: "start `varve serve` there, or check --connect")
    }

    deinit { close(descriptor) }

    private struct ConnectFailure: Error {
        var text: String
    }

    private static func connect(
        _ address: addrinfo, _ cancellation: CancellationFlag?
    ) -> Result<Int32, ConnectFailure> {
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.ai_family, address.ai_socktype | flags, address.ai_protocol)
        guard descriptor >= 0 else { return .failure(ConnectFailure(text: errorText(errno))) }
        var code = Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno
        if code == EINPROGRESS {
            code =
                wait(descriptor, POLLOUT, secondsMax: connectSecondsMax, cancellation)
                ? pendingError(descriptor) : ETIMEDOUT
        }
        if code == 0 { return .success(descriptor) }
        close(descriptor)
        return .failure(ConnectFailure(text: errorText(code)))
    }

    private static func pendingError(_ descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        return code
    }

    /// Writes all of `bytes`.
    /// - Returns: false when the other side does not read any more.
    func write(_ bytes: [UInt8]) throws(Problem) -> Bool {
        var offset = 0
        while offset < bytes.count {
            try waitOrThrow(POLLOUT)
            let count = bytes[offset...].withUnsafeBytes { rest in
                Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// The next bytes; empty at the end.
    func read() throws(Problem) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            try waitOrThrow(POLLIN)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            return count > 0 ? Array(buffer[..<count]) : []
        }
    }

    private func waitOrThrow(_ events: Int32) throws(Problem) {
        if Self.wait(descriptor, events, secondsMax: silenceSecondsMax, cancellation) { return }
        if cancellation?.isRaised == true { throw Problem(.wrongInput, "query", "cancelled") }
        throw Problem(.failed, place, "silent for \(silenceSecondsMax) s", advice: "look at the server's log")
    }

    /// Waits until the socket is ready; false after `secondsMax`, or soon after the flag was raised.
    private static func wait(
        _ descriptor: Int32, _ events: Int32, secondsMax: Int, _ cancellation: CancellationFlag?
    ) -> Bool {
        // Slices, so that a flag raised by another thread is noticed too.
        for _ in 0..<secondsMax * 5 {
            if cancellation?.isRaised == true { return false }
            var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            if poll(&waiting, 1, 200) == 1 { return true }
        }
        return false
    }

    private static func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
}
