package import VarveCodec
import VarveBytes

/// Where the times of a run of rows lie. Format: Docs/Format/segment.md, "Time index".
package struct TimeBlockEntry: Equatable, Sendable {
    package var page: UInt32
    /// Start of the block in the page's payload.
    package var offset: UInt32
    package var rowCount: Int
    package var firstTimestamp: Int64
    package var lastTimestamp: Int64
}

/// Where the columns of a run of rows of one series lie, or the runs of several. Format: Docs/Format/segment.md, "Block
/// index".
package struct BlockEntry: Equatable, Sendable {
    /// Of several series: the first.
    package var series: SeriesID
    /// Ordinal of the time block that gives these rows their times; of several series: that of the first.
    package var timeBlock: UInt32
    package var page: UInt32
    /// Start of the block in the page's payload.
    package var offset: UInt32
    /// Only for kinds whose rows are single numbers, and for blocks of one series.
    package var statistics: BlockStatistics?
    /// Present when the block holds runs of several series.
    package var runs: BlockRuns?
}

/// Where the blocks of one series are listed. Format: Docs/Format/segment.md, "Series index".
package struct SeriesEntry: Equatable, Sendable {
    package var series: SeriesID
    /// Ordinal of the first of its blocks; the others follow.
    package var firstBlock: Int
    package var blockCount: Int
}

/// Up to 1 024 entries of the time index.
struct TimeIndexLeaf: Equatable, Sendable {
    var entries: [TimeBlockEntry]

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 8 * entries.count)
        writer.integers(entries.map { Int64($0.page) })
        writer.integers(entries.map { Int64($0.offset) })
        writer.integers(entries.map { Int64($0.rowCount) })
        writer.integers(entries.map { $0.firstTimestamp })
        // May wrap around; the reader wraps back.
        writer.integers(entries.map { $0.lastTimestamp &- $0.firstTimestamp })
        return writer.bytes
    }

    @_lifetime(cursor: copy cursor)
    init(_ cursor: inout ByteCursor, count: Int, pageCount: Int) throws(FormatFault) {
        let pages = try cursor.integers(count: count, in: 0...Int64(pageCount - 1), "page")
        let offsets = try cursor.integers(count: count, in: IndexRange.offset, "offset")
        let rows = try cursor.integers(count: count, in: 1...Int64(SegmentFormat.blockRowsMax), "row count")
        let firsts = try cursor.integers(count: count)
        let spans = try cursor.integers(count: count)
        try cursor.requireEnd("time index")
        entries = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            let last = firsts[index] &+ spans[index]
            guard firsts[index] <= last else {
                throw FormatFault(offset: 0, detail: "time block \(index) of the leaf ends before it starts")
            }
            entries.append(
                TimeBlockEntry(
                    page: UInt32(pages[index]), offset: UInt32(offsets[index]), rowCount: Int(rows[index]),
                    firstTimestamp: firsts[index], lastTimestamp: last))
        }
    }

    init(entries: [TimeBlockEntry]) { self.entries = entries }

    /// Earliest and latest row.
    var range: (first: Int64, last: Int64) {
        (entries.map(\.firstTimestamp).min() ?? 0, entries.map(\.lastTimestamp).max() ?? 0)
    }
}

/// Up to 1 024 entries of the block index.
struct BlockIndexLeaf: Equatable, Sendable {
    var entries: [BlockEntry]

