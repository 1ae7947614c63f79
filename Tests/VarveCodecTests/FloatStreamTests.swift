import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

func encodeFloats(_ values: [Double], hint: inout FloatHint, effort: CodecEffort = .flush) -> [UInt8] {
    var writer = ByteWriter()
    values.withUnsafeBufferPointer { FloatStream.encode($0, into: &writer, hint: &hint, effort: effort) }
    return writer.bytes
}

func encodeFloats(_ values: [Double], _ effort: CodecEffort = .flush) -> [UInt8] {
    var hint = FloatHint()
    return encodeFloats(values, hint: &hint, effort: effort)
}

/// Decodes to bit patterns and expects the stream to be used up.
func decodeFloats(_ bytes: [UInt8], count: Int) throws(CodecError) -> [UInt64] {
    var cursor = ByteCursor(bytes.span.bytes)
    var values = [Double](repeating: 123.456, count: count)
    var failure: CodecError?
    values.withUnsafeMutableBufferPointer { output in
        do throws(CodecError) { try FloatStream.decode(&cursor, into: output) } catch { failure = error }
    }
    if let failure { throw failure }
    let left = cursor.remaining
    if left != 0 { throw .malformed(offset: cursor.offset, detail: "\(left) bytes left") }
    return values.map(\.bitPattern)
}

private func expectRoundTrip(_ values: [Double], _ label: String) throws {
    for effort in [CodecEffort.flush, .compaction] {
        let bytes = encodeFloats(values, effort)
        #expect(try decodeFloats(bytes, count: values.count) == values.map(\.bitPattern), "\(label), \(effort)")
        #expect(bytes.count <= values.count * 8 + 1, "\(label), \(effort)")
    }
}

@Suite struct FloatStreamTests {
    static let edges: [Double] = [
        0, -0.0, 1, -1, 0.1, -0.1, 1.0 / 3, .pi, .nan, -.nan, .signalingNaN, .infinity, -.infinity,
        Double(bitPattern: 0x7ff8_0000_dead_beef), Double(bitPattern: 0xfff0_0000_0000_0001), .leastNonzeroMagnitude,
        -.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0x1p51,
        0x1p51 - 1, -0x1p51, 0x1p52, 0x1p53, 0x1p53 + 2, 0x1p62, 0x1p63, -0x1p63, 0x1p64, 1e15, 1e16, 1e22, 1e300,
        0.3 + 1e-16, 51.846000000000004, 1e-5, 123456.789,
    ]

    @Test("every edge value comes back bit for bit, alone and among others")
    func edges() throws {
        for value in Self.edges {
            for count in [1, 2, 7, 300] {
                try expectRoundTrip([Double](repeating: value, count: count), "\(value) × \(count)")
            }
            for other in Self.edges { try expectRoundTrip([other, value, other, 1.25, value], "\(value), \(other)") }
        }
        try expectRoundTrip([], "nothing")
        try expectRoundTrip(Self.edges, "all edges")
    }

    @Test("random bit patterns come back", arguments: [1, 2, 64, 1023, 1024, 1025, 4096, 8192])
    func randomBits(count: Int) throws {
        var random = SplitMix64(seed: UInt64(count))
        try expectRoundTrip((0..<count).map { _ in Double(bitPattern: random.next()) }, "count \(count)")
    }

    @Test("decimals mixed with anything come back", arguments: 0..<40 as Range<UInt64>)
    func mixtures(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let power = [1.0, 10, 100, 1e3, 1e6, 1e9, 1e15].randomElement(using: &random)!
        let magnitude = [1.0, 100, 1e6, 1e12].randomElement(using: &random)!
        let oddities = [0, 0, 5, 200].randomElement(using: &random)!
        let values = (0..<Int.random(in: 1...3000, using: &random)).map { _ -> Double in
            if Int.random(in: 0..<1000, using: &random) < oddities { return Self.edges.randomElement(using: &random)! }
            let decimal = (Double.random(in: -magnitude...magnitude, using: &random) * power).rounded() / power
            let ulps = oddities > 0 ? UInt64.random(in: 0...4, using: &random) : 0
            return Double(bitPattern: decimal.bitPattern &+ ulps)
        }
        try expectRoundTrip(values, "seed \(seed)")
    }

