import VarveBytes
package import VarveModel

/// Rows with several columns on their way into the store: events, states, weighted numbers, summaries. Like
/// ``RowBatch`` for single numbers, it names every series that it uses; a batch is stored whole or not at all.
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
    /// Where each shape stands in `shapes`, which keeps it alive, and so its identity its own.
    private var places: [ObjectIdentifier: UInt32] = [:]

    package init(_ kind: SegmentKind) {
        precondition(kind != .metric, "single numbers travel as RowBatch")
        self.kind = kind
        columns = kind.schema.columns.map { .empty($0.type) }
    }

    /// Rows whose columns are there already. O(shapes).
    /// - Parameters:
    ///   - shapes: as ``append(shape:timestamp:values:)`` takes them; one may be listed more than once.
    ///   - rowShapes: per row, index into `shapes`.
    ///   - columns: as the kind's schema lists them.
    package init(
        _ kind: SegmentKind, shapes: [RowShape], rowShapes: [UInt32], timestamps: [Int64],
        columns: [SegmentColumnValues]
    ) {
        self.init(kind)
        precondition(columns.count == self.columns.count, "the columns are those of the kind's schema")
        precondition(columns.allSatisfy { $0.rowCount == timestamps.count }, "one value per column")
        precondition(rowShapes.count == timestamps.count, "one shape per row")
        for shape in shapes {
            precondition(shape.fields.count == 1, "rows of this kind belong to one series")
            precondition(shape.source.kind == kind.seriesKind, "the series are of the batch's kind")
        }
        self.shapes = shapes
        self.rowShapes = rowShapes
        self.timestamps = timestamps
        self.columns = columns
    }

    package var rowCount: Int { timestamps.count }
    package var isEmpty: Bool { timestamps.isEmpty }
    /// Bytes in memory, roughly. O(rows).
    var rowsByteCount: Int { columns.reduce(rowCount * 12) { $0 + $1.byteCount } }

    /// Appends one row. Amortised O(columns).
    /// - Parameters:
    ///   - shape: has one field and a source of the batch's kind of series.
    ///   - row: one value per column of the schema, each a column of one row.
    package mutating func append(shape: RowShape, timestamp: Int64, values row: [SegmentColumnValues]) {
        precondition(row.count == columns.count, "the values are those of the kind's schema")
        rowShapes.append(place(of: shape))
        timestamps.append(timestamp)
        for column in columns.indices {
            columns[column].append(row[column])
            precondition(columns[column].rowCount == timestamps.count, "one value per column")
        }
    }

    private mutating func place(of shape: RowShape) -> UInt32 {
        if let known = places[ObjectIdentifier(shape)] { return known }
        precondition(shape.fields.count == 1, "rows of this kind belong to one series")
        precondition(shape.source.kind == kind.seriesKind, "the series are of the batch's kind")
        let place = UInt32(shapes.count)
        places[ObjectIdentifier(shape)] = place
        shapes.append(shape)
        return place
    }
}

extension RecordBatch {
    /// The rows under the numbers of their series, one per shape. O(rows).
    func numbered(_ series: [SeriesID]) -> RecordColumns {
        RecordColumns(
            kind: kind, series: rowShapes.map { series[Int($0)] }, timestamps: timestamps, columns: columns)
    }

    /// Equal for batches with the same rows in the same order. O(bytes).
    func hashOfContent() -> UInt64 {
        var hash = ContentHash()
        hash.add(UInt64(kind.rawValue))
        let shapeHashes = shapes.map { $0.hashOfContent() }
        for (shape, timestamp) in zip(rowShapes, timestamps) {
            hash.add(shapeHashes[Int(shape)])
            hash.add(UInt64(bitPattern: timestamp))
        }
        for column in columns { column.add(to: &hash) }
        return hash.value
    }

    /// Checks what the store relies on: sizes within ``RecordLimits``, times that are kept.
    /// - Throws: `.recordTooLarge` or `.timestampOutOfRange`; the whole batch is refused then.
    func validate(oldest: Int64, newest: Int64) throws(StoreError) {
        do throws(RecordLimits.Excess) {
            try RecordLimits.check(columns, rowCount: rowCount)
        } catch {
            throw .recordTooLarge(error)
        }
        for timestamp in timestamps where timestamp < oldest || timestamp > newest {
            throw .timestampOutOfRange(timestamp: timestamp, oldest: oldest, newest: newest)
        }
    }
}

extension SegmentColumnValues {
    fileprivate func add(to hash: inout ContentHash) {
        switch self {
        case .integers(let values): for value in values { hash.add(UInt64(bitPattern: value)) }
        case .floats(let values): for value in values { hash.add(value.bitPattern) }
        case .identifiers(let values):
            for value in values {
                hash.add(value.high)
                hash.add(value.low)
            }
        case .strings(let values), .bodies(let values): for value in values { Self.add(value, to: &hash) }
        case .stringLists(let lists):
            for list in lists {
                hash.add(UInt64(list.count))
                for item in list { Self.add(item, to: &hash) }
            }
        }
    }

    private static func add(_ bytes: [UInt8], to hash: inout ContentHash) {
        hash.add(UInt64(bytes.count))
        bytes.withUnsafeBytes { hash.add($0) }
    }
}
