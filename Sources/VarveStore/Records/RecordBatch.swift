package import VarveModel

/// Rows with several columns on their way into the store: events, states, weighted numbers, summaries. Like ``RowBatch``
/// for single numbers, it names every series that it uses; a batch is stored whole or not at all.
package struct RecordBatch: Sendable {
    /// Any but `.metric`.
    package let kind: SegmentKind
    /// The distinct series of the rows: shapes of one field each, whose sources are of `kind.seriesKind`.
    package private(set) var shapes: [RowShape] = []
    /// Per row: index into `shapes`.
    package private(set) var rowShapes: [UInt32] = []
    /// Per row: nanoseconds since 1970.
    package private(set) var timestamps: [Int64] = []
    /// As the kind's schema lists them, one value per row each.
    package private(set) var columns: [SegmentColumnValues]
    /// Makes sending the batch again a no-op while the store remembers the token (15 minutes, 64 Ki tokens).
    package var token: RetryToken?
    package var durability = Durability.durable

    package init(_ kind: SegmentKind) {
        precondition(kind != .metric, "single numbers travel as RowBatch")
        self.kind = kind
        columns = kind.schema.columns.map { .empty($0.type) }
    }

    package var rowCount: Int { timestamps.count }
    package var isEmpty: Bool { timestamps.isEmpty }

    /// Appends one row.
    /// - Parameters:
    ///   - shape: has one field and a source of the batch's kind of series.
    ///   - row: one value per column of the schema, each a column of one row.
    package mutating func append(shape: RowShape, timestamp: Int64, values row: [SegmentColumnValues]) {
        precondition(shape.fields.count == 1, "rows of this kind belong to one series")
        precondition(shape.source.kind == kind.seriesKind, "the series are of the batch's kind")
        precondition(row.map(\.type) == columns.map(\.type), "the values are those of the kind's schema")
        precondition(row.allSatisfy { $0.rowCount == 1 }, "one value per column")
        let index = shapes.firstIndex { $0 === shape } ?? shapes.count
        if index == shapes.count { shapes.append(shape) }
        rowShapes.append(UInt32(index))
        timestamps.append(timestamp)
        for column in columns.indices { columns[column].append(row[column]) }
    }
}

extension SegmentColumnValues {
    /// Appends the values of a column of the same type, in place.
    fileprivate mutating func append(_ other: SegmentColumnValues) { self = appending(other) }
}
