import VarveBytes
import VarveCodec
package import VarveCrypto
package import VarveIO
import VarveModel

extension SegmentReader {
    /// Reports every place that is not as the format page says: checksums, the order and bounds of all indexes, the
    /// rows of all blocks, and statistics, which are computed anew.
    ///
    /// Reads every page from disk, whatever the cache holds, then decodes everything. Goes on after a fault where that
    /// makes sense.
    /// - Parameter pass: is called before each page and block; what it throws ends the verification.
    /// - Throws: `.disk`, and what `pass` throws.
    package func verify(
        pass: () throws(StoreError) -> Void = {}, report: (Corruption) -> Void
    ) throws(StoreError) {
        let verifier = SegmentVerifier(reader: self)
        try verifier.verifyPages(pass, report)
        try verifier.attempt(report) { () throws(StoreError) in try verifier.verifyTimes(pass, report) }
        try verifier.attempt(report) { () throws(StoreError) in try verifier.verifyBlocks(pass, report) }
        try verifier.attempt(report) { () throws(StoreError) in try verifier.verifySeries(report) }
        try verifier.attempt(report) { () throws(StoreError) in try RollupVerifier(self).verify(report) }
    }

    /// Opens and verifies a file.
    /// - Returns: the reader, unless the file is too damaged to open; that is reported like any other fault.
    /// - Throws: `.disk`, `.newerFormat`; `.sealed` when its key is not to be had.
    @discardableResult
    package static func verify(
        _ path: String, fileSystem: any FileSystem, wrappedKey: WrappedKey? = nil,
        keyProvider: (any KeyProvider)? = nil, report: (Corruption) -> Void
    ) throws(StoreError) -> SegmentReader? {
        do {
            let reader = try SegmentReader(
                opening: path, fileSystem: fileSystem, cache: PageCache(), wrappedKey: wrappedKey,
                keyProvider: keyProvider)
            try reader.verify(report: report)
            return reader
        } catch .corrupt(let place) {
            report(place)
            return nil
        }
    }
}

/// The passes of a verification. Each reports what it finds and throws only where it cannot go on.
private struct SegmentVerifier {
    let reader: SegmentReader

    func attempt(_ report: (Corruption) -> Void, _ pass: () throws(StoreError) -> Void) throws(StoreError) {
        do { try pass() } catch .corrupt(let place) { report(place) }
    }

    private func fault(_ offset: Int, _ detail: String) -> Corruption {
        Corruption(path: reader.path, offset: offset, detail: detail)
    }

    /// Every page on disk, against its header and the page table.
    func verifyPages(
        _ pass: () throws(StoreError) -> Void, _ report: (Corruption) -> Void
    ) throws(StoreError) {
        for page in 0..<reader.footer.pages.count {
            try pass()
            try attempt(report) { () throws(StoreError) in
                _ = try reader.verifyPage(page)
            }
        }
    }

    /// Every time block: decodable, in order, as the index says, and nothing between or after them.
    func verifyTimes(
        _ pass: () throws(StoreError) -> Void, _ report: (Corruption) -> Void
    ) throws(StoreError) {
        var packing = Packing()
        let buffer = UnsafeMutableBufferPointer<Int64>.allocate(capacity: SegmentFormat.blockRowsMax)
        defer { buffer.deallocate() }
        for leafNumber in reader.footer.timeLeaves.indices {
            let leaf = try reader.timeLeaf(leafNumber)
            let root = reader.footer.timeLeaves[leafNumber]
            if leaf.range != (root.firstTimestamp, root.lastTimestamp) {
                report(fault(reader.footerOffset, "root of the time index: times of leaf \(leafNumber) are wrong"))
            }
            for entry in leaf.entries {
                try pass()
                try attempt(report) { () throws(StoreError) in
                    let byteCount = try verifyTimeBlock(entry, buffer)
                    try checkPacking(&packing, entry.page, entry.offset, byteCount, .time)
                }
            }
        }
        try checkEnd(packing)
    }

