import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

/// Bytes written down by hand from Docs/Format/columns.md; a reader of this format must read them for ever.
@Suite struct CodecGoldenTests {
    /// The bytes of a golden file: hexadecimal digits, `#` starts a comment.
    static func bytes(_ name: String) throws -> [UInt8] {
        let digits = try GoldenFile.text("columns-v1/\(name).hex")
            .split(separator: "\n").map { $0.prefix { $0 != "#" } }.joined().filter { !$0.isWhitespace }
        return try #require(Hex.decode(String(digits)), "\(name) is not hexadecimal")
    }

    static let integers: [(name: String, values: [Int64])] = [
        ("integer-empty", []),
        ("integer-constant", [-7, -7, -7, -7, -7]),
        ("integer-linear", [10, 13, 16]),
        ("integer-reference", [5, 9, 6, 5, 9, 8, 7, 5]),
        ("integer-delta", [100, 101, 103, 107, 108, 111]),
        ("integer-delta-of-delta", [0, 5, 10, 14, 18, 21]),
        ("integer-line", [0, 10, 21, 30]),
        ("integer-exceptions", [1, 1000, 3, 2, -1, 1]),
        ("integer-factor", [1000, 5000, 3000, 1000]),
        ("integer-interleaved-32", (0..<1024).map { $0 * 7 % 32 }),
        ("integer-interleaved-64", (0..<1024).map { Int64(bitPattern: $0 &* 0x9E37_79B9_7F4A_7C15 & ((1 << 33) - 1)) }),
        ("integer-two-vectors", (0..<1024).map { 7 + ($0 + 2) / 3 } + [43, 40]),
        ("integer-lz4", [5, 9, 6, 5, 9, 8, 7, 5]),
        ("integer-entropy", [0, 1, 0, 0, -1, 0, 20, 0, 0]),
        ("integer-entropy-factor", [700, 730, 750, 780, 780 + (10 << 40), 800 + (10 << 40)]),
    ]

    @Test("integer streams read as the format page says", arguments: integers.map(\.name))
    func integer(name: String) throws {
        let values = try #require(Self.integers.first { $0.name == name }).values
        #expect(try decodeIntegers(try Self.bytes(name), count: values.count) == values)
    }

    private static let nan = Double(bitPattern: 0x7ff8_0000_0000_0000)

    static let floats: [(name: String, values: [Double])] = [
        ("float-raw", [1.0 / 3, Double(bitPattern: 0x7ff8_0000_dead_beef)]),
        ("float-raw-lz4", [1.0 / 3, -0.0]),
        ("float-decimal", [1.5, Double(1.55).nextUp, -0.0, 1.57]),
        ("float-binary", [-0.125, 0.25, 0.125]),
        // 3 · 0.7 rounds to 2.0999999999999996, one unit below 2.1.
        ("float-multiple", [0.7, 1.4, 2.0999999999999996]),
        ("float-dictionary", [nan, -2.5, -2.5, nan]),
        ("float-split", [1.5, -1, 3]),
    ]

    @Test("float streams read as the format page says", arguments: floats.map(\.name))
    func float(name: String) throws {
        let values = try #require(Self.floats.first { $0.name == name }).values
        #expect(try decodeFloats(try Self.bytes(name), count: values.count) == values.map(\.bitPattern))
    }

    @Test("string and blob streams read as the format page says")
    func text() throws {
        let events = ["PutObjectAcl", "PutObject", "PutObject", "PutObjectAcl"].map { Array($0.utf8) }
        #expect(try decodeStrings(try Self.bytes("string-dictionary"), count: 4) == events)
        let letters = ["a", "bb", "ccc"].map { Array($0.utf8) }
        #expect(try decodeStrings(try Self.bytes("string-plain"), count: 3) == letters)
        let documents = ["{}", "[]"].map { Array($0.utf8) }
        #expect(try decodeBlobs(try Self.bytes("blob-raw"), count: 2) == documents)
        #expect(try decodeBlobs(try Self.bytes("blob-lz4"), count: 2) == documents)
    }

    @Test(
        "exact sums are written and read as the format page says",
        arguments: [("sum-zero", 0), ("sum-small", 1.5), ("sum-negative", -1.5), ("sum-infinite", Double.infinity)])
    func sum(name: String, value: Double) throws {
        let bytes = try Self.bytes(name)
        var cursor = ByteCursor(bytes.span.bytes)
        #expect(try ExactSum(decoding: &cursor).value == value)
        var sum = ExactSum()
        sum.add(value)
        var writer = ByteWriter()
        sum.encode(into: &writer)
        #expect(writer.bytes == bytes)
    }

    /// Where the encoder has no better choice, it writes exactly these bytes; a difference means that its choices have
    /// changed (allowed) or the format (a new directory).
    @Test(
        "the encoder writes the golden bytes",
        arguments: [
            "integer-empty", "integer-constant", "integer-linear", "integer-reference", "integer-delta",
            "integer-interleaved-64",
        ])
    func encoder(name: String) throws {
        let values = try #require(Self.integers.first { $0.name == name }).values
        #expect(encodeIntegers(values) == (try Self.bytes(name)))
    }
}
