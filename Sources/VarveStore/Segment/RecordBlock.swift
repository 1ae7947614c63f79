import VarveBytes
import VarveCodec

/// A block of rows with several columns: of one series, or runs of several. Decodes a column when it is asked for,
/// once, and BODY pages only for the rows wanted. Format: Docs/Format/segment.md, "Block".
///
/// A column lies behind those before it, so these are decoded with it, as far as their sizes need it: the ids of
/// dictionaries, no strings. Belongs to one scan on one thread. Memory: the block uncompressed, and one BODY page.
final class RecordBlock {
    let reader: SegmentReader
    let rowCount: Int
    /// Whose rows lie where; nil for a block of one series.
    let directory: RunDirectory?
    private let entry: BlockEntry
    private let time: TimeBlockEntry
    private let payload: SegmentPayload
    /// Starts of the columns in the payload as far as they are known; one more than there are `contents`.
    private var starts: [Int]
    private var contents: [Content] = []
    private var budget = BlockBudget()
    /// The BODY page that was used last.
    private var bodyPage: (number: Int, bodies: [[UInt8]])?

    private enum Content {
        case values(SegmentColumnValues)
        case strings(StringColumn)
        case lists(ListColumn)
        case identifiers
        case bodies(BodyPages)
    }

    /// - Parameter block: one run of a block of several series stands for the whole block.
    init(_ reader: SegmentReader, _ block: SegmentBlockCursor.Block) throws(StoreError) {
        self.reader = reader
        entry = block.entry
        time = block.time
        payload = try reader.payload(block.entry.page, .block)
        if let runs = block.entry.runs {
            // The entry of a run has the run's own series; the directory is checked against that of the block.
            let directory =
                if let known = block.directory {
                    known
                } else {
                    try reader.directory(ofBlock: block.ordinal, block.entry, runs)
                }
            self.directory = directory
            rowCount = directory.rowCount
            starts = [directory.valuesOffset]
        } else {
            directory = nil
            rowCount = block.time.rowCount
            starts = [Int(block.entry.offset)]
        }
    }

    /// Runs of the block: 1 for a block of one series.
    var runCount: Int { directory?.series.count ?? 1 }

    func series(ofRun run: Int) -> SeriesID { directory?.series[run] ?? entry.series }

    func rows(ofRun run: Int) -> Range<Int> {
        guard let directory else { return 0..<rowCount }
        return directory.starts[run]..<directory.starts[run + 1]
    }

    /// Times of the rows of a run, ascending.
    /// - Throws: `.corrupt` when they are not.
    func timestamps(ofRun run: Int, _ times: SegmentTimes) throws(StoreError) -> [Int64] {
        let ordinal = directory?.timeBlocks[run] ?? entry.timeBlock
        let place = directory?.times[run] ?? time
        let column = try times.decode(ordinal, place)
        let timestamps = (0..<place.rowCount).map { column[$0] }
        for row in timestamps.indices.dropFirst() where timestamps[row] < timestamps[row - 1] {
            let detail = "times of a series are not ascending"
            throw .corrupt(Corruption(path: reader.path, offset: reader.footerOffset, detail: detail))
        }
        return timestamps
    }

    // MARK: Columns

    /// The values of a column in `rows`, ascending rows being the fastest. A column that the file does not have is
    /// empty.
    func values(_ column: SegmentColumn, rows: [Int]) throws(StoreError) -> SegmentColumnValues {
        guard let index = try position(of: column) else { return .absent(column.type, count: rows.count) }
        switch try content(index) {
        case .values(let values): return values.gather(rows)
        case .strings(let strings): return .strings(rows.map { strings[$0] })
        case .lists(let lists): return .stringLists(rows.map { lists[$0] })
        case .identifiers: return .identifiers(identifiers(starts[index], rows))
        case .bodies(let pages): return .bodies(try bodies(pages, rows))
        }
    }

    /// Those of `rows` that satisfy a condition.
    func rows(_ rows: [Int], matching predicate: ColumnPredicate) throws(StoreError) -> [Int] {
        let schema = reader.summary.identity.kind.schema
        guard let known = schema.index(of: predicate.column) else { return [] }
        let column = schema.columns[known]
        guard let index = try position(of: column) else {
            let absent = SegmentColumnValues.absent(column.type, count: 1)
            return absent.rows([0], equalTo: predicate.value).isEmpty ? [] : rows
        }
        switch (try content(index), predicate.value) {
        case (.strings(let strings), .string(let text)): return strings.rows(rows, equalTo: text)
        case (.lists(let lists), .string(let text)): return lists.rows(rows, containing: text)
        case (.identifiers, .identifier(let wanted)):
            return zip(rows, identifiers(starts[index], rows)).filter { $0.1 == wanted }.map(\.0)
        case (.values(let values), let wanted): return values.rows(rows, equalTo: wanted)
        default: return []
        }
    }

