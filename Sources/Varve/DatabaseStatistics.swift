package import VarveStore

/// How much a database holds, at the moment it was asked.
public struct DatabaseStatistics: Sendable, Equatable {
    /// Distinct series: namespace, dimensions, metric and unit.
    public var seriesCount: Int
    /// Stored values.
    public var sampleCount: Int
    /// Segment files and their bytes.
    public var segmentCount: Int
    /// Bytes of all segment files.
    public var segmentBytes: Int
    /// Rows that are durable in the log, but not yet in a segment.
    public var tailRows: Int
    /// Values of these rows.
    public var tailValues: Int
    /// Bytes of the write-ahead log.
    public var walBytes: Int
    /// Bytes of the series catalogue.
    public var catalogueBytes: Int
    /// Time of the oldest row, nanoseconds since 1970; nil when there is none.
    public var oldestTimestampNs: Int64?
    /// Time of the newest row, nanoseconds since 1970; nil when there is none.
    public var newestTimestampNs: Int64?
    /// Why writes are refused; nil while they are accepted.
    public var readOnlyReason: String?
    /// Files that could not be read when the database was opened, one sentence each: their rows are missing from
    /// answers.
    public var damage: [String]

    package init(_ store: StoreStatistics) {
        seriesCount = store.seriesCount
        sampleCount = store.sampleCount
        segmentCount = store.segmentCount
        segmentBytes = store.segmentBytes
        tailRows = store.tailRows
        tailValues = store.tailValues
        walBytes = store.walBytes
        catalogueBytes = store.catalogueBytes
        oldestTimestampNs = store.oldestTimestampNs
        newestTimestampNs = store.newestTimestampNs
        readOnlyReason = store.readOnlyReason
        damage = store.damage.map(\.description)
    }

    /// Bytes of segments for each value in them; nil when no value is in a segment yet.
    public var bytesPerSample: Double? {
        let values = sampleCount - tailValues
        return values > 0 ? Double(segmentBytes) / Double(values) : nil
    }
}
