/// Names and ARNs of buses, rules, archives and replays.
package enum EventNames {
    /// The bus that there always is.
    package static let defaultBus = "default"

    /// `arn:aws:events:REGION:ACCOUNT:rule/NAME`, on another bus `rule/BUS/NAME`.
    package static func rule(_ name: String, bus: String, region: String, account: String) -> String {
        arn("rule", bus == defaultBus ? name : "\(bus)/\(name)", region, account)
    }

    package static func bus(_ name: String, region: String, account: String) -> String {
        arn("event-bus", name, region, account)
    }

    package static func archive(_ name: String, region: String, account: String) -> String {
        arn("archive", name, region, account)
    }

    package static func replay(_ name: String, region: String, account: String) -> String {
        arn("replay", name, region, account)
    }

    private static func arn(_ kind: String, _ name: String, _ region: String, _ account: String) -> String {
        "arn:aws:events:\(region):\(account):\(kind)/\(name)"
    }

    /// The name of a bus that is given by its name or its ARN, or not at all.
    static func bus(in text: String?) -> String {
        guard let text, !text.isEmpty else { return defaultBus }
        return name(in: text, kind: "event-bus") ?? text
    }

    /// `NAME` of `arn:…:KIND/NAME`; nil for anything else.
    static func name(in arn: String, kind: String) -> String? {
        guard arn.hasPrefix("arn:"), let range = arn.firstRange(of: ":\(kind)/") else { return nil }
        return String(arn[range.upperBound...])
    }

    /// `[.\-_A-Za-z0-9]+`, at most `lengthMax` characters.
    static func isName(_ text: String, lengthMax: Int) -> Bool {
        (1...lengthMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
                    || [0x2d, 0x2e, 0x5f].contains(byte)
            }
    }

    /// Refuses what ``isName(_:lengthMax:)`` refuses, in the service's words.
    /// - Parameter member: the name of the parameter with a small first letter, as messages have it.
    static func check(_ text: String, member: String, lengthMax: Int) throws(EventRefusal) {
        guard !isName(text, lengthMax: lengthMax) else { return }
        let constraint: String
        if text.isEmpty {
            constraint = "Member must have length greater than or equal to 1"
        } else if isName(text, lengthMax: .max) {
            constraint = "Member must have length less than or equal to \(lengthMax)"
        } else {
            constraint = #"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+"#
        }
        throw .validation(
            "1 validation error detected: Value '\(text)' at '\(member)' failed to satisfy constraint: \(constraint)")
    }
}
