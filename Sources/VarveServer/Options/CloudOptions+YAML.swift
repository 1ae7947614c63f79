import VarveCloud
import Yams

// `cloud:` in the configuration file. Page: Docs/Operations/server.md, "Configuration file".
extension CloudOptions {
    private static let paths: [String: any WritableKeyPath<CloudOptions, Bool> & Sendable] = [
        "retention-tiers": \.hasRetentionTiers, "refuse-service-namespaces": \.refusesServiceNamespaces,
        "check-times": \.checksTimes,
    ]

    mutating func apply(_ key: String, _ value: Node, _ line: Int?) throws(OptionError) {
        guard let path = Self.paths[key] else {
            throw OptionError(
                "unknown key \"cloud.\(key)\"; known: \(Self.paths.keys.sorted().joined(separator: ", "))", line: line)
        }
        guard let flag = value.bool else {
            throw OptionError("cloud.\(key): expected true or false", line: value.mark?.line)
        }
        self[keyPath: path] = flag
    }
}
