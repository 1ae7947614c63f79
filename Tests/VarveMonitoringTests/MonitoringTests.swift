import Testing
import VarveIO
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

@Suite struct MonitoringTests {
    @Test("a breaching metric fires its alarm ten seconds after the minute, with history, event and one webhook call")
    func fires() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        #expect(world.state("cpu-high") == "INSUFFICIENT_DATA")
        world.pass(seconds: 5)
        try world.sample(90)
        world.pass(seconds: 64)
        #expect(world.state("cpu-high") == "INSUFFICIENT_DATA" && world.edge.arrivals.isEmpty)
        world.pass(seconds: 1)
        #expect(world.state("cpu-high") == "ALARM")
        #expect(world.edge.arrivals.map(\.endpoint) == ["https://ops.example/hook"])
        #expect(world.edge.arrivals.map(\.mayBeRepetition) == [false])
        let message = try JSONReader.read(Array(world.edge.arrivals[0].body.utf8))
        #expect(message["NewStateValue"]?.string == "ALARM" && message["OldStateValue"]?.string == "INSUFFICIENT_DATA")
        world.pass(seconds: 1)
        #expect(world.openDeliveries == 0)
        let history = try world.call("DescribeAlarmHistory", #"{"AlarmName": "cpu-high"}"#)
        let summaries = history["AlarmHistoryItems"]?.array?.compactMap { $0["HistorySummary"]?.string }
        #expect(
            summaries == [
                "Successfully executed action https://ops.example/hook",
                "Alarm updated from INSUFFICIENT_DATA to ALARM", #"Alarm "cpu-high" created"#,
            ])
    }

    @Test("an alarm in its warm-up stays so over a restart, and is evaluated when data fill its window")
    func warmsUp() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        let more = #", "TreatMissingData": "breaching", "WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 10}"#
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            try world.call("PutMetricAlarm", MonitoringWorld.alarm(more: more))
            world.pass(seconds: 190)
            #expect(world.state("cpu-high") == "INSUFFICIENT_DATA")
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        let shown = try world.call("DescribeAlarms")["MetricAlarms"]?.array?.first
        #expect(shown?["EvaluationState"]?.string == "IN_WARM_UP")
        #expect(shown?["WarmUpConfiguration"]?["WarmUpPeriodDurationInMinutes"]?.integer == 10)
        try world.sample(10)
        world.pass(seconds: 75)
        #expect(world.state("cpu-high") == "OK" && world.edge.arrivals.isEmpty)
        let later = try world.call("DescribeAlarms")["MetricAlarms"]?.array?.first
        #expect(later?["EvaluationState"] == nil)
    }

    @Test("definitions, states and tags are there after a restart, exactly")
    func survives() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        let before: JSONValue
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            try world.call("PutMetricAlarm", MonitoringWorld.alarm(more: #", "Tags": [{"Key": "team", "Value": "a"}]"#))
            try world.call(
                "PutCompositeAlarm",
                #"""
                {"AlarmName": "both", "AlarmRule": "ALARM(cpu-high)",
                 "AlarmActions": ["arn:aws:sns:local-1:000000000001:ops"]}
                """#
            )
            try world.call("CreateTopic", #"{"Name": "ops"}"#)
            try world.sample(90)
            world.pass(seconds: 75)
            #expect(world.state("both") == "ALARM")
            before = try world.call("DescribeAlarms", #"{"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}"#)
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        #expect(try world.call("DescribeAlarms", #"{"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}"#) == before)
        #expect(
            try world.call(
                "ListTagsForResource", #"{"ResourceARN": "arn:aws:cloudwatch:local-1:000000000001:alarm:cpu-high"}"#)
                == JSONReader.read(Array(#"{"Tags":[{"Key":"team","Value":"a"}]}"#.utf8)))
        #expect(try world.call("ListTopics")["Topics"]?.array?.count == 1)
        world.settle()
        #expect(world.monitoring.problems.isEmpty)
    }

    @Test("deleted alarms stay deleted after a restart")
    func deletes() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            try world.call("PutMetricAlarm", MonitoringWorld.alarm())
            try world.call("DeleteAlarms", #"{"AlarmNames": ["cpu-high", "never-there"]}"#)
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        #expect(world.state("cpu-high") == nil)
        // A clock that was set back must not bring an old version back.
        clock.setWall(toNs: clock.wallNs() - Nanoseconds.perHour)
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
    }

    @Test("what a composite alarm names, or is suppressed by, is not deleted, also not with it: then nothing is")
    func keepsNamed() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        for name in ["a", "b", "free"] {
            try world.call("PutMetricAlarm", MonitoringWorld.alarm(name))
        }
        try world.call(
            "PutCompositeAlarm",
            #"""
            {"AlarmName": "parent", "AlarmRule": "ALARM(a)", "ActionsSuppressor": "b",
             "ActionsSuppressorWaitPeriod": 1, "ActionsSuppressorExtensionPeriod": 1}
            """#)
        for (names, named) in [(#""parent", "a""#, "a"), (#""a", "parent""#, "a"), (#""free", "b", "parent""#, "b")] {
            let error = #expect(throws: OperationError.self) {
                try world.call("DeleteAlarms", #"{"AlarmNames": [\#(names)]}"#)
            }
            #expect(error?.code == "ValidationError")
            #expect(error?.message == "Cannot delete \(named) as there are composite alarm(s) depending on it.")
            #expect(["a", "b", "free", "parent"].allSatisfy { world.state($0) != nil })
        }
        try world.call("DeleteAlarms", #"{"AlarmNames": ["free", "parent"]}"#)
        try world.call("DeleteAlarms", #"{"AlarmNames": ["a", "b"]}"#)
        #expect(["a", "b", "free", "parent"].allSatisfy { world.state($0) == nil })
    }

    @Test("after the clock was set back the newest version of a definition still counts")
    func clockSetBack() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        }
        clock.setWall(toNs: clock.wallNs() - Nanoseconds.perHour)
        do {
            let world = try MonitoringWorld(disk, clock: clock, seed: 2)
            try world.call("PutMetricAlarm", MonitoringWorld.alarm(periods: 3))
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 3)
        let alarms = try world.call("DescribeAlarms")["MetricAlarms"]?.array
        #expect(alarms?.count == 1 && alarms?[0]["EvaluationPeriods"]?.integer == 3)
    }

    @Test("alarm actions are taken although the store takes nothing, and their history is stored once it does again")
    func fullDisk() throws {
        let disk = SimulatedFileSystem(capacityBytes: 40 << 20)
        let world = try MonitoringWorld(disk, clock: SimulatedClock())
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        try world.sample(90)
        let file = try disk.open("/filler", .createNew)
        var offset = 0
        let piece = [UInt8](repeating: 1, count: 64 << 10)
        while (try? piece.withUnsafeBytes { try file.write($0, at: offset) }) != nil { offset += piece.count }
        world.pass(seconds: 75)
        #expect(world.edge.arrivals.count == 1)
        try file.close()
        try disk.remove("/filler")
        world.pass(seconds: 20)
        let history = try world.call("DescribeAlarmHistory", #"{"AlarmName": "cpu-high", "HistoryItemType": "Action"}"#)
        #expect(history["AlarmHistoryItems"]?.array?.count == 1)
    }

    @Test("a target that is down is tried again, and history says once that it has the message")
    func retries() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        world.edge.answer(.failed(reason: "down"))
        try world.call("SetAlarmState", #"{"AlarmName": "cpu-high", "StateValue": "ALARM", "StateReason": "test"}"#)
        world.pass(seconds: 8)
        world.edge.answer(.delivered)
        world.pass(seconds: 10)
        #expect(world.edge.arrivals.map(\.mayBeRepetition) == [false, true, true, true, true])
        #expect(Set(world.edge.arrivals.map(\.id)).count == 1)
        let history = try world.call("DescribeAlarmHistory", #"{"HistoryItemType": "Action"}"#)
        #expect(history["AlarmHistoryItems"]?.array?.count == 1)
    }

    @Test("history comes in pages that continue each other, in both orders")
    func historyPages() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        for number in 0..<7 {
            let state = number % 2 == 0 ? "OK" : "INSUFFICIENT_DATA"
            world.clock.advance(byNs: Nanoseconds.perSecond)
            try world.call(
                "SetAlarmState", #"{"AlarmName": "cpu-high", "StateValue": "\#(state)", "StateReason": "\#(number)"}"#)
        }
        for order in ["TimestampDescending", "TimestampAscending"] {
            var (times, token): ([String], String?) = ([], nil)
            repeat {
                let next = token.map { #", "NextToken": "\#($0)""# } ?? ""
                let page = try world.call(
                    "DescribeAlarmHistory", #"{"MaxRecords": 3, "ScanBy": "\#(order)"\#(next)}"#)
                times += page["AlarmHistoryItems"]?.array?.compactMap { $0["Timestamp"]?.string } ?? []
                token = page["NextToken"]?.string
            } while token != nil
            #expect(times.count == 8)
            #expect(times == (order == "TimestampAscending" ? times.sorted() : times.sorted(by: >)))
        }
    }
}

@Suite struct MuteRuleTests {
    @Test("during a window actions are held, and run once afterwards, marked")
    func mutes() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        // 2026-01-01T00:00:00Z is now.
        try world.call(
            "PutAlarmMuteRule",
            #"""
            {"Name": "night", "Rule": {"Schedule": {"Expression": "at(2026-01-01T00:01)", "Duration": "PT2M"}},
             "MuteTargets": {"AlarmNames": ["cpu-high"]}}
            """#)
        #expect(try world.call("GetAlarmMuteRule", #"{"AlarmMuteRuleName": "night"}"#)["Status"]?.string == "SCHEDULED")
        world.pass(seconds: 70)
        #expect(try world.call("GetAlarmMuteRule", #"{"AlarmMuteRuleName": "night"}"#)["Status"]?.string == "ACTIVE")
        try world.call("SetAlarmState", #"{"AlarmName": "cpu-high", "StateValue": "ALARM", "StateReason": "r"}"#)
        world.settle()
        #expect(world.edge.arrivals.isEmpty)
        // Missing data would end the state at the next evaluation: no data, INSUFFICIENT_DATA has no actions here.
        try world.sample(90)
        world.pass(seconds: 50)
        try world.sample(90)
        world.pass(seconds: 61)
        #expect(world.edge.arrivals.count == 1)
        #expect(world.edge.arrivals.first?.body.contains("\"ActionExecutedAfterMuteWindow\":true") == true)
        #expect(try world.call("GetAlarmMuteRule", #"{"AlarmMuteRuleName": "night"}"#)["Status"]?.string == "EXPIRED")
    }

    @Test("a rule that is deleted ends its window, and is gone after a restart")
    func deletes() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            try world.call(
                "PutAlarmMuteRule",
                #"""
                {"Name": "now", "Rule": {"Schedule": {"Expression": "at(2026-01-01T00:00)", "Duration": "P1D"}},
                 "MuteTargets": {"AlarmNames": ["cpu-high"]}}
                """#)
            try world.call("PutMetricAlarm", MonitoringWorld.alarm())
            try world.call("SetAlarmState", #"{"AlarmName": "cpu-high", "StateValue": "ALARM", "StateReason": "r"}"#)
            world.settle()
            #expect(world.edge.arrivals.isEmpty)
            try world.call("DeleteAlarmMuteRule", #"{"AlarmMuteRuleName": "now"}"#)
            world.settle()
            #expect(world.edge.arrivals.count == 1)
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        #expect(try world.call("ListAlarmMuteRules")["AlarmMuteRuleSummaries"]?.array?.isEmpty == true)
    }
}
