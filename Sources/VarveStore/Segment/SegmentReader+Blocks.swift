import VarveBytes
package import VarveModel

extension SegmentReader {
    /// Visits the blocks of `series` (nil: of all) that have rows in `range`, in file order. For kinds with several
    /// columns.
    /// - Parameters:
    ///   - series: ascending and distinct.
    ///   - visit: gets a block that is valid until it returns; it may hold rows outside `range`.
    /// - Returns: `.stop` when the visitor said so.
    package func blocks(
        of series: [SeriesID]? = nil, in range: TimeRange,
        visit: (SegmentBlock) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        var cursor =
            if let series {
                try SegmentBlockCursor(self, series: series, in: range)
            } else {
                SegmentBlockCursor(everythingOf: self, in: range)
            }
        let times = SegmentTimes(self)
        while let block = try cursor.next() {
            let visited = SegmentBlock(reader: self, block: block, times: times)
            if case .stop = try visit(visited) { return .stop }
        }
        return .next
    }
}

/// A run of rows of one series with several columns. Valid inside the visit that delivered it; decodes only what is
/// asked.
package struct SegmentBlock {
    private let reader: SegmentReader
    private let block: SegmentBlockCursor.Block
    private let times: SegmentTimes

    init(reader: SegmentReader, block: SegmentBlockCursor.Block, times: SegmentTimes) {
        self.reader = reader
        self.block = block
        self.times = times
    }

    package var series: SeriesID { block.entry.series }
    package var rowCount: Int { block.time.rowCount }
    package var firstTimestamp: Int64 { block.time.firstTimestamp }
    package var lastTimestamp: Int64 { block.time.lastTimestamp }

    /// Valid until the visit returns.
    package func timestamps() throws(StoreError) -> TimestampColumn {
        try times.decode(block.entry.timeBlock, block.time)
    }

    /// The values of the named columns, in the order of `names`. Bodies are read from disk only when named.
    /// - Throws: `.corrupt` when the file has no such column.
    package func columns(_ names: [String]) throws(StoreError) -> [SegmentColumnValues] {
        var wanted: [Int] = []
        for name in names {
            guard let index = reader.schema.index(of: name) else {
                let detail = "there is no column \(name)"
                throw .corrupt(Corruption(path: reader.path, offset: SegmentSuperblock.columnsOffset, detail: detail))
            }
            wanted.append(index)
        }
        let decoded = try SegmentColumnDecoder(reader).decode(block.entry, rowCount: rowCount, wanted: Set(wanted))
            .columns
        return wanted.map { decoded[$0]! }
    }

    /// The values of all columns, in the order of the schema.
    package func columns() throws(StoreError) -> [SegmentColumnValues] {
        try columns(reader.schema.columns.map(\.name))
    }
}

/// Decodes blocks column by column. Format: Docs/Format/segment.md, "Block".
struct SegmentColumnDecoder {
    private let reader: SegmentReader

    init(_ reader: SegmentReader) { self.reader = reader }

    /// A block in memory.
    struct Decoded {
        /// By position in the schema; nil for columns not wanted.
        var columns: [SegmentColumnValues?] = []
        /// Bytes of each column inside the block.
        var byteCounts: [Int] = []
        /// The BODY pages that the block refers to.
        var bodyPages: [Range<Int>] = []
    }

    /// The place of a block's bodies.
    private struct BodyPages {
        var first: Int
        var rowsPerPage: [Int]
    }

    /// Decodes the block; columns not in `wanted` are decoded too when another one follows them, but not kept.
    func decode(_ entry: BlockEntry, rowCount: Int, wanted: Set<Int>) throws(StoreError) -> Decoded {
        let payload = try reader.payload(entry.page, .block)
        var decoded = Decoded()
        var bodies: [(column: Int, pages: BodyPages)] = []
        try decoding(reader.path, at: payload.fileOffset + Int(entry.offset)) { () throws(FormatFault) in
            var cursor = payload.cursor(at: Int(entry.offset))
            for (index, column) in reader.schema.columns.enumerated() {
                let start = cursor.offset
                if column.type == .body {
                    let pages = try readBodyPages(&cursor, rowCount: rowCount)
                    bodies.append((index, pages))
                    decoded.bodyPages.append(pages.first..<(pages.first + pages.rowsPerPage.count))
                    decoded.columns.append(nil)
                } else {
                    let values = try read(column.type, &cursor, rowCount: rowCount)
                    decoded.columns.append(wanted.contains(index) ? values : nil)
                }
                decoded.byteCounts.append(cursor.offset - start)
            }
        }
        for body in bodies where wanted.contains(body.column) {
            decoded.columns[body.column] = .bodies(try readBodies(body.pages))
        }
        return decoded
    }

