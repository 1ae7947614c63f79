import Testing

@testable import VarveAlarms

/// All cells of the two documented tables, and the rules beside them.
@Suite struct DecisionTableTests {
    /// Points, missing to fill, then the state per treatment: missing, ignore, breaching, notBreaching; nil keeps it.
    struct Row: CustomTestStringConvertible, Sendable {
        let points: String
        let toFill: Int
        let states: [AlarmState?]
        var testDescription: String { points }
    }

    private static let treatments: [TreatMissingData] = [.missing, .ignore, .breaching, .notBreaching]

    static let tableA = [
        Row(points: "0 - X - X", toFill: 0, states: [.ok, .ok, .ok, .ok]),
        Row(points: "0 - - - -", toFill: 2, states: [.ok, .ok, .ok, .ok]),
        Row(points: "- - - - -", toFill: 3, states: [.insufficientData, nil, .alarm, .ok]),
        Row(points: "0 X X - X", toFill: 0, states: [.alarm, .alarm, .alarm, .alarm]),
        Row(points: "- - X - -", toFill: 2, states: [.alarm, nil, .alarm, .ok]),
    ]
    static let tableB = [
        Row(points: "0 - X - X", toFill: 0, states: [.alarm, .alarm, .alarm, .alarm]),
        Row(points: "0 0 X 0 X", toFill: 0, states: [.alarm, .alarm, .alarm, .alarm]),
        Row(points: "0 - X - -", toFill: 1, states: [.ok, .ok, .alarm, .ok]),
        Row(points: "- - - - 0", toFill: 2, states: [.ok, .ok, .alarm, .ok]),
        Row(points: "- - - X -", toFill: 2, states: [.alarm, nil, .alarm, .ok]),
    ]

    @Test("3 of 3: every cell of the documented table, from every state", arguments: tableA)
    func threeOfThree(row: Row) throws { try check(row, needed: 3) }

    @Test("2 of 3: every cell of the documented table, from every state", arguments: tableB)
    func twoOfThree(row: Row) throws { try check(row, needed: 2) }

    private func check(_ row: Row, needed: Int) throws {
        for (treatment, expected) in zip(Self.treatments, row.states) {
            let definition = try Fixture.definition(periods: 3, needed: needed, treatment: treatment)
            let input = Fixture.input(definition, row.points, nowNs: Fixture.tenNs)
            #expect(input.range.count == 5)
            let explanation = try #require(Fixture.alarm(definition).explain(input).first)
            #expect(explanation.decision.missingCount == row.toFill, "\(treatment)")
            for before in AlarmState.allCases {
                var alarm = Fixture.alarm(definition)
                _ = try alarm.setState(before, reason: "", nowNs: Fixture.createdNs)
                let effects = alarm.evaluate(input, nowNs: Fixture.tenNs)
                #expect(alarm.state == expected ?? before, "\(treatment) from \(before)")
                #expect(effects.isEmpty == (alarm.state == before))
            }
        }
    }

    @Test(
        "an alarm is not raised on the first late points",
        arguments: [("- - - - X", false), ("- - - X -", false), ("- - X - -", true), ("- - - X X", false)])
    func premature(points: String, isAlarm: Bool) throws {
        let definition = try Fixture.definition(periods: 3, needed: 3, treatment: .missing)
        var alarm = Fixture.alarm(definition)
        _ = alarm.evaluate(Fixture.input(definition, points, nowNs: Fixture.tenNs), nowNs: Fixture.tenNs)
        #expect(alarm.state == (isAlarm ? .alarm : .insufficientData))
    }

    @Test("a dead-man alarm fires when no good point is left in the range: N + 2 periods after the last one")
    func deadMan() throws {
        let definition = try Fixture.definition(periods: 3, treatment: .breaching)
        let last = [AlarmPoint(timestampNs: Fixture.tenNs - Fixture.minute, value: 0)]
        var alarm = Fixture.alarm(definition)
        var changes: [Int: AlarmState] = [:]
        for minute in 0..<10 {
            let nowNs = Fixture.tenNs + Int64(minute) * Fixture.minute
            let effects = alarm.evaluate(
                Fixture.input(definition, [AlarmSeries(points: last)], nowNs: nowNs), nowNs: nowNs)
            if !effects.isEmpty { changes[minute] = alarm.state }
        }
        #expect(changes == [0: .ok, 5: .alarm])
    }

