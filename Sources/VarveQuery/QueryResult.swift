import Synchronization
package import VarveModel

/// The answer to one statement: a table, and for SELECT the series behind it, so that it can be drawn.
package struct QueryResult: Sendable, Equatable {
    /// Heading of a column; `kind` says which values it has besides null.
    package struct Column: Sendable, Equatable {
        /// What a column holds.
        package enum Kind: Sendable { case text, number, integer, time }
        package var name: String
        package var kind: Kind

        package init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// A cell of the table.
    package enum Value: Sendable, Equatable {
        case null
        case text(String)
        case number(Double)
        case integer(Int64)
        /// Nanoseconds since 1970.
        case time(Int64)
    }

    /// One line of a chart.
    package struct Series: Sendable, Equatable {
        /// Group key values joined by a space; the aggregate's text when there is no grouping; both when there are
        /// several aggregates of groups.
        package var label: String
        /// In GROUP BY order.
        package var groupValues: [String]
        /// Bucket starts, nanoseconds, ascending; buckets without samples are absent.
        package var timestamps: [Int64]
        package var values: [Double]

        package init(label: String, groupValues: [String], timestamps: [Int64], values: [Double]) {
            self.label = label
            self.groupValues = groupValues
            self.timestamps = timestamps
            self.values = values
        }
    }

    package var columns: [Column]
    /// Each as long as `columns`.
    package var rows: QueryRows
    /// nil for statements that answer with a list (SHOW). The first look at those of a SELECT makes them: O(cells); who
    /// writes the table alone does not pay for them.
    package var series: [Series]? {
        get { lines?.series }
        set { lines = newValue.map { ResultLines($0) } }
    }
    /// Numbers in ``series``, without making them.
    package var seriesValueCount: Int { lines?.valueCount ?? 0 }
    private var lines: ResultLines?
    /// Bucket width of `series`, nanoseconds.
    package var periodNs: Int64?
    /// What was asked for, after defaults and rounding.
    package var range: TimeRange?
    /// Sentences for the reader: an unknown name with what was probably meant, series cut off by LIMIT, mixed units.
    package var notices: [String]
    /// Rows that should be in the answer could not be read and are missing from it; notices that begin with `gap:` say
    /// where, and how many at most.
    package var isPartial = false

    /// For short tables.
    package init(
        columns: [Column], rows: [[Value]], series: [Series]? = nil, periodNs: Int64? = nil, range: TimeRange? = nil,
        notices: [String] = []
    ) {
        self.init(
            columns: columns, table: QueryRows(rows), series: series, periodNs: periodNs, range: range,
            notices: notices)
    }

    package init(
        columns: [Column], table rows: QueryRows, series: [Series]? = nil, periodNs: Int64? = nil,
        range: TimeRange? = nil, notices: [String] = []
    ) {
        self.init(
            columns: columns, table: rows, lines: series.map { ResultLines($0) }, periodNs: periodNs, range: range,
            notices: notices)
    }

    init(
        columns: [Column], table rows: QueryRows, lines: ResultLines?, periodNs: Int64?, range: TimeRange?,
        notices: [String]
    ) {
        self.columns = columns
        self.rows = rows
        self.lines = lines
        self.periodNs = periodNs
        self.range = range
        self.notices = notices
    }
}

/// The lines of a chart, made when somebody wants them. Any thread.
final class ResultLines: Sendable, Equatable {
    private enum State: Sendable {
        case made([QueryResult.Series])
        case wanted(from: ResultLineSource)
    }

    private let state: Mutex<State>
    /// Numbers of all lines.
    let valueCount: Int

    init(_ series: [QueryResult.Series]) {
        state = Mutex(.made(series))
        valueCount = series.reduce(0) { $0 + $1.values.count }
    }

    init(from source: ResultLineSource) {
        state = Mutex(.wanted(from: source))
        valueCount = source.valueCount
    }

    var series: [QueryResult.Series] {
        state.withLock { state in
            switch state {
            case .made(let series): return series
            case .wanted(let source):
                let series = source.series
                state = .made(series)
                return series
            }
        }
    }

    static func == (left: ResultLines, right: ResultLines) -> Bool { left.series == right.series }
}
