import VarveBytes
import VarveJSON
import VarveModel

// Local topics, in the shapes of the notification service.
extension Operation {
    static let topics: [Operation] = [
        Operation("CreateTopic", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.createTopic(input)
        },
        Operation("DeleteTopic", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.deleteTopic(input)
        },
        Operation("ListTopics") { (engine, _, _) throws(OperationError) in
            let names = engine.topics.current.sortedNames
            return .object([
                .init("Topics", .array(names.map { .object([.init("TopicArn", .string(engine.topicARN($0)))]) }))
            ])
        },
        Operation("Subscribe", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.subscribe(input)
        },
        Operation("Unsubscribe", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.unsubscribe(input)
        },
        Operation("ListSubscriptionsByTopic") { (engine, input, _) throws(OperationError) in
            let topic = try engine.topic(input)
            let list = topic.subscriptions.map { engine.json(of: $0, in: topic) }
            return .object([.init("Subscriptions", .array(list))])
        },
        Operation("Publish", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.publish(input, nowNs: nowNs)
        },
    ]
}

extension MonitoringEngine {
    func topicARN(_ name: String) -> String { "arn:aws:sns:\(scope.region):\(scope.account):\(name)" }

    /// The name in `arn:aws:sns:REGION:ACCOUNT:NAME`; nil for topics of other places and for other texts.
    func topicName(ofARN arn: String) -> String? {
        let prefix = topicARN("")
        guard arn.hasBytePrefix(prefix) else { return nil }
        return String(decoding: arn.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    fileprivate func topic(_ input: OperationInput) throws(OperationError) -> Topic {
        let arn = try input.required("TopicArn")
        guard let name = topicName(ofARN: arn), let topic = topics[name] else {
            throw OperationError(code: "NotFound", message: "Topic does not exist: \(arn)")
        }
        return topic
    }

    fileprivate mutating func stage(_ topic: Topic?, named name: String) {
        topics[name] = topic
        var write = MonitoringWrite()
        write.documents = [.init(kind: .topic, name: name, content: topic?.json.encoded)]
        stage(write)
    }

    fileprivate mutating func createTopic(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let name = try input.required("Name")
        guard Topic.isName(name) else {
            throw OperationError(
                code: "InvalidParameter",
                message: "Invalid parameter: Topic Name: letters, digits, - and _ are allowed, up to 256 of them")
        }
        if topics[name] == nil {
            guard topics.count < options.topicsMax else {
                throw OperationError(
                    code: "TopicLimitExceeded", message: "there are \(options.topicsMax) topics, more are not allowed")
            }
            stage(Topic(name: name), named: name)
        }
        return .object([.init("TopicArn", .string(topicARN(name)))])
    }

    /// One that does not exist is deleted already.
    fileprivate mutating func deleteTopic(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let arn = try input.required("TopicArn")
        if let name = topicName(ofARN: arn), topics[name] != nil { stage(nil, named: name) }
        return .object([])
    }

    /// Subscribing the same endpoint again gives the subscription that there is.
    fileprivate mutating func subscribe(_ input: OperationInput) throws(OperationError) -> JSONValue {
        var topic = try topic(input)
        let endpoint = try input.required("Endpoint")
        guard endpoint.hasPrefix("http://") || endpoint.hasPrefix("https://") || endpoint.hasPrefix("arn:varve:") else {
            throw OperationError(
                code: "InvalidParameter",
                message: "Invalid parameter: Endpoint: a URL, or arn:varve:exec|file|journal:REGION:ACCOUNT:NAME")
        }
        guard endpoint.utf8.count <= 2_048 else {
            throw OperationError(code: "InvalidParameter", message: "Invalid parameter: Endpoint: more than 2048 bytes")
        }
        let isRaw = input.json["Attributes"]?["RawMessageDelivery"]?.string == "true"
        if let known = topic.subscriptions.first(where: {
            $0.endpoint.hasSameBytes(as: endpoint) && $0.isRaw == isRaw
        }) {
            return .object([.init("SubscriptionArn", .string(subscriptionARN(known, in: topic)))])
        }
        guard topic.subscriptions.count < Topic.subscriptionsMax else {
            throw OperationError(
                code: "SubscriptionLimitExceeded",
                message: "\(topic.name) has \(Topic.subscriptionsMax) subscriptions, more are not allowed")
        }
        let subscription = Topic.Subscription(id: makeID().description, endpoint: endpoint, isRaw: isRaw)
        topic.subscriptions.append(subscription)
        stage(topic, named: topic.name)
        return .object([.init("SubscriptionArn", .string(subscriptionARN(subscription, in: topic)))])
    }

    fileprivate mutating func unsubscribe(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let arn = try input.required("SubscriptionArn")
        for var topic in topics.current.values {
            guard
                let place = topic.subscriptions.firstIndex(where: {
                    subscriptionARN($0, in: topic).hasSameBytes(as: arn)
                })
            else {
                continue
            }
            topic.subscriptions.remove(at: place)
            stage(topic, named: topic.name)
            break
        }
        return .object([])
    }

    fileprivate mutating func publish(_ input: OperationInput, nowNs: Int64) throws(OperationError) -> JSONValue {
        let topic = try topic(input)
        let message = try input.required("Message")
        let subject = try input.string("Subject") ?? ""
        // The notification service's limits.
        guard subject.count <= 100, subject.unicodeScalars.allSatisfy({ $0.isASCII && $0.value >= 0x20 }) else {
            throw OperationError(
                code: "InvalidParameter", message: "Invalid parameter: Subject: up to 100 printable ASCII characters")
        }
        guard message.utf8.count <= 256 << 10 else {
            throw OperationError(code: "InvalidParameter", message: "Invalid parameter: Message too long")
        }
        let notification = Notification(subject: subject, message: message, timeNs: nowNs)
        var write = MonitoringWrite()
        for delivery in deliveries(of: notification, to: topic) { deliver(delivery, in: &write, nowNs: nowNs) }
        stage(write)
        return .object([.init("MessageId", .string(makeID().description))])
    }

    /// One delivery for each subscription.
    mutating func deliveries(of notification: Notification, to topic: Topic) -> [Delivery] {
        let arn = topicARN(topic.name)
        return topic.subscriptions.map { subscription in
            let id = makeID()
            return Delivery(
                id: id, target: arn, endpoint: subscription.endpoint, subject: notification.subject,
                body: Topic.body(of: notification, for: subscription, id: id, topic: arn),
                createdNs: notification.timeNs)
        }
    }

    fileprivate func subscriptionARN(_ subscription: Topic.Subscription, in topic: Topic) -> String {
        "\(topicARN(topic.name)):\(subscription.id)"
    }

    fileprivate func json(of subscription: Topic.Subscription, in topic: Topic) -> JSONValue {
        .object([
            .init("SubscriptionArn", .string(subscriptionARN(subscription, in: topic))),
            .init("Owner", .string(scope.account)),
            .init("Protocol", .string(String(subscription.endpoint.prefix { $0 != ":" }))),
            .init("Endpoint", .string(subscription.endpoint)), .init("TopicArn", .string(topicARN(topic.name))),
        ])
    }
}
