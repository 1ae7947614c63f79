import Testing
import VarveIO
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit

@testable import VarveMonitoring

/// How much one step of monitoring does, counted in what it looks at.
@Suite struct StepBudgetTests {
    // MARK: Alarms on rules of contributors

    private static let rule =
        #"{"Schema":{"Name":"CloudWatchLogRule","Version":1},"LogGroupNames":["/varve/events/default"],"#
        + #""LogFormat":"JSON","Contribution":{"Keys":["$.source"],"Filters":[]},"AggregateOn":"Count"}"#

    private func world(ruleAlarms: Int, eventsPerStep: Int) throws -> MonitoringWorld {
        var options = MonitoringOptions()
        options.alarmEventsPerStep = eventsPerStep
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock(), options: options)
        try world.call(
            "PutInsightRule",
            String(
                decoding: JSONValue.object([
                    .init("RuleName", .string("r")), .init("RuleDefinition", .string(Self.rule)),
                ]).encoded, as: UTF8.self))
        for number in 0..<ruleAlarms {
            try world.call(
                "PutMetricAlarm",
                #"{"AlarmName":"rule-\#(number)","EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"#
                    + #""GreaterThanThreshold","Metrics":[{"Id":"e","Expression":"#
                    + #""INSIGHT_RULE_METRIC('r', 'Sum')","Period":60}]}"#)
        }
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        return world
    }

