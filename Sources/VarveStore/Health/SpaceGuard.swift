package import VarveIO

/// From which free space on a store economises, and from which on it refuses writes.
///
/// Shares suit small disks; the byte counts keep a large disk from being called full while there is plenty left.
package struct SpaceLimits: Sendable, Equatable {
    /// Free space below this share of the disk, and below ``lowBytesMax``, is low.
    package var lowPercent = 10
    /// Ten times ``criticalBytesMax``: hours of notice at the rates for which that is derived.
    package var lowBytesMax = 20 << 30
    /// Free space below this share of the disk, and below ``criticalBytesMax``, is critical.
    package var criticalPercent = 3
    /// What flushes and compaction may need at once: twice the live log (256 MiB), and a segment of 1 GiB.
    package var criticalBytesMax = 2 << 30
    /// Bytes of a file that holds room for flushes; 0 for none. A full tail of 64 MiB values takes less than that.
    package var ballastBytes = 64 << 20

    package init() {}

    /// Of small disks the ballast takes no more than this part.
    private static let ballastPart = 50

    /// Bytes of ballast that suit a disk.
    func ballastBytes(of space: DiskSpace) -> Int { min(ballastBytes, space.totalBytes / Self.ballastPart) }

    func lowBytes(of space: DiskSpace) -> Int { Self.threshold(lowPercent, lowBytesMax, space) }
    func criticalBytes(of space: DiskSpace) -> Int { Self.threshold(criticalPercent, criticalBytesMax, space) }

    private static func threshold(_ percent: Int, _ bytesMax: Int, _ space: DiskSpace) -> Int {
        min(bytesMax, Int(Double(space.totalBytes) * Double(percent) / 100))
    }
}

/// Decides by readings of the disk's free space what a store may still do. Pure; owned by the engine.
///
/// `normal`: everything. `low`: operators are warned. `critical`: new rows are refused, to be sent again later, and
/// nothing is merged; reads, flushes and expiry go on. Merges leave what `critical` needs at every level.
package struct SpaceGuard: Sendable, Equatable {
    package enum Level: Int, Sendable, Comparable {
        case normal, low, critical

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    package let limits: SpaceLimits
    package private(set) var level = Level.normal
    /// The newest reading; nil before the first.
    package private(set) var space: DiskSpace?
    /// Bytes that the ballast file holds now.
    package private(set) var ballastBytes = 0

    package init(limits: SpaceLimits) { self.limits = limits }

    /// Takes a reading, made while the ballast file had `ballastBytes`.
    ///
    /// Room that the ballast is to get back is not free. A level is left only when a quarter more than its threshold
    /// is free, so that it does not come and go with every log file. A file system that does not tell its size is never
    /// short.
    package mutating func observe(_ space: DiskSpace, ballastBytes: Int) {
        self.space = space
        self.ballastBytes = ballastBytes
        guard space.totalBytes > 0 else {
            level = .normal
            return
        }
        let free = space.availableBytes - max(0, limits.ballastBytes(of: space) - ballastBytes)
        let low = limits.lowBytes(of: space)
        let critical = limits.criticalBytes(of: space)
        if free < critical || (level == .critical && free < Self.release(critical)) {
            level = .critical
        } else if free < low || (level >= .low && free < Self.release(low)) {
            level = .low
        } else {
            level = .normal
        }
    }

    /// Free bytes at which a level with that threshold ends.
    private static func release(_ threshold: Int) -> Int { threshold + threshold / 4 }

    /// Whether the ballast should be given up for something that needs `byteCount` bytes.
    package func releasesBallast(for byteCount: Int) -> Bool {
        guard let space, ballastBytes > 0 else { return false }
        return space.availableBytes < byteCount
    }

    /// Bytes of the ballast file to make now; nil while there is one, or no room to spare for it.
    package var ballastToMake: Int? {
        guard let space, ballastBytes == 0 else { return nil }
        let byteCount = limits.ballastBytes(of: space)
        let rest = space.availableBytes - byteCount
        return byteCount > 0 && rest >= Self.release(limits.criticalBytes(of: space)) ? byteCount : nil
    }

    /// Bytes that a compaction may write beside its inputs, which stay until it is installed: without making free space
    /// critical, and none while it is.
    package var compactionBytes: Int {
        guard let space, space.totalBytes > 0 else { return .max }
        return level == .critical ? 0 : max(0, space.availableBytes - limits.criticalBytes(of: space))
    }
}
