import Testing
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

/// Names are bytes: what Unicode calls equivalent is something else, as policies have it.
@Suite struct NameTests {
    private static let kelvin = "\u{212A}-high"
    private static let composed = "caf\u{e9}"
    private static let decomposed = "cafe\u{301}"

    @Test("keys tell equivalent spellings apart, and strings do not")
    func keys() {
        #expect(Self.composed == Self.decomposed && "K-high" == Self.kelvin)
        #expect(NameKey(Self.composed) != NameKey(Self.decomposed) && NameKey("K-high") != NameKey(Self.kelvin))
        var table: [NameKey: Int] = [:]
        table["K-high"] = 1
        #expect(table[Self.kelvin] == nil && table["K-high"] == 1)
        #expect(Set(names: [Self.composed, Self.decomposed]).count == 2)
        #expect(!"\u{212A}x".hasBytePrefix("K") && "Kx".hasBytePrefix("K"))
    }

    @Test("an alarm is not reached under an equivalent spelling of its name")
    func alarms() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricAlarm", MonitoringWorld.alarm("K-high"))
        try world.call("DeleteAlarms", #"{"AlarmNames":["\#(Self.kelvin)"]}"#)
        try world.call("DisableAlarmActions", #"{"AlarmNames":["\#(Self.kelvin)"]}"#)
        #expect(throws: OperationError.self) {
            try world.call(
                "SetAlarmState", #"{"AlarmName":"\#(Self.kelvin)","StateValue":"OK","StateReason":"r"}"#)
        }
        let arn = "arn:aws:cloudwatch:local-1:000000000001:alarm:\(Self.kelvin)"
        #expect(throws: OperationError.self) { try world.call("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#) }
        let found = try world.call("DescribeAlarms", #"{"AlarmNames":["\#(Self.kelvin)"]}"#)
        #expect(found["MetricAlarms"]?.array?.isEmpty == true)
        let prefixed = try world.call("DescribeAlarms", #"{"AlarmNamePrefix":"\#(Self.kelvin)"}"#)
        #expect(prefixed["MetricAlarms"]?.array?.isEmpty == true)
        let all = try world.call("DescribeAlarms")["MetricAlarms"]?.array
        #expect(all?.count == 1 && all?.first?["ActionsEnabled"]?.bool == true)
    }

    @Test("two spellings are two alarms, which change, page and survive apart")
    func twins() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            for name in [Self.composed, Self.decomposed] {
                try world.call("PutMetricAlarm", MonitoringWorld.alarm(name))
            }
            try world.call(
                "PutCompositeAlarm", #"{"AlarmName":"top","AlarmRule":"ALARM(\"\#(Self.decomposed)\")"}"#)
            try world.call(
                "SetAlarmState", #"{"AlarmName":"\#(Self.composed)","StateValue":"ALARM","StateReason":"r"}"#)
            #expect(world.state("top") != "ALARM" && world.state(Self.decomposed) != "ALARM")
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        #expect(world.state(Self.composed) == "ALARM" && world.state(Self.decomposed) == "INSUFFICIENT_DATA")
        var names: [String] = []
        var token: String?
        repeat {
            let more = token.map { #","NextToken":"\#($0)""# } ?? ""
            let page = try world.call("DescribeAlarms", #"{"MaxRecords":1\#(more)}"#)
            names += (page["MetricAlarms"]?.array ?? []).compactMap { $0["AlarmName"]?.string }
            token = page["NextToken"]?.string
        } while token != nil
        #expect(Set(names: names).count == 2 && names.count == 2)
    }

    @Test("topics, dashboards, mute rules, event rules and buses are not reached either")
    func others() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("CreateTopic", #"{"Name":"K"}"#)
        let topic = "arn:aws:sns:local-1:000000000001:\u{212A}"
        try world.call("DeleteTopic", #"{"TopicArn":"\#(topic)"}"#)
        #expect(try world.call("ListTopics")["Topics"]?.array?.count == 1)
        let dashboard = #"{"DashboardName":"K","DashboardBody":"{\"widgets\":[]}"}"#
        try world.call("PutDashboard", dashboard)
        try world.call("DeleteDashboards", #"{"DashboardNames":["\#("\u{212A}")"]}"#)
        let kept = try world.call("GetDashboard", #"{"DashboardName":"K"}"#)
        #expect(kept["DashboardName"]?.string == "K")
        #expect(throws: OperationError.self) {
            try world.call("GetDashboard", #"{"DashboardName":"\#("\u{212A}")"}"#)
        }
        try world.call("PutRule", #"{"Name":"K","EventPattern":"{\"source\":[\"shop\"]}"}"#)
        try world.call("DeleteRule", #"{"Name":"\#("\u{212A}")"}"#)
        #expect(throws: OperationError.self) { try world.call("DescribeRule", #"{"Name":"\#("\u{212A}")"}"#) }
        #expect(try world.call("DescribeRule", #"{"Name":"K"}"#)["Name"]?.string == "K")
    }
}
