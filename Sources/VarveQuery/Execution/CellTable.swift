import VarveCodec
import VarveStore

/// Accumulators of one turn: `slots` rows (a metric of a group each) of `buckets` cells. Values that are not finite do
/// not enter: they are no samples.
///
/// Owned by one query; not for several threads. Cells are not changed through subscripts in place: with the thread
/// sanitizer Swift 6.3.1 cannot compile that here.
struct CellTable: ~Copyable {
    let bucketCount: Int
    private let cellCount: Int
    private let counts: UnsafeMutablePointer<Int>
    private let minima: UnsafeMutablePointer<Double>
    private let maxima: UnsafeMutablePointer<Double>
    /// Empty unless asked for.
    private let sums: UnsafeMutablePointer<ExactSum>
    private let sumCount: Int
    /// Time and value of the latest sample, NaN without one; empty unless asked for.
    private var lasts: [(time: Int64, value: Double)]
    /// The latest sample is not older than this; empty unless asked for.
    private var lastFloors: [Int64]
    private var samples = CellSamples()
    /// Rows that stand for several samples: a value with a weight, the figures of a set.
    var summaries = CellSummaries()

    /// - Parameter needs: of all series together.
    init(slotCount: Int, bucketCount: Int, needs: AggregateNeeds) {
        self.bucketCount = bucketCount
        cellCount = slotCount * bucketCount
        lastFloors = needs.contains(.last) ? Array(repeating: .min, count: cellCount) : []
        lasts = needs.contains(.last) ? Array(repeating: (.min, .nan), count: cellCount) : []
        counts = .allocate(capacity: cellCount)
        minima = .allocate(capacity: cellCount)
        maxima = .allocate(capacity: cellCount)
        sumCount = needs.contains(.sum) ? cellCount : 0
        sums = .allocate(capacity: sumCount)
        counts.initialize(repeating: 0, count: cellCount)
        minima.initialize(repeating: .infinity, count: cellCount)
        maxima.initialize(repeating: -.infinity, count: cellCount)
        sums.initialize(repeating: ExactSum(), count: sumCount)
    }

    deinit {
        sums.deinitialize(count: sumCount)
        counts.deallocate()
        minima.deallocate()
        maxima.deallocate()
        sums.deallocate()
    }

    /// Adds a run of rows that lie in one bucket. Hot: once per run.
    mutating func add(_ values: UnsafeBufferPointer<Double>, to cell: Int, needs: AggregateNeeds) {
        // Below this, setting up vectors costs more than it saves.
        if values.count < 8 { return addEach(values, to: cell, needs: needs) }
        let summary = ValueKernel.summary(of: values)
        guard summary.isFinite else { return addEach(values, to: cell, needs: needs) }
        counts[cell] = counts[cell] &+ values.count
        minima[cell] = min(minima[cell], summary.minimum)
        maxima[cell] = max(maxima[cell], summary.maximum)
        if needs.contains(.sum) { (sums + cell).pointee.add(values) }
        if needs.contains(.values) { samples.add(values, to: cell) }
    }

    private mutating func addEach(_ values: UnsafeBufferPointer<Double>, to cell: Int, needs: AggregateNeeds) {
        for value in values where value.isFinite {
            counts[cell] = counts[cell] &+ 1
            minima[cell] = min(minima[cell], value)
            maxima[cell] = max(maxima[cell], value)
            if needs.contains(.sum) { (sums + cell).pointee.add(value) }
            if needs.contains(.values) { samples.add(value, to: cell) }
        }
    }

    /// Takes in a finite sample for LAST: of several at one time the largest wins, so that their order does not matter.
    mutating func addLast(time: Int64, value: Double, to cell: Int) {
        let last = lasts[cell]
        if time > last.time || last.value.isNaN || (time == last.time && value > last.value) {
            lasts[cell] = (time, value)
        }
    }

    /// As above, where nothing else is asked of the cell: its count then only says that there is a sample.
    mutating func addOnlyLast(time: Int64, value: Double, to cell: Int) {
        addLast(time: time, value: value, to: cell)
        counts[cell] = 1
    }

    /// Notes that a cell has a sample at `time`.
    mutating func raiseLastFloor(of cell: Int, to time: Int64) { lastFloors[cell] = max(lastFloors[cell], time) }

    /// Samples before this time are not the latest one of the cell.
    func lastFloor(of cell: Int) -> Int64 { max(lastFloors[cell], lastTime(of: cell) ?? .min) }

