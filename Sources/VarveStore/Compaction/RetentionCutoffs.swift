import Synchronization
import VarveModel

/// How long the rows of each namespace are kept. Made when that changes; engine, snapshots and merges share it.
/// Immutable but for what it remembers of the catalogue; any thread.
final class RetentionTable: Sendable {
    private struct Namespace: Hashable {
        var scope: Scope
        var name: String
    }

    private let catalogue: Catalogue
    /// Nanoseconds; only namespaces that keep rows for another time than the store.
    private let exceptions: [Namespace: Int64]
    /// The shortest of them.
    let shortestNs: Int64
    /// By number of the space, as far as anybody asked: so that a query over many series compares no names. A space
    /// never changes.
    private let bySpace = Mutex<[UInt32: Int64]>([:])

    init(_ policy: RetentionPolicy, catalogue: Catalogue) {
        self.catalogue = catalogue
        var exceptions: [Namespace: Int64] = [:]
        for entry in policy.namespaces {
            exceptions[Namespace(scope: entry.scope, name: entry.namespace)] = entry.retentionNs
        }
        self.exceptions = exceptions
        shortestNs = exceptions.values.min() ?? .max
    }

    /// `Int64.max` when the namespace is no exception. O(1).
    func retentionNs(of series: SeriesID) -> Int64 {
        if exceptions.isEmpty { return .max }
        let tables = catalogue.tables
        let source = tables.series[series.rawValue].source
        guard source != CatalogueTables.none else { return .max }
        let space = tables.sources[source].space
        if let known = bySpace.withLock({ $0[space] }) { return known }
        let name = tables.names.text(tables.spaces[space].namespace)
        let found = exceptions[Namespace(scope: tables.scope(ofSpace: space), name: name)] ?? .max
        bySpace.withLock { $0[space] = found }
        return found
    }
}

/// How old rows may be, by series, at one moment. O(1) to make.
struct RetentionCutoffs: Sendable {
    /// Rows before this are expired, whatever their namespace.
    let oldestNs: Int64
    private let nowNs: Int64
    /// nil: no namespace is an exception.
    private let table: RetentionTable?

    init(_ table: RetentionTable?, oldestNs: Int64, nowNs: Int64) {
        self.table = table
        self.oldestNs = oldestNs
        self.nowNs = nowNs
    }

    /// Whether some namespace keeps rows for a shorter time than the others.
    var hasExceptions: Bool { newestNs > oldestNs }
    /// Rows before this are expired for some namespace.
    var newestNs: Int64 { cutoff(table?.shortestNs ?? .max) }

    /// Rows of `series` before this are expired.
    func cutoff(of series: SeriesID) -> Int64 { table.map { cutoff($0.retentionNs(of: series)) } ?? oldestNs }

    private func cutoff(_ retentionNs: Int64) -> Int64 {
        let (cutoff, isEarly) = nowNs.subtractingReportingOverflow(retentionNs)
        return retentionNs == .max || isEarly ? oldestNs : max(oldestNs, cutoff)
    }
}

// MARK: - Configuration

extension StoreEngine {
    /// Keeps rows of some namespaces for a shorter time than the others. They are not seen from then on; their bytes go
    /// with the segments, and with merges. Durable on return, and kept by the manifest.
    package mutating func setRetention(_ namespaces: [NamespaceRetention]) throws(StoreError) {
        guard namespaces != manifest.retention.namespaces else { return }
        if let readOnlyReason { throw .readOnly(reason: readOnlyReason) }
        var next = manifest
        next.retention.namespaces = namespaces
        try installManifest(next)
        retention = RetentionTable(manifest.retention, catalogue: catalogue)
    }

    /// Changes the time for which one namespace of the default scope is kept.
    /// - Parameter days: 1 or more; nil: as long as the rest of the store. Longer than that has no effect.
    package mutating func setRetention(days: Int?, namespace: String) throws(StoreError) {
        var next = manifest.retention.namespaces.filter { $0.scope != .default || $0.namespace != namespace }
        if let days { next.append(try NamespaceRetention(days: days, namespace: namespace)) }
        try setRetention(next)
    }

    /// What the options say takes the place of what the manifest says of the default scope. A store that may not be
    /// written is shown as it was left.
    mutating func applyRetentionOptions() throws(StoreError) {
        guard let wanted = options.namespaceRetentionDays, readOnlyReason == nil else { return }
        var next = manifest.retention.namespaces.filter { $0.scope != .default }
        for (namespace, days) in wanted.sorted(by: { $0.key.precedesByBytes($1.key) }) {
            next.append(try NamespaceRetention(days: days, namespace: namespace))
        }
        try setRetention(next)
    }
}

extension NamespaceRetention {
    /// Of the default scope.
    fileprivate init(days: Int, namespace: String) throws(StoreError) {
        // A longer name could not be read back, and no series has one.
        guard days > 0, 1...Limits.nameBytesMax ~= namespace.utf8.count else {
            throw .invalidRetention(namespace: namespace, days: days)
        }
        let (retentionNs, isEndless) = Int64(days).multipliedReportingOverflow(by: Nanoseconds.perDay)
        self.init(scope: .default, namespace: namespace, retentionNs: isEndless ? .max : retentionNs)
    }
}

extension Store {
    /// Keeps rows of a namespace of the default scope for `days`, 1 or more, from now on and after every opening whose
    /// options do not say otherwise (``StoreOptions/namespaceRetentionDays``); nil: as long as the rest of the store.
    /// Snapshots taken afterwards do not show what is older. Waits; not for event loops or the cooperative pool.
    /// - Throws: `.invalidRetention`, `.readOnly`, `.closed`, `.disk`.
    package func setRetention(days: Int?, namespace: String) throws(StoreError) {
        try onWriter { [weak self] engine throws(StoreError) in
            try engine.setRetention(days: days, namespace: namespace)
            self?.publish(StorePublication(engine))
        }
    }
}
