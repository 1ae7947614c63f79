import Testing
import VarveLine
import VarveTestKit

@Suite struct ValueTests {
    @Test(
        "floats in every notation of the protocol",
        arguments: [
            ("1", 1.0), ("1.0", 1), ("0", 0), ("-0", -0.0), ("-0.0", -0.0), ("+5", 5), ("1.", 1), (".5", 0.5),
            ("-.5", -0.5),
            ("42.5", 42.5), ("-1.234456e+78", -1.234456e+78), ("1e3", 1_000), ("1E3", 1_000), ("1e-3", 0.001),
            ("1.5e+2", 150), ("00012", 12), ("0.1", 0.1), ("123456789.125", 123_456_789.125), ("1e0", 1),
        ])
    func floats(text: String, expected: Double) {
        #expect(value(text)?.bitPattern == expected.bitPattern)
    }

    @Test(
        "integers, to the ends of their ranges, rounded to the nearest double",
        arguments: [
            ("1i", 1.0), ("-12485903i", -12_485_903), ("0i", 0), ("-0i", 0), ("+7i", 7), ("007i", 7),
            ("9007199254740993i", 9_007_199_254_740_992), ("9007199254740995i", 9_007_199_254_740_996),
            ("9223372036854775807i", 9_223_372_036_854_775_808), ("-9223372036854775808i", -9_223_372_036_854_775_808),
            ("0u", 0), ("12485903u", 12_485_903), ("18446744073709551615u", 18_446_744_073_709_551_616),
            ("00000000000000000000000001i", 1),
        ])
    func integers(text: String, expected: Double) {
        #expect(value(text)?.bitPattern == expected.bitPattern)
    }

    @Test(
        "booleans are 1 and 0",
        arguments: [
            ("t", 1.0), ("T", 1), ("true", 1), ("True", 1), ("TRUE", 1),
            ("f", 0), ("F", 0), ("false", 0), ("False", 0), ("FALSE", 0),
        ])
    func booleans(text: String, expected: Double) {
        #expect(value(text) == expected)
    }

