import Testing
import VarveJSON

@testable import VarveWire

@Suite("Answers") struct OutputTests {
    private let id = "b2b8"

    private func call(_ operation: String, _ wireProtocol: WireProtocol, queryMode: Bool = false) throws -> WireCall {
        switch wireProtocol {
        case .query: try Client.call(Client.form("Action=\(operation)&Version=2010-08-01"))
        case .json: try Client.call(Client.cloudWatch(operation, json: "{}", queryMode: queryMode))
        case .cbor: try Client.call(Client.cbor(operation, [0xa0], queryMode: queryMode))
        case .restJSON: throw Client.Unrouted(answer: WireResponse(status: 0))
        }
    }

    private let data = #"""
        {"MetricDataResults": [{"Id": "m", "Timestamps": [1767323040], "Values": [41], "StatusCode": "Complete"}],
        "Messages": []}
        """#

    @Test("GetMetricData in XML")
    func xml() throws {
        let answer = try call("GetMetricData", .query).response(value(data), requestID: id)
        #expect(answer.status == 200 && answer["content-type"] == "text/xml" && answer["x-amzn-requestid"] == id)
        #expect(
            answer.text == "<GetMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">"
                + "<GetMetricDataResult><MetricDataResults><member><Id>m</Id><Timestamps>"
                + "<member>2026-01-02T03:04:00Z</member></Timestamps><Values><member>41.0</member></Values>"
                + "<StatusCode>Complete</StatusCode></member></MetricDataResults><Messages></Messages>"
                + "</GetMetricDataResult><ResponseMetadata><RequestId>b2b8</RequestId></ResponseMetadata>"
                + "</GetMetricDataResponse>")
    }

    @Test("GetMetricData in JSON")
    func json() throws {
        let answer = try call("GetMetricData", .json).response(value(data), requestID: id)
        #expect(answer["content-type"] == "application/x-amz-json-1.0")
        #expect(
            answer.text == #"{"MetricDataResults":[{"Id":"m","Timestamps":[1767323040.0],"Values":[41.0],"#
                + #""StatusCode":"Complete"}],"Messages":[]}"#)
    }

    @Test("GetMetricData in CBOR")
    func cbor() throws {
        let answer = try call("GetMetricData", .cbor).response(value(data), requestID: id)
        #expect(answer["smithy-protocol"] == "rpc-v2-cbor" && answer["content-type"] == "application/cbor")
        // As the specification's vector, with definite lengths inside and in the order of the model.
        let expected = bytes(
            hex: """
                bf 71 4d657472696344617461526573756c7473 81 a4 62 4964 61 6d 6a 54696d657374616d7073 81
                c1fb41da55cd68000000 66 56616c756573 81 fb4044800000000000 6a 537461747573436f6465 68 436f6d706c657465
                68 4d65737361676573 80 ff
                """)
        #expect(answer.body == expected)
    }

    @Test("operations without output answer as little as the service does")
    func empty() throws {
        let query = try call("PutMetricData", .query).response(.object([]), requestID: id)
        #expect(
            query.text == "<PutMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">"
                + "<ResponseMetadata><RequestId>b2b8</RequestId></ResponseMetadata></PutMetricDataResponse>")
        #expect(try call("PutMetricData", .json).response(.object([]), requestID: id).text == "{}")
        let cbor = try call("PutMetricData", .cbor).response(.object([]), requestID: id)
        #expect(cbor.body.isEmpty && cbor["content-type"] == nil)
    }

    @Test("what handlers write without a tree is what the tree gives")
    func direct() throws {
        for wireProtocol in [WireProtocol.query, .json] {
            let call = try call("GetMetricData", wireProtocol)
            let tree = try call.response(value(data), requestID: id)
            let direct = call.response(requestID: id) { out in
                out.member("MetricDataResults")
                out.beginList()
                out.beginStructure()
                out.member("Id", "m")
                out.member("Timestamps")
                out.timestamps(seconds: [1_767_323_040])
                out.member("Values")
                out.doubles([41])
                out.member("StatusCode", "Complete")
                out.endStructure()
                out.endList()
                out.member("Messages")
                out.beginList()
                out.endList()
            }
            #expect(direct == tree)
        }
    }

    @Test("texts of any characters stay well-formed XML")
    func escapes() throws {
        let output = JSONValue.object([JSONMember("DashboardBody", .string("a<b>&\"c\r\n\u{0}\u{1f600}"))])
        let answer = try call("GetDashboard", .query).response(output, requestID: id)
        #expect(answer.text.contains("<DashboardBody>a&lt;b&gt;&amp;&quot;c&#xD;\n\u{fffd}\u{1f600}</DashboardBody>"))
    }

    @Test("NaN and the infinities have a form in each protocol")
    func notFinite() throws {
        let values: [Double] = [.nan, .infinity, -.infinity]
        func body(_ wireProtocol: WireProtocol) throws -> WireResponse {
            try call("GetMetricData", wireProtocol).response(requestID: id) { out in
                out.member("Values")
                out.doubles(values)
            }
        }
        #expect(try body(.json).text == #"{"Values":["NaN","Infinity","-Infinity"]}"#)
        #expect(
            try body(.query).text.contains("<member>NaN</member><member>Infinity</member><member>-Infinity</member>"))
        let nan = bytes(hex: "fb7ff8000000000000")
        #expect(
            try body(.cbor).body == bytes(hex: "bf 66 56616c756573 83") + nan
                + bytes(hex: "fb7ff0000000000000 fbfff0000000000000 ff"))
    }

    @Test("values of a wrong type and unknown members are left out of answers")
    func mistakes() throws {
        let output = try value(
            #"{"MetricDataResults": "x", "NextToken": null, "Other": 1, "Messages": [1, {"Code": "c"}]}"#)
        #expect(
            try call("GetMetricData", .json).response(output, requestID: id).text == #"{"Messages":[{"Code":"c"}]}"#)
    }
}

@Suite("Faults") struct FaultTests {
    private func answer(
        _ code: String, _ message: String, _ wireProtocol: WireProtocol, queryMode: Bool = false,
        members: [JSONMember] = []
    ) throws -> WireResponse {
        let request =
            switch wireProtocol {
            case .query: Client.form("Action=SetAlarmState&Version=2010-08-01")
            case .cbor: Client.cbor("SetAlarmState", [], queryMode: queryMode)
            default: Client.cloudWatch("SetAlarmState", json: "", queryMode: queryMode)
            }
        let call = try Client.call(request)
        return call.response(fault: call.service.fault(code, message, members: members), requestID: "r1")
    }

    @Test("an unknown alarm, as the specification has it in each protocol")
    func notFound() throws {
        let query = try answer("ResourceNotFound", "", .query)
        #expect(query.status == 404)
        #expect(
            query.text == "<ErrorResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><Error>"
                + "<Type>Sender</Type><Code>ResourceNotFound</Code></Error><RequestId>r1</RequestId></ErrorResponse>")
        let json = try answer("ResourceNotFound", "", .json)
        #expect(json.status == 400 && json["x-amzn-query-error"] == nil)
        #expect(json.text == #"{"__type":"com.amazonaws.cloudwatch.v2010_08_01#ResourceNotFound"}"#)
        let asked = try answer("ResourceNotFound", "", .json, queryMode: true)
        #expect(asked.status == 404 && asked["x-amzn-query-error"] == "ResourceNotFound;Sender")
        let cbor = try answer("ResourceNotFound", "m", .cbor, queryMode: true)
        #expect(cbor["x-amzn-query-error"] == "ResourceNotFound;Sender" && cbor["smithy-protocol"] == "rpc-v2-cbor")
        #expect(cbor.body.starts(with: bytes(hex: "bf 66 5f5f74797065 78 35")))
    }

    @Test(
        "codes of each protocol",
        arguments: [
            ("ValidationError", "ValidationError", "com.amazon.coral.validate#ValidationException", 400),
            (
                "InvalidParameterValue", "InvalidParameterValue",
                "com.amazon.coral.service#InvalidParameterValueException", 400
            ),
            (
                "MissingRequiredParameterException", "MissingParameter",
                "com.amazon.coral.service#MissingRequiredParameterException", 400
            ),
            ("LimitExceededFault", "LimitExceeded", "com.amazonaws.cloudwatch.v2010_08_01#LimitExceededFault", 400),
            (
                "InternalServiceFault", "InternalServiceError",
                "com.amazonaws.cloudwatch.v2010_08_01#InternalServiceFault", 500
            ),
            ("AccessDenied", "AccessDenied", "com.amazon.coral.service#AccessDeniedException", 403),
            (
                "SignatureDoesNotMatch", "SignatureDoesNotMatch", "com.amazon.coral.service#InvalidSignatureException",
                403
            ),
            (
                "InvalidClientTokenId", "InvalidClientTokenId", "com.amazon.coral.service#UnrecognizedClientException",
                403
            ),
            ("SerializationException", "MalformedInput", "com.amazon.coral.service#SerializationException", 400),
        ])
    func codes(code: String, query: String, type: String, status: Int) throws {
        let form = try answer(code, "M & m", .query)
        #expect(form.status == status)
        #expect(form.text.contains("<Code>\(query)</Code><Message>M &amp; m</Message>"))
        #expect(form.text.contains(status == 500 ? "<Type>Receiver</Type>" : "<Type>Sender</Type>"))
        let json = try answer(code, "M", .json, queryMode: true)
        #expect(json.status == (status == 500 ? 500 : 400))
        #expect(json.text == #"{"__type":"\#(type)","message":"M"}"#)
        #expect(json["x-amzn-query-error"] == "\(query);\(status == 500 ? "Receiver" : "Sender")")
        #expect(json["x-amzn-errortype"] == type.split(separator: "#").last.map(String.init))
    }

    @Test("members of an error besides its message go with it")
    func members() throws {
        let extra = [JSONMember("ResourceType", .string("alarm")), JSONMember("Other", .integer(1))]
        let json = try answer("ResourceNotFoundException", "m", .json, members: extra)
        #expect(json.text.hasSuffix(#""message":"m","ResourceType":"alarm"}"#))
        let query = try answer("ResourceNotFoundException", "m", .query, members: extra)
        #expect(query.text.contains("<Message>m</Message><ResourceType>alarm</ResourceType></Error>"))
    }

    @Test("JSON 1.1 services write plain names and 400; rest-json writes the status")
    func others() throws {
        let events = try Client.call(Client.json("AWSEvents.PutRule", "{}"))
        let answer = events.response(fault: events.service.fault("ResourceNotFoundException", "m"), requestID: "r")
        #expect(answer.status == 400 && answer.text == #"{"__type":"ResourceNotFoundException","message":"m"}"#)
        #expect(answer["content-type"] == "application/x-amz-json-1.1")
        let rest = try Client.call(WireRequest(method: "GET", path: "/v1/things/a"), in: restDirectory())
        let throttled = rest.response(fault: rest.service.fault("ThrottlingException", "m"), requestID: "r")
        #expect(throttled.status == 429 && throttled.text == #"{"message":"m"}"#)
        #expect(throttled["x-amzn-errortype"] == "ThrottlingException")
        let answered = rest.response(.object([JSONMember("thing", .string("t"))]), requestID: "r")
        #expect(answered.text == #"{"theThing":"t"}"#)
    }
}
