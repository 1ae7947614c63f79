import Testing
import VarveBytes
import VarveIO
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit

@testable import VarveMonitoring

@Suite struct InsightRuleTests {
    /// A definition as text inside of JSON.
    fileprivate static func body(
        groups: String = #"["/varve/events/default"]"#, keys: String = #"["$.source"]"#, filters: String = "[]",
        rest: String = #""AggregateOn":"Count""#, valueOf: String = ""
    ) -> String {
        #"{"Schema":{"Name":"CloudWatchLogRule","Version":1},"LogGroupNames":\#(groups),"LogFormat":"JSON","#
            + #""Contribution":{"Keys":\#(keys),"Filters":\#(filters)\#(valueOf)},\#(rest)}"#
    }

    private static func put(_ name: String, _ body: String, more: [JSONMember] = []) -> String {
        JSONValue.object(
            [.init("RuleName", .string(name)), .init("RuleDefinition", .string(body))] + more
        ).text
    }

    private func world(_ disk: SimulatedFileSystem = SimulatedFileSystem()) throws -> MonitoringWorld {
        try MonitoringWorld(disk, clock: SimulatedClock())
    }

    private func putEvent(_ world: MonitoringWorld, source: String, detail: String) throws {
        let entry = JSONValue.object([
            .init("Source", .string(source)), .init("DetailType", .string("order")), .init("Detail", .string(detail)),
        ])
        try world.call("PutEvents", JSONValue.object([.init("Entries", .array([entry]))]).text)
    }

    private static let report =
        #""StartTime":"2026-01-01T00:00:00Z","EndTime":"2026-01-01T01:00:00Z","Period":60"#

