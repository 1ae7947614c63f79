/// The rows of a table, kept by columns: an answer of ten thousand rows is some arrays, not ten thousand.
///
/// A collection of rows, each an array of cells; access by index makes that array. Writers of large answers go by
/// ``columns``.
package struct QueryRows: Sendable {
    /// Left to right, each with ``count`` cells; empty when it is not known which there are.
    package let columns: [QueryCells]
    package let count: Int

    /// - Precondition: every column has `count` cells.
    package init(columns: [QueryCells], count: Int) {
        precondition(columns.allSatisfy { $0.count == count }, "columns of a table are equally long")
        self.columns = columns
        self.count = count
    }

    /// Rows that were put together one by one, all of one length. O(cells).
    package init(_ rows: [[QueryResult.Value]]) {
        let width = rows.first?.count ?? 0
        precondition(rows.allSatisfy { $0.count == width }, "rows of a table are equally long")
        columns = (0..<width).map { column in .values(rows.map { $0[column] }) }
        count = rows.count
    }
}

extension QueryRows {
    /// The first `count` rows, or all when there are fewer. O(cells of them).
    package func first(_ count: Int) -> QueryRows {
        let count = Swift.min(count, self.count)
        return QueryRows(columns: columns.map { $0.first(count) }, count: count)
    }
}

extension QueryRows: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { count }
    /// O(columns), with an array for the row.
    package subscript(row: Int) -> [QueryResult.Value] { columns.map { $0[row] } }
}

extension QueryRows: Equatable {
    package static func == (left: QueryRows, right: QueryRows) -> Bool { left.elementsEqual(right) }
}

extension QueryRows: ExpressibleByArrayLiteral {
    package init(arrayLiteral rows: [QueryResult.Value]...) { self.init(rows) }
}

extension QueryRows: CustomStringConvertible {
    package var description: String { Array(self).description }
}

/// The cells of one column.
package enum QueryCells: Sendable {
    /// Of any kind: for short tables.
    case values([QueryResult.Value])
    /// Nanoseconds since 1970, none missing.
    case times([Int64])
    case integers(DenseCells<Int64>)
    case numbers(DenseCells<Double>)
    case texts(TextCells)

    package var count: Int {
        switch self {
        case .values(let values): values.count
        case .times(let times): times.count
        case .integers(let cells): cells.values.count
        case .numbers(let cells): cells.values.count
        case .texts(let cells): cells.numbers.count
        }
    }

    fileprivate func first(_ count: Int) -> QueryCells {
        switch self {
        case .values(let values): .values(Array(values.prefix(count)))
        case .times(let times): .times(Array(times.prefix(count)))
        case .integers(let cells): .integers(cells.first(count))
        case .numbers(let cells): .numbers(cells.first(count))
        case .texts(let cells): .texts(TextCells(cells.texts, numbers: Array(cells.numbers.prefix(count))))
        }
    }

    package subscript(row: Int) -> QueryResult.Value {
        switch self {
        case .values(let values): values[row]
        case .times(let times): .time(times[row])
        case .integers(let cells): cells.isMissing(row) ? .null : .integer(cells.values[row])
        case .numbers(let cells): cells.isMissing(row) ? .null : .number(cells.values[row])
        case .texts(let cells): cells[row].map { .text($0) } ?? .null
        }
    }
}

/// Numbers, some of which may be missing.
package struct DenseCells<Number: Sendable>: Sendable {
    /// Where a cell is missing, anything.
    package let values: [Number]
    /// Per cell whether it is missing; empty when none is.
    package let missing: [Bool]

    /// - Precondition: `missing` is empty or as long as `values`.
    package init(_ values: [Number], missing: [Bool] = []) {
        precondition(missing.isEmpty || missing.count == values.count, "every cell is missing or not")
        self.values = values
        self.missing = missing
    }

    fileprivate func first(_ count: Int) -> DenseCells {
        DenseCells(Array(values.prefix(count)), missing: Array(missing.prefix(count)))
    }

    @inline(__always)
    package func isMissing(_ row: Int) -> Bool { !missing.isEmpty && missing[row] }
}

/// Texts of which few are different, such as dimension values: each once, and its number per row.
package struct TextCells: Sendable {
    /// nil for a missing cell.
    package let texts: [String?]
    /// Per cell an index into `texts`. Columns of one table may share this array.
    package let numbers: [UInt32]

    package init(_ texts: [String?], numbers: [UInt32]) {
        self.texts = texts
        self.numbers = numbers
    }

    package subscript(row: Int) -> String? { texts[Int(numbers[row])] }
}
