import Testing
import VarveJSON
import VarveTestKit

@testable import VarveMonitoring

/// Lists in pages, and what narrows them.
@Suite struct ListingTests {
    private func world() throws -> MonitoringWorld {
        try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
    }

    private func refusal(_ world: MonitoringWorld, _ operation: String, _ input: String) -> OperationError? {
        #expect(throws: OperationError.self) { try world.call(operation, input) }
    }

    @Test("mute rules come in pages by name, and by status and alarm")
    func muteRules() throws {
        let world = try world()
        for name in ["c", "a", "b"] {
            try world.call(
                "PutAlarmMuteRule",
                #"{"Name":"\#(name)","Rule":{"Schedule":{"Expression":"cron(0 2 * * SAT)","Duration":"PT1M"}},"#
                    + #""MuteTargets":{"AlarmNames":["of-\#(name)"]}}"#)
        }
        func names(_ answer: JSONValue) -> [String] {
            (answer["AlarmMuteRuleSummaries"]?.array ?? []).compactMap {
                $0["AlarmMuteRuleArn"]?.string?.split(separator: ":").last.map(String.init)
            }
        }
        let first = try world.call("ListAlarmMuteRules", #"{"MaxRecords":2}"#)
        let token = try #require(first["NextToken"]?.string)
        let second = try world.call("ListAlarmMuteRules", #"{"MaxRecords":2,"NextToken":"\#(token)"}"#)
        #expect(names(first) == ["a", "b"] && names(second) == ["c"] && second["NextToken"] == nil)
        #expect(names(try world.call("ListAlarmMuteRules", #"{"AlarmName":"of-b"}"#)) == ["b"])
        #expect(names(try world.call("ListAlarmMuteRules", #"{"Statuses":["EXPIRED"]}"#)).isEmpty)
        #expect(names(try world.call("ListAlarmMuteRules", #"{"Statuses":["SCHEDULED","ACTIVE"]}"#)).count == 3)
        #expect(refusal(world, "ListAlarmMuteRules", #"{"NextToken":"nonsense"}"#)?.code == "InvalidNextToken")
    }

    @Test("buses come in pages, and archives and replays by one filter at a time")
    func events() throws {
        let world = try world()
        try world.call("CreateEventBus", #"{"Name":"shop"}"#)
        let first = try world.call("ListEventBuses", #"{"Limit":1}"#)
        let token = try #require(first["NextToken"]?.string)
        let second = try world.call("ListEventBuses", #"{"Limit":1,"NextToken":"\#(token)"}"#)
        let names = [first, second].flatMap { $0["EventBuses"]?.array ?? [] }.compactMap { $0["Name"]?.string }
        #expect(names == ["default", "shop"] && second["NextToken"] == nil)
        for operation in ["ListArchives", "ListReplays"] {
            let error = refusal(world, operation, #"{"NamePrefix":"a","State":"ENABLED"}"#)
            #expect(error?.code == "ValidationException")
            #expect(
                error?.message == "At most one filter is allowed for \(operation). Use either : State, EventSourceArn, "
                    + "or NamePrefix.")
        }
    }

    @Test("dashboards are deleted a hundred at a time, and their list refuses tokens by its own code")
    func dashboards() throws {
        let world = try world()
        let names = (0...100).map { #""d\#($0)""# }.joined(separator: ",")
        #expect(
            refusal(world, "DeleteDashboards", #"{"DashboardNames":[\#(names)]}"#)?.code == "InvalidParameterValue")
        #expect(refusal(world, "ListDashboards", #"{"NextToken":"nonsense"}"#)?.code == "InvalidParameterValue")
    }

    @Test("events have identifiers in the form of RFC 9562")
    func identifiers() throws {
        let answer = try world().call(
            "PutEvents", #"{"Entries":[{"Source":"shop","DetailType":"x","Detail":"{}"}]}"#)
        let id = try #require(answer["Entries"]?.array?.first?["EventId"]?.string)
        #expect(id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    }
}
