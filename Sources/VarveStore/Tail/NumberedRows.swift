/// Rows whose shapes are replaced by the catalogue's numbers: the form in which they travel through log and tail.
package struct NumberedRows: Sendable {
    /// Per row: number of its shape.
    package var shapes: [UInt32]
    /// Per row: nanoseconds since 1970.
    package var timestamps: [Int64]
    /// The rows' values one after the other, as many per row as its shape has fields.
    package var values: [Double]

    package init(shapes: [UInt32], timestamps: [Int64], values: [Double]) {
        self.shapes = shapes
        self.timestamps = timestamps
        self.values = values
    }
}

/// By bit pattern: NaN and −0.0 must come back as they were.
extension NumberedRows: Equatable {
    package static func == (left: NumberedRows, right: NumberedRows) -> Bool {
        left.shapes == right.shapes && left.timestamps == right.timestamps
            && left.values.map(\.bitPattern) == right.values.map(\.bitPattern)
    }
}
