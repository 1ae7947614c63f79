import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A segment of version 2 with what version 1 has not: blocks of several series and rollups.
@Suite struct SegmentRecordingTests {
    private static let name = "segment-v2/metric.seg"
    private let disk = SimulatedFileSystem()

    /// Regular and jittering times, integers, arbitrary bits, and short series that share blocks.
    private func record() throws {
        var random = SplitMix64(seed: 2)
        var sources = [
            SourceRows(
                timestamps: Sample.regular(360),
                columns: [
                    (SeriesID(rawValue: 1), Sample.integerWalk(360, using: &random)),
                    (SeriesID(rawValue: 2), Sample.integerWalk(360, using: &random).map { $0 / 10 }),
                ]),
            SourceRows(
                timestamps: Sample.jittered(80, using: &random),
                columns: [(SeriesID(rawValue: 5), Sample.anyBits(80, using: &random))]),
        ]
        // One half of them 0, a quarter 1, an eighth 2 …
        sources.append(
            SourceRows(
                timestamps: Sample.regular(2_000),
                columns: [
                    (
                        SeriesID(rawValue: 6),
                        (0..<2_000).map { _ in Double(random.next().trailingZeroBitCount) }
                    )
                ]))
        for number in UInt32(0)..<12 {
            sources.append(
                SourceRows(
                    timestamps: Sample.regular(Int(number) + 1, everySeconds: 600),
                    columns: [
                        (
                            SeriesID(rawValue: 9 + number * 2),
                            number == 3
                                ? [-0.0, .infinity, .nan, 1] : Sample.integerWalk(Int(number) + 1, using: &random)
                        )
                    ]))
        }
        let policy = RollupPolicy(widths: [5 * Nanoseconds.perMinute, Nanoseconds.perHour], rowsPerBucketMin: 1)
        try Segments.write(sources, to: "new", on: disk, rollups: policy)
        try GoldenFiles.record(try Segments.bytes("new", on: disk), as: Self.name)
    }

    @Test("a metric segment of version 2 is read as it was written")
    func metric() throws {
        if GoldenFiles.isRecording { try record() }
        try Segments.put(try GoldenFiles.bytes(Self.name), at: "stored", on: disk)
        #expect(try Segments.faults("stored", on: disk) == [])
        let reader = try Segments.open("stored", on: disk)
        let rows = try Segments.read(reader, reader.series()).rows
        let expected = try GoldenFiles.expected(Self.name)
        #expect(rows.reduce(0) { $0 + $1.values.count } == expected["rows"] as? Int)
        #expect(GoldenFiles.digest(rows) == expected["crc32c"] as? String)
    }

    @Test("a flipped bit in the golden segment is found")
    func flippedBits() throws {
        let bytes = try GoldenFiles.bytes(Self.name)
        // The superblock is mostly zeros. Every byte of small segments is tried by SegmentCorruptionTests.
        let places = Array(0..<160) + Array(stride(from: 160, to: 4_088, by: 197))
        for offset in places + Array(stride(from: 4_088, to: bytes.count - 32, by: 13)) + bytes.indices.suffix(32) {
            var damaged = bytes
            damaged[offset] ^= 1 << (offset % 8)
            try Segments.put(damaged, at: "damaged", on: disk)
            do throws(StoreError) {
                var faults: [Corruption] = []
                try SegmentReader.verify("damaged", fileSystem: disk) { faults.append($0) }
                #expect(faults.first?.path == "damaged", "byte \(offset)")
            } catch {
                guard case .corrupt(let place) = error else {
                    Issue.record("byte \(offset): \(error)")
                    continue
                }
                #expect(place.path == "damaged" && (0...bytes.count).contains(place.offset), "byte \(offset)")
            }
        }
    }
}
