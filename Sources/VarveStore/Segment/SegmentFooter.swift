import VarveBytes

/// Last page of a segment: where every page lies, and the roots of the three indexes.
/// Format: Docs/Format/segment.md, "Footer".
struct SegmentFooter: Equatable, Sendable {
    /// Checksum that the superblock must carry.
    var superblockCRC: UInt32
    /// Every page but the footer itself.
    var pages = SegmentPageTable()
    var timeBlockCount = 0
    var blockCount = 0
    var seriesCount = 0
    var timeLeaves: [SegmentLeafRoot] = []
    var blockLeaves: [SegmentLeafRoot] = []
    var seriesLeaves: [SegmentLeafRoot] = []
    /// Rollup blocks; 0 in segments without rollups, and in all of version 1.
    var rollupCount = 0
    var rollupLeaves: [SegmentLeafRoot] = []

    /// N streams are cut into pieces of this many values: a page table has no upper limit, a stream has.
    private static let runLength = 4_096

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 6 * pages.count + 256)
        writer.write(superblockCRC)
        writer.writeCount(pages.count)
        Self.write(pages.types.map { Int64($0.rawValue) }, into: &writer)
        Self.write((0..<pages.count).map { Int64(pages.byteCount(of: $0)) }, into: &writer)
        for crc in pages.crcs { writer.write(crc) }
        writer.writeCount(timeBlockCount)
        Self.write(timeLeaves, into: &writer)
        writer.writeCount(blockCount)
        Self.write(blockLeaves, into: &writer)
        writer.writeCount(seriesCount)
        Self.write(seriesLeaves, into: &writer)
        writeRollups(into: &writer)
        return writer.bytes
    }

    private static func write(_ values: [Int64], into writer: inout ByteWriter) {
        var rest = values[...]
        while !rest.isEmpty {
            writer.integers(Array(rest.prefix(runLength)))
            rest = rest.dropFirst(runLength)
        }
    }

    static func write(_ leaves: [SegmentLeafRoot], into writer: inout ByteWriter) {
        write(leaves.map { Int64($0.page) }, into: &writer)
        write(leaves.map { Int64($0.firstSeries.rawValue) }, into: &writer)
        write(leaves.map(\.firstTimestamp), into: &writer)
        write(leaves.map { $0.lastTimestamp &- $0.firstTimestamp }, into: &writer)
    }

    /// - Parameter byteCount: bytes between the superblock and the footer page, which the page table must cover
    ///   exactly.
    @_lifetime(cursor: copy cursor)
    init(_ cursor: inout ByteCursor, pagesByteCount byteCount: Int) throws(FormatFault) {
        superblockCRC = try cursor.field()
        let pageCount = try cursor.countField(limit: byteCount / SegmentFormat.pageHeaderByteCount)
        try readPageTable(&cursor, count: pageCount, byteCount: byteCount)
        // What the leaves can hold: the streams themselves set no limit, equal values take next to no bytes.
        let leavesMax = pages.types.count { $0 == .timeIndex || $0 == .blockIndex || $0 == .seriesIndex }
        timeBlockCount = try cursor.countField(limit: leavesMax * SegmentFormat.indexLeafEntries)
        timeLeaves = try readLeaves(&cursor, entries: timeBlockCount, per: SegmentFormat.indexLeafEntries, .timeIndex)
        blockCount = try cursor.countField(limit: leavesMax * SegmentFormat.indexLeafEntries)
        blockLeaves = try readLeaves(&cursor, entries: blockCount, per: SegmentFormat.indexLeafEntries, .blockIndex)
        seriesCount = try cursor.countField(limit: leavesMax * SegmentFormat.seriesLeafEntries)
        seriesLeaves = try readLeaves(&cursor, entries: seriesCount, per: SegmentFormat.seriesLeafEntries, .seriesIndex)
        try readRollups(&cursor)
        try cursor.requireEnd("footer")
        guard timeBlockCount > 0 || blockCount == 0, seriesCount <= blockCount * SegmentFormat.blockRowsMax,
            seriesCount > 0 || blockCount == 0
        else {
            throw FormatFault(
                offset: 0, detail: "\(blockCount) blocks of \(seriesCount) series with \(timeBlockCount) time blocks")
        }
    }

    init(superblockCRC: UInt32) { self.superblockCRC = superblockCRC }

    @_lifetime(cursor: copy cursor)
    private mutating func readPageTable(
        _ cursor: inout ByteCursor, count: Int, byteCount: Int
    ) throws(FormatFault) {
        let types = try Self.read(&cursor, count: count)
        let start = cursor.offset
        let byteCounts = try Self.read(&cursor, count: count)
        for index in 0..<count {
            guard let type = UInt8(exactly: types[index]).flatMap(SegmentPageType.init), type != .footer else {
                throw FormatFault(offset: start, detail: "page \(index) has the unknown type \(types[index])")
            }
            guard (Int64(SegmentFormat.pageHeaderByteCount)...Int64(byteCount)).contains(byteCounts[index]) else {
                throw FormatFault(offset: start, detail: "page \(index) has \(byteCounts[index]) bytes")
            }
            pages.append(type: type, byteCount: Int(byteCounts[index]), crc: try cursor.field())
        }
        let covered = pages.offsets[count] - SegmentFormat.superblockByteCount
        guard covered == byteCount else {
            throw FormatFault(offset: start, detail: "the pages cover \(covered) bytes, but there are \(byteCount)")
        }
    }

    @_lifetime(cursor: copy cursor)
    private static func read(_ cursor: inout ByteCursor, count: Int) throws(FormatFault) -> [Int64] {
        var values: [Int64] = []
        while values.count < count {
            values.append(contentsOf: try cursor.integers(count: min(runLength, count - values.count)))
        }
        return values
    }

    @_lifetime(cursor: copy cursor)
    func readLeaves(
        _ cursor: inout ByteCursor, entries: Int, per leafEntries: Int, _ type: SegmentPageType
    ) throws(FormatFault) -> [SegmentLeafRoot] {
        let count = (entries + leafEntries - 1) / leafEntries
        let start = cursor.offset
        let numbers = try Self.read(&cursor, count: count)
        let series = try Self.read(&cursor, count: count)
        let firsts = try Self.read(&cursor, count: count)
        let spans = try Self.read(&cursor, count: count)
        var leaves: [SegmentLeafRoot] = []
        for index in 0..<count {
            guard let page = Int(exactly: numbers[index]), pages.types.indices.contains(page),
                pages.types[page] == type,
                let firstSeries = UInt32(exactly: series[index])
            else {
                throw FormatFault(
                    offset: start, detail: "leaf \(index) of the \(type) is no such page: \(numbers[index])")
            }
            // A page that were two leaves, one of them not full, would have a count of entries for one of them only.
            guard index == 0 || numbers[index - 1] < numbers[index] else {
                throw FormatFault(offset: start, detail: "leaf \(index) of the \(type): page \(page) is out of order")
            }
            leaves.append(
                SegmentLeafRoot(
                    page: UInt32(page), firstSeries: SeriesID(rawValue: firstSeries), firstTimestamp: firsts[index],
                    lastTimestamp: firsts[index] &+ spans[index]))
        }
        return leaves
    }
}

