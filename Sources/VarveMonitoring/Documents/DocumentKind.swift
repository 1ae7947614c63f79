/// What is kept under a name. The raw value is a dimension's value on disk: never change it, only append.
package enum DocumentKind: String, CaseIterable, Sendable {
    case alarm
    case muteRule = "alarm-mute-rule"
    case eventBus = "event-bus"
    case archive
    case topic
    case anomalyDetector = "anomaly-detector"
    case anomalyModel = "anomaly-model"
    case dashboard
    case metricStream = "metric-stream"
    case metricStreamProgress = "metric-stream-progress"
    case otelEnrichment = "otel-enrichment"
    case savedQuery = "metric-data-query-definition"
    case insightRule = "insight-rule"
    case resourceMetrics = "resource-metrics-configuration"
}

/// A document as it was stored last.
package struct StoredDocument: Sendable {
    package var kind: DocumentKind
    package var name: String
    package var content: [UInt8]

    package init(kind: DocumentKind, name: String, content: [UInt8]) {
        self.kind = kind
        self.name = name
        self.content = content
    }
}
