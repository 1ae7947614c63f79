import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Series whose rows lie in segment files.
struct SegmentsSnapshot: MetricSnapshot {
    /// Sources and fields by series.
    var names: FakeSnapshot
    var segments: [SegmentReader] = []

    func namespaces(in scope: Scope) -> [String] { names.namespaces(in: scope) }
    func metrics(in scope: Scope, namespace: String) -> [String] { names.metrics(in: scope, namespace: namespace) }
    func series(in scope: Scope, namespace: String, metric: String) -> [SeriesID] {
        names.series(in: scope, namespace: namespace, metric: metric)
    }
    func source(of series: SeriesID) -> SourceKey { names.source(of: series) }
    func field(of series: SeriesID) -> FieldKey { names.field(of: series) }

    func scan(
        _ series: [SeriesID], in range: TimeRange,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        for segment in segments { if try segment.scan(series, in: range, visit: visit) == .stop { return } }
    }

    func scan(
        _ series: [SeriesID], in range: TimeRange, summedWithin periodNs: Int64,
        visit: (_ index: Int, _ rows: ScannedRows) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        for segment in segments {
            if try segment.scan(series, in: range, summedWithin: periodNs, visit: visit) == .stop { return }
        }
    }

    func segmentCount(in range: TimeRange) -> Int { segments.count }

    /// Writes `rows` (per series, in time order) to a segment.
    mutating func add(
        _ rows: [SeriesID: [FakeSnapshot.Row]], to path: String, on disk: SimulatedFileSystem, rollups: RollupPolicy,
        blockRows: Int = 4_096
    ) throws {
        let identity = SegmentIdentity(
            uuid: UUID16(high: 1, low: UInt64(segments.count)), storeUUID: UUID16(high: 7, low: 9), window: .all,
            lsnFirst: 1, lsnLast: 1, createdNs: 0)
        var builder = try SegmentBuilder(creating: path, identity: identity, fileSystem: disk, rollups: rollups)
        for (series, rows) in rows.sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: rows.count, by: blockRows) {
                let block = rows[start..<min(start + blockRows, rows.count)]
                let time = try block.map(\.timestamp).withUnsafeBufferPointer { times throws(StoreError) in
                    try builder.addTimeBlock(times)
                }
                try block.map(\.value).withUnsafeBufferPointer { values throws(StoreError) in
                    try builder.addValueBlock(series: series, time: time, values: values)
                }
            }
        }
        _ = try builder.finish()
        segments.append(try SegmentReader(opening: path, fileSystem: disk, cache: PageCache()))
    }
}
