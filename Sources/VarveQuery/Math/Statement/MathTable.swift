import VarveModel

/// Lays out the answer to a MATH statement: where every query gives one series, a column for each; otherwise a row per
/// series and point, with the label of the series. The statement decides, not the data.
struct MathTable {
    private let query: MathQuery
    private let outputs: [(output: MathQuery.Output, results: [MathResult])]
    /// Whether every query gives one series.
    private let isWide: Bool

    init(_ query: MathQuery, _ answer: MathAnswer) {
        self.query = query
        let results = Dictionary(grouping: answer.results, by: \.id)
        outputs = query.returned.map { ($0, results[$0.id] ?? []) }
        let types = Dictionary(uniqueKeysWithValues: query.plan.entries.map { ($0.id, $0.types) })
        isWide = query.returned.allSatisfy { types[$0.id] == .series }
    }

    /// - Throws: `.limit` for more rows than an answer may have.
    var queryResult: QueryResult {
        get throws(QueryError) {
            QueryResult(
                columns: columns, rows: try isWide ? wideRows : longRows, series: series,
                periodNs: query.periodNs, range: query.shownRange)
        }
    }

    private var series: [QueryResult.Series] {
        outputs.flatMap { output, results in
            results.map { result in
                QueryResult.Series(
                    label: label(of: result, output), groupValues: [], timestamps: result.series.timestamps,
                    values: result.series.points)
            }
        }
    }

    /// Nothing but the id would be the label of an expression without a name: that means nothing to anybody.
    private func label(of result: MathResult, _ output: MathQuery.Output) -> String {
        result.label == output.id ? output.text ?? result.label : result.label
    }

    private var columns: [QueryResult.Column] {
        let time = QueryResult.Column(name: "time", kind: .time)
        if isWide {
            return [time] + series.map { QueryResult.Column(name: $0.label, kind: .number) }
        }
        let name = outputs.count > 1 ? [QueryResult.Column(name: "name", kind: .text)] : []
        return [time] + name + [
            QueryResult.Column(name: "series", kind: .text), QueryResult.Column(name: "value", kind: .number),
        ]
    }

    /// A row per time at which a column has a point.
    private var wideRows: [[QueryResult.Value]] {
        get throws(QueryError) {
            let series = series
            let times = Set(series.flatMap(\.timestamps)).sorted()
            try check(times.count)
            var next = [Int](repeating: 0, count: series.count)
            return times.map { time in
                var row = [QueryResult.Value.time(time)]
                for (index, one) in series.enumerated() {
                    let hasPoint = next[index] < one.timestamps.count && one.timestamps[next[index]] == time
                    row.append(hasPoint ? .number(one.values[next[index]]) : .null)
                    if hasPoint { next[index] += 1 }
                }
                return row
            }
        }
    }

    private var longRows: [[QueryResult.Value]] {
        get throws(QueryError) {
            var rows: [[QueryResult.Value]] = []
            for (output, results) in outputs {
                let name = outputs.count > 1 ? [QueryResult.Value.text(output.text ?? output.id)] : []
                for result in results {
                    let label = QueryResult.Value.text(label(of: result, output))
                    let (times, points) = (result.series.timestamps, result.series.points)
                    try check(rows.count + times.count)
                    for (time, point) in zip(times, points) {
                        rows.append([QueryResult.Value.time(time)] + name + [label, QueryResult.Value.number(point)])
                    }
                }
            }
            return rows
        }
    }

    private func check(_ rowCount: Int) throws(QueryError) {
        guard rowCount <= QueryLimits.resultRowsMax else {
            throw .limit(
                message: "the result has more than \(QueryLimits.resultRowsMax) rows, the limit of one statement;"
                    + " take a longer PERIOD, a shorter range or fewer series")
        }
    }
}
