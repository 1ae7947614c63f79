import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

func encodeStrings(_ values: [[UInt8]]) -> [UInt8] {
    var writer = ByteWriter()
    StringStream.encode(values, into: &writer)
    return writer.bytes
}

func decodeStrings(_ bytes: [UInt8], count: Int) throws -> [[UInt8]] {
    var cursor = ByteCursor(bytes.span.bytes)
    let values = try StringStream.decode(&cursor, count: count)
    let left = cursor.remaining
    #expect(left == 0)
    return values
}

func encodeBlobs(_ values: [[UInt8]], _ effort: CodecEffort = .flush) -> [UInt8] {
    var writer = ByteWriter()
    BlobStream.encode(values, effort: effort, into: &writer)
    return writer.bytes
}

func decodeBlobs(_ bytes: [UInt8], count: Int) throws -> [[UInt8]] {
    var cursor = ByteCursor(bytes.span.bytes)
    let values = try BlobStream.decode(&cursor, count: count)
    let left = cursor.remaining
    #expect(left == 0)
    return values
}

@Suite struct TextStreamTests {
    static let events = ["ConsoleLogin", "AssumeRole", "PutObject", "PutObjectAcl", "", "Décider", "GetObject"]

    @Test("strings come back, few or many distinct", arguments: 0..<20 as Range<UInt64>)
    func strings(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = [0, 1, 2, 3, 100, 1500][Int(seed % 6)]
        let values = (0..<count).map { _ -> [UInt8] in
            if seed % 2 == 0 { return Array(Self.events.randomElement(using: &random)!.utf8) }
            let length = Int.random(in: 0...40, using: &random)
            return (0..<length).map { _ in UInt8.random(in: 0...(seed % 3 == 0 ? 255 : 3), using: &random) }
        }
        #expect(try decodeStrings(encodeStrings(values), count: count) == values)
        #expect(try decodeBlobs(encodeBlobs(values), count: count) == values)
    }

    @Test("few distinct strings take less than a byte per row")
    func dictionarySize() throws {
        var random = SplitMix64(seed: 1)
        let values = (0..<4096).map { _ in Array(Self.events.randomElement(using: &random)!.utf8) }
        #expect(encodeStrings(values).count < 4096 / 2)
        #expect(encodeStrings([[UInt8]](repeating: Array("us-east-1".utf8), count: 4096)).count < 24)
    }

    @Test("documents of several pages come back, and compress", arguments: [CodecEffort.flush, .compaction])
    func documents(effort: CodecEffort) throws {
        let values = (0..<900).map { row in
            Array(
                """
                {"eventVersion":"1.08","eventTime":"2026-11-22T00:\(row % 60):00Z","eventName":"PutObject",
                "requestParameters":{"bucketName":"b\(row % 7)","key":"k/\(row)"},"requestID":"\(row &* 2_654_435_761)"}
                """.utf8)
        }
        let big = [[UInt8]](repeating: [UInt8](repeating: 65, count: 300_000), count: 2)
        var random = SplitMix64(seed: 3)
        let noise = [(0..<300_000).map { _ in UInt8.random(in: 0...255, using: &random) }]
        #expect(encodeBlobs(values, effort).count * 4 < values.reduce(0) { $0 + $1.count })
        let all = values + big + noise + [[]]
        #expect(try decodeBlobs(encodeBlobs(all, effort), count: all.count) == all)
    }

    @Test("a few bytes cannot ask for much memory")
    func expansion() {
        // Lengths CONST 2^40, then nothing.
        var writer = ByteWriter()
        writer.write(UInt8(1))
        writer.writeSignedVarint(1 << 40)
        let bytes = writer.bytes
        #expect(throws: CodecError.self) { try decodeBlobs(bytes, count: 4) }
        // A dictionary of 4 000 entries that all repeat a prefix of 60 000 bytes.
        var coded = ByteWriter()
        coded.writeCount(0)
        coded.writeLengthPrefixed([UInt8](repeating: 7, count: 60_000))
        for _ in 1..<4000 {
            coded.writeCount(60_000)
            coded.writeCount(0)
        }
        writer.removeAll()
        writer.write(UInt8(0))
        writer.writeCount(4000)
        writer.writeLengthPrefixed(coded.bytes)
        writer.write(UInt8(1))
        writer.writeSignedVarint(0)
        let dictionary = writer.bytes
        #expect(throws: CodecError.self) { try decodeStrings(dictionary, count: 4000) }
    }
}
