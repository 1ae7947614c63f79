import Testing
import VarveAlarms
import VarveBytes
import VarveIO
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

/// What is bounded, and what clocks that are set back may not do.
@Suite struct LimitTests {
    private func world(
        _ change: (inout MonitoringOptions) -> Void = { _ in }
    ) throws -> MonitoringWorld {
        var options = MonitoringOptions()
        change(&options)
        return try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock(), options: options)
    }

    private func set(_ state: String, _ name: String) -> String {
        #"{"AlarmName": "\#(name)", "StateValue": "\#(state)", "StateReason": "test"}"#
    }

    @Test("what a dead target does not take is given up beyond a quarter of the outbox, with a line in the history")
    func outbox() throws {
        let world = try world { $0.outboxBytesMax = 32 << 10 }
        world.edge.answer(.failed(reason: "down"))
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        for number in 0..<20 {
            try world.call("SetAlarmState", set(number % 2 == 0 ? "ALARM" : "OK", "cpu-high"))
        }
        // Messages of about a kilobyte, 500 bytes of which are for keeping them.
        #expect((2...8).contains(world.openDeliveries), "\(world.openDeliveries)")
        let given = 10 - world.openDeliveries
        let history = try world.call("DescribeAlarmHistory", #"{"AlarmName": "cpu-high", "HistoryItemType": "Action"}"#)
        let data = history["AlarmHistoryItems"]?.array?.compactMap { $0["HistoryData"]?.string } ?? []
        #expect(data.count == given && data.allSatisfy { $0.contains("too much waits to be delivered") })
        #expect(world.run.engine.outbox.byteCount <= 8 << 10)
        world.edge.answer(.delivered)
        world.pass(seconds: 400)
        #expect(world.openDeliveries == 0 && world.run.engine.outbox.byteCount == 0)
        let count = world.edge.arrivals.count
        try world.call("SetAlarmState", set("ALARM", "cpu-high"))
        world.settle()
        #expect(world.edge.arrivals.count == count + 1 && world.edge.arrivals.last?.mayBeRepetition == false)
    }

    @Test("pauses between attempts are as long as before when the clock is set back")
    func pauses() throws {
        let world = try world()
        world.edge.answer(.failed(reason: "down"))
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        try world.call("SetAlarmState", set("ALARM", "cpu-high"))
        world.settle()
        #expect(world.edge.arrivals.count == 1)
        world.clock.setWall(toNs: world.clock.wallNs() - Nanoseconds.perHour)
        world.edge.answer(.delivered)
        world.settle()
        world.pass(seconds: 2)
        #expect(world.edge.arrivals.count == 2 && world.openDeliveries == 0)
    }

    /// A rule whose window of an hour begins in `minutes`.
    private func rule(_ world: MonitoringWorld, _ alarms: String, inMinutes minutes: Int64, name: String = "r")
        -> String
    {
        let instant = InstantText.format(world.clock.wallNs() + minutes * Nanoseconds.perMinute)
        let time = instant.replacing(" ", with: "T").prefix(16)
        return """
            {"Name": "\(name)", "MuteTargets": {"AlarmNames": [\(alarms)]},
             "Rule": {"Schedule": {"Expression": "at(\(time))", "Duration": "PT1H"}}}
            """
    }

    @Test("a mute window that the clock was set back before is open no more, and opens again at its time")
    func muteWindows() throws {
        let world = try world()
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        try world.call("PutAlarmMuteRule", rule(world, "\"cpu-high\"", inMinutes: 5))
        func isMuted() -> Bool { world.run.engine.alarms["cpu-high"]?.mute != nil }
        world.settle()
        #expect(!isMuted())
        world.pass(minutes: 10)
        #expect(isMuted())
        world.clock.setWall(toNs: world.clock.wallNs() - 20 * Nanoseconds.perMinute)
        world.settle()
        #expect(!isMuted())
        world.pass(minutes: 20)
        #expect(isMuted())
        world.pass(minutes: 60)
        #expect(!isMuted())
    }

    @Test("the number of mute rules is limited, and alarms follow what a rule names")
    func muteRules() throws {
        let world = try world { $0.muteRulesMax = 1 }
        for name in ["one", "two"] { try world.call("PutMetricAlarm", MonitoringWorld.alarm(name)) }
        try world.call("PutAlarmMuteRule", rule(world, "\"one\"", inMinutes: 0))
        func muted() -> [Bool] { ["one", "two"].map { world.run.engine.alarms[$0]?.mute != nil } }
        world.pass(minutes: 1)
        #expect(muted() == [true, false])
        try world.call("PutAlarmMuteRule", rule(world, "\"two\"", inMinutes: -1))
        world.pass(minutes: 1)
        #expect(muted() == [false, true])
        let error = #expect(throws: OperationError.self) {
            try world.call("PutAlarmMuteRule", rule(world, "\"one\"", inMinutes: 0, name: "another"))
        }
        #expect(error?.code == "LimitExceeded")
        try world.call("DeleteAlarmMuteRule", #"{"AlarmMuteRuleName": "r"}"#)
        #expect(muted() == [false, false] && world.run.engine.muteRulesByAlarm.isEmpty)
    }

    private func insights(_ name: String, metric: String = "cpu") -> String {
        """
        {"AlarmName": "\(name)", "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
         "Metrics": [{"Id": "q", "Expression": "SELECT MAX(\(metric)) FROM \\"App\\"", "Period": 60}]}
        """
    }

    @Test("alarms on Metrics Insights queries have a limit of their own")
    func insightsQuota() throws {
        let world = try world { $0.insightsAlarmsMax = 2 }
        for name in ["a", "b"] { try world.call("PutMetricAlarm", insights(name)) }
        let error = #expect(throws: OperationError.self) { try world.call("PutMetricAlarm", insights("c")) }
        #expect(error?.code == "LimitExceeded" && world.state("c") == nil)
        // Another query of one that there is, and other alarms, need no room.
        try world.call("PutMetricAlarm", insights("a", metric: "memory"))
        try world.call("PutMetricAlarm", MonitoringWorld.alarm("c"))
        #expect(throws: OperationError.self) { try world.call("PutMetricAlarm", insights("c")) }
        try world.call("DeleteAlarms", #"{"AlarmNames": ["a"]}"#)
        try world.call("PutMetricAlarm", insights("c"))
    }

    @Test("history without a name and types is that of metric alarms, with a name of any")
    func historyTypes() throws {
        let world = try world()
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        try world.call("PutCompositeAlarm", #"{"AlarmName": "all", "AlarmRule": "ALARM(cpu-high)"}"#)
        func names(_ input: String) throws -> Set<String> {
            let items = try world.call("DescribeAlarmHistory", input)["AlarmHistoryItems"]?.array ?? []
            return Set(items.compactMap { $0["AlarmName"]?.string })
        }
        #expect(try names("{}") == ["cpu-high"])
        #expect(try names(#"{"AlarmName": "all"}"#) == ["all"])
        #expect(try names(#"{"AlarmTypes": ["CompositeAlarm", "MetricAlarm"]}"#) == ["all", "cpu-high"])
    }

    @Test("alarms of a circle that a new rule breaks are evaluated at once")
    func brokenCircle() throws {
        let world = try world()
        func put(_ name: String, _ rule: String) throws {
            try world.call("PutCompositeAlarm", #"{"AlarmName": "\#(name)", "AlarmRule": "\#(rule)"}"#)
        }
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        try put("one", "FALSE")
        try put("two", "ALARM(one) OR ALARM(cpu-high)")
        try put("one", "ALARM(two)")
        try world.call("SetAlarmState", set("ALARM", "cpu-high"))
        #expect(world.state("two") == "OK" && world.state("one") == "OK")
        try put("one", "FALSE")
        #expect(world.state("two") == "ALARM" && world.state("one") == "OK")
    }
}
