import Testing
import VarveAnomaly
import VarveIO
import VarveJSON
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

@testable import VarveMonitoring

/// Alarms on bands, with everything between the data and the notification.
@Suite struct AnomalyAlarmTests {
    private static let watched = #"{"Id": "e", "Expression": "m * 1"},"#

    /// Three days of data, then an alarm, evaluated once.
    private func world(
        _ disk: SimulatedFileSystem = SimulatedFileSystem(), clock: SimulatedClock = SimulatedClock(),
        alarm: String = WaveData.alarm(), changed: (Int) -> Double? = { _ in nil }
    ) throws -> MonitoringWorld {
        let world = try MonitoringWorld(disk, clock: clock)
        clock.advance(byNs: 3 * Nanoseconds.perDay)
        world.align()
        try WaveData.store(in: world, count: 860, changed: changed)
        try world.call("PutMetricAlarm", alarm)
        world.settle()
        world.pass(minutes: 1)
        return world
    }

    private func alarm(_ world: MonitoringWorld) throws -> JSONValue {
        try #require(try world.call("DescribeAlarms")["MetricAlarms"]?.array?.first)
    }

    /// What the detector expects now.
    private func forecasts(_ world: MonitoringWorld) throws -> [AnomalyForecast?] {
        let detector = try #require(world.run.engine.detectors.durable.values.first)
        let trainer = try #require(world.run.engine.trainer(of: detector))
        return (-20..<5).map { trainer.forecast(atNs: world.clock.wallNs() + $0 * WaveData.period) }
    }

    @Test("putting an alarm on a band makes its detector, which learns the past; usual values are OK")
    func usual() throws {
        let world = try world()
        let detectors = try world.call("DescribeAnomalyDetectors")["AnomalyDetectors"]?.array
        #expect(detectors?.count == 1 && detectors?[0]["StateValue"]?.string == "TRAINED")
        #expect(world.state("odd") == "OK")
    }

