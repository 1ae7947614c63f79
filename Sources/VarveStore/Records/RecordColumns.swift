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

    /// Appends the rows of `other`, in place when nobody else has these columns. Amortised O(rows of `other`).
    /// - Precondition: both are of one kind.
    package mutating func append(_ other: RecordColumns) {
        precondition(kind == other.kind, "rows of different kinds do not mix")
        series += other.series
        timestamps += other.timestamps
        for column in columns.indices { columns[column].append(other.columns[column]) }
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

    /// Appends the values of a column of the same type, in place when nobody else has this one.
    /// - Precondition: both have one type.
    package mutating func append(_ other: SegmentColumnValues) {
        switch other {
        case .integers(let more):
            guard case .integers(var values) = self else { preconditionFailure(Self.mixed) }
            // Lets go of the array before that grows: it would be copied otherwise. So do the others.
            self = .integers([])
            values += more
            self = .integers(values)
        case .floats(let more):
            guard case .floats(var values) = self else { preconditionFailure(Self.mixed) }
            self = .floats([])
            values += more
            self = .floats(values)
        case .strings(let more):
            guard case .strings(var values) = self else { preconditionFailure(Self.mixed) }
            self = .strings([])
            values += more
            self = .strings(values)
        case .stringLists(let more):
            guard case .stringLists(var values) = self else { preconditionFailure(Self.mixed) }
            self = .stringLists([])
            values += more
            self = .stringLists(values)
        case .identifiers(let more):
            guard case .identifiers(var values) = self else { preconditionFailure(Self.mixed) }
            self = .identifiers([])
            values += more
            self = .identifiers(values)
        case .bodies(let more):
            guard case .bodies(var values) = self else { preconditionFailure(Self.mixed) }
            self = .bodies([])
            values += more
            self = .bodies(values)
        }
    }

    private static let mixed = "columns of different types do not mix"

    /// Bytes of the strings of one row, and how many strings a list has there; bodies are not counted.
    func strings(at row: Int) -> (byteCount: Int, itemCount: Int) {
        switch self {
        case .strings(let values): (values[row].count, 0)
        case .stringLists(let lists): (lists[row].reduce(0) { $0 + $1.count }, lists[row].count)
        case .integers, .floats, .identifiers, .bodies: (0, 0)
        }
    }

    /// Bytes of one row's value, without what the memory adds.
    func byteCount(at row: Int) -> Int {
        switch self {
        case .integers, .floats: 8
        case .identifiers: 16
        case .bodies(let bodies): bodies[row].count + 1
        case .strings, .stringLists: strings(at: row).byteCount + strings(at: row).itemCount + 1
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
