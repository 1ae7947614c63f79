import VarveModel

extension RowBatch {
    /// Whether the batch may be stored without the rows of a shape that `error` refuses.
    ///
    /// Not with a retry token when the refusal passes by itself: the token would be remembered for the rows that were
    /// stored, and the repetition that brings the others could not store them. Refused whole, the batch makes progress
    /// all the same, because the series that it was allowed to make exist when it comes again.
    func mayLeaveOut(_ error: StoreError) -> Bool {
        guard isDivisible else { return false }
        guard token != nil else { return true }
        guard case .tooManySeries = error else { return false }
        return !error.isTooFast
    }

    /// The rows under the numbers of their shapes, leaving out those whose number is `refused`. O(rows).
    func numbered(_ ordinals: [UInt32], without refused: UInt32) -> NumberedRows {
        var rows = NumberedRows(shapes: [], timestamps: [], values: [])
        var position = 0
        for (shape, timestamp) in zip(rowShapes, timestamps) {
            let end = position + shapes[Int(shape)].fields.count
            defer { position = end }
            guard ordinals[Int(shape)] != refused else { continue }
            rows.shapes.append(ordinals[Int(shape)])
            rows.timestamps.append(timestamp)
            rows.values.append(contentsOf: values[position..<end])
        }
        return rows
    }

    /// Checks what the store relies on: consistent columns, sizes within limits, times that are kept.
    /// - Throws: `.batchTooLarge` or `.timestampOutOfRange`; the whole batch is refused then.
    func validate(oldest: Int64, newest: Int64) throws(StoreError) {
        precondition(rowShapes.count == timestamps.count, "one shape and one time per row")
        guard rowCount <= Limits.rowsPerBatchMax, values.count <= Limits.valuesPerBatchMax else {
            throw .batchTooLarge(rows: rowCount, values: values.count)
        }
        var valueCount = 0
        let widths = shapes.map(\.width)
        for shape in rowShapes { valueCount += widths[Int(shape)] }
        precondition(valueCount == values.count, "as many values as the rows' shapes have fields")
        for timestamp in timestamps where timestamp < oldest || timestamp > newest {
            throw .timestampOutOfRange(timestamp: timestamp, oldest: oldest, newest: newest)
        }
    }
}
