import Synchronization
import VarveIO

/// A live segment. Snapshots hold it; when a manifest no longer names the segment and the last snapshot lets go,
/// the file is removed. Any thread.
package final class SegmentHandle: Sendable {
    package let reader: SegmentReader
    package let path: String
    /// Starts of the weeks with rows; only of a multi-window segment.
    let weeks: [Int64]
    private let fileSystem: any FileSystem
    private let isRetired = Atomic<Bool>(false)
    /// Number of the series that was found last by ``hasSeries(where:)``, and one; 0 for none.
    private let found = Atomic<UInt64>(0)

    init(
        reader: SegmentReader, path: String, fileSystem: any FileSystem
    ) throws(StoreError) {
        self.reader = reader
        weeks = reader.summary.identity.isMultiWindow ? try reader.weeks() : []
        self.path = path
        self.fileSystem = fileSystem
    }

    package var summary: SegmentSummary { reader.summary }

    /// All rows of the segment, which `place` keeps from being read.
    func gap(_ place: Corruption) -> DataGap { summary.gap(place) }

    /// Whether some series of the segment satisfies a condition. The one found last is asked first, so that the
    /// same question again is O(1); then leaf by leaf of the series index, up to the first such series.
    func hasSeries(where condition: (SeriesID) -> Bool) throws(StoreError) -> Bool {
        let known = found.load(ordering: .relaxed)
        if known > 0, condition(SeriesID(rawValue: UInt32(truncatingIfNeeded: known - 1))) { return true }
        for leaf in reader.footer.seriesLeaves.indices {
            guard let entry = try reader.seriesLeaf(leaf).entries.first(where: { condition($0.series) }) else {
                continue
            }
            found.store(UInt64(entry.series.rawValue) + 1, ordering: .relaxed)
            return true
        }
        return false
    }

    /// To be called after a manifest without this segment is installed.
    func retire() { isRetired.store(true, ordering: .relaxed) }

    deinit {
        guard isRetired.load(ordering: .relaxed) else { return }
        // A file that stays behind is found by the next open, which moves it to the orphans.
        try? fileSystem.remove(path)
    }
}

extension SegmentSummary {
    func gap(_ place: Corruption) -> DataGap {
        var gap = DataGap(place: place, first: firstTimestamp, last: lastTimestamp, rowCountMax: rowCount)
        gap.kind = identity.kind
        return gap
    }
}
