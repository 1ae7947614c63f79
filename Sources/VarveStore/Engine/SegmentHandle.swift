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
