import Testing
import VarveJSON
import VarveTestKit

@Suite struct JSONTests {
    private static let accepted: [(String, JSONValue)] = [
        ("null", .null), (" true ", .bool(true)), ("false", .bool(false)), ("0", .integer(0)), ("-0.0", .number(-0.0)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1e3", .number(1_000)), ("0.1", .number(0.1)),
        ("\"\"", .string("")), (#""\u00e9\ud83d\ude00\n\/\b\f\r\t\\\"""#, .string("é😀\n/\u{8}\u{c}\r\t\\\"")),
        (#""\u0000""#, .string("\0")), ("[]", .array([])),
        ("[1,[2],{}]", .array([.integer(1), .array([.integer(2)]), .object([])])),
        (#"{"a":1,"b":{"c":[]}}"#, .object([.init("a", .integer(1)), .init("b", .object([.init("c", .array([]))]))])),
    ]

    @Test("valid documents read as RFC 8259 says", arguments: accepted)
    func accepts(text: String, value: JSONValue) throws {
        #expect(try JSONReader.read(Array(text.utf8)) == value)
    }

    @Test(
        "everything else is refused with the offset of the fault",
        arguments: [
            ("", 0), ("nul", 0), ("nullx", 4), ("[1,]", 3), ("[1 2]", 3), ("{\"a\"1}", 4), ("{a:1}", 1),
            ("{\"a\":1,}", 7),
            ("{\"a\":1,\"a\":2}", 7), ("01", 1), ("-", 1), ("1.", 2), (".5", 0), ("1e", 2), ("+1", 0), ("1e999", 0),
            ("\"a", 0), ("\"\u{1}\"", 1), ("\"\\x\"", 2), ("\"\\ud800\"", 3), ("\"\\udc00\"", 3), ("\"\\u12g4\"", 5),
            ("NaN", 0), ("[", 1), ("{", 1), ("\"\\", 2), ("[]]", 2), ("/*c*/1", 0), ("'a'", 0),
        ])
    func refuses(text: String, offset: Int) {
        #expect { try JSONReader.read(Array(text.utf8)) } throws: { ($0 as? JSONError)?.offset == offset }
    }

    @Test("bytes that are not UTF-8 are refused")
    func refusesInvalidUTF8() {
        #expect(throws: JSONError(offset: 0, reason: "string is not valid UTF-8")) {
            try JSONReader.read([0x22, 0xff, 0x22])
        }
    }

    @Test("nesting is limited, so that hostile documents cannot exhaust the stack")
    func limitsDepth() throws {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONError(offset: 65, reason: "more than 64 levels of nesting")) { try JSONReader.read(deep) }
        let allowed =
            [UInt8](repeating: UInt8(ascii: "["), count: 64) + [UInt8](repeating: UInt8(ascii: "]"), count: 64)
        #expect(throws: Never.self) { try JSONReader.read(allowed) }
    }

    @Test("non-finite numbers are written as null")
    func writesNonFinite() {
        var writer = JSONWriter()
        writer.beginArray()
        for value in [Double.nan, .infinity, -.infinity, 1.5] { writer.number(value) }
        writer.endArray()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "[null,null,null,1.5]")
    }

    @Test("what is written reads back as the same tree", arguments: UInt64(0)..<100)
    func roundTrips(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let value = Self.randomValue(depth: 5, &random)
        #expect(try JSONReader.read(value.encoded) == value)
    }

    @Test("damaged documents are refused or read, never fatal", arguments: UInt64(0)..<50)
    func survivesDamage(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = Self.randomValue(depth: 5, &random).encoded
        for _ in 0..<50 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) where !damaged.isEmpty {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: damaged[place] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged.remove(at: place)
                default: damaged.removeSubrange(place...)
                }
            }
            if let value = try? JSONReader.read(damaged) { #expect((try? JSONReader.read(value.encoded)) == value) }
        }
    }

    private static func randomValue(depth: Int, _ random: inout SplitMix64) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
        case 3: return .number(randomDouble(&random))
        case 4: return .string(randomString(&random))
        case 5:
            return .array(
                (0..<Int.random(in: 0..<5, using: &random)).map { _ in randomValue(depth: depth - 1, &random) })
        default:
            return .object(
                (0..<Int.random(in: 0..<5, using: &random)).map {
                    JSONMember("\($0)" + randomString(&random), randomValue(depth: depth - 1, &random))
                })
        }
    }

    /// Finite and not whole: whole doubles below 2^63 are written with ".0" and come back as `.number` too.
    private static func randomDouble(_ random: inout SplitMix64) -> Double {
        let value = Double(bitPattern: random.next())
        return value.isFinite ? value : 0.5
    }

    private static func randomString(_ random: inout SplitMix64) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            let code = UInt32.random(in: 0..<(Bool.random(using: &random) ? 0x80 : 0x11_0000), using: &random)
            if let scalar = Unicode.Scalar(code) { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}
