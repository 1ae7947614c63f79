import Testing
import VarveIO
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

@Suite struct EventRuntimeTests {
    private static let rule = #"{"Name": "orders", "EventPattern": "{\"source\": [\"shop\"]}"}"#
    private static let target =
        #"{"Rule": "orders", "Targets": [{"Id": "1", "Arn": "https://ops.example/events", "InputPath": "$.detail"}]}"#

    private func put(_ world: MonitoringWorld, _ number: Int) throws -> JSONValue {
        try world.call(
            "PutEvents",
            #"{"Entries": [{"Source": "shop", "DetailType": "order", "Detail": "{\"n\": \#(number)}"}]}"#)
    }

    @Test("an event that a rule matches reaches its target, transformed; others do not")
    func routes() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutRule", Self.rule)
        try world.call("PutTargets", Self.target)
        #expect(try put(world, 1)["FailedEntryCount"]?.integer == 0)
        try world.call("PutEvents", #"{"Entries": [{"Source": "other", "DetailType": "x", "Detail": "{}"}]}"#)
        world.settle()
        #expect(world.edge.arrivals.map(\.body) == [#"{"n":1}"#])
    }

    @Test("rules, archives and schedules are there after a restart")
    func survives() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            try world.call("PutRule", Self.rule)
            try world.call("PutTargets", Self.target)
            try world.call("PutRule", #"{"Name": "tick", "ScheduleExpression": "rate(5 minutes)"}"#)
            try world.call(
                "PutTargets", #"{"Rule": "tick", "Targets": [{"Id": "1", "Arn": "https://ops.example/tick"}]}"#)
            try world.call(
                "CreateArchive",
                #"{"ArchiveName": "all", "EventSourceArn": "arn:aws:events:local-1:000000000001:event-bus/default"}"#)
            world.pass(seconds: 200)
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        #expect(try world.call("ListRules")["Rules"]?.array?.count == 2)
        #expect(try world.call("ListArchives")["Archives"]?.array?.count == 1)
        #expect(world.edge.arrivals.isEmpty)
        world.pass(seconds: 101)
        #expect(world.edge.arrivals.map(\.endpoint) == ["https://ops.example/tick"])
    }

    @Test("a state change of an alarm is an event that rules see")
    func alarmEvents() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call(
            "PutRule",
            #"""
            {"Name": "alarms", "EventPattern":
             "{\"source\": [\"aws.cloudwatch\"], \"detail\": {\"state\": {\"value\": [\"ALARM\"]}}}"}
            """#
        )
        try world.call(
            "PutTargets",
            #"""
            {"Rule": "alarms",
             "Targets": [{"Id": "1", "Arn": "https://ops.example/e", "InputPath": "$.detail.alarmName"}]}
            """#
        )
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        for state in ["OK", "ALARM"] {
            try world.call(
                "SetAlarmState", #"{"AlarmName": "cpu-high", "StateValue": "\#(state)", "StateReason": "r"}"#)
        }
        world.settle()
        #expect(world.edge.arrivals.filter { $0.endpoint == "https://ops.example/e" }.map(\.body) == [#""cpu-high""#])
    }

    @Test("a replay sends the archived events of its time again, marked with its name, and completes")
    func replays() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let bus = "arn:aws:events:local-1:000000000001:event-bus/default"
        try world.call("CreateArchive", #"{"ArchiveName": "all", "EventSourceArn": "\#(bus)"}"#)
        for number in 0..<600 {
            _ = try put(world, number)
            world.clock.advance(byNs: Nanoseconds.perSecond)
        }
        try world.call("PutRule", Self.rule)
        try world.call("PutTargets", Self.target)
        try world.call(
            "StartReplay",
            #"""
            {"ReplayName": "again", "EventSourceArn": "arn:aws:events:local-1:000000000001:archive/all",
             "EventStartTime": "2026-01-01T00:00:00Z", "EventEndTime": "2026-01-01T00:05:00Z",
             "Destination": {"Arn": "\#(bus)"}}
            """#
        )
        world.settle()
        world.settle()
        #expect(try world.call("DescribeReplay", #"{"ReplayName": "again"}"#)["State"]?.string == "COMPLETED")
        let numbers = world.edge.arrivals.compactMap { try? JSONReader.read(Array($0.body.utf8))["n"]?.integer }
        #expect(Set(numbers) == Set((0..<300).map(Int64.init)) && numbers.count == 300)
    }
}
