package import VarveQuery

/// Answers as aligned tables for people.
package enum TableRenderer {
    /// The table and a line with the number of rows and, when times are shown, their zone. O(cells).
    package static func render(_ result: QueryResult, nowNs: Int64, zone: LocalZone) -> String {
        let formats = result.columns.indices.map { timeFormat(ofColumn: $0, in: result, nowNs: nowNs, zone: zone) }
        var table = TextTable(result.columns.map { TextTable.Column($0.name, alignRight: $0.kind.alignsRight) })
        for row in result.rows {
            table.append(row.indices.map { text(of: row[$0], formats[$0]) })
        }
        return table.render() + footer(result, nowNs: nowNs, zone: zone)
    }

    /// One format for each column, so that the times of a column look alike.
    private static func timeFormat(
        ofColumn column: Int, in result: QueryResult, nowNs: Int64, zone: LocalZone
    ) -> TimeFormat {
        let times = result.rows.lazy.compactMap { row -> Int64? in
            if case .time(let timestampNs) = row[column] { timestampNs } else { nil }
        }
        return TimeFormat(fitting: times, nowNs: nowNs, zone: zone)
    }

    private static func text(of value: QueryResult.Value, _ timeFormat: TimeFormat) -> String {
        switch value {
        case .null: ""
        case .text(let text): text
        case .number(let number): NumberFormat.plain(number)
        case .integer(let integer): String(integer)
        case .time(let timestampNs): timeFormat.text(ofNs: timestampNs)
        }
    }

    private static func footer(_ result: QueryResult, nowNs: Int64, zone: LocalZone) -> String {
        let count = result.rows.count == 1 ? "1 row" : "\(result.rows.count) rows"
        let period = result.periodNs.map { ", period \(ElapsedText.short(ns: $0))" } ?? ""
        let showsTimes = !result.rows.isEmpty && result.columns.contains { $0.kind == .time }
        let times = showsTimes ? ", times in \(TimeFormat.zoneName(of: zone, atNs: nowNs))" : ""
        return "(\(count)\(period)\(times))\n"
    }
}

extension QueryResult.Column.Kind {
    /// Numbers stand under each other digit by digit.
    var alignsRight: Bool { self == .number || self == .integer }
}
