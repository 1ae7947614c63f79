import VarveModel
package import VarveQuery

/// The answer to a statement: rows under named columns and, for SELECT, the series behind them.
///
/// A collection of ``Row``; access by index is O(1).
public struct Rows: Sendable, Equatable {
    /// A column of the table.
    public struct Column: Sendable, Equatable {
        /// What the values of a column are.
        public enum Kind: String, Sendable {
            case text, number, integer, time
        }
        /// The heading, such as `time` or `AVG(CPUUtilization)`.
        public var name: String
        /// What its values are.
        public var kind: Kind
    }

    /// One cell.
    public enum Value: Sendable, Equatable {
        /// Nothing to say here, such as the average of no samples.
        case null
        case text(String)
        case number(Double)
        case integer(Int64)
        /// Nanoseconds since 1970-01-01T00:00:00Z.
        case time(Int64)
    }

    /// One line of a chart: what SELECT answers for one group.
    public struct Series: Sendable, Equatable {
        /// The group's values joined by spaces, or the aggregate's text when nothing is grouped.
        public var label: String
        /// The group's values, in GROUP BY order.
        public var groupValues: [String]
        /// Start of each bucket that has samples, ascending, nanoseconds since 1970.
        public var timestampsNs: [Int64]
        /// One value for each bucket.
        public var values: [Double]
    }

    /// Left to right.
    public let columns: [Column]
    /// Each as long as `columns`.
    private let cells: QueryRows
    /// nil for statements that answer with a list, such as SHOW.
    public let series: [Series]?
    /// Width of the buckets of `series`, nanoseconds.
    public let periodNs: Int64?
    /// The time asked for, after defaults and rounding, nanoseconds since 1970.
    public let timeRangeNs: Range<Int64>?
    /// Sentences for the reader: an unknown name with what was probably meant, series cut off by LIMIT, missing rows.
    public let notices: [String]
    /// Rows that should be in the answer could not be read and are missing from it; `notices` says where.
    public let isPartial: Bool

    package init(_ result: QueryResult) {
        columns = result.columns.map { Column(name: $0.name, kind: Column.Kind($0.kind)) }
        cells = result.rows
        series = result.series?.map {
            Series(label: $0.label, groupValues: $0.groupValues, timestampsNs: $0.timestamps, values: $0.values)
        }
        periodNs = result.periodNs
        timeRangeNs = result.range.map { $0.start..<$0.end }
        notices = result.notices
        isPartial = result.isPartial
    }
}

/// One row of an answer.
public struct Row: Sendable, Equatable {
    /// Left to right.
    public let values: [Rows.Value]
    private let columns: [Rows.Column]

    init(values: [Rows.Value], columns: [Rows.Column]) {
        self.values = values
        self.columns = columns
    }

    /// The value in the first column of that name; nil when there is no such column. O(columns).
    public subscript(_ column: String) -> Rows.Value? {
        columns.firstIndex { $0.name == column }.map { values[$0] }
    }
}

extension Rows: RandomAccessCollection {
    /// Always 0.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { cells.count }
    /// The row at `position`.
    public subscript(position: Int) -> Row { Row(values: cells[position].map(Value.init), columns: columns) }
}

extension Rows.Value: CustomStringConvertible {
    /// The value as text: numbers as short as they can be without losing a bit, times in nanoseconds, nothing for null.
    public var description: String {
        switch self {
        case .null: ""
        case .text(let text): text
        case .number(let number): "\(number)"
        case .integer(let integer): "\(integer)"
        case .time(let timestampNs): "\(timestampNs)"
        }
    }

    init(_ value: QueryResult.Value) {
        self =
            switch value {
            case .null: .null
            case .text(let text): .text(text)
            case .number(let number): .number(number)
            case .integer(let integer): .integer(integer)
            case .time(let timestamp): .time(timestamp)
            }
    }
}

extension Rows.Column.Kind {
    init(_ kind: QueryResult.Column.Kind) {
        self =
            switch kind {
            case .text: .text
            case .number: .number
            case .integer: .integer
            case .time: .time
            }
    }
}
