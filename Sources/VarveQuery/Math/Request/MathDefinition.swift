package import VarveModel

/// One statistic of one series: what a query without an expression reads.
package struct MathMetricStat: Hashable, Sendable {
    /// Another account than the one that asks.
    package var accountID: String?
    package var namespace: String
    package var metricName: String
    /// Exactly the dimensions of the series, in any order.
    package var dimensions: [Dimension]
    /// As written: `Average`, `p99.9`, `TM(2:10)`. The source knows them.
    package var statistic: String
    /// At least 1.
    package var periodNs: Int64
    /// As written; nil for whatever unit there is.
    package var unit: String?

    package init(
        accountID: String? = nil, namespace: String, metricName: String, dimensions: [Dimension] = [],
        statistic: String, periodNs: Int64, unit: String? = nil
    ) {
        self.accountID = accountID
        self.namespace = namespace
        self.metricName = metricName
        self.dimensions = dimensions
        self.statistic = statistic
        self.periodNs = periodNs
        self.unit = unit
    }
}

/// One query of a request: a metric or an expression over the others, by their ids.
package struct MathDefinition: Hashable, Sendable {
    /// What the query asks for.
    package enum Content: Hashable, Sendable {
        case metric(MathMetricStat)
        /// Metric math, or a Metrics Insights statement.
        case expression(String)
    }

    /// A lower-case letter, then letters, digits and `_`.
    package var id: String
    package var content: Content
    /// May have placeholders such as `${MAX}`; Docs/Query-math.md.
    package var label: String?
    /// Of an expression, at least 1; nil for the smallest period of what it reads. A metric has its own.
    package var periodNs: Int64?
    /// Whether the result is part of the answer; it can be referred to in any case.
    package var returnsData: Bool

    package init(
        id: String, _ content: Content, label: String? = nil, periodNs: Int64? = nil, returnsData: Bool = true
    ) {
        self.id = id
        self.content = content
        self.label = label
        self.periodNs = periodNs
        self.returnsData = returnsData
    }
}

/// What a kind of request allows.
package struct MathRules: Equatable, Sendable {
    package var queriesMax: Int
    /// The text that refuses SEARCH; nil where it is allowed.
    package var searchRefusal: String?
    /// Periods of expressions are 1, 5, 10, 20, 30 or a multiple of 60 seconds.
    package var hasServicePeriods: Bool
    /// SELECT statements among the queries.
    package var statementsMax = MathLimits.statementsMax
    /// A SELECT that gives one series counts as a metric: METRICS lists it, PERIOD takes it.
    package var countsStatementsAsMetrics = false

    package init(queriesMax: Int, searchRefusal: String?, hasServicePeriods: Bool) {
        self.queriesMax = queriesMax
        self.searchRefusal = searchRefusal
        self.hasServicePeriods = hasServicePeriods
    }

    /// The library and the command line.
    package static let native = MathRules(
        queriesMax: MathLimits.queriesMax, searchRefusal: nil, hasServicePeriods: false)
    /// MATH statements, whose data come from SELECT.
    package static let statement: MathRules = {
        var rules = MathRules.native
        rules.statementsMax = MathLimits.queriesMax
        rules.countsStatementsAsMetrics = true
        return rules
    }()
    package static let getMetricData = MathRules(
        queriesMax: MathLimits.queriesMax, searchRefusal: nil, hasServicePeriods: true)
    /// Ten metrics and ten expressions; how many of them return data is the alarm's own rule.
    package static let alarm = MathRules(
        queriesMax: 20, searchRefusal: "SEARCH is not supported on Metric Alarms.", hasServicePeriods: true)
}
