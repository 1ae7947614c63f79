import Yams

// `tls:` in the configuration file. Page: Docs/Operations/server.md, "TLS".
extension TLSOptions {
    private static let files: [String: any WritableKeyPath<TLSOptions, String?> & Sendable] = [
        "certificate": \.certificateFile, "key": \.keyFile, "http-client-authorities": \.httpClientAuthoritiesFile,
        "line-client-authorities": \.lineClientAuthoritiesFile,
    ]
    private static let flags: [String: any WritableKeyPath<TLSOptions, Bool> & Sendable] = [
        "http": \.coversHTTP, "line": \.coversLine,
    ]

    mutating func apply(_ key: String, _ value: Node, _ line: Int?) throws(OptionError) {
        if let path = Self.files[key] {
            self[keyPath: path] = try ServerOptions.text("tls.\(key)", value)
        } else if let path = Self.flags[key] {
            guard let flag = value.bool else {
                throw OptionError("tls.\(key): expected true or false", line: value.mark?.line)
            }
            self[keyPath: path] = flag
        } else {
            let known = (Self.files.keys.sorted() + Self.flags.keys.sorted()).joined(separator: ", ")
            throw OptionError("unknown key \"tls.\(key)\"; known: \(known)", line: line)
        }
    }
}
