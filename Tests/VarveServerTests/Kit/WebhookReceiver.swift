import Glibc
import VarveIO

/// An HTTP server for webhooks: keeps what it got, and answers as it is told. One connection at a time.
final class WebhookReceiver: Sendable {
    struct Call: Sendable {
        /// Names in lower case.
        var headers: [String: String]
        var body: [UInt8]
        /// When the whole call was there, nanoseconds since 1970.
        var arrivedNs: Int64
    }

    private struct State: Sendable {
        var calls: [Call] = []
        /// Statuses of the next answers; 200 after them.
        var statuses: [Int] = []
        var isStopped = false
    }

    let port: Int
    private let listener: Int32
    private let state = Monitor(State())

    init(statuses: [Int] = []) throws {
        state.withLock { $0.statuses = statuses }
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                _ = listen(listener, 16)
                _ = getsockname(listener, $0, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        _ = try DedicatedThread.start(name: "webhook-receiver") { [self] in serve() }
    }

    /// Waits for calls; whatever there is after two minutes.
    func calls(_ count: Int) -> [Call] {
        let found = state.wait(timeoutNs: 120_000_000_000) { $0.calls.count >= count ? $0.calls : nil }
        return found ?? state.withLock { $0.calls }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0, !state.withLock({ $0.isStopped }) else { break }
            if let call = Self.read(connection) {
                let status = state.withLock { state in
                    state.calls.append(call)
                    return state.statuses.isEmpty ? 200 : state.statuses.removeFirst()
                }
                state.broadcast()
                let answer = Array("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
                _ = answer.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            }
            close(connection)
        }
        close(listener)
    }

    private static func read(_ connection: Int32) -> Call? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            if let call = call(in: bytes) { return call }
            let count = Glibc.read(connection, &buffer, buffer.count)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    /// nil until the body is there.
    private static func call(in bytes: [UInt8]) -> Call? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var headers: [String: String] = [:]
        for line in String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].drop { $0 == " " }.description
        }
        let body = Array(bytes[end.upperBound...])
        guard body.count >= Int(headers["content-length"] ?? "0") ?? 0 else { return nil }
        return Call(headers: headers, body: body, arrivedNs: SystemEnvironment.system.clock.wallNs())
    }
}
