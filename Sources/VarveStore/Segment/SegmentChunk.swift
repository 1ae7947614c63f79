import VarveCodec
import VarveBytes

/// One block of a metric segment as a scan's visitor sees it; decodes only when asked.
///
/// Owned by one scan, which moves it from block to block; its buffers are reused. Not for other threads.
final class SegmentChunk: SampleChunk {
    let reader: SegmentReader
    private var block: SegmentBlockCursor.Block?
    /// The block whose values are in `values`, and how many of them; the runs of one block of several series follow one
    /// another in a scan.
    private var decoded: (ordinal: Int, count: Int)?
    private var values = RowBuffer<Double>()
    private var times: SegmentTimes
    /// The page of the last block that was looked at: neighbours usually share it.
    private var page: (number: UInt32, payload: SegmentPayload)?
    private lazy var sumMemory = SumMemory()

    init(_ reader: SegmentReader) {
        self.reader = reader
        times = SegmentTimes(reader)
    }

    func move(to block: SegmentBlockCursor.Block) { self.block = block }

    var rowCount: Int { block?.time.rowCount ?? 0 }
    var firstTimestamp: Int64 { block?.time.firstTimestamp ?? 0 }
    var lastTimestamp: Int64 { block?.time.lastTimestamp ?? 0 }

    /// Number of the block in the file; nil inside blocks of several series.
    var blockOrdinal: Int? { block.flatMap { $0.directory == nil ? $0.ordinal : nil } }

    var statistics: BlockStatistics? {
        guard var statistics = block?.entry.statistics else { return nil }
        statistics.count = rowCount
        return statistics
    }

    /// Statistics of the rows: from the index, or computed where it has none, inside blocks of several series.
    func summedUp() throws(StoreError) -> BlockStatistics {
        if let statistics { return statistics }
        return BlockStatistics(of: try decode().values)
    }

    func decode() throws(StoreError) -> DecodedSamples {
        guard let block else { preconditionFailure("a chunk is decoded inside a visit") }
        let timestamps = try times.decode(block.entry.timeBlock, block.time)
        let buffer = values.prefix(block.directory?.rowCount ?? rowCount)
        if decoded?.ordinal != block.ordinal || decoded?.count != buffer.count {
            decoded = nil
            if let directory = block.directory {
                try reader.decodeRuns(block.entry, directory, into: buffer)
            } else {
                try Self.decodeValues(reader, try payload(of: block.entry), block.entry, into: buffer)
            }
            decoded = (block.ordinal, buffer.count)
        }
        let start = block.directory?.starts[block.run] ?? 0
        let rows = UnsafeMutableBufferPointer(rebasing: buffer[start..<(start + rowCount)])
        return DecodedSamples(timestamps: timestamps, values: UnsafeBufferPointer(rows))
    }

    func decode(through last: Int64) throws(StoreError) -> DecodedSamples {
        guard let block else { preconditionFailure("a chunk is decoded inside a visit") }
        guard block.directory == nil, last < block.time.lastTimestamp, decoded?.ordinal != block.ordinal else {
            return try decode()
        }
        let timestamps = try times.decode(block.entry.timeBlock, block.time)
        let count = timestamps.rowCount(through: last, of: rowCount)
        let buffer = values.prefix(count)
        decoded = nil
        let payload = try payload(of: block.entry)
        let offset = Int(block.entry.offset)
        let isDone = try decoding(reader.path, at: payload.fileOffset + offset) { () throws(FormatFault) -> Bool in
            let cursor = payload.cursor(at: offset)
            do throws(CodecError) {
                return try FloatStream.decodeFirst(cursor, rowCount: rowCount, into: buffer)
            } catch {
                throw FormatFault(error)
            }
        }
        guard isDone else { return try decode() }
        return DecodedSamples(timestamps: timestamps.first(count), values: UnsafeBufferPointer(buffer))
    }

    func decodeTimes() throws(StoreError) -> TimestampColumn {
        guard let block else { preconditionFailure("a chunk is decoded inside a visit") }
        return try times.decode(block.entry.timeBlock, block.time)
    }

    func sums(between borders: [Int], wantsSum: Bool) throws(StoreError) -> [RowSums]? {
        // Runs of several series are decoded together, and values that are there need not be decoded.
        guard let block, block.directory == nil, decoded?.ordinal != block.ordinal else { return nil }
        let payload = try payload(of: block.entry)
        let offset = Int(block.entry.offset)
        return try decoding(reader.path, at: payload.fileOffset + offset) { () throws(FormatFault) -> [RowSums]? in
            let cursor = payload.cursor(at: offset)
            do throws(CodecError) {
                return try FloatStream.sums(
                    cursor, rowCount: rowCount, borders: borders, wantsSum: wantsSum, memory: sumMemory)
            } catch {
                throw FormatFault(error)
            }
        }
    }

