import Glibc
import Testing
import VarveBytes
import VarveCrypto
import VarveDelivery
import VarveIO
import VarveJSON
import VarveServer

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

    @Test("a quick alarm calls its webhook by itself after its period")
    func quick() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory + "/data") { server in
                let target = "http://127.0.0.1:\(receiver.port)/hook"
                let body = alarm(target, period: 10)
                #expect(try await server.send("POST", "/operation/PutMetricAlarm", body: body).status == 200)
                let wrote = try await server.send("POST", "/write", body: "App,Host=a cpu=90\n")
                #expect(wrote.status == 204)
                let calls = try await blocking { receiver.calls(1) }
                #expect(calls.count == 1)
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
