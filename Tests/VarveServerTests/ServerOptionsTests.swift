import Testing
import VarveCloud
import VarveDelivery
import VarveServer
import VarveSignature

@Suite struct ServerOptionsTests {
    @Test("a configuration file sets what it names and leaves the rest")
    func readsFile() throws {
        var options = ServerOptions()
        try options.apply(
            yaml: """
                # comment
                data: /var/lib/varve
                line: 0.0.0.0:9000
                http: off
                collect-host: true
                allow-remote:
                  - 10.0.0.0/8 9000-9001
                  - "fd00::/8"
                limits:
                  line-connections: 5000
                """)
        #expect(options.dataDirectory == "/var/lib/varve")
        #expect(options.line?.description == "0.0.0.0:9000")
        #expect(options.http == nil)
        #expect(options.collectHost)
        #expect(options.inbound.rules.count == 2)
        #expect(options.limits.lineConnectionsMax == 5_000)
        #expect(options.limits.httpConnectionsMax == ServerLimits().httpConnectionsMax)
        try options.validate()
    }

    @Test("days of retention, in general and by namespace")
    func retention() throws {
        var options = ServerOptions()
        try options.apply(
            yaml: """
                snapshot-directory: /backup
                retention:
                  default-days: 400
                  namespaces:
                    System/Linux: 30
                    "AWS/EC2": 400
                """)
        #expect(options.retentionDays == 400 && options.namespaceRetentionDays == ["System/Linux": 30, "AWS/EC2": 400])
        #expect(options.snapshotsPath == "/backup")
        try options.validate()
        options = ServerOptions()
        options.dataDirectory = "/data"
        #expect(options.snapshotsPath == "/data/snapshots")
        for (most, days) in [(0, nil), (36_501, nil), (nil, 456), (nil, 0), (30, 31)] as [(Int?, Int?)] {
            options.retentionDays = most
            options.namespaceRetentionDays = days.map { ["N": $0] } ?? [:]
            let error = try #require(throws: OptionError.self) { try options.validate() }
            #expect(error.description.contains("retention."), "\(error)")
        }
        let faults = [
            ("retention:\n  days: 3", "known: default-days, namespaces"),
            ("retention:\n  default-days: soon", "whole number of days"),
            ("retention:\n  namespaces:\n    A: 1.5", "retention.namespaces: A"),
            ("retention:\n  namespaces:\n    - A", "`key: value`"),
        ]
        for (yaml, text) in faults {
            let error = try #require(throws: OptionError.self) {
                var options = ServerOptions()
                try options.apply(yaml: yaml)
            }
            #expect(error.description.contains(text), "\(error)")
        }
    }

    @Test("in which ways cloud clients are treated as the services treat them")
    func cloud() throws {
        var options = ServerOptions()
        try options.apply(yaml: "cloud:\n  retention-tiers: false\n  refuse-service-namespaces: false")
        #expect(!options.cloud.hasRetentionTiers && !options.cloud.refusesServiceNamespaces)
        #expect(options.cloud.checksTimes)
        for (yaml, text) in [
            ("cloud:\n  tiers: true", "known: check-times, refuse-service-namespaces, retention-tiers"),
            ("cloud:\n  check-times: 1h", "cloud.check-times: expected true or false"),
        ] {
            let error = try #require(throws: OptionError.self) {
                var options = ServerOptions()
                try options.apply(yaml: yaml)
            }
            #expect(error.description.contains(text), "\(error)")
        }
    }

    @Test("where messages go besides URLs, and with which secrets")
    func actions() throws {
        var options = ServerOptions()
        try options.apply(
            yaml: """
                actions:
                  webhook-secret-file: /etc/varve/common
                  webhook-secret-files:
                    https://ops.example/: /etc/varve/ops
                  sns:
                    endpoint: https://sns.eu-west-1.amazonaws.com
                    region: eu-west-1
                    access-key-id: AKIDEXAMPLE
                    secret-file: /etc/varve/sns
                """)
        #expect(options.delivery.webhookSecretFile == "/etc/varve/common")
        #expect(options.delivery.webhookSecretFiles == ["https://ops.example/": "/etc/varve/ops"])
        #expect(options.delivery.topics?.endpoint.url == "https://sns.eu-west-1.amazonaws.com/")
        #expect(options.delivery.topics?.secretFile == "/etc/varve/sns")
        let faults = [
            ("actions:\n  sns:\n    region: a", "endpoint, access-key-id, secret-file missing"),
            ("actions:\n  sns:\n    secret: a", "actions.sns.secret"),
            (
                "actions:\n  sns:\n    region: a\n    access-key-id: b\n    secret-file: c\n    endpoint: sns",
                "actions.sns.endpoint"
            ),
            ("actions:\n  webhook-secret-files:\n    ops.example: /x", "no beginning of a URL"),
        ]
        for (yaml, text) in faults {
            let error = try #require(throws: OptionError.self) {
                var options = ServerOptions()
                try options.apply(yaml: yaml)
            }
            #expect(error.description.contains(text), "\(error)")
        }
    }

    @Test("an empty file changes nothing")
    func emptyFile() throws {
        var options = ServerOptions()
        try options.apply(yaml: "\n# nothing\n")
        #expect(options == ServerOptions())
    }

    @Test(
        "faults are told with their line",
        arguments: [
            ("data: a\nlien: 1", 2), ("limits:\n  line-connections: many", 2), ("limits:\n  nope: 1", 2),
            ("line: localhost", 1), ("line: example.org:1", 1), ("collect-host: perhaps", 1),
            ("store:\n  nope: 1", 2), ("store:\n  tail-values: few", 2),
            ("data: x\nallow-remote:\n  - 10.0.0.0/33", 3), ("- a", 1),
        ])
    func faults(text: String, line: Int) {
        var options = ServerOptions()
        #expect { try options.apply(yaml: text) } throws: { ($0 as? OptionError)?.line == line }
    }

    @Test("listening for other machines needs a rule that says who may come")
    func remoteNeedsRule() throws {
        var options = ServerOptions()
        options.http = try Endpoint("*:8095")
        #expect { try options.validate() } throws: { "\($0)".contains("--allow-remote") }
        options.inbound.rules = [try InboundRules.Rule("192.168.0.0/16")]
        try options.validate()
    }

    @Test("limits that contradict each other are refused")
    func limits() {
        var options = ServerOptions()
        options.limits.connectionBytesMax = 1_000
        #expect(throws: OptionError.self) { try options.validate() }
        options.limits.connectionBytesMax = 4 << 20
        options.limits.intakeBytesMax = 1 << 20
        #expect(throws: OptionError.self) { try options.validate() }
        options.limits.intakeBytesMax = 256 << 20
        options.limits.queryThreads = 0
        #expect(throws: OptionError.self) { try options.validate() }
    }

    @Test(
        "no limit is so large that sums and products of it overflow",
        arguments: [
            \ServerLimits.lineConnectionsMax, \.httpConnectionsMax, \.idleTimeoutSeconds, \.intakeBytesMax,
            \.connectionBytesMax, \.bodyBytesMax, \.bodyExpandedBytesMax, \.queryThreads, \.queriesWaitingMax,
            \.cloudThreads,
            \.cloudRequestsWaitingMax,
            \.answerValuesMax, \.answerBytesMax, \.rejectFileBytes, \.drainSeconds,
        ] as [any WritableKeyPath<ServerLimits, Int> & Sendable])
    func upperBounds(limit: any WritableKeyPath<ServerLimits, Int> & Sendable) {
        var options = ServerOptions()
        for value in [Int.max, 1 << 41, -1] {
            options.limits[keyPath: limit] = value
            #expect(throws: OptionError.self) { try options.validate() }
        }
        options = ServerOptions()
        for path in [\ServerOptions.tailValuesMax, \.logFileBytes] {
            options[keyPath: path] = Int.max
            #expect(throws: OptionError.self) { try options.validate() }
            options[keyPath: path] = nil
        }
    }

    @Test(
        "rules permit exactly their networks and ports",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", 8_094, true), ("10.0.0.0/8", "11.0.0.1", 8_094, false),
            ("10.1.2.3", "10.1.2.3", 1, true), ("10.1.2.3", "10.1.2.4", 1, false), ("0.0.0.0/0", "8.8.8.8", 1, true),
            ("10.0.0.0/9 8094", "10.127.1.1", 8_094, true), ("10.0.0.0/9 8094", "10.128.1.1", 8_094, false),
            ("10.0.0.0/9 8094", "10.1.1.1", 8_095, false), ("10.0.0.0/8 1-2", "10.1.1.1", 2, true),
            ("fd00::/8", "fd12::1", 1, true), ("fd00::/8", "fe80::1", 1, false), ("0.0.0.0/0", "fd12::1", 1, false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", 1, true), ("192.0.2.0/24", "127.0.0.1", 1, true),
            ("192.0.2.0/24", "::1", 1, true),
        ])
    func rules(rule: String, peer: String, port: Int, isPermitted: Bool) throws {
        let rules = InboundRules(rules: [try InboundRules.Rule(rule)])
        #expect(rules.permits(try #require(IPAddress(peer)), port: port) == isPermitted)
    }

    @Test(
        "what is no rule is refused",
        arguments: ["", "10.0.0.0/33", "10.0.0/8", "a", "10.0.0.0/8 5-4", "10.0.0.0/8 1 2", "::/129"])
    func badRules(text: String) {
        #expect(throws: OptionError.self) { try InboundRules.Rule(text) }
    }

    @Test("addresses", arguments: [("localhost:1", "127.0.0.1:1"), ("[::1]:80", "[::1]:80"), ("*:0", "0.0.0.0:0")])
    func endpoints(text: String, shown: String) throws {
        #expect(try Endpoint(text).description == shown)
    }

    @Test(
        "what is no address is refused",
        arguments: ["", "1.2.3.4", "1.2.3.4:65536", "1.2.3:1", "host:1", ":1", "1.2.3.4:x"])
    func badEndpoints(text: String) {
        #expect(throws: OptionError.self) { try Endpoint(text) }
    }
}
