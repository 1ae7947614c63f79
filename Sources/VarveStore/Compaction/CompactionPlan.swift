package import VarveBytes
import VarveCodec
package import VarveModel

/// What one compaction does: which segments it replaces, and by what.
package struct CompactionPlan: Equatable, Sendable {
    package enum Target: Equatable, Sendable {
        /// One segment (or several by series, when it is large) for one window.
        case window(level: UInt8, range: TimeRange)
        /// One segment for each of these weeks: patches are folded in.
        case weeks([TimeRange])
        /// One multi-window segment that spans these weeks.
        case patch(TimeRange)
        /// The same, with the newest row of each series and no other: states that were replaced before all that is
        /// kept.
        case newest(TimeRange)
    }

    /// Of one kind; what of other segments has the same times stands before all of them or behind all of them.
    package var inputs: [UUID16]
    package var target: Target
    /// Of the inputs: what the outputs will take at most, roughly.
    package var byteCount: Int

    /// Bytes that must be free: the outputs, 5 % for statistics and indexes that grow, and what a log may need
    /// meanwhile is left to its own reserve.
    package var neededBytes: Int { byteCount + byteCount / 20 }
}

/// A file that a compaction writes.
struct CompactionTarget: Sendable {
    var level: UInt8
    var range: TimeRange
    var isMultiWindow: Bool
    /// Whether of each series only the newest row is kept.
    var keepsOnlyNewest = false
}

extension CompactionPlan {
    var targets: [CompactionTarget] {
        switch target {
        case .window(let level, let range): [CompactionTarget(level: level, range: range, isMultiWindow: false)]
        case .weeks(let weeks): weeks.map { CompactionTarget(level: 2, range: $0, isMultiWindow: false) }
        case .patch(let range): [CompactionTarget(level: 2, range: range, isMultiWindow: true)]
        case .newest(let range):
            [CompactionTarget(level: 2, range: range, isMultiWindow: true, keepsOnlyNewest: true)]
        }
    }
}

extension CompactionTarget {
    /// Windows that ended a day ago or more are written for months of reading; the others will be written again.
    func effort(nowNs: Int64) -> CodecEffort {
        let (settled, isLate) = range.end.addingReportingOverflow(Nanoseconds.perDay)
        return level > 0 && !isMultiWindow && !isLate && settled <= nowNs ? .compaction : .flush
    }
}