    /// Decodes every column, bodies included, for those who verify.
    /// - Returns: where the block ends in the page's payload.
    func decodeEverything() throws(StoreError) -> Int {
        for index in reader.schema.columns.indices {
            guard case .bodies(let pages) = try content(index) else { continue }
            for page in pages.rowsPerPage.indices { _ = try bodies(pages, pageIndex: page) }
        }
        return starts[starts.count - 1]
    }

    /// Bytes of a column inside the block.
    func byteCount(ofColumn index: Int) throws(StoreError) -> Int {
        _ = try content(index)
        return starts[index + 1] - starts[index]
    }

    /// First byte of a column: of most types how it is coded.
    func firstByte(ofColumn index: Int) throws(StoreError) -> UInt8 {
        _ = try content(index)
        return payload.page[SegmentFormat.pageHeaderByteCount + starts[index]]
    }

    /// The BODY pages of a column; none for other types.
    func bodyPages(ofColumn index: Int) throws(StoreError) -> Range<Int> {
        guard case .bodies(let pages) = try content(index) else { return 0..<0 }
        return pages.first..<(pages.first + pages.rowsPerPage.count)
    }

    /// Bytes of the directory of runs.
    var directoryByteCount: Int { starts[0] - Int(entry.offset) }

    /// The position of a column in the file.
    /// - Throws: `.corrupt` when the file has it with another type.
    private func position(of column: SegmentColumn) throws(StoreError) -> Int? {
        guard let index = reader.schema.index(of: column.name) else { return nil }
        guard reader.schema.columns[index].type == column.type else {
            let detail = "column \(column.name) is of another type than the segment's kind has"
            throw .corrupt(Corruption(path: reader.path, offset: 128, detail: detail))
        }
        return index
    }

    private func content(_ index: Int) throws(StoreError) -> Content {
        let payload = payload
        while contents.count <= index {
            let start = starts[contents.count]
            let type = reader.schema.columns[contents.count].type
            var end = start
            let content = try decoding(reader.path, at: payload.fileOffset + start) { () throws(FormatFault) in
                var cursor = payload.cursor(at: start)
                let pageCount = reader.footer.pages.count
                let content = try Self.read(type, &cursor, rowCount: rowCount, pageCount: pageCount, &budget)
                end += cursor.offset
                return content
            }
            contents.append(content)
            starts.append(end)
        }
        return contents[index]
    }

    @_lifetime(cursor: copy cursor)
    private static func read(
        _ type: SegmentColumnType, _ cursor: inout ByteCursor, rowCount: Int, pageCount: Int,
        _ budget: inout BlockBudget
    ) throws(FormatFault) -> Content {
        switch type {
        case .integer: return .values(.integers(try cursor.integers(count: rowCount)))
        case .float: return .values(.floats(try cursor.floats(count: rowCount)))
        case .string: return .strings(try budget.strings(&cursor, count: rowCount))
        case .stringList: return .lists(try ListColumn(&cursor, rowCount: rowCount, &budget))
        case .bytes16:
            try cursor.skipField(count: 16 * rowCount)
            return .identifiers
        case .body: return .bodies(try BodyPages(&cursor, rowCount: rowCount, pageCount: pageCount))
        }
    }

    /// - Precondition: the column's bytes were seen to be there.
    private func identifiers(_ start: Int, _ rows: [Int]) -> [UUID16] {
        payload.page.withUnsafeBytes { bytes in
            rows.map { row in
                let offset = SegmentFormat.pageHeaderByteCount + start + 16 * row
                return UUID16(
                    high: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
                    low: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
            }
        }
    }

    // MARK: Bodies

    private func bodies(_ pages: BodyPages, _ rows: [Int]) throws(StoreError) -> [[UInt8]] {
        var found: [[UInt8]] = []
        found.reserveCapacity(rows.count)
        for row in rows {
            let (page, index) = pages.place(of: row)
            found.append(try bodies(pages, pageIndex: page)[index])
        }
        return found
    }

    private func bodies(_ pages: BodyPages, pageIndex: Int) throws(StoreError) -> [[UInt8]] {
        let number = pages.first + pageIndex
        if let bodyPage, bodyPage.number == number { return bodyPage.bodies }
        let payload = try reader.payload(UInt32(number), .body)
        let bodies = try decoding(reader.path, at: payload.fileOffset) { () throws(FormatFault) in
            var cursor = payload.cursor()
            let bodies = try cursor.blobs(count: pages.rowsPerPage[pageIndex])
            try cursor.requireEnd("BODY page")
            return bodies
        }
        bodyPage = (number, bodies)
        return bodies
    }
}

/// What the streams of one block may take together: each by itself has a limit, and their number has none that helps. A
/// few bytes stand for a dictionary of 4 MiB, or for a list of thousands of empty strings.
private struct BlockBudget {
    private var dictionaryByteCount = 0
    private var listItemCount = 0