    private func payload(of entry: BlockEntry) throws(StoreError) -> SegmentPayload {
        if let page, page.number == entry.page { return page.payload }
        let payload = try reader.payload(entry.page, .block)
        page = (entry.page, payload)
        return payload
    }

    /// Decodes an F stream of `buffer.count` values.
    /// - Returns: bytes of the stream.
    @discardableResult
    static func decodeValues(
        _ reader: SegmentReader, _ payload: SegmentPayload, _ entry: BlockEntry,
        into buffer: UnsafeMutableBufferPointer<Double>
    ) throws(StoreError) -> Int {
        try decoding(reader.path, at: payload.fileOffset + Int(entry.offset)) { () throws(FormatFault) in
            var cursor = payload.cursor(at: Int(entry.offset))
            try cursor.floats(into: buffer)
            return cursor.offset
        }
    }
}

extension TimestampColumn {
    /// How many of `count` rows have times up to `last`. O(log count).
    fileprivate func rowCount(through last: Int64, of count: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] > last { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The times of the first rows.
    fileprivate func first(_ count: Int) -> TimestampColumn {
        switch self {
        case .regular: self
        case .explicit(let times): .explicit(UnsafeBufferPointer(rebasing: times[..<count]))
        }
    }
}

/// Decodes time blocks, keeping the last one: neighbours often share it. Owned by one scan.
final class SegmentTimes {
    private let reader: SegmentReader
    private var buffer = RowBuffer<Int64>()
    private var current: (ordinal: UInt32, column: TimestampColumn)?

    init(_ reader: SegmentReader) { self.reader = reader }

    /// The times of a block; valid until the next call with another ordinal.
    func decode(_ ordinal: UInt32, _ entry: TimeBlockEntry) throws(StoreError) -> TimestampColumn {
        if let current, current.ordinal == ordinal { return current.column }
        current = nil
        let payload = try reader.payload(entry.page, .time)
        let rows = buffer.prefix(entry.rowCount)
        let column = try decoding(reader.path, at: payload.fileOffset + Int(entry.offset)) {
            () throws(FormatFault) in try Self.decode(payload, entry, into: rows)
        }
        current = (ordinal, column)
        return column
    }

    private static func decode(
        _ payload: SegmentPayload, _ entry: TimeBlockEntry, into rows: UnsafeMutableBufferPointer<Int64>
    ) throws(FormatFault) -> TimestampColumn {
        var cursor = payload.cursor(at: Int(entry.offset))
        if let (first, step) = IntegerStream.regular(cursor, count: entry.rowCount) {
            let (span, overflow) = step.multipliedReportingOverflow(by: Int64(entry.rowCount - 1))
            guard !overflow, step >= 0, first == entry.firstTimestamp, first &+ span == entry.lastTimestamp else {
                throw FormatFault(offset: 0, detail: "times \(first) + i · \(step) are not those of the index")
            }
            return .regular(first: first, step: step)
        }
        try cursor.integers(into: rows)
        // Readers find periods by the ends of runs, so the rows in between have to ascend, too.
        var descents = 0
        for row in 1..<max(1, rows.count) { descents &+= rows[row] < rows[row - 1] ? 1 : 0 }
        guard descents == 0 else { throw FormatFault(offset: 0, detail: "\(descents) times are before the one before") }
        guard rows[0] == entry.firstTimestamp, rows[rows.count - 1] == entry.lastTimestamp else {
            throw FormatFault(offset: 0, detail: "times \(rows[0])…\(rows[rows.count - 1]) are not those of the index")
        }
        return .explicit(UnsafeBufferPointer(rows))
    }
}

/// Memory for the rows of one block, allocated at the first use and reused.
struct RowBuffer<Element: BitwiseCopyable> {
    private final class Storage {
        let pointer = UnsafeMutableBufferPointer<Element>.allocate(capacity: SegmentFormat.blockRowsMax)
        deinit { pointer.deallocate() }
    }

    private var storage: Storage?

    /// The first `count` elements; their content is undefined until written.
    mutating func prefix(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
        precondition(count <= SegmentFormat.blockRowsMax, "a block has at most 8 192 rows")
        let storage = self.storage ?? Storage()
        self.storage = storage
        return UnsafeMutableBufferPointer(rebasing: storage.pointer[..<count])
    }
}
