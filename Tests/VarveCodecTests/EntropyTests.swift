import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

@Suite struct EntropyTests {
    /// The shape in the first byte of an N stream.
    private static func shape(_ bytes: [UInt8]) -> UInt8 { bytes[0] & 0x0f }

    /// Sums of seeded steps, most of them small; `spread` doublings between the smallest and the largest.
    private static func walk(_ count: Int, spread: Int, _ random: inout SplitMix64) -> [Int64] {
        var value: Int64 = 0
        return (0..<count).map { _ in
            let step = Int64(bitPattern: random.next()) >> Int64(63 - Int.random(in: 0...spread, using: &random))
            value &+= step
            return value
        }
    }

    @Test("steps of very unequal size come back, coded, at every count", arguments: 0...63)
    func spreads(spread: Int) throws {
        var random = SplitMix64(seed: UInt64(spread))
        var codedCount = 0
        for count in [1, 2, 3, 4, 5, 47, 48, 49, 50, 51, 63, 64, 65, 300, 1023, 1024, 1025, 4096, 8192] {
            let values = Self.walk(count, spread: spread, &random)
            let bytes = encodeIntegers(values, .compaction)
            #expect(try decodeIntegers(bytes, count: count) == values, "count \(count)")
            #expect(bytes.count <= encodeIntegers(values).count, "count \(count)")
            codedCount += Self.shape(bytes) == 4 ? 1 : 0
        }
        #expect(spread < 3 || codedCount >= 5)
    }

    @Test("every transform can be entropy-coded")
    func transforms() throws {
        var random = SplitMix64(seed: 5)
        func few() -> Int64 {
            Int64.random(in: 0...9, using: &random) < 8 ? 0 : Int64.random(in: -9...9, using: &random)
        }
        let reference = (0..<4096).map { _ in few() }
        var sums: [Int64] = []
        var doubleSums: [Int64] = []
        for step in reference {
            sums.append((sums.last ?? 0) + step)
            doubleSums.append((doubleSums.last ?? 0) + sums.last!)
        }
        let line = reference.enumerated().map { Int64($0.offset) * 10_000 + $0.element }
        for (transform, values) in [reference, sums, doubleSums, line].enumerated() {
            let bytes = encodeIntegers(values, .compaction)
            #expect(Self.shape(bytes) == 4)
            #expect(bytes[1] & 0x0f == UInt8(transform))
            #expect(try decodeIntegers(bytes, count: values.count) == values)
        }
        let multiples = sums.map { $0 * 4096 + 7 }
        let bytes = encodeIntegers(multiples, .compaction)
        #expect(bytes[0] == 0x14)
        #expect(try decodeIntegers(bytes, count: multiples.count) == multiples)
    }

    @Test("a rare value costs less than a bit per row")
    func skewed() throws {
        var random = SplitMix64(seed: 11)
        let values = (0..<4096).map { _ in Int64(Int.random(in: 0..<20, using: &random) == 0 ? 1 : 0) }
        // Entropy of one in twenty: 0.286 bits.
        let bytes = encodeIntegers(values, .compaction)
        #expect(Double(bytes.count * 8) / 4096 <= 0.33)
        #expect(try decodeIntegers(bytes, count: values.count) == values)
    }

    @Test("flushes never write the entropy-coded form")
    func flush() {
        var random = SplitMix64(seed: 3)
        for spread in 1...12 { #expect(Self.shape(encodeIntegers(Self.walk(4096, spread: spread, &random))) != 4) }
    }

    @Test("what contradicts the format is refused")
    func malformed() throws {
        let good = try CodecGoldenTests.bytes("integer-entropy")
        let cases: [(offset: Int, byte: UInt8, why: String)] = [
            (0, 0x24, "LZ4 does not go with it"), (1, 0x54, "transform 4"), (1, 0x40, "table of 2^4"),
            (1, 0xc0, "table of 2^12"), (3, 0xfe, "shares that do not add up"), (10, 3, "a lane too long"),
            (11, 2, "a lane with a byte too many"), (14, 0xeb, "a lane that ends in another state"),
        ]
        for (offset, byte, why) in cases {
            var bytes = good
            bytes[offset] = byte
            #expect(throws: CodecError.self, "\(why)") { try decodeIntegers(bytes, count: 9) }
        }
        for count in [0, 1, 5, 8, 10, 4000] {
            #expect(throws: CodecError.self) { try decodeIntegers(good, count: count) }
        }
        for end in good.indices {
            #expect(throws: CodecError.self) { try decodeIntegers(Array(good[..<end]), count: 9) }
        }
    }

    @Test("mutated entropy-coded streams never trap", arguments: 0..<30 as Range<UInt64>)
    func mutated(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let count = Int.random(in: 48...2100, using: &random)
        let original = encodeIntegers(Self.walk(count, spread: Int(seed * 2), &random), .compaction)
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let reach = Bool.random(using: &random) ? min(60, bytes.count) : bytes.count
                bytes[Int.random(in: 0..<reach, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes[0] = 4 }
            _ = try? decodeIntegers(bytes, count: count)
        }
    }
}
