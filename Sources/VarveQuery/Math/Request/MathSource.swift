package import VarveModel

/// Where metric math gets its data. Called on the thread that runs the request.
///
/// The series of one answer lie on grids that begin together: ``grid(over:periodNs:)`` of the range that is asked for.
package protocol MathSource {
    /// The statistics of these series, in order. A series that does not exist is empty.
    func fetch(_ metrics: [MathMetricStat], over range: TimeRange) throws(QueryError) -> [MathFetch]

    /// What SEARCH finds: at most ``MathLimits/searchSeriesMax`` series, in the order in which they are shown, each
    /// with its label `.automatic`.
    func search(_ search: MathSearch, over range: TimeRange) throws(QueryError) -> MathFind

    /// The answer of a Metrics Insights statement: one series when it does not group, else one per group.
    func select(_ statement: MathStatement, over range: TimeRange) throws(QueryError) -> MathFind

    /// A metric of a rule that counts contributors; nil where there are no such rules.
    func insightRuleMetric(
        rule: String, metric: String, on grid: MathGrid, over range: TimeRange
    ) throws(QueryError) -> MathSeries?

    /// What a series is expected to be: centre ± `deviations` times its usual deviation; nil where nothing is trained.
    /// - Parameter subject: the queries that gave the series.
    func anomalyBand(
        of subject: MathSubject, around series: MathSeries, deviations: Double, over range: TimeRange
    ) throws(QueryError) -> MathBand?

    /// The slots of a range: by default whole periods counted from its start.
    func grid(over range: TimeRange, periodNs: Int64) throws(MathError) -> MathGrid
}

extension MathSource {
    package func insightRuleMetric(
        rule: String, metric: String, on grid: MathGrid, over range: TimeRange
    ) throws(QueryError) -> MathSeries? { nil }

    package func anomalyBand(
        of subject: MathSubject, around series: MathSeries, deviations: Double, over range: TimeRange
    ) throws(QueryError) -> MathBand? { nil }

    package func grid(over range: TimeRange, periodNs: Int64) throws(MathError) -> MathGrid {
        try MathGrid(over: range, periodNs: periodNs)
    }
}

/// A call of SEARCH.
package struct MathSearch: Equatable, Sendable {
    /// The first argument, as written between its quotes.
    package var text: String
    /// The second argument, as written.
    package var statistic: String
    /// At least 1.
    package var periodNs: Int64

    package init(text: String, statistic: String, periodNs: Int64) {
        self.text = text
        self.statistic = statistic
        self.periodNs = periodNs
    }
}

/// A Metrics Insights statement among the queries of a request.
package struct MathStatement: Equatable, Sendable {
    package var text: String
    package var select: SelectSyntax
    /// The period of its query, at least 1.
    package var periodNs: Int64
}

/// One series as it was read.
package struct MathFetch: Sendable {
    package var series: MathSeries
    package var status: MathStatus
    package var messages: [MathMessage]

    package init(_ series: MathSeries, status: MathStatus = .complete, messages: [MathMessage] = []) {
        self.series = series
        self.status = status
        self.messages = messages
    }
}

/// Several series as they were found.
package struct MathFind: Sendable {
    package var series: [MathSeries]
    package var status: MathStatus
    /// About this query.
    package var messages: [MathMessage]
    /// About the request as a whole, such as that there were more series than are returned.
    package var requestMessages: [MathMessage]

    package init(
        _ series: [MathSeries], status: MathStatus = .complete, messages: [MathMessage] = [],
        requestMessages: [MathMessage] = []
    ) {
        self.series = series
        self.status = status
        self.messages = messages
        self.requestMessages = requestMessages
    }
}

/// Upper and lower bound of what is expected.
package struct MathBand: Sendable {
    package var upper: MathSeries
    package var lower: MathSeries

    package init(upper: MathSeries, lower: MathSeries) {
        self.upper = upper
        self.lower = lower
    }
}
