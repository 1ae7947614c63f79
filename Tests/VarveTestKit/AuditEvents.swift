package import VarveBytes
package import VarveStore

/// One audit event as a service of the cloud writes it.
package struct AuditEvent: Sendable {
    package var timestampNs: Int64
    package var id: UUID16
    package var name: String
    package var source: String
    package var user: String
    package var accessKey: String
    package var resources: [String]
    package var isReadOnly: Bool
    /// JSON of 1.33 KB on average.
    package var body: [UInt8]

    /// As the columns of a trail, one row each.
    package var values: [SegmentColumnValues] {
        [
            .identifiers([id]), .strings([Array(name.utf8)]), .strings([Array(source.utf8)]),
            .strings([Array(user.utf8)]), .strings([Array(accessKey.utf8)]),
            .stringLists([resources.map { Array($0.utf8) }]), .integers([isReadOnly ? 1 : 0]), .bodies([body]),
        ]
    }
}

/// Makes audit events as busy accounts write them: some people and many roles, calls that repeat with different
/// parameters, and in every event identifiers that occur nowhere else.
package struct AuditEvents {
    private var random: SplitMix64
    private var timestampNs: Int64

    /// - Parameter startNs: time of the first event; they follow by 1.5 s on average.
    package init(seed: UInt64, startNs: Int64) {
        random = SplitMix64(seed: seed)
        timestampNs = startNs
    }

    package mutating func next() -> AuditEvent {
        timestampNs += Int64.random(in: 0..<3_000, using: &random) * 1_000_000
        // Squares: some calls and people are far more frequent than others.
        let call = Self.calls[Self.skewed(Self.calls.count, &random)]
        let person = Self.skewed(60, &random)
        let resources = (0..<(call.isRead ? 0 : 1 + person % 2)).map { _ in
            "arn:aws:\(call.source.split(separator: ".")[0]):eu-central-1:123456789012:thing/"
                + "\(Self.skewed(400, &random))"
        }
        var event = AuditEvent(
            timestampNs: timestampNs, id: UUID16(high: random.next(), low: random.next()), name: call.name,
            source: call.source,
            user: "person-\(person)", accessKey: "ASIA\(Self.letters[person].dropLast())",
            resources: resources, isReadOnly: call.isRead, body: [])
        event.body = Array(Self.json(event, person: person, &random).utf8)
        return event
    }

    private struct Call {
        var name: String
        var source: String
        var isRead: Bool
    }

    private static let calls: [Call] = [
        ("ec2", ["DescribeInstances", "DescribeVolumes", "RunInstances", "CreateTags", "TerminateInstances"]),
        ("s3", ["GetBucketAcl", "ListObjects", "PutBucketPolicy", "GetBucketLocation"]),
        ("sts", ["AssumeRole", "GetCallerIdentity"]),
        ("kms", ["Decrypt", "GenerateDataKey", "DescribeKey"]),
        ("iam", ["GetRole", "CreateRole", "AttachRolePolicy", "ListUsers"]),
        ("logs", ["CreateLogStream", "DescribeLogGroups"]), ("lambda", ["ListFunctions", "UpdateFunctionCode"]),
        ("monitoring", ["DescribeAlarms", "PutMetricAlarm"]), ("dynamodb", ["DescribeTable", "CreateTable"]),
    ].flatMap { (service: String, names: [String]) in
        names.map { name in
            Call(
                name: name, source: "\(service).amazonaws.com",
                isRead: ["Desc", "List", "Get", "Decr"].contains { name.hasPrefix($0) })
        }
    }
    private static let agents = [
        "aws-cli/2.17.0 md/awscrt#0.20.11 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.11.8 cfg/retry-mode#fixed",
        "Boto3/1.34.51 md/Botocore#1.34.51 ua/2.0 os/linux#5.10 md/arch#aarch64 lang/python#3.9.18 Botocore/1.34.51",
        "aws-sdk-java/2.25.11 Linux/5.10.213 OpenJDK_64-Bit_Server_VM/17.0.10 Java/17.0.10 vendor/Amazon io/async",
        "APN/1.0 HashiCorp/1.0 Terraform/1.7.4 (+https://www.terraform.io) terraform-provider-aws/5.39.1 aws-sdk-go-v2",
        "autoscaling.amazonaws.com", "AWS Internal",
    ]

    private static func skewed(_ count: Int, _ random: inout SplitMix64) -> Int {
        let uniform = Double.random(in: 0..<1, using: &random)
        return Int(uniform * uniform * Double(count))
    }

    /// Identifiers of people and roles, by number.
    private static let letters: [String] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var random = SplitMix64(seed: 7)
        return (0..<80).map { _ in String((0..<17).map { _ in alphabet[Int(random.next() % 32)] }) }
    }()

    private static func json(_ event: AuditEvent, person: Int, _ random: inout SplitMix64) -> String {
        let seconds = event.timestampNs / 1_000_000_000
        let instant =
            "2026-01-0\(1 + seconds / 86_400 % 9)T\(10 + seconds / 3_600 % 14):\(10 + seconds / 60 % 50):"
            + "\(10 + seconds % 50)Z"
        let parameters =
            event.isReadOnly
            ? #"{"maxResults":\#([50, 100, 1_000].randomElement(using: &random)!),"filterSet":"#
                + #"{"items":[{"name":"vpc-id","#
                + #""valueSet":{"items":[{"value":"vpc-0\#(skewed(30, &random))5f"}]}}]}}"#
            : #"{"name":"\#(event.resources.first ?? "")","clientToken":"\#(UUID16(high: random.next(), low: 7))","#
                + #""tagSet":{"items":[{"key":"team","value":"team-\#(person % 9)"}]}}"#
        return #"{"eventVersion":"1.09","userIdentity":\#(identity(event, person)),"eventTime":"\#(instant)","#
            + #""eventSource":"\#(event.source)","eventName":"\#(event.name)","awsRegion":"eu-central-1","#
            + #""sourceIPAddress":"10.\#(person % 7).\#(person).\#(skewed(250, &random))","#
            + #""userAgent":"\#(agents[person % agents.count])","requestParameters":\#(parameters),"#
            + #""responseElements":null,"requestID":"\#(UUID16(high: random.next(), low: random.next()))","#
            + #""eventID":"\#(event.id)","readOnly":\#(event.isReadOnly),"#
            + #""eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","#
            + #""eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","#
            + #""cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"\#(event.source)"}}"#
    }

    private static func identity(_ event: AuditEvent, _ person: Int) -> String {
        let role = "service-role-\(person % 17)"
        let principal = "AROA\(letters[60 + person % 17])"
        return #"{"type":"AssumedRole","principalId":"\#(principal):\#(event.user)","#
            + #""arn":"arn:aws:sts::123456789012:assumed-role/\#(role)/\#(event.user)","accountId":"123456789012","#
            + #""accessKeyId":"\#(event.accessKey)","sessionContext":{"sessionIssuer":{"type":"Role","#
            + #""principalId":"\#(principal)","arn":"arn:aws:iam::123456789012:role/\#(role)","#
            + #""accountId":"123456789012","userName":"\#(role)"},"webIdFederationData":{},"#
            + #""attributes":{"creationDate":"2026-01-01T0\#(person % 10):17:42Z","mfaAuthenticated":"false"}}}"#
    }
}
