import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

private func encodeRuns(_ values: [Double], _ runs: [Int], _ effort: CodecEffort = .flush) -> [UInt8] {
    var writer = ByteWriter()
    var hint = FloatHint()
    values.withUnsafeBufferPointer {
        FloatStream.encodeRuns($0, runs: runs, into: &writer, hint: &hint, effort: effort)
    }
    return writer.bytes
}

/// Decodes to bit patterns and expects the stream to be used up.
private func decodeRuns(_ bytes: [UInt8], _ runs: [Int], count: Int) throws(CodecError) -> [UInt64] {
    var cursor = ByteCursor(bytes.span.bytes)
    var values = [Double](repeating: 123.456, count: count)
    var failure: CodecError?
    values.withUnsafeMutableBufferPointer { output in
        do throws(CodecError) { try FloatStream.decodeRuns(&cursor, runs: runs, into: output) } catch {
            failure = error
        }
    }
    if let failure { throw failure }
    let left = cursor.remaining
    if left != 0 { throw .malformed(offset: cursor.offset, detail: "\(left) bytes left") }
    return values.map(\.bitPattern)
}

@Suite struct FloatRunsTests {
    private typealias Column = @Sendable (Int, UInt64) -> [Double]

    private static let generators: [Column] = [
        { Datasets.integerWalk($0, seed: $1) }, { Datasets.centWalk($0, seed: $1) },
        { Datasets.averages($0, seed: $1) }, { Datasets.special($0, seed: $1) },
        { Datasets.memoryPercentage($0, seed: $1) }, { Datasets.narrowWalk($0, seed: $1) },
        { Datasets.walk($0, seed: $1) }, { Datasets.steps($0, seed: $1) }, { Datasets.latency($0, seed: $1) },
        { count, seed in
            var random = SplitMix64(seed: seed)
            return (0..<count).map { _ in Double(bitPattern: random.next()) }
        },
    ]

    @Test("runs of any lengths come back bit for bit", arguments: 0..<40 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let generate = Self.generators[Int(seed) % Self.generators.count]
        let longest = [1, 2, 12, 127].randomElement(using: &random)!
        let runs = (0..<Int.random(in: 1...60, using: &random)).map { _ in Int.random(in: 1...longest, using: &random) }
        let values = runs.flatMap { generate($0, random.next()) }
        for effort in [CodecEffort.flush, .compaction] {
            let bytes = encodeRuns(values, runs, effort)
            #expect(try decodeRuns(bytes, runs, count: values.count) == values.map(\.bitPattern), "seed \(seed)")
            #expect(bytes.count <= values.count * 8 + 2)
        }
    }

    @Test("edge values among runs come back bit for bit")
    func edges() throws {
        for length in [1, 2, 3, 5] {
            let values = Array(FloatStreamTests.edges.prefix(FloatStreamTests.edges.count / length * length))
            let runs = [Int](repeating: length, count: values.count / length)
            #expect(try decodeRuns(encodeRuns(values, runs), runs, count: values.count) == values.map(\.bitPattern))
        }
        let big = [1e18, 1e18 + 1024, -1e18, -1e18 - 4096, 5, 6]
        #expect(try decodeRuns(encodeRuns(big, [2, 2, 2]), [2, 2, 2], count: 6) == big.map(\.bitPattern))
    }

    /// Bytes per value of `count` runs of `length` rows, each of another series.
    private func size(_ generate: Column, length: Int, _ effort: CodecEffort) throws -> Double {
        let count = 4096 / length
        let runs = [Int](repeating: length, count: count)
        let values = (0..<UInt64(count)).flatMap { generate(length, $0) }
        let bytes = encodeRuns(values, runs, effort)
        #expect(try decodeRuns(bytes, runs, count: values.count) == values.map(\.bitPattern))
        return Double(bytes.count) / Double(values.count)
    }

    @Test("short runs of many series stay within their bytes per value")
    func sizes() throws {
        let limits: [(name: String, generator: Int, length: Int, flush: Double, compaction: Double)] = [
            ("integer walk", 0, 10, 0.75, 0.50), ("integer walk", 0, 60, 0.50, 0.35),
            ("two-decimal walk", 1, 10, 1.40, 1.30), ("two-decimal walk", 1, 60, 1.25, 1.16),
        ]
        for limit in limits {
            let generate = Self.generators[limit.generator]
            let flush = try size(generate, length: limit.length, .flush)
            let compaction = try size(generate, length: limit.length, .compaction)
            print("size runs of", limit.length, limit.name, flush, compaction)
            #expect(flush <= limit.flush, "\(limit.name), \(limit.length)")
            #expect(compaction <= limit.compaction, "\(limit.name), \(limit.length)")
        }
    }

    static let golden: [(name: String, runs: [Int], values: [Double])] = [
        ("runs-joined", [1, 1], [1.0 / 3, 0.5]),
        ("runs-steps", [3, 1, 2], [1.5, 1.6, 1.8, 97, 12.5, -0.0]),
        ("runs-heights", [2, 2], [0.25, 0.75, 100.5, 100.25]),
    ]

    @Test("runs read as the format page says", arguments: golden.map(\.name))
    func goldenBytes(name: String) throws {
        let example = try #require(Self.golden.first { $0.name == name })
        let bytes = try CodecGoldenTests.bytes(name)
        let found = try decodeRuns(bytes, example.runs, count: example.values.count)
        #expect(found == example.values.map(\.bitPattern))
    }

    @Test("runs that contradict the stream or the row count are refused")
    func malformed() throws {
        let bytes = try CodecGoldenTests.bytes("runs-steps")
        for runs in [[3, 1, 1], [3, 1, 3], [0, 4, 2], [6, -1, 1], [3, 3], [], [Int.max, Int.max, 8]] {
            #expect(throws: CodecError.self, "\(runs)") { try decodeRuns(bytes, runs, count: 6) }
        }
        for end in bytes.indices {
            #expect(throws: CodecError.self) { try decodeRuns(Array(bytes[..<end]), [3, 1, 2], count: 6) }
        }
        for layout in [3, 255] as [UInt8] {
            #expect(throws: CodecError.self) { try decodeRuns([layout] + bytes.dropFirst(), [3, 1, 2], count: 6) }
        }
        #expect(throws: CodecError.self) { try decodeRuns([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1], count: 1) }
    }

    @Test("mutated runs never trap", arguments: 0..<30 as Range<UInt64>)
    func mutated(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let generate = Self.generators[Int(seed) % Self.generators.count]
        let runs = (0..<40).map { _ in Int.random(in: 1...30, using: &random) }
        let values = runs.flatMap { generate($0, random.next()) }
        let original = encodeRuns(values, runs, seed % 2 == 0 ? .flush : .compaction)
        for _ in 0..<40 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let reach = Bool.random(using: &random) ? min(40, bytes.count) : bytes.count
                bytes[Int.random(in: 0..<reach, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? decodeRuns(bytes, runs, count: values.count)
        }
    }
}
