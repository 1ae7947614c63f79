import VarveDelivery
import VarveSignature
import Yams

// `actions:` in the configuration file. Page: Docs/Operations/server.md, "Configuration file".
extension DeliveryOptions {
    mutating func apply(_ key: String, _ value: Node, _ line: Int?) throws(OptionError) {
        switch key {
        case "commands":
            try ServerOptions.forEachMember(of: value) { name, value, line throws(OptionError) in
                try Self.checkName(name, "actions.commands", line)
                commands[name] = try Self.command("actions.commands.\(name)", value, line)
            }
        case "files":
            try ServerOptions.forEachMember(of: value) { name, value, line throws(OptionError) in
                try Self.checkName(name, "actions.files", line)
                let path = try ServerOptions.text("actions.files.\(name)", value)
                guard path.hasPrefix("/") else {
                    throw OptionError("actions.files.\(name): expected an absolute path", line: line)
                }
                files[name] = path
            }
        case "webhook-secret-file": webhookSecretFile = try ServerOptions.text("actions.\(key)", value)
        case "webhook-secret-files":
            try ServerOptions.forEachMember(of: value) { prefix, value, line throws(OptionError) in
                guard WebhookSecrets.isPrefix(prefix) else {
                    throw OptionError(
                        "actions.\(key): \"\(prefix)\" is no beginning of a URL, such as https://ops.example/",
                        line: line)
                }
                webhookSecretFiles[prefix] = try ServerOptions.text("actions.\(key)", value)
            }
        case "sns": topics = try Self.topicService(value, line)
        case "webhook-timeout-seconds":
            guard let seconds = value.int, Self.webhookTimeoutSecondsAccepted.contains(seconds) else {
                let range = Self.webhookTimeoutSecondsAccepted
                throw OptionError(
                    "actions.\(key): expected \(range.lowerBound) to \(range.upperBound)", line: value.mark?.line)
            }
            webhookTimeoutSeconds = seconds
        default:
            throw OptionError(
                "unknown key \"actions.\(key)\"; known: commands, files, sns, webhook-secret-file, "
                    + "webhook-secret-files, webhook-timeout-seconds", line: line)
        }
    }

    /// `endpoint`, `region`, `access-key-id` and `secret-file`, all of them.
    private static func topicService(_ value: Node, _ line: Int?) throws(OptionError) -> TopicService {
        let known = ["endpoint", "region", "access-key-id", "secret-file"]
        var texts: [String: String] = [:]
        try ServerOptions.forEachMember(of: value) { key, value, line throws(OptionError) in
            guard known.contains(key) else {
                throw OptionError(
                    "unknown key \"actions.sns.\(key)\"; known: \(known.joined(separator: ", "))", line: line)
            }
            texts[key] = try ServerOptions.text("actions.sns.\(key)", value)
        }
        guard let url = texts["endpoint"], let region = texts["region"], let accessKeyID = texts["access-key-id"],
            let secretFile = texts["secret-file"]
        else {
            let missing = known.filter { texts[$0] == nil }
            throw OptionError("actions.sns: \(missing.joined(separator: ", ")) missing", line: line)
        }
        guard let endpoint = TopicPublish.Endpoint(url) else {
            throw OptionError("actions.sns.endpoint: expected https://HOST or http://HOST:PORT", line: line)
        }
        return TopicService(
            endpoint: endpoint, region: region, accessKeyID: accessKeyID, secretFile: secretFile)
    }

    /// Names are parts of ARNs.
    private static func checkName(_ name: String, _ place: String, _ line: Int?) throws(OptionError) {
        let isRight =
            !name.isEmpty && name.utf8.count <= 64
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        guard isRight else {
            throw OptionError(
                "\(place): \"\(name)\" is no name; letters, digits, -, _ and . are allowed, up to 64", line: line)
        }
    }

    /// A list of arguments, or a mapping with `run` and `timeout-seconds`.
    private static func command(_ place: String, _ value: Node, _ line: Int?) throws(OptionError) -> Command {
        if value.sequence != nil { return Command(arguments: try arguments(place, value, line)) }
        var command = Command(arguments: [])
        try ServerOptions.forEachMember(of: value) { key, value, line throws(OptionError) in
            switch key {
            case "run": command.arguments = try arguments("\(place).run", value, line)
            case "timeout-seconds":
                guard let seconds = value.int, 1...Command.timeoutSecondsMax ~= seconds else {
                    throw OptionError("\(place).\(key): expected 1 to \(Command.timeoutSecondsMax)", line: line)
                }
                command.timeoutSeconds = seconds
            default: throw OptionError("unknown key \"\(place).\(key)\"; known: run, timeout-seconds", line: line)
            }
        }
        guard !command.arguments.isEmpty else { throw OptionError("\(place): run is missing", line: line) }
        return command
    }

    private static func arguments(_ place: String, _ value: Node, _ line: Int?) throws(OptionError) -> [String] {
        var arguments: [String] = []
        for element in value.sequence ?? [] {
            guard let text = element.scalar?.string else {
                throw OptionError("\(place): expected a list of texts", line: element.mark?.line)
            }
            arguments.append(text)
        }
        guard arguments.first?.hasPrefix("/") == true else {
            throw OptionError("\(place): expected a list that begins with an absolute path", line: line)
        }
        return arguments
    }
}
