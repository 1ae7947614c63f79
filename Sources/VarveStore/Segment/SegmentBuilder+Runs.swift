import VarveBytes
import VarveCodec
import VarveIO
import VarveModel

/// Short runs of rows that wait for others, to go into one block with them.
///
/// Memory: at most 4 096 values and 1 024 runs of 40 bytes.
struct PendingRuns {
    struct Run {
        var series: SeriesID
        var time: TimeBlockReference
    }

    private(set) var runs: [Run] = []
    private(set) var values: [Double] = []

    /// Whether the block may take this run too; its series ascend, so that one is found by binary search.
    func hasRoom(for series: SeriesID, rowCount: Int) -> Bool {
        guard let last = runs.last else { return true }
        return last.series < series && runs.count < SegmentFormat.runsTarget
            && values.count + rowCount <= SegmentFormat.blockRowsTarget
    }

    mutating func append(_ run: Run, _ runValues: UnsafeBufferPointer<Double>) {
        runs.append(run)
        values.append(contentsOf: runValues)
    }

    /// Takes the newest run back, if it is of `series`.
    mutating func removeLast(of series: SeriesID) -> (run: Run, values: [Double])? {
        guard let run = runs.last, run.series == series else { return nil }
        runs.removeLast()
        let runValues = Array(values.suffix(run.time.rowCount))
        values.removeLast(run.time.rowCount)
        return (run, runValues)
    }

    mutating func removeAll() {
        runs.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }
}

extension SegmentBuilder {
    /// Ends the current group of series, which usually is one metric: series before and after it do not come into one
    /// block, so that a scan of one metric decodes nothing of another.
    package mutating func beginGroup() throws(StoreError) { try sealRuns() }

    /// Writes the waiting runs as one block.
    mutating func sealRuns() throws(StoreError) {
        try sealRecords()
        guard let first = pending.runs.first else { return }
        guard pending.runs.count > 1 else { return try unpend(first.series) }
        let offset = blockPage.payload.count
        var writer = ByteWriter(capacity: 8 * pending.values.count)
        writer.integers(pending.runs.map { Int64($0.series.rawValue) })
        writer.integers(pending.runs.map { Int64($0.time.ordinal) })
        let lengths = pending.runs.map(\.time.rowCount)
        pending.values.withUnsafeBufferPointer {
            FloatStream.encodeRuns($0, runs: lengths, into: &writer, hint: &runsHint, effort: effort)
        }
        blockPage.payload.append(contentsOf: writer.bytes)
        let runs = pending.runs
        try rollups.add(pending, &output)
        pending.removeAll()
        try addEntry(runs: runs, offset: offset)
    }

    /// Writes the run of `series` as a block of its own, if it is the newest of those that wait. To be called before
    /// anything else of that series is written.
    mutating func unpend(_ series: SeriesID) throws(StoreError) {
        guard let (run, values) = pending.removeLast(of: series) else { return }
        try values.withUnsafeBufferPointer { values throws(StoreError) in
            try addWholeBlock(series: series, time: run.time, values: values)
        }
    }
}
