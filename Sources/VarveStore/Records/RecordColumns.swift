package import VarveModel

/// Rows of one kind in memory, in columns, in order of arrival. The form in which rows with several columns travel from
/// the log through the tail into segments; immutable once made.
package struct RecordColumns: Equatable, Sendable {
    /// Any but `.metric`, whose rows travel as ``NumberedRows``.
    package let kind: SegmentKind
    /// Per row: its series.
    package private(set) var series: [SeriesID]
    /// Per row: nanoseconds since 1970.
    package private(set) var timestamps: [Int64]
    /// As the kind's schema lists them, one value per row each.
    package private(set) var columns: [SegmentColumnValues]

    /// - Precondition: the columns are those of the kind's schema, each with one value per row.
    package init(kind: SegmentKind, series: [SeriesID], timestamps: [Int64], columns: [SegmentColumnValues]) {
        precondition(columns.map(\.type) == kind.schema.columns.map(\.type), "the columns are those of the kind")
        precondition(series.count == timestamps.count, "one series and one time per row")
        precondition(columns.allSatisfy { $0.rowCount == timestamps.count }, "one value per column and row")
        self.kind = kind
        self.series = series
        self.timestamps = timestamps
        self.columns = columns
    }

    package var rowCount: Int { timestamps.count }
    package var isEmpty: Bool { timestamps.isEmpty }

    /// Bytes in memory, roughly. O(rows).
    package var byteCount: Int { columns.reduce(rowCount * 12) { $0 + $1.byteCount } }

    /// The rows at `positions`, in that order. O(positions).
    package func gather(_ positions: [Int]) -> RecordColumns {
        RecordColumns(
            kind: kind, series: positions.map { series[$0] }, timestamps: positions.map { timestamps[$0] },
            columns: columns.map { $0.gather(positions) })
    }

    /// The rows of `self`, then those of `other`. O(rows of both).
    /// - Precondition: both are of one kind.
    package func appending(_ other: RecordColumns) -> RecordColumns {
        precondition(kind == other.kind, "rows of different kinds do not mix")
        return RecordColumns(
            kind: kind, series: series + other.series, timestamps: timestamps + other.timestamps,
            columns: zip(columns, other.columns).map { $0.appending($1) })
    }
}

extension SegmentColumnValues {
    /// No rows of one type.
    package static func empty(_ type: SegmentColumnType) -> SegmentColumnValues {
        switch type {
        case .integer: .integers([])
        case .float: .floats([])
        case .string: .strings([])
        case .stringList: .stringLists([])
        case .bytes16: .identifiers([])
        case .body: .bodies([])
        }
    }

    /// The values at `positions`, in that order.
    package func gather(_ positions: [Int]) -> SegmentColumnValues {
        switch self {
        case .integers(let values): .integers(positions.map { values[$0] })
        case .floats(let values): .floats(positions.map { values[$0] })
        case .strings(let values): .strings(positions.map { values[$0] })
        case .stringLists(let values): .stringLists(positions.map { values[$0] })
        case .identifiers(let values): .identifiers(positions.map { values[$0] })
        case .bodies(let values): .bodies(positions.map { values[$0] })
        }
    }

    /// - Precondition: both have one type.
    package func appending(_ other: SegmentColumnValues) -> SegmentColumnValues {
        switch (self, other) {
        case (.integers(let one), .integers(let two)): .integers(one + two)
        case (.floats(let one), .floats(let two)): .floats(one + two)
        case (.strings(let one), .strings(let two)): .strings(one + two)
        case (.stringLists(let one), .stringLists(let two)): .stringLists(one + two)
        case (.identifiers(let one), .identifiers(let two)): .identifiers(one + two)
        case (.bodies(let one), .bodies(let two)): .bodies(one + two)
        default: preconditionFailure("columns of different types do not mix")
        }
    }

    /// Bytes in memory, roughly: what strings and lists point to is counted, with 32 bytes for each array.
    package var byteCount: Int {
        switch self {
        case .integers(let values): values.count * 8
        case .floats(let values): values.count * 8
        case .identifiers(let values): values.count * 16
        case .strings(let values), .bodies(let values): values.reduce(0) { $0 + $1.count + 40 }
        case .stringLists(let lists): lists.reduce(0) { $1.reduce($0 + 40) { $0 + $1.count + 40 } }
        }
    }
}