    @_lifetime(cursor: copy cursor)
    private func read(
        _ type: SegmentColumnType, _ cursor: inout ByteCursor, rowCount: Int
    ) throws(FormatFault) -> SegmentColumnValues {
        switch type {
        case .integer: return .integers(try cursor.integers(count: rowCount))
        case .float: return .floats(try cursor.floats(count: rowCount))
        case .string: return .strings(try cursor.strings(count: rowCount))
        case .stringList: return .stringLists(try readLists(&cursor, rowCount: rowCount))
        case .bytes16: return .identifiers(try readIdentifiers(&cursor, rowCount: rowCount))
        case .body: preconditionFailure("bodies have pages of their own")
        }
    }

    @_lifetime(cursor: copy cursor)
    private func readIdentifiers(_ cursor: inout ByteCursor, rowCount: Int) throws(FormatFault) -> [UUID16] {
        var identifiers: [UUID16] = []
        identifiers.reserveCapacity(rowCount)
        for _ in 0..<rowCount { identifiers.append(try cursor.uuidField()) }
        return identifiers
    }

    @_lifetime(cursor: copy cursor)
    private func readLists(_ cursor: inout ByteCursor, rowCount: Int) throws(FormatFault) -> [[[UInt8]]] {
        let itemsMax = SegmentFormat.listItemsMax
        let start = cursor.offset
        let counts = try cursor.integers(count: rowCount, in: 0...Int64(itemsMax), "list length")
        // At most 8 192 counts of at most 2^20: cannot overflow.
        let total = Int(counts.reduce(0, +))
        guard total <= itemsMax else {
            throw FormatFault(offset: start, detail: "\(total) list items, at most \(itemsMax) expected")
        }
        var items: [[UInt8]] = []
        while items.count < total {
            items.append(contentsOf: try cursor.strings(count: min(SegmentFormat.blockRowsTarget, total - items.count)))
        }
        var lists: [[[UInt8]]] = []
        lists.reserveCapacity(rowCount)
        var next = 0
        for count in counts {
            lists.append(Array(items[next..<(next + Int(count))]))
            next += Int(count)
        }
        return lists
    }

    @_lifetime(cursor: copy cursor)
    private func readBodyPages(_ cursor: inout ByteCursor, rowCount: Int) throws(FormatFault) -> BodyPages {
        let start = cursor.offset
        let pageCount = try cursor.countField(limit: rowCount)
        let first = try cursor.countField(limit: reader.footer.pages.count)
        let rows = try cursor.integers(count: pageCount, in: 1...Int64(rowCount), "rows of a BODY page")
        let total = rows.reduce(0, +)
        guard total == rowCount, first + pageCount <= reader.footer.pages.count else {
            throw FormatFault(
                offset: start, detail: "\(pageCount) BODY pages from \(first) on hold \(total) rows, not \(rowCount)")
        }
        return BodyPages(first: first, rowsPerPage: rows.map { Int($0) })
    }

    private func readBodies(_ pages: BodyPages) throws(StoreError) -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        for (index, rows) in pages.rowsPerPage.enumerated() {
            let payload = try reader.payload(UInt32(pages.first + index), .body)
            bodies += try decoding(reader.path, at: payload.fileOffset) { () throws(FormatFault) in
                var cursor = payload.cursor()
                let bodies = try cursor.blobs(count: rows)
                try cursor.requireEnd("BODY page")
                return bodies
            }
        }
        return bodies
    }
}
