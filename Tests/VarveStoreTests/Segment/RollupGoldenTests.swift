import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A segment of version 2 with rollups of decimals: form 2 of their sums.
@Suite struct RollupGoldenTests {
    private static let name = "segment-v2/rollups.seg"
    private static let policy = RollupPolicy(
        widths: [5 * Nanoseconds.perMinute, Nanoseconds.perHour], rowsPerBucketMin: 1)
    private let disk = SimulatedFileSystem()

    /// Ninety minutes of 10 s: prices, degrees about zero, negative levels with a gap of finite values, and integers.
    private func sources() -> [SourceRows] {
        var random = SplitMix64(seed: 12)
        func column(_ low: Int, _ high: Int, _ power: Double) -> [Double] {
            (0..<540).map { _ in Double(Int.random(in: low...high, using: &random)) / power }
        }
        var levels = column(-92_000, -11_000, 1_000)
        for row in 100..<170 { levels[row] = row % 2 == 0 ? .nan : -.infinity }
        let columns = [column(99, 4_999, 100), column(-180, 350, 10), levels, column(0, 100, 1)]
        return [
            SourceRows(
                timestamps: Sample.regular(540),
                columns: columns.enumerated().map { (SeriesID(rawValue: UInt32($0.offset)), $0.element) })
        ]
    }

    @Test("a segment with rollups of decimals is read as it was written, and its sums are those of its rows")
    func rollups() throws {
        if GoldenFiles.isRecording {
            try Segments.write(sources(), to: "new", on: disk, rollups: Self.policy)
            try GoldenFiles.record(try Segments.bytes("new", on: disk), as: Self.name)
        }
        try Segments.put(try GoldenFiles.bytes(Self.name), at: "stored", on: disk)
        #expect(try Segments.faults("stored", on: disk) == [])
        let reader = try Segments.open("stored", on: disk)
        let rows = try Segments.read(reader, reader.series()).rows
        let expected = try GoldenFiles.expected(Self.name)
        #expect(rows.reduce(0) { $0 + $1.values.count } == expected["rows"] as? Int)
        #expect(GoldenFiles.digest(rows) == expected["crc32c"] as? String)
        for width in Self.policy.widths {
            let rollup = try #require(try reader.rollup(of: SeriesID(rawValue: 2), width: width))
            #expect(rollup.buckets.reduce(0) { $0 + $1.nonFiniteCount } == 70)
        }
    }
}
