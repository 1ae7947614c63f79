package import VarveQuery

/// Answers as comma-separated values, RFC 4180: a header line, CRLF line ends, quotes where they are needed.
///
/// Numbers keep every bit; times are RFC 3339 in UTC; null is an empty field.
package enum CSVRenderer {
    /// O(cells).
    package static func render(_ result: QueryResult) -> String {
        var text = line(result.columns.map(\.name))
        for row in result.rows { text += line(row.map(field)) }
        return text
    }

    private static func line(_ fields: [String]) -> String {
        fields.map(quote).joined(separator: ",") + "\r\n"
    }

    private static func field(_ value: QueryResult.Value) -> String {
        switch value {
        case .null: ""
        case .text(let text): text
        case .number(let number): ExactNumber.text(number)
        case .integer(let integer): String(integer)
        case .time(let timestampNs): TimeFormat.rfc3339(timestampNs)
        }
    }

    private static func quote(_ field: String) -> String {
        let special: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        guard field.utf8.contains(where: special.contains) else { return field }
        let doubled = field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        return "\"\(doubled)\""
    }
}

/// Numbers for machines: the shortest text that reads back as the same bits.
enum ExactNumber {
    /// `42`, `0.1`, `1e-05`, `NaN`, `Infinity`.
    static func text(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity" }
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
