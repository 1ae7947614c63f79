import VarveModel
package import VarveStore

/// Where monitoring keeps what it must not forget. Called on the thread that decides; simulations bring their own.
package protocol MonitoringLog: Sendable {
    /// All documents, and the deliveries that are not over.
    func load(nowNs: Int64) throws(StoreError) -> MonitoringContents
    /// Waits until everything is durable.
    func append(_ write: MonitoringWrite, nowNs: Int64) throws(StoreError)
}

/// What is found when monitoring begins.
package struct MonitoringContents: Sendable {
    package var documents: [StoredDocument]
    package var deliveries: [Delivery]
    /// Time of the newest document. What is written next must be newer, also when the clock was set back.
    package var newestNs = Int64.min
    /// What cannot be read; everything else counts.
    package var problems: [String] = []

    package init(documents: [StoredDocument] = [], deliveries: [Delivery] = []) {
        self.documents = documents
        self.deliveries = deliveries
    }
}

/// The rows of monitoring in the store.
///
/// Documents are rows of kind *configuration*, whose newest row per series never expires: namespace
/// ``MonitoringRows/namespace``, dimensions `Kind` and `Name`, metric `document`. History, events and deliveries are
/// rows of kind *trail* with the metrics `history`, `events` and `deliveries`; they expire as all rows do. Page:
/// Docs/Format/monitoring.md.
package enum MonitoringRows {
    package static let namespace = "Varve/Monitoring"
    static let documentMetric = "document"
    static let historyMetric = "history"
    static let eventMetric = "events"
    static let deliveryMetric = "deliveries"

    /// States of a document's row, and of a delivery's.
    static let current = "current"
    static let deleted = "deleted"
    static let pending = "pending"
    static let delivered = "delivered"
    static let dead = "dead"

    static func shape(_ scope: Scope, of kind: DocumentKind, name: String) -> RowShape {
        let dimensions = [Dimension(name: "Kind", value: kind.rawValue), Dimension(name: "Name", value: name)]
        return RowShape(
            source: SourceKey(scope: scope, namespace: namespace, dimensions: dimensions, kind: .configuration),
            fields: [FieldKey(metric: documentMetric)])
    }

    static func shape(_ scope: Scope, trail metric: String, dimensions: [Dimension] = []) -> RowShape {
        RowShape(
            source: SourceKey(scope: scope, namespace: namespace, dimensions: dimensions, kind: .trail),
            fields: [FieldKey(metric: metric)])
    }
}
