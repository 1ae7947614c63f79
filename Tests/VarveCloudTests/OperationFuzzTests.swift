import Testing
import VarveIO
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveWire

/// Inputs for an operation from its own table: mostly right, with now and then something that is not.
private struct HostileInput {
    let shapes: [Shape]
    var random: SplitMix64
    /// One of so many values is wrong; 0: none.
    var wrongOneOf: UInt64 = 0

    /// What operations have read as names, expressions, documents or ARNs.
    private static let words = [
        "m", "N", "a", "default", "*", "", " ", "{}", "[]", "null", "{\"a\":[{\"b\":1}]}", "SUM(METRICS())", "a+a",
        "ANOMALY_DETECTION_BAND(a, 2)", "SELECT AVG(m) FROM N", "SEARCH('{N} m', 'Sum', 60)", "p99.9", "TM(10%:90%)",
        "PR(1:", "${AVG}${LABEL}", "ALARM(m) AND NOT OK(n)", "rate(5 minutes)", "cron(0 12 * * ? *)", "us-east-1",
        "arn:aws:cloudwatch:us-east-1:000000000000:alarm:m", "arn:aws:events:us-east-1:000000000000:event-bus/default",
        "arn:aws:sns:us-east-1:000000000000:t", "+0100", "PT3H", "999999999999", "é中\u{0}\u{7f}", "a\nb",
        "{\"source\":[\"x\"]}", "{\"widgets\":[]}", "((((((((((",
    ]

    private mutating func chance(_ one: UInt64) -> Bool { one > 0 && random.next() % one == 0 }

    mutating func value(_ shape: Shape, depth: Int = 0) -> JSONValue {
        if depth > 0, chance(wrongOneOf) { return wrong(shape) }
        switch shape.kind {
        case .structure:
            var members: [JSONMember] = []
            for member in shape.members {
                let isThere = member.isRequired ? !chance(wrongOneOf) : depth < 7 && chance(2)
                if isThere { members.append(JSONMember(member.name, value(shapes[member.shape], depth: depth + 1))) }
            }
            return .object(members)
        case .list:
            let low = min(shape.minimum ?? 0, 5)
            let count = low + Int64(random.next() % 3)
            return .array((0..<count).map { _ in value(shapes[shape.element], depth: depth + 1) })
        case .map:
            let keys = Set((0..<(random.next() % 3)).map { _ in Self.words[Int(random.next() % 8)] })
            return .object(keys.sorted().map { JSONMember($0, value(shapes[shape.element], depth: depth + 1)) })
        case .string: return .string(text(shape))
        case .integer, .long:
            let choices: [Int64] = [shape.minimum ?? 1, shape.maximum ?? 60, 60, 300, 1, 3_600]
            return .integer(choices[Int(random.next() % 6)])
        case .double, .float: return .number([0, 1, -2.5, 1e30, 0x1p-1074][Int(random.next() % 5)])
        case .boolean: return .bool(chance(2))
        case .timestamp: return .integer(CloudWorld.start + Int64(random.next() % 20_000) - 15_000)
        case .blob: return .string("AAEC")
        }
    }

    private mutating func text(_ shape: Shape) -> String {
        if !shape.enumValues.isEmpty { return shape.enumValues[Int(random.next() % UInt64(shape.enumValues.count))] }
        // Half of the time a name that things of other calls have.
        return Self.words[Int(random.next() % (chance(2) ? 4 : UInt64(Self.words.count)))]
    }

    /// Beyond bounds, of another type, very deep, very long.
    private mutating func wrong(_ shape: Shape) -> JSONValue {
        switch random.next() % 12 {
        case 0: return .null
        case 1: return .integer(.min)
        case 2: return .integer(.max)
        case 3: return .number(1.797e308)
        case 4: return .string("NaN")
        case 5: return .string(String(repeating: "x", count: 3_000))
        case 6: return .array([])
        case 7: return .object([])
        case 8: return .integer((shape.minimum ?? 0) - 1)
        case 9: return .array((0..<600).map { .integer($0) })
        case 10:
            return (0..<40).reduce(JSONValue.string("deep")) { inner, _ in
                .array([.object([JSONMember("a", inner)])])
            }
        default: return .string(Self.words[Int(random.next() % UInt64(Self.words.count))])
        }
    }
}

@Suite("Operations with any input") struct OperationFuzzTests {
    /// Names of operations in an order that is the same each time.
    private func names(_ service: ServiceTable) -> [String] { service.operations.keys.sorted() }

    private func fuzz(_ name: String, seed: UInt64, rounds: Int) throws {
        let service = try #require(ServiceDirectory.builtIn.service(named: name))
        let world = try CloudWorld()
        try world.put(1)
        var input = HostileInput(shapes: service.shapes, random: SplitMix64(seed: seed))
        var accepted = 0
        for round in 0..<rounds {
            for operation in names(service) {
                // A third is right as far as the table says.
                input.wrongOneOf = [0, 12, 4][round % 3]
                let table = try #require(service.operations[operation])
                let value = table.input.map { input.value(service.shapes[$0]) } ?? .object([])
                let start = LinuxClock().monotonicNs()
                let response = world.send(
                    WireRequest(
                        method: "POST", path: "/",
                        headers: [
                            WireHeader("x-amz-target", "\(service.targetPrefix).\(operation)"),
                            WireHeader("content-type", "application/x-amz-json-\(service.jsonVersion)"),
                        ], body: value.encoded))
                let seconds = Double(LinuxClock().monotonicNs() - start) / 1e9
                let note = "seed \(seed), round \(round), \(operation)"
                #expect(
                    (200..<500).contains(response.status) || response.status == 501,
                    "\(note): \(String(decoding: response.body.prefix(300), as: UTF8.self)) of \(value)")
                #expect(seconds < 10, "\(note) took \(seconds) s")
                if response.status == 200 { accepted += 1 }
            }
        }
        #expect(accepted > rounds, "seed \(seed): only \(accepted) were taken")
    }

    @Test("no input of a CloudWatch operation makes the server fail", arguments: [UInt64(71), 72])
    func cloudWatch(seed: UInt64) throws { try fuzz("cloudwatch", seed: seed, rounds: 6) }

    @Test("no input of an EventBridge operation makes the server fail", arguments: [UInt64(81), 82])
    func events(seed: UInt64) throws { try fuzz("events", seed: seed, rounds: 6) }

    @Test("bytes that are no document are refused in every protocol", arguments: [UInt64(91)])
    func bytes(seed: UInt64) throws {
        let world = try CloudWorld()
        var random = SplitMix64(seed: seed)
        let heads: [(String, [WireHeader])] = [
            ("/", [WireHeader("content-type", "application/x-www-form-urlencoded")]),
            (
                "/",
                [
                    WireHeader("x-amz-target", "GraniteServiceVersion20100801.PutMetricAlarm"),
                    WireHeader("content-type", "application/x-amz-json-1.0"),
                ]
            ),
            (
                "/service/GraniteServiceVersion20100801/operation/PutMetricData",
                [WireHeader("smithy-protocol", "rpc-v2-cbor"), WireHeader("content-type", "application/cbor")]
            ),
        ]
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        for round in 0..<60 {
            let noise = (0..<(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            // 0x81: a list of one element, in CBOR.
            let body = round == 0 ? deep : round == 1 ? [UInt8](repeating: 0x81, count: 100_000) : noise
            for (path, headers) in heads {
                let response = world.send(WireRequest(method: "POST", path: path, headers: headers, body: body))
                #expect((400..<500).contains(response.status), "seed \(seed), round \(round): \(response.status)")
            }
        }
    }
}