    init(entries: [BlockEntry]) { self.entries = entries }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 32 * entries.count)
        // Block flags: 1 is reserved for a column of arrival numbers.
        writer.integers(entries.map { $0.runs == nil ? 0 : Self.severalSeriesFlag })
        writer.integers(entries.map { Int64($0.series.rawValue) })
        writer.integers(entries.map { Int64($0.timeBlock) })
        writer.integers(entries.map { Int64($0.page) })
        writer.integers(entries.map { Int64($0.offset) })
        let statistics = entries.compactMap(\.statistics)
        if !statistics.isEmpty { StatisticsColumns.encode(statistics, into: &writer) }
        let runs = entries.compactMap(\.runs)
        if !runs.isEmpty { Self.encode(runs, into: &writer) }
        return writer.bytes
    }

    @_lifetime(cursor: copy cursor)
    init(
        _ cursor: inout ByteCursor, count: Int, pageCount: Int, timeBlockCount: Int, hasStatistics: Bool
    ) throws(FormatFault) {
        let flags = try cursor.integers(count: count, in: 0...Self.severalSeriesFlag, "block flags")
        guard flags.allSatisfy({ $0 != 1 }) else { throw FormatFault(offset: 0, detail: "block flags 1 are reserved") }
        let runsCount = flags.count { $0 != 0 }
        let series = try cursor.integers(count: count, in: IndexRange.series, "series")
        let timeBlocks = try cursor.integers(count: count, in: 0...Int64(timeBlockCount - 1), "time block")
        let pages = try cursor.integers(count: count, in: 0...Int64(pageCount - 1), "page")
        let offsets = try cursor.integers(count: count, in: IndexRange.offset, "offset")
        let statisticsCount = hasStatistics ? count - runsCount : 0
        let statistics = statisticsCount > 0 ? try StatisticsColumns.decode(&cursor, count: statisticsCount) : []
        let runs = runsCount > 0 ? try Self.decodeRuns(&cursor, count: runsCount) : []
        try cursor.requireEnd("block index")
        var (nextStatistics, nextRuns) = (statistics.makeIterator(), runs.makeIterator())
        entries = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            let hasRuns = flags[index] != 0
            entries.append(
                BlockEntry(
                    series: SeriesID(rawValue: UInt32(series[index])), timeBlock: UInt32(timeBlocks[index]),
                    page: UInt32(pages[index]), offset: UInt32(offsets[index]),
                    statistics: hasRuns ? nil : nextStatistics.next(), runs: hasRuns ? nextRuns.next() : nil))
        }
    }
}

/// Up to 4 096 entries of the series index, ascending by series.
struct SeriesIndexLeaf: Equatable, Sendable {
    var entries: [SeriesEntry]

    init(entries: [SeriesEntry]) { self.entries = entries }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 4 * entries.count)
        writer.integers(entries.map { Int64($0.series.rawValue) })
        writer.integers(entries.map { Int64($0.firstBlock) })
        writer.integers(entries.map { Int64($0.blockCount) })
        return writer.bytes
    }

    @_lifetime(cursor: copy cursor)
    init(_ cursor: inout ByteCursor, count: Int, blockCount: Int) throws(FormatFault) {
        let series = try cursor.integers(count: count, in: IndexRange.series, "series")
        let firsts = try cursor.integers(count: count, in: 0...Int64(blockCount - 1), "first block")
        let counts = try cursor.integers(count: count, in: 1...Int64(blockCount), "block count")
        try cursor.requireEnd("series index")
        entries = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            guard index == 0 || series[index - 1] < series[index], firsts[index] + counts[index] <= blockCount else {
                throw FormatFault(offset: 0, detail: "series \(series[index]) is out of order or has too many blocks")
            }
            entries.append(
                SeriesEntry(
                    series: SeriesID(rawValue: UInt32(series[index])), firstBlock: Int(firsts[index]),
                    blockCount: Int(counts[index])))
        }
    }

    /// The entry of `series`, by binary search.
    func entry(of series: SeriesID) -> SeriesEntry? {
        let index = entries.partitioningIndex { $0.series >= series }
        return index < entries.count && entries[index].series == series ? entries[index] : nil
    }
}

/// What numbers of an index may be.
private enum IndexRange {
    static let series = 0...Int64(UInt32.max)
    static let offset = 0...Int64(SegmentFormat.pagePayloadByteCountMax)
}

extension Array {
    /// The first index whose element satisfies `isBehind`, which must be false, then true, along the array.
    func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
