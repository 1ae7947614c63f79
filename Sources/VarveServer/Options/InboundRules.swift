/// Who may connect to which port, as security groups have it: rules only permit, and what no rule permits is refused.
/// Loopback peers always may.
package struct InboundRules: Equatable, Sendable {
    /// Peers inside `network/prefixLength` may connect to ports in `ports`.
    package struct Rule: Equatable, Sendable {
        package var network: IPAddress
        /// Leading bits of a peer's address that must equal those of `network`.
        package var prefixLength: Int
        package var ports: ClosedRange<Int>

        /// Reads `CIDR`, `CIDR PORT` or `CIDR PORT-PORT`, such as `10.0.0.0/8 8094-8095`; without ports every port is
        /// meant.
        package init(_ text: String) throws(OptionError) {
            let words = text.split(separator: " ")
            guard let cidr = words.first, words.count <= 2 else {
                throw OptionError(
                    "\"\(text)\" is not a rule; write CIDR or CIDR PORT-PORT, such as 10.0.0.0/8 8094-8095")
            }
            (network, prefixLength) = try Self.network(cidr)
            ports = words.count == 2 ? try Self.ports(words[1]) : 0...65_535
        }

        private static func network(_ text: Substring) throws(OptionError) -> (IPAddress, Int) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard let address = IPAddress(String(parts[0])), parts.count <= 2 else {
                throw OptionError("\"\(text)\" is not a network such as 10.0.0.0/8")
            }
            let bits = address.bytes.count * 8
            guard parts.count == 2 else { return (address, bits) }
            guard let length = Int(parts[1]), (0...bits).contains(length) else {
                throw OptionError("\"\(text)\": the prefix length must be 0 to \(bits)")
            }
            return (address, length)
        }

        private static func ports(_ text: Substring) throws(OptionError) -> ClosedRange<Int> {
            let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends[0], let last = ends[ends.count - 1], ends.count <= 2, first <= last,
                first >= 0, last <= 65_535
            else { throw OptionError("\"\(text)\" is not a port or a range of ports") }
            return first...last
        }

        func permits(_ peer: IPAddress, port: Int) -> Bool {
            guard peer.bytes.count == network.bytes.count, ports.contains(port) else { return false }
            for index in 0..<peer.bytes.count {
                let bits = min(8, max(0, prefixLength - index * 8))
                let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
                if (peer.bytes[index] ^ network.bytes[index]) & mask != 0 { return false }
            }
            return true
        }
    }

    package var rules: [Rule]

    package init(rules: [Rule] = []) { self.rules = rules }

    /// Asked once per accepted connection. O(rules).
    package func permits(_ peer: IPAddress, port: Int) -> Bool {
        peer.isLoopback || rules.contains { $0.permits(peer, port: port) }
    }
}
