package import VarveCrypto

/// Which secret signs a webhook's calls. A value; any thread.
///
/// A receiver that has a secret of its own cannot sign messages to another one.
package struct WebhookSecrets: Sendable {
    /// For URLs that have no secret of their own; nil: their calls are not signed.
    package var common: SecretBytes?
    /// By the beginnings of URLs: whole ones, or up to the end of a host or of a part of a path.
    package var byPrefix: [String: SecretBytes] = [:]

    package init() {}

    /// The secret of the longest beginning that matches. O(beginnings).
    package func secret(for url: String) -> SecretBytes? {
        let url = Self.normalised(url)
        let matching = byPrefix.filter { Self.covers(Self.normalised($0.key), url) }
        return matching.max { $0.key.utf8.count < $1.key.utf8.count }?.value ?? common
    }

    /// Schemes and hosts have no case, and a scheme's own port may be left out (RFC 3986, 6.2).
    private static func normalised(_ url: String) -> String {
        let bytes = Array(url.utf8)
        guard let scheme = ["https://", "http://"].first(where: { url.lowercased().hasPrefix($0) }) else { return url }
        let end = bytes[scheme.utf8.count...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        var place = String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self).lowercased()
        let port = scheme == "https://" ? ":443" : ":80"
        if place.hasSuffix(port) { place.removeLast(port.count) }
        return place + String(decoding: bytes[(end ?? bytes.count)...], as: UTF8.self)
    }

    /// `https://a.example` is no beginning of `https://a.example.org` or `https://a.example@evil`.
    private static func covers(_ prefix: String, _ url: String) -> Bool {
        guard url.utf8.starts(with: prefix.utf8) else { return false }
        if prefix.hasSuffix("/") { return true }
        switch url.utf8.dropFirst(prefix.utf8.count).first {
        case nil, UInt8(ascii: "/"), UInt8(ascii: "?"): return true
        default: return false
        }
    }

    /// Whether a text can be the beginning of a webhook's URL: a scheme, and at least a host.
    package static func isPrefix(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return false }
        let host = text.dropFirst(scheme.count).prefix { $0 != "/" }
        return !host.isEmpty && text.utf8.allSatisfy { (0x21..<0x7f).contains($0) }
    }
}
