package import VarveJSON

/// Where a rule sends events, and in which form.
package struct EventTarget: Equatable, Sendable {
    /// What the target receives.
    package enum Input: Equatable, Sendable {
        /// The event.
        case event
        /// A constant, as it was written.
        case constant(String)
        /// A part of the event; `null` where there is none.
        case path(InputPath)
        case transformer(InputTransformer)
    }

    /// When delivery is given up.
    package struct RetryPolicy: Equatable, Sendable {
        package var attemptsMax: Int
        package var ageMaxSeconds: Int

        /// The service's: a day.
        package init(attemptsMax: Int = 185, ageMaxSeconds: Int = 86_400) {
            self.attemptsMax = attemptsMax
            self.ageMaxSeconds = ageMaxSeconds
        }
    }

    package var id: String
    /// An ARN or a URL.
    package var arn: String
    package var input: Input
    /// The ARN that takes what could not be delivered.
    package var deadLetterARN: String?
    package var retryPolicy: RetryPolicy
    /// Members that are kept for the service and mean nothing here, such as `RoleArn` or `SqsParameters`.
    let others: [JSONMember]
    /// Whether the policy was given, so that ``json`` is what was read.
    private let hasRetryPolicy: Bool

    private static let ignored: Set<String> = [
        "RoleArn", "KinesisParameters", "RunCommandParameters", "EcsParameters", "BatchParameters", "SqsParameters",
        "HttpParameters", "RedshiftDataParameters", "SageMakerPipelineParameters", "AppSyncParameters",
    ]
    private static let known: Set<String> = [
        "Id", "Arn", "Input", "InputPath", "InputTransformer", "DeadLetterConfig", "RetryPolicy",
    ]

    /// Levels of a member that is kept unread: real ones have four or fewer, and what is kept around them must not
    /// bring them beyond the 64 levels that JSON is read back with.
    private static let ignoredDepthMax = 16

    private static func depth(of value: JSONValue) -> Int {
        switch value {
        case .array(let elements): 1 + (elements.map { depth(of: $0) }.max() ?? 0)
        case .object(let members): 1 + (members.map { depth(of: $0.value) }.max() ?? 0)
        default: 0
        }
    }

    /// Reads a target as `aws events put-targets` takes it.
    /// - Throws: `ValidationException` with the service's message.
    package static func read(_ json: JSONValue) throws(EventRefusal) -> EventTarget {
        guard case .object(let members) = json else { throw .invalid(parameter: "Targets") }
        for member in members where !known.contains(member.name) {
            guard ignored.contains(member.name) else {
                throw .validation("Unknown parameter in Targets: \"\(member.name)\"")
            }
            guard depth(of: member.value) <= ignoredDepthMax else { throw .invalid(parameter: member.name) }
        }
        guard let id = json["Id"]?.string else { throw .invalid(parameter: "Id") }
        try EventNames.check(id, member: "targets.member.id", lengthMax: 64)
        guard let arn = json["Arn"]?.string, (1...1_600).contains(arn.utf8.count), arn.contains(":"),
            arn.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f })
        else {
            let arn = json["Arn"]?.string ?? ""
            throw .invalid(parameter: arn, reason: "Provided Arn is not in correct format.")
        }
        return EventTarget(
            id: id, arn: arn, input: try readInput(json, target: id),
            deadLetterARN: try readDeadLetter(json, target: id),
            retryPolicy: try readRetryPolicy(json["RetryPolicy"], target: id),
            others: members.filter { ignored.contains($0.name) }, hasRetryPolicy: json["RetryPolicy"] != nil)
    }

    private static func readInput(_ json: JSONValue, target: String) throws(EventRefusal) -> Input {
        let given = ["Input", "InputPath", "InputTransformer"].filter { json[$0] != nil }
        guard given.count <= 1 else {
            throw .validation(
                "Only one of Input, InputPath, or InputTransformer must be provided for target \(target).")
        }
        switch given.first {
        case "Input":
            guard let text = json["Input"]?.string, text.utf16.count <= 8_192,
                (try? JSONReader.read(Array(text.utf8))) != nil
            else { throw .validation("JSON syntax error in input for target \(target).") }
            return .constant(text)
        case "InputPath":
            guard let path = json["InputPath"]?.string.flatMap({ InputPath($0) }) else {
                throw .validation("Invalid InputPath for target \(target).")
            }
            return .path(path)
        case "InputTransformer":
            return .transformer(try InputTransformer.read(json["InputTransformer"] ?? .null, target: target))
        default: return .event
        }
    }

    private static func readDeadLetter(_ json: JSONValue, target: String) throws(EventRefusal) -> String? {
        guard let config = json["DeadLetterConfig"] else { return nil }
        guard case .object = config else { throw .validation("Invalid DeadLetterConfig for target \(target).") }
        guard let arn = config["Arn"] else { return nil }
        guard let text = arn.string, (1...1_600).contains(text.utf8.count), text.contains(":") else {
            throw .validation("Invalid DeadLetterConfig for target \(target).")
        }
        return text
    }

    private static func readRetryPolicy(_ json: JSONValue?, target: String) throws(EventRefusal) -> RetryPolicy {
        var policy = RetryPolicy()
        guard let json else { return policy }
        guard case .object = json else { throw .validation("Invalid RetryPolicy for target \(target).") }
        if let attempts = json["MaximumRetryAttempts"] {
            guard let value = attempts.integer, (0...185).contains(value) else {
                throw .validation("MaximumRetryAttempts for target \(target) must be between 0 and 185.")
            }
            policy.attemptsMax = Int(value)
        }
        if let age = json["MaximumEventAgeInSeconds"] {
            guard let value = age.integer, (60...86_400).contains(value) else {
                throw .validation("MaximumEventAgeInSeconds for target \(target) must be between 60 and 86400.")
            }
            policy.ageMaxSeconds = Int(value)
        }
        return policy
    }

    /// The shape that it was read from.
    package var json: JSONValue {
        var members = [JSONMember("Id", .string(id)), JSONMember("Arn", .string(arn))]
        switch input {
        case .event: break
        case .constant(let text): members.append(JSONMember("Input", .string(text)))
        case .path(let path): members.append(JSONMember("InputPath", .string(path.text)))
        case .transformer(let transformer): members.append(JSONMember("InputTransformer", transformer.json))
        }
        members += others
        if let deadLetterARN {
            members.append(JSONMember("DeadLetterConfig", .object([JSONMember("Arn", .string(deadLetterARN))])))
        }
        if hasRetryPolicy {
            let policy = [
                JSONMember("MaximumRetryAttempts", .integer(Int64(retryPolicy.attemptsMax))),
                JSONMember("MaximumEventAgeInSeconds", .integer(Int64(retryPolicy.ageMaxSeconds))),
            ]
            members.append(JSONMember("RetryPolicy", .object(policy)))
        }
        return .object(members)
    }

    /// What the target receives of an event, as bytes of JSON.
    func payload(for event: Event, rule: String, ruleARN: String, ingestionNs: Int64) -> [UInt8] {
        switch input {
        case .event: event.json.encoded
        case .constant(let text): Array(text.utf8)
        case .path(let path): (path.value(in: event.json) ?? .null).encoded
        case .transformer(let transformer):
            transformer.payload(for: event, rule: rule, ruleARN: ruleARN, ingestionNs: ingestionNs)
        }
    }
}
