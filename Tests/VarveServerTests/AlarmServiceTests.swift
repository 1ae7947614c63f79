import Glibc
import Logging
import Testing
import VarveBytes
import VarveCrypto
import VarveDelivery
import VarveIO
import VarveJSON
import VarveServer
import VarveSignature

/// Alarms of a running server, with real receivers.
@Suite(.serialized) struct AlarmServiceTests {
    private func alarm(_ target: String, period: Int = 60) -> String {
        """
        {"AlarmName": "cpu-high", "Namespace": "App", "MetricName": "cpu", "Statistic": "Maximum", "Period": \(period),
         "Dimensions": [{"Name": "Host", "Value": "a"}], "EvaluationPeriods": 1, "Threshold": 50,
         "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": ["\(target)"]}
        """
    }

    private func setState(_ server: ServedDatabase, _ state: String) async throws -> HTTPAnswer {
        try await server.send(
            "POST", "/operation/SetAlarmState",
            body: #"{"AlarmName": "cpu-high", "StateValue": "\#(state)", "StateReason": "drill"}"#)
    }

    private func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
        let file = try SystemEnvironment.system.fileSystem.open(path, .createNew)
        try file.write(Array(text.utf8), at: 0)
        try file.close()
        chmod(path, mode)
    }

    private func text(of path: String) -> String {
        guard let file = try? SystemEnvironment.system.fileSystem.open(path, .read), let count = try? file.byteCount()
        else { return "" }
        var bytes = [UInt8](repeating: 0, count: count)
        _ = try? bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("a webhook is called, signed, tried again after a failure, and marked as a repetition then")
    func webhook() async throws {
        let receiver = try WebhookReceiver(statuses: [503])
        defer { receiver.stop() }
        try await ServedDatabase.withDirectory { directory in
            try write("s3cret\n", to: directory + "/secret")
            try await ServedDatabase.with(directory + "/data") { options in
                options.delivery.webhookSecretFile = directory + "/secret"
            } _: { server in
                let target = "http://127.0.0.1:\(receiver.port)/hook"
                #expect(try await server.send("POST", "/operation/PutMetricAlarm", body: alarm(target)).status == 200)
                #expect(try await setState(server, "ALARM").status == 200)
                let calls = try await blocking { receiver.calls(2) }
                try #require(calls.count == 2)
                #expect(calls.map { $0.headers["varve-repetition"] } == ["no", "possible"])
                #expect(calls[0].headers["varve-delivery"] == calls[1].headers["varve-delivery"])
                #expect(try JSONReader.read(calls[0].body)["NewStateReason"]?.string == "drill")
                let signature = try #require(calls[0].headers["varve-signature"]).split(separator: ",").map(String.init)
                let seconds = signature[0].dropFirst(2)
                let code = HMACSHA256.code(
                    of: Array("\(seconds).".utf8) + calls[0].body, key: Array("s3cret".utf8))
                #expect(signature[1] == "v1=" + Hex.encode(code))
            }
        }
    }

    @Test("a webhook with a secret of its own is signed with it, others, also if they look alike, with the common one")
    func ownSecrets() throws {
        var secrets = WebhookSecrets()
        secrets.common = SecretBytes(copying: [0])
        secrets.byPrefix = [
            "https://a.example": SecretBytes(copying: [1]), "https://a.example/deep": SecretBytes(copying: [2]),
            "http://b.example:8080/": SecretBytes(copying: [3]),
        ]
        let expected: [(String, UInt8)] = [
            ("https://a.example", 1), ("https://a.example/x", 1), ("https://a.example?x=1", 1),
            ("https://a.example/deep", 2), ("https://a.example/deep/er?x", 2), ("https://a.example/deeper", 1),
            ("https://a.example.org/", 0), ("https://a.example@evil.org/", 0), ("https://a.example:444/", 0),
            ("HTTPS://A.Example/x", 1), ("https://a.example:443/deep", 2), ("https://a.example/Deep", 1),
            ("http://a.example/", 0), ("http://b.example:8080/x", 3), ("http://b.example:80801/", 0),
        ]
        for (url, byte) in expected {
            let secret = try #require(secrets.secret(for: url))
            #expect(secret.withBytes { Array($0) } == [byte], "\(url)")
        }
        secrets.common = nil
        #expect(secrets.secret(for: "https://c.example/") == nil)
        for wrong in ["", "a.example", "https://", "https:///x", "ftp://a.example", "https://a example/"] {
            #expect(!WebhookSecrets.isPrefix(wrong), "\(wrong)")
        }
    }

    @Test("a secret that others may read is refused at the start, without a word of it")
    func exposedSecret() async throws {
        try await ServedDatabase.withDirectory { directory in
            try write("s3cret\n", to: directory + "/open", mode: 0o644)
            try write("\n", to: directory + "/empty")
            for (name, text) in [("open", "chmod 600"), ("empty", "no secret"), ("missing", "no such file")] {
                var options = DeliveryOptions()
                options.webhookSecretFiles["https://a.example/"] = "\(directory)/\(name)"
                let error = try #require(throws: SecretFileError.self) {
                    _ = try DeliveryAgent(options: options, environment: .system, logger: Logger(label: "test"))
                }
                #expect(error.description.contains(text) && error.description.hasPrefix("actions.webhook-secret-files"))
                #expect(!error.description.contains("s3cret"))
            }
        }
    }