    private func putEvents(_ world: MonitoringWorld, count: Int) throws {
        let entry = #"{"Source":"shop","DetailType":"order","Detail":"{}"}"#
        for _ in 0..<count { try world.call("PutEvents", #"{"Entries":[\#(entry)]}"#) }
    }

    private func decided(_ world: MonitoringWorld, _ count: Int) -> Int {
        (0..<count).count { world.state("rule-\($0)") == "ALARM" }
    }

    @Test("alarms on busy rules share the events of a step, and keep no other alarm waiting")
    func ruleAlarms() throws {
        let alarms = 12
        // That an alarm was put is an event, too.
        let events = 30 + alarms + 1
        // These and what an alarm costs beside them are more than half of it: two fit.
        let world = try world(ruleAlarms: alarms, eventsPerStep: 100)
        try putEvents(world, count: 30)
        try world.sample(99)
        world.clock.advance(byNs: 75 * Nanoseconds.perSecond)
        for step in 1...(alarms / 2) {
            let before = world.run.ruleEvents.count
            world.step()
            #expect(world.state("cpu-high") != "INSUFFICIENT_DATA")
            #expect(decided(world, alarms) == 2 * step)
            #expect(world.run.ruleEvents.count - before == 2 * events)
        }
        world.settle()
        #expect(world.run.ruleEvents.count == alarms * events)
    }

    @Test("an alarm that is due again while it waits is evaluated once, behind those that wait longer")
    func turns() throws {
        let world = try world(ruleAlarms: 5, eventsPerStep: 1)
        try putEvents(world, count: 2)
        world.clock.advance(byNs: 75 * Nanoseconds.perSecond)
        // Two of five, before all are due once more.
        world.step()
        world.step()
        #expect(decided(world, 5) == 2)
        // That six alarms were put are events, too.
        #expect(world.run.ruleEvents.count == 2 * (2 + 6))
        world.clock.advance(byNs: Nanoseconds.perMinute)
        for _ in 0..<3 { world.step() }
        #expect((0..<5).allSatisfy { world.state("rule-\($0)") != "INSUFFICIENT_DATA" })
        world.settle()
        // So are the changes of two states.
        #expect(world.run.ruleEvents.count == 16 + 5 * (2 + 6 + 2), "each of five once more")
        try world.call("DeleteAlarms", #"{"AlarmNames":["rule-0","rule-1","rule-2","rule-3","rule-4"]}"#)
        world.pass(seconds: 120)
        #expect(world.run.ruleEvents.count == 66)
    }

    // MARK: Metric streams

    private static let seriesCount = 2_500

    private func streamWorld(
        _ disk: SimulatedFileSystem, _ clock: SimulatedClock, _ edge: FakeEdge, seed: UInt64 = 1
    ) throws -> MonitoringWorld {
        var options = MonitoringOptions()
        options.streamSeriesPerStep = 1_000
        return try MonitoringWorld(disk, clock: clock, seed: seed, edge: edge, options: options)
    }

    private func putSeries(_ world: MonitoringWorld) throws {
        var rows = RowBatch()
        for number in 0..<Self.seriesCount {
            let source = SourceKey(namespace: "App", dimensions: [Dimension(name: "N", value: "\(number)")])
            rows.append(
                shape: RowShape(source: source, fields: [FieldKey(metric: "m")]), timestamp: world.clock.wallNs(),
                values: [Double(number)])
        }
        _ = try world.store.appendAndWait(rows)
    }

    private func series(_ edge: FakeEdge, _ target: String) throws -> [String] {
        try MetricStreamTests.lines(edge.arrivals.filter { $0.endpoint == target && !$0.mayBeRepetition })
            .compactMap { $0["dimensions"]?["N"]?.string }
    }

    @Test("streams that send the same series look for them once, some of them in each step")
    func sharedSelection() throws {
        let edge = FakeEdge()
        let world = try streamWorld(SimulatedFileSystem(), SimulatedClock(), edge)
        let names = ["a", "b", "c"]
        for name in names {
            try world.call(
                "PutMetricStream", MetricStreamTests.definition(name, target: "https://sink.example/\(name)"))
        }
        try putSeries(world)
        world.clock.advance(byNs: 130 * Nanoseconds.perSecond)
        var before = 0
        for _ in 0..<40 {
            world.step()
            #expect(world.run.streamSelections.scannedCount - before <= 1_000)
            before = world.run.streamSelections.scannedCount
        }
        world.settle()
        for name in names {
            let sent = try series(edge, "https://sink.example/\(name)")
            #expect(sent.count == Self.seriesCount && Set(sent).count == Self.seriesCount, "\(name)")
        }
        // Nothing else happened in that minute, and none of the next is over.
        #expect(world.run.streamSelections.scannedCount == Self.seriesCount)
    }

    @Test("a restart while series are looked for, or sent, loses none and sends none twice", arguments: 0..<8)
    func restart(steps: Int) throws {
        let (disk, clock, edge) = (SimulatedFileSystem(), SimulatedClock(), FakeEdge())
        do {
            let world = try streamWorld(disk, clock, edge)
            try world.call("PutMetricStream", MetricStreamTests.definition())
            try putSeries(world)
            clock.advance(byNs: 130 * Nanoseconds.perSecond)
            for _ in 0..<steps { world.step() }
        }
        let world = try streamWorld(disk, clock, edge, seed: 2)
        world.settle()
        let sent = try series(edge, "https://sink.example/in")
        #expect(sent.count == Self.seriesCount && Set(sent).count == Self.seriesCount)
        #expect(world.openDeliveries == 0)
    }

    @Test("streams that catch up with other series take turns")
    func turnsOfStreams() throws {
        let (clock, edge) = (SimulatedClock(), FakeEdge())
        let world = try streamWorld(SimulatedFileSystem(), clock, edge)
        try world.call("PutMetricStream", MetricStreamTests.definition("a"))
        try world.call(
            "PutMetricStream",
            MetricStreamTests.definition("b", more: #", "IncludeFilters": [{"Namespace": "App"}]"#))
        for _ in 0..<4 {
            try putSeries(world)
            clock.advance(byNs: Nanoseconds.perMinute)
        }
        clock.advance(byNs: 2 * Nanoseconds.perMinute)
        var apart: [Int64] = []
        for _ in 0..<80 {
            world.step()
            let (a, b) = (world.run.engine.streamProgress["a"], world.run.engine.streamProgress["b"])
            apart.append(((a?.minuteNs ?? 0) - (b?.minuteNs ?? 0)) / Nanoseconds.perMinute)
        }
        world.settle()
        #expect(apart.allSatisfy { (-1...1).contains($0) }, "\(apart)")
        #expect(try series(edge, "https://sink.example/in").count == 8 * Self.seriesCount)
    }
}
