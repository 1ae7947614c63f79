import Testing
import VarveJSON
import VarveModel
import VarveMonitoring
import VarveTestKit

@testable import VarveCloud

@Suite struct NewerOperationTests {
    private func code(_ answer: (status: Int, body: JSONValue)) -> String {
        let type = answer.body["__type"]?.string ?? ""
        return "\(answer.status) \(type.split(separator: "#").last ?? "")"
    }

    @Test("tags of dashboards are taken at creation, changed by their ARN, and kept when the body changes")
    func dashboardTags() throws {
        let world = try CloudWorld()
        let body = #""DashboardBody":"{\"widgets\":[]}""#
        let arn = "arn:aws:cloudwatch::\(Scope.default.account):dashboard/web"
        let made = try world.call(
            "PutDashboard", #"{"DashboardName":"web",\#(body),"Tags":[{"Key":"team","Value":"a"}]}"#)
        #expect(made.status == 200)
        let tagged = try world.call(
            "TagResource", #"{"ResourceARN":"\#(arn)","Tags":[{"Key":"env","Value":"b"},{"Key":"team","Value":"c"}]}"#)
        #expect(tagged.status == 200)
        // Tags of one that is there are not those of the call.
        let again = try world.call(
            "PutDashboard", #"{"DashboardName":"web",\#(body),"Tags":[{"Key":"x","Value":"y"}]}"#)
        #expect(again.status == 200)
        let untagged = try world.call("UntagResource", #"{"ResourceARN":"\#(arn)","TagKeys":["env"]}"#)
        #expect(untagged.status == 200)
        let listed = try world.call("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#)
        #expect(listed.body["Tags"] == .array([.object(["Key": .string("team"), "Value": .string("c")])]))
        let services = CloudServices(store: world.store) { [monitoring = world.monitoring] _ in monitoring }
        #expect(services.tags(ofResource: arn, in: .default).map(\.value) == ["c"])
        let missing = try world.call("ListTagsForResource", #"{"ResourceARN":"\#(arn)2"}"#)
        #expect(code(missing) == "404 ResourceNotFoundException")
    }

    @Test("resource metrics configurations are created once, changed, shown and deleted")
    func resourceMetrics() throws {
        let world = try CloudWorld()
        let arn = #""ResourceArn":"arn:aws:ec2:eu-west-1:123456789012:instance/i-1""#
        let missing = try world.call("GetResourceMetricsConfiguration", "{\(arn)}")
        #expect(code(missing) == "404 ResourceNotFoundException")
        let made = try world.call("CreateResourceMetricsConfiguration", "{\(arn)}")
        #expect(made.body["ResourceMetricsConfiguration"]?["CreatedAt"]?.double == Double(CloudWorld.start))
        // The model's status, as the query protocol and query mode have it.
        let twice = try world.call("CreateResourceMetricsConfiguration", "{\(arn)}")
        #expect(code(twice) == "409 ConflictException")
        world.clock.advance(byNs: Nanoseconds.perMinute)
        let names = #""MetricSelections":[{"IncludeMetrics":["cpu"]}]"#
        let changed = try world.call("UpdateResourceMetricsConfiguration", "{\(arn),\(names)}")
        #expect(changed.status == 200)
        let shown = try world.call("GetResourceMetricsConfiguration", "{\(arn)}").body["ResourceMetricsConfiguration"]
        #expect(shown?["MetricSelections"]?.array?.first?["IncludeMetrics"] == .array([.string("cpu")]))
        #expect(shown?["CreatedAt"]?.double == Double(CloudWorld.start))
        #expect(shown?["UpdatedAt"]?.double == Double(CloudWorld.start + 60))
        let deleted = try world.call("DeleteResourceMetricsConfiguration", "{\(arn)}")
        #expect(deleted.status == 200)
        let gone = try world.call("DeleteResourceMetricsConfiguration", "{\(arn)}")
        #expect(code(gone) == "404 ResourceNotFoundException")
    }

    @Test("there is one dataset, without a key; keys that nobody has are refused, and so are alarms on logs")
    func datasets() throws {
        let world = try CloudWorld()
        let arn = "arn:aws:cloudwatch:\(Scope.default.region):\(Scope.default.account):dataset/default"
        for name in ["default", arn] {
            let shown = try world.call("GetDataset", #"{"DatasetIdentifier":"\#(name)"}"#)
            #expect(shown.body["Arn"]?.string == arn && shown.body["KmsKeyArn"] == nil)
        }
        let elsewhere = try world.call(
            "GetDataset", #"{"DatasetIdentifier":"\#(arn.replacing("0001", with: "0002"))"}"#)
        #expect(code(elsewhere) == "404 ResourceNotFoundException")
        let key = #""KmsKeyArn":"arn:aws:kms:eu-west-1:123456789012:key/1234abcd""#
        let refused = try world.call("AssociateDatasetKmsKey", #"{"DatasetIdentifier":"default",\#(key)}"#)
        #expect(code(refused) == "400 KmsKeyNotFoundException")
        let bare = try world.call("DisassociateDatasetKmsKey", #"{"DatasetIdentifier":"default"}"#)
        #expect(code(bare) == "404 ResourceNotFoundException")
        let none = try world.call("DescribeAlarms", #"{"AlarmTypes":["LogAlarm"]}"#)
        #expect(none.body["LogAlarms"] == .array([]) && none.body["MetricAlarms"] == .array([]))
        // What the model demands is checked first.
        let wrong = try world.call("PutLogAlarm", #"{"AlarmName":"a"}"#)
        #expect(wrong.status == 400)
    }

    @Test("windows by wall clock and warm-ups go through every protocol's form")
    func windows() throws {
        let world = try CloudWorld()
        let answer = world.query(
            "Action=PutMetricAlarm&AlarmName=w&Namespace=N&MetricName=m&Statistic=Sum&Period=86400"
                + "&EvaluationPeriods=1&Threshold=1&ComparisonOperator=LessThanThreshold"
                + "&EvaluationWindow.WallClockWindow.Timezone=UTC%2B05%3A30"
                + "&WarmUpConfiguration.WarmUpPeriodDurationInMinutes=30")
        #expect(answer.status == 200, "\(answer.body)")
        let shown = world.query("Action=DescribeAlarms")
        #expect(shown.body.contains("<Timezone>UTC+05:30</Timezone>"))
        #expect(shown.body.contains("<EvaluationState>IN_WARM_UP</EvaluationState>"))
        let json = try world.call("DescribeAlarms", "{}").body["MetricAlarms"]?.array?.first
        #expect(json?["WarmUpConfiguration"]?["WarmUpPeriodDurationInMinutes"]?.integer == 30)
    }

    @Test("a picture of nothing but an alarm shows what the alarm watches")
    func alarmPicture() throws {
        let world = try CloudWorld()
        for minute in 1..<60 { try world.put(Double(minute), secondsAgo: Int64(minute) * 60) }
        let made = try world.call(
            "PutMetricAlarm",
            #"{"AlarmName":"a","Namespace":"N","MetricName":"m","Statistic":"Sum","Period":60,"EvaluationPeriods":1,"#
                + #""Threshold":100,"ComparisonOperator":"GreaterThanThreshold"}"#)
        #expect(made.status == 200)
        let arn = "arn:aws:cloudwatch:\(Scope.default.region):\(Scope.default.account):alarm:a"
        func picture(_ more: String) throws -> JSONValue? {
            let widget = JSONValue.string(#"{"annotations":{"alarms":["\#(arn)"]},"title":"a"\#(more)}"#)
            let input = JSONValue.object([JSONMember("MetricWidget", widget)])
            let answer = try world.call("GetMetricWidgetImage", String(decoding: input.encoded, as: UTF8.self))
            try #require(answer.status == 200, "\(answer.body)")
            return answer.body["MetricWidgetImage"]
        }
        let alone = try picture("")
        #expect(alone != nil)
        #expect(try alone == picture(#","metrics":[["N","m",{"stat":"Sum","period":60}]]"#))
    }
}
