import VarveStore

/// Distributes the rows of chunks over the cells of a table.
struct ChunkAggregator: ~Copyable {
    let grid: BucketGrid
    var table: CellTable

    /// Adds what a scan within periods of the grid delivers.
    mutating func add(_ rows: ScannedRows, slot: Int, needs: AggregateNeeds) throws(StoreError) {
        switch rows {
        case .chunk(let chunk): try add(chunk, slot: slot, needs: needs)
        case .rollup(let rollup): add(rollup, slot: slot, needs: needs)
        }
    }

    /// Adds sums over buckets, each of which lies in one period of the grid.
    private mutating func add(_ rollup: Rollup, slot: Int, needs: AggregateNeeds) {
        let base = slot * grid.count
        for bucket in rollup.buckets {
            // Representable, because the bucket lies in the grid.
            let start = bucket.number &* rollup.width
            precondition(start >= grid.start && start < grid.end, "a rollup is clipped to the range of the scan")
            table.add(bucket, to: base + grid.index(of: start), needs: needs)
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
        if !needs.areOfRows, try addSums(of: chunk, base: base, needs: needs) { return }
        let rows = try chunk.decode()
        switch rows.timestamps {
        case .regular(let first, let step):
            let times = RegularTimes(first: first, step: step, count: rows.values.count)
            addRuns(times, rows.values, base: base, needs: needs)
        case .explicit(let timestamps):
            precondition(timestamps.count == rows.values.count, "a chunk has as many times as values")
            addRuns(ExplicitTimes(timestamps: timestamps), rows.values, base: base, needs: needs)
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
        let runs: (borders: [Int], buckets: [Int])
        switch try chunk.decodeTimes() {
        case .regular(let first, let step):
            runs = self.runs(RegularTimes(first: first, step: step, count: chunk.rowCount))
        case .explicit(let timestamps):
            precondition(timestamps.count == chunk.rowCount, "a chunk has as many times as rows")
            runs = self.runs(ExplicitTimes(timestamps: timestamps))
        }
        guard let sums = try chunk.sums(between: runs.borders, wantsSum: needs.contains(.sum)) else { return false }
        for (bucket, sum) in zip(runs.buckets, sums) { table.add(sum, to: base + bucket, needs: needs) }
        return true
    }

    /// The buckets that rows lie in, and the first row of each; behind the last one the first row of none.
    private func runs(_ times: some RowTimes) -> (borders: [Int], buckets: [Int]) {
        var row = times.firstRow(atOrAfter: grid.start, from: 0)
        let end = times.firstRow(atOrAfter: grid.end, from: row)
        var borders = [row]
        var buckets: [Int] = []
        while row < end {
            let bucket = grid.index(of: times.time(of: row))
            row = min(end, times.firstRow(atOrAfter: grid.bucketStart(bucket &+ 1), from: row))
            borders.append(row)
            buckets.append(bucket)
        }
        return (borders, buckets)
    }

    /// Hot: once per chunk, a few nanoseconds per run.
    @inline(__always)
    private mutating func addRuns(
        _ times: some RowTimes, _ values: UnsafeBufferPointer<Double>, base: Int, needs: AggregateNeeds
    ) {
        var row = times.firstRow(atOrAfter: grid.start, from: 0)
        let end = times.firstRow(atOrAfter: grid.end, from: row)
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

/// Ascending times of rows.
private protocol RowTimes {
    func time(of row: Int) -> Int64
    /// The first row from `from` on whose time is not before `border`; the row count when there is none.
    func firstRow(atOrAfter border: Int64, from: Int) -> Int
}

/// Row `i` at `first + i · step`: borders are computed.
private struct RegularTimes: RowTimes {
    let first: Int64
    let step: Int64
    let count: Int

    @inline(__always)
    func time(of row: Int) -> Int64 { first &+ Int64(row) &* step }

    @inline(__always)
    func firstRow(atOrAfter border: Int64, from: Int) -> Int {
        if border <= first { return from }
        // All rows at one time, which is before the border.
        if step == 0 { return count }
        let distance = BucketGrid.distance(from: first, to: border)
        let row = distance / UInt64(step) &+ (distance % UInt64(step) == 0 ? 0 : 1)
        return max(from, row < UInt64(count) ? Int(truncatingIfNeeded: row) : count)
    }
}

/// Written-out times: borders are searched in growing steps from the row before, so that short runs stay cheap.
private struct ExplicitTimes: RowTimes {
    let timestamps: UnsafeBufferPointer<Int64>

    @inline(__always)
    func time(of row: Int) -> Int64 { timestamps[row] }

    @inline(__always)
    func firstRow(atOrAfter border: Int64, from: Int) -> Int {
        var low = from
        var step = 1
        // Everything before `low` is before the border.
        while low < timestamps.count, timestamps[min(low &+ step, timestamps.count) &- 1] < border {
            low = min(low &+ step, timestamps.count)
            step &*= 2
        }
        var high = min(low &+ step, timestamps.count)
        while low < high {
            let middle = low &+ (high &- low) / 2
            if timestamps[middle] < border { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}
