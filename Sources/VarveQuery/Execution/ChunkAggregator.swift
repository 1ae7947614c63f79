import VarveCodec
import VarveStore

/// Distributes the rows of chunks over the cells of a table.
struct ChunkAggregator: ~Copyable {
    let grid: BucketGrid
    var table: CellTable
    /// The first row of each run of the chunk at hand; behind the last one the first row of none.
    private var borders: [Int] = []
    /// Per run its bucket.
    private var buckets: [Int] = []

    init(grid: BucketGrid, table: consuming CellTable) {
        self.grid = grid
        self.table = table
    }

    /// Adds what a scan within periods of the grid delivers.
    mutating func add(_ rows: ScannedRows, slot: Int, needs: AggregateNeeds) throws(StoreError) {
        switch rows {
        case .chunk(let chunk): try add(chunk, slot: slot, needs: needs)
        case .rollup(let rollup): add(rollup, slot: slot, needs: needs)
        }
    }

    /// Adds sums over buckets, each of which lies in one period of the grid.
    private mutating func add(_ rollup: RollupSlice, slot: Int, needs: AggregateNeeds) {
        let base = slot * grid.count
        // One division per period, not per bucket.
        var (cell, end) = (base, grid.start)
        rollup.buckets.withUnsafeBufferPointer { buckets in
            for index in 0..<buckets.count {
                // Representable, because the bucket lies in the grid.
                let start = buckets[index].number &* rollup.width
                precondition(start >= grid.start && start < grid.end, "a rollup is clipped to the range of the scan")
                if start >= end {
                    let bucket = grid.index(of: start)
                    (cell, end) = (base + bucket, grid.bucketStart(bucket + 1))
                }
                table.add(buckets[index], to: cell, needs: needs)
            }
        }
    }

    /// Adds the rows of `chunk` that lie in the grid; `slot` is its row in the table.
    ///
    /// A chunk inside one bucket is added by its statistics, when it has them and they are enough; any other is cut
    /// into runs of rows with the same bucket. Where the runs are long, the chunk is asked for their sums; otherwise,
    /// and where it cannot tell them or they are not enough, its values are decoded.
    mutating func add(_ chunk: any SampleChunk, slot: Int, needs: AggregateNeeds) throws(StoreError) {
        let first = chunk.firstTimestamp
        let last = chunk.lastTimestamp
        guard chunk.rowCount > 0, first < grid.end, last >= grid.start else { return }
        let base = slot * grid.count
        if let bucket = grid.bucket(holding: first, last) {
            if !needs.areOfRows, let statistics = chunk.statistics,
                table.add(statistics, to: base + bucket, needs: needs)
            {
                return
            }
            // Nothing in an older chunk is the latest sample.
            if needs == .last, table.lastFloor(of: base + bucket) > last { return }
        }
        if !needs.areOfRows {
            if let rollup = try chunk.rollup(within: grid.periodNs, in: grid.range) {
                return add(rollup, slot: slot, needs: needs)
            }
            if try addSums(of: chunk, base: base, needs: needs) { return }
        }
        let rows = try chunk.decode(through: grid.end &- 1)
        switch rows.timestamps {
        case .regular(let first, let step):
            let times = RegularTimes(first: first, step: step, count: rows.values.count)
            addRuns(times, rows.values, base: base, needs: needs)
        case .explicit(let timestamps):
            precondition(timestamps.count == rows.values.count, "a chunk has as many times as values")
            addRuns(ExplicitTimes(timestamps: timestamps), rows.values, base: base, needs: needs)
        }
    }

    /// Offers the latest sample of a chunk to the only period of the grid.
    ///
    /// Where the chunk ends inside the period with a finite value at a time of its own, its statistics say it;
    /// otherwise it is decoded.
    /// - Returns: the time of the latest sample that is known now; the earliest of all without one.
    mutating func addLatest(of chunk: any SampleChunk, slot: Int) throws(StoreError) -> Int64 {
        precondition(grid.count == 1, "there is one latest sample per period")
        if chunk.firstTimestamp < grid.end, chunk.lastTimestamp >= grid.start {
            if chunk.lastTimestamp < grid.end, let last = try Self.lastSample(of: chunk) {
                table.addOnlyLast(time: chunk.lastTimestamp, value: last, to: slot)
            } else {
                try addDecodedLatest(of: chunk, slot: slot)
            }
        }
        return table.lastTime(of: slot) ?? .min
    }

    /// The value of the last row, when the statistics say it, it is finite, and no other row has its time.
    private static func lastSample(of chunk: any SampleChunk) throws(StoreError) -> Double? {
        guard let last = chunk.statistics?.last, last.isFinite else { return nil }
        let count = chunk.rowCount
        switch try chunk.decodeTimes() {
        case .regular(_, let step): return step > 0 || count == 1 ? last : nil
        case .explicit(let times): return count == 1 || times[count - 2] < times[count - 1] ? last : nil
        }
    }

