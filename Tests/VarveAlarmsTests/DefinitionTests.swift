import Testing
import VarveJSON

@testable import VarveAlarms

/// What `PutMetricAlarm` takes and what it refuses, in the service's words.
@Suite struct DefinitionTests {
    private static let base: [String: String] = [
        "AlarmName": #""a""#, "Namespace": #""App""#, "MetricName": #""x""#, "Statistic": #""Average""#, "Period": "60",
        "EvaluationPeriods": "3", "Threshold": "50", "ComparisonOperator": #""GreaterThanThreshold""#,
    ]
    private static let simple = ["Namespace", "MetricName", "Statistic", "Period"]

    /// A definition with members replaced, or left out (nil).
    private static func text(_ changes: [String: String?]) -> String {
        var members = base
        for (name, value) in changes { members[name] = value }
        return "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    /// The form with `Metrics`.
    private static func queries(_ metrics: String, _ changes: [String: String?] = [:]) -> String {
        var all: [String: String?] = ["Metrics": metrics]
        for name in simple { all[name] = String?.none }
        return text(all.merging(changes) { $1 })
    }

    private static func stat(_ id: String, period: Int = 60, returns: Bool? = nil, stat: String = "Sum") -> String {
        let data = returns.map { #","ReturnData":\#($0)"# } ?? ""
        return #"{"Id":"\#(id)","MetricStat":{"Metric":{"Namespace":"App","MetricName":"x"},"Period":\#(period),"#
            + #""Stat":"\#(stat)"}\#(data)}"#
    }

    private static func insights(_ sql: String, period: Int = 60) -> String {
        queries(#"[{"Id":"q","Expression":"\#(sql)","Period":\#(period)}]"#)
    }

    private static let grouped = #"SELECT MAX(x) FROM App GROUP BY Host ORDER BY MAX() DESC"#
    private static let band = #"{"Id":"b","Expression":"ANOMALY_DETECTION_BAND(m, 2)"}"#
    private static func anomaly(_ metrics: String, _ changes: [String: String?] = [:]) -> String {
        queries(
            metrics,
            [
                "Threshold": String?.none, "ThresholdMetricId": #""b""#,
                "ComparisonOperator": #""LessThanLowerOrGreaterThanUpperThreshold""#,
            ].merging(changes) { $1 })
    }

    private func refusal(_ text: String) throws -> AlarmRefusal? {
        let json = try Fixture.json(text)
        do {
            _ = try AlarmDefinition.read(json)
            return nil
        } catch {
            return error
        }
    }

    private static let refusals: [(String, String)] = [
        (
            text(["ComparisonOperator": #""X""#]),
            "1 validation error detected: Value 'X' at 'comparisonOperator' failed to satisfy constraint: Member must "
                + "satisfy enum value set: [GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, "
                + "LessThanOrEqualToThreshold, LessThanLowerOrGreaterThanUpperThreshold, LessThanLowerThreshold, "
                + "GreaterThanUpperThreshold]"
        ),
        (
            text(["EvaluationPeriods": "0"]),
            "1 validation error detected: Value '0' at 'evaluationPeriods' failed to satisfy constraint: Member must "
                + "have value greater than or equal to 1"
        ),
        (
            text(["EvaluationPeriods": "0", "DatapointsToAlarm": "0"]),
            "2 validation errors detected: Value '0' at 'evaluationPeriods' failed to satisfy constraint: Member must "
                + "have value greater than or equal to 1; Value '0' at 'datapointsToAlarm' failed to satisfy "
                + "constraint: Member must have value greater than or equal to 1"
        ),
        (
            text(["AlarmName": nil]),
            "1 validation error detected: Value null at 'alarmName' failed to satisfy constraint: Member must not be "
                + "null"
        ),
        (text(["MetricName": nil]), "MetricName must not be null"),
        (text(["MetricName": nil, "Period": nil]), "MetricName must not be null"),
        (text(["Period": nil]), "Period must not be null"),
        (text(["Statistic": nil]), "PutMetricAlarm request should have a Statistic parameter"),
        (text(["EvaluationPeriods": nil]), "PutMetricAlarm request should have an EvaluationPeriods parameter"),
        (text(["ComparisonOperator": nil]), "PutMetricAlarm request should have a valid ComparisonOperator parameter"),
        (text(["Threshold": nil]), "PutMetricAlarm request should have valid Threshold parameter"),
        (
            text(["ExtendedStatistic": #""p90""#]),
            "PutMetricAlarm request can not be made with both Statistic and ExtendedStatistic parameters. Only one of "
                + "them should be present"
        ),
        (
            text(["Metrics": "[\(stat("m"))]"]),
            "MetricName should not be set if list of Metrics is set."
        ),
        (
            queries("[\(stat("m"))]", ["Period": "60"]),
            "Period should not be set if list of Metrics is set."
        ),
        (
            queries("[\(stat("m")),\(stat("n"))]"),
            "Exactly one element of the metrics list should return data."
        ),
        (text(["Period": "45"]), "Period must be 10, 20, 30 or a multiple of 60"),
        (
            text(["EvaluationPeriods": "1441"]),
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for alarms "
                + "using period < 3600"
        ),
        (
            text(["EvaluationPeriods": "169", "Period": "3600"]),
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for "
                + "alarms using period >= 3600"
        ),
        (text(["DatapointsToAlarm": "4"]), "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
        (
            text(["TreatMissingData": #""X""#]),
            "The value X is not supported for TreatMissingData parameter. Supported values are [breaching, "
                + "notBreaching, ignore, missing]."
        ),
        (
            text(["EvaluateLowSampleCountPercentile": #""X""#]),
            "Option X is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate "
                + "and ignore."
        ),
        (
            text(["EvaluateLowSampleCountPercentile": #""ignore""#]),
            "Option evaluateLowSampleCountPercentile can not be applied with statistic Average. This option is enabled "
                + "only for percentile statistics."
        ),
        (text(["AlarmActions": #"["not-an-arn"]"#]), "Invalid arn syntax: not-an-arn"),
        (text(["AlarmName": #""a\u0001""#]), "AlarmName must not contain ASCII Control characters"),
        (
            queries(#"[{"Id":"q","Expression":"SEARCH('{App} x', 'Sum', 60)","Period":60}]"#),
            "SEARCH is not supported on Metric Alarms."
        ),
        (
            insights("SELECT MAX(x) FROM App", period: 30),
            "MetricsInsights monitors do not support less than 60 seconds period"
        ),
        (
            insights("SELECT MAX(x) FROM App", period: 3_660),
            "MetricsInsights monitors cannot be checked across more than 3 hours"
        ),
        (
            queries(
                #"[{"Id":"q","Expression":"\#(grouped)","Period":60}]"#,
                ["AlarmActions": #"["arn:aws:autoscaling:eu-west-1:1:scalingPolicy:x"]"#]),
            "Autoscaling actions are not available for Multi Time Series alarms"
        ),
        (
            queries(
                #"[{"Id":"q","Expression":"\#(grouped)","Period":60}]"#,
                ["InsufficientDataActions": #"["arn:aws:sns:eu-west-1:1:x"]"#]),
            "InsufficientData actions are not supported for contributor-level action types in Multi Time Series alarms"
        ),
        (
            anomaly("[\(stat("m")),\(stat("n")),\(band)]"),
            "Exactly two elements of the metrics list should return data."
        ),
        (
            anomaly("[\(stat("m")),\(stat("b"))]"),
            "Metrics list must contain exactly one metric matching the ThresholdMetricId parameter"
        ),
        (
            anomaly("[\(stat("m")),\(band)]", ["Threshold": "1"]),
            "Threshold and ThresholdMetricId cannot both be set"
        ),
        (
            text(["Perod": "60"]),
            "Unknown parameter in input: \"Perod\", must be one of: AlarmName, AlarmDescription, ActionsEnabled, "
                + "OKActions, AlarmActions, InsufficientDataActions, MetricName, Namespace, Statistic, "
                + "ExtendedStatistic, Dimensions, Period, Unit, EvaluationPeriods, DatapointsToAlarm, Threshold, "
                + "ComparisonOperator, TreatMissingData, EvaluateLowSampleCountPercentile, Metrics, Tags, "
                + "ThresholdMetricId, EvaluationWindow, WarmUpConfiguration"
        ),
        (text(["Period": #""60""#]), #"Invalid type for parameter Period, value: "60", expected an integer"#),
        (
            queries(#"[{"Id":"M","Expression":"1"}]"#),
            "The value for parameter Metrics.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
        ),
        (queries("[\(stat("m")),\(stat("m"))]"), "The values for parameter id in Metrics are not unique."),
    ]

    @Test("what is refused, and how", arguments: refusals)
    func refused(text: String, message: String) throws {
        #expect(try refusal(text) == .validation(message))
    }

    @Test(
        "statistics that do not exist are an invalid value",
        arguments: [
            "p101", "p-1", "p", "tm0", "TM(10%:90)", "PR(1%:2%)", "TM(:)", "TM(90%:10%)", "q90", "p1e1", "XY(1:2)",
        ])
    func badStatistic(name: String) throws {
        let text = Self.text(["Statistic": nil, "ExtendedStatistic": "\"\(name)\""])
        let expected = AlarmRefusal(
            code: "InvalidParameterValue",
            message: "The value \(name) for parameter ExtendedStatistic is not supported.")
        #expect(try refusal(text) == expected)
    }

    @Test(
        "extended statistics are taken",
        arguments: [
            "p0", "p99.9", "p100", "tm90", "wm99.5", "tc1", "ts2", "IQM", "TM(10%:90%)", "TM(:95%)", "WM(10%:)",
            "TC(1:2.5)",
            "TS(:300)", "PR(100:300)", "PR(:1.5E6)",
        ])
    func goodStatistic(name: String) throws {
        #expect(try refusal(Self.text(["Statistic": nil, "ExtendedStatistic": "\"\(name)\""])) == nil)
    }

    private static let accepted = [
        text([:]),
        text([
            "AlarmDescription": #""d\n""#, "ActionsEnabled": "false", "DatapointsToAlarm": "2", "Unit": #""Percent""#,
            "OKActions": #"["arn:aws:sns:eu-west-1:1:x"]"#, "AlarmActions": #"["https://example.com/hook"]"#,
            "InsufficientDataActions": #"["arn:aws:lambda:eu-west-1:1:function:f:1"]"#,
            "Dimensions": #"[{"Name":"b","Value":"2"},{"Name":"a","Value":"1"}]"#, "Tags": #"[{"Key":"k","Value":""}]"#,
            "TreatMissingData": #""notBreaching""#, "Threshold": "1e10",
        ]),
        text([
            "Statistic": nil, "ExtendedStatistic": #""p99""#, "EvaluateLowSampleCountPercentile": #""evaluate""#,
            "Period": "10",
        ]),
        queries(
            "[\(stat("m1", returns: false)),\(stat("m2", period: 300, returns: false)),"
                + #"{"Id":"e","Expression":"m1/m2","Label":"l"}]"#),
        insights("SELECT MAX(x) FROM App"), insights(grouped), anomaly("[\(stat("m", stat: "p90")),\(band)]"),
        #"""
        {"AlarmName":"c","AlarmRule":"ALARM(a) OR NOT OK(b)","AlarmDescription":"d","ActionsSuppressor":"s",
        "ActionsSuppressorWaitPeriod":120,"ActionsSuppressorExtensionPeriod":60,"ActionsEnabled":false,
        "AlarmActions":["arn:aws:sns:eu-west-1:1:x"],"Tags":[{"Key":"k","Value":"v"}]}
        """#,
    ]

    @Test("definitions of every form are written as they were read", arguments: accepted)
    func roundTrip(text: String) throws {
        let definition = try AlarmDefinition.read(Fixture.json(text))
        let again = try AlarmDefinition.read(definition.json)
        #expect(again == definition)
        // Nothing is lost and nothing added, but for the kind of numbers.
        let names = try Fixture.json(text).members.map(\.name).sorted()
        #expect(definition.json.members.map(\.name).sorted() == names)
        let alarm = Alarm(definition, in: Fixture.scope, nowNs: 0)
        #expect(try Alarm.decode(alarm.encode()) == alarm)
    }

    @Test("an expression's alarm takes its own period, else that of the metric, else the smallest")
    func periods() throws {
        func period(_ metrics: String) throws -> Int { try Fixture.metric(Self.queries(metrics)).period }
        let inputs = "\(Self.stat("m1", period: 120, returns: false)),\(Self.stat("m2", period: 300, returns: false))"
        #expect(try period("[\(inputs),{\"Id\":\"e\",\"Expression\":\"m1+m2\",\"Period\":600}]") == 600)
        #expect(try period("[\(inputs),{\"Id\":\"e\",\"Expression\":\"m1+m2\"}]") == 120)
        #expect(try period("[\(Self.stat("m1", period: 180))]") == 180)
    }

    @Test("Metrics Insights and grouped queries are told from expressions")
    func kinds() throws {
        let single = try Fixture.metric(Self.insights("select AVG(x) FROM SCHEMA(App, Host)"))
        #expect(single.usesInsights && !single.isMultiSeries)
        let many = try Fixture.metric(Self.insights("SELECT AVG(x) FROM App group  by Host Order By AVG() ASC LIMIT 5"))
        #expect(many.isMultiSeries)
        #expect(many.rangeCount == 5)
        let quoted = try Fixture.metric(
            Self.queries(
                #"[{"Id":"e","Expression":"IF(m > 1, m, 0) + LEN('SEARCH(x)')"},\#(Self.stat("m", returns: false))]"#
            ))
        #expect(!quoted.usesInsights)
        let long = try Fixture.metric(
            Self.queries(#"[{"Id":"q","Expression":"\#(Self.grouped)","Period":3600}]"#))
        #expect(long.rangeCount == 3)
    }

    @Test("a Put that says the same in other words changes nothing")
    func sameDefinition() throws {
        let dimensions = (
            #"[{"Name":"a","Value":"1"},{"Name":"b","Value":"2"}]"#,
            #"[{"Name":"b","Value":"2"},{"Name":"a","Value":"1"}]"#
        )
        let first = try Fixture.metric(Self.text(["Dimensions": dimensions.0]))
        let second = try Fixture.metric(
            Self.text([
                "Dimensions": dimensions.1, "ActionsEnabled": "true", "Threshold": "50.0",
                "Tags": #"[{"Key":"k","Value":"v"}]"#,
            ]))
        #expect(first.isSame(as: second))
        #expect(
            !first.isSame(as: try Fixture.metric(Self.text(["Dimensions": dimensions.0, "DatapointsToAlarm": "3"]))))
    }

    @Test("limits of lists and lengths")
    func limits() throws {
        let six = "[" + (1...6).map { "\"arn:aws:sns:eu-west-1:1:t\($0)\"" }.joined(separator: ",") + "]"
        let long = String(repeating: "ä", count: 256)
        #expect(
            try refusal(Self.text(["AlarmActions": six]))?.message.hasSuffix("length less than or equal to 5") == true)
        #expect(
            try refusal(Self.text(["AlarmName": "\"\(long)\""]))?.message.hasSuffix("length less than or equal to 255")
                == true)
        #expect(try refusal(Self.text(["AlarmName": "\"\(long.dropLast())\""])) == nil)
        let metrics = (1...11).map { Self.stat("m\($0)", returns: $0 == 1) }.joined(separator: ",")
        #expect(
            try refusal(Self.queries("[\(metrics)]"))
                == .validation("The metrics list has at most 10 metrics and 10 expressions."))
        let reserved = try refusal(Self.text(["Tags": #"[{"Key":"AWS:x","Value":""}]"#]))
        #expect(
            reserved
                == AlarmRefusal(
                    code: "AccessDenied", message: "The provided tag keys must not start with any case of \"aws:\""))
    }
}
