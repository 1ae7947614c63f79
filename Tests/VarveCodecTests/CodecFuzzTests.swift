import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

/// Damaged bytes must be refused or give some values; a trap ends the test process.
@Suite struct CodecFuzzTests {
    /// Streams of every kind and shape, with the count each was written with.
    static func specimens(_ random: inout SplitMix64) -> [(bytes: [UInt8], count: Int)] {
        let count = Int.random(in: 1...1300, using: &random)
        let seed = random.next()
        let floats: [[Double]] = [
            Datasets.centWalk(count, seed: seed), Datasets.averages(count, seed: seed),
            Datasets.narrowWalk(count, seed: seed), Datasets.memoryPercentage(count, seed: seed),
            Datasets.steps(count, seed: seed), Datasets.special(count, seed: seed), Datasets.walk(count, seed: seed),
            Datasets.magnitudes(count, seed: seed), Datasets.integerWalk(count, seed: seed),
        ]
        let wide = (0..<count).map { _ in Int64(bitPattern: random.next() >> 20) }
        let gaps = (0..<count).map { Int64($0 / 9 * 3) * 10_000_000_000 }
        let strings = (0..<count).map { Array("eu-\($0 % 13)".utf8) }
        let documents = (0..<min(count, 40)).map { Array(#"{"name":"PutObject","row":\#($0)}"#.utf8) }
        let few = (0..<count).map { _ in
            Int64.random(in: -2...2, using: &random) * Int64.random(in: 0...1, using: &random)
        }
        let coded = floats.map { (encodeFloats($0, .compaction), count) } + [(encodeIntegers(few, .compaction), count)]
        return coded + floats.map { (encodeFloats($0), count) } + [wide, gaps].map { (encodeIntegers($0), count) } + [
            (encodeStrings(strings), count), (encodeBlobs(documents), documents.count),
        ]
    }

    /// Runs every decoder over `bytes`.
    static func decodeAll(_ bytes: [UInt8], count: Int) {
        _ = try? decodeIntegers(bytes, count: count)
        _ = try? decodeFloats(bytes, count: count)
        var strings = ByteCursor(bytes.span.bytes)
        _ = try? StringStream.decode(&strings, count: count)
        var blobs = ByteCursor(bytes.span.bytes)
        _ = try? BlobStream.decode(&blobs, count: count)
        let integers = ByteCursor(bytes.span.bytes)
        _ = IntegerStream.regular(integers, count: count)
        let floats = ByteCursor(bytes.span.bytes)
        _ = try? FloatStream.sums(floats, rowCount: count, borders: [0, count / 3, count])
    }

    @Test("mutated streams never trap", arguments: 0..<25 as Range<UInt64>)
    func mutated(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for (original, count) in Self.specimens(&random) {
            for _ in 0..<12 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    // Mostly in the headers, which steer the decoder.
                    let reach = Bool.random(using: &random) ? min(40, bytes.count) : bytes.count
                    bytes[Int.random(in: 0..<reach, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    bytes.removeSubrange(Int.random(in: 0..<bytes.count, using: &random)...)
                }
                let otherCount = Int.random(in: 0..<4, using: &random) == 0 ? count + 1 : count
                Self.decodeAll(bytes, count: otherCount)
            }
        }
    }

    @Test("random bytes never trap", arguments: 0..<200 as Range<UInt64>)
    func noise(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<10 {
            let length = Int.random(in: 0...200, using: &random)
            let limit: UInt8 = Bool.random(using: &random) ? 255 : 40
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...limit, using: &random) }
            Self.decodeAll(bytes, count: [0, 1, 2, 7, 1024, 1025].randomElement(using: &random)!)
        }
    }

    @Test("a stream cut anywhere is refused", arguments: 0..<4 as Range<UInt64>)
    func cut(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let values = Datasets.special(200, seed: random.next())
        let bytes = encodeFloats(values)
        for end in bytes.indices {
            #expect(throws: CodecError.self) { try decodeFloats(Array(bytes[..<end]), count: 200) }
        }
    }
}
