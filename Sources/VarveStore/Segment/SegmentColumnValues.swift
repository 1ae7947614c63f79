package import VarveBytes

/// The values of one column of a block, one per row.
package enum SegmentColumnValues: Equatable, Sendable {
    case integers([Int64])
    case floats([Double])
    case strings([[UInt8]])
    case stringLists([[[UInt8]]])
    case identifiers([UUID16])
    case bodies([[UInt8]])

    package var rowCount: Int {
        switch self {
        case .integers(let values): values.count
        case .floats(let values): values.count
        case .strings(let values): values.count
        case .stringLists(let values): values.count
        case .identifiers(let values): values.count
        case .bodies(let values): values.count
        }
    }

    package var type: SegmentColumnType {
        switch self {
        case .integers: .integer
        case .floats: .float
        case .strings: .string
        case .stringLists: .stringList
        case .identifiers: .bytes16
        case .bodies: .body
        }
    }

    /// Floats are equal when their bits are.
    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.integers(let one), .integers(let other)): one == other
        case (.floats(let one), .floats(let other)): one.map(\.bitPattern) == other.map(\.bitPattern)
        case (.strings(let one), .strings(let other)): one == other
        case (.stringLists(let one), .stringLists(let other)): one == other
        case (.identifiers(let one), .identifiers(let other)): one == other
        case (.bodies(let one), .bodies(let other)): one == other
        default: false
        }
    }
}

extension SegmentColumnValues {
    /// The values of columns of one type, one column after the other. O(values).
    /// - Precondition: there is a column.
    static func concatenated(_ parts: [SegmentColumnValues]) -> SegmentColumnValues {
        switch parts[0] {
        case .integers: .integers(joined(parts) { if case .integers(let values) = $0 { values } else { [] } })
        case .floats: .floats(joined(parts) { if case .floats(let values) = $0 { values } else { [] } })
        case .strings: .strings(joined(parts) { if case .strings(let values) = $0 { values } else { [] } })
        case .stringLists: .stringLists(joined(parts) { if case .stringLists(let values) = $0 { values } else { [] } })
        case .identifiers: .identifiers(joined(parts) { if case .identifiers(let values) = $0 { values } else { [] } })
        case .bodies: .bodies(joined(parts) { if case .bodies(let values) = $0 { values } else { [] } })
        }
    }

    private static func joined<Value>(
        _ parts: [SegmentColumnValues], _ values: (SegmentColumnValues) -> [Value]
    ) -> [Value] {
        var all: [Value] = []
        for part in parts { all += values(part) }
        return all
    }

    /// A column of `count` rows that a file does not have: zeros and nothing.
    static func absent(_ type: SegmentColumnType, count: Int) -> SegmentColumnValues {
        switch type {
        case .integer: .integers(Array(repeating: 0, count: count))
        case .float: .floats(Array(repeating: 0, count: count))
        case .string: .strings(Array(repeating: [], count: count))
        case .stringList: .stringLists(Array(repeating: [], count: count))
        case .bytes16: .identifiers(Array(repeating: UUID16(high: 0, low: 0), count: count))
        case .body: .bodies(Array(repeating: [], count: count))
        }
    }
}

extension [SegmentColumnValues] {
    /// Bytes of all columns in memory, roughly.
    var byteCount: Int { reduce(0) { $0 + $1.byteCount } }
}
