/// Counts of a store at one moment.
package struct StoreStatistics: Sendable, Equatable {
    package var seriesCount = 0
    /// Values, in segments and in the tail.
    package var sampleCount = 0
    /// Rows with several columns, in segments and in the tail.
    package var recordCount = 0
    package var segmentCount = 0
    package var segmentBytes = 0
    /// Of the segments, those that are encrypted.
    package var sealedSegmentCount = 0
    package var tailRows = 0
    package var tailValues = 0
    /// Rows with several columns in the tail, and what they take in memory, roughly.
    package var tailRecords = 0
    package var tailRecordBytes = 0
    /// Logged bytes that a restart would replay.
    package var walBytes = 0
    package var catalogueBytes = 0
    package var oldestTimestampNs: Int64?
    package var newestTimestampNs: Int64?
    /// nil while writes are accepted.
    package var readOnlyReason: String?
    /// Files that could not be read when the store was opened; their rows are missing from answers.
    package var damage: [Corruption] = []
    /// Rows of segments that could not be opened, as far as the manifest tells.
    package var missingRowCount = 0
    /// Pages that could not be read since; queries that need them fail.
    package var quarantine: [Corruption] = []
    /// Why writes are refused, or would be, until something passes; nil while they are accepted.
    package var writeRefusal: String?
    /// Background work that has failed since the store was opened.
    package var failures: [BackgroundFailure] = []
    package var spaceLevel = SpaceGuard.Level.normal
    /// Free and total bytes of the disk, as of the last reading; 0 before it.
    package var availableBytes = 0
    package var diskBytes = 0
    /// Bytes held back for flushes on a full disk.
    package var ballastBytes = 0
    /// Why nothing expires although it would by the clock; nil while the clock is believed.
    package var clockWarning: String?
    /// How far the regular reading of all segments is.
    package var scrub = ScrubProgress()

    package init() {}

    package var health: StoreHealth { StoreHealth(self) }
}
