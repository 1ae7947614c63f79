package import VarveBytes
import VarveModel

/// How far the regular reading of all segments is.
package struct ScrubProgress: Sendable, Equatable {
    /// Segments of the current pass, and how many of them are done; both 0 between two passes.
    package var segmentCount = 0
    package var segmentsDone = 0
    package var passesFinished = 0
    /// When the last pass ended, by the wall clock; nil before the first.
    package var lastFinishedNs: Int64?
    /// Bytes read since the store was opened.
    package var byteCount = 0
    /// Why reading failed for another reason than damage, in the current or last pass.
    package var failure: String?

    package init() {}
}

/// Decides what is read when, so that every page of every segment is looked at once a week without being in anybody's
/// way. Pure: the caller reads and tells what it cost.
package struct ScrubSchedule: Sendable {
    /// A segment as far as the schedule is concerned.
    package struct Item: Sendable, Equatable {
        package var uuid: UUID16
        package var pageCount: Int

        package init(uuid: UUID16, pageCount: Int) {
            self.uuid = uuid
            self.pageCount = pageCount
        }
    }

    package enum Action: Sendable, Equatable {
        /// Nothing to do for so many nanoseconds.
        case wait(Int64)
        /// Open the file again: its first and last bytes are checked by that.
        case open(UUID16)
        case read(UUID16, page: Int)
    }

    /// From the start of one pass to that of the next.
    static let intervalNs = Nanoseconds.perWeek
    /// A program that opens a store for a short while should not spend that time reading.
    static let firstDelayNs = 10 * Nanoseconds.perMinute

    private let bytesPerSecond: Int
    private var dueNs: Int64
    private var startedNs: Int64 = 0
    /// Segments of the pass that are still to do, the current one last.
    private var rest: [Item] = []
    /// The next page of the current segment; nil before it was opened.
    private var page: Int?
    package var progress = ScrubProgress()

    /// - Parameters:
    ///   - bytesPerSecond: at least 1.
    ///   - nowNs: of the monotonic clock, as in all methods.
    package init(bytesPerSecond: Int, nowNs: Int64) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        dueNs = nowNs + Self.firstDelayNs
    }

    /// - Parameter segments: asked for at the start of a pass.
    package mutating func next(nowNs: Int64, wallNs: Int64, segments: () -> [Item]) -> Action {
        if nowNs < dueNs { return .wait(dueNs - nowNs) }
        if progress.segmentCount == 0 {
            rest = segments().reversed()
            guard !rest.isEmpty else { return finish(startedNs: nowNs, nowNs: nowNs, wallNs: wallNs) }
            startedNs = nowNs
            progress.segmentCount = rest.count
            progress.failure = nil
            page = nil
        }
        guard let item = rest.last else { return finish(startedNs: startedNs, nowNs: nowNs, wallNs: wallNs) }
        guard let page else {
            self.page = 0
            return .open(item.uuid)
        }
        if page < item.pageCount {
            self.page = page + 1
            return .read(item.uuid, page: page)
        }
        skipSegment()
        return .wait(0)
    }

    /// Done with the current segment, or it is gone.
    package mutating func skipSegment() {
        guard rest.popLast() != nil else { return }
        page = nil
        progress.segmentsDone += 1
    }

    /// The last action has read so many bytes. What comes late is not caught up with: the rate is a ceiling.
    package mutating func spent(byteCount: Int, nowNs: Int64) {
        progress.byteCount += byteCount
        dueNs = nowNs + Int64(Double(byteCount) / Double(bytesPerSecond) * 1e9)
    }

    private mutating func finish(startedNs: Int64, nowNs: Int64, wallNs: Int64) -> Action {
        progress.segmentCount = 0
        progress.segmentsDone = 0
        progress.passesFinished += 1
        progress.lastFinishedNs = wallNs
        dueNs = max(startedNs + Self.intervalNs, nowNs)
        return .wait(dueNs - nowNs)
    }
}
