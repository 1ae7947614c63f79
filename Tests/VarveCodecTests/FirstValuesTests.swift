import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

@Suite struct FirstValuesTests {
    /// The first values of a stream; nil where it has to be decoded whole.
    private static func first(_ wanted: Int, of count: Int, _ bytes: [UInt8]) throws(CodecError) -> [UInt64]? {
        let output = UnsafeMutableBufferPointer<Double>.allocate(capacity: wanted)
        defer { output.deallocate() }
        output.initialize(repeating: 123.456)
        guard try FloatStream.decodeFirst(ByteCursor(bytes.span.bytes), rowCount: count, into: output) else {
            return nil
        }
        return output.map(\.bitPattern)
    }

    @Test("the first values of a stream have the bits of the whole one's", arguments: 0..<12 as Range<UInt64>)
    func prefixes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = [1, 5, 64, 1_000, 1_025, 4_096, 8_192][Int(seed % 7)]
        let columns = [
            Datasets.integerWalk(count, seed: seed), Datasets.centWalk(count, seed: seed),
            Datasets.counter(count, seed: seed), Datasets.latency(count, seed: seed),
            Datasets.special(count, seed: seed), Datasets.integerWalk(count, seed: seed).map { $0 * 12 + 7 },
        ]
        var answered = 0
        for (column, values) in columns.enumerated() {
            for effort in [CodecEffort.flush, .compaction] {
                let bytes = encodeFloats(values, effort)
                for wanted in [1, count, .random(in: 1...count, using: &random)] {
                    guard let found = try Self.first(wanted, of: count, bytes) else { continue }
                    answered += 1
                    #expect(
                        found == values[..<wanted].map(\.bitPattern),
                        "seed \(seed), column \(column), \(effort), \(wanted) of \(count)")
                }
            }
        }
        #expect(count < 4_096 || answered >= 3, "seed \(seed)")
    }

    @Test("a stream that is cut or changed is refused or gives something", arguments: 0..<8 as Range<UInt64>)
    func damage(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let intact = encodeFloats(Datasets.integerWalk(2_000, seed: seed), .compaction)
        for _ in 0..<200 {
            var bytes = intact
            if Bool.random(using: &random) { bytes.removeLast(.random(in: 1...bytes.count, using: &random)) }
            for _ in 0..<3 where !bytes.isEmpty {
                bytes[.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // Whether it is refused depends on the bytes; that it ends is the claim.
            _ = try? Self.first(.random(in: 1...2_000, using: &random), of: 2_000, bytes)
        }
    }
}
