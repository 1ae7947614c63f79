import Glibc

/// Keeps web pages out: a browser on a machine that may connect lets any page it shows send requests here, though not
/// read the answers, and a page whose name its owner points to this machine (DNS rebinding) may read them too. Pure.
package enum RequestOrigin {
    /// Why a request is refused; nil when it may go on.
    /// - Parameters:
    ///   - origin: header `Origin`, which browsers send with what pages ask of others, and with every POST.
    ///   - host: header `Host`, the server as the client names it.
    ///   - isLoopback: whether the peer is on this machine, whose names are known. Elsewhere names are whatever the
    ///     operator's network says.
    ///   - ownName: this machine's host name.
    package static func refusal(origin: String?, host: String?, isLoopback: Bool, ownName: String) -> String? {
        if let origin, !isSame(origin, host) {
            return "a page of \(origin.prefix(200)) may not use this server; browsers are let in only by a proxy of "
                + "the same origin"
        }
        if isLoopback, let host, !isTrustworthy(name(in: host), ownName: ownName) {
            return "\(host.prefix(200)) is not a name of this machine; use its address, or localhost"
        }
        return nil
    }

    private static func isSame(_ origin: String, _ host: String?) -> Bool {
        guard let host = host?.lowercased() else { return false }
        let origin = origin.lowercased()
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    /// Without the port, and without the brackets of IPv6.
    private static func name(in host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }

    /// Names that nobody can register: addresses, names without a dot, those below `localhost`; and our own.
    private static func isTrustworthy(_ name: String, ownName: String) -> Bool {
        var name = name.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        return !name.contains(".") || IPAddress(name) != nil || name.hasSuffix(".localhost")
            || name == ownName.lowercased()
    }
}

/// This machine's host name, `localhost` when it has none.
enum HostName {
    static func read() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let text = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        return text.isEmpty ? "localhost" : text
    }
}
