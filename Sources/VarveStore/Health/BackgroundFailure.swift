/// What a store does on its own, with nobody waiting who could be told of a failure.
package enum BackgroundTask: String, Sendable, CaseIterable {
    /// Writing a full or old tail into segments.
    case flush
    /// Removing segments that are older than the retention.
    case expiry
    /// Giving up log files whose rows are in segments.
    case logRelease = "log release"
    /// Noting in a manifest that a log file was begun.
    case logRecord = "log record"
    /// Merging segments.
    case compaction
    /// Asking the file system for its free space.
    case space = "disk space"
    /// Keeping the ballast file.
    case ballast
    /// Wrapping data keys under a newer key, when a store is opened; tried again at the next opening.
    case keyRotation = "key rotation"
    /// Taking over the retention of namespaces from the options, when a store is opened; as before until the next one.
    case retentionChange = "retention change"
    /// Reading all segments again; its failures are in ``ScrubProgress``.
    case scrub
}

/// Failures of one background task since the store was opened.
package struct BackgroundFailure: Sendable, Equatable {
    package var task: BackgroundTask
    /// Why it failed the last time.
    package var reason: String
    /// Since the store was opened.
    package var count = 0
    /// When the failures began that have not ended yet, or the last ones that have; nanoseconds since 1970.
    package var sinceNs: Int64
    /// When it failed the last time; nanoseconds since 1970.
    package var lastNs: Int64
    /// Whether it has not succeeded since.
    package var isOngoing = true

    package init(task: BackgroundTask, reason: String, sinceNs: Int64) {
        self.task = task
        self.reason = reason
        self.sinceNs = sinceNs
        lastNs = sinceNs
    }
}

/// Remembers what failed in the background. A value; owned by the engine.
package struct FailureLog: Sendable, Equatable {
    private var entries: [BackgroundTask: BackgroundFailure] = [:]

    package init() {}

    package mutating func failed(_ task: BackgroundTask, _ error: StoreError, nowNs: Int64) {
        var entry = entries[task] ?? BackgroundFailure(task: task, reason: "", sinceNs: nowNs)
        if !entry.isOngoing { entry.sinceNs = nowNs }
        entry.isOngoing = true
        entry.reason = "\(error)"
        entry.lastNs = nowNs
        entry.count += 1
        entries[task] = entry
    }

    package mutating func succeeded(_ task: BackgroundTask) {
        entries[task]?.isOngoing = false
    }

    /// In the order of ``BackgroundTask``; tasks that never failed are not there.
    package var list: [BackgroundFailure] { BackgroundTask.allCases.compactMap { entries[$0] } }
}
