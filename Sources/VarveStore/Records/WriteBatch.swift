package import VarveModel

/// What is handed to the store at once: stored whole, or, if it is divisible, in part.
package enum WriteBatch: Sendable {
    /// Single numbers.
    case rows(RowBatch)
    /// Rows with several columns.
    case records(RecordBatch)
    /// Rows of several kinds that are stored all or not at all. Without tokens; durable when one of them asks for it.
    case together([RecordBatch])

    package var token: RetryToken? {
        switch self {
        case .rows(let batch): batch.token
        case .records(let batch): batch.token
        case .together: nil
        }
    }

    package var durability: Durability {
        switch self {
        case .rows(let batch): batch.durability
        case .records(let batch): batch.durability
        case .together(let batches): batches.contains { $0.durability == .durable } ? .durable : .buffered
        }
    }

    package var rowCount: Int {
        switch self {
        case .rows(let batch): batch.rowCount
        case .records(let batch): batch.rowCount
        case .together(let batches): batches.reduce(0) { $0 + $1.rowCount }
        }
    }

    /// What a repetition under the same token must have again. O(rows).
    var contentHash: UInt64 {
        switch self {
        case .rows(let batch): batch.contentHash ?? batch.hashOfContent()
        case .records(let batch): batch.hashOfContent()
        case .together(let batches):
            batches.reduce(into: ContentHash()) { $0.add($1.hashOfContent()) }.value
        }
    }

    package var isEmpty: Bool { rowCount == 0 }

    var shapes: [RowShape] {
        switch self {
        case .rows(let batch): batch.shapes
        case .records(let batch): batch.shapes
        case .together(let batches): batches.flatMap(\.shapes)
        }
    }

    /// Bytes of the rows in memory, roughly. O(1) for numbers, O(rows) for columns of strings.
    var rowsByteCount: Int {
        switch self {
        case .rows(let batch): batch.rowCount * 12 + batch.values.count * 8
        case .records(let batch): batch.rowsByteCount
        case .together(let batches): batches.reduce(0) { $0 + $1.rowsByteCount }
        }
    }
}

/// A batch whose rows have the catalogue's numbers: what goes into the log and the tail.
enum NumberedBatch: Sendable {
    case rows(NumberedRows)
    /// Of one kind each.
    case records([RecordColumns])

    var rowCount: Int {
        switch self {
        case .rows(let rows): rows.timestamps.count
        case .records(let batches): batches.reduce(0) { $0 + $1.rowCount }
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
