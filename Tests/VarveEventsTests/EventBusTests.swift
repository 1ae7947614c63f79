import Testing
import VarveEvents
import VarveJSON
import VarveModel

@Suite struct EventBusTests {
    private static let now = instant(2026, 11, 22, 10, 0, 30)
    private static let account = "123456789012"

    private static func buses() -> EventBuses { EventBuses(account: account, region: "eu-west-1") }

    /// A bus with everything on it.
    static func furnished() throws -> EventBuses {
        var buses = buses()
        _ = try buses.createBus(json(#"{"Name": "orders"}"#), nowNs: 0)
        _ = try buses.putRule(
            json(#"{"Name": "alarms", "EventPattern": "{\"source\": [\"aws.cloudwatch\"]}", "Description": "d"}"#),
            nowNs: now)
        _ = try buses.putRule(json(#"{"Name": "hourly", "ScheduleExpression": "rate(1 hour)"}"#), nowNs: now)
        _ = try buses.putRule(
            json(
                #"{"Name": "big", "EventBusName": "orders", "EventPattern": "{\"detail\": {\"n\": [{\"n"#
                    + #"umeric\": [\">\", 5]}]}}"}"#
            ),
            nowNs: now)
        _ = try buses.putTargets(
            json(
                """
                {"Rule": "alarms", "Targets": [
                  {"Id": "hook", "Arn": "https://127.0.0.1:9/hook", "InputPath": "$.detail",
                   "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60},
                   "DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:dead"}},
                  {"Id": "line", "Arn": "file:/var/log/alarms", "RoleArn": "arn:aws:iam::123456789012:role/r",
                   "InputTransformer": {"InputPathsMap": {"s": "$.source"}, "InputTemplate": "\\"from <s>\\""}}]}
                """))
        _ = try buses.putTargets(
            json(#"{"Rule": "hourly", "Targets": [{"Id": "t", "Arn": "arn:x:y", "Input": "{\"a\": 1}"}]}"#))
        _ = try buses.createArchive(
            json(
                """
                {"ArchiveName": "kept", "EventSourceArn": "arn:aws:events:eu-west-1:123456789012:event-bus/orders",
                 "RetentionDays": 7, "EventPattern": "{\\"source\\": [\\"shop\\"]}"}
                """), nowNs: now)
        _ = try buses.startReplay(json(replay), nowNs: now)
        return buses
    }

    private static let replay = """
        {"ReplayName": "again", "EventSourceArn": "arn:aws:events:eu-west-1:123456789012:archive/kept",
         "EventStartTime": 1795341600, "EventEndTime": "2026-11-22T11:00:00.123456789Z",
         "Destination": {"Arn": "arn:aws:events:eu-west-1:123456789012:event-bus/orders",
          "FilterArns": ["arn:aws:events:eu-west-1:123456789012:rule/orders/big"]}}
        """

    private func event(source: String = "shop", n: Int64 = 6, replay: String? = nil) -> Event {
        Event(
            id: "e1", detailType: "Order", source: source, account: Self.account, timeNs: Self.now, region: "eu-west-1",
            resources: [], detail: .object([JSONMember("n", .integer(n))]), replayName: replay)
    }

    @Test("what is kept reads back the same")
    func keeping() throws {
        let buses = try Self.furnished()
        let read = try EventBuses.read(JSONReader.read(buses.json.encoded))
        #expect(read == buses)
        #expect(
            read.route(event(), bus: "orders", nowNs: Self.now) == buses.route(event(), bus: "orders", nowNs: Self.now))
        #expect(read.nextScheduleNs == buses.nextScheduleNs)
    }

    @Test("an event goes to the targets of the rules of its bus that take it")
    func routing() throws {
        var buses = try Self.furnished()
        let alarm = event(source: "aws.cloudwatch", n: 1)
        let deliveries = buses.route(alarm, bus: "default", nowNs: Self.now)
        #expect(deliveries.map(\.target.id) == ["hook", "line"])
        #expect(deliveries.map { text($0.payload) } == [#"{"n":1}"#, #""from aws.cloudwatch""#])
        #expect(deliveries[0].ruleARN == "arn:aws:events:eu-west-1:123456789012:rule/alarms")
        #expect(deliveries[0].target.retryPolicy == .init(attemptsMax: 3, ageMaxSeconds: 60))
        #expect(deliveries[0].target.deadLetterARN == "arn:aws:sqs:eu-west-1:123456789012:dead")
        #expect(buses.route(alarm, bus: "orders", nowNs: Self.now).isEmpty)
        #expect(buses.route(alarm, bus: "nowhere", nowNs: Self.now).isEmpty)
        try buses.setRule(json(#"{"Name": "alarms"}"#), isEnabled: false, nowNs: Self.now)
        #expect(buses.route(alarm, bus: "default", nowNs: Self.now).isEmpty)
        try buses.setRule(json(#"{"Name": "alarms"}"#), isEnabled: true, nowNs: Self.now)
        #expect(buses.route(alarm, bus: "default", nowNs: Self.now).count == 2)
    }

    @Test("a schedule runs for its rule alone, once after a pause, and not for the time it was disabled")
    func schedules() throws {
        var buses = try Self.furnished()
        let hour = 3_600 * second
        #expect(buses.nextScheduleNs == Self.now + hour)
        #expect(buses.runSchedules(nowNs: Self.now + hour - 1) { "id" }.isEmpty)
        let runs = buses.runSchedules(nowNs: Self.now + 3 * hour + 5) { "id" }
        #expect(runs.map(\.event.timeNs) == [Self.now + hour])
        #expect(runs[0].event.source == "aws.events" && runs[0].event.detailType == "Scheduled Event")
        #expect(runs[0].event.resources == ["arn:aws:events:eu-west-1:123456789012:rule/hourly"])
        #expect(runs[0].event.detail == .object([]))
        #expect(runs[0].deliveries.map { text($0.payload) } == [#"{"a": 1}"#])
        #expect(buses.nextScheduleNs == Self.now + 4 * hour)
        try buses.setRule(json(#"{"Name": "hourly"}"#), isEnabled: false, nowNs: Self.now + 4 * hour)
        #expect(buses.nextScheduleNs == nil)
        try buses.setRule(json(#"{"Name": "hourly"}"#), isEnabled: true, nowNs: Self.now + 10 * hour)
        #expect(buses.nextScheduleNs == Self.now + 11 * hour)
        // The same rule again does not begin anew; another schedule does.
        _ = try buses.putRule(
            json(#"{"Name": "hourly", "ScheduleExpression": "rate(1 hour)"}"#), nowNs: Self.now + 10 * hour + 7)
        #expect(buses.nextScheduleNs == Self.now + 11 * hour)
        _ = try buses.putRule(
            json(#"{"Name": "hourly", "ScheduleExpression": "rate(2 hours)"}"#), nowNs: Self.now + 10 * hour + 7)
        #expect(buses.nextScheduleNs == Self.now + 12 * hour + 7)
    }

    @Test(
        "rules are refused in the service's words",
        arguments: [
            (
                #"{"Name": "a b", "EventPattern": "{}"}"#, "ValidationException",
                #"1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Memb"#
                    + #"er must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+"#
            ),
            (
                #"{"Name": "a"}"#, "ValidationException",
                "Parameter(s) EventPattern or ScheduleExpression must be specified."
            ),
            (
                #"{"Name": "a", "ScheduleExpression": "rate(1 minutes)"}"#, "ValidationException",
                "Parameter ScheduleExpression is not valid."
            ),
            (
                #"{"Name": "a", "ScheduleExpression": "rate(1 minute)", "EventBusName": "orders"}"#,
                "ValidationException",
                "ScheduleExpression is supported only on the default event bus."
            ),
            (
                #"{"Name": "a", "EventPattern": "[]"}"#, "InvalidEventPatternException",
                "Event pattern is not valid. Reason: Filter is not an object\n at [Source: (String)\"["
                    + "]\"; line: 1, column: 2]"
            ),
            (
                #"{"Name": "a", "EventPattern": "{\"a\": [1]}", "EventBusName": "gone"}"#, "ResourceNotFoundException",
                "Event bus gone does not exist."
            ),
            (
                #"{"Name": "a", "EventPattern": "{\"a\": [1]}", "State": "ON"}"#, "ValidationException",
                "1 validation error detected: Value 'ON' at 'state' failed to satisfy constraint: Memb"
                    + "er must satisfy enum value set: [ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, DISAB"
                    + "LED, ENABLED]"
            ),
            (#"{"Name": "a", "Pattern": "{}"}"#, "ValidationException", #"Unknown parameter in input: "Pattern""#),
        ])
    func rules(rule: String, code: String, message: String) throws {
        var buses = try Self.furnished()
        let before = buses
        #expect(refusal { _ = try buses.putRule(json(rule), nowNs: 0) } == EventRefusal(code: code, message: message))
        #expect(buses == before)
    }

    @Test(
        "targets are refused in the service's words",
        arguments: [
            (
                #"{"Id": "t", "Arn": "arn:x", "Input": "{}", "InputPath": "$"}"#,
                "Only one of Input, InputPath, or InputTransformer must be provided for target t."
            ),
            (#"{"Id": "t", "Arn": "arn:x", "Input": "{"}"#, "JSON syntax error in input for target t."),
            (
                #"{"Id": "t", "Arn": "arn:x", "InputTransformer": {"InputPathsMap": {}, "InputTemplate": "\"<x>\""}}"#,
                "InputTemplate for target t contains invalid placeholder x."
            ),
            (#"{"Id": "t", "Arn": "arn:x", "InputPath": "detail"}"#, "Invalid InputPath for target t."),
            (
                #"{"Id": "t", "Arn": "queue"}"#,
                "Parameter queue is not valid. Reason: Provided Arn is not in correct format."
            ),
            (
                #"{"Id": "t", "Arn": "arn:x", "RetryPolicy": {"MaximumRetryAttempts": 186}}"#,
                "MaximumRetryAttempts for target t must be between 0 and 185."
            ),
            (
                #"{"Id": "t", "Arn": "arn:x", "RetryPolicy": {"MaximumEventAgeInSeconds": 59}}"#,
                "MaximumEventAgeInSeconds for target t must be between 60 and 86400."
            ),
        ])
    func targets(target: String, message: String) throws {
        var buses = try Self.furnished()
        let before = buses
        let refused = refusal { _ = try buses.putTargets(json(#"{"Rule": "alarms", "Targets": [\#(target)]}"#)) }
        #expect(refused == EventRefusal(code: "ValidationException", message: message))
        #expect(buses == before)
    }

    @Test("limits: five targets of a rule, three hundred rules of a bus")
    func limits() throws {
        var buses = Self.buses()
        for index in 0..<300 {
            _ = try buses.putRule(json(#"{"Name": "r\#(index)", "ScheduleExpression": "rate(1 day)"}"#), nowNs: 0)
        }
        let exceeded = EventRefusal(
            code: "LimitExceededException", message: "The requested resource exceeds the maximum number allowed.")
        #expect(
            refusal { _ = try buses.putRule(json(#"{"Name": "x", "ScheduleExpression": "rate(1 day)"}"#), nowNs: 0) }
                == exceeded)
        _ = try buses.putRule(json(#"{"Name": "r7", "ScheduleExpression": "rate(2 days)"}"#), nowNs: 0)
        let targets = (0..<6).map { #"{"Id": "t\#($0)", "Arn": "arn:x"}"# }
        let list = targets.joined(separator: ",")
        #expect(refusal { _ = try buses.putTargets(json(#"{"Rule": "r1", "Targets": [\#(list)]}"#)) } == exceeded)
        let five = targets.dropLast().joined(separator: ",")
        let answer = try buses.putTargets(json(#"{"Rule": "r1", "Targets": [\#(five)]}"#))
        #expect(text(answer) == #"{"FailedEntryCount":0,"FailedEntries":[]}"#)
        // One that is there is replaced.
        _ = try buses.putTargets(json(#"{"Rule": "r1", "Targets": [{"Id": "t3", "Arn": "arn:y"}]}"#))
        #expect(text(try buses.listRuleNames(byTarget: json(#"{"TargetArn": "arn:y"}"#))) == #"{"RuleNames":["r1"]}"#)
    }

    @Test("rules are described, listed page by page, and deleted when they have no targets")
    func listing() throws {
        var buses = try Self.furnished()
        let described = try buses.describeRule(json(#"{"Name": "hourly"}"#))
        #expect(
            text(described)
                == #"{"Name":"hourly","Arn":"arn:aws:events:eu-west-1:123456789012:rule/hourly","ScheduleE"#
                + #"xpression":"rate(1 hour)","State":"ENABLED","EventBusName":"default","CreatedBy":"123"#
                + #"456789012"}"#
        )
        let first = try buses.listRules(json(#"{"Limit": 1}"#))
        #expect(first["Rules"]?.array?.map { $0["Name"] } == [.string("alarms")])
        let token = try #require(first["NextToken"])
        let rest = try buses.listRules(.object([JSONMember("NextToken", token)]))
        #expect(rest["Rules"]?.array?.map { $0["Name"] } == [.string("hourly")])
        #expect(rest["NextToken"] == nil)
        #expect(try buses.listRules(json(#"{"NamePrefix": "al"}"#))["Rules"]?.array?.count == 1)
        let kept = refusal { try buses.deleteRule(json(#"{"Name": "hourly"}"#)) }
        #expect(kept?.message == "Rule can't be deleted since it has targets.")
        let removed = try buses.removeTargets(json(#"{"Rule": "hourly", "Ids": ["t", "u"]}"#))
        #expect(removed["FailedEntryCount"] == .integer(1))
        try buses.deleteRule(json(#"{"Name": "hourly"}"#))
        let gone = refusal { _ = try buses.describeRule(json(#"{"Name": "hourly"}"#)) }
        #expect(gone?.message == "Rule hourly does not exist on EventBus default.")
    }

    @Test("targets are listed as they were put")
    func targetsRoundTrip() throws {
        let buses = try Self.furnished()
        let listed = try buses.listTargets(json(#"{"Rule": "alarms"}"#))
        #expect(
            text(listed["Targets"]?.array?[1] ?? .null)
                == #"{"Id":"line","Arn":"file:/var/log/alarms","InputTransformer":{"InputPathsMap":{"s":"$"#
                + #".source"},"InputTemplate":"\"from <s>\""},"RoleArn":"arn:aws:iam::123456789012:role/r"#
                + #""}"#
        )
    }

    @Test("however deep accepted definitions and events are, they read back")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "{\"a\":", count: levels) + "1" + String(repeating: "}", count: levels)
        }
        var accepted = 0
        for levels in 1...60 {
            var buses = try Self.furnished()
            let target = #"{"Id": "deep", "Arn": "arn:x", "EcsParameters": \#(nested(levels))}"#
            if refusal({ _ = try buses.putTargets(json(#"{"Rule": "alarms", "Targets": [\#(target)]}"#)) }) == nil {
                accepted += 1
                #expect(try EventBuses.read(JSONReader.read(buses.json.encoded)) == buses)
            }
            let detail = text(JSONValue.string(nested(levels)))
            let context = EventEntries.Context(account: "1", region: "r", nowNs: 0) { "id" }
            let entries = try json(#"[{"Source": "s", "DetailType": "t", "Detail": \#(detail)}]"#)
            guard case .accepted(let event, _) = try EventEntries.read(entries, context: context)[0] else { continue }
            accepted += 1
            #expect(try Event.read(JSONReader.read(event.json.encoded)) == event)
        }
        #expect(accepted == 16 + 56)
    }

    @Test("buses: the default one stays, others go when they are empty")
    func busLimits() throws {
        var buses = try Self.furnished()
        #expect(refusal { try buses.deleteBus("default") }?.message == "Cannot delete event bus default.")
        #expect(refusal { try buses.deleteBus("orders") }?.code == "ValidationException")
        #expect(
            refusal { _ = try buses.createBus(json(#"{"Name": "orders"}"#), nowNs: 0) }
                == EventRefusal(code: "ResourceAlreadyExistsException", message: "Event bus orders already exists."))
        try buses.deleteRule(
            json(#"{"Name": "big", "EventBusName": "arn:aws:events:eu-west-1:123456789012:event-bus/orders"}"#))
        try buses.deleteBus("orders")
        #expect(buses.sortedBuses.map(\.name) == ["default"])
    }

    @Test("settings and policies of buses are kept and shown; statements are added, replaced and removed by their ids")
    func policies() throws {
        var buses = Self.buses()
        let made = try buses.createBus(
            json(#"{"Name": "orders", "Description": "d", "KmsKeyIdentifier": "k"}"#), nowNs: Self.now)
        #expect(made["Description"]?.string == "d" && made["KmsKeyIdentifier"] == nil)
        let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/orders"
        let grant =
            #"{"EventBusName": "orders", "StatementId": "a", "Action": "events:PutEvents", "Principal": "PRINCIPAL"}"#
        try buses.putPermission(json(grant.replacing("PRINCIPAL", with: "*")), nowNs: Self.now)
        try buses.putPermission(json(grant.replacing("PRINCIPAL", with: "111122223333")), nowNs: Self.now + second)
        let shown = try buses.describeBus(json(#"{"Name": "orders"}"#))
        #expect(shown["Description"]?.string == "d")
        #expect(
            shown["Policy"]?.string
                == #"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"#
                + #""arn:aws:iam::111122223333:root"},"Action":"events:PutEvents","Resource":"\#(arn)"}]}"#)
        #expect(shown["LastModifiedTime"]?.double == Double(Self.now / second + 1))
        // Kept as it is.
        #expect(try EventBuses.read(buses.json) == buses)
        let whole =
            #"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "events:*", "Resource": "\#(arn)"}}"#
        try buses.putPermission(
            .object([JSONMember("EventBusName", .string("orders")), JSONMember("Policy", .string(whole))]), nowNs: 0)
        #expect(
            refusal {
                try buses.removePermission(json(#"{"EventBusName": "orders", "StatementId": "a"}"#), nowNs: 0)
            }?.message == "Statement with the provided id does not exist.")
        try buses.removePermission(json(#"{"EventBusName": "orders", "RemoveAllPermissions": true}"#), nowNs: 0)
        #expect(
            refusal {
                try buses.removePermission(json(#"{"EventBusName": "orders", "StatementId": "a"}"#), nowNs: 0)
            }?.code == "ResourceNotFoundException")
        #expect(try buses.describeBus(json(#"{"Name": "orders"}"#))["Policy"] == nil)
        for wrong in [grant, grant.replacing("PRINCIPAL", with: "12345678901"), #"{"Policy": "{}"}"#, "{}"] {
            #expect(refusal { try buses.putPermission(json(wrong), nowNs: 0) }?.code == "ValidationException")
        }
        let long = String(repeating: "x", count: 10_241)
        #expect(
            refusal { try buses.putPermission(.object([JSONMember("Policy", .string(long))]), nowNs: 0) }?.code
                == "PolicyLengthExceededException")
        let changed = try buses.updateBus(json(#"{"Name": "orders", "Description": "new"}"#), nowNs: Self.now)
        #expect(changed["Description"]?.string == "new" && changed["Arn"]?.string == arn)
        let page = try buses.listBuses(json(#"{"Limit": 1}"#))
        #expect(page["EventBuses"]?.array?.compactMap { $0["Name"]?.string } == ["default"])
        #expect(page["NextToken"] != nil)
    }

    @Test("an archive keeps what its pattern takes, but not what was sent again")
    func archives() throws {
        var buses = try Self.furnished()
        #expect(buses.archives(keeping: event(), bus: "orders").map(\.name) == ["kept"])
        #expect(buses.archives(keeping: event(), bus: "default").isEmpty)
        #expect(buses.archives(keeping: event(source: "other"), bus: "orders").isEmpty)
        #expect(buses.archives(keeping: event(replay: "again"), bus: "orders").isEmpty)
        #expect(try buses.archive("kept").expiryNs(nowNs: Self.now) == Self.now - 7 * 86_400 * second)
        _ = try buses.updateArchive(json(#"{"ArchiveName": "kept", "RetentionDays": 0}"#))
        #expect(try buses.archive("kept").expiryNs(nowNs: Self.now) == nil)
        let duplicate =
            #"{"ArchiveName": "kept", "EventSourceArn": "arn:aws:events:eu-west-1:123456789012:event-bus/orders"}"#
        #expect(
            refusal { _ = try buses.createArchive(json(duplicate), nowNs: 0) }?.message
                == "Archive kept already exists.")
        let nowhere = #"{"ArchiveName": "k", "EventSourceArn": "arn:aws:events:eu-west-1:123456789012:event-bus/gone"}"#
        #expect(
            refusal { _ = try buses.createArchive(json(nowhere), nowNs: 0) }?.message
                == "Event bus gone does not exist.")
        try buses.deleteArchive("kept")
        #expect(refusal { _ = try buses.deleteArchive("kept") }?.message == "Archive kept does not exist.")
    }

    @Test("a replay reaches the rules that it is for, and ends once")
    func replays() throws {
        var buses = try Self.furnished()
        let replay = try buses.replay("again")
        #expect(replay.startNs == 1_795_341_600 * second && replay.endNs == instant(2026, 11, 22, 11) + 123_456_789)
        #expect(replay.rules == ["big"])
        #expect(buses.route(event(replay: "again"), bus: "orders", nowNs: 0).isEmpty, "the rule has no targets")
        _ = try buses.putTargets(
            json(#"{"Rule": "big", "EventBusName": "orders", "Targets": [{"Id": "t", "Arn": "arn:x"}]}"#))
        _ = try buses.putRule(
            json(#"{"Name": "all", "EventBusName": "orders", "EventPattern": "{\"source\": [\"shop\"]}"}"#), nowNs: 0)
        _ = try buses.putTargets(
            json(#"{"Rule": "all", "EventBusName": "orders", "Targets": [{"Id": "t", "Arn": "arn:x"}]}"#))
        #expect(buses.route(event(), bus: "orders", nowNs: 0).map(\.rule) == ["all", "big"])
        #expect(buses.route(event(replay: "again"), bus: "orders", nowNs: 0).map(\.rule) == ["big"])
        #expect(buses.route(event(replay: "unknown"), bus: "orders", nowNs: 0).isEmpty)
        try buses.noteReplay("again", lastReplayedNs: Self.now)
        #expect(try buses.replay("again").state == .running)
        #expect(text(try buses.cancelReplay("again")).contains(#""State":"CANCELLING""#))
        #expect(refusal { _ = try buses.cancelReplay("again") }?.code == "IllegalStatusException")
        try buses.endReplay("again", nowNs: Self.now)
        #expect(try buses.replay("again").state == .cancelled)
        #expect(refusal { try buses.endReplay("again", nowNs: Self.now) }?.code == "IllegalStatusException")
        try buses.forgetReplay("again")
        #expect(refusal { _ = try buses.describeReplay("again") }?.message == "Replay again does not exist.")
    }

    @Test(
        "replays are refused in the service's words",
        arguments: [
            ("event-bus/orders", "event-bus/gone", "Event bus gone does not exist."),
            (
                "event-bus/orders\",", "event-bus/default\",",
                "Parameter Destination.FilterArns is not valid. Reason: Rules must be on the event bus of the replay."
            ),
            (
                "archive/kept", "archive/gone",
                "Parameter EventSourceArn is not valid. Reason: Archive gone does not exist."
            ),
            (
                "1795341600", "1795345201",
                "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."
            ),
            ("\"again\"", "\"again\"", "Replay again already exists."),
        ])
    func replayRefusals(part: String, other: String, message: String) throws {
        var buses = try Self.furnished()
        var request = Self.replay
        let range = try #require(request.firstRange(of: part))
        request.replaceSubrange(range, with: other)
        if other.contains("gone"), other.contains("bus") {
            let rest = try #require(request.firstRange(of: "rule/orders/"))
            request.replaceSubrange(rest, with: "rule/gone/")
        }
        #expect(refusal { _ = try buses.startReplay(json(request), nowNs: 0) }?.message == message)
    }
}