    private func verifyTimeBlock(
        _ entry: TimeBlockEntry, _ buffer: UnsafeMutableBufferPointer<Int64>
    ) throws(StoreError) -> Int {
        let payload = try reader.payload(entry.page, .time)
        let rows = UnsafeMutableBufferPointer(rebasing: buffer[..<entry.rowCount])
        return try decoding(reader.path, at: payload.fileOffset + Int(entry.offset)) { () throws(FormatFault) in
            var cursor = payload.cursor(at: Int(entry.offset))
            try cursor.integers(into: rows)
            guard rows[0] == entry.firstTimestamp, rows[rows.count - 1] == entry.lastTimestamp else {
                throw FormatFault(offset: 0, detail: "first or last time of the block is not that of the index")
            }
            for index in 1..<max(rows.count, 1) where rows[index] < rows[index - 1] {
                throw FormatFault(offset: 0, detail: "row \(index) of a time block lies before row \(index - 1)")
            }
            return cursor.offset
        }
    }

    /// Every block: decodable, statistics as computed anew, series in one run and ascending in time, totals as the
    /// superblock says.
    func verifyBlocks(
        _ pass: () throws(StoreError) -> Void, _ report: (Corruption) -> Void
    ) throws(StoreError) {
        var packing = Packing()
        var run = SeriesRun()
        let blocks = BlockVerifier(reader)
        var cursor = SegmentBlockCursor(everythingOf: reader, in: .all)
        var rowCount = 0
        while let block = try cursor.next() {
            rowCount += block.rowCount
            try pass()
            try attempt(report) { () throws(StoreError) in
                try checkRoot(block)
                if let detail = run.add(block) { report(fault(reader.footerOffset, detail)) }
                let byteCount = try blocks.verify(block)
                try checkPacking(&packing, block.entry.page, block.entry.offset, byteCount, .block)
            }
        }
        try checkEnd(packing)
        let summary = reader.summary
        if rowCount != summary.rowCount { report(fault(104, "\(summary.rowCount) rows promised, \(rowCount) found")) }
        guard let range = run.range else { return }
        if range != (summary.firstTimestamp, summary.lastTimestamp) {
            report(fault(88, "rows span \(range.first)…\(range.last), which the superblock does not say"))
        }
        let window = summary.identity.window
        if !window.contains(range.first) || !window.contains(range.last) {
            report(fault(48, "rows span \(range.first)…\(range.last), outside the window"))
        }
    }

    private func checkRoot(_ block: SegmentBlockCursor.Block) throws(StoreError) {
        let (leaf, index) = block.ordinal.quotientAndRemainder(dividingBy: SegmentFormat.indexLeafEntries)
        let root = reader.footer.blockLeaves[leaf]
        let isInside =
            block.firstTimestamp >= root.firstTimestamp && block.lastTimestamp <= root.lastTimestamp
        guard isInside, index != 0 || root.firstSeries == block.entry.series else {
            throw .corrupt(fault(reader.footerOffset, "root of the block index: leaf \(leaf) is not as it says"))
        }
    }

    /// The series index: as many series as promised, ascending across leaves, each pointing at blocks of its own.
    ///
    /// That every run is listed was seen with its block, so equal counts mean that nothing else is.
    func verifySeries(_ report: (Corruption) -> Void) throws(StoreError) {
        var blockCount = 0
        var wantedCount = 0
        for leaf in reader.footer.blockLeaves.indices {
            wantedCount += try reader.blockLeaf(leaf).entries.reduce(0) { $0 + ($1.runs?.seriesCount ?? 1) }
        }
        var previous: SeriesID?
        for (number, root) in reader.footer.seriesLeaves.enumerated() {
            let leaf = try reader.seriesLeaf(number)
            if leaf.entries.first?.series != root.firstSeries || previous.map({ $0 >= root.firstSeries }) ?? false {
                report(fault(reader.footerOffset, "root of the series index: leaf \(number) is not as it says"))
            }
            previous = leaf.entries.last?.series
            for entry in leaf.entries {
                blockCount += entry.blockCount
                for ordinal in [entry.firstBlock, entry.firstBlock + entry.blockCount - 1] {
                    let (leaf, index) = ordinal.quotientAndRemainder(dividingBy: SegmentFormat.indexLeafEntries)
                    let block = try reader.blockLeaf(leaf).entries[index]
                    if block.series != entry.series && (block.runs == nil || entry.blockCount > 1) {
                        report(fault(reader.footerOffset, "series index: block \(ordinal) is of another series"))
                    }
                }
            }
        }
        if blockCount != wantedCount {
            report(fault(reader.footerOffset, "series index names \(blockCount) of \(wantedCount) blocks and runs"))
        }
    }

    // MARK: Packing

    /// Blocks follow one another inside pages without gaps; this is where the next one must start.
    private struct Packing {
        var page: UInt32?
        var offset = 0
    }

