import Testing
import VarveJSON

@testable import VarveAlarms

/// Alarms over the series of a grouped query.
@Suite struct ContributorTests {
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:ops"
    private static let incident = "arn:aws:ssm-incidents::123456789012:response-plan/p"

    private func definition(_ treatment: TreatMissingData? = nil, needed: Int = 1) throws -> MetricAlarmDefinition {
        let extra = treatment.map { #","TreatMissingData":"\#($0.rawValue)""# } ?? ""
        return try Fixture.metric(
            #"""
            {"AlarmName":"hosts","EvaluationPeriods":\#(needed),"Threshold":1,"ComparisonOperator":"LessThanThreshold",
            "AlarmActions":["\#(Self.topic)","\#(Self.incident)"],"OKActions":["\#(Self.topic)"],
            "Metrics":[{"Id":"q","Period":60,
            "Expression":"SELECT MIN(Up) FROM App GROUP BY Host ORDER BY MIN() ASC"}]\#(extra)}
            """#)
    }

    private func series(_ host: String, _ value: Double?, nowNs: Int64) -> AlarmSeries {
        let points = value.map { [AlarmPoint(timestampNs: nowNs - Fixture.minute, value: $0)] } ?? []
        return AlarmSeries(label: host, attributes: [AlarmAttribute(name: "Host", value: host)], points: points)
    }

    /// Evaluates with the last value of each host.
    private func evaluate(
        _ alarm: inout Alarm, _ hosts: [(String, Double?)], minute: Int = 0, isPartial: Bool = false
    ) throws -> [AlarmEffect] {
        let nowNs = Fixture.tenNs + Int64(minute) * Fixture.minute
        let all = hosts.map { series($0.0, $0.1, nowNs: nowNs) }
        let definition = try #require(alarm.definition.metric)
        return alarm.evaluate(
            Fixture.input(definition, all, nowNs: nowNs, isPartial: isPartial), nowNs: nowNs)
    }

    @Test("each series in ALARM is a contributor with history, event and actions; the alarm counts them")
    func contributors() throws {
        var alarm = Fixture.alarm(try definition())
        let effects = try evaluate(&alarm, [("a", 0), ("b", 0), ("c", 5)])
        #expect(alarm.state == .alarm)
        #expect(alarm.value.reason == "2 out of 3 time series evaluated to ALARM")
        #expect(
            alarm.contributors.map(\.attributes) == [
                [.init(name: "Host", value: "a")], [.init(name: "Host", value: "b")],
            ])
        let reason =
            "Threshold Crossed: 1 datapoint was less than the threshold (1.0). The most recent datapoint which crossed "
            + "the threshold: [0.0 (01/03/26 09:59:00)]."
        #expect(alarm.contributors.map(\.reason) == [reason, reason])
        #expect(
            effects.history.map(\.summary)
                == [
                    "Contributor state updated to ALARM", "Contributor state updated to ALARM",
                    "Alarm updated from INSUFFICIENT_DATA to ALARM",
                ])
        #expect(effects.history.map(\.contributorID) == alarm.contributors.map(\.id) + [nil])
        // Topics are told of each series and of the alarm, incidents of the alarm alone.
        #expect(effects.actions.map(\.target) == [Self.topic, Self.topic, Self.topic, Self.incident])
        #expect(effects.actions.map(\.isContributorLevel) == [true, true, false, false])
        let event = try #require(effects.events.first)
        #expect(event.detailType == "CloudWatch Alarm Contributor State Change")
        #expect(event.detail.json["previousState"] == nil)
        #expect(event.detail.json["alarmContributor"]?["attributes"] == .object([.init("Host", .string("a"))]))
        let message = try Fixture.json(try #require(effects.actions.first).message)
        #expect(message["AlarmContributorId"] == .string(alarm.contributors[0].id))
        #expect(message["AlarmContributorAttributes"]?["Host"] == .string("a"))
        #expect(message["OldStateValue"] == .string("OK"))
    }

    @Test("ids have 16 hexadecimal digits and depend on the attributes alone")
    func ids() throws {
        let (a, b) = (AlarmAttribute(name: "Host", value: "a"), AlarmAttribute(name: "Zone", value: "1"))
        let id = AlarmContributor.id(of: [a, b])
        #expect(id == AlarmContributor.id(of: [b, a]))
        #expect(id != AlarmContributor.id(of: [a]))
        #expect(id.count == 16)
        #expect(id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }

    @Test("when the number changes, the reason is rewritten and nothing else")
    func rewrites() throws {
        var alarm = Fixture.alarm(try definition())
        _ = try evaluate(&alarm, [("a", 0), ("b", 5)])
        let transitionedNs = alarm.value.transitionedNs
        let effects = try evaluate(&alarm, [("a", 0), ("b", 0)], minute: 1)
        #expect(alarm.value.reason == "2 out of 2 time series evaluated to ALARM")
        #expect(alarm.value.transitionedNs == transitionedNs)
        #expect(alarm.value.updatedNs == Fixture.tenNs + Fixture.minute)
        #expect(effects.history.map(\.type) == [.contributorStateUpdate])
        let before = alarm
        let same = try evaluate(&alarm, [("a", 0), ("b", 0)], minute: 2)
        #expect(same.isEmpty && alarm == before)
        let recovery = try evaluate(&alarm, [("a", 5), ("b", 5)], minute: 3)
        #expect(alarm.state == .ok)
        #expect(alarm.contributors.isEmpty)
        #expect(recovery.actions.map(\.isContributorLevel) == [true, true, false])
        #expect(recovery.history.last?.summary == "Alarm updated from ALARM to OK")
    }

    @Test(
        "an answer without series is judged like missing data",
        arguments: [
            (TreatMissingData.missing, AlarmState.insufficientData), (.breaching, .alarm), (.notBreaching, .ok),
            (.ignore, .alarm),
        ])
    func nothing(treatment: TreatMissingData, expected: AlarmState) throws {
        var alarm = Fixture.alarm(try definition(treatment))
        _ = try evaluate(&alarm, [("a", 0)])
        _ = try evaluate(&alarm, [], minute: 1)
        #expect(alarm.state == expected)
        #expect(alarm.contributors.isEmpty == (expected != .alarm))
    }

    @Test("at most 100 contributors are kept, and the reason says that there are more")
    func limits() throws {
        var alarm = Fixture.alarm(try definition())
        let hosts = (0..<150).map { ("h\($0)", Double?(0)) }
        let effects = try evaluate(&alarm, hosts)
        #expect(alarm.contributors.count == 100)
        #expect(alarm.contributors.first?.attributes.first?.value == "h0")
        #expect(alarm.value.reason == "100+ time series evaluated to ALARM")
        #expect(effects.history.count == 101)
        // A place that becomes free goes to the next in the order of the query.
        let next = try evaluate(&alarm, [("h0", 5)] + hosts.dropFirst(), minute: 1)
        #expect(next.history.map(\.summary) == ["Contributor state updated to OK"])
        let later = try evaluate(&alarm, [("h0", 5)] + hosts.dropFirst(), minute: 2)
        #expect(later.history.map(\.contributorAttributes) == [[.init(name: "Host", value: "h100")]])
        #expect(try Alarm.decode(alarm.encode()) == alarm)
    }

    @Test("500 series are looked at; a query that hits a limit is partial")
    func partial() throws {
        var alarm = Fixture.alarm(try definition())
        let hosts = (0..<501).map { ("h\($0)", Double?($0 < 500 ? 5 : 0)) }
        _ = try evaluate(&alarm, hosts)
        #expect(alarm.state == .ok)
        #expect(alarm.evaluationState == .partialData)
        _ = try evaluate(&alarm, [("a", 5)], minute: 1)
        #expect(alarm.evaluationState == nil)
        _ = try evaluate(&alarm, [("a", 5)], minute: 2, isPartial: true)
        #expect(alarm.evaluationState == .partialData)
    }

    @Test("actions of contributors are held by a mute rule and run once afterwards")
    func mute() throws {
        var alarm = Fixture.alarm(try definition())
        _ = try evaluate(&alarm, [("a", 0), ("b", 5), ("c", 5)])
        let window = MuteWindow(ruleARN: "r", startNs: Fixture.tenNs, endNs: Fixture.tenNs + 10 * Fixture.minute)
        _ = alarm.setMute([window], nowNs: Fixture.tenNs)
        // a recovers, b falls, c falls and recovers.
        let first = try evaluate(&alarm, [("a", 5), ("b", 0), ("c", 0)], minute: 1)
        let second = try evaluate(&alarm, [("a", 5), ("b", 0), ("c", 5)], minute: 2)
        #expect(first.actions.isEmpty && second.actions.isEmpty)
        #expect(try Alarm.decode(alarm.encode()) == alarm)
        let actions = alarm.tick(nowNs: window.endNs).actions
        #expect(actions.map(\.isAfterMute).allSatisfy { $0 })
        let told = actions.map { "\($0.contributor?.attributes.first?.value ?? "-") \($0.state.rawValue)" }
        // The alarm itself was in ALARM all the time: nothing of it was held.
        #expect(told == ["a OK", "b ALARM"])
    }

    @Test("instance actions run for contributors only")
    func instances() throws {
        let reboot = "arn:aws:automate:eu-west-1:ec2:reboot"
        var alarm = Fixture.alarm(
            try Fixture.metric(
                #"""
                {"AlarmName":"hosts","EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"LessThanThreshold",
                "AlarmActions":["\#(reboot)","https://example.com/hook"],"Metrics":[{"Id":"q","Period":60,
                "Expression":"SELECT MIN(Up) FROM App GROUP BY Host ORDER BY MIN() ASC"}]}
                """#))
        let actions = try evaluate(&alarm, [("a", 0)]).actions
        #expect(actions.filter { $0.target == reboot }.map(\.isContributorLevel) == [true])
        #expect(actions.filter { $0.target != reboot }.map(\.isContributorLevel) == [true, false])
    }
}
