import VarveBytes
import VarveIO

/// The thread that reads all segments again and again, at the pace of a ``ScrubSchedule``. What it finds is in the
/// store's quarantine, and so in its health.
final class Scrubber: Sendable {
    private struct State: Sendable {
        var isStopping = false
        var progress = ScrubProgress()
    }

    /// Longest sleep: what is due is looked up again then, because the schedule's clock may be a simulated one.
    private static let sleepMaxNs: Int64 = 1_000_000_000

    private let state = Monitor(State())
    private let environment: SystemEnvironment
    private let bytesPerSecond: Int
    /// Where progress is kept across openings; nil: nowhere.
    private let file: ScrubFile?
    private let segments: @Sendable () -> [SegmentHandle]

    /// - Parameter segments: the live ones, by now.
    init(
        bytesPerSecond: Int, environment: SystemEnvironment, file: ScrubFile?,
        segments: @escaping @Sendable () -> [SegmentHandle]
    ) {
        self.bytesPerSecond = bytesPerSecond
        self.environment = environment
        self.file = file
        self.segments = segments
    }

    var progress: ScrubProgress { state.withLock(\.progress) }

    func stop() {
        state.withLock { $0.isStopping = true }
        state.broadcast()
    }

    /// Until ``stop()``.
    func run() {
        var schedule = makeSchedule()
        while true {
            let waitNs = step(&schedule)
            let progress = schedule.progress
            state.withLock { $0.progress = progress }
            let isStopping = state.wait(timeoutNs: min(waitNs, Self.sleepMaxNs)) { $0.isStopping ? true : nil } == true
            if let mark = schedule.takeMark(nowNs: environment.clock.monotonicNs(), isLast: isStopping) {
                file?.save(mark)
            }
            if isStopping { return }
        }
    }

    private func makeSchedule() -> ScrubSchedule {
        let clock = environment.clock
        guard let mark = file?.load() else {
            return ScrubSchedule(bytesPerSecond: bytesPerSecond, nowNs: clock.monotonicNs())
        }
        return ScrubSchedule(
            bytesPerSecond: bytesPerSecond, nowNs: clock.monotonicNs(), wallNs: clock.wallNs(), after: mark)
    }

    /// - Returns: how long there is nothing to do.
    private func step(_ schedule: inout ScrubSchedule) -> Int64 {
        let clock = environment.clock
        let action = schedule.next(nowNs: clock.monotonicNs(), wallNs: clock.wallNs()) {
            segments().map { ScrubSchedule.Item(uuid: $0.summary.identity.uuid, pageCount: $0.reader.pageCount) }
        }
        switch action {
        case .wait(let durationNs): return durationNs
        case .open(let uuid):
            check(uuid, &schedule) { handle throws(StoreError) in try handle.verifyEnds(environment.fileSystem) }
        case .read(let uuid, let page):
            check(uuid, &schedule) { handle throws(StoreError) in try handle.reader.verifyPage(page) }
        }
        return 0
    }

    private func check(
        _ uuid: UUID16, _ schedule: inout ScrubSchedule, _ read: (SegmentHandle) throws(StoreError) -> Int
    ) {
        // Looked up each time: holding a handle would keep the file of an expired segment.
        guard let handle = segments().first(where: { $0.summary.identity.uuid == uuid }) else {
            return schedule.skipSegment()
        }
        do throws(StoreError) {
            schedule.spent(byteCount: try read(handle), nowNs: environment.clock.monotonicNs())
        } catch {
            // Damage is in the quarantine by now; anything else is worth telling as well.
            if case .corrupt = error {} else { schedule.progress.failure = "\(error)" }
            schedule.spent(byteCount: SegmentFormat.superblockByteCount, nowNs: environment.clock.monotonicNs())
        }
    }
}

extension SegmentHandle {
    /// Opens the file once more, which checks superblock, footer and trailer.
    /// - Returns: bytes read, roughly.
    /// - Throws: `.corrupt` after noting the file in the quarantine; `.disk`.
    func verifyEnds(_ fileSystem: any FileSystem) throws(StoreError) -> Int {
        do throws(StoreError) {
            let again = try SegmentReader(opening: path, fileSystem: fileSystem, cache: PageCache(byteCountMax: 0))
            reader.pages.quarantine.remove(path, page: -1)
            return summary.byteCount - again.footerOffset + SegmentFormat.superblockByteCount
        } catch {
            if case .corrupt(let place) = error { reader.pages.quarantine.add(place, page: -1) }
            throw error
        }
    }
}
