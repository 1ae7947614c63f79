import Glibc
import VarveIO
import VarveModel

// What a store looks after by itself: free space, the ballast file, and notes that make lost files noticed.
extension StoreEngine {
    /// To be called about once a second, whatever else happens: reads the disk's free space, keeps the ballast, and
    /// notes new log files. One system call when there is nothing to do. Failures are in ``failures``.
    package mutating func tend() {
        observeSpace()
        if readOnlyReason == nil {
            restoreBallast()
            recordLogFile()
        }
    }

    /// Takes a reading of the free space.
    mutating func observeSpace() {
        do throws(DiskError) {
            space.observe(try environment.fileSystem.space(at: layout.root), ballastBytes: ballastBytes)
            failures.succeeded(.space)
        } catch {
            failures.failed(.space, .disk(error), nowNs: environment.clock.wallNs())
        }
    }

    /// Why new rows are refused now; nil while they are accepted.
    package var writeRefusal: StoreError? {
        if let readOnlyReason { return .readOnly(reason: readOnlyReason) }
        if space.level == .critical {
            let available = space.space?.availableBytes ?? 0
            return .diskNearlyFull(directory: layout.root, availableBytes: available)
        }
        return isTailFull && frozen != nil ? flushFailure ?? .overloaded : nil
    }

    // MARK: Ballast

    /// Looks for the ballast file of an earlier life. One that a power cut has left empty is as good as none.
    mutating func findBallast() {
        do throws(DiskError) {
            guard try environment.fileSystem.exists(layout.ballastFile) else { return }
            ballastBytes = try environment.fileSystem.open(layout.ballastFile, .read).byteCount()
            if access.mayWrite, ballastBytes == 0 || options.space.ballastBytes == 0 { try removeBallast() }
        } catch {
            failures.failed(.ballast, .disk(error), nowNs: environment.clock.wallNs())
        }
    }

    /// Gives room to a flush that would not have enough otherwise: spare log files first, then the ballast.
    mutating func makeRoomForFlush() {
        observeSpace()
        do throws(DiskError) {
            if space.level == .critical { try wal.removeSpares() }
            if space.releasesBallast(for: flushBytesEstimate) { try removeBallast() }
        } catch {
            failures.failed(.ballast, .disk(error), nowNs: environment.clock.wallNs())
        }
        observeSpace()
    }

    /// What the segments of the frozen tail take at most: values that do not compress, their times, other rows as they
    /// lie in memory, and as much again as a segment without rows has.
    private var flushBytesEstimate: Int {
        let valueCount = frozen?.tail.valueCount ?? 0
        let recordBytes = frozen?.tail.records.counts.byteCount ?? 0
        return valueCount * 17 + recordBytes + 1 << 20
    }

    /// The disk was full in the middle of a flush, whatever the estimate was.
    mutating func releaseBallast() {
        guard ballastBytes > 0 else { return }
        do throws(DiskError) {
            try removeBallast()
        } catch {
            failures.failed(.ballast, .disk(error), nowNs: environment.clock.wallNs())
        }
    }

    private mutating func removeBallast() throws(DiskError) {
        try environment.fileSystem.remove(layout.ballastFile)
        ballastBytes = 0
    }

    /// Only a store that has segments gets a ballast: a directory that holds next to nothing should not take 64 MiB.
    private mutating func restoreBallast() {
        let now = environment.clock.monotonicNs()
        guard !manifest.segments.isEmpty, frozen == nil, now >= ballastDueNs, let byteCount = space.ballastToMake else {
            return
        }
        do throws(DiskError) {
            let file = try environment.fileSystem.open(layout.ballastFile, .createOrOpen)
            try file.reserve(byteCount)
            try file.close()
            ballastBytes = byteCount
            failures.succeeded(.ballast)
        } catch {
            if case .system(_, _, EOPNOTSUPP) = error {
                // Nothing that anybody could mend, so no failure: this file system does without.
                ballastDueNs = .max
            } else {
                ballastDueNs = now + Self.ballastRetryNs
                failures.failed(.ballast, .disk(error), nowNs: environment.clock.wallNs())
            }
            // Best effort: what was reserved of it is found at the next open.
            try? environment.fileSystem.remove(layout.ballastFile)
        }
        observeSpace()
    }

    /// Pause before making a ballast is tried again; nothing depends on it while there is room.
    private static let ballastRetryNs = Nanoseconds.perMinute

    // MARK: Log files

    /// Lets the newest manifest name the newest log file, so that its loss is noticed: it holds what was acknowledged
    /// since, and nothing else points at it. Once for each 64 MiB of log.
    private mutating func recordLogFile() {
        guard let newest = wal.newestUsedFirstLSN, newest > manifest.walFloor, newest != manifest.requiredLogFile
        else { return failures.succeeded(.logRecord) }
        do throws(StoreError) {
            try installManifest(manifest)
            failures.succeeded(.logRecord)
        } catch {
            failures.failed(.logRecord, error, nowNs: environment.clock.wallNs())
        }
    }
}

extension Manifest {
    /// First group of a log file that must exist; nil when none must.
    ///
    /// The counter is the first group of the newest log file when it lies above the floor. The first manifest of a
    /// store, which is older than any log file, has it there by accident.
    var requiredLogFile: UInt64? {
        generation > 1 && counters.nextLSN > walFloor ? counters.nextLSN : nil
    }
}
