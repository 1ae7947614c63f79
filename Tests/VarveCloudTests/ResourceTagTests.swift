import Testing
import VarveModel

@testable import VarveCloud

@Suite struct ResourceTagTests {
    @Test("policies see the tags of an alarm of their account and region, and of nothing else")
    func alarms() throws {
        let world = try CloudWorld()
        let input = """
            {"AlarmName":"a:b","Namespace":"N","MetricName":"M","Statistic":"Sum","Period":60,
            "EvaluationPeriods":1,"Threshold":1,"ComparisonOperator":"GreaterThanThreshold",
            "Tags":[{"Key":"Team","Value":"web"}]}
            """
        let answer = try world.call("PutMetricAlarm", input)
        #expect(answer.status == 200)
        let services = CloudServices(store: world.store) { [monitoring = world.monitoring] _ in monitoring }
        let scope = Scope.default
        let arn = "arn:aws:cloudwatch:\(scope.region):\(scope.account):alarm:a:b"
        let tags = services.tags(ofResource: arn, in: scope)
        #expect(tags.map(\.key) == ["Team"] && tags.map(\.value) == ["web"])
        let elsewhere = Scope(account: scope.account, region: "eu-central-1")
        #expect(services.tags(ofResource: arn, in: elsewhere).isEmpty)
        for other in ["*", "", "arn:aws:cloudwatch:\(scope.region):\(scope.account):alarm:none"] {
            #expect(services.tags(ofResource: other, in: scope).isEmpty)
        }
    }
}
