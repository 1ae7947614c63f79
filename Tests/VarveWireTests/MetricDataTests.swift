import Testing
import VarveJSON
import VarveModel

@testable import VarveWire

@Suite("PutMetricData in columns") struct MetricDataTests {
    /// Two minutes after the timestamps of the requests.
    private static let rules = MetricDataRules(nowNs: 1_767_323_165_000_000_000)

    private func read(_ request: WireRequest) throws -> MetricDataBuffer {
        var buffer = MetricDataBuffer()
        try Client.call(request).metricData(of: request, rules: Self.rules, into: &buffer)
        return buffer
    }

    private func writer() throws -> RequestWriter {
        let service = try #require(ServiceDirectory.builtIn.service(named: "cloudwatch"))
        return RequestWriter(service: service, operation: try #require(service.operations["PutMetricData"]))
    }

    private func refusal(_ data: String, around: String = #"{"Namespace": "N", "MetricData": [DATA]}"#) -> ServiceFault?
    {
        fault { _ = try read(Client.cloudWatch("PutMetricData", json: around.replacing("DATA", with: data))) }
    }

    /// A buffer as text, to compare and to show.
    private func shown(_ buffer: MetricDataBuffer) -> String {
        let data = buffer.data.map { datum in
            let dimensions = buffer.dimensions[datum.dimensions].map {
                "\(buffer.string($0.name))=\(buffer.string($0.value))"
            }
            return "\(buffer.string(datum.name)) \(dimensions) \(datum.timestampNs ?? -1) \(datum.form) "
                + "\(buffer.values[datum.values].map(\.bitPattern)) \(buffer.counts[datum.counts].map(\.bitPattern)) "
                + "\(datum.unit?.name ?? "-") \(datum.storageResolution) \(datum.entity ?? -1)"
        }
        return ([buffer.string(buffer.namespace)] + data).joined(separator: "\n")
    }

    @Test("the specification's request, in three protocols, is the same columns and needs no tree")
    func vector() throws {
        let json = #"""
            {"Namespace": "App", "MetricData": [{"MetricName": "Latency",
             "Dimensions": [{"Name": "Host", "Value": "a"}],
            "Timestamp": 1767323045, "Values": [1.5, 2.0], "Counts": [3.0, 1.0], "Unit": "Milliseconds"}]}
            """#
        for wireProtocol in [WireProtocol.query, .json, .cbor] {
            let request = try writer().request(value(json), wireProtocol)
            let buffer = try read(request)
            let datum = try #require(buffer.data.first)
            #expect(buffer.data.count == 1 && buffer.string(buffer.namespace) == "App")
            #expect(buffer.string(datum.name) == "Latency" && datum.timestampNs == 1_767_323_045_000_000_000)
            #expect(buffer.values == [1.5, 2] && buffer.counts == [3, 1] && datum.form == .many)
            #expect(datum.unit == .milliseconds && datum.storageResolution == 60 && datum.entity == nil)
            #expect(buffer.string(buffer.dimensions[0].value) == "a")
            #expect(Self.scan(request) != nil)
        }
    }

    private static func scan(_ request: WireRequest) -> MetricDataBuffer? {
        if request.header("smithy-protocol") != nil {
            return MetricDataCBOR.read(request.body, into: MetricDataBuffer())
        }
        return request.header("x-amz-target") != nil
            ? MetricDataJSON.read(request.body, into: MetricDataBuffer())
            : MetricDataForm.read(request.body, into: MetricDataBuffer())
    }

    // MARK: The general way

    /// Ordinary data, sometimes with something wrong or unusual.
    private func datum(_ random: inout Seeded) -> JSONValue {
        func number(_ scale: Double) -> JSONValue {
            switch random.next() % 40 {
            case 0: .string("NaN")
            case 1: .number(0x1p361)
            case 2: .number(-0.0)
            case 3: .number(-1)
            default: .number((Double(random.next() % 1_000_000) / scale))
            }
        }
        func chance(_ one: UInt64) -> Bool { random.next() % one == 0 }
        var members = [JSONMember("MetricName", .string(chance(50) ? " " : chance(50) ? "é" : "m\(random.next() % 5)"))]
        if !chance(3) {
            let count = chance(60) ? 31 : Int(random.next() % 4)
            members.append(
                JSONMember(
                    "Dimensions",
                    .array(
                        (0..<count).map { index in
                            let name = chance(60) ? ":x" : chance(60) ? "d0" : "d\(index)"
                            return .object([
                                JSONMember("Name", .string(name)),
                                JSONMember("Value", .string(chance(60) ? "" : chance(9) ? "a \"&=+%\\/" : "v")),
                            ])
                        })))
        }
        let times: [JSONValue] = [
            .integer(1_767_323_045), .number(1_767_323_100.125), .integer(0), .integer(1_800_000_000),
        ]
        if !chance(3) {
            members.append(JSONMember("Timestamp", times[chance(20) ? 2 : chance(20) ? 3 : chance(2) ? 0 : 1]))
        }
        let form = random.next() % 20
        if form < 8 || form == 18 { members.append(JSONMember("Value", number(64))) }
        if form == 17 || form == 18 || (8..<11).contains(form) {
            let names = ["SampleCount", "Sum", "Minimum", "Maximum"].dropLast(chance(20) ? 1 : 0)
            members.append(JSONMember("StatisticValues", .object(names.map { JSONMember($0, number(8)) })))
        }
        if (11..<18).contains(form) {
            let count = chance(40) ? 151 : Int(random.next() % 5)
            members.append(JSONMember("Values", .array((0..<count).map { _ in number(4) })))
            if !chance(3) {
                members.append(
                    JSONMember("Counts", .array((0..<(chance(20) ? count + 1 : count)).map { _ in number(1) })))
            }
        }
        if chance(2) { members.append(JSONMember("Unit", .string(chance(30) ? "Furlongs" : "Bytes/Second"))) }
        if chance(3) { members.append(JSONMember("StorageResolution", .integer(chance(20) ? 5 : chance(2) ? 1 : 60))) }
        return .object(members)
    }

    private func requestValue(_ random: inout Seeded) -> JSONValue {
        let namespaces = ["App", "App", "App", "App", "a/b#c d:e", "AWS/EC2", "é", ":x"]
        let choice = random.next() % 8 == 0 ? Int(random.next() % 8) : 0
        var members = [JSONMember("Namespace", .string(namespaces[choice]))]
        let count = Int(random.next() % 4)
        members.append(JSONMember("MetricData", .array((0..<count).map { _ in datum(&random) })))
        if random.next() % 10 == 0 {
            let entity = JSONValue.object([
                JSONMember(
                    "Entity",
                    .object([JSONMember("KeyAttributes", .object([JSONMember("Type", .string("Service"))]))])),
                JSONMember("MetricData", .array([datum(&random)])),
            ])
            members.append(JSONMember("EntityMetricData", .array([entity])))
            if random.next() % 3 != 0 {
                members.append(JSONMember("StrictEntityValidation", .bool(random.next() % 2 == 0)))
            }
        }
        return .object(members)
    }

    /// What both ways make of a request.
    private func compare(_ request: WireRequest, _ note: String) throws -> Bool {
        guard case .call(let call) = ServiceDirectory.builtIn.route(request), call.operationName == "PutMetricData"
        else {
            return false
        }
        var direct = MetricDataBuffer()
        let directFault = fault { try call.metricData(of: request, rules: Self.rules, into: &direct) }
        var general = MetricDataBuffer()
        let generalFault = fault { general = try call.metricDataWithoutScan(of: request, rules: Self.rules) }
        #expect(directFault == generalFault, "\(note) \(String(decoding: request.body, as: UTF8.self))")
        if generalFault == nil {
            #expect(shown(direct) == shown(general), "\(note) \(String(decoding: request.body, as: UTF8.self))")
        }
        return generalFault == nil
    }

    @Test("columns and refusals are those of the general way, right and wrong", arguments: [UInt64(51), 52, 53])
    func differential(seed: UInt64) throws {
        var random = Seeded(seed)
        var accepted = 0
        for round in 0..<200 {
            let value = requestValue(&random)
            for wireProtocol in [WireProtocol.query, .json, .cbor] {
                let request = try writer().request(value, wireProtocol)
                if try compare(request, "seed \(seed), round \(round), \(wireProtocol)") { accepted += 1 }
            }
        }
        // Not everything is refused, and not everything taken.
        #expect((100..<500).contains(accepted), "\(accepted) of 600")
    }

    @Test("changed bytes change both ways alike", arguments: [UInt64(61), 62])
    func mutations(seed: UInt64) throws {
        var random = Seeded(seed)
        for round in 0..<60 {
            let value = requestValue(&random)
            for wireProtocol in [WireProtocol.query, .json, .cbor] {
                let whole = try writer().request(value, wireProtocol)
                for _ in 0..<6 where !whole.body.isEmpty {
                    var request = whole
                    let place = Int(random.next() % UInt64(whole.body.count))
                    switch random.next() % 4 {
                    case 0: request.body[place] = UInt8(truncatingIfNeeded: random.next())
                    case 1: request.body.remove(at: place)
                    case 2:
                        request.body.insert(
                            contentsOf: whole.body[place..<min(place + 40, whole.body.count)], at: place)
                    default: request.body[place] ^= 1 << (random.next() % 8)
                    }
                    _ = try compare(request, "seed \(seed), round \(round), \(wireProtocol)")
                }
            }
        }
    }

    @Test(
        "what JSON and forms may do beside the ordinary is the same both ways",
        arguments: [
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":-0}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":01}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":1.}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":+1}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":1E+2}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":12345678901234567890}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":"1"}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":null,"Values":[1]}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":1,"Values":[]}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":1,"Counts":[]}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":1,"Timestamp":"2026-01-02T03:04:05Z"}]}"#,
            #"{"Namespace":"\u0041","MetricData":[{"MetricName":"m","Value":1}]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":1}],"MetricData":[]}"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":1}]} x"#,
            #"{"Namespace":"A","MetricData":[{"MetricName":"m","Value":1}],}"#,
            "",
        ])
    func unusualJSON(body: String) throws {
        _ = try compare(Client.cloudWatch("PutMetricData", json: body), body)
    }

    @Test(
        "unusual forms are the same both ways",
        arguments: [
            "Namespace=A&MetricData.member.2.MetricName=m&MetricData.member.2.Value=1",
            "Namespace=A&MetricData.member.01.MetricName=m&MetricData.member.01.Value=1",
            "Namespace=A&MetricData.1.MetricName=m&MetricData.1.Value=1",
            "Namespace=A&MetricData.member.1.Value=1&MetricData.member.1.MetricName=m&MetricData.member.1.Value=2",
            "Namespace=A&MetricData.member.1.MetricName=m&MetricData.member.1.Value=1e%2B2",
            "Namespace=A&MetricData.member.1.MetricName=m&MetricData.member.1.Value=1e+2",
            "Namespace=A+b&MetricData.member.1.MetricName=a%26b&MetricData.member.1.Value=1"
                + "&MetricData.member.1.Timestamp=1767323045",
            "Namespace=A&MetricData.member.1.MetricName=m&MetricData.member.1.Values.member.2=1"
                + "&MetricData.member.1.Values.member.1=2",
            "Namespace=A&MetricData.member.1.MetricName=m&MetricData.member.1.StatisticValues.Sum=1",
            "Namespace=A&MetricData=", "Namespace=A&&MetricData.member.1.MetricName=m&MetricData.member.1.Value=1&",
            "Namespace",
        ])
    func unusualForms(fields: String) throws {
        _ = try compare(Client.form("Action=PutMetricData&Version=2010-08-01&\(fields)"), fields)
    }

    // MARK: Rules

    @Test(
        "the service's words for what is wrong",
        arguments: [
            (
                #"{"MetricName":"m","Value":1,"Values":[1]}"#, "InvalidParameterCombinationException",
                "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually "
                    + "exclusive and you have specified both."
            ),
            (
                #"{"MetricName":"m","Value":1,"StatisticValues":{"SampleCount":1,"Sum":1,"Minimum":1,"Maximum":1}}"#,
                "InvalidParameterCombinationException",
                "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are "
                    + "mutually exclusive and you have specified both."
            ),
            (
                #"{"MetricName":"m","Values":[1,2],"Counts":[1]}"#, "InvalidParameterValueException",
                "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size."
            ),
            (
                #"{"MetricName":"m","Counts":[1]}"#, "InvalidParameterCombinationException",
                "The parameter values must appears when the counts parameter is specified."
            ),
            (
                #"{"MetricName":"m"}"#, "InvalidParameterCombinationException",
                "At least one of the parameters must be specified."
            ),
            (
                #"{"MetricName":"m","Value":1,"Timestamp":1}"#, "InvalidParameterValueException",
                "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks."
            ),
            (
                #"{"MetricName":"m","Value":1,"Timestamp":1767423045}"#, "InvalidParameterValueException",
                "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future."
            ),
            (
                #"{"MetricName":"m","Value":4.6970851655476665E108}"#, "InvalidParameterValueException",
                "The value 4.6970851655476665E108 for parameter MetricData.member.1.Value is invalid."
            ),
            (
                #"{"MetricName":"m","Value":"NaN"}"#, "InvalidParameterValueException",
                "The value NaN for parameter MetricData.member.1.Value is invalid."
            ),
            (
                #"{"MetricName":"m","Value":1,"StorageResolution":30}"#, "InvalidParameterValueException",
                "The parameter MetricData.member.1.StorageResolution must be a value in the set [ 1, 60 ]."
            ),
            (
                #"{"MetricName":"m","Value":1,"Dimensions":[{"Name":"a","Value":"1"},{"Name":"a","Value":"2"}]}"#,
                "InvalidParameterValueException", "No metric may specify the same dimension name twice."
            ),
            (
                #"{"MetricName":"m","StatisticValues":{"SampleCount":0,"Sum":1,"Minimum":1,"Maximum":1}}"#,
                "InvalidParameterValueException",
                "The parameter MetricData.member.1.StatisticValues.SampleCount must be greater than 0."
            ),
            (
                #"{"MetricName":"m","StatisticValues":{"SampleCount":1,"Sum":1,"Minimum":2,"Maximum":1}}"#,
                "InvalidParameterValueException",
                "The parameter MetricData.member.1.StatisticValues.Maximum must be greater than "
                    + "MetricData.member.1.StatisticValues.Minimum."
            ),
            (
                #"{"MetricName":"m","Values":[1],"Counts":[-1]}"#, "InvalidParameterValueException",
                "The parameter MetricData.member.1.Counts must contain only values greater than 0."
            ),
        ])
    func messages(datum: String, code: String, message: String) throws {
        #expect(refusal(datum) == ServiceFault(code, message))
    }

    @Test("several bad data are several lines")
    func lines() {
        #expect(
            refusal(
                #"{"MetricName":"m","Value":"NaN"},{"MetricName":"m","Value":1},"#
                    + #"{"MetricName":"m","Value":"Infinity"}"#)?
                .message == "The value NaN for parameter MetricData.member.1.Value is invalid.\n"
                + "The value Infinity for parameter MetricData.member.3.Value is invalid.")
    }

    @Test("limits hold at their edges")
    func limits() throws {
        #expect(refusal(#"{"MetricName":"m","Value":\#(0x1p360)}"#) == nil)
        #expect(refusal(#"{"MetricName":"m","Values":[0.5],"Counts":[0]}"#) == nil)
        let values = Array(repeating: "1", count: 150).joined(separator: ",")
        #expect(refusal(#"{"MetricName":"m","Values":[\#(values)]}"#) == nil)
        #expect(
            refusal(#"{"MetricName":"m","Values":[\#(values),1]}"#)?.message
                == "The collection MetricData.member.1.Values must not have a size greater than 150.")
        let data = Array(repeating: #"{"MetricName":"m","Value":1}"#, count: 1_000).joined(separator: ",")
        #expect(refusal(data) == nil)
        #expect(
            refusal(#"\#(data),{"MetricName":"m","Value":1}"#)?.message
                == "The collection MetricData must not have a size greater than 1000.")
        #expect(refusal("")?.message == "At least one MetricDatum object must be present in the request.")
        #expect(
            refusal("", around: #"{"Namespace":"AWS/x","MetricData":[]}"#)?.message
                == "The value AWS/ for parameter Namespace is invalid.")
        #expect(
            refusal("", around: #"{"Namespace":"N","EntityMetricData":[{}]}"#)?.message
                == "Field StrictEntityValidation is required when setting EntityMetricData")
    }

    @Test("data of bad entities are stored when the request is not strict")
    func entities() throws {
        let around =
            #"{"Namespace":"N","StrictEntityValidation":STRICT,"EntityMetricData":[{"Entity":{"KeyAttributes":"#
            + #"{"Type":"x"}},"MetricData":[{"MetricName":"m","Value":1}]}]}"#
        let lenient = Client.cloudWatch("PutMetricData", json: around.replacing("STRICT", with: "false"))
        #expect(try read(lenient).data.map(\.entity) == [0])
        let strict = Client.cloudWatch("PutMetricData", json: around.replacing("STRICT", with: "true"))
        #expect(fault { _ = try read(strict) }?.message == "InvalidTypeValue: Unknown entity type")
    }
}
