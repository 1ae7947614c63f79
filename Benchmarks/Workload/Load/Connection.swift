import Glibc

/// A blocking TCP connection. Owned by one thread.
struct Connection: ~Copyable {
    private let descriptor: Int32
    private var received: [UInt8] = []

    init(host: String, port: String) throws(LoadError) {
        descriptor = try Self.connected(host: host, port: port)
    }

    private static func connected(host: String, port: String) throws(LoadError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var addresses: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, port, &hints, &addresses)
        guard code == 0, let address = addresses?.pointee else {
            throw LoadError("cannot find \(host):\(port): \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(addresses) }
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { throw .system("cannot make a socket") }
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            let error = LoadError.system("cannot connect to \(host):\(port)")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    deinit { close(descriptor) }

    func send(_ bytes: ArraySlice<UInt8>) throws(LoadError) {
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let count = bytes[start...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("sending failed") }
            start += count
        }
    }

    /// Tells the server that nothing follows and waits until it closes.
    mutating func finish() throws(LoadError) {
        guard shutdown(descriptor, Int32(SHUT_WR)) == 0 else { throw .system("half-closing failed") }
        while try receive() { received.removeAll(keepingCapacity: true) }
    }

    /// Reads one HTTP answer with its body. Bodies need a Content-Length, as short answers have.
    /// - Returns: the status line's code, and the body.
    mutating func readAnswer() throws(LoadError) -> (code: Int, body: String) {
        let ending = Array("\r\n\r\n".utf8)
        var headEnd = Self.offset(of: ending, in: received)
        while headEnd == nil {
            guard try receive() else { throw LoadError("the server closed the connection") }
            headEnd = Self.offset(of: ending, in: received)
        }
        let bodyStart = (headEnd ?? 0) + ending.count
        let head = String(decoding: received[..<bodyStart], as: UTF8.self).split(separator: "\r\n")
        let code = head.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let length = head.first { $0.lowercased().hasPrefix("content-length:") }
        let bodyCount = length.flatMap { Int($0.drop { !$0.isNumber }) } ?? 0
        while received.count < bodyStart + bodyCount {
            guard try receive() else { throw LoadError("the server closed the connection") }
        }
        let body = String(decoding: received[bodyStart..<(bodyStart + bodyCount)], as: UTF8.self)
        received.removeFirst(bodyStart + bodyCount)
        return (code, body)
    }

    /// Appends what arrives; false at the end of the stream.
    private mutating func receive() throws(LoadError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system("receiving failed") }
            received += buffer[..<count]
            return count > 0
        }
    }

    private static func offset(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        return (0...(bytes.count - pattern.count)).first { bytes[$0...].starts(with: pattern) }
    }
}
