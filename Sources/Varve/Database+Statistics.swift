import VarveModel
import VarveQuery

extension Database {
    /// Statistics of a metric, period by period, on everything that was durable when it began.
    ///
    ///     let latency = MetricSelector("latency", in: "Shop", groupedBy: ["region"])
    ///     for series in try database.statistics(
    ///         [.average, .percentile(99)], of: latency, over: startNs..<endNs, period: .seconds(60))
    ///     {
    ///         print(series.group["region"] ?? "", series[.percentile(99)])
    ///     }
    ///
    /// Works on the calling thread and never waits for writers; in a task use the `async` form. O(blocks that the range
    /// touches) for count, sum, average, minimum and maximum, O(samples) for the others.
    /// - Parameters:
    ///   - statistics: 1 to 32.
    ///   - range: nanoseconds since 1970. Both ends are rounded down to the period, so that all periods are whole.
    ///   - period: at least a nanosecond, whole nanoseconds. Periods begin at multiples of it since 1970.
    ///   - acceptsGaps: answer from what can be read, when something cannot. Otherwise such an answer is refused.
    /// - Returns: one element for each group that has samples, in ascending order of group values.
    /// - Throws: ``DatabaseError/Code/invalidStatistic``, ``DatabaseError/Code/invalidStatement`` for an empty range or
    ///   period or more than 32 statistics, ``DatabaseError/Code/limitExceeded`` (at most 100 800 periods and 100 000
    ///   groups), ``DatabaseError/Code/cancelled``, ``DatabaseError/Code/corrupt``, ``DatabaseError/Code/disk``.
    public func statistics(
        _ statistics: [Statistic], of selector: MetricSelector, over range: Range<Int64>, period: Duration,
        cancellation: QueryCancellation? = nil, acceptsGaps: Bool = false
    ) throws(DatabaseError) -> [StatisticSeries] {
        let question = try StatisticQuestion(statistics, of: selector, over: range, period: period)
        do {
            let result = try run(.select(question.syntax), cancellation: cancellation?.flag, acceptsGaps: acceptsGaps)
            return question.series(of: result)
        } catch {
            throw DatabaseError(error)
        }
    }

    /// As above, on a thread of its own: the task is suspended meanwhile. Cancelling the task ends the work.
    public func statistics(
        _ statistics: [Statistic], of selector: MetricSelector, over range: Range<Int64>, period: Duration,
        acceptsGaps: Bool = false
    ) async throws(DatabaseError) -> [StatisticSeries] {
        let question = try StatisticQuestion(statistics, of: selector, over: range, period: period)
        let result = try await DetachedQuery.run { (flag) throws(QueryError) in
            try self.run(.select(question.syntax), cancellation: flag, acceptsGaps: acceptsGaps)
        }
        return question.series(of: result)
    }
}

/// A question for statistics in the engine's form, and the way back.
private struct StatisticQuestion: Sendable {
    let statistics: [Statistic]
    let selector: MetricSelector
    let period: Duration
    let syntax: SelectSyntax

    /// Columns of a statement.
    private static let statisticsMax = 32

    init(
        _ statistics: [Statistic], of selector: MetricSelector, over range: Range<Int64>, period: Duration
    ) throws(DatabaseError) {
        guard (1...Self.statisticsMax).contains(statistics.count) else {
            throw DatabaseError(
                .invalidStatement, "\(statistics.count) statistics, 1 to \(Self.statisticsMax) can be asked for at once"
            )
        }
        let periodNs = try Self.nanoseconds(period)
        guard !range.isEmpty else {
            throw DatabaseError(.invalidStatement, "the time range is empty", advice: "its end is not part of it")
        }
        var columns: [ExpressionSyntax] = []
        for statistic in statistics {
            columns.append(
                .aggregate(
                    AggregateSyntax(
                        function: AggregateFunction(try statistic.engineStatistic()), metric: selector.metric)))
        }
        var syntax = SelectSyntax(columns: columns, source: SourceSyntax(namespace: selector.namespace))
        syntax.conditions = selector.dimensions.sorted { $0.key < $1.key }.map {
            ConditionSyntax(key: .dimension($0.key), isEquality: true, operand: .value($0.value))
        }
        syntax.groupKeys = selector.groupedBy.map { .dimension($0) }
        syntax.limit = QueryLimits.seriesReturnedMax
        // No place in a text, because there is none.
        let nowhere = SourceSpan(start: 0, end: 0)
        syntax.times.since = Located(content: .at(range.lowerBound), span: nowhere)
        syntax.times.until = Located(content: .at(range.upperBound), span: nowhere)
        syntax.times.periodNs = Located(content: periodNs, span: nowhere)
        (self.statistics, self.selector, self.period, self.syntax) = (statistics, selector, period, syntax)
    }

    private static func nanoseconds(_ period: Duration) throws(DatabaseError) -> Int64 {
        let (seconds, attoseconds) = period.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: Nanoseconds.perSecond)
        let (sum, sumOverflows) = whole.addingReportingOverflow(attoseconds / attosecondsPerNanosecond)
        guard !overflow, !sumOverflows, sum > 0, attoseconds.isMultiple(of: attosecondsPerNanosecond) else {
            throw DatabaseError(
                .invalidStatement, "\(period) is no period", advice: "use whole nanoseconds, at least one")
        }
        return sum
    }

    private static let attosecondsPerNanosecond: Int64 = 1_000_000_000

    /// Rows come group by group; each becomes one place in every column of its group.
    func series(of result: QueryResult) -> [StatisticSeries] {
        let keys = selector.groupedBy.count
        var groups: [StatisticSeries] = []
        var start = 0
        while start < result.rows.count {
            let values = result.rows[start][1..<1 + keys]
            var end = start
            while end < result.rows.count, Self.isSame(result.rows[end][1..<1 + keys], values) { end += 1 }
            groups.append(series(result.rows[start..<end], values: values.map { Self.text($0) }))
            start = end
        }
        return groups
    }

    private func series(_ rows: Slice<QueryRows>, values: [String]) -> StatisticSeries {
        let group = Dictionary(zip(selector.groupedBy, values)) { first, _ in first }
        let first = 1 + selector.groupedBy.count
        let columns = statistics.enumerated().map { index, statistic in
            (statistic, rows.map { Self.number($0[first + index]) })
        }
        return StatisticSeries(
            group: group, period: period, timestampsNs: rows.map { Self.time($0[0]) },
            columns: Dictionary(columns) { first, _ in first })
    }

    /// By bytes: canonically equivalent spellings are different names.
    private static func isSame(_ left: ArraySlice<QueryResult.Value>, _ right: ArraySlice<QueryResult.Value>) -> Bool {
        zip(left, right).allSatisfy { text($0).utf8.elementsEqual(text($1).utf8) }
    }

    private static func text(_ value: QueryResult.Value) -> String {
        if case .text(let text) = value { text } else { "" }
    }

    private static func time(_ value: QueryResult.Value) -> Int64 {
        if case .time(let timestampNs) = value { timestampNs } else { 0 }
    }

    private static func number(_ value: QueryResult.Value) -> Double? {
        switch value {
        case .number(let number): number
        case .integer(let integer): Double(integer)
        case .null, .text, .time: nil
        }
    }
}

extension AggregateFunction {
    /// The function that statements have for a statistic.
    fileprivate init(_ statistic: VarveQuery.Statistic) {
        self =
            switch statistic {
            case .sampleCount: .count
            case .sum: .sum
            case .average: .average
            case .minimum: .minimum
            case .maximum: .maximum
            default: .extended(statistic)
            }
    }
}
