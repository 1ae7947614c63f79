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
    /// Between two marks: at 8 MiB/s, what is read again after a kill is half a gigabyte at most.
    static let markIntervalNs = Nanoseconds.perMinute

    private let bytesPerSecond: Int
    private var dueNs: Int64
    private var startedNs: Int64 = 0
    /// The same by the wall clock; nil before the first pass.
    private var startedWallNs: Int64?
    /// Where the pass of an earlier opening is taken up.
    private var resumed: ScrubMark.Position?
    /// Page to go on with once the current segment is open.
    private var firstPage = 0
    private var markDueNs: Int64 = .min
    private var lastMark: ScrubMark?
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

    /// Goes on where an earlier opening stopped: in the middle of a pass, or waiting for the next one.
    /// - Parameter wallNs: the time of day now. One that was wrong at one end only shifts the next pass, by a week at
    ///   most.
    package init(bytesPerSecond: Int, nowNs: Int64, wallNs: Int64, after mark: ScrubMark) {
        self.init(bytesPerSecond: bytesPerSecond, nowNs: nowNs)
        let (elapsed, isFar) = wallNs.subtractingReportingOverflow(mark.startedNs)
        startedNs = nowNs - min(max(0, isFar ? 0 : elapsed), Self.intervalNs)
        startedWallNs = mark.startedNs
        progress.passesFinished = mark.passesFinished
        progress.lastFinishedNs = mark.finishedNs
        resumed = mark.position
        lastMark = mark
        if resumed == nil { dueNs = max(dueNs, startedNs + Self.intervalNs) }
    }

    /// - Parameter segments: asked for at the start of a pass.
    package mutating func next(nowNs: Int64, wallNs: Int64, segments: () -> [Item]) -> Action {
        if nowNs < dueNs { return .wait(dueNs - nowNs) }
        if progress.segmentCount == 0 {
            begin(segments(), nowNs: nowNs, wallNs: wallNs)
            guard progress.segmentCount > 0 else { return finish(nowNs: nowNs, wallNs: wallNs) }
        }
        guard let item = rest.last else { return finish(nowNs: nowNs, wallNs: wallNs) }
        guard let page else {
            self.page = firstPage
            firstPage = 0
            return .open(item.uuid)
        }
        if page < item.pageCount {
            self.page = page + 1
            return .read(item.uuid, page: page)
        }
        skipSegment()
        return .wait(0)
    }

    /// Begins a pass, or takes one up. Segments that came since with a lower UUID are left to the next pass: flushes
    /// and merges verify what they write.
    private mutating func begin(_ segments: [Item], nowNs: Int64, wallNs: Int64) {
        let order = segments.sorted { $0.uuid.precedes($1.uuid) }
        progress.segmentCount = order.count
        progress.failure = nil
        page = nil
        guard let position = resumed else {
            rest = order.reversed()
            startedNs = nowNs
            startedWallNs = wallNs
            return
        }
        resumed = nil
        rest = order.filter { !$0.uuid.precedes(position.uuid) }.reversed()
        firstPage = rest.last?.uuid == position.uuid ? position.page : 0
        progress.segmentsDone = order.count - rest.count
    }

    /// Done with the current segment, or it is gone.
    package mutating func skipSegment() {
        guard rest.popLast() != nil else { return }
        page = nil
        firstPage = 0
        progress.segmentsDone += 1
    }

    /// The last action has read so many bytes. What comes late is not caught up with: the rate is a ceiling.
    package mutating func spent(byteCount: Int, nowNs: Int64) {
        progress.byteCount += byteCount
        dueNs = nowNs + Int64(Double(byteCount) / Double(bytesPerSecond) * 1e9)
    }

    /// What an opening after this one needs to go on; nil before the first pass.
    private var mark: ScrubMark? {
        guard let startedWallNs else { return nil }
        let current = rest.last.map { ScrubMark.Position(uuid: $0.uuid, page: page ?? firstPage) }
        return ScrubMark(
            startedNs: startedWallNs, finishedNs: progress.lastFinishedNs, passesFinished: progress.passesFinished,
            position: resumed ?? current)
    }

    /// The mark to keep now; nil when the one kept last is good enough: it is not a minute old, or nothing has changed.
    /// - Parameter isLast: the store is being closed.
    package mutating func takeMark(nowNs: Int64, isLast: Bool = false) -> ScrubMark? {
        guard let mark, mark != lastMark else { return nil }
        let isNewPass = mark.passesFinished != lastMark?.passesFinished
        guard isLast || isNewPass || nowNs >= markDueNs else { return nil }
        markDueNs = nowNs + Self.markIntervalNs
        lastMark = mark
        return mark
    }

    private mutating func finish(nowNs: Int64, wallNs: Int64) -> Action {
        progress.segmentCount = 0
        progress.segmentsDone = 0
        progress.passesFinished += 1
        progress.lastFinishedNs = wallNs
        dueNs = max(startedNs + Self.intervalNs, nowNs)
        return .wait(dueNs - nowNs)
    }
}

extension UUID16 {
    /// The order of a pass.
    fileprivate func precedes(_ other: UUID16) -> Bool { (high, low) < (other.high, other.low) }
}
