import VarveCodec
import VarveModel

/// Rollups of single blocks, for rows that no merge has summed up yet: made by the first query that needs most of a
/// block's rows, and kept in the page cache for those after it.
extension SegmentChunk {
    /// Dashboards ask for hours, days and weeks.
    private static let width = Nanoseconds.perHour

    func rollup(within periodNs: Int64, in range: TimeRange) throws(StoreError) -> RollupSlice? {
        let width = Self.width
        guard periodNs % width == 0, range.start % width == 0, range.end % width == 0, let ordinal = blockOrdinal,
            isWorthKeeping(width)
        else { return nil }
        let key = UInt32(truncatingIfNeeded: ordinal)
        let numbers = range.start / width..<range.end / width
        if case .rollup(let rollup)? = reader.cache.find(owner: reader.blockSumsOwner, page: key) {
            return rollup.clipped(to: numbers)
        }
        guard isMostlyIn(range) else { return nil }
        let rollup = try summedUp(width)
        reader.cache.insert(.rollup(rollup), owner: reader.blockSumsOwner, page: key)
        return rollup.clipped(to: numbers)
    }

    /// A bucket takes as much memory as hundreds of rows do in a file.
    private func isWorthKeeping(_ width: Int64) -> Bool {
        let first = firstTimestamp.flooredQuotient(by: width)
        let bucketCount = lastTimestamp.flooredQuotient(by: width) - first + 1
        return RollupPolicy.standard.pays(rowCount: rowCount, bucketCount: Int(bucketCount))
    }

    /// Whether half of the block's time or more is asked for: a look at a few rows should not decode them all.
    private func isMostlyIn(_ range: TimeRange) -> Bool {
        let (first, last) = (max(firstTimestamp, range.start), min(lastTimestamp, range.end))
        let (wanted, isWide) = last.subtractingReportingOverflow(first)
        let (whole, isWider) = lastTimestamp.subtractingReportingOverflow(firstTimestamp)
        return !isWide && !isWider && wanted >= whole / 2
    }

    private func summedUp(_ width: Int64) throws(StoreError) -> Rollup {
        let runs = RollupRun.runs(of: try decodeTimes(), rowCount: rowCount, width: width)
        if let sums = try sums(between: [0] + runs.map(\.end), wantsSum: true) {
            var start = 0
            let buckets = zip(runs, sums).map { run, sums in
                defer { start = run.end }
                return RollupBucket(number: run.number, rowCount: run.end - start, sums)
            }
            return Rollup(width: width, buckets: buckets)
        }
        let samples = try decode()
        var accumulator = RollupAccumulator(widths: [width])
        accumulator.add(timestamps: samples.timestamps, values: samples.values)
        return accumulator.rollups[0]
    }
}

extension RollupBucket {
    /// Rows whose finite ones are summed up.
    fileprivate init(number: Int64, rowCount: Int, _ sums: RowSums) {
        let isEmpty = sums.count == 0
        self.init(
            number: number, rowCount: rowCount, nonFiniteCount: rowCount - sums.count,
            minimum: isEmpty ? nil : sums.minimum + 0, maximum: isEmpty ? nil : sums.maximum + 0, sum: sums.sum)
    }
}