    @Test("a topic of another place gets the message, signed, from the configured service; a refusal is final")
    func forwards() async throws {
        let receiver = try WebhookReceiver(statuses: [503])
        defer { receiver.stop() }
        try await ServedDatabase.withDirectory { directory in
            try write("s3cret\n", to: directory + "/secret")
            try await ServedDatabase.with(directory + "/data") { options in
                options.delivery.topics = TopicPublish.Endpoint("http://127.0.0.1:\(receiver.port)/sns").map {
                    DeliveryOptions.TopicService(
                        endpoint: $0, region: "eu-west-1", accessKeyID: "AKIDEXAMPLE",
                        secretFile: directory + "/secret")
                }
            } _: { server in
                let body = alarm("arn:aws:sns:eu-west-1:123456789012:ops")
                #expect(try await server.send("POST", "/operation/PutMetricAlarm", body: body).status == 200)
                #expect(try await setState(server, "ALARM").status == 200)
                let calls = try await blocking { receiver.calls(2) }
                try #require(calls.count == 2)
                for (call, repetition) in zip(calls, ["no", "possible"]) {
                    let form = String(decoding: call.body, as: UTF8.self)
                    #expect(form.hasPrefix("Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1"))
                    #expect(form.contains("Message=%7B%22AlarmName%22%3A%22cpu-high%22"))
                    #expect(form.hasSuffix("Value.StringValue=\(repetition)"))
                    let authorization = try #require(call.headers["authorization"])
                    #expect(authorization.contains("Credential=AKIDEXAMPLE/"))
                    #expect(authorization.contains("/eu-west-1/sns/aws4_request"))
                    #expect(call.headers["host"] == "127.0.0.1:\(receiver.port)")
                }
            }
        }
    }

    @Test("a command that takes too long is ended with everything that it started")
    func endsGroup() async throws {
        try await ServedDatabase.withDirectory { directory in
            // The program asks to be left alone, and so does what it leaves behind.
            try write(
                "#!/bin/sh\ntrap '' TERM\n(trap '' TERM; echo $$ > \(directory)/pid; sleep 100) &\n"
                    + "echo $! > \(directory)/child\nsleep 100\n", to: directory + "/page", mode: 0o700)
            try await ServedDatabase.with(directory + "/data") { options in
                options.delivery.commands["page"] = DeliveryOptions.Command(
                    arguments: [directory + "/page"], timeoutSeconds: 1)
            } _: { server in
                let body = alarm("arn:varve:exec:local-1:000000000001:page")
                #expect(try await server.send("POST", "/operation/PutMetricAlarm", body: body).status == 200)
                #expect(try await setState(server, "ALARM").status == 200)
                var child: pid_t?
                for _ in 0..<100 where child == nil {
                    try await Task.sleep(for: .milliseconds(50))
                    child = pid_t(text(of: directory + "/child").split(separator: "\n").first ?? "")
                }
                let started = try #require(child)
                #expect(getpgid(started) != getpgrp())
                var isGone = false
                for _ in 0..<160 where !isGone {
                    try await Task.sleep(for: .milliseconds(50))
                    isGone = kill(started, 0) != 0
                }
                #expect(isGone)
            }
        }
    }

