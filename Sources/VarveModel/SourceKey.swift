/// Who measures: one namespace and one dimension set inside an account and region.
///
/// All fields of one line-protocol line share a source, so look-ups, dictionary entries and timestamps are paid for
/// once per source instead of once per metric (Docs/Design/0001-wide-rows.md).
package struct SourceKey: Hashable, Sendable {
    package let scope: Scope
    package let namespace: String
    /// Sorted by name; names are unique.
    package let dimensions: [Dimension]
    package let kind: SeriesKind

    /// - Parameter dimensions: in any order; sorted here. The names must be unique (checked at the edge, where the
    ///   offending column is known).
    package init(
        scope: Scope = .default, namespace: String, dimensions: [Dimension], kind: SeriesKind = .metric
    ) {
        self.scope = scope
        self.namespace = namespace
        self.dimensions = dimensions.sorted()
        self.kind = kind
    }

    /// By bytes: canonically equivalent spellings are different names, as they are on disk. Equal bytes have equal
    /// synthesized hashes.
    package static func == (left: SourceKey, right: SourceKey) -> Bool {
        left.kind == right.kind && left.scope == right.scope && left.namespace.hasSameBytes(as: right.namespace)
            && left.dimensions == right.dimensions
    }
}

/// The account and region that a series belongs to. Nothing is shared across scopes.
package struct Scope: Hashable, Sendable {
    package let account: String
    package let region: String

    package init(account: String, region: String) {
        self.account = account
        self.region = region
    }

    /// By bytes.
    package static func == (left: Scope, right: Scope) -> Bool {
        left.account.hasSameBytes(as: right.account) && left.region.hasSameBytes(as: right.region)
    }

    /// The scope that exists out of the box.
    package static let `default` = Scope(account: "000000000001", region: "local-1")
}

/// What is measured: a metric name with its unit and storage resolution.
package struct FieldKey: Hashable, Sendable {
    package let metric: String
    package let unit: Unit
    package let resolution: Resolution

    package init(metric: String, unit: Unit = .none, resolution: Resolution = .oneSecond) {
        self.metric = metric
        self.unit = unit
        self.resolution = resolution
    }

    /// By bytes.
    package static func == (left: FieldKey, right: FieldKey) -> Bool {
        left.unit == right.unit && left.resolution == right.resolution && left.metric.hasSameBytes(as: right.metric)
    }
}

/// CloudWatch's storage resolution. The raw value (seconds) is written to disk.
package enum Resolution: UInt8, Sendable {
    case oneSecond = 1
    case oneMinute = 60
}

/// Identity of one metric series: a field of a source.
package struct SeriesKey: Hashable, Sendable {
    package let source: SourceKey
    package let field: FieldKey

    package init(source: SourceKey, field: FieldKey) {
        self.source = source
        self.field = field
    }
}
