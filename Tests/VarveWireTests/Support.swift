import VarveJSON

@testable import VarveWire

/// Small seeded generator (Steele, Lea, Flood 2014).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A table with the bindings that no service of the built-in tables has.
let restTableText = #"""
    V name=advisor signing=advisor id=Advisor version=2022-09-15 protocols=rest-json
    O GetThing in=GetThingRequest out=GetThingResponse http=GET/v1/things/{thingIdentifier}:200 err=ThrottlingException
    O PutThing in=PutThingRequest http=PUT/v1/things/{thingIdentifier}/parts/{rest+}:201
    S GetThingRequest thingIdentifier*:Name:u kinds:Names:q:w=kind\#
     maxResults:Limit:q since:Time:q:w=since mark:Name:h:w=X-Mark
    S GetThingResponse thing:Name:w=theThing count:Limit
    S PutThingRequest thingIdentifier*:Name:u rest*:Name:u title:Name ids:Names:w=identifiers
    F ThrottlingException code=ThrottlingException status=429 message:Name
    s Name 1..64
    L Names Name
    i Limit 1..200
    t Time format=iso8601
    """#

func restDirectory() throws -> ServiceDirectory {
    ServiceDirectory(services: try [TableParser.parse(restTableText)])
}

/// Requests as clients write them.
enum Client {
    static func call(_ request: WireRequest, in directory: ServiceDirectory = .builtIn) throws -> WireCall {
        switch directory.route(request) {
        case .call(let call): return call
        case .answer(let answer): throw Unrouted(answer: answer)
        }
    }

    struct Unrouted: Error { var answer: WireResponse }

    static func form(_ body: String) -> WireRequest {
        WireRequest(
            method: "POST", path: "/",
            headers: [WireHeader("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
            body: Array(body.utf8))
    }

    static func json(_ target: String, _ body: String, queryMode: Bool = false) -> WireRequest {
        let mode = queryMode ? [WireHeader("x-amzn-query-mode", "true")] : []
        return WireRequest(
            method: "POST", path: "/",
            headers: [WireHeader("content-type", "application/x-amz-json-1.0"), WireHeader("x-amz-target", target)]
                + mode, body: Array(body.utf8))
    }

    static func cloudWatch(_ operation: String, json: String, queryMode: Bool = false) -> WireRequest {
        self.json("GraniteServiceVersion20100801.\(operation)", json, queryMode: queryMode)
    }

    static func cbor(_ operation: String, _ body: [UInt8], queryMode: Bool = false) -> WireRequest {
        let mode = queryMode ? [WireHeader("x-amzn-query-mode", "true")] : []
        return WireRequest(
            method: "POST", path: "/service/GraniteServiceVersion20100801/operation/\(operation)",
            headers: [WireHeader("smithy-protocol", "rpc-v2-cbor"), WireHeader("content-type", "application/cbor")]
                + mode, body: body)
    }
}

extension WireResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

func bytes(hex: String) -> [UInt8] {
    var digits = hex.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)[...]
    var bytes: [UInt8] = []
    while let high = digits.popFirst(), let low = digits.popFirst() { bytes.append(UInt8(high << 4 | low)) }
    return bytes
}

/// The fault that a body throws.
func fault(_ body: () throws -> Void) -> ServiceFault? {
    do {
        try body()
        return nil
    } catch {
        return error as? ServiceFault
    }
}

func value(_ json: String) throws -> JSONValue { try JSONReader.read(Array(json.utf8)) }
