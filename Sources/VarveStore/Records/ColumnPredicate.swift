package import VarveBytes

/// One condition on the rows of a kind with several columns.
package struct ColumnPredicate: Equatable, Sendable {
    package enum Value: Equatable, Sendable {
        /// Of a string column: equal. Of a list: one of its strings is equal.
        case string([UInt8])
        case identifier(UUID16)
        case integer(Int64)
    }

    package let column: String
    package let value: Value

    package init(_ column: String, _ value: Value) {
        self.column = column
        self.value = value
    }

    /// A column that is, or contains, a string.
    package init(_ column: String, _ text: String) { self.init(column, .string(Array(text.utf8))) }

    /// Whether rows of `kind` have such a column. Bodies and floats are not compared.
    package func applies(to kind: SegmentKind) -> Bool {
        let schema = kind.schema
        guard let index = schema.index(of: column) else { return false }
        return switch (schema.columns[index].type, value) {
        case (.string, .string), (.stringList, .string), (.bytes16, .identifier), (.integer, .integer): true
        default: false
        }
    }
}

extension SegmentColumnValues {
    /// Those of `rows` that have the value. O(rows).
    func rows(_ rows: [Int], equalTo wanted: ColumnPredicate.Value) -> [Int] {
        switch (self, wanted) {
        case (.strings(let values), .string(let text)): rows.filter { values[$0] == text }
        case (.stringLists(let lists), .string(let text)): rows.filter { lists[$0].contains(text) }
        case (.identifiers(let values), .identifier(let value)): rows.filter { values[$0] == value }
        case (.integers(let values), .integer(let value)): rows.filter { values[$0] == value }
        default: []
        }
    }
}
