import VarveCodec

/// The finished result of one group: compact, because many are held while the best are chosen.
struct ResultSeries {
    let groupValues: [String]
    /// Buckets with a value, ascending.
    private(set) var buckets: [Int32] = []
    /// Per bucket one value per column; NaN where a column has none.
    private(set) var values: [Double] = []
    let columnCount: Int
    /// What ORDER BY compares; NaN without ORDER BY and without points.
    private(set) var rank = Double.nan

    init(_ group: SelectPlan.Group, columns: [SelectPlan.Column], slot: Int, table: borrowing CellTable) {
        groupValues = group.values
        columnCount = columns.count
        for bucket in 0..<table.bucketCount {
            var isEmpty = true
            for column in columns {
                let value = table.value(column.function, of: (slot + column.metric) * table.bucketCount + bucket)
                values.append(value ?? .nan)
                isEmpty = isEmpty && value == nil
            }
            if isEmpty { values.removeLast(columnCount) } else { buckets.append(Int32(bucket)) }
        }
    }

    var isEmpty: Bool { buckets.isEmpty }

    /// nil where the column has no value.
    func value(row: Int, column: Int) -> Double? {
        let value = values[row * columnCount + column]
        return value.isNaN ? nil : value
    }

    /// Aggregates the points of the first column to one number.
    mutating func setRank(by function: AggregateFunction) {
        let points = (0..<buckets.count).compactMap { value(row: $0, column: 0) }
        guard let minimum = points.min(), let maximum = points.max() else { return }
        var sum = ExactSum()
        points.withUnsafeBufferPointer { sum.add($0) }
        switch function {
        case .average: rank = sum.value / Double(points.count)
        case .count: rank = Double(points.count)
        case .maximum: rank = maximum
        case .minimum: rank = minimum
        case .sum: rank = sum.value
        }
    }

    /// The order of ORDER BY: by rank, without one at the end; equal ranks by key values.
    static func precedes(_ left: ResultSeries, _ right: ResultSeries, isDescending: Bool) -> Bool {
        if left.rank.isNaN != right.rank.isNaN { return right.rank.isNaN }
        if left.rank == right.rank || left.rank.isNaN {
            return SelectPlan.precedes(left.groupValues, right.groupValues)
        }
        return (left.rank < right.rank) != isDescending
    }
}