    private mutating func addDecodedLatest(of chunk: any SampleChunk, slot: Int) throws(StoreError) {
        let rows = try chunk.decode()
        switch rows.timestamps {
        case .regular(let first, let step):
            addLatest(RegularTimes(first: first, step: step, count: rows.values.count), rows.values, slot: slot)
        case .explicit(let timestamps): addLatest(ExplicitTimes(timestamps: timestamps), rows.values, slot: slot)
        }
    }

    private mutating func addLatest(_ times: some RowTimes, _ values: UnsafeBufferPointer<Double>, slot: Int) {
        let rows = times.rows(in: grid.range)
        guard let last = rows.last(where: { values[$0].isFinite }) else { return }
        var row = last
        while row >= rows.lowerBound, times.time(of: row) == times.time(of: last) {
            if values[row].isFinite { table.addOnlyLast(time: times.time(of: row), value: values[row], to: slot) }
            row -= 1
        }
    }

    /// Looks at a chunk before any is added: chunks that are older than a sample that is known by its statistics need
    /// not be decoded for LAST then.
    mutating func noteLast(of chunk: any SampleChunk, slot: Int) {
        guard chunk.rowCount > 0, let bucket = grid.bucket(holding: chunk.firstTimestamp, chunk.lastTimestamp),
            chunk.statistics?.areOfFiniteValues == true
        else { return }
        table.raiseLastFloor(of: slot * grid.count + bucket, to: chunk.lastTimestamp)
    }

    /// Rows per run from which sums that the chunk takes itself are cheaper than sums of decoded values: a run costs
    /// there what 30 values cost here.
    private static let rowsPerRunMin = 32

    /// Adds the chunk by sums of its runs; false, with nothing added, where that does not pay or is not possible.
    private mutating func addSums(
        of chunk: any SampleChunk, base: Int, needs: AggregateNeeds
    ) throws(StoreError) -> Bool {
        let first = grid.index(of: max(chunk.firstTimestamp, grid.start))
        let last = grid.index(of: min(chunk.lastTimestamp, grid.end &- 1))
        guard (last - first + 1) * Self.rowsPerRunMin <= chunk.rowCount else { return false }
        switch try chunk.decodeTimes() {
        case .regular(let first, let step):
            cut(RegularTimes(first: first, step: step, count: chunk.rowCount))
        case .explicit(let timestamps):
            precondition(timestamps.count == chunk.rowCount, "a chunk has as many times as rows")
            cut(ExplicitTimes(timestamps: timestamps))
        }
        guard let sums = try chunk.sums(between: borders, wantsSum: needs.contains(.sum)) else { return false }
        for (bucket, sum) in zip(buckets, sums) { table.add(sum, to: base + bucket, needs: needs) }
        return true
    }

    /// Finds the runs of rows of one bucket.
    private mutating func cut(_ times: some RowTimes) {
        borders.removeAll(keepingCapacity: true)
        buckets.removeAll(keepingCapacity: true)
        let rows = times.rows(in: grid.range)
        var row = rows.lowerBound
        borders.append(row)
        while row < rows.upperBound {
            let bucket = grid.index(of: times.time(of: row))
            row = min(rows.upperBound, times.firstRow(atOrAfter: grid.bucketStart(bucket &+ 1), from: row))
            borders.append(row)
            buckets.append(bucket)
        }
    }

    /// Hot: once per chunk, a few nanoseconds per run.
    @inline(__always)
    private mutating func addRuns(
        _ times: some RowTimes, _ values: UnsafeBufferPointer<Double>, base: Int, needs: AggregateNeeds
    ) {
        let rows = times.rows(in: grid.range)
        let end = rows.upperBound
        var row = rows.lowerBound
        while row < end {
            let bucket = grid.index(of: times.time(of: row))
            let next = min(end, times.firstRow(atOrAfter: grid.bucketStart(bucket &+ 1), from: row))
            table.add(UnsafeBufferPointer(rebasing: values[row..<next]), to: base &+ bucket, needs: needs)
            if needs.contains(.last) { addLast(times, values, row..<next, cell: base &+ bucket) }
            row = next
        }
    }

    /// Offers the latest finite samples of a run.
    private mutating func addLast(
        _ times: some RowTimes, _ values: UnsafeBufferPointer<Double>, _ rows: Range<Int>, cell: Int
    ) {
        guard let last = rows.last(where: { values[$0].isFinite }) else { return }
        let time = times.time(of: last)
        for row in (rows.lowerBound...last).reversed() {
            guard times.time(of: row) == time else { return }
            if values[row].isFinite { table.addLast(time: time, value: values[row], to: cell) }
        }
    }
}
