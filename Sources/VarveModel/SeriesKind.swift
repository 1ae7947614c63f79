/// What the rows of a series are. Part of its key: series of different kinds share nothing. The raw value is written to
/// disk: never renumber, only append.
package enum SeriesKind: UInt8, CaseIterable, Sendable {
    /// Numbers that are aggregated.
    case metric = 0
    /// Audit events.
    case trail = 1
    /// States of a cryptographic key.
    case key = 2
    /// Versions of a resource's configuration.
    case configuration = 3
}
