import Testing
import VarveJSON
import VarveWire

@testable import VarveCloud

@Suite struct AnsweredOperationTests {
    @Test("an operation that is not answered says so whatever its input is")
    func notAnswered() throws {
        let world = try CloudWorld()
        for input in ["{}", #"{"Name":7}"#, #"{"Name":"c","AuthorizationType":"API_KEY","AuthParameters":{}}"#] {
            let answer = world.send(
                WireRequest(
                    method: "POST", path: "/",
                    headers: [
                        WireHeader("content-type", "application/x-amz-json-1.1"),
                        WireHeader("x-amz-target", "AWSEvents.CreateConnection"),
                    ], body: Array(input.utf8)))
            let type = try JSONReader.read(answer.body)["__type"]?.string
            #expect(answer.status == 501 && type?.hasSuffix("NotImplemented") == true)
        }
        #expect(try world.call("GetDashboard", "{}").status == 400)
    }

    @Test("a time that ListMetrics does not know is refused with the service's sentence")
    func recentlyActive() throws {
        let world = try CloudWorld()
        let answer = try world.call("ListMetrics", #"{"RecentlyActive":"PT4H"}"#)
        #expect(answer.status == 400)
        #expect(answer.body["message"]?.string == "Request parameter recentlyActive value is invalid")
    }

    @Test("reserved keys of tags are a matter of access in the query protocol, too")
    func reservedTags() throws {
        let world = try CloudWorld()
        let alarm =
            #"{"AlarmName":"a","Namespace":"N","MetricName":"m","Statistic":"Sum","Period":60,"EvaluationPeriods":1,"#
            + #""Threshold":1,"ComparisonOperator":"GreaterThanThreshold"}"#
        #expect(try world.call("PutMetricAlarm", alarm).status == 200)
        let described = try world.call("DescribeAlarms", "{}").body["MetricAlarms"]?.array?.first
        let arn = try #require(described?["AlarmArn"]?.string)
        let refused = world.query(
            "Action=TagResource&ResourceARN=\(arn)&Tags.member.1.Key=aWs%3Ax&Tags.member.1.Value=b")
        #expect(refused.status == 403 && refused.body.contains("<Code>AccessDenied</Code>"))
    }

    @Test("counts and statistic sets of series that are new are stored")
    func newSeries() throws {
        let world = try CloudWorld()
        let time = CloudWorld.start - 60
        for (name, form) in [
            ("counts", #""Values":[1,2],"Counts":[5.5,3]"#),
            ("sets", #""StatisticValues":{"SampleCount":4,"Sum":20,"Minimum":2,"Maximum":8}"#),
        ] {
            let datum = #"{"MetricName":"\#(name)","Timestamp":\#(time),\#(form)}"#
            let put = try world.call("PutMetricData", #"{"Namespace":"App","MetricData":[\#(datum)]}"#)
            #expect(put.status == 200, "\(put.body)")
        }
        let listed = try world.call("ListMetrics", #"{"Namespace":"App"}"#).body["Metrics"]?.array
        #expect(listed?.count == 2)
    }
}