    private func checkPacking(
        _ packing: inout Packing, _ page: UInt32, _ offset: UInt32, _ byteCount: Int, _ type: SegmentPageType
    ) throws(StoreError) {
        if packing.page != page {
            try checkEnd(packing)
            packing = Packing(page: page)
        }
        guard Int(offset) == packing.offset else {
            throw .corrupt(fault(reader.footerOffset, "\(type) page \(page): bytes \(packing.offset)…\(offset) unused"))
        }
        packing.offset += byteCount
    }

    private func checkEnd(_ packing: Packing) throws(StoreError) {
        guard let page = packing.page else { return }
        let payload = try reader.payload(page, reader.footer.pages.types[Int(page)])
        guard payload.payloadByteCount == packing.offset else {
            let detail = "page \(page): \(payload.payloadByteCount - packing.offset) bytes after the last block"
            throw .corrupt(fault(payload.fileOffset + packing.offset, detail))
        }
    }

    // MARK: Order

    /// The series seen so far, and the times of the current one.
    private struct SeriesRun {
        private var seen: Set<SeriesID> = []
        private var current: SeriesID?
        private var end: Int64 = 0
        private(set) var range: (first: Int64, last: Int64)?

        /// What is wrong with the order, or nil.
        mutating func add(_ block: SegmentBlockCursor.Block) -> String? {
            range = (
                min(range?.first ?? block.firstTimestamp, block.firstTimestamp),
                max(range?.last ?? block.lastTimestamp, block.lastTimestamp)
            )
            defer { end = block.lastTimestamp }
            if current == block.entry.series && block.entry.runs == nil {
                return block.firstTimestamp >= end ? nil : "block \(block.ordinal) starts before its predecessor ends"
            }
            // Nothing may follow a block of several series: each has but one run in the segment.
            current = block.entry.runs == nil ? block.entry.series : nil
            let isNew = seen.insert(block.entry.series).inserted
            return isNew ? nil : "blocks of series \(block.entry.series.rawValue) are not together"
        }
    }
}

/// Decodes single blocks and compares them with the index. Reuses its memory.
private final class BlockVerifier {
    private let reader: SegmentReader
    private let times: SegmentTimes
    private var values = RowBuffer<Double>()

    init(_ reader: SegmentReader) {
        self.reader = reader
        times = SegmentTimes(reader)
    }

    /// - Returns: bytes of the block.
    func verify(_ block: SegmentBlockCursor.Block) throws(StoreError) -> Int {
        if let runs = block.entry.runs { return try verify(block, runs) }
        guard var stored = block.entry.statistics else {
            return try RecordBlock(reader, block).decodeEverything() - Int(block.entry.offset)
        }
        let buffer = values.prefix(block.time.rowCount)
        let payload = try reader.payload(block.entry.page, .block)
        let byteCount = try SegmentChunk.decodeValues(reader, payload, block.entry, into: buffer)
        stored.count = buffer.count
        let computed = BlockStatistics(of: UnsafeBufferPointer(buffer))
        guard stored == computed else {
            let detail = "statistics of block \(block.ordinal) are not those of its values"
            throw .corrupt(Corruption(path: reader.path, offset: reader.footerOffset, detail: detail))
        }
        return byteCount
    }
    /// A block of several series: its directory, the values of all runs, and that the series index lists each run here
    /// and nowhere else.
    private func verify(_ block: SegmentBlockCursor.Block, _ runs: BlockRuns) throws(StoreError) -> Int {
        let directory = try reader.directory(of: block.entry, runs)
        for series in directory.series {
            let listed = SeriesEntry(series: series, firstBlock: block.ordinal, blockCount: 1)
            guard try reader.entry(of: series) == listed else {
                let detail =
                    "series index: series \(series.rawValue) is not listed in block \(block.ordinal)"
                throw .corrupt(Corruption(path: reader.path, offset: reader.footerOffset, detail: detail))
            }
        }
        guard directory.timeBlocks[0] == block.entry.timeBlock else {
            let detail = "block \(block.ordinal) does not begin with the time block that the index names"
            throw .corrupt(Corruption(path: reader.path, offset: reader.footerOffset, detail: detail))
        }
        guard reader.schema.hasStatistics else {
            return try RecordBlock(reader, block).decodeEverything() - Int(block.entry.offset)
        }
        return try reader.decodeRuns(block.entry, directory, into: values.prefix(directory.rowCount))
    }
}
