import VarveBytes
import VarveCodec
import VarveIO
import VarveModel

/// What the block index says of a block that holds short runs of several series beside its place.
/// Format: Docs/Format/segment.md, "Blocks of several series".
package struct BlockRuns: Equatable, Sendable {
    /// Series in the block, each with one run of rows.
    package var seriesCount: Int
    /// Rows of all runs.
    package var rowCount: Int
    /// Earliest and latest row of all runs.
    package var firstTimestamp: Int64
    package var lastTimestamp: Int64
}

/// The directory of a block of several series, decoded and checked: whose run lies where.
///
/// Immutable; any thread. Memory: at most 8 192 runs of 56 bytes.
final class RunDirectory: Sendable {
    /// Ascending, distinct, never empty.
    let series: [SeriesID]
    /// Per run, the ordinal of its time block.
    let timeBlocks: [UInt32]
    /// Per run, where its times lie; its row count is the run's length.
    let times: [TimeBlockEntry]
    /// Per run, its first row among those of the block; one more than there are runs.
    let starts: [Int]
    /// Start of the values in the page's payload.
    let valuesOffset: Int

    init(series: [SeriesID], timeBlocks: [UInt32], times: [TimeBlockEntry], valuesOffset: Int) {
        self.series = series
        self.timeBlocks = timeBlocks
        self.times = times
        self.valuesOffset = valuesOffset
        var starts = [0]
        starts.reserveCapacity(times.count + 1)
        for time in times { starts.append(starts[starts.count - 1] + time.rowCount) }
        self.starts = starts
    }

    var lengths: [Int] { times.map(\.rowCount) }
    /// Memory, roughly.
    var byteCount: Int { series.count * (MemoryLayout<TimeBlockEntry>.stride + MemoryLayout<Int>.stride + 8) }
    var rowCount: Int { starts[starts.count - 1] }

    /// Earliest and latest row of all runs.
    var range: (first: Int64, last: Int64) {
        var range = (first: times[0].firstTimestamp, last: times[0].lastTimestamp)
        for time in times {
            range.first = min(range.first, time.firstTimestamp)
            range.last = max(range.last, time.lastTimestamp)
        }
        return range
    }

    /// The run of `wanted`, or nil. O(1) when it is the run at `expected`, as it is for a scan over neighbours.
    func run(of wanted: SeriesID, expected: Int) -> Int? {
        if expected < series.count, series[expected] == wanted { return expected }
        let run = series.partitioningIndex { $0 >= wanted }
        return run < series.count && series[run] == wanted ? run : nil
    }
}

extension SegmentReader {
    /// The directory of a block of several series, from the cache or decoded.
    func directory(
        ofBlock ordinal: Int, _ entry: BlockEntry, _ runs: BlockRuns
    ) throws(StoreError) -> RunDirectory {
        // Blocks are counted in 32 bits: their leaves' pages are.
        let key = UInt32(truncatingIfNeeded: ordinal)
        if case .directory(let directory)? = cache.find(owner: directoryOwner, page: key) { return directory }
        let directory = try directory(of: entry, runs)
        cache.insert(.directory(directory), owner: directoryOwner, page: key)
        return directory
    }

    /// Decodes the directory of a block of several series. O(runs).
    /// - Throws: `.corrupt` when it is not as the block index says.
    func directory(of entry: BlockEntry, _ runs: BlockRuns) throws(StoreError) -> RunDirectory {
        let payload = try payload(entry.page, .block)
        let place = payload.fileOffset + Int(entry.offset)
        let (series, timeBlocks, valuesOffset) = try decoding(path, at: place) { () throws(FormatFault) in
            var cursor = payload.cursor(at: Int(entry.offset))
            let series = try Self.seriesOfRuns(&cursor, entry, runs)
            let timeBlocks = try cursor.integers(
                count: runs.seriesCount, in: 0...Int64(footer.timeBlockCount - 1), "time block of a run")
            return (series, timeBlocks.map { UInt32($0) }, Int(entry.offset) + cursor.offset)
        }
        let directory = RunDirectory(
            series: series, timeBlocks: timeBlocks, times: try timeEntries(timeBlocks), valuesOffset: valuesOffset)
        // The buffers of a scan have room for the rows of one block: nothing may pass that holds more.
        guard directory.rowCount == runs.rowCount, directory.range == (runs.firstTimestamp, runs.lastTimestamp) else {
            let detail = "the runs have \(directory.rowCount) rows or other times than the block index says"
            throw .corrupt(Corruption(path: path, offset: place, detail: detail))
        }
        return directory
    }

