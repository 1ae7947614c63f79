import Foundation
import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A segment of the version that is written now, for `Tests/Golden`. `VARVE_RECORD=1` writes it anew and fails the run,
/// so that it cannot stay switched on; what it holds then belongs into `Tests/Golden/expected.json`, too.
@Suite struct SegmentRecordingTests {
    private let disk = SimulatedFileSystem()

    private static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden/segment-v2/metric.seg")

    /// A full vector and a rest, regular and jittering times, integers, arbitrary bits, and a series of one row.
    private var sources: [SourceRows] {
        var random = SplitMix64(seed: 2)
        return [
            SourceRows(
                timestamps: Sample.regular(1_030),
                columns: [
                    (SeriesID(rawValue: 1), Sample.integerWalk(1_030, using: &random)),
                    (SeriesID(rawValue: 2), Sample.anyBits(1_030, using: &random)),
                ]),
            SourceRows(
                timestamps: Sample.jittered(300, using: &random),
                columns: [(SeriesID(rawValue: 5), Sample.integerWalk(300, using: &random).map { $0 / 10 })]),
            SourceRows(timestamps: [Segments.window.start], columns: [(SeriesID(rawValue: 9), [-0.0])]),
        ]
    }

    @Test("a golden segment of this version is read as it was written")
    func metric() throws {
        if ProcessInfo.processInfo.environment["VARVE_RECORD"] == "1" {
            try Segments.write(sources, to: "new", on: disk)
            try FileManager.default.createDirectory(
                at: Self.file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(try Segments.bytes("new", on: disk)).write(to: Self.file)
            Issue.record("\(Self.file.lastPathComponent) was written anew; run again without VARVE_RECORD")
        }
        // Recorded when the version has settled.
        guard FileManager.default.fileExists(atPath: Self.file.path) else { return }
        try Segments.put(Array(try Data(contentsOf: Self.file)), at: "stored", on: disk)
        #expect(try Segments.faults("stored", on: disk) == [])
        let expected = sources.flatMap { source in
            source.columns.map { SeriesRows(series: $0.series, timestamps: source.timestamps, values: $0.values) }
        }.sorted { $0.series < $1.series }
        #expect(try Segments.read(try Segments.open("stored", on: disk), expected.map(\.series)).rows == expected)
    }
}