    @Test("a report names who put most events, period by period")
    func counts() throws {
        let world = try world()
        try world.call("PutInsightRule", Self.put("sources", Self.body()))
        for (source, count) in [("shop", 3), ("mail", 1), ("till", 2)] {
            for number in 0..<count { try putEvent(world, source: source, detail: #"{"n":\#(number)}"#) }
            world.clock.advance(byNs: Nanoseconds.perMinute)
        }
        try putEvent(world, source: "shop", detail: "{}")
        let report = try world.call(
            "GetInsightRuleReport",
            #"{"RuleName":"sources",\#(Self.report),"MaxContributorCount":2,"Metrics":["Sum","UniqueContributors"]}"#)
        #expect(report["KeyLabels"] == .array([.string("$.source")]))
        #expect(report["AggregationStatistic"]?.string == "Count" && report["AggregateValue"]?.double == 7)
        #expect(report["ApproximateUniqueCount"]?.integer == 3)
        let contributors = report["Contributors"]?.array ?? []
        #expect(contributors.map { $0["Keys"]?.array?.first?.string } == ["shop", "till"])
        #expect(contributors.first?["Datapoints"]?.array?.map { $0["ApproximateValue"]?.double } == [3, 1])
        #expect(report["MetricDatapoints"]?.array?.map { $0["Sum"]?.double } == [3, 1, 2, 1])
        #expect(report["MetricDatapoints"]?.array?.first?["Maximum"] == nil)
    }

    @Test("sums, filters and several keys; what lacks a key or a number does not count")
    func sums() throws {
        let world = try world()
        let body = Self.body(
            groups: #"["/varve/events/*"]"#, keys: #"["$.detail.who", "$.detail.tags[0]"]"#,
            filters: #"[{"Match":"$.detail.n","GreaterThan":1},{"Match":"$.source","In":["shop","mail"]}]"#,
            rest: #""AggregateOn":"Sum""#, valueOf: #","ValueOf":"$.detail.n""#)
        try world.call("PutInsightRule", Self.put("sums", body))
        for detail in [
            #"{"who":"ann","tags":["x"],"n":5}"#, #"{"who":"bob","tags":["x"],"n":4}"#,
            #"{"who":"ann","tags":["x"],"n":2.5}"#, #"{"who":"ann","tags":["x"],"n":1}"#,
            #"{"who":"ann","tags":[],"n":100}"#, #"{"who":{"a":1},"tags":["x"],"n":100}"#,
            #"{"who":"ann","tags":["x"],"n":"7"}"#,
        ] { try putEvent(world, source: "shop", detail: detail) }
        try putEvent(world, source: "till", detail: #"{"who":"ann","tags":["x"],"n":5}"#)
        let report = try world.call("GetInsightRuleReport", #"{"RuleName":"sums",\#(Self.report)}"#)
        let contributors = report["Contributors"]?.array ?? []
        #expect(
            contributors.map { $0["Keys"] } == [
                .array([.string("ann"), .string("x")]), .array([.string("bob"), .string("x")]),
            ])
        #expect(contributors.map { $0["ApproximateAggregateValue"]?.double } == [7.5, 4])
        #expect(report["AggregateValue"]?.double == 11.5)
    }

    @Test("rules are there after a restart, with state and tags; batches name what failed")
    func survives() throws {
        let disk = SimulatedFileSystem()
        let tags: [JSONMember] = [
            .init("Tags", .array([.object([.init("Key", .string("team")), .init("Value", .string("a"))])]))
        ]
        do {
            let world = try world(disk)
            for name in ["b", "a", "c"] {
                try world.call("PutInsightRule", Self.put(name, Self.body(), more: tags))
            }
            let failed = try world.call("DisableInsightRules", #"{"RuleNames":["a","none"]}"#)
            #expect(failed["Failures"]?.array?.map { $0["FailureResource"]?.string } == ["none"])
            #expect(failed["Failures"]?.array?.first?["ExceptionType"]?.string == "ResourceNotFoundException")
            try world.call("DeleteInsightRules", #"{"RuleNames":["c"]}"#)
        }
        let world = try world(disk)
        let first = try world.call("DescribeInsightRules", #"{"MaxResults":1}"#)
        #expect(first["InsightRules"]?.array?.map { $0["Name"]?.string } == ["a"])
        #expect(first["InsightRules"]?.array?.first?["State"]?.string == "DISABLED")
        let token = try #require(first["NextToken"]?.string)
        let second = try world.call("DescribeInsightRules", #"{"NextToken":"\#(token)"}"#)
        #expect(second["InsightRules"]?.array?.map { $0["Name"]?.string } == ["b"] && second["NextToken"] == nil)
        let arn = "arn:aws:cloudwatch:local-1:000000000001:insight-rule/b"
        #expect(try world.call("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#)["Tags"]?.array?.count == 1)
        try world.call("UntagResource", #"{"ResourceARN":"\#(arn)","TagKeys":["team"]}"#)
        #expect(try world.call("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#)["Tags"]?.array?.isEmpty == true)
    }

    @Test("a rule that is disabled counts nothing that happens from then on")
    func disabled() throws {
        let world = try world()
        try world.call("PutInsightRule", Self.put("r", Self.body()))
        try putEvent(world, source: "shop", detail: "{}")
        world.clock.advance(byNs: Nanoseconds.perMinute)
        try world.call("DisableInsightRules", #"{"RuleNames":["r"]}"#)
        world.clock.advance(byNs: Nanoseconds.perMinute)
        try putEvent(world, source: "shop", detail: "{}")
        let call = #"{"RuleName":"r",\#(Self.report)}"#
        #expect(try world.call("GetInsightRuleReport", call)["AggregateValue"]?.double == 1)
        try world.call("EnableInsightRules", #"{"RuleNames":["r"]}"#)
        #expect(try world.call("GetInsightRuleReport", call)["AggregateValue"]?.double == 2)
    }

    @Test("a report over all the time that numbers can say is refused or answered, and never the end of the process")
    func endlessReport() throws {
        let world = try world()
        for (start, end) in [(-2_300_000_000, 6_900_000_000), (-9_200_000_000, 9_200_000_000), (0, 6_900_000_000)] {
            for period in [60, 31_536_000, 2_147_483_647] {
                let input =
                    #"{"RuleName":"none","StartTime":\#(start),"EndTime":\#(end),"Period":\#(period)}"#
                #expect(throws: OperationError.self) { try world.call("GetInsightRuleReport", input) }
            }
        }
    }

    @Test("managed rules are made from the templates of a bus")
    func managed() throws {
        let world = try world()
        let bus = "arn:aws:events:local-1:000000000001:event-bus/default"
        let template = "EventBusContributors-Source-v1"
        let put = try world.call(
            "PutManagedInsightRules",
            #"{"ManagedRules":[{"TemplateName":"\#(template)","ResourceARN":"\#(bus)"},"#
                + #"{"TemplateName":"Other-v1","ResourceARN":"\#(bus)"}]}"#)
        #expect(put["Failures"]?.array?.count == 1)
        let listed = try world.call("ListManagedInsightRules", #"{"ResourceARN":"\#(bus)"}"#)["ManagedRules"]?.array
        #expect(listed?.count == 3)
        let made = listed?.first { $0["TemplateName"]?.string == template }
        #expect(made?["RuleState"]?["RuleName"]?.string == "\(template)-default")
        try putEvent(world, source: "shop", detail: "{}")
        let report = try world.call("GetInsightRuleReport", #"{"RuleName":"\#(template)-default",\#(Self.report)}"#)
        #expect(report["AggregateValue"]?.double == 1)
        #expect(throws: OperationError.self) {
            try world.call("PutInsightRule", Self.put("\(template)-default", Self.body()))
        }
    }

    @Test("audit events of any namespace are a log group")
    func trail() throws {
        let world = try world()
        var events = AuditEvents(seed: 1, startNs: world.clock.wallNs())
        var batch = RecordBatch(.trail)
        let shape = RowShape(
            source: SourceKey(namespace: "Audit", dimensions: [], kind: .trail), fields: [FieldKey(metric: "calls")])
        var users: [String: Int] = [:]
        for _ in 0..<200 {
            let event = events.next()
            batch.append(shape: shape, timestamp: event.timestampNs, values: event.values)
            users[event.user, default: 0] += 1
        }
        _ = try world.store.appendTogetherAndWait([batch])
        let body = Self.body(groups: #"["/varve/trail/Aud*"]"#, keys: #"["$.userIdentity.arn"]"#)
        try world.call("PutInsightRule", Self.put("people", body))
        let report = try world.call("GetInsightRuleReport", #"{"RuleName":"people",\#(Self.report)}"#)
        #expect(report["AggregateValue"]?.double == 200)
        let most = report["Contributors"]?.array?.first
        #expect(most?["ApproximateAggregateValue"]?.double == users.values.max().map { Double($0) })
    }

    @Test(
        "definitions that say nothing sensible are refused",
        arguments: [
            "", "[]", "{}", InsightRuleTests.body(keys: "[]"), InsightRuleTests.body(keys: #"["$"]"#),
            InsightRuleTests.body(keys: #"["$.a","$.a"]"#),
            InsightRuleTests.body(keys: #"["$.a","$.b","$.c","$.d","$.e"]"#), InsightRuleTests.body(keys: #"["$.*"]"#),
            InsightRuleTests.body(groups: "[]"),
            InsightRuleTests.body(groups: #"["a*b"]"#), InsightRuleTests.body(rest: #""AggregateOn":"Sum""#),
            InsightRuleTests.body(rest: #""AggregateOn":"Mean""#),
            InsightRuleTests.body(valueOf: #","ValueOf":"$.a""#),
            InsightRuleTests.body(rest: #""AggregateOn":"Count","Other":1"#),
            InsightRuleTests.body(filters: #"[{"Match":"$.a"}]"#),
            InsightRuleTests.body(filters: #"[{"Match":"$.a","In":[]}]"#),
            InsightRuleTests.body(filters: #"[{"Match":"$.a","Like":["x"]}]"#),
            InsightRuleTests.body(filters: #"[{"Match":"$.a","IsPresent":1}]"#),
            InsightRuleTests.body(filters: #"[{"Match":"$.a","In":["x"],"NotIn":["y"]}]"#),
            InsightRuleTests.body(filters: #"[{"Match":"$.a","EqualTo":"1"}]"#),
            InsightRuleTests.body(keys: #"["$.ä"]"#),
            InsightRuleTests.body(
                rest: #""AggregateOn":"Count","LogGroupARNs":["arn:aws:logs:local-1:000000000001:log-group:a"]"#),
        ])
    func refuses(definition: String) throws {
        let error = #expect(throws: OperationError.self) {
            _ = try InsightDefinition(definition, scope: .default)
        }
        #expect(error?.code == "InvalidParameterValue")
    }

    @Test("lines of the common log format by name and by number of their columns")
    func commonLog() throws {
        let text =
            #"{"Schema":{"Name":"CloudWatchLogRule","Version":1},"LogGroupNames":["x"],"LogFormat":"CLF","#
            + #""Fields":{"1":"Host","6":"Status","7":"Bytes"},"AggregateOn":"Sum","Contribution":"#
            + #"{"Keys":["Host","5"],"ValueOf":"Bytes","Filters":[{"Match":"Status","EqualTo":200}]}}"#
        let definition = try InsightDefinition(text, scope: .default)
        let line = #"10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326"#
        let found = definition.contribution(of: Array(line.utf8))
        #expect(found?.value == 2_326 && found?.key.texts.map(\.text) == ["10.0.0.1", "GET / HTTP/1.0"])
        let other = line.replacing("200 2326", with: "404 12")
        #expect(definition.contribution(of: Array(other.utf8)) == nil)
    }

    @Test("metrics of a rule are series of metric math, for alarms too")
    func math() throws {
        let world = try world()
        try world.call("PutInsightRule", Self.put("sources", Self.body()))
        try world.call(
            "PutMetricAlarm",
            #"{"AlarmName":"busy","EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"GreaterThanThreshold","#
                + #""Metrics":[{"Id":"e","Expression":"INSIGHT_RULE_METRIC('sources', 'Sum')","Period":60}]}"#)
        for _ in 0..<3 { try putEvent(world, source: "shop", detail: "{}") }
        world.pass(seconds: 75)
        #expect(world.state("busy") == "ALARM")
    }
}
