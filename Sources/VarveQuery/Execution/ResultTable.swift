/// Turns finished series into the table and the chart lines of a ``QueryResult``.
struct ResultTable {
    let plan: SelectPlan
    let results: [ResultSeries]

    /// Rows by series in result order, then by time.
    var queryResult: QueryResult {
        QueryResult(
            columns: columns, table: QueryRows(columns: cells, count: rowCount), lines: ResultLines(from: lines),
            periodNs: plan.grid.periodNs, range: plan.grid.range, notices: plan.notices)
    }

    private var lines: ResultLineSource {
        ResultLineSource(columns: plan.columns.map(\.text), grid: plan.grid, results: results)
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
            result.columns[column].allSatisfy { $0.isNaN || Int64(exactly: $0) != nil }
        }
    }

    private var rowCount: Int { results.reduce(0) { $0 + $1.buckets.count } }

    private var cells: [QueryCells] {
        var times: [Int64] = []
        var numbers: [UInt32] = []
        for (number, result) in results.enumerated() {
            times += result.times(in: plan.grid)
            numbers.append(contentsOf: repeatElement(UInt32(number), count: result.buckets.count))
        }
        var cells = [QueryCells.times(times)]
        for key in plan.keys.indices {
            cells.append(.texts(TextCells(results.map { $0.groupValues[key] }, numbers: numbers)))
        }
        return cells + plan.columns.indices.map { self.cells(ofColumn: $0) }
    }

    /// The cells of a column of the SELECT list.
    private func cells(ofColumn column: Int) -> QueryCells {
        var values: [Double] = []
        if results.count == 1 {
            values = results[0].columns[column]
        } else {
            values.reserveCapacity(rowCount)
            for result in results { values += result.columns[column] }
        }
        let missing = values.contains(where: \.isNaN) ? values.map(\.isNaN) : []
        guard plan.columns[column].isCount, isWhole(column) else {
            return .numbers(DenseCells(values, missing: missing))
        }
        return .integers(DenseCells(values.map { $0.isNaN ? 0 : Int64($0) }, missing: missing))
    }
}

/// What the lines of a chart are made of.
struct ResultLineSource: Sendable {
    /// Texts of the columns.
    let columns: [String]
    let grid: BucketGrid
    let results: [ResultSeries]

    /// A line per result and column.
    var series: [QueryResult.Series] { results.flatMap { series(of: $0) } }

    /// Numbers of all lines: those that are not missing. O(cells).
    var valueCount: Int {
        results.reduce(0) { $0 + $1.columns.reduce(0) { $0 + $1.count { !$0.isNaN } } }
    }

    private func series(of result: ResultSeries) -> [QueryResult.Series] {
        let times = result.times(in: grid)
        return columns.indices.map { column in
            let values = result.columns[column]
            var series = QueryResult.Series(
                label: label(result, column: column), groupValues: result.groupValues, timestamps: times, values: values
            )
            if values.contains(where: \.isNaN) {
                series.timestamps = zip(times, values).compactMap { $1.isNaN ? nil : $0 }
                series.values = values.filter { !$0.isNaN }
            }
            return series
        }
    }

    private func label(_ result: ResultSeries, column: Int) -> String {
        let text = columns[column]
        if result.groupValues.isEmpty { return text }
        let group = result.groupValues.joined(separator: " ")
        return columns.count == 1 ? group : "\(group) \(text)"
    }
}
