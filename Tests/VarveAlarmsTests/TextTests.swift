import Testing
import VarveJSON
import VarveTestKit

@testable import VarveAlarms

@Suite struct TextTests {
    @Test(
        "numbers are written as Java writes them",
        arguments: [
            (21.5, "21.5"), (100, "100.0"), (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (-1.5, "-1.5"), (0.001, "0.001"),
            (0.000_999_9, "9.999E-4"), (1e-5, "1.0E-5"), (1e-4, "1.0E-4"), (9_999_999, "9999999.0"),
            (9_999_999.5, "9999999.5"), (1e7, "1.0E7"), (1.234_567_8e7, "1.2345678E7"), (1e10, "1.0E10"),
            (1e16, "1.0E16"), (123_456_789_012, "1.23456789012E11"), (0.1, "0.1"), (0.3007, "0.3007"),
            (1e100, "1.0E100"), (1.5e-300, "1.5E-300"), (.greatestFiniteMagnitude, "1.7976931348623157E308"),
            (.leastNonzeroMagnitude, "5.0E-324"), (1_234_567.25, "1234567.25"), (100_000, "100000.0"),
            (.infinity, "Infinity"), (-.infinity, "-Infinity"), (.nan, "NaN"),
        ] as [(Double, String)])
    func javaDouble(value: Double, text: String) { #expect(JavaDouble.text(value) == text) }

    @Test("every double reads back from its text", arguments: UInt64(0)..<20)
    func javaDoubleReadsBack(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(Double(JavaDouble.text(value)) == value, "seed \(seed): \(value)")
        }
    }

    @Test("instants in the four forms")
    func times() {
        let ns = Fixture.tenNs + 185_123_456_789
        #expect(AlarmTime.iso(ns) == "2026-03-01T10:03:05.123+0000")
        #expect(AlarmTime.short(ns) == "01/03/26 10:03:05")
        #expect(AlarmTime.envelope(ns) == "2026-03-01T10:03:05Z")
        // 2022-07-22T15:57:45Z was a Friday.
        #expect(AlarmTime.long(1_658_505_465_000_000_000) == "Friday 22 July, 2022 15:57:45 UTC")
        #expect(AlarmTime.iso(-1) == "1969-12-31T23:59:59.999+0000")
        #expect(AlarmTime.iso(951_782_400_000_000_000) == "2000-02-29T00:00:00.000+0000")
        #expect(AlarmTime.parse("2026-03-01T10:03:05.123+0000") == Fixture.tenNs + 185_123_000_000)
        for bad in ["", "2026-13-01T10:03:05.123+0000", "2026-03-01T10:03:05.123Z", "9999-12-31T10:03:05.123+0000"] {
            #expect(AlarmTime.parse(bad) == nil)
        }
    }

    // MARK: - Reasons

    /// The reason that an evaluation of `drawing` leads to, from a state that it leaves.
    private func reason(
        _ drawing: String, periods: Int, needed: Int?, _ treatment: TreatMissingData? = nil
    ) throws -> String? {
        let definition = try Fixture.definition(periods: periods, needed: needed, treatment: treatment)
        let input = Fixture.input(definition, drawing, nowNs: Fixture.tenNs)
        guard case .series(let series, _) = input.outcome else { return nil }
        return ReasonText.of(PointDecision(series[0], in: input.range, of: definition), definition)
    }

    @Test("reasons without M")
    func plainReasons() throws {
        #expect(
            try reason("X", periods: 1, needed: nil)
                == "Threshold Crossed: 1 datapoint [100.0 (01/03/26 09:59:00)] was greater than the threshold (50.0).")
        #expect(
            try reason("X X X", periods: 3, needed: nil)
                == "Threshold Crossed: 3 datapoints [100.0 (01/03/26 09:59:00), 100.0 (01/03/26 09:58:00), "
                + "100.0 (01/03/26 09:57:00)] were greater than the threshold (50.0).")
        #expect(
            try reason("X 0", periods: 3, needed: nil)
                == "Threshold Crossed: 1 datapoint [0.0 (01/03/26 09:59:00)] was not greater than the threshold (50.0)."
        )
    }

    @Test("reasons with M")
    func reasonsOfN() throws {
        #expect(
            try reason("0", periods: 1, needed: 1)
                == "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (01/03/26 09:59:00)] was not greater than "
                + "the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).")
        #expect(
            try reason("X X 0", periods: 3, needed: 2)
                == "Threshold Crossed: 2 out of the last 3 datapoints [100.0 (01/03/26 09:58:00), "
                + "100.0 (01/03/26 09:57:00)] were greater than the threshold (50.0) (minimum 2 datapoints for "
                + "OK -> ALARM transition).")
    }

    @Test("reasons with missing datapoints")
    func missingReasons() throws {
        #expect(
            try reason("-", periods: 2, needed: nil, .breaching)
                == "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated "
                + "as [Breaching].")
        #expect(
            try reason("-", periods: 1, needed: nil, .breaching)
                == "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
                + "[Breaching].")
        #expect(
            try reason("-", periods: 3, needed: nil, .notBreaching)
                == "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated "
                + "as [NonBreaching].")
        #expect(
            try reason("0", periods: 20, needed: 1, .notBreaching)
                == "Threshold Crossed: 1 out of the last 20 datapoints [0.0 (01/03/26 09:59:00)] was not greater than "
                + "the threshold (50.0) and 19 missing datapoints were treated as [NonBreaching] (minimum 20 "
                + "datapoints for ALARM -> OK transition).")
        #expect(try reason("-", periods: 3, needed: nil) == "Insufficient Data: 3 datapoints were unknown.")
        #expect(try reason("-", periods: 1, needed: nil) == "Insufficient Data: 1 datapoint was unknown.")
    }

    @Test("comparison with a band names both bounds")
    func bandReason() throws {
        let definition = try Fixture.metric(
            #"""
            {"AlarmName":"a","EvaluationPeriods":1,"DatapointsToAlarm":1,"ThresholdMetricId":"b",
            "ComparisonOperator":"LessThanLowerOrGreaterThanUpperThreshold","Metrics":[{"Id":"m","MetricStat":{"Metric":
            {"Namespace":"App","MetricName":"x"},"Period":60,"Stat":"Average"}},
            {"Id":"b","Expression":"ANOMALY_DETECTION_BAND(m)"}]}
            """#)
        let atNs = Fixture.tenNs - Fixture.minute
        let series = AlarmSeries(
            points: [AlarmPoint(timestampNs: atNs, value: 0)],
            band: [AlarmBandPoint(timestampNs: atNs, lower: 0.0206, upper: 0.3007)])
        var alarm = Fixture.alarm(definition)
        _ = alarm.evaluate(Fixture.input(definition, [series], nowNs: Fixture.tenNs), nowNs: Fixture.tenNs)
        #expect(
            alarm.value.reason
                == "Thresholds Crossed: 1 out of the last 1 datapoints [0.0 (01/03/26 09:59:00)] was less than the "
                + "lower thresholds [0.0206] or greater than the upper thresholds [0.3007] (minimum 1 datapoint for "
                + "OK -> ALARM transition).")
        #expect(
            alarm.value.reasonData
                == #"{"version":"1.0","queryDate":"2026-03-01T10:00:00.000+0000","#
                + #""startDate":"2026-03-01T09:59:00.000+0000","period":60,"recentDatapoints":[0.0],"#
                + #""recentLowerThresholds":[0.0206],"recentUpperThresholds":[0.3007],"#
                + #""evaluatedDatapoints":[{"timestamp":"2026-03-01T09:59:00.000+0000","value":0.0}]}"#)
        // Inside the band, and where there is none.
        func state(_ value: Double, _ band: [AlarmBandPoint]) -> AlarmState {
            var alarm = Fixture.alarm(definition)
            let series = AlarmSeries(points: [AlarmPoint(timestampNs: atNs, value: value)], band: band)
            _ = alarm.evaluate(Fixture.input(definition, [series], nowNs: Fixture.tenNs), nowNs: Fixture.tenNs)
            return alarm.state
        }
        #expect(state(0.1, series.band) == .ok)
        #expect(state(0.4, series.band) == .alarm)
        #expect(state(0.4, []) == .insufficientData)
    }

    @Test("data of a reason: gaps are null, fillers have a timestamp only, without points there is no start")
    func reasonData() throws {
        func data(_ drawing: String, _ treatment: TreatMissingData, unit: String = "") throws -> String {
            let definition = try Fixture.definition(periods: 3, needed: 2, treatment: treatment, extra: unit)
            let input = Fixture.input(definition, drawing, nowNs: Fixture.tenNs)
            guard case .series(let series, _) = input.outcome else { return "" }
            let decision = PointDecision(series[0], in: input.range, of: definition)
            return ReasonData.of(decision, definition, queryNs: input.queryNs)
        }
        #expect(
            try data("X - X", .missing, unit: #","Unit":"Count""#)
                == #"{"version":"1.0","queryDate":"2026-03-01T10:00:00.000+0000","#
                + #""startDate":"2026-03-01T09:57:00.000+0000","unit":"Count","statistic":"Average","period":60,"#
                + #""recentDatapoints":[100.0,null,100.0],"threshold":50.0,"evaluatedDatapoints":["#
                + #"{"timestamp":"2026-03-01T09:59:00.000+0000","sampleCount":1.0,"value":100.0},"#
                + #"{"timestamp":"2026-03-01T09:57:00.000+0000","sampleCount":1.0,"value":100.0}]}"#)
        #expect(
            try data("X - -", .breaching)
                == #"{"version":"1.0","queryDate":"2026-03-01T10:00:00.000+0000","#
                + #""startDate":"2026-03-01T09:57:00.000+0000","statistic":"Average","period":60,"#
                + #""recentDatapoints":[100.0],"threshold":50.0,"evaluatedDatapoints":["#
                + #"{"timestamp":"2026-03-01T09:57:00.000+0000","sampleCount":1.0,"value":100.0},"#
                + #"{"timestamp":"2026-03-01T09:59:00.000+0000"}]}"#)
        #expect(
            try data("-", .notBreaching)
                == #"{"version":"1.0","queryDate":"2026-03-01T10:00:00.000+0000","statistic":"Average","period":60,"#
                + #""recentDatapoints":[],"threshold":50.0,"evaluatedDatapoints":["#
                + #"{"timestamp":"2026-03-01T09:59:00.000+0000"},{"timestamp":"2026-03-01T09:58:00.000+0000"}]}"#)
    }

    @Test("long reasons, their data and history stay within their limits", arguments: [1, 10, 100, 1_000, 1_440])
    func longReasons(periods: Int) throws {
        let definition = try Fixture.definition(periods: periods, needed: periods)
        var alarm = Fixture.alarm(definition)
        let drawing = Array(repeating: "X", count: periods).joined(separator: " ")
        let effects = alarm.evaluate(Fixture.input(definition, drawing, nowNs: Fixture.tenNs), nowNs: Fixture.tenNs)
        #expect(alarm.state == .alarm)
        #expect(try #require(alarm.value.reason).count <= 1_023)
        let data = try #require(alarm.value.reasonData)
        #expect(data.count <= 4_000)
        #expect(try Fixture.json(data)["period"] == .integer(60))
        #expect(effects.history.allSatisfy { $0.data.count <= 4_095 })
    }
}
