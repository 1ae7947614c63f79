import Testing
import VarveJSON

@testable import VarveWire

@Suite("Requests") struct InputTests {
    /// The test vector of the specification in the common form, members in the order of the model.
    private let vector = #"""
        {"Namespace": "App", "MetricData": [{"MetricName": "Latency", "Dimensions": [{"Name": "Host", "Value": "a"}],
        "Timestamp": 1767323045, "Values": [1.5, 2.0], "Counts": [3.0, 1.0], "Unit": "Milliseconds"}]}
        """#

    private func input(_ request: WireRequest) throws -> JSONValue { try Client.call(request).input(of: request) }

    @Test("one request in three protocols is the same input")
    func vectors() throws {
        let form = """
            Action=PutMetricData&Version=2010-08-01&Namespace=App&MetricData.member.1.MetricName=Latency&\
            MetricData.member.1.Dimensions.member.1.Name=Host&MetricData.member.1.Dimensions.member.1.Value=a&\
            MetricData.member.1.Timestamp=2026-01-02T03%3A04%3A05Z&MetricData.member.1.Values.member.1=1.5&\
            MetricData.member.1.Values.member.2=2.0&MetricData.member.1.Counts.member.1=3.0&\
            MetricData.member.1.Counts.member.2=1.0&MetricData.member.1.Unit=Milliseconds
            """
        let cbor = bytes(
            hex: """
                a2694e616d657370616365634170706a4d65747269634461746181a66a4d65747269634e616d65674c6174656e6379
                6a44696d656e73696f6e7381a2644e616d6564486f73746556616c756561616954696d657374616d70c11a695735a5
                6656616c75657382fb3ff8000000000000fb400000000000000066436f756e747382fb4008000000000000
                fb3ff000000000000064556e69746c4d696c6c697365636f6e6473
                """)
        let expected = try value(vector)
        #expect(try input(Client.form(form)) == expected)
        #expect(try input(Client.cloudWatch("PutMetricData", json: vector)) == expected)
        #expect(try input(Client.cbor("PutMetricData", cbor)) == expected)
    }

    @Test("a form as the published client writes it")
    func publishedForm() throws {
        let form = """
            Action=GetMetricData&Version=2010-08-01&StartTime=2026-01-02T03%3A04%3A05Z&\
            EndTime=2026-01-02T04%3A00%3A00.500000Z&LabelOptions.Timezone=%2B0100&MetricDataQueries.member.1.Id=m1&\
            MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=Host&\
            MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=a%26b%3Dc+d%2B%C3%A9&\
            MetricDataQueries.member.1.MetricStat.Period=60&MetricDataQueries.member.1.MetricStat.Stat=p99.9&\
            MetricDataQueries.member.1.ReturnData=false&MetricDataQueries.member.2.Id=e1&\
            MetricDataQueries.member.2.Expression=m1%2A2&MetricDataQueries.member.2.Label=
            """
        let read = try input(Client.form(form))
        #expect(
            try read
                == value(
                    #"""
                    {"MetricDataQueries": [{"Id": "m1", "MetricStat": {"Metric": {"Dimensions": [{"Name": "Host",
                    "Value": "a&b=c d+é"}]}, "Period": 60, "Stat": "p99.9"}, "ReturnData": false},
                    {"Id": "e1", "Expression": "m1*2",
                    "Label": ""}], "StartTime": 1767323045,
                    "EndTime": 1767326400.5, "LabelOptions": {"Timezone": "+0100"}}
                    """#))
    }

    @Test("lists of a form may have gaps, any order, large indices and no end marker")
    func formLists() throws {
        func names(_ fields: String) throws -> JSONValue? {
            try input(Client.form("Action=DescribeAlarms&Version=2010-08-01&\(fields)"))["AlarmNames"]
        }
        let expected = JSONValue.array([.string("a"), .string("b")])
        #expect(try names("AlarmNames.member.7=b&AlarmNames.member.2=a") == expected)
        #expect(try names("AlarmNames.member.999999999=b&AlarmNames.member.1=a") == expected)
        #expect(try names("AlarmNames.1=a&AlarmNames.2=b") == expected)
        #expect(try names("AlarmNames=") == .array([]))
        #expect(try names("Other=1") == nil)
        for fields in [
            "AlarmNames.member.x=1", "AlarmNames.member.9999999999=1", "AlarmNames.member.-1=1",
            "AlarmNames.member.1.Name=1", "AlarmNames.member.1=a&AlarmNames.member.1=b",
            "A" + String(repeating: ".a", count: 40) + "=1", "MaxRecords=ten", "MaxRecords=99999999999",
        ] {
            #expect(fault { _ = try names(fields) }?.code == "MalformedInput", "\(fields)")
        }
        #expect(fault { _ = try names("AlarmNames.member.1=%zz") }?.code == "MalformedQueryString")
        #expect(fault { _ = try names("AlarmNames.member.1=%ff") }?.code == "MalformedQueryString")
    }

    @Test("maps of a form are entries with key and value")
    func formMaps() throws {
        let form = """
            Action=PutMetricData&Version=2010-08-01&Namespace=A&StrictEntityValidation=true&\
            EntityMetricData.member.1.Entity.KeyAttributes.entry.1.key=Type&\
            EntityMetricData.member.1.Entity.KeyAttributes.entry.1.value=Service
            """
        let read = try input(Client.form(form))
        #expect(
            read["EntityMetricData"]?.array?.first?["Entity"]
                == .object([JSONMember("KeyAttributes", .object([JSONMember("Type", .string("Service"))]))]))
        let half = form.replacing(".value=Service", with: ".other=Service")
        #expect(fault { _ = try input(Client.form(half)) }?.code == "MalformedInput")
    }

    @Test("JSON and CBOR leave out nulls and unknown members, and take numbers of any width")
    func leniency() throws {
        let json = #"{"Namespace": "A", "Other": {"deep": [1]}, "MetricData": null}"#
        #expect(try input(Client.cloudWatch("PutMetricData", json: json)) == value(#"{"Namespace": "A"}"#))
        // {_ "Namespace": (_ "A", "b"), "X": [_ 1, {}], "MetricData": [_ {"MetricName": "m", "Value": 1.5 (half),
        // "Timestamp": 1(1.0 single), "StorageResolution": 60.0}]}
        let cbor = bytes(
            hex: """
                bf 69 4e616d657370616365 7f 61 41 61 62 ff 61 58 9f 01 a0 ff 6a 4d65747269634461746 1 9f bf
                6a 4d65747269634e616d65 61 6d 65 56616c7565 f93e00 69 54696d657374616d70 c1 fa3f800000
                71 53746f726167655265736f6c7574696f6e fb404e000000000000 ff ff ff
                """)
        #expect(
            try input(Client.cbor("PutMetricData", cbor))
                == value(
                    #"""
                    {"Namespace": "Ab", "MetricData": [{"MetricName": "m", "Timestamp": 1, "Value": 1.5,
                    "StorageResolution": 60}]}
                    """#))
        #expect(try input(Client.cbor("ListMetrics", [])) == .object([]))
        #expect(try input(Client.cloudWatch("ListMetrics", json: "")) == .object([]))
    }

    @Test("values of another type are refused with their place")
    func types() throws {
        for (json, place) in [
            (#"{"Namespace": 1}"#, "Namespace"), (#"{"Namespace": "A", "MetricData": {}}"#, "MetricData"),
            (#"{"MetricData": [{"MetricName": "a", "Value": "x"}]}"#, "MetricData.member.1.Value"),
            (#"{"MetricData": [{"Timestamp": "yesterday"}]}"#, "MetricData.member.1.Timestamp"),
            (#"{"MetricData": [{"StorageResolution": 1.5}]}"#, "MetricData.member.1.StorageResolution"),
            (#"{"MetricData": [{"StorageResolution": 3000000000}]}"#, "MetricData.member.1.StorageResolution"),
            (#"{"StrictEntityValidation": "true"}"#, "StrictEntityValidation"), ("[]", "the request"),
        ] {
            let found = fault { _ = try input(Client.cloudWatch("PutMetricData", json: json)) }
            #expect(found?.code == "SerializationException", "\(json)")
            #expect(found?.message.hasPrefix("The value of \(place) is no ") == true, "\(found?.message ?? "-")")
        }
        for body in ["{", "nul", "{\"a\": 1, \"a\": 2}"] {
            #expect(
                fault { _ = try input(Client.cloudWatch("ListMetrics", json: body)) }?.code == "SerializationException")
        }
    }

    @Test("CBOR that lies about lengths, nests too deep or ends early is refused without taking memory")
    func hostileCBOR() throws {
        for hex in [
            "bb7fffffffffffffff", "a1694e616d6573706163657b7fffffffffffffff41", "9b00000000ffffffff", "a1", "bf",
            "ff", "a169", "1c", "a1 61 41 5f 61 41 ff", "a0 00", "df", "f8", "a1 01 02", "a2 61 41 01 61 41",
            "a2 694e616d657370616365 61 41 694e616d657370616365 61 41",
        ] {
            let found = fault { _ = try input(Client.cbor("PutMetricData", bytes(hex: hex))) }
            #expect(found?.code == "SerializationException", "\(hex)")
        }
        let deep = bytes(hex: "a1 61 41") + [UInt8](repeating: 0x81, count: 100_000) + [0]
        #expect(fault { _ = try input(Client.cbor("PutMetricData", deep)) }?.code == "SerializationException")
        let tags = bytes(hex: "a1 61 41") + [UInt8](repeating: 0xc1, count: 100_000) + [0]
        #expect(fault { _ = try input(Client.cbor("PutMetricData", tags)) }?.code == "SerializationException")
    }

    @Test("rest-json takes members from labels, query, headers and body")
    func rest() throws {
        let directory = try restDirectory()
        var request = WireRequest(
            method: "GET", path: "/v1/things/a%2Fb%20c",
            query: "kind=x&kind=y+z&maxResults=5&since=2026-01-02T03:04:05Z",
            headers: [WireHeader("x-mark", "m")])
        let expected = #"""
            {"thingIdentifier": "a/b c", "kinds": ["x", "y z"], "maxResults": 5, "since": 1767323045, "mark": "m"}
            """#
        #expect(try Client.call(request, in: directory).input(of: request) == value(expected))
        request.query = "maxResults=x"
        #expect(throws: ServiceFault.self) { try Client.call(request, in: directory).input(of: request) }
        let put = WireRequest(
            method: "PUT", path: "/v1/things/t/parts/x/y", body: Array(#"{"title": "T", "identifiers": ["i"]}"#.utf8))
        #expect(
            try Client.call(put, in: directory).input(of: put)
                == value(#"{"thingIdentifier": "t", "rest": "x/y", "title": "T", "ids": ["i"]}"#))
    }
}
