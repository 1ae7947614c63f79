/// What an operator can choose about alarms and events.
package struct MonitoringOptions: Equatable, Sendable {
    /// More are refused: at 4 KB each they are 800 MB of memory.
    package var alarmsMax = 200_000
    package var topicsMax = 10_000
    /// The service's limit of alarms on Metrics Insights queries, each of which may read thousands of series.
    package var insightsAlarmsMax = 200
    /// Each names 100 alarms at most, and is looked at when its windows open and close.
    package var muteRulesMax = 1_000
    /// Bytes of what waits to be delivered, of all endpoints together; one has at most a quarter of them.
    package var outboxBytesMax = 256 << 20
    /// At most 1 MB each, as a request is; in truth some 10 KB: 50 MB of memory.
    package var dashboardsMax = 5_000
    /// Each reads what it sends, every minute.
    package var metricStreamsMax = 100
    /// The service's limit.
    package var savedQueriesMax = 1_000
    /// The service's limit. Each detector is 35 KB of memory and some microseconds a minute: 10 000 are possible.
    package var anomalyDetectorsMax = 500

    package init() {}
}
