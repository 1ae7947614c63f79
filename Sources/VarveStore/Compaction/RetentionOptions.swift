import VarveModel

extension StoreEngine {
    /// What the options say takes the place of what the manifest says of the default scope. A store that may not be
    /// written is shown as it was left.
    mutating func applyRetentionOptions() throws(StoreError) {
        guard let wanted = options.namespaceRetentionDays, readOnlyReason == nil else { return }
        var next = manifest.retention.namespaces.filter { $0.scope != .default }
        for (namespace, days) in wanted.sorted(by: { $0.key < $1.key }) {
            let (retentionNs, isEndless) = Int64(days).multipliedReportingOverflow(by: Nanoseconds.perDay)
            next.append(
                NamespaceRetention(
                    scope: .default, namespace: namespace, retentionNs: isEndless ? .max : retentionNs))
        }
        if next != manifest.retention.namespaces { try setRetention(next) }
    }
}
