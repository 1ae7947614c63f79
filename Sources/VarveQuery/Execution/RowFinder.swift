import VarveCodec
import VarveModel
import VarveStore

/// Finds the rows of some sources that satisfy a condition on a metric: first where that metric satisfies it, then the
/// other metrics at those times only. Blocks without such a row are not decoded.
///
/// Where samples of one metric share a time, it takes all samples to know which belong together: such sources are told
/// by ``isUnclear(_:)`` and left to ``RowMerger``. Chunks that overlap in time do not make a source unclear by
/// themselves: rows that arrived on several connections lie in such chunks.
struct RowFinder {
    /// Where a condition holds, of one source.
    fileprivate struct Hits {
        var times: [Int64] = []
        var values: [Double] = []
        /// Times of the chunks that were looked at.
        var spans: [(first: Int64, last: Int64)] = []
        /// Whether one time may have several samples.
        var isUnclear = false
        /// Where chunks overlap, so that one may have another sample at the time of a hit; nil where none do.
        var contested: TimeRange?
    }

    private let condition: RowsPlan.ValueCondition
    /// The metric of the condition.
    private let metric: Int
    private let range: TimeRange
    /// By source, counted from the first of the batch.
    private var hits: [Hits]
    /// Per source its first row in `columns`; one more at the end.
    private var starts: [Int] = []
    /// Times of all hits, source after source.
    private(set) var times: [Int64] = []
    /// By metric, the values at those times.
    private(set) var columns: [RowColumn] = []
    /// Per hit whether a chunk has been seen that has a sample of the condition's metric at its time; empty unless
    /// chunks overlap.
    private var isSeen: [Bool] = []

    init(_ condition: RowsPlan.ValueCondition, metric: Int, in range: TimeRange, sourceCount: Int) {
        self.condition = condition
        self.metric = metric
        self.range = range
        hits = Array(repeating: Hits(), count: sourceCount)
    }

    func isUnclear(_ source: Int) -> Bool { hits[source].isUnclear }

    /// Rows of a source in ``times`` and ``columns``.
    func rows(of source: Int) -> Range<Int> { starts[source]..<starts[source + 1] }

    /// Has to be told of sources with several series of one metric.
    mutating func markUnclear(_ source: Int) { hits[source].isUnclear = true }

    // MARK: The condition

    /// Looks for hits in a chunk of the condition's metric; decodes it only if there may be some.
    /// - Returns: the number of hits.
    mutating func search(_ chunk: any SampleChunk, source: Int) throws(StoreError) -> Int {
        guard !hits[source].isUnclear else { return 0 }
        hits[source].spans.append((chunk.firstTimestamp, chunk.lastTimestamp))
        if let statistics = chunk.statistics, !condition.mayHold(statistics) { return 0 }
        let samples = try chunk.decode(through: range.end &- 1)
        let before = hits[source].times.count
        switch samples.timestamps {
        case .regular(let first, let step):
            search(RegularTimes(first: first, step: step, count: samples.values.count), samples.values, source)
        case .explicit(let times): search(ExplicitTimes(timestamps: times), samples.values, source)
        }
        return hits[source].times.count - before
    }

    private mutating func search(_ times: some RowTimes, _ values: UnsafeBufferPointer<Double>, _ source: Int) {
        let rows = times.rows(in: range)
        let bound = condition.value
        var found = hits[source]
        hits[source] = Hits()
        switch condition.comparison {
        case .equal: Self.collect(times, values, rows, into: &found) { $0 == bound }
        case .notEqual: Self.collect(times, values, rows, into: &found) { $0 < bound || $0 > bound }
        case .less: Self.collect(times, values, rows, into: &found) { $0 < bound }
        case .lessOrEqual: Self.collect(times, values, rows, into: &found) { $0 <= bound }
        case .greater: Self.collect(times, values, rows, into: &found) { $0 > bound }
        case .greaterOrEqual: Self.collect(times, values, rows, into: &found) { $0 >= bound }
        }
        hits[source] = found
    }

    /// Hot: once per row; about 1 ns where few rows are hits.
    @inline(__always)
    private static func collect(
        _ times: some RowTimes, _ values: UnsafeBufferPointer<Double>, _ rows: Range<Int>, into hits: inout Hits,
        _ holds: (Double) -> Bool
    ) {
        for row in rows where holds(values[row]) {
            if times.isShared(row) { hits.isUnclear = true }
            hits.times.append(times.time(of: row))
            hits.values.append(values[row])
        }
    }

    /// Ends the search: puts hits in the order of time and makes room for the other metrics.
    mutating func finishSearch(metricCount: Int) {
        starts = [0]
        var values: [Double] = []
        for source in hits.indices {
            hits[source].order()
            if !hits[source].isUnclear {
                times += hits[source].times
                values += hits[source].values
            }
            starts.append(times.count)
        }
        columns = Array(repeating: RowColumn(missing: times.count), count: metricCount)
        columns[metric] = RowColumn(values)
    }

    // MARK: Overlaps

    /// Where chunks of the condition's metric have to be shown to ``confirm(_:source:)`` of a source; nil where they
    /// need not. Known once the search has ended.
    func contestedTimes(of source: Int) -> TimeRange? {
        guard !hits[source].isUnclear, let contested = hits[source].contested, !rows(of: source).isEmpty else {
            return nil
        }
        return contested
    }