    /// Reads an S stream.
    @_lifetime(cursor: copy cursor)
    mutating func strings(_ cursor: inout ByteCursor, count: Int) throws(FormatFault) -> StringColumn {
        let start = cursor.offset
        let column = try cursor.stringColumn(count: count)
        dictionaryByteCount += column.dictionaryByteCount
        guard dictionaryByteCount <= SegmentFormat.blockDictionaryByteCountMax else {
            let limit = SegmentFormat.blockDictionaryByteCountMax
            throw FormatFault(offset: start, detail: "the block's dictionaries have more than \(limit) bytes")
        }
        return column
    }

    /// - Parameter offset: of the column, for the error.
    mutating func take(listItems count: Int, at offset: Int) throws(FormatFault) {
        listItemCount += count
        guard listItemCount <= SegmentFormat.listItemsMax else {
            let detail = "\(listItemCount) list items, at most \(SegmentFormat.listItemsMax) expected"
            throw FormatFault(offset: offset, detail: detail)
        }
    }
}

/// The place of a block's bodies.
private struct BodyPages {
    /// Number of the first of the pages, which follow one another.
    let first: Int
    let rowsPerPage: [Int]
    /// Row that each page begins with.
    private let starts: [Int]

    @_lifetime(cursor: copy cursor)
    init(_ cursor: inout ByteCursor, rowCount: Int, pageCount: Int) throws(FormatFault) {
        let start = cursor.offset
        let count = try cursor.countField(limit: rowCount)
        first = try cursor.countField(limit: pageCount)
        let rows = try cursor.integers(count: count, in: 1...Int64(rowCount), "rows of a BODY page")
        // At most 8 192 numbers of at most 8 192.
        let total = rows.reduce(0, +)
        guard total == rowCount, first + count <= pageCount else {
            throw FormatFault(
                offset: start, detail: "\(count) BODY pages from \(first) on hold \(total) rows, not \(rowCount)")
        }
        rowsPerPage = rows.map { Int($0) }
        var starts: [Int] = []
        var next = 0
        for rows in rowsPerPage {
            starts.append(next)
            next += rows
        }
        self.starts = starts
    }

    func place(of row: Int) -> (page: Int, index: Int) {
        let page = starts.partitioningIndex { $0 > row } - 1
        return (page, row - starts[page])
    }
}

/// A decoded column of lists.
private struct ListColumn {
    /// Items `starts[i]..<starts[i + 1]` belong to row i.
    private var starts = [0]
    /// Of 4 096 items each, the last one shorter.
    private var items: [StringColumn] = []

    @_lifetime(cursor: copy cursor)
    init(_ cursor: inout ByteCursor, rowCount: Int, _ budget: inout BlockBudget) throws(FormatFault) {
        let itemsMax = SegmentFormat.listItemsMax
        let start = cursor.offset
        let counts = try cursor.integers(count: rowCount, in: 0...Int64(itemsMax), "list length")
        starts.reserveCapacity(rowCount + 1)
        // At most 8 192 counts of at most 2^20: cannot overflow.
        for count in counts { starts.append(starts[starts.count - 1] + Int(count)) }
        var rest = starts[rowCount]
        try budget.take(listItems: rest, at: start)
        while rest > 0 {
            items.append(try budget.strings(&cursor, count: min(Self.chunk, rest)))
            rest -= min(Self.chunk, rest)
        }
    }

    private static let chunk = SegmentFormat.blockRowsTarget

    subscript(row: Int) -> [[UInt8]] {
        (starts[row]..<starts[row + 1]).map { items[$0 / Self.chunk][$0 % Self.chunk] }
    }

    /// Those of `rows` one of whose strings is `value`.
    func rows(_ rows: [Int], containing value: [UInt8]) -> [Int] {
        var isFound = [Bool](repeating: false, count: starts[starts.count - 1])
        for (chunk, column) in items.enumerated() {
            for item in column.rows(Array(0..<column.count), equalTo: value) {
                isFound[chunk * Self.chunk + item] = true
            }
        }
        return rows.filter { row in (starts[row]..<starts[row + 1]).contains { isFound[$0] } }
    }
}
