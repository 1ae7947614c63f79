import VarveJSON
import VarveWire

/// An input, as JSON or as fields of a form.
enum RequestInput {
    case text(String)
    case both(json: String, form: String)

    var json: String {
        switch self {
        case .text(let json), .both(let json, _): json
        }
    }

    var form: String {
        switch self {
        case .text: ""
        case .both(_, let form): form
        }
    }
}

/// A wire protocol, with heads and bodies as its clients send them.
enum WireForm: String, CaseIterable, CustomStringConvertible {
    case form, json, cbor

    var description: String { rawValue }

    func request(_ operation: String, _ input: RequestInput) -> WireRequest {
        switch self {
        case .form:
            return WireRequest(
                method: "POST", path: "/", headers: [WireHeader("content-type", "application/x-www-form-urlencoded")],
                body: Array("Action=\(operation)&Version=2010-08-01&\(input.form)".utf8))
        case .json:
            // As botocore: a space behind every comma and colon.
            return WireRequest(
                method: "POST", path: "/",
                headers: [
                    WireHeader("x-amz-target", "GraniteServiceVersion20100801.\(operation)"),
                    WireHeader("content-type", "application/x-amz-json-1.0"), WireHeader("x-amzn-query-mode", "true"),
                ], body: Array(input.json.utf8))
        case .cbor:
            var out = CBOROutput()
            if let value = try? JSONReader.read(Array(input.json.utf8)) { Self.write(value, name: nil, to: &out) }
            return WireRequest(
                method: "POST", path: "/service/GraniteServiceVersion20100801/operation/\(operation)",
                headers: [
                    WireHeader("smithy-protocol", "rpc-v2-cbor"), WireHeader("content-type", "application/cbor"),
                ], body: out.takeBytes())
        }
    }

    private static func write(_ value: JSONValue, name: String?, to out: inout CBOROutput) {
        switch value {
        case .object(let members):
            out.beginStructure(count: members.count)
            for member in members {
                out.member(member.name)
                write(member.value, name: member.name, to: &out)
            }
            out.endStructure()
        case .array(let elements):
            out.beginList(count: elements.count)
            for element in elements { write(element, name: nil, to: &out) }
            out.endList()
        case .string(let text): out.string(text)
        case .integer(let number) where name?.hasPrefix("Time") ?? false || name?.hasSuffix("Time") ?? false:
            out.timestamp(seconds: Double(number))
        case .integer(let number) where name == "Period": out.integer(number)
        case .bool(let flag): out.boolean(flag)
        default: out.double(value.double ?? 0)
        }
    }
}

/// One way to send a thousand values.
struct PutShape {
    let name: String
    let dataCount: Int
    /// Of one datum; 1 stands for a single value.
    let valuesEach: Int
    let hasCounts: Bool

    var valueCount: Int { dataCount * valuesEach }

    static let all = [
        PutShape(name: "1 000 data of one value", dataCount: 1_000, valuesEach: 1, hasCounts: false),
        PutShape(name: "10 data of 100 values", dataCount: 10, valuesEach: 100, hasCounts: false),
        PutShape(name: "10 data of 100 values with counts", dataCount: 10, valuesEach: 100, hasCounts: true),
    ]

    func input(seconds: Int64) -> RequestInput {
        var data: [String] = []
        var fields = ["Namespace=Bench"]
        var number = 0
        for row in 1...dataCount {
            let values = (0..<valuesEach).map { _ in
                number += 1
                return "\(Double(number * 7_919 % 100_003) / 100)"
            }
            let counts = hasCounts ? (0..<valuesEach).map { "\($0 % 3 + 1).0" } : []
            data.append(json(row, values, counts, seconds))
            fields += form(row, values, counts, seconds)
        }
        return .both(
            json: #"{"Namespace": "Bench", "MetricData": [\#(data.joined(separator: ", "))]}"#,
            form: fields.joined(separator: "&"))
    }

    private func json(_ row: Int, _ values: [String], _ counts: [String], _ seconds: Int64) -> String {
        var text =
            #"{"MetricName": "Latency", "Dimensions": [{"Name": "Host", "Value": "host-\#(row)"}], "#
            + #""Timestamp": \#(seconds), "#
        if valuesEach == 1 {
            text += #""Value": \#(values[0]), "#
        } else {
            text += #""Values": [\#(values.joined(separator: ", "))], "#
        }
        if hasCounts { text += #""Counts": [\#(counts.joined(separator: ", "))], "# }
        return text + #""Unit": "Milliseconds"}"#
    }

    private func form(_ row: Int, _ values: [String], _ counts: [String], _ seconds: Int64) -> [String] {
        let place = "MetricData.member.\(row)"
        var fields = [
            "\(place).MetricName=Latency", "\(place).Dimensions.member.1.Name=Host",
            "\(place).Dimensions.member.1.Value=host-\(row)", "\(place).Timestamp=\(seconds)",
        ]
        if valuesEach == 1 {
            fields.append("\(place).Value=\(values[0])")
        } else {
            for (index, value) in values.enumerated() { fields.append("\(place).Values.member.\(index + 1)=\(value)") }
        }
        for (index, count) in counts.enumerated() { fields.append("\(place).Counts.member.\(index + 1)=\(count)") }
        return fields + ["\(place).Unit=Milliseconds"]
    }
}

/// Questions about the series that the benchmark wrote.
struct Question {
    let start: Int64
    let end: Int64

    var metricData: RequestInput {
        .both(
            json: #"{"MetricDataQueries": [{"Id": "m1", "MetricStat": {"Metric": {"Namespace": "One", "#
                + #""MetricName": "cpu", "Dimensions": [{"Name": "Host", "Value": "one"}]}, "Period": 60, "#
                + #""Stat": "Average"}, "ReturnData": true}], "StartTime": \#(start), "EndTime": \#(end)}"#,
            form: "MetricDataQueries.member.1.Id=m1&MetricDataQueries.member.1.MetricStat.Metric.Namespace=One"
                + "&MetricDataQueries.member.1.MetricStat.Metric.MetricName=cpu"
                + "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=Host"
                + "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=one"
                + "&MetricDataQueries.member.1.MetricStat.Period=60&MetricDataQueries.member.1.MetricStat.Stat=Average"
                + "&StartTime=\(start)&EndTime=\(end)")
    }

    var statistics: RequestInput {
        .text(
            #"{"Namespace": "One", "MetricName": "cpu", "Dimensions": [{"Name": "Host", "Value": "one"}], "#
                + #""Period": 60, "Statistics": ["Average"], "StartTime": \#(start), "EndTime": \#(end)}"#)
    }
}
