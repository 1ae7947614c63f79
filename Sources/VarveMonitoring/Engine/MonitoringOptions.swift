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
    /// At most 260 KB each with 500 names, in truth some hundred bytes.
    package var resourceMetricsMax = 1_000
    /// The service's limit. Each detector is 35 KB of memory and some microseconds a minute: 10 000 are possible.
    package var anomalyDetectorsMax = 500

    /// The service's limit of rules of contributors. They cost nothing until a report is asked for.
    package var insightRulesMax = 100
    /// Contributors that a report tells apart exactly. A table of them is about 2 MB, at worst 40 MB; there are two.
    package var insightContributorsMax = 20_000
    /// Events that a report looks at, twice: some ten seconds each time.
    package var insightEventsMax = 1_000_000
    /// Events of rules of contributors that the alarms of one step look at together; the last of them may need up to
    /// 20 000 more. Other alarms wait meanwhile, half a second at worst.
    package var alarmEventsPerStep = 5_000
    /// Series in which all metric streams together look for data of a minute in one step; some 0.1 s.
    package var streamSeriesPerStep = 100_000

    package init() {}
}
