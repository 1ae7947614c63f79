package import VarveCrypto
import VarveModel

/// How a store is opened. Behaviour first, then sizes; the defaults suit a machine with 2 cores and 4 GiB.
package struct StoreOptions: Sendable {
    /// Creates the directory and an empty store when there is none.
    package var createIfMissing = true
    /// Refuses every write.
    package var readOnly = false
    /// Open read-only a directory in which this process may not write, instead of failing.
    package var readsIfUnwritable = false
    /// Opens for writing although the log has a hole, giving up the groups that are missing.
    package var acceptsLoss = false
    /// Rows older than this many days are refused, and segments that hold nothing younger are dropped.
    package var retentionDays = Limits.retentionDays
    /// Days for which rows of some namespaces of the default scope are kept, when that is less than `retentionDays`.
    /// The manifest keeps this; nil leaves it as it is there, and an empty dictionary ends all exceptions. Rows that
    /// are older are not seen, and removed with their segments and with merges.
    package var namespaceRetentionDays: [String: Int]?
    /// Series of all namespaces together.
    package var seriesMax = 2_000_000
    /// Series of one namespace; nil for no limit but `seriesMax`.
    package var seriesPerNamespaceMax: Int?
    /// New series of one namespace that may come at once, and per minute after that.
    package var newSeriesBurst = 1_000_000
    package var newSeriesPerMinute = 50_000

    /// Keeps the keys under which new files are sealed; nil: new files are plain. Files are read as they are, whatever
    /// this says, but sealed ones only with their keys. (Docs/Design/0007-encryption.md)
    package var keyProvider: (any KeyProvider)?

    /// Bytes of one log file, at most 512 MiB. 64 MiB: large enough that rotation is rare, small enough to recycle.
    package var walFileBytes = 64 << 20
    /// Buffered values at which the tail is frozen and flushed. 8 Mi values are 64 MiB, and 8 192 rows, two full
    /// blocks, for each of 1 000 series.
    package var tailValuesMax = 8 << 20
    /// Bytes of buffered rows with several columns at which the tail is frozen and flushed: as many as values take.
    package var tailRecordBytesMax = 64 << 20
    /// Logged bytes at which the tail is frozen whatever its size; bounds recovery time (Docs/Architecture.md).
    package var liveWALBytesMax = 256 << 20
    /// Age at which the tail is frozen whatever its size.
    package var tailAgeMaxNs = 2 * Nanoseconds.perHour
    /// Bytes of batches that may wait for the writer before ``Store/append(_:acknowledge:)`` answers `.overloaded`.
    package var pendingBytesMax = 256 << 20
    /// Bytes of the catalogue's log after which a flush writes a checkpoint; more while a quarter of the last one is.
    package var catalogueLogBytesMax = 4 << 20
    /// Bytes at which a merged segment is split by series: what a backup or an upload moves at once.
    package var segmentBytesMax = 1 << 30
    /// Output of compactions in bytes per second: a third of what a slow disk writes, so that it stays free for the
    /// log. nil for no limit.
    package var compactionBytesPerSecond: Int? = 32 << 20
    /// Verified pages kept in memory.
    package var pageCacheBytes = 256 << 20
    /// Bytes per second at which all segments are read again once a week, to find damage before it is needed; 0 for
    /// never. 8 MiB: a tenth of what the slowest disks read, and 4.6 TiB a week.
    package var scrubBytesPerSecond = 8 << 20
    /// When free space counts as low, and what is kept in reserve.
    package var space = SpaceLimits()

    package init() {}

    var seriesLimits: SeriesLimits {
        var limits = SeriesLimits(total: seriesMax)
        limits.perNamespace = seriesPerNamespaceMax
        limits.burst = newSeriesBurst
        limits.refillPerMinute = newSeriesPerMinute
        return limits
    }
}