    @_lifetime(cursor: copy cursor)
    private static func seriesOfRuns(
        _ cursor: inout ByteCursor, _ entry: BlockEntry, _ runs: BlockRuns
    ) throws(FormatFault) -> [SeriesID] {
        let numbers = try cursor.integers(count: runs.seriesCount, in: 0...Int64(UInt32.max), "series of a run")
        for index in 1..<numbers.count where numbers[index - 1] >= numbers[index] {
            throw FormatFault(offset: 0, detail: "series \(numbers[index]) of a run is out of order")
        }
        guard numbers[0] == Int64(entry.series.rawValue) else {
            throw FormatFault(
                offset: 0, detail: "the first run is of series \(numbers[0]), not \(entry.series.rawValue)")
        }
        return numbers.map { SeriesID(rawValue: UInt32($0)) }
    }

    /// Entries of the time index; neighbours usually share a leaf.
    private func timeEntries(_ ordinals: [UInt32]) throws(StoreError) -> [TimeBlockEntry] {
        var entries: [TimeBlockEntry] = []
        entries.reserveCapacity(ordinals.count)
        var current: (number: Int, leaf: TimeIndexLeaf)?
        for ordinal in ordinals {
            let (number, index) = Int(ordinal).quotientAndRemainder(dividingBy: SegmentFormat.indexLeafEntries)
            if current?.number != number { current = (number, try timeLeaf(number)) }
            if let current { entries.append(current.leaf.entries[index]) }
        }
        return entries
    }

    /// Decodes the values of all runs of a block.
    /// - Parameter buffer: as many elements as the directory has rows.
    /// - Returns: bytes of the whole block, directory included.
    @discardableResult
    func decodeRuns(
        _ entry: BlockEntry, _ directory: RunDirectory, into buffer: UnsafeMutableBufferPointer<Double>
    ) throws(StoreError) -> Int {
        let payload = try payload(entry.page, .block)
        return try decoding(path, at: payload.fileOffset + directory.valuesOffset) { () throws(FormatFault) in
            var cursor = payload.cursor(at: directory.valuesOffset)
            try cursor.floatRuns(directory.lengths, into: buffer)
            return directory.valuesOffset - Int(entry.offset) + cursor.offset
        }
    }
}

extension ByteCursor {
    /// Decodes an F stream of runs of these lengths, together `buffer.count` values.
    @_lifetime(self: copy self)
    fileprivate mutating func floatRuns(
        _ lengths: [Int], into buffer: UnsafeMutableBufferPointer<Double>
    ) throws(FormatFault) {
        do { try FloatStream.decodeRuns(&self, runs: lengths, into: buffer) } catch { throw FormatFault(error) }
    }
}

extension BlockIndexLeaf {
    /// Bit of a block's flags: the block holds one run each of several series.
    static let severalSeriesFlag: Int64 = 2

    /// Appends what the index says of blocks of several series, column by column.
    static func encode(_ runs: [BlockRuns], into writer: inout ByteWriter) {
        writer.integers(runs.map { Int64($0.seriesCount) })
        writer.integers(runs.map { Int64($0.rowCount) })
        writer.integers(runs.map(\.firstTimestamp))
        // May wrap around; the reader wraps back.
        writer.integers(runs.map { $0.lastTimestamp &- $0.firstTimestamp })
    }

    @_lifetime(cursor: copy cursor)
    static func decodeRuns(_ cursor: inout ByteCursor, count: Int) throws(FormatFault) -> [BlockRuns] {
        let rowsMax = Int64(SegmentFormat.blockRowsMax)
        let seriesCounts = try cursor.integers(count: count, in: 1...rowsMax, "number of runs")
        let rowCounts = try cursor.integers(count: count, in: 1...rowsMax, "rows of runs")
        let firsts = try cursor.integers(count: count)
        let spans = try cursor.integers(count: count)
        return (0..<count).map { (index: Int) in
            BlockRuns(
                seriesCount: Int(seriesCounts[index]), rowCount: Int(rowCounts[index]), firstTimestamp: firsts[index],
                lastTimestamp: firsts[index] &+ spans[index])
        }
    }
}
