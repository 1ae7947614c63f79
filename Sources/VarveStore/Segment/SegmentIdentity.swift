package import VarveBytes
package import VarveCrypto
package import VarveModel

/// Which rows a segment holds, fixed before the first one is written.
package struct SegmentIdentity: Hashable, Sendable {
    package var uuid: UUID16
    /// The store that the rows belong to.
    package var storeUUID: UUID16
    package var kind: SegmentKind
    /// 0: two hours, 1: a day, 2: a week.
    package var level: UInt8
    /// The aligned window in which all rows lie; `isMultiWindow` segments span several.
    package var window: TimeRange
    /// A patch that collects late rows of several windows.
    package var isMultiWindow: Bool
    /// The closed range of log sequence numbers whose rows (of this window) are all here. Rows of equal time in two
    /// segments are ordered by it.
    package var lsnFirst: UInt64
    package var lsnLast: UInt64
    /// Wall clock at creation, nanoseconds since 1970; for people only.
    package var createdNs: Int64

    package init(
        uuid: UUID16, storeUUID: UUID16, kind: SegmentKind = .metric, level: UInt8 = 0, window: TimeRange,
        isMultiWindow: Bool = false, lsnFirst: UInt64, lsnLast: UInt64, createdNs: Int64
    ) {
        precondition(lsnFirst <= lsnLast, "a segment's LSN range must not end before it starts")
        self.uuid = uuid
        self.storeUUID = storeUUID
        self.kind = kind
        self.level = level
        self.window = window
        self.isMultiWindow = isMultiWindow
        self.lsnFirst = lsnFirst
        self.lsnLast = lsnLast
        self.createdNs = createdNs
    }

    /// Whether rows of this segment stand before rows of equal time in `other`. Ranges may share their end: a merge
    /// that took one part of a flush reaches as far as another part, which has other times.
    package func precedes(_ other: SegmentIdentity) -> Bool { (lsnLast, lsnFirst) < (other.lsnLast, other.lsnFirst) }

    /// Name of the file: the UUID and `.seg`.
    package var fileName: String { "\(uuid).seg" }
}

/// What is known of a finished segment without reading its pages; what the manifest keeps of it.
package struct SegmentSummary: Hashable, Sendable {
    package var identity: SegmentIdentity
    /// Earliest and latest row; both 0 when there is none.
    package var firstTimestamp: Int64
    package var lastTimestamp: Int64
    /// Rows of all series: for metrics the number of samples.
    package var rowCount: Int
    package var seriesCount: Int
    package var byteCount: Int
    /// CRC-32C over the CRCs of superblock, pages and footer: pins the content of the whole file.
    package var fileCRC: UInt32
    /// The segment's data key; nil when it is not sealed. The manifest keeps it, and nothing else does: without it the
    /// file is noise.
    package var wrappedKey: WrappedKey?

    package init(
        identity: SegmentIdentity, firstTimestamp: Int64, lastTimestamp: Int64, rowCount: Int, seriesCount: Int,
        byteCount: Int, fileCRC: UInt32, wrappedKey: WrappedKey? = nil
    ) {
        self.identity = identity
        self.firstTimestamp = firstTimestamp
        self.lastTimestamp = lastTimestamp
        self.rowCount = rowCount
        self.seriesCount = seriesCount
        self.byteCount = byteCount
        self.fileCRC = fileCRC
        self.wrappedKey = wrappedKey
    }

    /// Whether a row of the segment may lie in `range`.
    package func overlaps(_ range: TimeRange) -> Bool {
        rowCount > 0 && range.overlaps(first: firstTimestamp, last: lastTimestamp)
    }
}
