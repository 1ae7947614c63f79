import VarveModel
import VarveStore

/// A SELECT with everything looked up: which series go into which result, and into which buckets.
struct SelectPlan {
    /// Something that is made of the samples of one metric.
    struct Aggregate: Equatable {
        let function: AggregateFunction
        /// Index into `metrics`.
        let metric: Int
    }

    /// One column of the SELECT list.
    struct Column {
        let expression: PlannedExpression
        let text: String
        /// Whether it is a plain COUNT, which is shown as an integer.
        let isCount: Bool

        /// Index into `aggregates` where the column is nothing but that one.
        let aggregate: Int?

        init(_ syntax: ExpressionSyntax, _ expression: PlannedExpression) {
            self.expression = expression
            text = syntax.description
            isCount = syntax.isCount
            if case .aggregate(let index) = expression { aggregate = index } else { aggregate = nil }
        }
    }

    /// One result: the series with the same GROUP BY values.
    struct Group {
        let values: [String]
        var members: [Member] = []
    }

    struct Member {
        let series: SeriesID
        /// Index into `metrics`.
        let metric: Int
    }

    let grid: BucketGrid
    /// Only LAST is asked for, without PERIOD: the range is one period, and rows carry the time of the latest sample.
    let isOfLatest: Bool
    let columns: [Column]
    /// Per column the number of its aggregate, where all columns are nothing but aggregates.
    let simpleColumns: [Int]?
    /// What a row has to satisfy.
    let having: [PlannedComparison]
    /// Distinct aggregates of columns and conditions.
    let aggregates: [Aggregate]
    /// Distinct metric names of the aggregates.
    let metrics: [String]
    let keys: [KeySyntax]
    let order: OrderSyntax?
    /// Results returned at most.
    let limit: Int
    let statisticPath: StatisticPath
    /// Ascending by values.
    private(set) var groups: [Group] = []
    private(set) var seriesCount = 0
    private(set) var notices: [String] = []

    /// - Parameter given: the buckets, where SINCE, UNTIL and PERIOD do not decide.
    init(
        _ select: SelectSyntax, over given: BucketGrid? = nil, on snapshot: some MetricSnapshot,
        in context: QueryContext
    ) throws(QueryError) {
        var collector = AggregateCollector()
        columns = select.columns.map { Column($0, collector.plan($0)) }
        let plain = columns.compactMap(\.aggregate)
        simpleColumns = plain.count == columns.count ? plain : nil
        having = select.having.map { collector.plan($0) }
        aggregates = collector.aggregates
        metrics = collector.metrics
        isOfLatest =
            given == nil && select.times.periodNs == nil
            && collector.aggregates.allSatisfy { $0.function == .last }
        var timeNotice: String?
        if let given {
            grid = given
        } else {
            let times = try TimePlan(select.times, nowNs: context.nowNs, isWhole: isOfLatest)
            grid = times.grid
            timeNotice = times.notice
        }
        keys = select.groupKeys
        order = select.order
        limit = min(select.limit ?? QueryLimits.seriesReturnedDefault, context.seriesReturnedMax)
        statisticPath = context.statisticPath
        try checkSize()
        try collectSeries(select, on: snapshot, in: context)
        note(timeNotice)
        noteTags(select)
    }

    /// Some functions of given groups of series, one result per group and function, in this order.
    init(of groups: [Group], _ functions: [AggregateFunction], over grid: BucketGrid, in context: QueryContext) {
        var collector = AggregateCollector()
        columns = functions.map { function in
            let syntax = ExpressionSyntax.aggregate(AggregateSyntax(function: function, metric: ""))
            return Column(syntax, collector.plan(syntax))
        }
        simpleColumns = columns.compactMap(\.aggregate)
        having = []
        aggregates = collector.aggregates
        metrics = collector.metrics
        isOfLatest = false
        self.grid = grid
        keys = []
        order = nil
        limit = groups.count
        statisticPath = context.statisticPath
        self.groups = groups
        seriesCount = groups.reduce(0) { $0 + $1.members.count }
    }

    /// What the aggregates of `metric` need to know of its samples.
    func needs(of metric: Int) -> AggregateNeeds {
        aggregates.reduce(into: []) { if $1.metric == metric { $0.formUnion($1.function.needs) } }
    }

    /// Whether samples have to be held.
    var hasExtended: Bool { aggregates.contains { $0.function.needs.contains(.values) } }

    private func checkSize() throws(QueryError) {
        let cells = grid.count * metrics.count
        guard cells <= QueryLimits.cellsPerTurn else {
            throw .limit(
                message:
                    "\(grid.count) periods of \(metrics.count) metrics are \(cells) values per group, the limit is "
                    + "\(QueryLimits.cellsPerTurn); take a longer PERIOD, a shorter range or fewer metrics")
        }
    }

    private mutating func noteTags(_ select: SelectSyntax) {
        for case .tag(let name) in select.conditions.map(\.key) + select.groupKeys {
            notices.append(Self.tagNotice(name))
        }
    }

