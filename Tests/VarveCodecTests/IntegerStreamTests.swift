import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

func encodeIntegers(_ values: [Int64], _ effort: CodecEffort = .flush) -> [UInt8] {
    var writer = ByteWriter()
    values.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer, effort: effort) }
    return writer.bytes
}

/// Decodes and expects the stream to be used up.
func decodeIntegers(_ bytes: [UInt8], count: Int) throws(CodecError) -> [Int64] {
    var cursor = ByteCursor(bytes.span.bytes)
    var values = [Int64](repeating: 0x5555, count: count)
    var failure: CodecError?
    values.withUnsafeMutableBufferPointer { output in
        do throws(CodecError) { try IntegerStream.decode(&cursor, into: output) } catch { failure = error }
    }
    if let failure { throw failure }
    let left = cursor.remaining
    if left != 0 { throw .malformed(offset: cursor.offset, detail: "\(left) bytes left") }
    return values
}

@Suite struct IntegerStreamTests {
    @Test("values of every width and many counts come back", arguments: 0...64)
    func widths(width: Int) throws {
        var random = SplitMix64(seed: UInt64(width))
        let mask = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
        for count in [1, 2, 3, 31, 128, 1023, 1024, 1025, 2049] {
            let offset = Int64(bitPattern: random.next())
            let values = (0..<count).map { _ in Int64(bitPattern: random.next() & mask) &+ offset }
            for effort in [CodecEffort.flush, .compaction] {
                #expect(try decodeIntegers(encodeIntegers(values, effort), count: count) == values, "count \(count)")
            }
        }
    }

    @Test("every count up to 1 025 comes back")
    func counts() throws {
        var random = SplitMix64(seed: 7)
        let values = (0..<1025).map { _ in Int64.random(in: -500...500, using: &random) }
        for count in 0...1025 {
            let some = Array(values[..<count])
            #expect(try decodeIntegers(encodeIntegers(some), count: count) == some)
        }
    }

    @Test("jumps between the extremes wrap and come back", arguments: [2, 5, 1024, 8192])
    func extremes(count: Int) throws {
        let pool = [Int64.min, .max, 0, -1, 1, .min + 1, .max - 1]
        var random = SplitMix64(seed: UInt64(count))
        for _ in 0..<8 {
            let values = (0..<count).map { _ in pool.randomElement(using: &random)! }
            #expect(try decodeIntegers(encodeIntegers(values), count: count) == values)
        }
    }

    @Test("mixtures of steps, noise, outliers and factors come back", arguments: 0..<60 as Range<UInt64>)
    func mixtures(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = Int.random(in: 1...4500, using: &random)
        let step = Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
        let noise = Int64.random(in: 0...60, using: &random)
        let outliers = [0, 0, 1, 30, 300].randomElement(using: &random)!
        let factor = [1, 1, 4096, 1_000_000_000].randomElement(using: &random)!
        var value: Int64 = 0
        let values = (0..<count).map { _ -> Int64 in
            value &+= step &+ (Int64.random(in: 0...1023, using: &random) >> min(noise, 10))
            let isOutlier = Int.random(in: 0..<1000, using: &random) < outliers
            return (value &+ (isOutlier ? Int64(bitPattern: random.next()) >> noise : 0)) &* Int64(factor)
        }
        #expect(try decodeIntegers(encodeIntegers(values), count: count) == values)
        #expect(try decodeIntegers(encodeIntegers(values, .compaction), count: count) == values)
    }

    @Test("regular sequences take a few bytes and show their step without decoding")
    func regular() throws {
        let line = (0..<4096).map { 1_700_000_000_000_000_000 + Int64($0) * 10_000_000_000 }
        for (values, step) in [(line, 10_000_000_000), ([Int64](repeating: -7, count: 9), 0), ([5], 0)] {
            let bytes = encodeIntegers(values)
            #expect(bytes.count <= 16)
            let cursor = ByteCursor(bytes.span.bytes)
            let found = IntegerStream.regular(cursor, count: values.count)
            #expect(found?.first == values[0])
            #expect(found?.step == Int64(step))
            #expect(try decodeIntegers(bytes, count: values.count) == values)
        }
        let bytes = encodeIntegers([1, 2, 4])
        let cursor = ByteCursor(bytes.span.bytes)
        #expect(IntegerStream.regular(cursor, count: 3) == nil)
    }

    @Test("several streams in a row leave the cursor at the next one")
    func sequence() throws {
        let first = (0..<1500).map { Int64($0 * $0 % 977) }
        let second: [Int64] = [3, 1, 4, 1, 5]
        let bytes = encodeIntegers(first) + encodeIntegers(second)
        var cursor = ByteCursor(bytes.span.bytes)
        var output = [Int64](repeating: 0, count: 1500)
        try output.withUnsafeMutableBufferPointer { try IntegerStream.decode(&cursor, into: $0) }
        #expect(output == first)
        var rest = [Int64](repeating: 0, count: 5)
        try rest.withUnsafeMutableBufferPointer { try IntegerStream.decode(&cursor, into: $0) }
        #expect(rest == second)
    }
}
