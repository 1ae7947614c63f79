import VarveModel
import Yams

// The configuration file. Page: Docs/Operations/server.md, "Configuration file".

extension ServerOptions {
    /// Takes over what a configuration file sets; everything else stays. Unknown keys are refused: a misspelt limit
    /// must not silently be the default.
    /// - Throws: what is wrong, with its line.
    package mutating func apply(yaml text: String) throws(OptionError) {
        guard let root = try Self.compose(text) else { return }
        try Self.forEachMember(of: root) { key, value, line throws(OptionError) in
            try apply(key, value, line)
        }
    }

    private static func compose(_ text: String) throws(OptionError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw OptionError("not YAML: \(error)", line: error.line)
        } catch {
            throw OptionError("not YAML: \(error)")
        }
    }

    static func forEachMember(
        of node: Node, _ body: (String, Node, Int?) throws(OptionError) -> Void
    ) throws(OptionError) {
        if node.isNull { return }
        guard let mapping = node.mapping else {
            throw OptionError("expected `key: value` lines", line: node.mark?.line)
        }
        for (key, value) in mapping {
            try body(key.string ?? "", value, key.mark?.line)
        }
    }

    private mutating func apply(_ key: String, _ value: Node, _ line: Int?) throws(OptionError) {
        switch key {
        case "key-file": keyFile = try Self.text(key, value)
        case "data": dataDirectory = try Self.text(key, value)
        case "snapshot-directory": snapshotDirectory = try Self.text(key, value)
        case "line": self.line = try Self.endpoint(key, value)
        case "http": http = try Self.endpoint(key, value)
        case "collect-host":
            guard let flag = value.bool else {
                throw OptionError("collect-host: expected true or false", line: value.mark?.line)
            }
            collectHost = flag
        case "line-durability":
            switch value.scalar?.string {
            case "durable": lineDurability = .durable
            case "buffered": lineDurability = .buffered
            default: throw OptionError("line-durability: expected durable or buffered", line: value.mark?.line)
            }
        case "allow-remote": inbound.rules = try Self.rules(value)
        case "limits":
            try Self.forEachMember(of: value) { key, value, line throws(OptionError) in
                try limits.apply(key, value, line)
            }
        case "retention":
            try Self.forEachMember(of: value) { key, value, line throws(OptionError) in
                try applyRetention(key, value, line)
            }
        case "store":
            try Self.forEachMember(of: value) { key, value, line throws(OptionError) in
                try applyStore(key, value, line)
            }
        case "actions":
            try Self.forEachMember(of: value) { key, value, line throws(OptionError) in
                try delivery.apply(key, value, line)
            }
        case "tls":
            try Self.forEachMember(of: value) { key, value, line throws(OptionError) in
                try tls.apply(key, value, line)
            }
        case "identity":
            try Self.forEachMember(of: value) { key, value, line throws(OptionError) in
                try identity.apply(key, value, line)
            }
        case "cloud":
            try Self.forEachMember(of: value) { key, value, line throws(OptionError) in
                try cloud.apply(key, value, line)
            }
        default:
            let known =
                "data, key-file, snapshot-directory, line, http, line-durability, collect-host, allow-remote, limits, "
                + "retention, store, actions, identity, cloud, tls"
            throw OptionError("unknown key \"\(key)\"; known: \(known)", line: line)
        }
    }

    private mutating func applyRetention(_ key: String, _ value: Node, _ line: Int?) throws(OptionError) {
        switch key {
        case "default-days": retentionDays = try Self.days("retention.default-days", value)
        case "namespaces":
            try Self.forEachMember(of: value) { namespace, value, line throws(OptionError) in
                guard namespaceRetentionDays[namespace] == nil else {
                    throw OptionError("retention.namespaces: \(namespace) is named twice", line: line)
                }
                namespaceRetentionDays[namespace] = try Self.days("retention.namespaces: \(namespace)", value)
            }
        default:
            throw OptionError("unknown key \"retention.\(key)\"; known: default-days, namespaces", line: line)
        }
    }

    private static func days(_ key: String, _ value: Node) throws(OptionError) -> Int {
        guard let days = value.int else {
            throw OptionError("\(key): expected a whole number of days", line: value.mark?.line)
        }
        return days
    }

    private mutating func applyStore(_ key: String, _ value: Node, _ line: Int?) throws(OptionError) {
        let paths: [String: WritableKeyPath<ServerOptions, Int?>] = [
            "tail-values": \.tailValuesMax, "log-file-bytes": \.logFileBytes,
        ]
        guard let path = paths[key] else {
            throw OptionError("unknown key \"store.\(key)\"; known: log-file-bytes, tail-values", line: line)
        }
        guard let number = value.int else {
            throw OptionError("store.\(key): expected a whole number", line: value.mark?.line)
        }
        self[keyPath: path] = number
    }

    static func text(_ key: String, _ value: Node) throws(OptionError) -> String {
        guard let text = value.scalar?.string, !text.isEmpty else {
            throw OptionError("\(key): expected a text", line: value.mark?.line)
        }
        return text
    }

    /// `HOST:PORT`, or `off`.
    private static func endpoint(_ key: String, _ value: Node) throws(OptionError) -> Endpoint? {
        let text = try text(key, value)
        if text == "off" || text == "false" { return nil }
        do {
            return try Endpoint(text)
        } catch {
            throw OptionError("\(key): \(error.message)", line: value.mark?.line)
        }
    }

    private static func rules(_ value: Node) throws(OptionError) -> [InboundRules.Rule] {
        guard let sequence = value.sequence else {
            throw OptionError("allow-remote: expected a list of rules", line: value.mark?.line)
        }
        var rules: [InboundRules.Rule] = []
        for element in sequence {
            do {
                rules.append(try InboundRules.Rule(try text("allow-remote", element)))
            } catch {
                throw OptionError("allow-remote: \(error.message)", line: element.mark?.line)
            }
        }
        return rules
    }
}

extension ServerLimits {
    private static let paths: [String: any WritableKeyPath<ServerLimits, Int> & Sendable] = [
        "line-connections": \.lineConnectionsMax, "http-connections": \.httpConnectionsMax,
        "idle-timeout-seconds": \.idleTimeoutSeconds, "intake-bytes": \.intakeBytesMax,
        "connection-bytes": \.connectionBytesMax, "body-bytes": \.bodyBytesMax,
        "body-expanded-bytes": \.bodyExpandedBytesMax, "query-threads": \.queryThreads,
        "queries-waiting": \.queriesWaitingMax, "cloud-threads": \.cloudThreads,
        "cloud-requests-waiting": \.cloudRequestsWaitingMax, "cloud-bytes": \.cloudBytesMax,
        "answer-values": \.answerValuesMax,
        "answer-bytes": \.answerBytesMax,
        "reject-file-bytes": \.rejectFileBytes, "drain-seconds": \.drainSeconds,
    ]

    fileprivate mutating func apply(_ key: String, _ value: Node, _ line: Int?) throws(OptionError) {
        guard let path = Self.paths[key] else {
            throw OptionError(
                "unknown key \"limits.\(key)\"; known: \(Self.paths.keys.sorted().joined(separator: ", "))", line: line)
        }
        guard let number = value.int else {
            throw OptionError("limits.\(key): expected a whole number", line: value.mark?.line)
        }
        self[keyPath: path] = number
    }
}

extension Node {
    fileprivate var isNull: Bool { null != nil }
}

extension YamlError {
    /// Line of the fault, from 1.
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        default: nil
        }
    }
}