    /// Time of the latest sample of a cell; nil without one.
    func lastTime(of cell: Int) -> Int64? { lasts.isEmpty || lasts[cell].value.isNaN ? nil : lasts[cell].time }

    /// Samples held for statistics.
    var sampleCount: Int { samples.count + summaries.heldCount }

    /// Has to be called between the last row and the first look at samples.
    mutating func groupSamples() {
        if samples.count > 0 { samples.group(cellCount: cellCount) }
    }

    /// Replaces `values` by the samples of a cell.
    func copySamples(of cell: Int, to values: inout OrderedValues) {
        if samples.count > 0 { samples.copy(of: cell, to: &values) } else { values.removeAll() }
    }

    /// Adds rows that are known only by their statistics.
    /// - Returns: false, with nothing added, when values among them may not be finite: those have to be looked at.
    mutating func add(_ statistics: BlockStatistics, to cell: Int, needs: AggregateNeeds) -> Bool {
        guard statistics.areOfFiniteValues else { return false }
        counts[cell] = counts[cell] &+ statistics.count
        if let minimum = statistics.minimum { minima[cell] = min(minima[cell], minimum) }
        if let maximum = statistics.maximum { maxima[cell] = max(maxima[cell], maximum) }
        if needs.contains(.sum) { (sums + cell).pointee.merge(statistics.sum) }
        return true
    }

    /// Adds figures of samples that ``summaries`` weighs.
    mutating func include(minimum: Double, maximum: Double, sum: Double, to cell: Int, needs: AggregateNeeds) {
        minima[cell] = min(minima[cell], minimum)
        maxima[cell] = max(maxima[cell], maximum)
        if needs.contains(.sum) { (sums + cell).pointee.add(sum) }
    }

    /// Smallest and largest sample of a cell; nil without samples.
    func extremes(of cell: Int) -> ClosedRange<Double>? {
        minima[cell] <= maxima[cell] ? minima[cell]...maxima[cell] : nil
    }

    /// Adds rows that were summed up from the form they are stored in.
    mutating func add(_ rows: RowSums, to cell: Int, needs: AggregateNeeds) {
        counts[cell] = counts[cell] &+ rows.count
        minima[cell] = min(minima[cell], rows.minimum)
        maxima[cell] = max(maxima[cell], rows.maximum)
        if needs.contains(.sum) { (sums + cell).pointee.merge(rows.sum) }
    }

    /// Adds rows that are stored summed up.
    mutating func add(_ bucket: RollupBucket, to cell: Int, needs: AggregateNeeds) {
        counts[cell] = counts[cell] &+ bucket.rowCount &- bucket.nonFiniteCount
        if let minimum = bucket.minimum { minima[cell] = min(minima[cell], minimum) }
        if let maximum = bucket.maximum { maxima[cell] = max(maxima[cell], maximum) }
        if needs.contains(.sum) { (sums + cell).pointee.merge(bucket.sum) }
    }

    /// The aggregate of each cell of a row of the table, NaN where ``value(_:of:)`` has none.
    func values(_ function: AggregateFunction, ofSlot slot: Int) -> [Double] {
        [Double](unsafeUninitializedCapacity: bucketCount) { buffer, count in
            for bucket in 0..<bucketCount {
                buffer[bucket] = value(function, of: slot * bucketCount + bucket) ?? .nan
            }
            count = bucketCount
        }
    }

    /// The aggregate of a cell; nil when it has no samples or the result is beyond the largest double. Extended
    /// statistics are made of ``copySamples(of:to:)`` and not known here.
    func value(_ function: AggregateFunction, of cell: Int) -> Double? {
        guard counts[cell] > 0 || summaries.has(cell) else { return nil }
        let weight = Double(counts[cell]) + summaries.weight(of: cell)
        let result =
            switch function {
            case .average: sums[cell].value / weight
            case .count: weight
            case .extended: Double.nan
            case .last: lasts[cell].value
            case .maximum: maxima[cell]
            case .minimum: minima[cell]
            case .sum: sums[cell].value
            }
        // + 0: a zero is +0.0, whichever zero came first.
        return result.isFinite ? result + 0 : nil
    }
}

extension BlockStatistics {
    /// Whether all values are known to be finite, so that the statistics say all about them. False for a few blocks
    /// without special values too: those whose sum is beyond the largest double.
    var areOfFiniteValues: Bool { nanCount == 0 && sum.value.isFinite }
}