    @Test(
        "a value beyond the band is an alarm for the operators that look there, with both bounds in the reason",
        arguments: [
            ("LessThanLowerOrGreaterThanUpperThreshold", 400.0, "ALARM"),
            ("LessThanLowerOrGreaterThanUpperThreshold", -300.0, "ALARM"),
            ("LessThanLowerThreshold", 400.0, "OK"), ("LessThanLowerThreshold", -300.0, "ALARM"),
            ("GreaterThanUpperThreshold", 400.0, "ALARM"), ("GreaterThanUpperThreshold", -300.0, "OK"),
        ])
    func unusual(comparison: String, value: Double, state: String) throws {
        let world = try world(alarm: WaveData.alarm(comparison)) { $0 == 0 ? value : nil }
        #expect(world.state("odd") == state)
        guard state == "ALARM" else { return }
        let alarm = try alarm(world)
        let reason = try #require(alarm["StateReason"]?.string)
        let data = try JSONReader.read(Array(try #require(alarm["StateReasonData"]?.string).utf8))
        let lower = try #require(data["recentLowerThresholds"]?.array?.last?.double)
        let upper = try #require(data["recentUpperThresholds"]?.array?.last?.double)
        #expect(-300 < lower && lower < upper && upper < 400 && data["threshold"] == nil)
        #expect(reason.hasPrefix("Thresholds Crossed: 1 out of the last 1 datapoints [\(value) ("), "\(reason)")
        let bounds = [
            "LessThanLowerThreshold": ["less than the lower thresholds [\(lower)]"],
            "GreaterThanUpperThreshold": ["greater than the upper thresholds [\(upper)]"],
            "LessThanLowerOrGreaterThanUpperThreshold": [
                "less than the lower thresholds [\(lower)] or greater than the upper thresholds [\(upper)]"
            ],
        ]
        for text in bounds[comparison] ?? [] { #expect(reason.contains(text), "\(reason)") }
        #expect(reason.hasSuffix("(minimum 1 datapoint for OK -> ALARM transition)."))
        #expect(world.edge.arrivals.count == 1)
    }

    @Test("bands around expressions, in expressions and of computed width work as those of metrics do")
    func expressions() throws {
        let outlier: (Int) -> Double? = { $0 == 0 ? 400 : nil }
        for (band, watched) in [
            ("ANOMALY_DETECTION_BAND(e, 3)", Self.watched), ("ANOMALY_DETECTION_BAND(m * 1, 3)", Self.watched),
            ("ANOMALY_DETECTION_BAND(m, 1 + 2)", ""),
        ] {
            let world = try world(alarm: WaveData.alarm(band: band, watched: watched), changed: outlier)
            #expect(world.state("odd") == "ALARM", "\(band)")
        }
    }

    @Test("without enough data there is no band, and the points count as missing")
    func untrained() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        world.align()
        try WaveData.store(in: world, count: 5)
        try world.call("PutMetricAlarm", WaveData.alarm())
        world.settle()
        world.pass(minutes: 1)
        #expect(world.state("odd") == "INSUFFICIENT_DATA")
        let detectors = try world.call("DescribeAnomalyDetectors")["AnomalyDetectors"]?.array
        #expect(detectors?[0]["StateValue"]?.string == "TRAINED_INSUFFICIENT_DATA")
    }

    @Test("missing values are treated as the alarm says, with a band too")
    func missing() throws {
        let world = try world(alarm: WaveData.alarm(more: #", "TreatMissingData": "breaching""#))
        #expect(world.state("odd") == "OK")
        // Nothing comes any more.
        world.pass(minutes: 25)
        #expect(world.state("odd") == "ALARM")
        #expect(try alarm(world)["StateReason"]?.string?.contains("no datapoints were received") == true)
    }

    @Test("after a restart detectors expect exactly what they expected, and no alarm changes")
    func restart() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        let before: [AnomalyForecast?]
        do {
            let world = try world(disk, clock: clock) { $0 % 50 == 3 ? 300 : nil }
            for minute in 1...20 {
                world.pass(minutes: 1)
                if minute % 5 == 0 { try WaveData.store(in: world, count: 1) }
            }
            before = try forecasts(world)
            #expect(before.allSatisfy { $0 != nil })
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        #expect(world.monitoring.problems.isEmpty)
        let loaded = try #require(world.run.engine.detectors.durable.values.first)
        // The state was stored: not everything is learnt again.
        #expect(world.run.engine.trainer(of: loaded)?.model.state == .trained)
        world.settle()
        #expect(try forecasts(world) == before)
        #expect(world.state("odd") == "OK" && world.edge.arrivals.isEmpty)
    }

    @Test("an alarm waits while its detector learns the past, and changes nothing until then")
    func waits() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        world.clock.advance(byNs: 3 * Nanoseconds.perDay)
        world.align()
        try WaveData.store(in: world, count: 860)
        try world.call("PutMetricAlarm", WaveData.alarm())
        world.clock.advance(byNs: Nanoseconds.perMinute)
        world.step()
        #expect(world.state("odd") == "INSUFFICIENT_DATA" && !world.run.engine.waitingForModels.isEmpty)
        #expect(try alarm(world)["StateReason"]?.string == "Unchecked: Initial alarm creation")
        world.settle()
        #expect(world.state("odd") == "OK" && world.run.engine.waitingForModels.isEmpty)
    }

    @Test("without its detector an alarm decides nothing, until it is put again")
    func deleted() throws {
        let world = try world()
        let subject = try #require(world.run.engine.detectors.durable.values.first).subject
        let input = String(decoding: JSONValue.object(subject.members).encoded, as: UTF8.self)
        try world.call("DeleteAnomalyDetector", input)
        world.pass(minutes: 1)
        #expect(try alarm(world)["EvaluationState"]?.string == "EVALUATION_ERROR" && world.state("odd") == "OK")
        try world.call("PutMetricAlarm", WaveData.alarm())
        world.settle()
        world.pass(minutes: 1)
        #expect(try alarm(world)["EvaluationState"] == nil && world.state("odd") == "OK")
    }

    @Test("a detector that is deleted and put again serves the alarms that were there, in their periods")
    func putAgain() throws {
        let world = try world()
        let detector = try #require(world.run.engine.detectors.durable.values.first)
        let input = String(decoding: JSONValue.object(detector.subject.members).encoded, as: UTF8.self)
        try world.call("DeleteAnomalyDetector", input)
        world.pass(minutes: 1)
        try world.call("PutAnomalyDetector", input)
        world.settle()
        world.pass(minutes: 1)
        let periods = world.run.engine.detectors.durable.values.first?.periods
        #expect(periods.map { Set($0).isSuperset(of: detector.periods) } == true)
        #expect(try alarm(world)["EvaluationState"] == nil && world.state("odd") == "OK")
    }

    @Test("excluded times are not learnt")
    func excluded() throws {
        // A day at 400 before the last five hours.
        let odd: (Int) -> Double? = { (60..<348).contains($0) ? 400 : nil }
        let plain = try forecasts(try world(changed: odd)).compactMap { $0?.deviation }
        let clock = SimulatedClock()
        let excluding = try MonitoringWorld(SimulatedFileSystem(), clock: clock)
        clock.advance(byNs: 3 * Nanoseconds.perDay)
        excluding.align()
        try WaveData.store(in: excluding, count: 860, changed: odd)
        let endNs = clock.wallNs() - 60 * WaveData.period
        let ranges = """
            [{"StartTime": \((endNs - 290 * WaveData.period) / Nanoseconds.perSecond),
              "EndTime": \(endNs / Nanoseconds.perSecond)}]
            """
        try excluding.call(
            "PutAnomalyDetector",
            """
            {"Namespace": "App", "MetricName": "cpu", "Dimensions": [{"Name": "Host", "Value": "a"}],
             "Stat": "Average", "Configuration": {"ExcludedTimeRanges": \(ranges)}}
            """)
        try excluding.call("PutMetricAlarm", WaveData.alarm())
        excluding.settle()
        let detector = try #require(excluding.run.engine.detectors.durable.values.first)
        #expect(detector.periods == [60, 300])
        let key = DetectorModelKey(detector: detector.subject.documentName, periodNs: WaveData.period)
        let deviation = try #require(
            excluding.run.engine.models.trainer(key)?.forecast(atNs: clock.wallNs())?.deviation)
        #expect(deviation < (plain.last ?? 0) / 2)
    }

    @Test(
        "bands that cannot be are refused",
        arguments: [
            ("ANOMALY_DETECTION_BAND(m, -1)", "positive"),
            ("[ANOMALY_DETECTION_BAND(m, 1), ANOMALY_DETECTION_BAND(m, 2)]", "at most one"),
            ("ANOMALY_DETECTION_BAND(SUM(METRICS()), 2)", "METRICS"),
        ])
    func refused(band: String, part: String) throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let error = #expect(throws: OperationError.self) {
            try world.call("PutMetricAlarm", WaveData.alarm(band: band))
        }
        #expect(error?.code == "ValidationError" && error?.message.contains(part) == true, "\(error?.message ?? "")")
        let quick = WaveData.alarm().replacing("\"Period\": 300", with: "\"Period\": 30")
        #expect(throws: OperationError.self) { try world.call("PutMetricAlarm", quick) }
        #expect(try world.call("DescribeAnomalyDetectors")["AnomalyDetectors"]?.array?.isEmpty == true)
    }