    @Test(
        "what is no number is refused with its reason",
        arguments: [
            ("", LineRefusalReason.missingFieldValue), ("abc", .invalidFieldValue), ("tRUE", .invalidFieldValue),
            ("truefalse", .invalidFieldValue), ("yes", .invalidFieldValue), ("1x", .invalidFieldValue),
            ("1.2.3", .invalidFieldValue), ("1e", .invalidFieldValue), ("1e+", .invalidFieldValue),
            ("e5", .invalidFieldValue),
            (".", .invalidFieldValue), ("-", .invalidFieldValue), ("+", .invalidFieldValue), ("-.", .invalidFieldValue),
            ("--1", .invalidFieldValue), ("0x10", .invalidFieldValue), ("1_000", .invalidFieldValue),
            ("1.5i", .invalidFieldValue), ("1e5i", .invalidFieldValue), ("i", .invalidFieldValue),
            ("-i", .invalidFieldValue),
            ("-1u", .invalidFieldValue), ("1.5u", .invalidFieldValue), ("u", .invalidFieldValue),
            ("1ii", .invalidFieldValue),
            ("1=2", .invalidFieldValue), ("1\t2", .invalidFieldValue), ("1\u{0}", .invalidFieldValue),
            ("NaN", .notFinite), ("nan", .notFinite), ("-nan", .notFinite), ("Inf", .notFinite), ("+Inf", .notFinite),
            ("-inf", .notFinite), ("infinity", .notFinite), ("-Infinity", .notFinite),
            ("1e309", .floatOutOfRange), ("-1e400", .floatOutOfRange), ("1e999999999999999999999", .floatOutOfRange),
            ("9223372036854775808i", .integerOutOfRange), ("-9223372036854775809i", .integerOutOfRange),
            ("18446744073709551616u", .integerOutOfRange), ("99999999999999999999999999i", .integerOutOfRange),
            ("\"text\"", .stringField), ("\"\"", .stringField), (#""a \"quoted\" word""#, .stringField),
            (#""with, comma = and space""#, .stringField),
            ("\"open", .unterminatedString), (#""open\""#, .unterminatedString), ("\"", .unterminatedString),
        ])
    func refused(text: String, reason: LineRefusalReason) {
        let reading = read("m f=\(text)\nm f=\(text),g=1\nm g=1,f=\(text) 1\nm g=5")
        #expect(reading.refusals.map(\.reason) == [reason, reason, reason])
        #expect(reading.refusals.map(\.column) == [5, 5, 9])
        #expect(reading.rows == [row(source("m"), [("g", 5)])])
    }

    @Test("numbers longer than any exact double are refused, the longest exact one is read")
    func longNumbers() {
        let smallest = "4.9406564584124654417656879286822137236505980e-324"
        #expect(value(smallest) == .leastNonzeroMagnitude)
        #expect(value("0." + String(repeating: "0", count: 400) + "1") == 0)
        #expect(value("1" + String(repeating: "0", count: 308)) == 1e308)
        #expect(value(String(repeating: "1", count: 1_100)) == nil)
        #expect(refusal("m f=" + String(repeating: "1", count: 1_101)) == .numberTooLong(limit: 1_100))
        #expect(refusal("m f=" + String(repeating: "0", count: 1_101) + "i") == .numberTooLong(limit: 1_100))
    }

    /// Decimals on, just below and just above the middle between two doubles (expected values from exact arithmetic).
    @Test(
        "ties round to even, anything beyond the tie rounds up",
        arguments: [
            ("9007199254740993", 9_007_199_254_740_992.0), ("9007199254740993.0000000001", 9_007_199_254_740_994),
            ("9007199254740992.9999999999", 9_007_199_254_740_992), ("9007199254740995", 9_007_199_254_740_996),
            ("1.00000000000000011102230246251565404236316680908203125", 1.0),
            ("1.00000000000000011102230246251565404236316680908203126", 1.0000000000000002),
            ("1.00000000000000011102230246251565404236316680908203124", 1.0),
            ("2.2250738585072011e-308", Double(bitPattern: 0x000F_FFFF_FFFF_FFFF)),
            ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
            ("1.7976931348623158e308", Double.greatestFiniteMagnitude), ("2.4703282292062327e-324", 0),
            ("2.4703282292062328e-324", Double.leastNonzeroMagnitude),
        ])
    func ties(text: String, expected: Double) {
        #expect(value(text)?.bitPattern == expected.bitPattern)
    }

    @Test(
        "every decimal notation of a random number reads as the standard library reads it",
        arguments: [UInt64(1), 2, 3])
    func randomNumbers(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<3_000 {
            let text = randomDecimal(&random)
            let expected = try #require(Double(text), "seed \(seed)")
            let bits = expected.isFinite ? expected.bitPattern : nil
            #expect(value(text)?.bitPattern == bits, "\(text), seed \(seed)")
        }
    }

    /// 1 to 25 digits, a point anywhere, an exponent that is mostly small.
    private func randomDecimal(_ random: inout SplitMix64) -> String {
        let count = Int.random(in: 1...25, using: &random)
        var digits = (0..<count).map { _ in Character(String(Int.random(in: 0...9, using: &random))) }
        if Bool.random(using: &random) { digits.insert(".", at: Int.random(in: 1...count, using: &random)) }
        let exponentMax = [0, 5, 30, 330].randomElement(using: &random) ?? 0
        let exponent = Int.random(in: -exponentMax...exponentMax, using: &random)
        let sign = Bool.random(using: &random) ? "-" : ""
        let suffix = digits.last == "." ? "0" : ""
        return sign + String(digits) + suffix + (exponentMax == 0 ? "" : "e\(exponent)")
    }
}
