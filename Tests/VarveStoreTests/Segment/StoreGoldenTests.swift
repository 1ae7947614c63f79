import Foundation
import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Files of format version 1, written once and kept for ever: every later version must read them.
@Suite struct StoreGoldenTests {
    private let disk = SimulatedFileSystem()

    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")

    private func golden(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Self.folder.appending(path: name)))
    }

    private var sources: [SourceRows] {
        let start = Segments.window.start
        let second = Nanoseconds.perSecond
        return [
            SourceRows(
                timestamps: (0..<6).map { start + $0 * 10 * second },
                columns: [
                    (SeriesID(rawValue: 10), [1, 2, 3, 3, 2, 50]),
                    (
                        SeriesID(rawValue: 11),
                        [0.1, 0.25, -0.0, .infinity, Double(bitPattern: 0x7ff8_0000_0000_beef), Double(bitPattern: 1)]
                    ),
                ]),
            SourceRows(
                timestamps: [start, start + 3, start + 3, start + 90 * second],
                columns: [(SeriesID(rawValue: 4), [-7, -7, -7, -7])]),
        ]
    }

    @Test("a metric segment of version 1 is read as it was written")
    func metricSegment() throws {
        let stored = try golden("segment-v1/metric.seg")
        try Segments.put(stored, at: "stored", on: disk)
        #expect(try Segments.faults("stored", on: disk) == [])
        let expected = sources.flatMap { source in
            source.columns.map { SeriesRows(series: $0.series, timestamps: source.timestamps, values: $0.values) }
        }.sorted { $0.series < $1.series }
        let reader = try Segments.open("stored", on: disk)
        #expect(try Segments.read(reader, expected.map(\.series)).rows == expected)
        #expect(reader.summary.identity == Segments.identity())
    }

    @Test("a trail segment of version 1 is read as it was written")
    func trailSegment() throws {
        let rows = TrailRows(count: 3, seed: 1)
        let stored = try golden("segment-v1/trail.seg")
        try Segments.put(stored, at: "stored", on: disk)
        #expect(try Segments.faults("stored", on: disk) == [])
        _ = try Segments.open("stored", on: disk).records { (block) throws(StoreError) in
            #expect(try block.columns() == rows.columns)
            return .next
        }
    }

    @Test("a manifest of version 1 is read and written byte for byte")
    func manifest() throws {
        var manifest = Manifest(storeUUID: UUID16(high: 7, low: 9), createdNs: Segments.window.start)
        manifest.generation = 12
        manifest.walFloor = 42
        manifest.catalogueByteCount = 1_000
        manifest.counters.nextLSN = 43
        manifest.retention.namespaces = [
            NamespaceRetention(scope: .default, namespace: "AWS/EC2", retentionNs: Nanoseconds.perDay)
        ]
        manifest.segments = [
            SegmentSummary(
                identity: Segments.identity(), firstTimestamp: Segments.window.start,
                lastTimestamp: Segments.window.start + 5, rowCount: 16, seriesCount: 3, byteCount: 4_888,
                fileCRC: 0xdead_beef)
        ]
        manifest.keyWraps = [[1, 2, 3]]
        let stored = try golden("manifest-v1/manifest")
        #expect(stored == manifest.encoded())
        #expect(try Manifest(decoding: stored, path: "manifest") == manifest)
    }
}