    @Test("tables of DynamoDB are idle, not broken: missing data is ignored unless somebody says otherwise")
    func dynamoDB() throws {
        func treatment(_ namespace: String, _ given: TreatMissingData?) throws -> TreatMissingData {
            let extra = given.map { #","TreatMissingData":"\#($0.rawValue)""# } ?? ""
            return try Fixture.metric(
                #"""
                {"AlarmName":"a","Namespace":"\#(namespace)","MetricName":"x","Statistic":"Sum","Period":60,
                "EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"GreaterThanThreshold"\#(extra)}
                """#
            ).missingDataTreatment
        }
        #expect(try treatment("AWS/DynamoDB", nil) == .ignore)
        #expect(try treatment("AWS/DynamoDB", .missing) == .missing)
        #expect(try treatment("App", nil) == .missing)
    }

    @Test(
        "percentiles of too few samples count neither way, and the state stays",
        arguments: [("p90", 100.0), ("p99", 1_000), ("p99.9", 10_000), ("p50", 20), ("p10", 100), ("p5", 200)])
    func lowSamples(statistic: String, least: Double) throws {
        let definition = try Fixture.metric(
            #"""
            {"AlarmName":"a","Namespace":"App","MetricName":"x","ExtendedStatistic":"\#(statistic)","Period":60,
            "EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"GreaterThanThreshold",
            "EvaluateLowSampleCountPercentile":"ignore"}
            """#)
        let threshold = try #require(definition.significantSampleCount)
        #expect(abs(threshold - least) < least * 1e-9)
        func state(samples: Double, value: Double) throws -> AlarmState {
            var alarm = Fixture.alarm(definition)
            _ = try alarm.setState(.ok, reason: "", nowNs: 0)
            let point = AlarmPoint(
                timestampNs: Fixture.tenNs - Fixture.minute, value: value, sampleCount: samples)
            _ = alarm.evaluate(
                Fixture.input(definition, [AlarmSeries(points: [point])], nowNs: Fixture.tenNs), nowNs: Fixture.tenNs)
            return alarm.state
        }
        #expect(try state(samples: least - 1, value: 2) == .ok)
        #expect(try state(samples: least + 0.001, value: 2) == .alarm)
    }

    @Test(
        "the range ends at the minute, the short period or the hour, and has two more periods or a minute more",
        arguments: [
            // period, N, seconds after 10:00:00 → end, periods, cadence
            (60, 3, 185, 180, 5, 60), (300, 2, 185, 180, 4, 60), (10, 3, 29, 20, 9, 10), (20, 3, 39, 20, 6, 10),
            (30, 1, 59, 30, 3, 10), (3_600, 25, 7_199, 3_600, 27, 3_600), (86_400, 1, 185, 180, 3, 60),
            (86_400, 2, 3_599, 0, 4, 3_600),
        ])
    func ranges(period: Int, periods: Int, now: Int, end: Int, count: Int, cadence: Int) throws {
        let definition = try Fixture.metric(
            #"""
            {"AlarmName":"a","Namespace":"App","MetricName":"x","Statistic":"Sum","Period":\#(period),
            "EvaluationPeriods":\#(periods),"Threshold":1,"ComparisonOperator":"GreaterThanThreshold"}
            """#)
        let range = definition.dataRange(nowNs: Fixture.tenNs + Int64(now) * Fixture.second)
        #expect(range.endNs == Fixture.tenNs + Int64(end) * Fixture.second)
        #expect(range.count == count)
        #expect(range.startNs == range.endNs - Int64(count * period) * Fixture.second)
        #expect(definition.cadenceNs == Int64(cadence) * Fixture.second)
    }
}