    static func tagNotice(_ name: String) -> String {
        "tag.\(name): resource tags are not kept, so every series lacks this key"
    }

    private mutating func note(_ notice: String?) {
        if let notice, !notices.contains(notice) { notices.append(notice) }
    }

    static let tooManySeries = QueryError.limit(
        message: "more than \(QueryLimits.seriesScannedMax) series match, the limit of one statement;"
            + " narrow it down with WHERE or SCHEMA()")
}

extension ExpressionSyntax {
    fileprivate var isCount: Bool {
        if case .aggregate(let aggregate) = self { aggregate.function == .count } else { false }
    }
}

// MARK: - Looking up

extension SelectPlan {
    /// Assigns every matching series to its group. O(series of the metrics).
    private mutating func collectSeries(
        _ select: SelectSyntax, on snapshot: some MetricSnapshot, in context: QueryContext
    ) throws(QueryError) {
        let filter = SeriesFilter(source: select.source, conditions: select.conditions, scope: context.scope)
        var collector = GroupCollector(keys: keys, filter: filter)
        let found = filter.series(
            in: context.scope, namespace: select.source.namespace, metrics: metrics, on: snapshot)
        for (metric, series) in found.enumerated() {
            if series.isEmpty {
                let name = metrics[metric]
                note(UnknownName.notice(metric: name, namespace: select.source.namespace, snapshot, context.scope))
            }
            for (visited, id) in series.enumerated() {
                if visited.isMultiple(of: 1_024) { try context.checkCancellation() }
                try collector.add(id, metric: metric, on: snapshot)
            }
        }
        notices += collector.unitNotices(metrics)
        seriesCount = collector.seriesCount
        groups = collector.groups.sorted { Self.precedes($0.values, $1.values) }
        // A query without GROUP BY has one result, even when nothing matches.
        if groups.isEmpty && keys.isEmpty { groups = [Group(values: [])] }
    }

    static func precedes(_ left: [String], _ right: [String]) -> Bool {
        for (one, other) in zip(left, right) where one != other { return one.precedesByBytes(other) }
        return false
    }
}

/// Sorts series into groups. Series of one source are in one group, so each source is looked at once.
private struct GroupCollector {
    let keys: [KeySyntax]
    let filter: SeriesFilter
    private(set) var groups: [SelectPlan.Group] = []
    private(set) var seriesCount = 0
    private var indices: [[String]: Int] = [:]
    /// Sources in the order in which they were met, with their groups; nil for one that does not match.
    private var sources: [(number: UInt32, group: Int?)] = []
    private var places: [UInt32: Int] = [:]
    /// The source that is probably next: metrics have their sources in the same order.
    private var expected = 0
    /// Units met, by metric.
    private var units: [Int: Set<Unit>] = [:]
    private var lastUnit: (metric: Int, unit: Unit)?

    init(keys: [KeySyntax], filter: SeriesFilter) {
        self.keys = keys
        self.filter = filter
    }

    mutating func add(_ series: SeriesID, metric: Int, on snapshot: some MetricSnapshot) throws(QueryError) {
        guard let group = group(of: series, on: snapshot) else { return }
        guard seriesCount < QueryLimits.seriesScannedMax else { throw SelectPlan.tooManySeries }
        seriesCount += 1
        let unit = snapshot.unit(of: series)
        if lastUnit?.metric != metric || lastUnit?.unit != unit {
            units[metric, default: []].insert(unit)
            lastUnit = (metric, unit)
        }
        groups[group].members.append(SelectPlan.Member(series: series, metric: metric))
    }

    private mutating func group(of series: SeriesID, on snapshot: some MetricSnapshot) -> Int? {
        // Nothing depends on the source.
        if keys.isEmpty && !filter.needsSource { return group([]) }
        let number = snapshot.sourceNumber(of: series)
        if expected >= sources.count || sources[expected].number != number {
            expected = places[number] ?? sources.count
            if expected == sources.count {
                places[number] = expected
                let isMatching = !filter.needsSource || filter.matches(snapshot.source(of: series))
                let group = isMatching ? group(filter.groupValues(keys, of: series, on: snapshot)) : nil
                sources.append((number, group))
            }
        }
        defer { expected = expected + 1 < sources.count ? expected + 1 : 0 }
        return sources[expected].group
    }

    private mutating func group(_ values: [String]) -> Int {
        if values.isEmpty, !groups.isEmpty { return 0 }
        if let index = indices[values] { return index }
        indices[values] = groups.count
        groups.append(SelectPlan.Group(values: values))
        return groups.count - 1
    }

    /// Samples of all units are merged as they are; that is seldom what somebody wants.
    func unitNotices(_ metrics: [String]) -> [String] {
        metrics.enumerated().compactMap { index, name in
            guard let units = units[index], units.count > 1 else { return nil }
            let names = units.map(\.name).sorted().joined(separator: ", ")
            return "\"\(name)\" has samples in different units (\(names)), merged without conversion"
        }
    }
}
