/// A place to listen at: IP address and port.
package struct Endpoint: Equatable, Sendable, CustomStringConvertible {
    package var address: IPAddress
    /// 0 lets the system choose (tests).
    package var port: Int

    package init(address: IPAddress, port: Int) {
        self.address = address
        self.port = port
    }

    /// Reads `HOST:PORT`; HOST is an IPv4 address, an IPv6 address in brackets, `localhost` or `*` (every IPv4
    /// address). Names are not looked up: a listener must not depend on DNS.
    package init(_ text: String) throws(OptionError) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw OptionError("\"\(text)\" is not HOST:PORT, such as 127.0.0.1:8094") }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        switch host {
        case "localhost": host = "127.0.0.1"
        case "*": host = "0.0.0.0"
        default: break
        }
        guard let address = IPAddress(host) else {
            throw OptionError("\"\(host)\" is not an IP address; listeners take addresses, not names")
        }
        self.init(address: address, port: port)
    }

    package var description: String { address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)" }
}

/// What is wrong with an option or a configuration file.
package struct OptionError: Error, Equatable, Sendable, CustomStringConvertible {
    package var message: String
    /// Line in the configuration file, from 1; nil for command-line flags.
    package var line: Int?

    package init(_ message: String, line: Int? = nil) {
        self.message = message
        self.line = line
    }

    package var description: String { line.map { "line \($0): \(message)" } ?? message }
}
