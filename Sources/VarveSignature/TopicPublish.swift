/// A call of `Publish`, which sends a message to a topic of the notification service, in its query protocol.
///
/// A value that knows no clock and no network: ``request(to:signer:nowSeconds:)`` makes the bytes of one attempt.
package struct TopicPublish: Sendable, Equatable {
    /// `arn:aws:sns:REGION:ACCOUNT:NAME`.
    package var topicARN: String
    /// For receivers by mail; what the service does not take in one is left out of it.
    package var subject: String
    /// UTF-8, 1 byte to 256 KiB; the service refuses others.
    package var message: [UInt8]
    /// The same in every attempt.
    package var deliveryID: String
    /// The topic may have the message already.
    package var mayBeRepetition: Bool

    package init(topicARN: String, subject: String, message: [UInt8], deliveryID: String, mayBeRepetition: Bool) {
        self.topicARN = topicARN
        self.subject = subject
        self.message = message
        self.deliveryID = deliveryID
        self.mayBeRepetition = mayBeRepetition
    }

    /// The request, signed. O(message).
    /// - Throws: `.malformedTarget` for an endpoint whose path cannot be signed.
    package func request(
        to endpoint: Endpoint, signer: RequestSigner, nowSeconds: Int64
    ) throws(SignatureError) -> SignedRequest {
        var request = SignedRequest(
            method: "POST", path: endpoint.path,
            headers: [
                SignedHeader("host", endpoint.authority),
                SignedHeader("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ], body: form)
        try signer.sign(&request, nowSeconds: nowSeconds)
        return request
    }

    /// The parameters, percent-encoded.
    private var form: [UInt8] {
        let text = String(decoding: message, as: UTF8.self)
        var parameters = [
            ("Action", "Publish"), ("Version", "2010-03-31"), ("TopicArn", topicARN), ("Message", text),
        ]
        let subject = acceptedSubject
        if !subject.isEmpty { parameters.append(("Subject", subject)) }
        if topicARN.hasSuffix(".fifo") {
            // Such a topic keeps an order within a group, and drops what it had in the last five minutes.
            parameters += [("MessageGroupId", "varve"), ("MessageDeduplicationId", deliveryID)]
        }
        let attributes = [("Varve-Delivery", deliveryID), ("Varve-Repetition", mayBeRepetition ? "possible" : "no")]
        for (index, (name, value)) in attributes.enumerated() {
            let prefix = "MessageAttributes.entry.\(index + 1)"
            parameters += [
                ("\(prefix).Name", name), ("\(prefix).Value.DataType", "String"),
                ("\(prefix).Value.StringValue", value),
            ]
        }
        return Array(parameters.map { "\($0)=\(PercentCoding.encode($1))" }.joined(separator: "&").utf8)
    }

    /// Up to 100 printable ASCII characters, the first of them no space.
    private var acceptedSubject: String {
        let replaced = subject.unicodeScalars.map { (0x20..<0x7f).contains($0.value) ? Character($0) : "?" }
        return String(replaced.drop { $0 == " " }.prefix(Self.subjectMax))
    }

    /// The service's limit.
    private static let subjectMax = 100
}

// MARK: - Where to

extension TopicPublish {
    /// Where a notification service listens.
    package struct Endpoint: Sendable, Equatable {
        /// `https` or `http`.
        package let scheme: String
        /// Host, and port where it is not the usual one, as the URL has them.
        package let authority: String
        /// Begins with a slash.
        package let path: String

        /// - Parameter url: `https://HOST[:PORT][/PATH]`, or `http://…`.
        /// - Returns: nil for anything else, such as a URL with a user, a query or a fragment.
        package init?(_ url: String) {
            guard let scheme = ["https", "http"].first(where: { url.hasPrefix("\($0)://") }) else { return nil }
            let rest = url.dropFirst(scheme.count + 3)
            let authority = rest.prefix { $0 != "/" }
            let path = rest.dropFirst(authority.count)
            let isPlain = rest.utf8.allSatisfy { byte in
                (0x21..<0x7f).contains(byte) && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
                    && byte != UInt8(ascii: "@") && byte != UInt8(ascii: "\\")
            }
            guard !authority.isEmpty, isPlain else { return nil }
            self.scheme = scheme
            self.authority = String(authority)
            self.path = path.isEmpty ? "/" : String(path)
        }

        /// The whole address.
        package var url: String { "\(scheme)://\(authority)\(path)" }
    }
}

// MARK: - Answers

extension TopicPublish {
    /// What an answer means for the message.
    package enum Answer: Sendable, Equatable {
        /// The topic has it.
        case accepted
        /// It may be taken later.
        case notNow(reason: String)
        /// It will never be taken.
        case refused(reason: String)
    }

    /// Reads an answer. 408, 425, 429 and 5xx may pass, and so may throttling and what is wrong with credentials or a
    /// clock: an operator can mend that. All else is final. O(body).
    /// - Parameter body: the service's XML, or its beginning.
    package static func answer(status: Int, body: [UInt8]) -> Answer {
        if (200..<300).contains(status) { return .accepted }
        let code = code(in: body)
        let reason = "status \(status)" + (code.map { ", \($0)" } ?? "")
        let passes: Bool
        switch status {
        case 403, 408, 425, 429, 500...: passes = true
        default: passes = code.map { $0.contains("Throttl") || passingCodes.contains($0) } ?? false
        }
        return passes ? .notNow(reason: reason) : .refused(reason: reason)
    }

    private static let passingCodes: Set<String> = [
        "RequestExpired", "ExpiredToken", "InvalidClientTokenId", "IncompleteSignature", "SignatureDoesNotMatch",
        "ServiceUnavailable",
    ]

    /// The text of the first `Code` element, if it is one word.
    private static func code(in body: [UInt8]) -> String? {
        // Split at `<`, an element is its name, `>` and its text.
        for piece in body.split(separator: UInt8(ascii: "<")) {
            let text = String(decoding: piece, as: UTF8.self)
            guard text.hasPrefix("Code>") else { continue }
            let code = text.dropFirst("Code>".count)
            let isWord = code.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") }
            return isWord && (1...64).contains(code.count) ? String(code) : nil
        }
        return nil
    }
}
