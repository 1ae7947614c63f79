package import Synchronization

/// Which fields, in which order, the rows of one source carry: the type of a wide row.
///
/// Immutable after init; any thread. The two atomics are caches that belong to others, see there.
package final class RowShape: Sendable {
    package let source: SourceKey
    /// In the order of the row's values; names are unique together with their unit.
    package let fields: [FieldKey]
    /// Values of a row, as many as fields; here because it is asked for with every batch.
    package let width: Int
    /// The store's own number for this shape, so that a known shape costs one load instead of a look-up. Written and
    /// read by the store's writer only: `storeToken << 32 | ordinal`, 0 when unknown.
    package let binding = Atomic<UInt64>(0)

    package init(source: SourceKey, fields: [FieldKey]) {
        precondition(!fields.isEmpty && fields.count <= Limits.fieldsPerRowMax, "a row has 1 to 1 024 fields")
        self.source = source
        self.fields = fields
        width = fields.count
    }
}

/// Rows on their way into the store: one timestamp and `shape.fields.count` values each, in columns.
///
/// Self-contained: it names every shape that it uses, so batches of different producers can be mixed in any order.
package struct RowBatch: Sendable {
    /// The distinct shapes of the rows.
    package var shapes: [RowShape]
    /// Per row: index into `shapes`.
    package var rowShapes: [UInt32]
    /// Per row: nanoseconds since 1970.
    package var timestamps: [Int64]
    /// The rows' values one after the other; bit patterns are kept exactly.
    package var values: [Double]
    /// Whether the store may take a part: rows that would make more series than it allows are left out then, and the
    /// others stored. Otherwise such a batch is refused whole.
    package var isDivisible = false
    /// Makes sending the batch again a no-op while the store remembers the token (15 minutes, 64 Ki tokens).
    package var token: RetryToken?
    /// What a repetition under the same token must have again, never 0; nil: ``hashOfContent()``. For senders whose
    /// rows differ from attempt to attempt though the write is the same, as those without a time do.
    package var contentHash: UInt64?
    package var durability = Durability.durable

    package init() {
        shapes = []
        rowShapes = []
        timestamps = []
        values = []
    }

    package var rowCount: Int { timestamps.count }
    package var isEmpty: Bool { timestamps.isEmpty }

    /// Appends one row. For tests and small callers; parsers fill the columns themselves.
    package mutating func append(shape: RowShape, timestamp: Int64, values row: [Double]) {
        precondition(row.count == shape.fields.count, "one value per field")
        let index = shapes.firstIndex { $0 === shape } ?? shapes.count
        if index == shapes.count { shapes.append(shape) }
        rowShapes.append(UInt32(index))
        timestamps.append(timestamp)
        values.append(contentsOf: row)
    }
}
