import Glibc
import Synchronization
import VarveIO
package import VarveModel

/// Pages that could not be read, or not as they were written, twice in a row. Whoever needs one gets the error at once,
/// without keeping a failing disk busy; everything else is served. Kept in memory: an opening starts with a clean list.
///
/// Any thread.
package final class Quarantine: Sendable {
    private struct Key: Hashable {
        var path: String
        var page: Int
    }

    private let pages = Mutex<[Key: Corruption]>([:])
    /// Almost always 0: readers of healthy stores never take the lock.
    private let count = Atomic<Int>(0)

    package init() {}

    /// What is wrong with a page; nil when nothing is known against it. Hot: once per page read from disk.
    func find(_ path: String, page: Int) -> Corruption? {
        guard count.load(ordering: .relaxed) > 0 else { return nil }
        return pages.withLock { $0[Key(path: path, page: page)] }
    }

    func add(_ place: Corruption, page: Int) {
        pages.withLock { pages in
            pages[Key(path: place.path, page: page)] = place
            count.store(pages.count, ordering: .relaxed)
        }
    }

    /// Lifts the quarantine of a page that has been read well again.
    func remove(_ path: String, page: Int) {
        guard count.load(ordering: .relaxed) > 0 else { return }
        pages.withLock { pages in
            pages[Key(path: path, page: page)] = nil
            count.store(pages.count, ordering: .relaxed)
        }
    }

    /// Forgets the pages of a file that is gone.
    func remove(_ path: String) {
        guard count.load(ordering: .relaxed) > 0 else { return }
        pages.withLock { pages in
            pages = pages.filter { $0.key.path != path }
            count.store(pages.count, ordering: .relaxed)
        }
    }

    /// By path and offset.
    package var places: [Corruption] {
        pages.withLock { Array($0.values) }.sorted { ($0.path, $0.offset) < ($1.path, $1.offset) }
    }
}

/// Rows that should be in an answer and cannot be read.
package struct DataGap: Sendable, Hashable {
    package var place: Corruption
    /// Where the rows lie; other rows in it may be there.
    package var range: TimeRange
    /// Rows of all series that are missing, at most.
    package var rowCountMax: Int
    /// Of what kind they are.
    package var kind = SegmentKind.metric

    package init(place: Corruption, range: TimeRange, rowCountMax: Int) {
        self.place = place
        self.range = range
        self.rowCountMax = rowCountMax
    }

    /// For rows from `first` to `last`, both included.
    init(place: Corruption, first: Int64, last: Int64, rowCountMax: Int) {
        let end = last == .max ? last : last + 1
        self.init(place: place, range: TimeRange(start: first, end: end), rowCountMax: rowCountMax)
    }
}

extension DiskError {
    /// Whether the medium gave this answer, so that asking once more will give it again: not a missing file, and not
    /// a lack of descriptors or memory.
    var isMediumError: Bool {
        guard case .system("read", _, let code) = self else { return false }
        return [EIO, EBADMSG, EUCLEAN, ENODATA, EREMOTEIO, EILSEQ, ENXIO].contains(code)
    }
}