/// One leaf as its root knows it. The series index uses no times, the time index no series: they are zero there.
struct SegmentLeafRoot: Equatable, Sendable {
    var page: UInt32
    var firstSeries = SeriesID(rawValue: 0)
    /// Earliest and latest row of all blocks of the leaf.
    var firstTimestamp: Int64 = 0
    var lastTimestamp: Int64 = 0
}

/// Last 32 bytes of a segment. Format: Docs/Format/segment.md, "Trailer".
struct SegmentTrailer: Equatable {
    var footerOffset: Int
    var footerByteCount: Int
    var footerCRC: UInt32
    var fileCRC: UInt32

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: SegmentFormat.trailerByteCount)
        writer.write(UInt64(footerOffset))
        writer.write(UInt32(footerByteCount))
        writer.write(footerCRC)
        writer.write(fileCRC)
        writer.write(CRC32C.checksum(writer.bytes))
        writer.write(SegmentFormat.endMagic)
        return writer.bytes
    }

    /// - Parameter fileByteCount: of the whole file, which the footer must fill up to the trailer.
    @_lifetime(cursor: copy cursor)
    init(_ cursor: inout ByteCursor, fileByteCount: Int, computedCRC: UInt32) throws(FormatFault) {
        let offset: UInt64 = try cursor.field()
        let byteCount: UInt32 = try cursor.field()
        footerCRC = try cursor.field()
        fileCRC = try cursor.field()
        let crc: UInt32 = try cursor.field()
        let magic: UInt64 = try cursor.field()
        guard magic == SegmentFormat.endMagic else {
            throw FormatFault(offset: 24, detail: "end mark VRVSEGND missing: the file was cut or never finished")
        }
        guard crc == computedCRC else {
            throw FormatFault(
                offset: 20,
                detail:
                    "checksum of the trailer: stored \(Corruption.hex(crc)), computed \(Corruption.hex(computedCRC))")
        }
        footerByteCount = Int(byteCount)
        guard let start = Int(exactly: offset), start >= SegmentFormat.superblockByteCount,
            start <= fileByteCount, start + footerByteCount + SegmentFormat.trailerByteCount == fileByteCount
        else {
            throw FormatFault(
                offset: 0, detail: "footer at \(offset) with \(byteCount) bytes in a file of \(fileByteCount)")
        }
        footerOffset = start
    }

    init(footerOffset: Int, footerByteCount: Int, footerCRC: UInt32, fileCRC: UInt32) {
        self.footerOffset = footerOffset
        self.footerByteCount = footerByteCount
        self.footerCRC = footerCRC
        self.fileCRC = fileCRC
    }

    /// The checksum that pins a whole file: over the checksums of superblock, pages and footer, in file order.
    static func fileCRC(superblock: UInt32, pages: [UInt32], footer: UInt32) -> UInt32 {
        var writer = ByteWriter(capacity: 4 * (pages.count + 2))
        writer.write(superblock)
        for crc in pages { writer.write(crc) }
        writer.write(footer)
        return CRC32C.checksum(writer.bytes)
    }
}
