import VarveJSON
import VarveWire

/// libFuzzer's entry: the first byte chooses a protocol, two more an operation, the rest is the body of a request. It
/// is decoded by the operation's table, and PutMetricData also straight into columns; what is refused must be answered
/// in the form of its protocol. Any trap, address error or broken demand is a finding.
@c(LLVMFuzzerTestOneInput)
public func fuzzWire(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard input.count >= 3, let request = request(input[0], Int(input[1]) << 8 | Int(input[2]), input[3...]) else {
        return 0
    }
    guard case .call(let call) = ServiceDirectory.builtIn.route(request) else { return 0 }
    if call.operationName == "PutMetricData" { readColumns(call, request) }
    do throws(ServiceFault) {
        _ = try call.input(of: request)
    } catch {
        precondition((400..<500).contains(error.status), "a request that cannot be read is the sender's fault")
        let answer = call.response(fault: error, requestID: "request-1")
        precondition(answer.status >= 400, "a refusal with the status of a success")
        guard call.wireProtocol == .json else { return 0 }
        precondition((try? JSONReader.read(answer.body)) != nil, "a refusal is no JSON")
    }
    return 0
}

private func readColumns(_ call: WireCall, _ request: WireRequest) {
    var data = MetricDataBuffer()
    let rules = MetricDataRules(nowNs: 1_700_000_000_000_000_000)
    let isTaken = (try? call.metricData(of: request, rules: rules, into: &data)) != nil
    let general = try? call.metricDataWithoutScan(of: request, rules: rules)
    precondition(isTaken == (general != nil), "taken one way and refused the other")
    guard let general else { return }
    precondition(data.values.allSatisfy(\.isFinite), "a value is not finite")
    precondition(texts(data) == texts(general), "other names, times or units")
    precondition(data.values.map(\.bitPattern) == general.values.map(\.bitPattern), "other values")
    precondition(data.counts.map(\.bitPattern) == general.counts.map(\.bitPattern), "other counts")
}

/// Everything of the columns but their numbers.
private func texts(_ data: MetricDataBuffer) -> [String] {
    data.data.reduce(into: [data.string(data.namespace)]) { texts, datum in
        texts.append("\(datum.timestampNs ?? -1) \(datum.form) \(datum.storageResolution) \(datum.entity ?? -1)")
        texts += [
            data.string(datum.name), String(describing: datum.unit), "\(datum.values.count) \(datum.counts.count)",
        ]
        for dimension in data.dimensions[datum.dimensions] {
            texts += [data.string(dimension.name), data.string(dimension.value)]
        }
    }
}

/// Operations of all tables, in an order that does not change between runs.
private let operations: [(service: ServiceTable, name: String)] = ServiceDirectory.builtIn.services.flatMap { service in
    service.operations.keys.sorted().map { (service, $0) }
}

private func request(_ choice: UInt8, _ number: Int, _ body: ArraySlice<UInt8>) -> WireRequest? {
    // Every second one is the operation with a way of its own.
    let asked = number & 1 == 0 ? "PutMetricData" : nil
    let all = operations.filter { asked == nil || $0.name == asked }
    let (service, name) = all[number / 2 % all.count]
    switch choice % 4 {
    case 0:
        return WireRequest(
            method: "POST", path: "/service/\(service.targetPrefix)/operation/\(name)",
            headers: [WireHeader("smithy-protocol", "rpc-v2-cbor"), WireHeader("content-type", "application/cbor")],
            body: Array(body))
    case 1:
        return WireRequest(
            method: "POST", path: "/",
            headers: [
                WireHeader("x-amz-target", "\(service.targetPrefix).\(name)"),
                WireHeader("content-type", "application/x-amz-json-\(service.jsonVersion)"),
            ], body: Array(body))
    case 2:
        let form = Array("Action=\(name)&Version=\(service.apiVersion)&".utf8) + body
        return WireRequest(
            method: "POST", path: "/", headers: [WireHeader("content-type", "application/x-www-form-urlencoded")],
            body: form)
    default:
        let query = "Action=\(name)&Version=\(service.apiVersion)&" + String(decoding: body, as: UTF8.self)
        return WireRequest(method: "GET", path: "/", query: query, headers: [WireHeader("host", "h")])
    }
}
