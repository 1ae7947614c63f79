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