    /// Waits for the first half of a period.
    /// - Returns: the period's end, nanoseconds since 1970.
    private func endOfPeriod(_ lengthNs: Int64) async throws -> Int64 {
        while true {
            let nowNs = SystemEnvironment.system.clock.wallNs()
            if nowNs % lengthNs < lengthNs / 2 { return nowNs - nowNs % lengthNs + lengthNs }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test("a quick alarm calls its webhook by itself, at most two seconds after the end of its period")
    func quick() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory + "/data") { server in
                let target = "http://127.0.0.1:\(receiver.port)/hook"
                let body = alarm(target, period: 10)
                #expect(try await server.send("POST", "/operation/PutMetricAlarm", body: body).status == 200)
                let endNs = try await endOfPeriod(10_000_000_000)
                let wrote = try await server.send(
                    "POST", "/write", body: "App,Host=a cpu=90 \(endNs - 10_000_000_000)\n")
                #expect(wrote.status == 204 && SystemEnvironment.system.clock.wallNs() < endNs)
                let calls = try await blocking { receiver.calls(1) }
                #expect(calls.count == 1)
                let lateNs = (calls.first?.arrivedNs ?? .max) - endNs
                #expect(lateNs > 0 && lateNs <= 2_000_000_000, "\(lateNs / 1_000_000) ms after the period's end")
                let shown = try await server.json("POST", "/operation/DescribeAlarms", body: "{}")
                #expect(shown["MetricAlarms"]?.array?.first?["StateValue"]?.string == "ALARM")
            }
        }
    }

    @Test("a configured command gets the message on its input and nothing of our environment; others are refused")
    func command() async throws {
        try await ServedDatabase.withDirectory { directory in
            try write(
                "#!/bin/sh\ncat > \(directory)/out\nenv | sort > \(directory)/env\n", to: directory + "/page",
                mode: 0o700)
            try await ServedDatabase.with(directory + "/data") { options in
                options.delivery.commands["page"] = DeliveryOptions.Command(arguments: [directory + "/page"])
                options.delivery.files["log"] = directory + "/log"
            } _: { server in
                for (target, state) in [("exec", "page"), ("file", "log"), ("exec", "other")] {
                    let arn = "arn:varve:\(target):local-1:000000000001:\(state)"
                    _ = try await server.send("POST", "/operation/PutMetricAlarm", body: alarm(arn))
                    _ = try await setState(server, "OK")
                    #expect(try await setState(server, "ALARM").status == 200)
                }
                var history: [String] = []
                for _ in 0..<600 where history.count < 3 {
                    let answer = try await server.json(
                        "POST", "/operation/DescribeAlarmHistory", body: #"{"HistoryItemType": "Action"}"#)
                    history = (answer["AlarmHistoryItems"]?.array ?? []).compactMap { $0["HistorySummary"]?.string }
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(history.count { $0.hasPrefix("Successfully") } == 2)
                #expect(history.contains { $0.contains("no command named other is configured") })
                #expect(
                    try JSONReader.read(Array(text(of: directory + "/out").utf8))["AlarmName"]?.string == "cpu-high")
                let environment = text(of: directory + "/env").split(separator: "\n").map { $0.prefix { $0 != "=" } }
                #expect(environment.contains("VARVE_DELIVERY") && !environment.contains("HOME"))
                #expect(text(of: directory + "/log").hasSuffix("}\n"))
            }
        }
    }

    @Test("what an operation refuses is 400 or 404 with the service's code")
    func refusals() async throws {
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory + "/data") { server in
                let missing = try await setState(server, "ALARM")
                #expect(missing.status == 404 && missing.text.contains("ResourceNotFound"))
                let wrong = try await server.send("POST", "/operation/PutMetricAlarm", body: #"{"AlarmName": "a"}"#)
                #expect(wrong.status == 400 && wrong.text.contains("ValidationError"))
                let unknown = try await server.send("POST", "/operation/Nothing", body: "{}")
                #expect(unknown.status == 400 && unknown.text.contains("UnknownOperationException"))
                #expect(try await server.send("POST", "/operation/DescribeAlarms", body: "[1").status == 400)
                #expect(try await server.send("GET", "/operation/DescribeAlarms").status == 405)
            }
        }
    }
}
