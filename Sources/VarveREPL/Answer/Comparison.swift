import VarveModel
package import VarveQuery

/// What a statement answered for an earlier time.
package struct Comparison: Equatable, Sendable {
    /// The series of the earlier time, moved to the time of those they stand beside, by the index of these; nil where
    /// there was none.
    package var earlier: [QueryResult.Series?]
    /// When that was: `1d ago`.
    package var name: String

    package init(earlier: [QueryResult.Series?], name: String) {
        self.earlier = earlier
        self.name = name
    }

    /// Runs `statement` for its time and for the time `shiftNs` before.
    ///
    /// Series belong together when their group values do. HAVING, ORDER BY and LIMIT choose series of now; what these
    /// were earlier is shown whatever it was.
    /// - Throws: what the session throws; `wrongInput` for a statement that is no SELECT of aggregates, and for a
    ///   distance that is not a multiple of the period, because buckets would not lie on each other.
    package static func run(
        _ statement: String, shiftNs: Int64, on session: any Session, cancellation: CancellationFlag?
    ) throws(Problem) -> Answer {
        let syntax: SelectSyntax
        do throws(QueryError) {
            guard case .select(let select) = try QueryEngine.parse(statement) else { throw notComparable }
            syntax = select
        } catch {
            throw Problem(error)
        }
        let now = try session.run(statement, cancellation: cancellation)
        guard let range = now.range, let periodNs = now.periodNs, periodNs > 0, now.series != nil else {
            throw Problem(notComparable)
        }
        let shift = DurationText.format(shiftNs)
        guard shiftNs.isMultiple(of: periodNs) || range.end - range.start <= periodNs else {
            throw Problem(
                .wrongInput, "compare", "\(shift) is not a multiple of the period \(DurationText.format(periodNs))",
                advice: "give a PERIOD that divides it")
        }
        guard let shifted = range.moved(by: -shiftNs) else {
            throw Problem(.wrongInput, "compare", "\(shift) before this range is no time", advice: "take less")
        }
        let before = try session.run(
            syntax.text(for: shifted, periodNs: periodNs), cancellation: cancellation)
        return combined(now, before, of: syntax, shiftNs: shiftNs)
    }

    private static let notComparable = QueryError.invalid(
        message: "only a SELECT of aggregates, such as SELECT AVG(m) FROM n, can be compared", offset: 0, byteCount: 6)

    /// By bytes: canonically equivalent spellings are different names.
    private struct Key: Hashable {
        var names: [[UInt8]]

        init(_ series: QueryResult.Series) { names = ([series.label] + series.groupValues).map { Array($0.utf8) } }
    }

    private static func combined(
        _ now: QueryResult, _ before: QueryResult, of syntax: SelectSyntax, shiftNs: Int64
    ) -> Answer {
        // With LIMIT, a series that is not among those of now may be there all the same.
        let addsVanished = syntax.limit == nil
        var series = now.series ?? []
        var places: [Key: Int] = [:]
        for (index, one) in series.enumerated() { places[Key(one)] = index }
        var earlier = [QueryResult.Series?](repeating: nil, count: series.count)
        for one in before.series ?? [] {
            var moved = one
            moved.timestamps = one.timestamps.map { $0 &+ shiftNs }
            if let place = places[Key(one)] {
                earlier[place] = moved
            } else if addsVanished {
                earlier.append(moved)
                series.append(
                    QueryResult.Series(label: one.label, groupValues: one.groupValues, timestamps: [], values: []))
            }
        }
        let comparison = Comparison(earlier: earlier, name: "\(DurationText.format(shiftNs)) ago")
        var result = now
        result.series = series
        result.isPartial = now.isPartial || before.isPartial
        result.notices += before.notices.filter { !now.notices.contains($0) }.map { "\(comparison.name): \($0)" }
        ComparedTable(series: series, comparison: comparison, keyCount: syntax.groupKeys.count).write(to: &result)
        return Answer(result, comparison: comparison)
    }
}

/// The table of a comparison: for each aggregate its value, what it was, and the difference.
private struct ComparedTable {
    let series: [QueryResult.Series]
    let comparison: Comparison
    /// Columns between time and aggregates.
    let keyCount: Int

    /// Replaces columns and rows. O(points · log points).
    func write(to result: inout QueryResult) {
        let aggregates = Array(result.columns.dropFirst(1 + keyCount))
        guard !aggregates.isEmpty, series.count.isMultiple(of: aggregates.count) else { return }
        var columns = Array(result.columns.prefix(1 + keyCount))
        for aggregate in aggregates {
            columns.append(aggregate)
            columns.append(.init(name: "\(aggregate.name) \(comparison.name)", kind: aggregate.kind))
            let name = aggregates.count == 1 ? "difference" : "\(aggregate.name) difference"
            columns.append(.init(name: name, kind: aggregate.kind))
        }
        result.columns = columns
        result.rows = QueryRows(
            stride(from: 0, to: series.count, by: aggregates.count).flatMap { first in
                rows(first..<first + aggregates.count, aggregates)
            })
    }

    /// The rows of one group.
    private func rows(_ group: Range<Int>, _ aggregates: [QueryResult.Column]) -> [[QueryResult.Value]] {
        let now = group.map { Self.values(series[$0]) }
        let earlier = group.map { comparison.earlier[$0].map(Self.values) ?? [:] }
        let times = (now + earlier).reduce(into: Set<Int64>()) { $0.formUnion($1.keys) }
        return times.sorted().map { timestampNs in
            var row: [QueryResult.Value] = [.time(timestampNs)]
            row += series[group.lowerBound].groupValues.map { .text($0) }
            for (index, aggregate) in aggregates.enumerated() {
                let (new, old) = (now[index][timestampNs], earlier[index][timestampNs])
                let difference = new.flatMap { new in old.map { new - $0 } }
                row += [new, old, difference].map { Self.cell($0, aggregate.kind) }
            }
            return row
        }
    }

    private static func values(_ series: QueryResult.Series) -> [Int64: Double] {
        Dictionary(zip(series.timestamps, series.values)) { first, _ in first }
    }

    private static func cell(_ value: Double?, _ kind: QueryResult.Column.Kind) -> QueryResult.Value {
        guard let value else { return .null }
        return kind == .integer ? Int64(exactly: value).map { .integer($0) } ?? .number(value) : .number(value)
    }
}

extension SelectSyntax {
    /// This statement for another range, for all series that match.
    fileprivate func text(for range: TimeRange, periodNs: Int64) -> String {
        var select = self
        select.having = []
        select.order = nil
        // The series wanted may be any of them.
        if limit != nil { select.limit = QueryLimits.seriesReturnedMax }
        let nowhere = SourceSpan(start: 0, end: 0)
        select.times.since = Located(content: .at(range.start), span: nowhere)
        select.times.until = Located(content: .at(range.end), span: nowhere)
        // A range that is one period as a whole is not rounded, and must not be now.
        let isWhole = !range.start.isMultiple(of: periodNs)
        select.times.periodNs = isWhole ? nil : Located(content: periodNs, span: nowhere)
        return Statement.select(select).description
    }
}

extension TimeRange {
    /// nil when it would leave what 64 bits can tell.
    fileprivate func moved(by ns: Int64) -> TimeRange? {
        let (start, startOverflows) = start.addingReportingOverflow(ns)
        let (end, endOverflows) = end.addingReportingOverflow(ns)
        return startOverflows || endOverflows ? nil : TimeRange(start: start, end: end)
    }
}
