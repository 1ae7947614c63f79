import VarveModel

/// A sequence of field names as lines spell it, interned: lines of many sources share one.
struct FieldList {
    /// The raw names one after the other, each with its '=': `usage_user=usage_system=`.
    let names: [UInt8]
    /// Length of each raw name in bytes, with its '='.
    let nameByteCounts: [Int]
    let fields: [FieldKey]
}

/// Raw field names collected while a line is read that does not have the expected ones. Keeps its memory from line to
/// line.
struct FieldNames {
    private(set) var bytes: [UInt8] = []
    private(set) var byteCounts: [Int] = []

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        byteCounts.removeAll(keepingCapacity: true)
    }

    /// Adds a raw name with its '='.
    mutating func append(_ name: RawSpan) {
        name.withUnsafeBytes { bytes.append(contentsOf: $0) }
        byteCounts.append(name.byteCount)
    }

    /// Adds the first `count` names of a list.
    mutating func append(_ list: FieldList, count: Int) {
        byteCounts.append(contentsOf: list.nameByteCounts[..<count])
        bytes.append(contentsOf: list.names[..<list.nameByteCounts[..<count].reduce(0, +)])
    }
}
