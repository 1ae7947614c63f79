import Testing
import VarveJSON

@testable import VarveAlarms

/// What goes out: notifications, calls of functions, history of actions.
@Suite struct PayloadTests {
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:ops"

    private func action(_ text: String, drawing: String = "X") throws -> AlarmAction {
        let definition = try Fixture.metric(text)
        var alarm = Fixture.alarm(definition)
        let effects = alarm.evaluate(
            Fixture.input(definition, drawing, nowNs: Fixture.tenNs), nowNs: Fixture.tenNs)
        return try #require(effects.actions.first)
    }

    private func simple(_ name: String = "a", extra: String = "") throws -> AlarmAction {
        try action(
            #"""
            {"AlarmName":"\#(name)","Namespace":"App","MetricName":"x","ExtendedStatistic":"p90",
            "Period":60,"Unit":"Count","EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"GreaterThanThreshold",
            "AlarmActions":["\#(Self.topic)"]\#(extra)}
            """#)
    }

    @Test("the trigger of an extended statistic")
    func extended() throws {
        let trigger = try #require(try Fixture.json(try simple().message)["Trigger"])
        #expect(
            AlarmJSON.text(trigger)
                == #"{"MetricName":"x","Namespace":"App","StatisticType":"ExtendedStatistic","#
                + #""ExtendedStatistic":"p90","Unit":"Count","Dimensions":[],"Period":60,"EvaluationPeriods":1,"#
                + #""ComparisonOperator":"GreaterThanThreshold","Threshold":1.0,"TreatMissingData":"","#
                + #""EvaluateLowSampleCountPercentile":""}"#)
    }

    @Test("the trigger of an expression")
    func expression() throws {
        let action = try action(
            #"""
            {"AlarmName":"a","EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"GreaterThanThreshold",
            "TreatMissingData":"ignore","AlarmActions":["\#(Self.topic)"],"Metrics":[
            {"Id":"e","Expression":"m1 * 2","Label":"twice"},
            {"Id":"m1","MetricStat":{"Metric":{"Namespace":"App","MetricName":"x",
            "Dimensions":[{"Name":"h","Value":"1"}]},"Period":300,"Stat":"Sum"},"ReturnData":false}]}
            """#)
        let trigger = try #require(try Fixture.json(action.message)["Trigger"])
        #expect(
            AlarmJSON.text(trigger)
                == #"{"Period":300,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":1.0,"#
                + #""TreatMissingData":"ignore","EvaluateLowSampleCountPercentile":"","#
                + #""Metrics":["#
                + #"{"Expression":"m1 * 2","Id":"e","Label":"twice","ReturnData":true},"#
                + #"{"Id":"m1","MetricStat":{"Metric":{"Dimensions":["#
                + #"{"value":"1","name":"h"}],"MetricName":"x","Namespace":"App"},"Period":300,"Stat":"Sum"},"#
                + #""ReturnData":false}]}"#)
    }

    @Test("subjects have at most 100 characters of ASCII")
    func subjects() throws {
        #expect(try simple("é").subject == #"ALARM: "_" in EU (Ireland)"#)
        let long = try simple(String(repeating: "n", count: 255)).subject
        #expect(long.count == 100)
        #expect(long.hasPrefix(#"ALARM: "nnnn"#))
        #expect(long.hasSuffix(#"nnn..." in EU (Ireland)"#))
        #expect(RegionName.of("local-1") == "local-1")
    }

    @Test("a topic gets a text for each protocol")
    func structured() throws {
        let action = try simple(extra: #","AlarmDescription":"what to do""#)
        let document = try Fixture.json(action.structuredMessage)
        #expect(document.members.map(\.name) == ["default", "sms", "email"])
        #expect(document["default"] == .string(action.message))
        #expect(document["email"]?.string?.contains("what to do") == true)
    }

    @Test("a function gets both states and the configuration")
    func function() throws {
        let payload = try Fixture.json(try simple().functionPayload)
        #expect(payload.members.map(\.name) == ["source", "alarmArn", "accountId", "time", "region", "alarmData"])
        #expect(payload["time"] == .string("2026-03-01T10:00:00.000+0000"))
        let data = try #require(payload["alarmData"])
        #expect(data.members.map(\.name) == ["alarmName", "state", "previousState", "configuration"])
        #expect(data["previousState"]?["value"] == .string("INSUFFICIENT_DATA"))
        #expect(data["previousState"]?["reasonData"] == nil)
        #expect(data["configuration"]?["metrics"]?.array?.first?["metricStat"]?["stat"] == .string("p90"))
    }

    @Test("history of a failed action says why")
    func failure() throws {
        let action = try simple()
        let item = action.historyItem(.failed(error: "no answer in 5 s"), message: nil, nowNs: Fixture.tenNs)
        #expect(item.summary == "Failed to execute action \(Self.topic). Received error: \"no answer in 5 s\"")
        let data = try Fixture.json(item.data)
        #expect(data["actionState"] == .string("Failed"))
        #expect(data["publishedMessage"] == .null)
        #expect(data["error"] == .string("no answer in 5 s"))
    }

    @Test("history of large definitions stays within its limit")
    func largeHistory() throws {
        let metrics = (0..<10).map { index in
            let dimensions = (0..<30).map { #"{"Name":"d\#($0)","Value":"\#(String(repeating: "v", count: 100))"}"# }
            return #"{"Id":"m\#(index)","ReturnData":\#(index == 0),"MetricStat":{"Metric":{"Namespace":"App","#
                + #""MetricName":"x","Dimensions":[\#(dimensions.joined(separator: ","))]},"Period":60,"Stat":"Sum"}}"#
        }
        let definition = try Fixture.metric(
            #"""
            {"AlarmName":"a","EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"GreaterThanThreshold",
            "Metrics":[\#(metrics.joined(separator: ","))]}
            """#)
        let effects = Alarm.create(definition, in: Fixture.scope, nowNs: 0).effects
        let data = try #require(effects.history.first).data
        #expect(data.count <= 4_095)
        #expect(try Fixture.json(data)["createdAlarm"]?["metrics"] == nil)
    }

    @Test("ids of metrics in events are UUIDs that depend on the alarm alone")
    func metricIDs() throws {
        let id = try simple().alarm.metricID
        #expect(id == (try simple().alarm.metricID))
        #expect(id != (try simple("b").alarm.metricID))
        #expect(id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
        #expect(id.dropFirst(14).first == "8")
        #expect("89ab".contains(id.dropFirst(19).first ?? "x"))
    }

    @Test("an explanation says which step decided, and on which points")
    func explanation() throws {
        let definition = try Fixture.definition(periods: 3, needed: 2)
        let alarm = Fixture.alarm(definition)
        func explain(_ drawing: String) throws -> AlarmExplanation {
            try #require(alarm.explain(Fixture.input(definition, drawing, nowNs: Fixture.tenNs)).first)
        }
        let enough = try explain("X 0 X 0 X")
        #expect(enough.sentence == "2 of the newest 3 datapoints breach, 2 are needed: ALARM")
        #expect(enough.decision.points.map(\.verdict) == [.breaching, .good, .breaching])
        #expect(enough.decision.ignored.map(\.age) == [4, 5])
        #expect(try explain("-").decision.step == .noData)
        #expect(try explain("0 - -").sentence == "0 datapoints breach, fewer than 2, and 1 do not: OK")
    }
}
