import Testing
import VarveJSON

@testable import VarveWire

@Suite("Values on the wire") struct ValueTests {
    private func time(_ text: String) -> Double? { WireTime.parse(Array(text.utf8)) }

    @Test("timestamps are read in every form that clients send")
    func times() {
        // 2026-01-02T03:04:05Z is 1 767 323 045 s, as the test vector of the specification has it.
        for text in [
            "2026-01-02T03:04:05Z", "2026-01-02T03:04:05", "2026-01-02T04:04:05+01:00", "2026-01-02T02:34:05-0030",
            "2026-01-02 03:04:05Z", "1767323045", "1767323045.0", "1.767323045e9", "Fri, 02 Jan 2026 03:04:05 GMT",
        ] {
            #expect(time(text) == 1_767_323_045, "\(text)")
        }
        #expect(time("2026-01-02T03:04:05.500000Z") == 1_767_323_045.5)
        #expect(time("2026-01-02T03:04Z") == 1_767_323_040)
        #expect(time("2026-01-02") == 1_767_312_000)
        #expect(time("1969-12-31T23:59:59Z") == -1)
        #expect(time("-1.5") == -1.5)
    }

    @Test("other texts are no timestamps")
    func noTimes() {
        for text in [
            "", "x", "2026", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-02T24:00:00Z",
            "2026-01-02T03:04:05X",
            "2026-01-02T03:04:05.Z", "NaN", "Infinity", "1e300", "2026-01-02T03:04:05+",
            "Fri, 02 Jxx 2026 03:04:05 GMT", "Z,",
        ] where text != "2026" {
            #expect(time(text) == nil, "\(text)")
        }
    }

    @Test("timestamps are written with milliseconds where they have some")
    func writing() {
        func text(_ seconds: Double) -> String {
            var bytes: [UInt8] = []
            WireTime.appendISO8601(seconds, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(text(1_767_323_045) == "2026-01-02T03:04:05Z")
        #expect(text(1_767_323_045.25) == "2026-01-02T03:04:05.250Z")
        #expect(text(1_767_323_045.9999) == "2026-01-02T03:04:06Z")
        #expect(text(-0.5) == "1969-12-31T23:59:59.500Z")
        #expect(text(.nan) == "1970-01-01T00:00:00Z")
        #expect(text(1e300) == "9999-12-31T23:59:59Z")
        #expect(WireTime.httpDate(seconds: 1_767_323_045) == "Fri, 02 Jan 2026 03:04:05 GMT")
        #expect(WireTime.httpDate(seconds: -86_400) == "Wed, 31 Dec 1969 00:00:00 GMT")
        #expect(WireTime.nanoseconds(seconds: 1_767_323_045.123) == 1_767_323_045_123_000_000)
        #expect(WireTime.nanoseconds(seconds: 1e17) == nil)
    }

    @Test("decimal texts give the double that the standard library gives", arguments: [UInt64(1), 2, 3])
    func decimals(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<20_000 {
            let bits = Double(bitPattern: random.next())
            let small = Double(Int64(random.next() % 2_000_000)) / 1_000 - 1_000
            for value in [bits, small, Double(random.next() >> 10)] where value.isFinite {
                let text = "\(value)"
                #expect(DecimalText.double(Array(text.utf8)) == value, "\(text), seed \(seed)")
            }
        }
        for text in ["1.", ".5", "+2", "1E3", "0.1e-2", "123456789012345678901234567890", "-0"] {
            let expected = Double(text.hasSuffix(".") ? text + "0" : text)
            #expect(DecimalText.double(Array(text.utf8)) == expected, "\(text)")
        }
        for text in ["", ".", "e5", "1e", "0x10", "1 ", "nan", "inf", "--1", "1e9999", "1_0"] {
            #expect(DecimalText.double(Array(text.utf8)) == nil, "\(text)")
        }
        #expect(DecimalText.double(Array("NaN".utf8))?.isNaN == true)
        #expect(DecimalText.double(Array("-Infinity".utf8)) == -.infinity)
    }

    @Test("page tokens open for the same operation and parameters until they expire")
    func tokens() throws {
        // Any function of the bytes will do here; the real one is keyed.
        let tokens = PageToken(lifetimeSeconds: 60) { bytes in
            (0..<16).map { lane in bytes.reduce(UInt8(lane)) { ($0 &* 31) ^ $1 &+ UInt8(lane) } }
        }
        let token = tokens.make(cursor: [1, 2, 3], operation: "ListMetrics", parameters: [9], nowSeconds: 1_000)
        #expect(tokens.open(token, operation: "ListMetrics", parameters: [9], nowSeconds: 1_059) == [1, 2, 3])
        #expect(tokens.open(token, operation: "ListMetrics", parameters: [9], nowSeconds: 1_060) == nil)
        #expect(tokens.open(token, operation: "ListMetrics", parameters: [8], nowSeconds: 1_000) == nil)
        #expect(tokens.open(token, operation: "DescribeAlarms", parameters: [9], nowSeconds: 1_000) == nil)
        #expect(token.utf8.allSatisfy { UInt8(ascii: "-") <= $0 && $0 != UInt8(ascii: "/") })
        for index in token.indices {
            var changed = token
            changed.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
            #expect(tokens.open(changed, operation: "ListMetrics", parameters: [9], nowSeconds: 1_000) == nil)
        }
        for text in ["", "AAAA", "%%%", token + "AAAA", String(token.dropLast(4))] {
            #expect(tokens.open(text, operation: "ListMetrics", parameters: [9], nowSeconds: 1_000) == nil)
        }
    }
}
