import Glibc
import VarveJSON
import VarveWire

/// Prints what the wire protocols cost: `swift run -c release WireBenchmark`. One thread, best of eleven rounds.
@main
enum WireBenchmark {
    static func main() { run() }

    /// Outside `main`, which is bound to the main actor: closures made there would carry an executor check.
    nonisolated static func run() {
        let tablesNs = elapsedNs { _ = ServiceDirectory.builtIn.services.count }
        print("tables of \(ServiceDirectory.builtIn.services.count) services, first use: \(tablesNs / 1e6) ms")
        for shape in [
            Shape(name: "1 000 data, one value each", data: 1_000, values: 0),
            Shape(name: "100 data of 150 values", data: 100, values: 150),
        ] {
            measureReading(shape)
        }
        measureWriting()
    }

    struct Shape {
        var name: String
        var data: Int
        /// Zero: a single value.
        var values: Int
        var valueCount: Int { data * max(1, values) }
    }

    // MARK: PutMetricData

    nonisolated static func measureReading(_ shape: Shape) {
        let input = Self.input(shape)
        let requests: [(String, WireRequest)] = [
            ("form", form(shape)), ("JSON", json(input.encoded)), ("CBOR", cbor(shape)),
        ]
        print("PutMetricData, \(shape.name)")
        for (name, request) in requests {
            guard case .call(let call) = ServiceDirectory.builtIn.route(request) else { continue }
            var buffer = MetricDataBuffer()
            let rules = MetricDataRules(nowNs: 1_767_323_165_000_000_000)
            var failure: ServiceFault?
            let directNs = bestNs {
                do throws(ServiceFault) {
                    try call.metricData(of: request, rules: rules, into: &buffer)
                } catch { failure = error }
            }
            let generalNs = bestNs {
                do throws(ServiceFault) { _ = try call.input(of: request) } catch { failure = error }
            }
            if let failure { print("  \(name): \(failure.code) \(failure.message)") }
            let count = Double(buffer.valueCount)
            print(
                "  \(name), \(request.body.count) bytes: \(rounded(count / directNs * 1e3)) M values/s into columns,",
                "\(rounded(count / generalNs * 1e3)) M values/s through a tree")
        }
    }

    nonisolated static func number(_ index: Int) -> Double { Double(index * 7_919 % 100_003) / 100 }

    nonisolated static func input(_ shape: Shape) -> JSONValue {
        var index = 0
        func next() -> JSONValue {
            index += 1
            return .number(number(index))
        }
        let data = (0..<shape.data).map { row in
            var members = [
                JSONMember("MetricName", .string("Latency")),
                JSONMember(
                    "Dimensions",
                    .array([
                        .object([JSONMember("Name", .string("Host")), JSONMember("Value", .string("host-\(row)"))])
                    ])), JSONMember("Timestamp", .integer(1_767_323_045)), JSONMember("Unit", .string("Milliseconds")),
            ]
            if shape.values == 0 {
                members.append(JSONMember("Value", next()))
            } else {
                members.append(JSONMember("Values", .array((0..<shape.values).map { _ in next() })))
            }
            return JSONValue.object(members)
        }
        return .object([JSONMember("Namespace", .string("App")), JSONMember("MetricData", .array(data))])
    }

    nonisolated static func json(_ body: [UInt8]) -> WireRequest {
        WireRequest(
            method: "POST", path: "/",
            headers: [
                WireHeader("x-amz-target", "GraniteServiceVersion20100801.PutMetricData"),
                WireHeader("content-type", "application/x-amz-json-1.0"),
            ], body: body)
    }

    nonisolated static func cbor(_ shape: Shape) -> WireRequest {
        var out = CBOROutput()
        write(input(shape), name: nil, to: &out)
        return WireRequest(
            method: "POST", path: "/service/GraniteServiceVersion20100801/operation/PutMetricData",
            headers: [WireHeader("smithy-protocol", "rpc-v2-cbor"), WireHeader("content-type", "application/cbor")],
            body: out.takeBytes())
    }

