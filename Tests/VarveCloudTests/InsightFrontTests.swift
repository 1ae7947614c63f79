import Testing
import VarveJSON
import VarveWire

@Suite struct InsightFrontTests {
    private func events(_ world: CloudWorld, _ operation: String, _ input: String) throws -> (Int, JSONValue) {
        let response = world.send(
            WireRequest(
                method: "POST", path: "/",
                headers: [
                    WireHeader("content-type", "application/x-amz-json-1.1"),
                    WireHeader("x-amz-target", "AWSEvents.\(operation)"),
                ], body: Array(input.utf8)))
        return (response.status, response.body.isEmpty ? .null : try JSONReader.read(response.body))
    }

    @Test("tags of event rules and of alarms are operations of their services")
    func tags() throws {
        let world = try CloudWorld()
        let (_, put) = try events(world, "PutRule", #"{"Name":"r","EventPattern":"{\"source\":[\"a\"]}"}"#)
        let arn = try #require(put["RuleArn"]?.string)
        let tagged = try events(
            world, "TagResource", #"{"ResourceARN":"\#(arn)","Tags":[{"Key":"k","Value":"v"}]}"#)
        #expect(tagged.0 == 200)
        let listed = try events(world, "ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#)
        #expect(listed.0 == 200 && listed.1["Tags"]?.array?.first?["Value"]?.string == "v")
        let alarm = try world.call("ListTagsForResource", #"{"ResourceARN":"\#(arn)"}"#)
        #expect(alarm.status == 404, "CloudWatch has no such resource: \(alarm.body)")
    }

    @Test("a rule of contributors, its report and its metric in GetMetricData")
    func insights() throws {
        let world = try CloudWorld()
        let body =
            #"{\"Schema\":{\"Name\":\"CloudWatchLogRule\",\"Version\":1},\"LogGroupNames\":[\"/varve/events/*\"],"#
            + #"\"LogFormat\":\"JSON\",\"Contribution\":{\"Keys\":[\"$.source\"]},\"AggregateOn\":\"Count\"}"#
        let put = try world.call("PutInsightRule", #"{"RuleName":"r","RuleDefinition":"\#(body)"}"#)
        #expect(put.status == 200, "\(put.body)")
        _ = try events(
            world, "PutEvents", #"{"Entries":[{"Source":"shop","DetailType":"x","Detail":"{}"}]}"#)
        let times = #""StartTime":\#(CloudWorld.start - 300),"EndTime":\#(CloudWorld.start + 60)"#
        let report = try world.call("GetInsightRuleReport", #"{"RuleName":"r","Period":60,\#(times)}"#)
        #expect(report.body["Contributors"]?.array?.first?["Keys"]?.array?.first?.string == "shop", "\(report.body)")
        let expression = #"{"Id":"e","Expression":"INSIGHT_RULE_METRIC('r', 'Sum')","Period":60}"#
        let data = try world.call("GetMetricData", #"{"MetricDataQueries":[\#(expression)],\#(times)}"#)
        #expect(data.body["MetricDataResults"]?.array?.first?["Values"]?.array?.compactMap(\.double) == [1])
        let bad = try world.call("PutInsightRule", #"{"RuleName":"r","RuleDefinition":"{}"}"#)
        #expect(bad.status == 400)
        let missing = try world.call("GetInsightRuleReport", #"{"RuleName":"none","Period":60,\#(times)}"#)
        #expect(missing.status == 404)
    }
}