    /// Looks whether a chunk of the condition's metric has a sample at the time of a hit that was found in another one.
    mutating func confirm(_ chunk: any SampleChunk, source: Int) throws(StoreError) {
        guard let contested = contestedTimes(of: source) else { return }
        let hits = times[rows(of: source)]
        let first = hits.partitioningIndex { $0 >= max(chunk.firstTimestamp, contested.start) }
        let end = hits.partitioningIndex { $0 > chunk.lastTimestamp || $0 >= contested.end }
        guard first < end else { return }
        if isSeen.isEmpty { isSeen = Array(repeating: false, count: times.count) }
        let isClear =
            switch try chunk.decodeTimes() {
            case .regular(let start, let step):
                confirm(RegularTimes(first: start, step: step, count: chunk.rowCount), first..<end)
            case .explicit(let times): confirm(ExplicitTimes(timestamps: times), first..<end)
            }
        if !isClear { markUnclear(source) }
    }

    /// False when another chunk has a sample at the time of a hit, too.
    private mutating func confirm(_ chunkTimes: some RowTimes, _ hits: Range<Int>) -> Bool {
        var row = 0
        for hit in hits {
            row = chunkTimes.firstRow(atOrAfter: times[hit], from: row)
            guard row < chunkTimes.count else { return true }
            guard chunkTimes.time(of: row) == times[hit] else { continue }
            if isSeen[hit] { return false }
            isSeen[hit] = true
        }
        return true
    }

    // MARK: The other metrics

    /// Where the other metrics of a source are wanted; nil where they are not.
    func wantedTimes(of source: Int) -> TimeRange? {
        let rows = rows(of: source)
        guard !isUnclear(source), let first = times[rows].first, let last = times[rows].last else { return nil }
        return TimeRange(start: first, end: last == .max ? last : last + 1)
    }

    /// Takes the values at the times of hits from a chunk of another metric; decodes it only if there are some.
    mutating func gather(_ chunk: any SampleChunk, metric: Int, source: Int) throws(StoreError) {
        let rows = rows(of: source)
        let hits = times[rows]
        let first = hits.partitioningIndex { $0 >= chunk.firstTimestamp }
        let end = hits.partitioningIndex { $0 > chunk.lastTimestamp }
        guard first < end, !self.hits[source].isUnclear else { return }
        let samples = try chunk.decode(through: hits[end - 1])
        // Taken out, so that it is changed in place.
        var column = columns[metric]
        columns[metric] = RowColumn()
        let isClear =
            switch samples.timestamps {
            case .regular(let start, let step):
                gather(
                    RegularTimes(first: start, step: step, count: samples.values.count), samples.values, first..<end,
                    into: &column)
            case .explicit(let times):
                gather(ExplicitTimes(timestamps: times), samples.values, first..<end, into: &column)
            }
        columns[metric] = column
        if !isClear { markUnclear(source) }
    }

    /// False when a hit has several samples of the metric. Hot: once per hit and metric.
    private func gather(
        _ chunkTimes: some RowTimes, _ values: UnsafeBufferPointer<Double>, _ hits: Range<Int>,
        into column: inout RowColumn
    ) -> Bool {
        times.withUnsafeBufferPointer { times in
            column.withCells { cells, isMissing in
                var row = 0
                for hit in hits {
                    let time = times[hit]
                    // Neighbouring hits are usually neighbouring rows.
                    row =
                        row < chunkTimes.count && chunkTimes.time(of: row) == time
                        ? row : chunkTimes.firstRow(atOrAfter: time, from: row)
                    guard row < chunkTimes.count else { return true }
                    guard chunkTimes.time(of: row) == time else { continue }
                    if chunkTimes.isShared(row) || !isMissing[hit] { return false }
                    cells[hit] = values[row]
                    isMissing[hit] = false
                    row += 1
                }
                return true
            }
        }
    }

    /// Ends the gathering.
    mutating func finishGathering() {
        for index in columns.indices { columns[index].close() }
    }
}

extension RowFinder.Hits {
    /// By time. Chunks usually come in that order, and few overlap others; where some do, two samples may have one
    /// time, which of hits is seen here.
    fileprivate mutating func order() {
        let isInOrder = zip(spans, spans.dropFirst()).allSatisfy { $0.last < $1.first }
        if isInOrder || isUnclear { return }
        spans.sort { $0.first < $1.first }
        noteOverlaps()
        let order = RadixOrder.ascending(times.map { UInt64(bitPattern: $0) ^ 1 << 63 })
        times = order.map { times[Int($0)] }
        values = order.map { values[Int($0)] }
        if zip(times, times.dropFirst()).contains(where: { $0 == $1 }) { isUnclear = true }
    }

    /// From the first to the last time that lies in two chunks. Spans are in the order of their starts.
    private mutating func noteOverlaps() {
        guard var end = spans.first?.last else { return }
        for span in spans.dropFirst() {
            if span.first <= end {
                let last = min(span.last, end)
                let overlap = TimeRange(start: span.first, end: last == .max ? last : last + 1)
                contested = TimeRange(
                    start: contested?.start ?? overlap.start, end: max(contested?.end ?? .min, overlap.end))
            }
            end = max(end, span.last)
        }
    }
}

extension RowsPlan.ValueCondition {
    /// Whether a block with these statistics may have a row of which the condition holds.
    fileprivate func mayHold(_ statistics: BlockStatistics) -> Bool {
        guard statistics.areOfFiniteValues, let low = statistics.minimum, let high = statistics.maximum else {
            return true
        }
        return switch comparison {
        case .equal: low <= value && value <= high
        case .notEqual: low != value || high != value
        case .less: low < value
        case .lessOrEqual: low <= value
        case .greater: high > value
        case .greaterOrEqual: high >= value
        }
    }
}

extension ArraySlice {
    /// The first index whose element satisfies `isBehind`, which must be false, then true, along the slice.
    fileprivate func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
