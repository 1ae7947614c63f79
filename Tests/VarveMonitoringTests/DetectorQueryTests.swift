import Testing
import VarveAlarms
import VarveAnomaly
import VarveIO
import VarveJSON
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

@testable import VarveMonitoring

/// Bands in queries are those of alarms.
@Suite struct DetectorQueryTests {
    private static let detector = #"""
        {"SingleMetricAnomalyDetector": {"Namespace": "App", "MetricName": "cpu", "Stat": "Average",
          "Dimensions": [{"Name": "Host", "Value": "a"}]},
         "Configuration": {"AdaptationSpeed": "FAST", "OutlierFilteringStrength": "MINIMAL",
          "ExcludedTimeRanges": [{"StartTime": "2026-01-03T00:00:00Z", "EndTime": "2026-01-03T12:00:00Z"}]}}
        """#

    /// Three days of data with a bad half day, a detector that leaves it out, and an alarm on its band.
    private func world(detector: String = Self.detector) throws -> MonitoringWorld {
        let clock = SimulatedClock()
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: clock)
        clock.advance(byNs: 3 * Nanoseconds.perDay)
        world.align()
        // The half day is 144 to 288 periods ago.
        try WaveData.store(in: world, count: 860) { (150..<280).contains($0) ? 400 : nil }
        try world.call("PutAnomalyDetector", detector)
        try world.call("PutMetricAlarm", WaveData.alarm())
        world.settle()
        world.pass(minutes: 1)
        return world
    }

    private func use(_ world: MonitoringWorld) throws -> WatchedAlarm.BandUse {
        try #require(world.run.engine.watched["odd"]?.bands.first)
    }

    private func band(
        _ world: MonitoringWorld, over range: TimeRange, knowing known: KnownAnomalyModel?
    ) throws -> [[Double]] {
        let use = try use(world)
        var context = QueryContext(nowNs: world.clock.wallNs(), acceptsGaps: true)
        context.anomalyModel = { subject, periodNs in
            #expect(subject == use.queries && periodNs == use.periodNs)
            return known
        }
        let source = SnapshotMathSource(world.store.snapshot(), in: context, rules: .service)
        var stat = try #require(use.queries.metric)
        stat.periodNs = use.periodNs
        let series = try #require(try source.fetch([stat], over: range).first).series
        let band = try source.anomalyBand(of: use.queries, around: series, deviations: 3, over: range)
        return [try #require(band).lower.values, try #require(band).upper.values]
    }

    private func expected(_ trainer: AnomalyTrainer, over range: TimeRange) -> [[Double]] {
        let forecasts = BandForecasts(trainer, over: range)
        let count = (range.end - range.start) / WaveData.period
        let bands = (0..<count).map { forecasts.band(atNs: range.start + $0 * WaveData.period, width: 3) }
        return [bands.map { $0?.lower ?? .nan }, bands.map { $0?.upper ?? .nan }]
    }

    private func range(_ world: MonitoringWorld, hours: Int64) -> TimeRange {
        let endNs = world.clock.wallNs() / WaveData.period * WaveData.period
        return TimeRange(start: endNs - hours * Nanoseconds.perHour, end: endNs)
    }

    @Test("a query shows the band that alarms are compared with, without learning anything again")
    func agrees() throws {
        let world = try world()
        let use = try use(world)
        let known = try #require(world.run.engine.knownModel(of: use.queries, periodNs: use.periodNs))
        let trainer = try #require(known.trainer)
        // Fifteen hours of five minutes are remembered.
        let range = range(world, hours: 12)
        #expect(trainer.rememberedNs <= range.start)
        let shown = try band(world, over: range, knowing: known)
        #expect(shown == expected(trainer, over: range))
        #expect(shown[0].allSatisfy { $0.isFinite } && shown[0].count == 144)
        // The alarm's own evaluation.
        var alarm = try #require(world.run.engine.watched["odd"])
        #expect(world.run.engine.addBands(to: &alarm, nowNs: world.clock.wallNs()))
        let points = alarm.bandPoints(over: alarm.definition.dataRange(nowNs: world.clock.wallNs()))
        let newest = try #require(points.last { $0.timestampNs < range.end })
        let slot = Int((newest.timestampNs - range.start) / WaveData.period)
        #expect(newest.lower == shown[0][slot] && newest.upper == shown[1][slot])
        // Settings matter here: without them the bad half day widens the band.
        #expect(try band(world, over: range, knowing: nil) != shown)
    }

    @Test("a model that is behind, as that of a command is, goes on where it stopped")
    func behind() throws {
        let world = try world()
        let use = try use(world)
        let known = try #require(world.run.engine.knownModel(of: use.queries, periodNs: use.periodNs))
        // Six hours later, of which the model that is known has seen nothing.
        for _ in 0..<72 {
            world.clock.advance(byNs: WaveData.period)
            try WaveData.storeNow(in: world, value: nil)
        }
        world.settle()
        let later = try #require(world.run.engine.knownModel(of: use.queries, periodNs: use.periodNs)?.trainer)
        let range = range(world, hours: 10)
        #expect(try #require(known.trainer).nextNs < later.nextNs)
        #expect(try band(world, over: range, knowing: known) == expected(later, over: range))
    }

    @Test("of a range before what is remembered the band is learnt with the detector's settings")
    func older() throws {
        let world = try world()
        let use = try use(world)
        let known = try #require(world.run.engine.knownModel(of: use.queries, periodNs: use.periodNs))
        let range = range(world, hours: 40)
        #expect(try #require(known.trainer).rememberedNs > range.start)
        // All data that there are lie within three weeks before: a model that remembers everything learns the same.
        var trainer = AnomalyTrainer(
            startNs: DetectorModels.startNs(nowNs: world.clock.wallNs(), periodNs: use.periodNs),
            periodNs: use.periodNs, remembering: 1_000, configuration: known.configuration)
        let source = SnapshotMathSource(
            world.store.snapshot(), in: QueryContext(nowNs: world.clock.wallNs()), rules: .service)
        var stat = try #require(use.queries.metric)
        stat.periodNs = use.periodNs
        let all = TimeRange(start: trainer.nextNs, end: range.end)
        trainer.learn(try #require(try source.fetch([stat], over: all).first).series.values)
        let shown = try band(world, over: range, knowing: known)
        #expect(shown == expected(trainer, over: range))
        #expect(try band(world, over: range, knowing: nil) != shown)
    }

    @Test("the model of a detector is found by what is asked for, from another thread too; a stopped one knows nothing")
    func lookup() throws {
        let world = try world()
        let use = try use(world)
        #expect(world.run.engine.knownModel(of: use.queries, periodNs: 2 * use.periodNs)?.trainer == nil)
        #expect(world.run.engine.knownModel(of: use.queries, periodNs: 2 * use.periodNs) != nil)
        var other = try #require(use.queries.metric)
        other.statistic = "Maximum"
        let stranger = MathSubject([MathDefinition(id: "x", .metric(other))])
        #expect(world.run.engine.knownModel(of: stranger, periodNs: use.periodNs) == nil)
        try world.monitoring.start()
        let found = world.monitoring.anomalyModel(of: use.queries, periodNs: use.periodNs)
        #expect(found?.configuration.excludedRanges.count == 1)
        world.monitoring.stop()
        #expect(world.monitoring.anomalyModel(of: use.queries, periodNs: use.periodNs) == nil)
    }
}
