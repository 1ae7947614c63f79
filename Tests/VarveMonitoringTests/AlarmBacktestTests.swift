import Testing
import VarveAlarms
import VarveEvents
import VarveIO
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit

@testable import VarveMonitoring

@Suite struct AlarmBacktestTests {
    private static let minute = Nanoseconds.perMinute

    private func json(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    /// Six hours of one value a minute: 90 from minute 60 to 79, and from 85 to 99; else 10.
    private func world() throws -> (MonitoringWorld, start: Int64) {
        let clock = SimulatedClock()
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: clock)
        let start = clock.wallNs()
        var batch = RowBatch()
        let source = SourceKey(namespace: "App", dimensions: [Dimension(name: "Host", value: "a")])
        let shape = RowShape(source: source, fields: [FieldKey(metric: "cpu")])
        for minute in 0..<360 {
            let isHigh = (60..<80).contains(minute) || (85..<100).contains(minute)
            batch.append(
                shape: shape, timestamp: start + Int64(minute) * Self.minute, values: [isHigh ? 90 : 10])
        }
        clock.advance(byNs: 6 * Nanoseconds.perHour)
        _ = try world.store.appendAndWait(batch)
        return (world, start)
    }

    @Test("a replay says when an alarm would have fired, for how long, and that it flapped")
    func replays() throws {
        let (world, start) = try world()
        var backtest = try AlarmBacktest(
            [json(MonitoringWorld.alarm(periods: 2)), json(#"{"AlarmName": "all", "AlarmRule": "ALARM(cpu-high)"}"#)],
            over: TimeRange(start: start, end: start + 6 * Nanoseconds.perHour),
            random: SeededRandomSource(seed: 1))
        let reports = try backtest.run(on: world.store.snapshot())
        #expect(reports.map(\.alarm) == ["all", "cpu-high"])
        // Two breaching minutes, 60 and 61, are over at 62; evaluated ten seconds later. The second good one is 81.
        let minutes = reports[1].episodes.map {
            [($0.startNs - start) / Self.minute, (($0.endNs ?? 0) - start) / Self.minute]
        }
        #expect(minutes == [[62, 81], [87, 101]])
        #expect(reports[1].flapCount == 1 && reports[1].changeCount == 5)
        #expect(reports[1].actionCounts == ["https://ops.example/hook": 2])
        #expect(reports[0].episodes.count == 2)
    }

    @Test("reading ahead gives the states that reading each time gives", arguments: [60, 300, 10, 3_600])
    func readsAhead(period: Int) throws {
        let (world, start) = try world()
        let range = TimeRange(start: start, end: start + 6 * Nanoseconds.perHour)
        let simple = try json(MonitoringWorld.alarm(period: period))
        // The same as an expression, which cannot be read ahead.
        let expression = try json(
            """
            {"AlarmName": "cpu-high", "EvaluationPeriods": 1, "Threshold": 50,
             "ComparisonOperator": "GreaterThanThreshold",
             "Metrics": [{"Id": "m", "ReturnData": false, "MetricStat": {
              "Metric": {"Namespace": "App", "MetricName": "cpu",
              "Dimensions": [{"Name": "Host", "Value": "a"}]}, "Period": \(period), "Stat": "Average"}},
              {"Id": "e", "Expression": "m * 1"}]}
            """)
        var results: [[[Int64?]]] = []
        for definition in [simple, expression] {
            var backtest = try AlarmBacktest([definition], over: range, random: SeededRandomSource(seed: 1))
            results.append(
                try backtest.run(on: world.store.snapshot())[0].episodes.map { [$0.startNs, $0.endNs] })
        }
        #expect(results[0] == results[1])
        #expect(!results[0].isEmpty)
    }

    @Test(
        "a daily alarm by wall clock sees the 23 hours of the day on which clocks go forward, once",
        arguments: [false, true])
    func wallClock(isExpression: Bool) throws {
        // 2026-03-24T00:00Z; clocks go forward in Berlin on the 29th.
        let hour = Nanoseconds.perHour
        let start = 1_774_310_400 * Nanoseconds.perSecond
        let clock = SimulatedClock(wallNs: start + 11 * 24 * hour)
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: clock)
        var batch = RowBatch()
        let source = SourceKey(namespace: "App", dimensions: [])
        let shape = RowShape(source: source, fields: [FieldKey(metric: "ticks")])
        for index in -96..<240 { batch.append(shape: shape, timestamp: start + Int64(index) * hour, values: [1]) }
        _ = try world.store.appendAndWait(batch)
        let metric = #""Namespace": "App", "MetricName": "ticks""#
        let question =
            isExpression
            ? #"""
            "Metrics": [{"Id": "m", "ReturnData": false, "MetricStat":
             {"Metric": {\#(metric)}, "Period": 86400, "Stat": "SampleCount"}}, {"Id": "e", "Expression": "m * 1"}]
            """# : #"\#(metric), "Period": 86400, "Statistic": "SampleCount""#
        let definition = try json(
            #"""
            {"AlarmName": "short", "EvaluationPeriods": 1, "Threshold": 24, "ComparisonOperator": "LessThanThreshold",
             \#(question), "EvaluationWindow": {"WallClockWindow": {"Timezone": "Europe/Berlin"}}}
            """#)
        let zoneFile = Self.zoneFile("CET-1CEST,M3.5.0,M10.5.0/3")
        let berlin = try TimeZoneRules.decode(zoneFile)
        var backtest = try AlarmBacktest(
            [definition], over: TimeRange(start: start + (5 * 24 + 21) * hour, end: start + 7 * 24 * hour),
            random: SeededRandomSource(seed: 1), zones: { $0 == "Europe/Berlin" ? berlin : nil })
        let report = try backtest.run(on: world.store.snapshot())[0]
        #expect(report.lastState == .ok && report.episodes.count == 1)
        // From the end of that day, 22:00Z, to the end of the next one, with the usual delay.
        let times = report.episodes.map { [$0.startNs, $0.endNs ?? 0].map { $0 - start - 10 * Nanoseconds.perSecond } }
        #expect(times == [[(5 * 24 + 22) * hour, (6 * 24 + 22) * hour]])
    }

    @Test("an alarm by the wall clock of a zone that nobody knows is refused")
    func unknownZone() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let window = #", "EvaluationWindow": {"WallClockWindow": {"Timezone": "Mars/Olympus"}}"#
        #expect(
            throws: OperationError.validation("The time zone Mars/Olympus of the WallClockWindow is not known here.")
        ) {
            try world.call("PutMetricAlarm", MonitoringWorld.alarm(more: window))
        }
        try world.call(
            "PutMetricAlarm",
            MonitoringWorld.alarm(more: #", "EvaluationWindow": {"WallClockWindow": {"Timezone": "+05:30"}}"#))
        let shown = try world.call("DescribeAlarms")["MetricAlarms"]?.array?.first
        #expect(shown?["EvaluationWindow"]?["WallClockWindow"]?["Timezone"]?.string == "+05:30")
    }

    /// A zone file of version 3 that has nothing but a rule.
    private static func zoneFile(_ rule: String) -> [UInt8] {
        let counts: [[UInt8]] = [0, 0, 0, 0, 1, 4].map { [0, 0, 0, $0] }
        let block =
            Array("TZif3".utf8) + [UInt8](repeating: 0, count: 15) + counts.joined() + [0, 0, 0, 0, 0, 0]
            + Array("ABC\0".utf8)
        return block + block + Array("\n\(rule)\n".utf8)
    }
}
