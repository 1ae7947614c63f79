package import VarveModel

/// What is handed to the store at once: stored whole, or, if it is divisible, in part.
package enum WriteBatch: Sendable {
    /// Single numbers.
    case rows(RowBatch)
    /// Rows with several columns.
    case records(RecordBatch)

    package var token: RetryToken? {
        switch self {
        case .rows(let batch): batch.token
        case .records(let batch): batch.token
        }
    }

    package var durability: Durability {
        switch self {
        case .rows(let batch): batch.durability
        case .records(let batch): batch.durability
        }
    }

    package var rowCount: Int {
        switch self {
        case .rows(let batch): batch.rowCount
        case .records(let batch): batch.rowCount
        }
    }

    /// What a repetition under the same token must have again. O(rows).
    var contentHash: UInt64 {
        switch self {
        case .rows(let batch): batch.contentHash ?? batch.hashOfContent()
        case .records(let batch): batch.hashOfContent()
        }
    }

    package var isEmpty: Bool { rowCount == 0 }

    var shapes: [RowShape] {
        switch self {
        case .rows(let batch): batch.shapes
        case .records(let batch): batch.shapes
        }
    }

    /// Bytes of the rows in memory, roughly. O(1) for numbers, O(rows) for columns of strings.
    var rowsByteCount: Int {
        switch self {
        case .rows(let batch): batch.rowCount * 12 + batch.values.count * 8
        case .records(let batch): batch.columns.reduce(batch.rowCount * 12) { $0 + $1.byteCount }
        }
    }
}

/// A batch whose rows have the catalogue's numbers: what goes into the log and the tail.
enum NumberedBatch: Sendable {
    case rows(NumberedRows)
    case records(RecordColumns)

    var rowCount: Int {
        switch self {
        case .rows(let rows): rows.timestamps.count
        case .records(let rows): rows.rowCount
        }
    }

    /// Single numbers; rows with several columns have none.
    var valueCount: Int {
        switch self {
        case .rows(let rows): rows.values.count
        case .records: 0
        }
    }
}
