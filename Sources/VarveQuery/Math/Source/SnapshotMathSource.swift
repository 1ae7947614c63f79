package import VarveModel
package import VarveStore

/// What differs between those who ask.
package struct MathSourceRules: Sendable, Equatable {
    /// A period that has begun when the range ends counts too, as a SELECT without UNTIL shows it.
    package var includesLastPeriod = false
    /// SEARCH finds what was active in the 14 days before now; otherwise before the end of the range, if that is
    /// earlier.
    package var searchesFromNow = false
    /// How old data are shown, and where periods begin; nil: all there is, from the start of the range.
    package var tier: RetentionTier?

    package init() {}

    /// Alarms and requests of the service. The ``QueryContext`` beside it takes the service's way of percentiles and
    /// its number of series.
    package static let service: MathSourceRules = {
        var rules = MathSourceRules()
        rules.searchesFromNow = true
        return rules
    }()
}

/// Sentences for the reader that belong to no series: unknown names with what was probably meant, gaps.
/// Used by one request on one thread.
package final class MathRemarks {
    package private(set) var sentences: [String] = []

    package init() {}

    func note(_ sentence: String?) {
        if let sentence, !sentences.contains(sentence) { sentences.append(sentence) }
    }
}

/// Metrics of rules that count contributors, which live beside the metrics of a snapshot.
package struct InsightMetrics {
    /// One value per slot, NaN where there is none; nil: there is no such rule.
    package typealias Read =
        (_ rule: String, _ metric: String, MathGrid, CancellationFlag?) throws(QueryError) -> [Double]?

    package let read: Read

    package init(_ read: @escaping Read) { self.read = read }
}

/// The data of metric math: series of a snapshot, by the statistics that SELECT has.
///
/// Work happens on the caller's thread. Errors: `.invalid` for a statistic or a unit that does not exist, `.limit`,
/// `.cancelled`, `.store`. Where ``QueryContext/acceptsGaps`` lets damage be left out, what it touches is
/// `PartialData`.
package struct SnapshotMathSource<Snapshot: MetricSnapshot>: MathSource {
    let snapshot: Snapshot
    let context: QueryContext
    let rules: MathSourceRules
    private let insights: InsightMetrics?
    package let remarks = MathRemarks()

    /// - Parameter insights: nil where there are no rules of contributors.
    package init(
        _ snapshot: Snapshot, in context: QueryContext, rules: MathSourceRules = MathSourceRules(),
        insights: InsightMetrics? = nil
    ) {
        self.insights = insights
        self.snapshot = snapshot
        self.context = context
        self.rules = rules
    }

    package func grid(over range: TimeRange, periodNs: Int64) throws(MathError) -> MathGrid {
        if let tier = rules.tier { return try MathGrid(over: range, periodNs: periodNs, tier: tier) }
        return try MathGrid(over: range, periodNs: periodNs, includesLast: rules.includesLastPeriod)
    }

    package func insightRuleMetric(
        rule: String, metric: String, on grid: MathGrid, over range: TimeRange
    ) throws(QueryError) -> MathSeries? {
        guard let values = try insights?.read(rule, metric, grid, context.cancellation) else { return nil }
        return MathSeries(label: .text("\(rule) \(metric)"), grid: grid, values: values)
    }

    /// The slots of a range, for callers that throw what sources throw.
    func slots(over range: TimeRange, periodNs: Int64) throws(QueryError) -> MathGrid {
        do throws(MathError) { return try grid(over: range, periodNs: periodNs) } catch { throw error.queryError }
    }

    /// Series and period are looked up per metric; those of one period and the same statistics are read together.
    package func fetch(_ metrics: [MathMetricStat], over range: TimeRange) throws(QueryError) -> [MathFetch] {
        let fetcher = MetricFetcher(source: self, range: range)
        return try fetcher.fetch(metrics)
    }

    package func search(_ search: MathSearch, over range: TimeRange) throws(QueryError) -> MathFind {
        let searcher = MetricSearcher(source: self, range: range)
        return try searcher.find(search)
    }

    package func select(_ statement: MathStatement, over range: TimeRange) throws(QueryError) -> MathFind {
        let find = try selectGroups(statement.select, periodNs: statement.periodNs, over: range)
        return MathFind(find.groups.map(\.series), status: find.isPartial ? .partialData : .complete)
    }

    /// The answer of a Metrics Insights statement, group by group in its order, with what tells the groups apart.
    package func selectGroups(
        _ select: SelectSyntax, periodNs: Int64, over range: TimeRange
    ) throws(QueryError) -> (keys: [String], groups: [(values: [String], series: MathSeries)], isPartial: Bool) {
        let slots = try slots(over: range, periodNs: periodNs)
        let plan = try self.plan(select, over: slots)
        var executor = SelectExecutor(plan, in: context)
        let answer = try executor.run(on: snapshot)
        for notice in answer.notices { remarks.note(notice) }
        let isGrouped = !select.groupKeys.isEmpty || select.columns.count > 1
        let groups = (answer.series ?? []).map { one in
            let series = MathSeries(
                label: isGrouped ? .text(one.label) : .none, grid: slots,
                values: slots.values(one.timestamps, one.values))
            return (values: one.groupValues, series: series)
        }
        return (select.groupKeys.map(\.heading), groups, answer.isPartial)
    }

    /// A statement over given slots: its own times do not count.
    func plan(_ select: SelectSyntax, over slots: MathGrid) throws(QueryError) -> SelectPlan {
        var context = self.context
        context.seriesReturnedMax = min(context.seriesReturnedMax, MathLimits.arraySeriesMax)
        return try SelectPlan(select, over: BucketGrid(slots), on: snapshot, in: context)
    }
}

extension MathGrid {
    /// One value per slot, NaN where there is none. `timestamps` are starts of slots.
    func values(_ timestamps: [Int64], _ values: [Double]) -> [Double] {
        var result = [Double](repeating: .nan, count: count)
        for (timestamp, value) in zip(timestamps, values) {
            if let slot = slot(at: timestamp) { result[slot] = value }
        }
        return result
    }
}
