package import VarveAlarms
package import VarveBytes
package import VarveJSON
import VarveModel

/// Something that is to reach a target: an alarm's notification, or an event on its way to a rule's target.
///
/// It is stored in the same write as the change that caused it, and taken off by a later one; so a crash in between
/// leads to another delivery and never to none.
package struct Delivery: Equatable, Sendable {
    /// The same in every attempt: receivers that keep it notice repetitions.
    package var id: UUID16
    /// What it is meant for: an ARN or a URL, as the alarm or rule names it.
    package var target: String
    /// Where it goes: the target itself, or what a topic's subscription names.
    package var endpoint: String
    /// For people, such as an e-mail's subject; may be empty.
    package var subject: String
    package var body: [UInt8]
    /// Nanoseconds since 1970.
    package var createdNs: Int64
    /// For the history of the alarm that acts; nil for events.
    package var action: ActionRecord?
    package var policy: RetryPolicy
    package var content: Content

    /// What the body is, for those that send it. The raw value is stored.
    package enum Content: String, Sendable {
        /// One document, as a rule JSON.
        case message
        /// JSON documents, each with a line feed behind it.
        case lines
        /// One `ExportMetricsServiceRequest` of OpenTelemetry behind its length as a variable-length integer.
        case openTelemetry = "opentelemetry"
    }

    package init(
        id: UUID16, target: String, endpoint: String, subject: String, body: [UInt8], createdNs: Int64,
        action: ActionRecord? = nil, policy: RetryPolicy = .standard, content: Content = .message
    ) {
        self.id = id
        self.target = target
        self.endpoint = endpoint
        self.subject = subject
        self.body = body
        self.createdNs = createdNs
        self.action = action
        self.policy = policy
        self.content = content
    }
}

/// How long a delivery is tried.
package struct RetryPolicy: Equatable, Sendable {
    /// Attempts after the first.
    package var retriesMax: Int
    /// Seconds after which nothing is tried any more.
    package var ageMaxSeconds: Int

    package init(retriesMax: Int, ageMaxSeconds: Int) {
        self.retriesMax = retriesMax
        self.ageMaxSeconds = ageMaxSeconds
    }

    /// What the event service allows at most: 185 repetitions within a day.
    package static let standard = RetryPolicy(retriesMax: 185, ageMaxSeconds: 86_400)
}

/// How an attempt ended.
package enum DeliveryOutcome: Equatable, Sendable {
    /// The target has it.
    case delivered
    /// It may work later: no connection, a time-out, a status that asks for patience.
    case failed(reason: String)
    /// It will never work: the target refuses it, or there is no such target.
    case refused(reason: String)

    var maySucceedLater: Bool {
        if case .failed = self { true } else { false }
    }
}

extension Delivery {
    /// As it is stored.
    package var json: JSONValue {
        var members: [JSONMember] = [
            .init("id", .string(id.description)), .init("target", .string(target)),
            .init("endpoint", .string(endpoint)), .init("subject", .string(subject)),
            .init("body", .string(bodyText)), .init("created", .integer(createdNs)),
            .init("retries", .integer(Int64(policy.retriesMax))),
            .init("seconds", .integer(Int64(policy.ageMaxSeconds))),
        ]
        if let action { members.append(.init("action", action.json)) }
        if content != .message { members.append(.init("content", .string(content.rawValue))) }
        return .object(members)
    }

    /// Bytes that are no text as hexadecimal digits.
    private var bodyText: String {
        content == .openTelemetry ? Hex.encode(body) : String(decoding: body, as: UTF8.self)
    }

    /// - Returns: nil when it is not what ``json`` writes.
    package init?(_ json: JSONValue) {
        guard let id = json["id"]?.string.flatMap(UUID16.init), let target = json["target"]?.string,
            let endpoint = json["endpoint"]?.string, let body = json["body"]?.string,
            let createdNs = json["created"]?.integer
        else { return nil }
        guard let content = Content(rawValue: json["content"]?.string ?? Content.message.rawValue),
            let bytes = content == .openTelemetry ? Hex.decode(body) : Array(body.utf8)
        else { return nil }
        var policy = RetryPolicy.standard
        // What is stored is within the standard; bytes that are not were never written here.
        if let retries = json["retries"]?.integer {
            policy.retriesMax = min(max(0, Int(clamping: retries)), policy.retriesMax)
        }
        if let seconds = json["seconds"]?.integer {
            policy.ageMaxSeconds = min(max(0, Int(clamping: seconds)), policy.ageMaxSeconds)
        }
        self.init(
            id: id, target: target, endpoint: endpoint, subject: json["subject"]?.string ?? "", body: bytes,
            createdNs: createdNs, action: json["action"].flatMap { ActionRecord($0) }, policy: policy, content: content)
    }
}
