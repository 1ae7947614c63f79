import Testing
import VarveJSON

@testable import VarveAlarms

/// One alarm from its creation to its notification, as documents.
@Suite struct WorkedDocumentTests {
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:ops"
    private static let reason =
        "Threshold Crossed: 2 out of the last 3 datapoints [100.0 (01/03/26 10:02:00), 100.0 (01/03/26 10:00:00)] were "
        + "greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition)."
    private static let reasonData =
        #"{"version":"1.0","queryDate":"2026-03-01T10:03:05.123+0000","startDate":"2026-03-01T10:00:00.000+0000","#
        + #""statistic":"Average","period":60,"recentDatapoints":[100.0,0.0,100.0],"threshold":50.0,"#
        + #""evaluatedDatapoints":[{"timestamp":"2026-03-01T10:02:00.000+0000","sampleCount":1.0,"value":100.0},"#
        + #"{"timestamp":"2026-03-01T10:00:00.000+0000","sampleCount":1.0,"value":100.0}]}"#

    /// The alarm in OK since 09:04:05, then evaluated at 10:03:05.
    private func run() throws -> (alarm: Alarm, created: [AlarmEffect], effects: [AlarmEffect]) {
        let definition = try Fixture.definition(needed: 2, extra: #","AlarmActions":["\#(Self.topic)"]"#)
        var (alarm, created) = Alarm.create(definition, in: Fixture.scope, nowNs: Fixture.createdNs)
        let okNs = Fixture.createdNs + 4 * Fixture.minute + 5 * Fixture.second
        _ = alarm.evaluate(Fixture.input(definition, "0 0 0", nowNs: okNs), nowNs: okNs)
        #expect(alarm.state == .ok)
        var input = Fixture.input(definition, "X 0 X", nowNs: Fixture.tenNs + 185_123_000_000)
        input.queryNs = Fixture.tenNs + 185_123_000_000
        let effects = alarm.evaluate(input, nowNs: Fixture.tenNs + 185_125_000_000)
        return (alarm, created, effects)
    }

    @Test("reason and data of the transition")
    func reasonAndData() throws {
        let alarm = try run().alarm
        #expect(alarm.state == .alarm)
        #expect(alarm.value.reason == Self.reason)
        #expect(alarm.value.reasonData == Self.reasonData)
    }

    @Test("the notification, byte for byte")
    func notification() throws {
        let action = try #require(try run().effects.actions.first)
        #expect(action.target == Self.topic)
        let expected =
            #"{"AlarmName":"cpu-high","AlarmDescription":null,"AWSAccountId":"123456789012","#
            + #""AlarmConfigurationUpdatedTimestamp":"2026-03-01T09:00:00.000+0000","NewStateValue":"ALARM","#
            + #""NewStateReason":"\#(Self.reason)","StateChangeTime":"2026-03-01T10:03:05.125+0000","#
            + #""Region":"EU (Ireland)","AlarmArn":"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu-high","#
            + #""OldStateValue":"OK","ActionExecutedAfterMuteWindow":false,"OKActions":[],"#
            + #""AlarmActions":["arn:aws:sns:eu-west-1:123456789012:ops"],"InsufficientDataActions":[],"#
            + #""Trigger":{"MetricName":"Cpu","Namespace":"App","StatisticType":"Statistic","Statistic":"AVERAGE","#
            + #""Unit":null,"Dimensions":[{"value":"a","name":"Host"}],"Period":60,"EvaluationPeriods":3,"#
            + #""DatapointsToAlarm":2,"ComparisonOperator":"GreaterThanThreshold","Threshold":50.0,"#
            + #""TreatMissingData":"","EvaluateLowSampleCountPercentile":""}}"#
        #expect(action.message == expected)
        #expect(action.subject == #"ALARM: "cpu-high" in EU (Ireland)"#)
    }

    @Test("the event's detail")
    func event() throws {
        let (alarm, _, effects) = try run()
        let event = try #require(effects.events.first)
        #expect(event.detailType == "CloudWatch Alarm State Change")
        #expect(event.resources == ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu-high"])
        let quoted = String(decoding: JSONValue.string(Self.reasonData).encoded, as: UTF8.self)
        let prefix =
            #"{"alarmName":"cpu-high","state":{"value":"ALARM","reason":"\#(Self.reason)","reasonData":\#(quoted),"#
            + #""timestamp":"2026-03-01T10:03:05.125+0000"},"previousState":{"value":"OK","reason":"#
        #expect(event.detail.text.hasPrefix(prefix))
        let suffix =
            #""timestamp":"2026-03-01T09:04:05.000+0000"},"configuration":{"metrics":[{"id":"\#(alarm.metricID)","#
            + #""metricStat":{"metric":{"namespace":"App","name":"Cpu","dimensions":{"Host":"a"}},"period":60,"#
            + #""stat":"Average"},"returnData":true}]}}"#
        #expect(event.detail.text.hasSuffix(suffix))
    }

    @Test("history: creation, state, action")
    func history() throws {
        let (_, created, effects) = try run()
        #expect(created.history.map(\.summary) == [#"Alarm "cpu-high" created"#])
        #expect(effects.history.map(\.summary) == ["Alarm updated from OK to ALARM"])
        let action = try #require(effects.actions.first)
        let item = action.historyItem(.succeeded, message: action.message, nowNs: action.stateChangeNs)
        #expect(item.summary == "Successfully executed action \(Self.topic)")
        #expect(item.type == .action)
        let data = try Fixture.json(item.data)
        #expect(data["actionState"] == .string("Succeeded"))
        #expect(data["stateUpdateTimestamp"] == .integer(1_772_359_385_125))
        #expect(data["publishedMessage"] == .string(action.message))
        #expect(data["error"] == .null)
        let state = try Fixture.json(try #require(effects.history.first).data)
        #expect(state["newState"]?["stateReasonData"] == (try Fixture.json(Self.reasonData)))
    }
}
