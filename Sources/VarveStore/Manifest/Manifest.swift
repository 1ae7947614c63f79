package import VarveBytes
package import VarveModel

/// The complete state of a store at one instant: which segments are live, and up to where the WAL is contained in them.
/// Immutable once installed. Format: Docs/Format/manifest.md.
package struct Manifest: Equatable, Sendable {
    package var storeUUID: UUID16
    /// Grows by one with each install; part of the file's name.
    package var generation: UInt64
    /// Wall clock at creation, nanoseconds since 1970; what it should have said while it was not believed. For people,
    /// and the first reference of ``ExpiryClock``.
    package var createdNs: Int64
    /// Every row whose LSN is at or below this is in `segments`; recovery replays only what is above.
    package var walFloor: UInt64
    /// The catalogue files that name every series used by `segments`.
    package var catalogueGeneration: UInt64
    /// Bytes of the catalogue log that were durable when this manifest was made: what lies behind them may be torn.
    package var catalogueByteCount: UInt64
    package var retention: RetentionPolicy
    package var counters: ManifestCounters
    /// In no particular order; UUIDs are distinct.
    package var segments: [SegmentSummary]
    /// Wrapped keys that are of no segment: opaque to this version, and handed on unchanged.
    package var keyWraps: [[UInt8]]

    /// The state of a new store.
    package init(storeUUID: UUID16, createdNs: Int64) {
        self.storeUUID = storeUUID
        generation = 0
        self.createdNs = createdNs
        walFloor = 0
        catalogueGeneration = 0
        catalogueByteCount = 0
        retention = RetentionPolicy()
        counters = ManifestCounters()
        segments = []
        keyWraps = []
    }
}

extension Manifest {
    /// Refuses numbers that no store reaches and that calculations could not go on from.
    func checkNumbers(path: String) throws(StoreError) {
        guard walFloor <= WALFormat.lsnMax, generation < .max, catalogueByteCount < 1 << 56,
            catalogueGeneration < 1 << 56
        else {
            let detail =
                "generation \(generation), floor \(walFloor) and catalogue \(catalogueGeneration) of "
                + "\(catalogueByteCount) bytes"
            throw .corrupt(Corruption(path: path, offset: 0, detail: detail + " are out of any range"))
        }
    }
}

/// Numbers that must never be given out twice, kept where recovery cannot miss them.
package struct ManifestCounters: Equatable, Sendable {
    /// The next group gets at least this LSN.
    package var nextLSN: UInt64 = 1
    /// The next series gets at least this number: so many series the catalogue's files have. 0 in older manifests.
    package var nextSeries: UInt64 = 0
    /// Who may write: a writer with a lower epoch must stop.
    package var writerEpoch: UInt64 = 1

    package init() {}
}

/// How long raw rows are kept.
package struct RetentionPolicy: Equatable, Sendable {
    /// For every namespace without an entry of its own.
    package var defaultNs: Int64 = Int64(Limits.retentionDays) * Nanoseconds.perDay
    package var namespaces: [NamespaceRetention] = []

    package init() {}
}

/// An exception to the default retention.
package struct NamespaceRetention: Equatable, Sendable {
    package var scope: Scope
    package var namespace: String
    package var retentionNs: Int64

    package init(scope: Scope, namespace: String, retentionNs: Int64) {
        self.scope = scope
        self.namespace = namespace
        self.retentionNs = retentionNs
    }
}
