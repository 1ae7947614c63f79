import Testing
import VarveBytes
import VarveIO
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit

@testable import VarveMonitoring

/// What clients, clocks and forged bytes may do. Each of these stopped the monitoring thread, or made it decide
/// wrongly.
@Suite struct HostileInputTests {
    private static let bus = "arn:aws:events:local-1:000000000001:event-bus/default"

    @Test(
        "a replay of any time range ends, also of one that no clock reaches",
        arguments: [("-10", "-5"), ("0", "9223372036"), ("-9223372036", "9223372036"), ("9000000000", "9223372036")])
    func replayRanges(start: String, end: String) throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            try world.call("CreateArchive", #"{"ArchiveName": "all", "EventSourceArn": "\#(Self.bus)"}"#)
            try world.call(
                "PutEvents",
                #"{"Entries": [{"Source": "shop", "DetailType": "o", "Detail": "{}", "Time": 9223372035}]}"#)
            let replay = #"""
                {"ReplayName": "r", "EventSourceArn": "arn:aws:events:local-1:000000000001:archive/all",
                 "EventStartTime": \#(start), "EventEndTime": \#(end), "Destination": {"Arn": "\#(Self.bus)"}}
                """#
            // Whether it is taken or refused: nothing may stop.
            _ = try? world.call("StartReplay", replay)
            world.settle()
            let replays = try world.call("ListReplays")["Replays"]?.array ?? []
            #expect(replays.allSatisfy { $0["State"]?.string == "COMPLETED" })
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        world.settle()
        #expect(world.monitoring.problems.isEmpty)
    }

    @Test(
        "times of a history that are the wrong way round, or far too large, are refused",
        arguments: [
            #"{"StartDate": "2026-01-02T00:00:00Z", "EndDate": "2026-01-01T00:00:00Z"}"#, #"{"StartDate": 1e300}"#,
            #"{"EndDate": -1e36}"#, #"{"StartDate": "soon"}"#,
        ])
    func historyTimes(input: String) throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        #expect(throws: OperationError.self) { try world.call("DescribeAlarmHistory", input) }
    }

    @Test(
        "a replay of alarms over too much time, or backwards, is refused",
        arguments: [(0, .max), (5, 5), (9, 3), (0, 4_000_000_000_000_000_000)] as [(Int64, Int64)])
    func backtestRanges(start: Int64, end: Int64) throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let input = #"{"Definitions": [\#(MonitoringWorld.alarm())], "Start": \#(start), "End": \#(end)}"#
        #expect(throws: OperationError.self) { try world.call("BacktestAlarms", input) }
    }

    @Test("composite alarms that depend on one alarm in two ways change once, and keep what they decided")
    func diamond() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricAlarm", MonitoringWorld.alarm("a"))
        try world.call("PutCompositeAlarm", #"{"AlarmName": "p", "AlarmRule": "ALARM(a)"}"#)
        try world.call(
            "PutCompositeAlarm",
            #"{"AlarmName": "q", "AlarmRule": "ALARM(a) OR ALARM(p)", "AlarmActions": ["https://ops.example/q"]}"#)
        try world.call("SetAlarmState", #"{"AlarmName": "a", "StateValue": "ALARM", "StateReason": "r"}"#)
        world.settle()
        #expect(world.state("p") == "ALARM" && world.state("q") == "ALARM")
        #expect(world.edge.arrivals.count { $0.endpoint == "https://ops.example/q" } == 1)
    }

    @Test("a suppressor that changes with a child does not undo what its composite alarm decided")
    func suppressorBesideChild() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricAlarm", MonitoringWorld.alarm("a"))
        try world.call("PutCompositeAlarm", #"{"AlarmName": "a-s", "AlarmRule": "ALARM(a)"}"#)
        try world.call(
            "PutCompositeAlarm",
            #"""
            {"AlarmName": "z", "AlarmRule": "ALARM(a)", "ActionsSuppressor": "a-s", "ActionsSuppressorWaitPeriod": 60,
             "ActionsSuppressorExtensionPeriod": 60, "AlarmActions": ["https://ops.example/z"]}
            """#)
        try world.call("SetAlarmState", #"{"AlarmName": "a", "StateValue": "ALARM", "StateReason": "r"}"#)
        world.settle()
        #expect(world.state("z") == "ALARM")
        #expect(!world.edge.arrivals.contains { $0.endpoint == "https://ops.example/z" })
    }

    @Test("alarms are evaluated on after the clock was set back by an hour")
    func clockSetBack() throws {
        let clock = SimulatedClock()
        clock.advance(byNs: 2 * Nanoseconds.perHour)
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: clock)
        try world.call("PutMetricAlarm", MonitoringWorld.alarm())
        clock.setWall(toNs: clock.wallNs() - Nanoseconds.perHour)
        try world.sample(90)
        world.pass(seconds: 140)
        #expect(world.edge.arrivals.count == 1)
    }

    @Test("a delivery from a store with nonsense in it is tried as long as any other, and traps nowhere")
    func forgedDelivery() throws {
        let text = #"""
            {"id": "\#(UUID16(high: 7, low: 1))", "target": "t", "endpoint": "t", "body": "",
             "created": 9223372036854775807, "retries": 9223372036854775807, "seconds": 9223372036854775807}
            """#
        let delivery = try #require(Delivery(try JSONReader.read(Array(text.utf8))))
        #expect(delivery.policy == .standard)
        var outbox = Outbox()
        outbox.add(delivery)
        let attempt = try #require(outbox.takeDue(nowNs: 0).first)
        #expect(outbox.finish(attempt.delivery.id, .failed(reason: "x"), nowNs: 0) == nil)
    }

    @Test("endpoints that do not answer leave places for one that does")
    func deadEndpoints() {
        var outbox = Outbox()
        func delivery(_ number: UInt64, _ endpoint: String) -> Delivery {
            Delivery(
                id: UUID16(high: 1, low: number), target: endpoint, endpoint: endpoint, subject: "", body: [],
                createdNs: 0)
        }
        for number in 0..<2_000 { outbox.add(delivery(UInt64(number), "dead-\(number % 20)")) }
        // All fail once; then each of them is tried one at a time.
        var nowNs: Int64 = 0
        for _ in 0..<40 {
            for attempt in outbox.takeDue(nowNs: nowNs) {
                _ = outbox.finish(attempt.delivery.id, .failed(reason: "x"), nowNs: nowNs)
            }
            nowNs += Nanoseconds.perSecond
        }
        #expect(outbox.takeDue(nowNs: nowNs).count <= 20)
        outbox.add(delivery(9_999, "alive"))
        #expect(outbox.takeDue(nowNs: nowNs).map(\.delivery.endpoint) == ["alive"])
    }

    @Test("what waits for a store that takes nothing is bounded: the newest states and all deliveries stay")
    func unsavedWrites() throws {
        var unsaved = UnsavedWrites(byteCountMax: 10_000)
        for number in 0..<200 {
            var write = MonitoringWrite()
            write.documents = [.init(kind: .alarm, name: "a\(number % 3)", content: [UInt8(number)])]
            write.history = [
                HistoryRow(alarm: "a", alarmType: "MetricAlarm", timestamp: 1, type: "t", summary: "", data: "")
            ]
            if number % 50 == 0 {
                write.deliveries = [
                    Delivery(
                        id: UUID16(high: 1, low: UInt64(number)), target: "t", endpoint: "t", subject: "", body: [],
                        createdNs: 0)
                ]
            }
            unsaved.add([write])
        }
        let all = try #require(unsaved.first(byteCount: .max))
        #expect(all.merged.byteCount <= 10_000)
        #expect(all.merged.deliveries.map(\.id.low) == [0, 50, 100, 150])
        var newest: [String: UInt8] = [:]
        for document in all.merged.documents { newest[document.name] = document.content?.first }
        #expect(newest == ["a0": 198, "a1": 199, "a2": 197])
        #expect(unsaved.droppedCount > 0)
    }
}