    nonisolated static func write(_ value: JSONValue, name: String?, to out: inout CBOROutput) {
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
        case .integer(let number) where name == "Timestamp": out.timestamp(seconds: Double(number))
        default: out.double(value.double ?? 0)
        }
    }

    nonisolated static func form(_ shape: Shape) -> WireRequest {
        var fields = ["Action=PutMetricData", "Version=2010-08-01", "Namespace=App"]
        var index = 0
        for row in 1...shape.data {
            let datum = "MetricData.member.\(row)"
            fields += [
                "\(datum).MetricName=Latency", "\(datum).Dimensions.member.1.Name=Host",
                "\(datum).Dimensions.member.1.Value=host-\(row - 1)",
                "\(datum).Timestamp=2026-01-02T03%3A04%3A05Z", "\(datum).Unit=Milliseconds",
            ]
            for value in 1...max(1, shape.values) {
                index += 1
                fields.append("\(datum).\(shape.values == 0 ? "Value" : "Values.member.\(value)")=\(number(index))")
            }
        }
        return WireRequest(
            method: "POST", path: "/", headers: [WireHeader("content-type", "application/x-www-form-urlencoded")],
            body: Array(fields.joined(separator: "&").utf8))
    }

    // MARK: GetMetricData

    nonisolated static func measureWriting() {
        let count = 100_000
        let values = (0..<count).map(number)
        let times = (0..<count).map { 1_767_323_040 + Double($0) * 60 }
        let tree = JSONValue.object([
            JSONMember(
                "MetricDataResults",
                .array([
                    .object([
                        JSONMember("Id", .string("m")),
                        JSONMember("Timestamps", .array(times.map { .integer(Int64($0)) })),
                        JSONMember("Values", .array(values.map { .number($0) })),
                    ])
                ]))
        ])
        print("GetMetricData, \(count) points")
        let form = "Action=GetMetricData&Version=2010-08-01"
        let requests: [(String, WireRequest)] = [
            (
                "XML",
                WireRequest(
                    method: "POST", path: "/",
                    headers: [WireHeader("content-type", "application/x-www-form-urlencoded")], body: Array(form.utf8))
            ),
            (
                "JSON",
                WireRequest(
                    method: "POST", path: "/",
                    headers: [WireHeader("x-amz-target", "GraniteServiceVersion20100801.GetMetricData")])
            ),
            (
                "CBOR",
                WireRequest(
                    method: "POST", path: "/service/GraniteServiceVersion20100801/operation/GetMetricData",
                    headers: [WireHeader("smithy-protocol", "rpc-v2-cbor")])
            ),
        ]
        for (name, request) in requests {
            guard case .call(let call) = ServiceDirectory.builtIn.route(request) else { continue }
            var byteCount = 0
            let directNs = bestNs {
                byteCount =
                    call.response(requestID: "r") { out in
                        out.member("MetricDataResults")
                        out.beginList(count: 1)
                        out.beginStructure(count: 3)
                        out.member("Id", "m")
                        out.member("Timestamps")
                        out.timestamps(seconds: times)
                        out.member("Values")
                        out.doubles(values)
                        out.endStructure()
                        out.endList()
                    }.body.count
            }
            let treeNs = bestNs { byteCount = call.response(tree, requestID: "r").body.count }
            print(
                "  \(name), \(byteCount) bytes: \(rounded(directNs / 1e6)) ms from arrays,",
                "\(rounded(treeNs / 1e6)) ms from a tree")
        }
    }

    // MARK: Time

    nonisolated static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    nonisolated static func bestNs(_ body: () -> Void) -> Double {
        (0..<11).map { _ in elapsedNs(body) }.min() ?? 0
    }

    nonisolated static func elapsedNs(_ body: () -> Void) -> Double {
        let start = processorTimeNs()
        body()
        return processorTimeNs() - start
    }

    nonisolated static func processorTimeNs() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
