import VarveModel
import VarveStore

/// What to say about a name that nothing is known by.
enum UnknownName {
    /// nil when the namespace has series of the metric; else what is unknown, with what was probably meant.
    static func notice(
        metric: String, namespace: String, _ snapshot: some MetricSnapshot, _ scope: Scope
    ) -> String? {
        // Known, but maybe no series of it matches.
        if !snapshot.series(in: scope, namespace: namespace, metric: metric).isEmpty { return nil }
        if let notice = notice(namespace: namespace, snapshot, scope) { return notice }
        let known = snapshot.metrics(in: scope, namespace: namespace)
        let meant = Spelling.suggestion(for: metric, among: known)
        return "\"\(namespace)\" has no metric \"\(metric)\"; "
            + (meant.map { "did you mean \"\($0)\"?" }
                ?? "SHOW METRICS FROM \(Quoting.namespace(namespace)) lists them")
    }

    /// nil when the namespace is known.
    static func notice(namespace: String, _ snapshot: some MetricSnapshot, _ scope: Scope) -> String? {
        let namespaces = snapshot.namespaces(in: scope)
        guard !namespaces.contains(namespace) else { return nil }
        let meant = Spelling.suggestion(for: namespace, among: namespaces)
        return "there is no namespace \"\(namespace)\"" + (meant.map { "; did you mean \"\($0)\"?" } ?? "")
    }
}
