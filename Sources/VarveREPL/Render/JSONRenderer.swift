import VarveModel
package import VarveQuery

/// Answers as one JSON object in one line, in the shape of the server's `/query`: Docs/CommandLine.md, "JSON".
///
/// Numbers keep every bit. NaN and the infinities, which JSON does not have, are null.
package enum JSONRenderer {
    /// O(cells).
    package static func render(_ result: QueryResult) -> String {
        var members = [
            "\"columns\":" + array(result.columns.map(column)),
            "\"rows\":" + array(result.rows.map { array($0.map(value)) }),
        ]
        if let series = result.series { members.append("\"series\":" + array(series.map(object))) }
        if let periodNs = result.periodNs { members.append("\"periodNs\":\(periodNs)") }
        if let range = result.range { members.append("\"range\":{\"start\":\(range.start),\"end\":\(range.end)}") }
        return "{" + members.joined(separator: ",") + "}\n"
    }

    private static func column(_ column: QueryResult.Column) -> String {
        "{\"name\":\(string(column.name)),\"kind\":\"\(column.kind)\"}"
    }

    private static func object(_ series: QueryResult.Series) -> String {
        let members = [
            "\"label\":" + string(series.label),
            "\"groups\":" + array(series.groupValues.map(string)),
            "\"timestamps\":" + array(series.timestamps.map(String.init)),
            "\"values\":" + array(series.values.map(number)),
        ]
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func value(_ value: QueryResult.Value) -> String {
        switch value {
        case .null: "null"
        case .text(let text): string(text)
        case .number(let value): number(value)
        case .integer(let integer): String(integer)
        case .time(let timestampNs): String(timestampNs)
        }
    }

    private static func number(_ number: Double) -> String {
        number.isFinite ? ExactNumber.text(number) : "null"
    }

    private static func array(_ elements: [String]) -> String { "[" + elements.joined(separator: ",") + "]" }

    /// A JSON string with the escapes that RFC 8259 demands.
    static func string(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "\"") { quoted, scalar in
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        } + "\""
    }
}
