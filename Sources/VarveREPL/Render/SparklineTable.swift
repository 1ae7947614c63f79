import VarveModel
package import VarveQuery

/// Answers with one row for each series and its course as a sparkline, instead of one row for each bucket.
package enum SparklineTable {
    /// The table; nil for answers that have no buckets to show in a line. O(points).
    /// - Parameter columnsMax: width of the terminal.
    package static func render(_ result: QueryResult, zone: LocalZone, columnsMax: Int) -> String? {
        guard let series = result.series, let first = series.first, let periodNs = result.periodNs,
            let range = result.range, range.end - range.start > periodNs
        else { return nil }
        let aggregates = result.columns.dropFirst(1 + first.groupValues.count)
        guard !aggregates.isEmpty, series.count.isMultiple(of: aggregates.count) else { return nil }
        let keys = result.columns.dropFirst().prefix(first.groupValues.count)
        let headings = keys.map { TextTable.Column($0.name) } + aggregates.flatMap(columns)
        // What the other columns take, as far as that is known before; the lines share the rest.
        let keyWidth = series.reduce(0) { max($0, $1.groupValues.reduce(0) { $0 + DisplayWidth.of($1) + 3 }) }
        let room = (columnsMax - keyWidth) / aggregates.count - figureColumns
        var table = TextTable(headings)
        for group in stride(from: 0, to: series.count, by: aggregates.count) {
            let members = series[group..<group + aggregates.count]
            table.append(
                series[group].groupValues
                    + members.flatMap { one in
                        let line = Sparkline.text(
                            one, range: range, periodNs: periodNs, columnsMax: min(max(room, lineLeast), lineMost))
                        return [line] + figures(one)
                    })
        }
        return table.render() + footer(result, range, periodNs, rows: series.count / aggregates.count, zone: zone)
    }

    /// Three figures of about eight characters with their rules.
    private static let figureColumns = 34
    private static let lineLeast = 8
    private static let lineMost = 48

    private static func columns(of aggregate: QueryResult.Column) -> [TextTable.Column] {
        [TextTable.Column(aggregate.name)] + ["min", "max", "last"].map { TextTable.Column($0, alignRight: true) }
    }

    private static func figures(_ series: QueryResult.Series) -> [String] {
        let finite = series.values.filter(\.isFinite)
        return [finite.min(), finite.max(), series.values.last].map { $0.map(NumberFormat.plain) ?? "" }
    }

    private static func footer(
        _ result: QueryResult, _ range: TimeRange, _ periodNs: Int64, rows: Int, zone: LocalZone
    ) -> String {
        let time = TimeFormat(fitting: [range.start, range.end], nowNs: range.start, zone: zone)
        let count = rows == 1 ? "1 series" : "\(rows) series"
        return "(\(count), \(time.text(ofNs: range.start)) to \(time.text(ofNs: range.end)), "
            + "period \(ElapsedText.short(ns: periodNs)), times in "
            + "\(TimeFormat.zoneName(of: zone, atNs: range.start)))\n"
    }
}
