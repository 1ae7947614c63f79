import Testing
import VarveJSON

@testable import VarveIdentity

@Suite struct ActionTableTests {
    private func needs(_ service: String, _ operation: String, _ input: String) throws -> [ActionRequirement] {
        ActionTable.requirements(
            service: service, operation: operation, input: try JSONReader.read(Array(input.utf8)), region: "eu-west-1",
            account: "111122223333", partition: "aws")
    }

    @Test(
        "operations need their own action on the resources that they name",
        arguments: [
            ("PutMetricData", #"{"Namespace":"N"}"#, ["*"]), ("GetMetricData", "{}", ["*"]),
            ("ListMetrics", "{}", ["*"]),
            ("PutMetricAlarm", #"{"AlarmName":"a b"}"#, ["alarm:a b"]),
            ("DeleteAlarms", #"{"AlarmNames":["a","b"]}"#, ["alarm:a", "alarm:b"]),
            ("DescribeAlarms", "{}", ["alarm:*"]), ("GetMetricStream", #"{"Name":"s"}"#, ["metric-stream/s"]),
            ("PutInsightRule", #"{"RuleName":"r"}"#, ["insight-rule/r"]),
            ("GetAlarmMuteRule", #"{"AlarmMuteRuleName":"m"}"#, ["alarm-mute-rule:m"]),
            ("DescribeAnomalyDetectors", "{}", ["*"]), ("GetMetricWidgetImage", "{}", ["*"]),
        ])
    func cloudWatch(_ operation: String, _ input: String, _ resources: [String]) throws {
        let needs = try needs("monitoring", operation, input)
        #expect(needs.map(\.action) == ["cloudwatch:\(operation)"])
        let expected = resources.map { $0 == "*" ? "*" : "arn:aws:cloudwatch:eu-west-1:111122223333:\($0)" }
        #expect(needs[0].resources == expected)
    }

    @Test("dashboards have no region")
    func dashboards() throws {
        #expect(
            try needs("monitoring", "DeleteDashboards", #"{"DashboardNames":["d"]}"#)[0].resources
                == ["arn:aws:cloudwatch::111122223333:dashboard/d"])
    }

    @Test("rules stand below their bus, unless it is the default one")
    func events() throws {
        let start = "arn:aws:events:eu-west-1:111122223333:"
        for (operation, input, resources) in [
            ("PutRule", #"{"Name":"r"}"#, ["rule/r"]), ("PutRule", #"{"Name":"r","EventBusName":"b"}"#, ["rule/b/r"]),
            ("PutTargets", #"{"Rule":"r","EventBusName":"arn:aws:events:eu-west-1:1:event-bus/b"}"#, ["rule/b/r"]),
            ("PutEvents", #"{"Entries":[{},{"EventBusName":"b"}]}"#, ["event-bus/b", "event-bus/default"]),
            ("CreateArchive", #"{"ArchiveName":"a"}"#, ["archive/a"]),
            // What is authorised is the bus that is used, whatever the ARN says beside its name.
            ("PutEvents", #"{"Entries":[{"EventBusName":"arn:x:events:r:1:event-bus/b"}]}"#, ["event-bus/b"]),
            ("PutEvents", #"{"Entries":[{"EventBusName":""},{"EventBusName":"a/b"}]}"#, Self.oddBuses),
            ("PutRule", #"{"Name":"r","EventBusName":"a/b"}"#, ["rule/a/b/r"]),
            ("PutRule", #"{"Name":"r","EventBusName":"arn:aws:events:r:1:event-bus/default"}"#, ["rule/r"]),
            ("DescribeEventBus", #"{"Name":"arn:aws:events:us-east-1:999988887777:event-bus/b"}"#, ["event-bus/b"]),
            ("DescribeEventBus", "{}", ["event-bus/default"]),
            ("DescribeEventBus", "{\"Name\":\"\u{212a}\"}", ["event-bus/K"]),
            ("PutPermission", #"{"EventBusName":"arn:x:y::1:event-bus/b"}"#, ["event-bus/b"]),
        ] {
            let needs = try needs("events", operation, input)
            #expect(needs.map(\.action) == ["events:\(operation)"])
            // Bytes: strings that are equal for Unicode are different names for policies.
            #expect(needs[0].resources.map { Array($0.utf8) } == resources.map { Array((start + $0).utf8) })
        }
    }

    private static let oddBuses = ["event-bus/a/b", "event-bus/default"]

    @Test("who asks for relatives of an alarm needs all alarms")
    func relatives() throws {
        for member in ["ChildrenOfAlarmName", "ParentsOfAlarmName"] {
            let needs = try needs("monitoring", "DescribeAlarms", "{\"AlarmNames\":[\"a\"],\"\(member)\":\"b\"}")
            #expect(needs[0].resources == ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*"])
        }
    }

    @Test("who makes something with tags must be allowed to tag it")
    func tagging() throws {
        let tags = #""Tags":[{"Key":"k","Value":"v"}]"#
        for (service, prefix, operation, name) in [
            ("monitoring", "cloudwatch", "PutMetricAlarm", "AlarmName"),
            ("monitoring", "cloudwatch", "PutCompositeAlarm", "AlarmName"),
            ("monitoring", "cloudwatch", "PutDashboard", "DashboardName"), ("events", "events", "PutRule", "Name"),
            ("events", "events", "CreateEventBus", "Name"),
        ] {
            let needs = try needs(service, operation, "{\"\(name)\":\"a\",\(tags)}")
            #expect(needs.map(\.action) == ["\(prefix):\(operation)", "\(prefix):TagResource"])
            #expect(needs[1].resources == needs[0].resources)
            #expect(needs[1].contextValues == ["aws:RequestTag/k": ["v"], "aws:TagKeys": ["k"]])
            #expect(try self.needs(service, operation, "{\"\(name)\":\"a\",\"Tags\":[]}").count == 1)
        }
        #expect(try needs("monitoring", "TagResource", "{\(tags)}").count == 1)
        let managed = "{\"ManagedRules\":[{\(tags)},{}]}"
        #expect(try needs("monitoring", "PutManagedInsightRules", managed).count == 2)
    }

    @Test("tag keys that differ in case only are one condition key with all their values")
    func foldedTags() throws {
        let input = #"{"Tags":[{"Key":"Team","Value":"red"},{"Key":"tEAM","Value":"blue"}]}"#
        #expect(
            try needs("monitoring", "TagResource", input)[0].contextValues
                == ["aws:RequestTag/team": ["red", "blue"], "aws:TagKeys": ["Team", "tEAM"]])
    }

    @Test("namespaces, alarm actions and tags become condition keys")
    func contextValues() throws {
        #expect(
            try needs("monitoring", "PutMetricData", #"{"Namespace":"N"}"#)[0].contextValues
                == ["cloudwatch:namespace": ["N"]])
        let alarm = #"{"AlarmName":"a","AlarmActions":["x"],"OKActions":["y"],"Tags":[{"Key":"k","Value":"v"}]}"#
        #expect(
            try needs("monitoring", "PutMetricAlarm", alarm)[0].contextValues
                == ["cloudwatch:AlarmActions": ["x", "y"], "aws:RequestTag/k": ["v"], "aws:TagKeys": ["k"]])
    }

    @Test("a policy on a namespace lets its metrics in, and no others")
    func namespace() throws {
        let fixture = try IdentityFixture(alice: [
            IdentityFixture.policy(
                "Allow", "cloudwatch:PutMetricData", condition: #"{"StringLike":{"cloudwatch:namespace":"App/*"}}"#)
        ])
        let alice = try fixture.signIn("AKIDEXAMPLE")
        for (namespace, isAllowed) in [("App/web", true), ("Other", false)] {
            let input = JSONValue.object([JSONMember("Namespace", .string(namespace))])
            let authorise = {
                try fixture.service.authorise(
                    alice, service: "monitoring", operation: "PutMetricData", input: input, context: fixture.context())
            }
            if isAllowed { try authorise() } else { #expect(throws: IdentityError.self) { try authorise() } }
        }
    }

    @Test("ids carry their account, and the known one says its own")
    func identifiers() {
        #expect(AccessKeyID.account(of: "ASIAQNZGKIQY56JQ7WML") == "029608264753")
        for account in ["000000000000", "999999999999", "111122223333"] {
            for random in [0, 1, UInt64.max, 0x0123_4567_89ab_cdef] {
                let id = AccessKeyID.make("AKIA", account: account, random: random)
                #expect(id.utf8.count == 20 && AccessKeyID.account(of: id) == account)
            }
        }
        for id in ["", "AKIA", "AKIDEXAMPLE", "AKIA0000000000000000", "ASIA7777777777777777x"] {
            #expect(AccessKeyID.account(of: id) == nil)
        }
    }
}
