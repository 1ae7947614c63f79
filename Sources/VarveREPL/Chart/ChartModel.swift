package import VarveModel
package import VarveQuery

/// How series are drawn.
package enum ChartKind: String, CaseIterable, Sendable {
    /// A line through the values of each series.
    case line
    /// A bar from zero for each value; those of one period stand side by side.
    case bar
    /// The bars of one period on top of each other: their height together is the sum.
    case stacked
}

/// What a chart shows, before anybody decides with what: characters and pixels are drawn from the same model.
package struct ChartModel: Sendable {
    /// Series drawn at most: as many as there are colours that people tell apart.
    package static let seriesMax = 8

    package let kind: ChartKind
    /// At least one; each has a finite value, now or earlier.
    package let series: [QueryResult.Series]
    /// The same series at an earlier time, moved to the time of `series`, by its index; nil where there was nothing, or
    /// nothing is compared.
    package let earlier: [QueryResult.Series?]
    /// When `earlier` was, such as `1d ago`; nil when nothing is compared.
    package let earlierName: String?
    /// Series that are not drawn because there are too many.
    package let leftOut: Int
    package let range: TimeRange
    /// Width of the buckets, at least 1; nil when values have no distance that is known.
    package let periodNs: Int64?

    /// nil when there is nothing to draw; see ``nothingToDraw(of:)``. O(points).
    package init?(_ answer: Answer, kind: ChartKind) {
        let all = answer.result.series ?? []
        let compared = answer.comparison?.earlier ?? []
        var series: [QueryResult.Series] = []
        var earlier: [QueryResult.Series?] = []
        var found = 0
        for (index, one) in all.enumerated() {
            let before = index < compared.count ? compared[index] : nil
            guard (one.values + (before?.values ?? [])).contains(where: \.isFinite) else { continue }
            found += 1
            if series.count == Self.seriesMax { continue }
            series.append(one)
            earlier.append(before)
        }
        guard !series.isEmpty,
            let range = Self.timeRange(of: series + earlier.compactMap(\.self), answer.result)
        else { return nil }
        self.kind = kind
        self.series = series
        self.earlier = earlier
        self.range = range
        earlierName = answer.comparison?.name
        leftOut = found - series.count
        periodNs = answer.result.periodNs.flatMap { $0 > 0 ? min($0, range.end - range.start) : nil }
    }

    /// A sentence for a chart that cannot be.
    package static func nothingToDraw(of result: QueryResult) -> String {
        result.series == nil
            ? "This answer is a list, there is nothing to draw; SELECT with aggregates gives series.\n"
            : "No data to draw.\n"
    }

    /// The time asked for, or what the points span.
    private static func timeRange(of series: [QueryResult.Series], _ result: QueryResult) -> TimeRange? {
        if let range = result.range, range.end > range.start, drawable.contains(range.start),
            drawable.contains(range.end)
        {
            return range
        }
        guard let first = series.compactMap(\.timestamps.first).min(),
            let last = series.compactMap(\.timestamps.last).max()
        else { return nil }
        guard drawable.contains(first), drawable.contains(last) else { return nil }
        return TimeRange(start: first, end: last + min(max(1, result.periodNs ?? 1), drawable.upperBound))
    }

    /// Instants (years 1843 to 2096) whose distances fit 64 bits with room for a step of the axis.
    private static let drawable: ClosedRange<Int64> = -4_000_000_000_000_000_000...4_000_000_000_000_000_000

    /// Whether no bucket is missing between two points. Without a period every point joins the one before.
    func isNext(_ timestampNs: Int64, after previousNs: Int64) -> Bool {
        guard let periodNs else { return true }
        return timestampNs - previousNs <= periodNs + periodNs / 2
    }

    // MARK: Values

    /// Round values that the value axis of lines shows, ascending, at least two.
    func lineTicks(countWanted: Int) -> [Double] {
        var (low, high) = (Double.infinity, -Double.infinity)
        for one in series + earlier.compactMap(\.self) {
            for value in one.values where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
        }
        (low, high) = (max(low, -Self.valueMax), min(high, Self.valueMax))
        // Zero belongs on the axis unless it would squeeze the line into its upper half.
        if low > 0, low < high / 2 { low = 0 }
        if high < 0, high > low / 2 { high = 0 }
        return NiceTicks.values(from: low, through: high, countWanted: countWanted)
    }

    /// Larger values are drawn at the edge; their differences and ticks would not be finite.
    static let valueMax = 1e300
}
