import Testing
import VarveJSON

@testable import VarveWire

@Suite("Validation") struct ValidationTests {
    private func refusal(_ operation: String, _ json: String) throws -> ServiceFault? {
        let request = Client.cloudWatch(operation, json: json)
        let call = try Client.call(request)
        return fault { _ = try call.input(of: request) }
    }

    @Test("messages are those of the service, byte for byte")
    func messages() throws {
        // The two of the specification that were captured from the service.
        let state = try #require(
            try refusal("SetAlarmState", #"{"AlarmName": "a", "StateValue": "X", "StateReason": "r"}"#))
        #expect(state.code == "ValidationError")
        #expect(
            state.message == "1 validation error detected: Value 'X' at 'stateValue' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]")
        let alarm = try #require(
            try refusal(
                "PutMetricAlarm",
                #"{"AlarmName": "a", "EvaluationPeriods": 0, "ComparisonOperator": "GreaterThanThreshold"}"#))
        #expect(
            alarm.message
                == "1 validation error detected: Value '0' at 'evaluationPeriods' failed to satisfy constraint: "
                + "Member must have value greater than or equal to 1")
    }

    @Test("every violation is in one message")
    func several() throws {
        let found = try #require(
            try refusal("PutMetricAlarm", #"{"AlarmName": "", "Tags": [{"Key": "", "Value": "v"}, {"Key": "k"}]}"#))
        #expect(
            found.message
                == "3 validation errors detected: Value '' at 'alarmName' failed to satisfy constraint: Member must "
                + "have length greater than or equal to 1; Value '' at 'tags.1.member.key' failed to satisfy "
                + "constraint: "
                + "Member must have length greater than or equal to 1; Value null at 'tags.2.member.value' "
                + "failed to satisfy "
                + "constraint: Member must not be null")
    }

    @Test("elements of lists of texts are reported with all their constraints")
    func elements() throws {
        let found = try #require(try refusal("DescribeAlarms", #"{"AlarmNames": ["a", ""], "AlarmTypes": ["x"]}"#))
        #expect(
            found.message
                == "2 validation errors detected: Value '[a, ]' at 'alarmNames' failed to satisfy constraint: "
                + "Member must satisfy constraint: [Member must have length less than or equal to 255, Member "
                + "must have length "
                + "greater than or equal to 1]; Value '[x]' at 'alarmTypes' failed to satisfy constraint: Member must "
                + "satisfy constraint: [Member must satisfy enum value set: [CompositeAlarm, MetricAlarm, LogAlarm]]")
    }

    @Test("the older operations speak of parameters")
    func parameters() throws {
        let missing = try #require(try refusal("PutMetricData", #"{"MetricData": [{"Value": 1}]}"#))
        #expect(missing.code == "MissingRequiredParameterException")
        #expect(
            missing.message
                == "The parameter Namespace is required.\nThe parameter MetricData.member.1.MetricName is required.")
        let resolution = try #require(
            try refusal(
                "PutMetricData",
                #"{"Namespace": "a", "MetricData": [{"MetricName": "m", "Value": 1, "StorageResolution": 0}]}"#))
        #expect(resolution.code == "InvalidParameterValueException")
        #expect(
            resolution.message
                == "The parameter MetricData.member.1.StorageResolution must be a value in the set [ 1, 60 ].")
        let statistics = try #require(
            try refusal(
                "GetMetricStatistics",
                #"""
                {"Namespace": "a", "MetricName": "m", "StartTime": 1, "EndTime": 2, "Period": 60,
                "Statistics": ["Sum", "x"]}
                """#))
        #expect(
            statistics.message
                == "The parameter Statistics.member.2.<list element> must be a value in the set [SampleCount, Average, "
                + "Sum, Minimum, Maximum].")
    }

    @Test("nulls inside lists and maps are violations, not crashes of a handler")
    func nulls() throws {
        let found = try #require(try refusal("DescribeAlarms", #"{"AlarmNames": [null]}"#))
        #expect(
            found.message == "1 validation error detected: Value null at 'alarmNames.1.member' failed to satisfy "
                + "constraint: Member must not be null")
    }

    @Test("patterns and lengths of session names, in the query protocol")
    func patterns() throws {
        let request = Client.form(
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr"
                + "&RoleSessionName=Session1:2"
        )
        let call = try Client.call(request)
        let found = try #require(fault { _ = try call.input(of: request) })
        #expect(
            found.message
                == #"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy "#
                + #"constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"#)
        #expect(call.response(fault: found, requestID: "r").text.contains("<Code>ValidationError</Code>"))
    }

    @Test("a thousand violations make a message of bounded size")
    func bounds() throws {
        let tags = Array(repeating: #"{"Key": "", "Value": ""}"#, count: 2_000).joined(separator: ",")
        let long = String(repeating: "x", count: 100_000)
        let found = try #require(
            try refusal("TagResource", #"{"ResourceARN": "\#(long)", "Tags": [\#(tags)]}"#))
        #expect(found.message.utf8.count < 64_000)
    }
}
