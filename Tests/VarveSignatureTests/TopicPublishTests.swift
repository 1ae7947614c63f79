import Testing
import VarveCrypto
import VarveSignature

@Suite struct TopicPublishTests {
    private static let arn = "arn:aws:sns:eu-west-1:123456789012:ops"

    private func publish(_ subject: String = "ALARM: \"cpu\"", to arn: String = Self.arn) -> TopicPublish {
        TopicPublish(
            topicARN: arn, subject: subject, message: Array("{\"a\": 1 & 2}\n".utf8), deliveryID: "d-1",
            mayBeRepetition: true)
    }

    private func signer() -> RequestSigner {
        let secret = SecretBytes(copying: Array("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8))
        return RequestSigner(accessKeyID: "AKIDEXAMPLE", secret: secret, region: "eu-west-1", service: "sns")
    }

    private func form(_ request: SignedRequest) -> [String: String] {
        let pairs = String(decoding: request.body, as: UTF8.self).split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (parts[0], parts[1])
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test("a message becomes a form of the query protocol, percent-encoded, with what tells repetitions")
    func encodes() throws {
        let endpoint = try #require(TopicPublish.Endpoint("https://sns.eu-west-1.amazonaws.com"))
        let request = try publish().request(to: endpoint, signer: signer(), nowSeconds: 1_767_225_600)
        #expect(
            form(request) == [
                "Action": "Publish", "Version": "2010-03-31",
                "TopicArn": "arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Aops",
                "Message": "%7B%22a%22%3A%201%20%26%202%7D%0A", "Subject": "ALARM%3A%20%22cpu%22",
                "MessageAttributes.entry.1.Name": "Varve-Delivery",
                "MessageAttributes.entry.1.Value.DataType": "String",
                "MessageAttributes.entry.1.Value.StringValue": "d-1",
                "MessageAttributes.entry.2.Name": "Varve-Repetition",
                "MessageAttributes.entry.2.Value.DataType": "String",
                "MessageAttributes.entry.2.Value.StringValue": "possible",
            ])
        #expect(request.method == "POST" && request.path == "/" && request.query.isEmpty)
    }

    @Test("the signature is one that the verifier of the server accepts, and another secret's is not")
    func signs() throws {
        let endpoint = try #require(TopicPublish.Endpoint("http://127.0.0.1:9911/topics"))
        let request = try publish().request(to: endpoint, signer: signer(), nowSeconds: 1_767_225_600)
        #expect(request.header("host") == "127.0.0.1:9911" && request.path == "/topics")
        #expect(request.header("x-amz-date") == "20260101T000000Z")
        let authorization = try #require(request.header("authorization"))
        #expect(
            authorization.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/sns/aws4_request, "
                    + "SignedHeaders=content-type;host;x-amz-date, Signature="))
        #expect(!authorization.contains("wJalr"))
        // Signing again, without what signing added, gives the same; another message does not.
        var again = SignedRequest(
            method: "POST", path: request.path,
            headers: request.headers.filter { ["host", "content-type"].contains($0.name) }, body: request.body)
        try signer().sign(&again, nowSeconds: 1_767_225_600)
        #expect(again == request)
        again.body.append(0)
        try signer().sign(&again, nowSeconds: 1_767_225_600)
        #expect(again.header("authorization") != authorization)
    }

    @Test("subjects are what the service takes; topics that keep an order get a group and an id")
    func subjects() throws {
        let endpoint = try #require(TopicPublish.Endpoint("https://sns.example"))
        func sent(_ publish: TopicPublish) throws -> [String: String] {
            form(try publish.request(to: endpoint, signer: signer(), nowSeconds: 0))
        }
        #expect(try sent(publish("  Über\nall"))["Subject"] == "%3Fber%3Fall")
        #expect(try sent(publish(String(repeating: "x", count: 300)))["Subject"]?.count == 100)
        #expect(try sent(publish(" "))["Subject"] == nil)
        let ordered = try sent(publish(to: Self.arn + ".fifo"))
        #expect(ordered["MessageDeduplicationId"] == "d-1" && ordered["MessageGroupId"] == "varve")
        #expect(try sent(publish())["MessageGroupId"] == nil)
    }

    @Test("endpoints are a scheme, a host and a path, and nothing else")
    func endpoints() throws {
        let plain = try #require(TopicPublish.Endpoint("https://sns.example:8443/a/b"))
        #expect(plain.authority == "sns.example:8443" && plain.path == "/a/b" && plain.scheme == "https")
        #expect(TopicPublish.Endpoint("http://h")?.url == "http://h/")
        for wrong in [
            "sns.example", "ftp://h/", "https://", "https:///x", "https://u@h/", "https://h/?a=1", "https://h/#x",
            "https://h /", "https://h/é", "https://h\\x",
        ] {
            #expect(TopicPublish.Endpoint(wrong) == nil, "\(wrong)")
        }
    }

    @Test("answers that may pass are told from those that are final")
    func answers() {
        func answer(_ status: Int, _ code: String? = nil) -> TopicPublish.Answer {
            let body = code.map { "<ErrorResponse><Error><Type>Sender</Type><Code>\($0)</Code></Error>" }
            return TopicPublish.answer(status: status, body: Array((body ?? "").utf8))
        }
        #expect(answer(200) == .accepted)
        for status in [403, 408, 429, 500, 503] { #expect(answer(status) == .notNow(reason: "status \(status)")) }
        #expect(answer(400, "Throttling") == .notNow(reason: "status 400, Throttling"))
        #expect(answer(400, "RequestExpired") == .notNow(reason: "status 400, RequestExpired"))
        #expect(answer(404, "NotFound") == .refused(reason: "status 404, NotFound"))
        #expect(answer(400, "InvalidParameter") == .refused(reason: "status 400, InvalidParameter"))
        #expect(answer(400) == .refused(reason: "status 400"))
        #expect(answer(301) == .refused(reason: "status 301"))
        #expect(answer(400, "not a word") == .refused(reason: "status 400"))
    }
}
