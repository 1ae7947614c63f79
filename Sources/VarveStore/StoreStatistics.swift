/// Counts of a store at one moment.
package struct StoreStatistics: Sendable, Equatable {
    package var seriesCount = 0
    /// Values, in segments and in the tail.
    package var sampleCount = 0
    package var segmentCount = 0
    package var segmentBytes = 0
    /// Of the segments, those that are encrypted.
    package var sealedSegmentCount = 0
    package var tailRows = 0
    package var tailValues = 0
    /// Logged bytes that a restart would replay.
    package var walBytes = 0
    package var catalogueBytes = 0
    package var oldestTimestampNs: Int64?
    package var newestTimestampNs: Int64?
    /// nil while writes are accepted.
    package var readOnlyReason: String?
    /// Files that could not be read when the store was opened; their rows are missing from answers.
    package var damage: [Corruption] = []

    package init() {}
}
