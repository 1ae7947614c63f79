package import VarveJSON
import VarveModel
package import VarveQuery

// The JSON form of query answers, written by the server and read by its clients. Page: Docs/Operations/server.md, "POST
// /query".

extension QueryResult {
    /// Writes the answer as one JSON object. Times are integers (nanoseconds since 1970), missing values null.
    package func write(to writer: inout JSONWriter) {
        var encoder = ResultEncoder(self)
        encoder.write(to: &writer, upTo: .max)
    }
}

extension QueryResult.Column.Kind {
    /// The spelling on the wire.
    var wireName: String {
        switch self {
        case .text: "text"
        case .number: "number"
        case .integer: "integer"
        case .time: "time"
        }
    }

    fileprivate init?(wireName: String) {
        switch wireName {
        case "text": self = .text
        case "number": self = .number
        case "integer": self = .integer
        case "time": self = .time
        default: return nil
        }
    }
}

extension QueryResult.Value {
    /// - Returns: nil when `json` is not of the column's kind.
    fileprivate init?(_ json: JSONValue, kind: QueryResult.Column.Kind) {
        switch (kind, json) {
        case (_, .null): self = .null
        case (.text, .string(let text)): self = .text(text)
        case (.integer, .integer(let value)): self = .integer(value)
        case (.time, .integer(let value)): self = .time(value)
        case (.number, _):
            guard let value = json.double else { return nil }
            self = .number(value)
        default: return nil
        }
    }
}

/// A server's answer that does not follow the page of the protocol: another program or version answers there.
package struct ExchangeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The member that is missing or of the wrong type.
    package var member: String

    package init(member: String) { self.member = member }

    package var description: String {
        "the answer is not from a Varve server: member \"\(member)\" is missing or malformed"
    }
}

extension QueryResult {
    /// Reads what ``write(to:)`` wrote. Values in number columns that were not finite come back as null.
    package init(json: JSONValue) throws(ExchangeError) {
        let columns = try Self.columns(json["columns"])
        guard let rowValues = json["rows"]?.array else { throw ExchangeError(member: "rows") }
        var rows: [[Value]] = []
        rows.reserveCapacity(rowValues.count)
        for row in rowValues { rows.append(try Self.row(row, columns: columns)) }
        self.init(columns: columns, rows: rows, periodNs: json["periodNs"]?.integer)
        notices = (json["notices"]?.array ?? []).compactMap(\.string)
        isPartial = json["partial"]?.bool ?? false
        if let series = json["series"] { self.series = try Self.series(series) }
        if let range = json["range"] {
            guard let start = range["start"]?.integer, let end = range["end"]?.integer, start <= end else {
                throw ExchangeError(member: "range")
            }
            self.range = TimeRange(start: start, end: end)
        }
    }

    private static func columns(_ json: JSONValue?) throws(ExchangeError) -> [Column] {
        guard let elements = json?.array else { throw ExchangeError(member: "columns") }
        var columns: [Column] = []
        for element in elements {
            guard let name = element["name"]?.string, let kindName = element["kind"]?.string,
                let kind = Column.Kind(wireName: kindName)
            else { throw ExchangeError(member: "columns") }
            columns.append(Column(name: name, kind: kind))
        }
        return columns
    }

    private static func row(_ json: JSONValue, columns: [Column]) throws(ExchangeError) -> [Value] {
        guard let cells = json.array, cells.count == columns.count else { throw ExchangeError(member: "rows") }
        var row: [Value] = []
        row.reserveCapacity(cells.count)
        for (cell, column) in zip(cells, columns) {
            guard let value = Value(cell, kind: column.kind) else { throw ExchangeError(member: "rows") }
            row.append(value)
        }
        return row
    }

    private static func series(_ json: JSONValue) throws(ExchangeError) -> [Series] {
        guard let elements = json.array else { throw ExchangeError(member: "series") }
        var series: [Series] = []
        for element in elements {
            guard let label = element["label"]?.string, let groupValues = element["groupValues"]?.array,
                let timestamps = element["timestamps"]?.array, let values = element["values"]?.array,
                timestamps.count == values.count
            else { throw ExchangeError(member: "series") }
            series.append(
                Series(
                    label: label,
                    groupValues: groupValues.compactMap(\.string),
                    timestamps: timestamps.compactMap(\.integer),
                    values: values.map { $0.double ?? .nan }
                ))
            guard series[series.count - 1].timestamps.count == timestamps.count else {
                throw ExchangeError(member: "timestamps")
            }
        }
        return series
    }
}
