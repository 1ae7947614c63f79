import VarveBytes
import VarveCodec

/// Sums up rows while a segment is written, and writes the rollups of each series once its last block is there.
///
/// A series gets a rollup only when that covers all of its rows: blocks that were copied without their values leave it
/// incomplete unless the caller hands in what is missing. Memory: one open page per width, 24 bytes per rollup block,
/// and ten bytes per time block and bucket that its rows touch.
struct RollupWriter {
    private let policy: RollupPolicy
    private var times = RollupTimes()
    /// One per width, so that a query reads pages of the width that it wants and no others.
    private var pages: [OpenRollupPage]
    private var entries: [RollupEntry] = []
    private var series: SeriesID?
    /// Of the blocks of `series` so far.
    private var rowCount = 0
    private var accumulator: RollupAccumulator

    init(_ policy: RollupPolicy) {
        self.policy = policy
        pages = policy.widths.map { _ in OpenRollupPage() }
        accumulator = RollupAccumulator(widths: policy.widths)
    }

    var isOff: Bool { policy.widths.isEmpty }

    /// Takes the times of the next time block.
    mutating func addTimeBlock(_ timestamps: UnsafeBufferPointer<Int64>) {
        if !isOff { times.append(timestamps, policy) }
    }

    /// A block of `series` comes; writes the rollups of the series before.
    mutating func enter(_ series: SeriesID, rowCount: Int, _ output: inout SegmentOutput) throws(StoreError) {
        if isOff { return }
        if self.series != series {
            try writeSeries(&output)
            self.series = series
        }
        self.rowCount += rowCount
    }

    /// Sums up the values of the block that was entered last.
    mutating func add(timeBlock: UInt32, _ values: UnsafeBufferPointer<Double>) {
        if !isOff { times.add(values, of: Int(timeBlock), to: &accumulator) }
    }

    /// Sums up the rows of series that share a block.
    mutating func add(_ pending: PendingRuns, _ output: inout SegmentOutput) throws(StoreError) {
        if isOff { return }
        var start = 0
        for run in pending.runs {
            let end = start + run.time.rowCount
            try enter(run.series, rowCount: run.time.rowCount, &output)
            pending.values[start..<end].withUnsafeBufferPointer { add(timeBlock: run.time.ordinal, $0) }
            start = end
        }
    }

    /// Writes everything that is left, and the index.
    /// - Returns: rollup blocks, and the root of their index.
    mutating func finish(_ output: inout SegmentOutput) throws(StoreError) -> (Int, [SegmentLeafRoot]) {
        try writeSeries(&output)
        for tier in pages.indices where !pages[tier].payload.isEmpty { try writePage(tier, &output) }
        // Stable, so that the blocks of one rollup stay in time order.
        entries.sort { ($0.series, $0.width) < ($1.series, $1.width) }
        var leaves: [SegmentLeafRoot] = []
        var rest = entries[...]
        while let first = rest.first {
            let leaf = RollupIndexLeaf(entries: Array(rest.prefix(SegmentFormat.rollupLeafEntries)))
            rest = rest.dropFirst(SegmentFormat.rollupLeafEntries)
            let page = try output.append(.rollupIndex, leaf.encoded())
            leaves.append(SegmentLeafRoot(page: page, firstSeries: first.series))
        }
        return (entries.count, leaves)
    }

    private mutating func writeSeries(_ output: inout SegmentOutput) throws(StoreError) {
        guard let series else { return }
        for (tier, rollup) in accumulator.rollups.enumerated() where isWorthWriting(rollup) {
            var rest = rollup.buckets[...]
            while !rest.isEmpty {
                let buckets = rest.prefix(SegmentFormat.rollupBlockBuckets)
                rest = rest.dropFirst(buckets.count)
                try append(buckets, of: series, tier, &output)
            }
        }
        accumulator.removeAll()
        rowCount = 0
    }

    private func isWorthWriting(_ rollup: Rollup) -> Bool {
        !rollup.buckets.isEmpty && rollup.rowCount == rowCount
            && policy.pays(rowCount: rowCount, bucketCount: rollup.buckets.count)
    }

    private mutating func append(
        _ buckets: ArraySlice<RollupBucket>, of series: SeriesID, _ tier: Int, _ output: inout SegmentOutput
    ) throws(StoreError) {
        entries.append(
            RollupEntry(
                series: series, width: policy.widths[tier], page: SegmentBuilder.OpenPage.unnumbered,
                offset: UInt32(pages[tier].payload.count), bucketCount: buckets.count))
        var writer = ByteWriter()
        RollupBlock.encode(buckets, into: &writer)
        pages[tier].payload.append(contentsOf: writer.bytes)
        pages[tier].entries.append(entries.count - 1)
        if pages[tier].isFull { try writePage(tier, &output) }
    }

    private mutating func writePage(_ tier: Int, _ output: inout SegmentOutput) throws(StoreError) {
        let page = try output.append(.rollup, pages[tier].payload)
        for entry in pages[tier].entries { entries[entry].page = page }
        pages[tier] = OpenRollupPage()
    }
}

/// The buckets that the rows of each time block of a segment lie in.
private struct RollupTimes {
    /// Per time block: its first run; then the end.
    private var starts: [Int] = [0]
    /// Per time block: by which width it is cut, the smallest that may pay; the number of widths when none does.
    private var tiers: [UInt8] = []
    private var numbers: [Int64] = []
    private var ends: [UInt16] = []

    mutating func append(_ timestamps: UnsafeBufferPointer<Int64>, _ policy: RollupPolicy) {
        var tier = 0
        while tier < policy.widths.count {
            let runs = RollupRun.runs(
                of: .explicit(timestamps), rowCount: timestamps.count, width: policy.widths[tier])
            if !policy.isHopeless(rowCount: timestamps.count, bucketCount: runs.count) {
                numbers += runs.map(\.number)
                ends += runs.map { UInt16($0.end) }
                break
            }
            tier += 1
        }
        tiers.append(UInt8(tier))
        starts.append(numbers.count)
    }

    func add(_ values: UnsafeBufferPointer<Double>, of timeBlock: Int, to accumulator: inout RollupAccumulator) {
        let runs = (starts[timeBlock]..<starts[timeBlock + 1]).lazy.map {
            RollupRun(number: numbers[$0], end: Int(ends[$0]))
        }
        accumulator.add(runs, values, tier: Int(tiers[timeBlock]))
    }
}

/// A page that is being filled.
private struct OpenRollupPage {
    var payload: [UInt8] = []
    /// Positions in the writer's entries of its blocks.
    var entries: [Int] = []

    var isFull: Bool { payload.count >= SegmentFormat.dataPageByteCountTarget }
}
