package import VarveModel
package import VarveQuery

/// A series as one line of blocks: `▁▂▅█▇▃ ▂`.
package enum Sparkline {
    /// One character for each bucket, or for several together (their mean) when there are more than `columnsMax`. The
    /// smallest value of the line is `▁`, the largest `█`, equal values are `▄`, buckets without a finite value are
    /// blank.
    /// - Parameter range: what the line covers from left to right; buckets outside are left out.
    package static func text(
        _ series: QueryResult.Series, range: TimeRange, periodNs: Int64, columnsMax: Int
    ) -> String {
        let lengthNs = range.end.subtractingReportingOverflow(range.start)
        guard !lengthNs.overflow, lengthNs.partialValue > 0, periodNs > 0, columnsMax > 0 else { return "" }
        let buckets = lengthNs.partialValue / periodNs + (lengthNs.partialValue % periodNs == 0 ? 0 : 1)
        let columns = Int(min(buckets, Int64(columnsMax)))
        var sums = [Double](repeating: 0, count: columns)
        var counts = [Double](repeating: 0, count: columns)
        for (timestampNs, value) in zip(series.timestamps, series.values) {
            guard value.isFinite, range.contains(timestampNs) else { continue }
            let bucket = (timestampNs - range.start) / periodNs
            let column = min(columns - 1, Int(Double(bucket) / Double(buckets) * Double(columns)))
            // A running mean: a sum of great values might not be finite.
            counts[column] += 1
            sums[column] += (value - sums[column]) / counts[column]
        }
        return String(blocks(of: zip(sums, counts).map { $0.1 > 0 ? $0.0 : nil }))
    }

    private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    private static func blocks(of values: [Double?]) -> [Character] {
        let known = values.compactMap(\.self)
        guard let low = known.min(), let high = known.max() else { return values.map { _ in " " } }
        return values.map { value in
            guard let value else { return " " }
            // Halves, so that the distance of the extremes is finite.
            let share = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.45
            return levels[min(levels.count - 1, max(0, Int(share * Double(levels.count))))]
        }
    }
}
