import Testing
import VarveJSON

@testable import VarveWire

@Suite("Routing") struct RoutingTests {
    private func authorization(_ service: String) -> WireHeader {
        WireHeader("authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/\(service)/aws4_request, Sign")
    }

    @Test("each protocol leads to the same operation")
    func protocols() throws {
        let calls = try [
            Client.call(Client.form("Action=ListMetrics&Version=2010-08-01")),
            Client.call(WireRequest(method: "GET", path: "/", query: "Version=2010-08-01&Action=ListMetrics")),
            Client.call(Client.cloudWatch("ListMetrics", json: "{}")),
            Client.call(Client.cbor("ListMetrics", [0xa0])),
        ]
        #expect(calls.map(\.wireProtocol) == [.query, .query, .json, .cbor])
        for call in calls {
            #expect(call.service.name == "cloudwatch" && call.operationName == "ListMetrics")
            #expect(try call.target.get().name == "ListMetrics")
        }
    }

    @Test("versions tell the services of the query protocol apart")
    func versions() throws {
        #expect(try Client.call(Client.form("Action=GetCallerIdentity&Version=2011-06-15")).service.name == "sts")
        #expect(try Client.call(Client.form("Action=GetUser&Version=2010-05-08")).service.name == "iam")
        #expect(try Client.call(Client.json("AWSEvents.PutEvents", "{}")).service.name == "events")
    }

    @Test("unknown operations and versions are refused once the caller is known, in the form of the service")
    func unknown() throws {
        let call = try Client.call(Client.form("Action=Nothing&Version=2010-08-01"))
        let refusal = try #require(fault { _ = try call.target.get() })
        #expect(refusal.code == "InvalidAction")
        #expect(refusal.message == "Could not find operation Nothing for version 2010-08-01")
        let versionless = try Client.call(Client.form("Action=ListMetrics"))
        #expect(
            fault { _ = try versionless.target.get() }?.message
                == "Could not find operation ListMetrics for version NO_VERSION_SPECIFIED")
        #expect(versionless.service.name == "cloudwatch")
        let old = try Client.call(Client.form("Action=ListMetrics&Version=2009-05-15"))
        #expect(
            fault { _ = try old.target.get() }?.message == "Could not find operation ListMetrics for version 2009-05-15"
        )
        let none = try Client.call(Client.form("Version=2010-08-01"))
        #expect(fault { _ = try none.target.get() }?.code == "MissingAction")
        let json = try Client.call(Client.cloudWatch("Nothing", json: "{}"))
        let answer = json.response(fault: try #require(fault { _ = try json.target.get() }), requestID: "r")
        #expect(answer.status == 400 && answer.text.contains("#UnknownOperationException"))
        let cbor = try Client.call(Client.cbor("Nothing", []))
        #expect(fault { _ = try cbor.target.get() }?.code == "UnknownOperationException")
    }

    @Test("the scope of the credential decides where nothing else does")
    func scope() throws {
        var request = Client.form("Action=X")
        request.headers.append(authorization("iam"))
        #expect(try Client.call(request).service.name == "iam")
        let presigned = WireRequest(
            method: "GET", path: "/", query: "X-Amz-Credential=AKID%2F20260102%2Fus-east-1%2Fsts%2Faws4_request")
        #expect(try Client.call(presigned).service.name == "sts")
        var target = Client.json("Strange", "{}")
        target.headers.append(authorization("events"))
        #expect(try Client.call(target).service.name == "events")
    }

    @Test("old and long target prefixes mean the same service")
    func prefixes() throws {
        let table = try TableParser.parse(
            "V name=trail signing=trail id=T version=1 protocols=json json=1.1 target=com.example.v1.Trail_1\nO Op")
        let directory = ServiceDirectory(services: [table])
        for target in ["com.example.v1.Trail_1.Op", "Trail_1.Op"] {
            #expect(try Client.call(Client.json(target, ""), in: directory).target.get().name == "Op")
        }
    }

    @Test("other methods and content types are answered before any service is asked")
    func transport() {
        func status(_ request: WireRequest) -> Int? {
            if case .answer(let answer) = ServiceDirectory.builtIn.route(request) { answer.status } else { nil }
        }
        #expect(status(WireRequest(method: "PUT", path: "/")) == 405)
        #expect(
            status(WireRequest(method: "POST", path: "/", headers: [WireHeader("content-type", "text/xml")])) == 415)
        #expect(status(WireRequest(method: "GET", path: "/favicon.ico")) == 404)
        var json = Client.cloudWatch("ListMetrics", json: "{}")
        json.method = "GET"
        #expect(status(json) == 405)
        json.method = "POST"
        json.headers[0].value = "text/plain"
        #expect(status(json) == 415)
        var cbor = Client.cbor("ListMetrics", [0xa0])
        cbor.headers[1].value = "application/json"
        #expect(status(cbor) == 415)
        cbor.headers[0].value = "rpc-v3"
        #expect(status(cbor) == 400)
        #expect(status(WireRequest(method: "POST", path: "/service/Other/operation/X")) == 404)
        #expect(status(WireRequest(method: "POST", path: "/service/GraniteServiceVersion20100801/operation")) == 404)
        #expect(status(Client.json("Nobody.Op", "{}")) == 400)
    }

    @Test("rest-json is found by method and path")
    func rest() throws {
        let directory = try restDirectory()
        let call = try Client.call(WireRequest(method: "GET", path: "/v1/things/a%2Fb"), in: directory)
        #expect(call.operationName == "GetThing" && call.wireProtocol == .restJSON)
        let put = WireRequest(method: "PUT", path: "/v1/things/t/parts/x/y")
        #expect(try Client.call(put, in: directory).operationName == "PutThing")
        var unknown = WireRequest(method: "GET", path: "/v2/things", headers: [authorization("advisor")])
        let lost = try Client.call(unknown, in: directory)
        #expect(lost.response(fault: try #require(fault { _ = try lost.target.get() }), requestID: "r").status == 404)
        unknown.path = "/v1/things/"
        #expect(throws: ServiceFault.self) { try Client.call(unknown, in: directory).target.get() }
    }
}
