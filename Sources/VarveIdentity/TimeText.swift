import VarveModel

/// Times in documents of identity.
enum TimeText {
    /// ISO 8601 in UTC, whole seconds: `2026-01-15T12:00:00Z`.
    static func seconds(_ seconds: Int64) -> String {
        // Far outside of what nanoseconds in 64 bits hold, the nearest time that they do.
        let bounded = min(max(seconds, -9_000_000_000), 9_000_000_000)
        return InstantText.format(bounded * Nanoseconds.perSecond)
    }
}