    @Test("a hint from any other block changes nothing but the time", arguments: 0..<12 as Range<UInt64>)
    func hints(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var hint = FloatHint()
        for _ in 0..<6 {
            let values = [
                Datasets.centWalk(500, seed: random.next()), Datasets.integerWalk(500, seed: random.next()),
                Datasets.walk(300, seed: random.next()), Datasets.latency(200, seed: random.next()),
            ].randomElement(using: &random)!
            let bytes = encodeFloats(values, hint: &hint)
            #expect(try decodeFloats(bytes, count: values.count) == values.map(\.bitPattern))
            #expect(bytes.count <= encodeFloats(values).count + 8)
        }
    }
}

@Suite struct SizeTests {
    /// Bytes per value over 8 series of 4 096 rows.
    private func size(_ generate: (Int, UInt64) -> [Double]) throws -> Double {
        var total = 0
        for seed in 0..<8 as Range<UInt64> {
            let values = generate(4096, seed)
            let bytes = encodeFloats(values)
            #expect(try decodeFloats(bytes, count: values.count) == values.map(\.bitPattern))
            total += bytes.count
        }
        return Double(total) / (8 * 4096)
    }

    /// Bytes per value over 8 clocks of 4 096 rows.
    private func size(_ generate: (Int, inout SplitMix64) -> Int64) throws -> Double {
        var total = 0
        for seed in 0..<8 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let values = (0..<4096).map { generate($0, &random) }
            let bytes = encodeIntegers(values)
            #expect(try decodeIntegers(bytes, count: values.count) == values)
            total += bytes.count
        }
        return Double(total) / (8 * 4096)
    }

    @Test("generated timestamps stay within their bytes per value")
    func timestamps() throws {
        let regular = try size { row, _ in 1_700_000_000_000_000_000 + Int64(row) * 10_000_000_000 }
        #expect(regular <= 0.005)
        var time: Int64 = 1_700_000_000_000
        let gaps = try size { _, random in
            time += Int.random(in: 0..<100, using: &random) == 0 ? 30_000 : 10_000
            return time
        }
        #expect(gaps <= 0.045)
        let jitter = try size { row, random in
            1_700_000_000_000 + Int64(row) * 10_000 + Int64(Datasets.normal(&random).rounded())
        }
        #expect(jitter <= 0.40)
        let nanoseconds = try size { row, random in
            1_700_000_000_000_000_000 + Int64(row) * 10_000_000_000 + Int64(Datasets.normal(&random) * 1e6)
        }
        // The noise alone has log2(4.13 · 10^6) = 22 bits.
        #expect(nanoseconds <= 2.95)
        print("size clocks", regular, gaps, jitter, nanoseconds)
    }

    /// Targets: what was measured for the format, plus a margin for other random numbers.
    @Test("generated metrics stay within their bytes per value")
    func columns() throws {
        let cases: [(String, (Int, UInt64) -> [Double], Double)] = [
            ("integer walk", { Datasets.integerWalk($0, seed: $1) }, 0.40),
            ("two-decimal walk", { Datasets.centWalk($0, seed: $1) }, 1.20),
            ("counter", { Datasets.counter($0, seed: $1) }, 0.75),
            ("latency", { Datasets.latency($0, seed: $1) }, 2.15),
            ("averages", { Datasets.averages($0, seed: $1) }, 1.95),
            ("single precision", { Datasets.narrowWalk($0, seed: $1) }, 3.10),
            ("memory percentage", { Datasets.memoryPercentage($0, seed: $1) }, 1.75),
            ("steps", { Datasets.steps($0, seed: $1) }, 0.15),
            ("full precision", { Datasets.walk($0, seed: $1) }, 6.75),
            ("special values", { Datasets.special($0, seed: $1) }, 1.32),
        ]
        for (name, generate, limit) in cases {
            let found = try size(generate)
            print("size", name, found)
            #expect(found <= limit, "\(name)")
        }
    }
}
