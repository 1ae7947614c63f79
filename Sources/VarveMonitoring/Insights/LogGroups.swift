import VarveModel
import VarveStore

/// `LogGroupNames` and `LogGroupARNs` of a rule: names of what the store keeps as events.
///
/// | Name | Events |
/// |---|---|
/// | `/varve/events/BUS` | those put on an event bus |
/// | `/varve/alarms/history` | what happened to alarms |
/// | `/varve/trail/NAMESPACE` | rows of kind *trail* of any other namespace, such as audit events |
struct LogGroupName: Equatable, Sendable {
    /// Without the asterisk.
    let text: String
    /// Whether it ended with `*`.
    let isPrefix: Bool

    static let events = "/varve/events/"
    static let alarmHistory = "/varve/alarms/history"
    static let trail = "/varve/trail/"
    static let bytesMax = 512

    /// nil for what is no name: printable ASCII, with `*` at the end only.
    init?(_ text: String) {
        let bytes = text.utf8
        guard (1...Self.bytesMax).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            return nil
        }
        isPrefix = text.hasSuffix("*")
        self.text = isPrefix ? String(text.dropLast()) : text
        guard !self.text.utf8.contains(UInt8(ascii: "*")) else { return nil }
    }

    /// `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`, of this account and region; an ending `:*` is as good as none.
    init?(arn: String, scope: Scope) {
        let parts = arn.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false)
        guard parts.count == 7, parts[0] == "arn", parts[2] == "logs", parts[3] == scope.region,
            parts[4] == scope.account, parts[5] == "log-group"
        else { return nil }
        let name = parts[6].hasSuffix(":*") ? parts[6].dropLast(2) : parts[6]
        self.init(String(name))
    }

    func accepts(_ name: String) -> Bool { isPrefix ? name.hasBytePrefix(text) : name.hasSameBytes(as: text) }
}

extension StoreSnapshot {
    /// The series of the log groups that any of `names` means, ascending. O(namespaces + their series).
    func series(of names: [LogGroupName], in scope: Scope) -> [SeriesID] {
        var found: [SeriesID] = []
        func isWanted(_ name: String) -> Bool { names.contains { $0.accepts(name) } }
        for namespace in namespaces(in: scope, kind: .trail) where namespace != MonitoringRows.namespace {
            guard isWanted(LogGroupName.trail + namespace) else { continue }
            for metric in metrics(in: scope, namespace: namespace, kind: .trail) {
                found += series(in: scope, namespace: namespace, metric: metric, matching: [], kind: .trail)
            }
        }
        found += own(MonitoringRows.eventMetric, in: scope).filter { series in
            value(of: "Bus", in: series).map { isWanted(LogGroupName.events + $0) } ?? false
        }
        if isWanted(LogGroupName.alarmHistory) { found += own(MonitoringRows.historyMetric, in: scope) }
        return found.sorted()
    }

    private func own(_ metric: String, in scope: Scope) -> [SeriesID] {
        series(in: scope, namespace: MonitoringRows.namespace, metric: metric, matching: [], kind: .trail)
    }
}
