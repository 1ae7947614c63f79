import VarveBytes
import VarveCodec
import VarveModel

/// What `varve inspect` shows of a segment.
package struct SegmentDescription: Sendable {
    package var summary: SegmentSummary
    package var columns: [ColumnDescription]
    /// Pages and bytes by what they hold; the superblock and the trailer are in none of them.
    package var pages: [PageDescription]
    package var timeBlockCount: Int
    package var blockCount: Int
    /// Blocks that hold short runs of several series.
    package var runsBlockCount = 0
    /// Blocks of sums by 5 min and by 1 h.
    package var rollupBlockCount = 0
    /// Bytes of the directories of short runs, which no column counts.
    package var directoryByteCount = 0

    /// Bytes of the whole file per row: for metrics, bytes per sample.
    package var bytesPerRow: Double {
        summary.rowCount == 0 ? 0 : Double(summary.byteCount) / Double(summary.rowCount)
    }

    /// One column; the times of the rows are the column `time`.
    package struct ColumnDescription: Sendable, Equatable {
        package var name: String
        package var type: SegmentColumnType
        /// Encoded bytes, without page headers and index.
        package var byteCount = 0
        package var blockCount = 0
        /// Rows stored: for `time` fewer than the segment has, because sibling series share them.
        package var rowCount = 0
        /// Blocks by the first byte of their stream, which says how it is coded (Docs/Format/columns.md).
        package var modes: [UInt8: Int] = [:]

        init(name: String, type: SegmentColumnType) {
            self.name = name
            self.type = type
        }
    }

    /// All pages of one type.
    package struct PageDescription: Sendable, Equatable {
        package var type: SegmentPageType
        package var pageCount: Int
        /// Headers and padding included.
        package var byteCount: Int
    }
}

extension SegmentReader {
    /// Figures by column. Decodes the whole segment.
    package func describe() throws(StoreError) -> SegmentDescription {
        var time = SegmentDescription.ColumnDescription(name: "time", type: .integer)
        for leaf in footer.timeLeaves.indices {
            for entry in try timeLeaf(leaf).entries { try describe(entry, into: &time) }
        }
        var columns = schema.columns.map { SegmentDescription.ColumnDescription(name: $0.name, type: $0.type) }
        var cursor = SegmentBlockCursor(everythingOf: self, in: .all)
        var runsBlockCount = 0
        var directoryByteCount = 0
        while let block = try cursor.next() {
            if block.entry.runs != nil { runsBlockCount += 1 }
            if schema.hasStatistics, let runs = block.entry.runs {
                directoryByteCount += try describe(block.entry, runs, into: &columns[0])
            } else {
                directoryByteCount += try describe(block, into: &columns)
            }
        }
        return SegmentDescription(
            summary: summary, columns: [time] + columns, pages: describePages(), timeBlockCount: footer.timeBlockCount,
            blockCount: footer.blockCount, runsBlockCount: runsBlockCount, rollupBlockCount: footer.rollupCount,
            directoryByteCount: directoryByteCount)
    }

    /// - Returns: bytes of the directory.
    private func describe(
        _ entry: BlockEntry, _ runs: BlockRuns, into column: inout SegmentDescription.ColumnDescription
    ) throws(StoreError) -> Int {
        let directory = try directory(of: entry, runs)
        var values = RowBuffer<Double>()
        let byteCount = try decodeRuns(entry, directory, into: values.prefix(directory.rowCount))
        let directoryByteCount = directory.valuesOffset - Int(entry.offset)
        let payload = try payload(entry.page, .block)
        let mode = try decoding(path, at: payload.fileOffset + directory.valuesOffset) { () throws(FormatFault) in
            var cursor = payload.cursor(at: directory.valuesOffset)
            return try cursor.field(UInt8.self)
        }
        column.add(rows: directory.rowCount, byteCount: byteCount - directoryByteCount, mode: mode)
        return directoryByteCount
    }

    private func describe(
        _ entry: TimeBlockEntry, into column: inout SegmentDescription.ColumnDescription
    ) throws(StoreError) {
        let payload = try payload(entry.page, .time)
        let (mode, byteCount) = try decoding(path, at: payload.fileOffset + Int(entry.offset)) {
            () throws(FormatFault) in
            var cursor = payload.cursor(at: Int(entry.offset))
            _ = try cursor.integers(count: entry.rowCount)
            let byteCount = cursor.offset
            cursor = payload.cursor(at: Int(entry.offset))
            return (try cursor.field(UInt8.self), byteCount)
        }
        column.add(rows: entry.rowCount, byteCount: byteCount, mode: mode)
    }

    /// - Returns: bytes of the directory of a block of several series.
    private func describe(
        _ block: SegmentBlockCursor.Block, into columns: inout [SegmentDescription.ColumnDescription]
    ) throws(StoreError) -> Int {
        let record = try RecordBlock(self, block)
        for index in columns.indices {
            var byteCount = try record.byteCount(ofColumn: index)
            for page in try record.bodyPages(ofColumn: index) {
                byteCount += footer.pages.byteCount(of: page) - SegmentFormat.pageHeaderByteCount
            }
            let mode = columns[index].type.hasMode ? try record.firstByte(ofColumn: index) : nil
            columns[index].add(rows: record.rowCount, byteCount: byteCount, mode: mode)
        }
        return record.directoryByteCount
    }

    private func describePages() -> [SegmentDescription.PageDescription] {
        let table = footer.pages
        let counted = SegmentPageType.allCases.map { (type: SegmentPageType) in
            let numbers = table.types.indices.filter { table.types[$0] == type }
            return SegmentDescription.PageDescription(
                type: type, pageCount: numbers.count, byteCount: numbers.reduce(0) { $0 + table.byteCount(of: $1) })
        }
        var pages = counted.filter { $0.pageCount > 0 && $0.type != .footer }
        let footerByteCount = summary.byteCount - footerOffset - SegmentFormat.trailerByteCount
        pages.append(.init(type: .footer, pageCount: 1, byteCount: footerByteCount))
        return pages
    }
}

extension SegmentDescription.ColumnDescription {
    fileprivate mutating func add(rows: Int, byteCount: Int, mode: UInt8?) {
        rowCount += rows
        blockCount += 1
        self.byteCount += byteCount
        if let mode { modes[mode, default: 0] += 1 }
    }
}

extension SegmentColumnType {
    /// Whether the first byte of a column says how it is coded.
    fileprivate var hasMode: Bool {
        switch self {
        case .integer, .float, .string: true
        case .stringList, .bytes16, .body: false
        }
    }
}
