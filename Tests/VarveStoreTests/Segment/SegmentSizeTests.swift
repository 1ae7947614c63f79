import Testing
import VarveModel
import VarveStore
import VarveTestKit

/// Sizes are exact and repeatable, so they are gates: a change that makes segments larger has to say so here.
@Suite struct SegmentSizeTests {
    private let disk = SimulatedFileSystem()

    /// What TSBS' cpu-only workload sends: 10 sibling series of integers per host, every 10 s.
    private func tsbs(hosts: Int, rows: Int, seed: UInt64) -> [SourceRows] {
        var random = SplitMix64(seed: seed)
        return (0..<hosts).map { (host: Int) in
            SourceRows(
                timestamps: Sample.regular(rows),
                columns: (0..<10).map {
                    (SeriesID(rawValue: UInt32(host * 10 + $0)), Sample.integerWalk(rows, using: &random))
                })
        }
    }

    @Test("TSBS' integers stay within their bytes per sample", arguments: [(720, 0.47), (4_096, 0.40)])
    func tsbsIntegers(rows: Int, limit: Double) throws {
        let hosts = 4
        let summary = try Segments.write(tsbs(hosts: hosts, rows: rows, seed: 1), to: "segment", on: disk)
        #expect(summary.rowCount == hosts * 10 * rows)
        let description = try Segments.open("segment", on: disk).describe()
        // The superblock is the same for any size; it would hide the rest in a segment this small.
        let bytesPerSample = Double(summary.byteCount - 4_096) / Double(summary.rowCount)
        #expect(bytesPerSample < limit, "measured \(bytesPerSample)")
        let index = description.pages.filter { [.blockIndex, .timeIndex, .seriesIndex].contains($0.type) }
        let bytesPerBlock = Double(index.reduce(0) { $0 + $1.byteCount }) / Double(description.blockCount)
        #expect(bytesPerBlock < 24, "measured \(bytesPerBlock) bytes of index per block, statistics included")
    }

    @Test("a description accounts for every byte of the file")
    func everyByteIsAccountedFor() throws {
        let summary = try Segments.write(tsbs(hosts: 3, rows: 500, seed: 2), to: "segment", on: disk, blockRows: 128)
        let description = try Segments.open("segment", on: disk).describe()
        #expect(description.pages.reduce(4_096 + 32) { $0 + $1.byteCount } == summary.byteCount)
        #expect(description.columns.map(\.name) == ["time", "value"])
        #expect(description.columns[1].rowCount == 15_000)
        #expect(description.columns[1].modes.values.reduce(0, +) == description.blockCount)
        let values = try #require(description.pages.first { $0.type == .block })
        #expect(values.byteCount - description.columns[1].byteCount <= values.pageCount * (32 + 7))
    }
}