    @Test("a replay over stored data has the alarm times of the running server")
    func replays() throws {
        let outliers: Set = [4, 5, 20, 40]
        let world = try world { $0 >= 60 && $0 % 90 == 7 ? 260 : nil }
        let startNs = world.clock.wallNs()
        var changes: [String] = []
        var state = world.state("odd")
        for slot in 0..<48 {
            for minute in 0..<5 {
                world.clock.advance(byNs: Nanoseconds.perMinute)
                if minute == 0 { try WaveData.storeNow(in: world, value: outliers.contains(slot) ? 300 : nil) }
                world.settle()
                guard world.state("odd") != state else { continue }
                state = world.state("odd")
                changes.append("\((world.clock.wallNs() - startNs) / Nanoseconds.perMinute) \(state ?? "")")
            }
        }
        #expect(changes.count >= 6, "\(changes)")
        let definition = try JSONReader.read(Array(WaveData.alarm().utf8))
        var backtest = try AlarmBacktest(
            [definition], over: TimeRange(start: startNs, end: world.clock.wallNs() + 1),
            random: SeededRandomSource(seed: 1))
        let report = try backtest.run(on: world.store.snapshot())[0]
        let replayed = report.episodes.flatMap { episode in
            [(episode.startNs, "ALARM"), (episode.endNs ?? .max, "OK")]
        }.filter { $0.0 < .max }.map { "\(($0.0 - startNs) / Nanoseconds.perMinute) \($0.1)" }
        #expect(replayed == changes)
    }

    @Test("the band of a query is what a detector expected")
    func queries() throws {
        let world = try world { $0 % 70 == 9 ? 280 : nil }
        let endNs = world.clock.wallNs() / WaveData.period * WaveData.period
        let range = TimeRange(start: endNs - 12 * WaveData.period, end: endNs)
        let metric = MathMetricStat(
            namespace: "App", metricName: "cpu", dimensions: [Dimension(name: "Host", value: "a")],
            statistic: "Average", periodNs: WaveData.period)
        let plan = try MathPlan([
            MathDefinition(id: "m", .metric(metric)),
            MathDefinition(id: "b", .expression("ANOMALY_DETECTION_BAND(m, 3)")),
        ])
        let source = SnapshotMathSource(
            world.store.snapshot(), in: QueryContext(nowNs: world.clock.wallNs()), rules: .service)
        let results = try plan.run(over: range, source: source).results
        #expect(results.map(\.id) == ["m", "b", "b"])
        let detector = try #require(world.run.engine.detectors.durable.values.first)
        let trainer = try #require(world.run.engine.trainer(of: detector))
        let bands = results[1].series.timestamps.map { timeNs in
            trainer.forecast(atNs: timeNs).map { trainer.model.configuration.band($0, width: 3) }
        }
        #expect(bands.count == 12)
        // Both begin three weeks before, the detector some minutes earlier.
        let remembered = bands.suffix(3)
        #expect(remembered.map { $0?.upper } == results[1].series.points.suffix(3).map { $0 })
        #expect(remembered.map { $0?.lower } == results[2].series.points.suffix(3).map { $0 })
    }
}
