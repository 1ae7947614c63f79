import VarveBytes
import Glibc
import VarveJSON
import VarveWire

/// The other end of `Tools/wire-check`: reads requests as lines of JSON from standard input and says what VarveWire
/// makes of each, with the answer that it would give.
///
/// A line is `{"method", "path", "query", "headers": [[name, value]…], "body": base64, "output": {…}, "fault": [code,
/// message]}`.
@main
enum WireCheck {
    static func main() {
        while let line = readLine() {
            let answer: JSONValue
            do {
                answer = reply(to: try JSONReader.read(Array(line.utf8)))
            } catch {
                answer = .object([JSONMember("error", .string(error.description))])
            }
            print(String(decoding: answer.encoded, as: UTF8.self))
            // The other end waits for the answer before it asks again.
            fflush(nil)
        }
    }

    static func reply(to line: JSONValue) -> JSONValue {
        let request = WireRequest(
            method: line["method"]?.string ?? "", path: line["path"]?.string ?? "", query: line["query"]?.string ?? "",
            headers: (line["headers"]?.array ?? []).map { pair in
                WireHeader(pair.array?.first?.string ?? "", pair.array?.last?.string ?? "")
            }, body: Base64.decode(line["body"]?.string ?? "") ?? [])
        switch ServiceDirectory.builtIn.route(request) {
        case .answer(let answer): return described(answer, [])
        case .call(let call):
            var members = [
                JSONMember("service", .string(call.service.name)), JSONMember("operation", .string(call.operationName)),
                JSONMember("protocol", .string(call.wireProtocol.rawValue)),
            ]
            do {
                members.append(JSONMember("input", try call.decodedInput(of: request)))
                _ = try call.input(of: request)
            } catch {
                members.append(JSONMember("refusal", .array([.string(error.code), .string(error.message)])))
            }
            return described(answer(call, line), members)
        }
    }

    private static func answer(_ call: WireCall, _ line: JSONValue) -> WireResponse {
        if let fault = line["fault"]?.array {
            let wanted = call.service.fault(fault.first?.string ?? "", fault.last?.string ?? "")
            return call.response(fault: wanted, requestID: "request-1")
        }
        if case .failure(let fault) = call.target { return call.response(fault: fault, requestID: "request-1") }
        return call.response(line["output"] ?? .object([]), requestID: "request-1")
    }

    private static func described(_ answer: WireResponse, _ members: [JSONMember]) -> JSONValue {
        .object(
            members + [
                JSONMember("status", .integer(Int64(answer.status))),
                JSONMember("headers", .array(answer.headers.map { .array([.string($0.name), .string($0.value)]) })),
                JSONMember("body", .string(Base64.encode(answer.body))),
            ])
    }
}
