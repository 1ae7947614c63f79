/// Turns finished series into the table and the chart lines of a ``QueryResult``.
struct ResultTable {
    let plan: SelectPlan
    let results: [ResultSeries]

    /// Rows by series in result order, then by time.
    var queryResult: QueryResult {
        QueryResult(
            columns: columns, rows: results.flatMap(rows), series: results.flatMap(series),
            periodNs: plan.grid.periodNs,
            range: plan.grid.range, notices: plan.notices)
    }

    private var columns: [QueryResult.Column] {
        var columns = [QueryResult.Column(name: "time", kind: .time)]
        columns += plan.keys.map { QueryResult.Column(name: $0.heading, kind: .text) }
        columns += plan.columns.enumerated().map { index, column in
            QueryResult.Column(name: column.text, kind: column.isCount && isWhole(index) ? .integer : .number)
        }
        return columns
    }

    /// Whether all values of a column are whole: samples may weigh a fraction of one.
    private func isWhole(_ column: Int) -> Bool {
        results.allSatisfy { result in
            result.buckets.indices.allSatisfy { row in
                result.value(row: row, column: column).map { Int64(exactly: $0) != nil } ?? true
            }
        }
    }

    private func rows(of result: ResultSeries) -> [[QueryResult.Value]] {
        let keys = result.groupValues.map { QueryResult.Value.text($0) }
        return result.buckets.indices.map { row in
            var values: [QueryResult.Value] = [.time(result.time(row: row, in: plan.grid))]
            values.reserveCapacity(1 + keys.count + plan.columns.count)
            values += keys
            for column in plan.columns.indices { values.append(value(result, row: row, column: column)) }
            return values
        }
    }

    private func value(_ result: ResultSeries, row: Int, column: Int) -> QueryResult.Value {
        guard let value = result.value(row: row, column: column) else { return .null }
        guard plan.columns[column].isCount, let count = Int64(exactly: value) else { return .number(value) }
        return .integer(count)
    }

    private func series(of result: ResultSeries) -> [QueryResult.Series] {
        plan.columns.indices.map { column in
            var series = QueryResult.Series(
                label: label(result, column: column), groupValues: result.groupValues, timestamps: [], values: [])
            for row in result.buckets.indices {
                guard let value = result.value(row: row, column: column) else { continue }
                series.timestamps.append(result.time(row: row, in: plan.grid))
                series.values.append(value)
            }
            return series
        }
    }

    private func label(_ result: ResultSeries, column: Int) -> String {
        let text = plan.columns[column].text
        if result.groupValues.isEmpty { return text }
        let group = result.groupValues.joined(separator: " ")
        return plan.columns.count == 1 ? group : "\(group) \(text)"
    }
}
