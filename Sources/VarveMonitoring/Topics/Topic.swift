import VarveAlarms
import VarveBytes
package import VarveJSON
import VarveModel

/// A local notification topic: one name for several receivers.
package struct Topic: Equatable, Sendable {
    package struct Subscription: Equatable, Sendable {
        package var id: String
        /// A URL, or `arn:varve:exec:…`, `arn:varve:file:…`, `arn:varve:journal:…`.
        package var endpoint: String
        /// The message as it is, without the envelope that tells topic and time.
        package var isRaw: Bool

        package init(id: String, endpoint: String, isRaw: Bool) {
            self.id = id
            self.endpoint = endpoint
            self.isRaw = isRaw
        }
    }

    package var name: String
    package var subscriptions: [Subscription] = []

    package init(name: String) { self.name = name }

    /// As many as one message is sent to without being split.
    package static let subscriptionsMax = 100
    /// Letters, digits, `-` and `_`, as the notification service has it.
    package static func isName(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension Topic {
    package var json: JSONValue {
        .object([
            .init("name", .string(name)),
            .init(
                "subscriptions",
                .array(
                    subscriptions.map { subscription in
                        .object([
                            .init("id", .string(subscription.id)), .init("endpoint", .string(subscription.endpoint)),
                            .init("raw", .bool(subscription.isRaw)),
                        ])
                    })),
        ])
    }

    /// - Returns: nil when it is not what ``json`` writes.
    package init?(_ json: JSONValue) {
        guard let name = json["name"]?.string, let list = json["subscriptions"]?.array else { return nil }
        self.init(name: name)
        for element in list {
            guard let id = element["id"]?.string, let endpoint = element["endpoint"]?.string else { return nil }
            subscriptions.append(Subscription(id: id, endpoint: endpoint, isRaw: element["raw"]?.bool ?? false))
        }
    }
}

/// A message for a topic, or for a target that needs none.
struct Notification: Sendable {
    var subject: String
    var message: String
    /// Nanoseconds since 1970.
    var timeNs: Int64
}

extension Topic {
    /// What a subscription receives: the message, or, as HTTP receivers of the notification service expect it, the
    /// message inside an envelope.
    static func body(
        of notification: Notification, for subscription: Subscription, id: UUID16, topic arn: String
    ) -> [UInt8] {
        guard !subscription.isRaw, subscription.endpoint.hasPrefix("http") else {
            return Array(notification.message.utf8)
        }
        return JSONValue.object([
            .init("Type", .string("Notification")), .init("MessageId", .string(id.description)),
            .init("TopicArn", .string(arn)), .init("Subject", .string(notification.subject)),
            .init("Message", .string(notification.message)),
            .init("Timestamp", .string(AlarmTime.iso(notification.timeNs).dropLast(5) + "Z")),
        ]).encoded
    }
}
