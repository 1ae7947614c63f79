import Testing
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

@Suite struct EventTagTests {
    private static let rule = "arn:aws:events:local-1:000000000001:rule/orders"
    private static let bus = "arn:aws:events:local-1:000000000001:event-bus/shop"

    private func tags(_ world: MonitoringWorld, _ arn: String) throws -> [String] {
        let answer = try world.call("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#, of: .events)
        return (answer["Tags"]?.array ?? []).map { "\($0["Key"]?.string ?? "")=\($0["Value"]?.string ?? "")" }
    }

    @Test("rules and buses have tags of their own, which survive a restart")
    func survives() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            try world.call(
                "PutRule",
                #"{"Name":"orders","EventPattern":"{\"source\":[\"a\"]}","Tags":[{"Key":"team","Value":"a"}]}"#)
            try world.call("CreateEventBus", #"{"Name":"shop","Tags":[{"Key":"cost","Value":"1"}]}"#)
            try world.call(
                "TagResource",
                #"{"ResourceARN":"\#(Self.rule)","Tags":[{"Key":"team","Value":"b"},{"Key":"x","Value":""}]}"#,
                of: .events)
            try world.call(
                "UntagResource", #"{"ResourceARN":"\#(Self.bus)","TagKeys":["cost","none"]}"#, of: .events)
            try world.call(
                "TagResource", #"{"ResourceARN":"\#(Self.bus)","Tags":[{"Key":"env","Value":"t"}]}"#, of: .events)
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        #expect(try tags(world, Self.rule) == ["team=b", "x="])
        #expect(try tags(world, Self.bus) == ["env=t"])
    }

    @Test(
        "what is not there has no tags",
        arguments: [
            "rule/none", "rule/shop/orders", "event-bus/none", "archive/a", "rule", "rule/a/b/c",
        ])
    func missing(resource: String) throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let error = #expect(throws: OperationError.self) {
            _ = try tags(world, "arn:aws:events:local-1:000000000001:\(resource)")
        }
        #expect(error?.code == "ResourceNotFoundException")
        let alarm = #expect(throws: OperationError.self) {
            try world.call("TagResource", #"{"ResourceARN":"\#(Self.rule)","Tags":[]}"#, of: .cloudWatch)
        }
        #expect(alarm?.code == "ResourceNotFoundException")
    }

    @Test("an archive says what it holds, and lists can be narrowed")
    func archives() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let bus = "arn:aws:events:local-1:000000000001:event-bus/default"
        for (name, pattern) in [("all", ""), ("shop", #","EventPattern":"{\"source\":[\"shop\"]}""#)] {
            try world.call("CreateArchive", #"{"ArchiveName":"\#(name)","EventSourceArn":"\#(bus)"\#(pattern)}"#)
        }
        for source in ["shop", "mail", "shop"] {
            try world.call(
                "PutEvents", #"{"Entries":[{"Source":"\#(source)","DetailType":"x","Detail":"{}"}]}"#)
        }
        for (name, count) in [("all", 3), ("shop", 2)] as [(String, Int64)] {
            let described = try world.call("DescribeArchive", #"{"ArchiveName":"\#(name)"}"#)
            #expect(described["EventCount"]?.integer == count && (described["SizeBytes"]?.integer ?? 0) > 100)
        }
        let listed = try world.call("ListArchives", #"{"NamePrefix":"sh"}"#)["Archives"]?.array
        #expect(listed?.map { $0["ArchiveName"]?.string } == ["shop"])
        #expect(listed?.first?["EventSourceArn"]?.string == bus)
        #expect(throws: OperationError.self) { try world.call("DescribeArchive", #"{"ArchiveName":"none"}"#) }
    }
}
