import VarveBytes
import VarveIO
import VarveModel

/// Writes the files of one target for kinds with several columns: series by series, in blocks as a flush makes them.
struct RecordCompactionWriter {
    private let base: CompactionWriter
    private let schema: SegmentSchema

    init(_ base: CompactionWriter) {
        self.base = base
        schema = base.inputs[0].reader.summary.identity.kind.schema
    }

    private var target: CompactionTarget { base.target }

    /// Writes one file, reads it back and compares it with the inputs, row by row.
    /// - Returns: nil when no row is left: then there is no file.
    func write(_ series: [SeriesID], identity: SegmentIdentity, path: String) throws(StoreError) -> SegmentSummary? {
        try checkSchemas()
        let seal = try FileSeal.forSegment(identity.uuid, keys: base.keys, path: path)
        var builder = try SegmentBuilder(
            creating: path, identity: identity, fileSystem: base.fileSystem, effort: base.effort, seal: seal)
        var blockCount = 0
        var metric: UInt64?
        for series in series {
            let next = base.catalogue.storageOrder(of: series) >> 32
            if next != metric { try builder.beginGroup() }
            metric = next
            blockCount += try add(series, to: &builder)
        }
        guard blockCount > 0 else {
            try onDisk { () throws(DiskError) in try base.fileSystem.remove(path) }
            return nil
        }
        let summary = try builder.finish()
        try verify(series, path: path, summary)
        return summary
    }

    /// A column that is not known here would be lost. One that a file does not have has no values there.
    private func checkSchemas() throws(StoreError) {
        for input in base.inputs {
            for column in input.reader.schema.columns where !schema.columns.contains(column) {
                let detail = "column \(column.name) is not one of the segment's kind; the segment is not merged"
                throw .corrupt(Corruption(path: input.reader.path, offset: 128, detail: detail))
            }
        }
    }

    /// The times of rows that are kept; nil when all have expired.
    private func range(of series: SeriesID) -> TimeRange? {
        // Of keys and resources what is replaced goes with `keepsOnlyNewest`; the rest says what was, or is.
        let isState = base.inputs[0].reader.summary.identity.kind.isState
        let start =
            isState ? target.range.start : max(target.range.start, base.cutoffs.cutoff(of: series))
        return start < target.range.end ? TimeRange(start: start, end: target.range.end) : nil
    }

    /// - Returns: the number of blocks.
    private func add(_ series: SeriesID, to builder: inout SegmentBuilder) throws(StoreError) -> Int {
        guard let range = range(of: series) else { return 0 }
        var merge = try RecordMerge(
            series, of: base.inputs, in: range, schema: schema, endsAtWeeks: target.isMultiWindow)
        var blockCount = 0
        var written = builder.writtenByteCount
        var newest: RecordMerge.Block?
        while let block = try merge.next() {
            if target.keepsOnlyNewest {
                newest = block.last
            } else {
                try add(block, of: series, to: &builder)
                blockCount += 1
            }
            try base.control.pass(byteCount: builder.writtenByteCount - written)
            written = builder.writtenByteCount
        }
        if let newest {
            try add(newest, of: series, to: &builder)
            blockCount += 1
        }
        return blockCount
    }

    private func add(
        _ block: RecordMerge.Block, of series: SeriesID, to builder: inout SegmentBuilder
    ) throws(StoreError) {
        let time = try block.timestamps.withUnsafeBufferPointer { rows throws(StoreError) in
            try builder.addTimeBlock(rows)
        }
        try builder.addBlock(series: series, time: time, columns: block.columns)
    }

    // MARK: Verifying

    /// Reads the file back: every page and every block, then of each series the number of rows and a digest of all
    /// their values in order, against the inputs. These are read again and merged row by row, by code of its own.
    private func verify(_ series: [SeriesID], path: String, _ summary: SegmentSummary) throws(StoreError) {
        let output = try MergeInput(
            path: path, fileSystem: base.fileSystem, wrappedKey: summary.wrappedKey, keyProvider: base.keys?.provider)
        var problem: Corruption?
        try output.reader.verify { () throws(StoreError) in
            try base.control.pass(byteCount: 0)
        } report: {
            problem = problem ?? $0
        }
        if let problem { throw .corrupt(problem) }
        var rowCount = 0
        for series in series {
            let expected = try expected(series)
            var walk = try RecordWalk(series, of: output, in: target.range, schema, base.control)
            var found = RecordDigest()
            while let row = walk.first {
                found.add(row)
                try walk.advance()
            }
            rowCount += found.rowCount
            guard found == expected else {
                let detail = "merged rows of series \(series.rawValue) are not those of the segments they came from: "
                throw .corrupt(Corruption(path: path, offset: 0, detail: detail + "\(found), \(expected) expected"))
            }
        }
        guard rowCount == summary.rowCount else {
            throw .corrupt(Corruption(path: path, offset: 0, detail: "rows of other series than those merged"))
        }
    }

    private func expected(_ series: SeriesID) throws(StoreError) -> RecordDigest {
        var digest = RecordDigest()
        guard let range = range(of: series) else { return digest }
        var walks: [RecordWalk] = []
        for input in base.inputs { walks.append(try RecordWalk(series, of: input, in: range, schema, base.control)) }
        while true {
            var first: Int?
            for (index, walk) in walks.enumerated() {
                guard let row = walk.first else { continue }
                if let known = first.flatMap({ walks[$0].first }), known.timestamp <= row.timestamp { continue }
                first = index
            }
            guard let first, let row = walks[first].first else { return digest }
            if target.keepsOnlyNewest { digest = RecordDigest() }
            digest.add(row)
            try walks[first].advance()
        }
    }
}

extension RecordMerge.Block {
    /// The last row.
    fileprivate var last: RecordMerge.Block {
        let row = timestamps.count - 1
        return RecordMerge.Block(timestamps: [timestamps[row]], columns: columns.map { $0.gather([row]) })
    }
}

/// The rows of one series in one segment, one after the other, as times and hashes of all values. Memory: 16 bytes per
/// row of one block, and while it is decoded the block.
private struct RecordWalk {
    struct Row {
        var timestamp: Int64
        var hash: UInt64
    }

    private let input: MergeInput
    private let range: TimeRange
    private let schema: SegmentSchema
    private let control: CompactionControl
    private var blocks: ArraySlice<SegmentBlockCursor.Block>
    private var rows: [Row] = []
    private var next = 0

    init(
        _ series: SeriesID, of input: MergeInput, in range: TimeRange, _ schema: SegmentSchema,
        _ control: CompactionControl
    ) throws(StoreError) {
        self.input = input
        self.control = control
        self.range = range
        self.schema = schema
        blocks = try input.recordBlocks(of: series, in: range)[...]
        try fill()
    }

    /// nil at the end.
    var first: Row? { next < rows.count ? rows[next] : nil }

    mutating func advance() throws(StoreError) {
        next += 1
        if next >= rows.count { try fill() }
    }

    private mutating func fill() throws(StoreError) {
        rows = []
        next = 0
        while rows.isEmpty, let block = blocks.popFirst() {
            try control.pass(byteCount: 0)
            let (span, source) = try input.records(of: block, in: range)
            var hashes = [UInt64](repeating: 0, count: span.rows.count)
            for column in schema.columns { try source.values(column, rows: span.rows).mix(into: &hashes) }
            rows = zip(span.timestamps, hashes).map { Row(timestamp: $0, hash: $1) }
        }
    }
}

/// What must be the same before and after a merge, for one series: rows, their order and all their values.
private struct RecordDigest: Equatable {
    private(set) var rowCount = 0
    private var hash: UInt64 = 0

    mutating func add(_ row: RecordWalk.Row) {
        rowCount += 1
        hash = hash.mixed(UInt64(bitPattern: row.timestamp)).mixed(row.hash)
    }
}

extension UInt64 {
    /// Depends on the order of what is mixed in. Against accidents, not against design.
    fileprivate func mixed(_ value: UInt64) -> UInt64 {
        // 2^64 divided by the golden ratio, odd: spreads every bit of the difference.
        let product = (self ^ value).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        return product.high ^ product.low &+ (self << 1 | 1)
    }
}

extension SegmentColumnValues {
    /// Mixes each row's value into its hash.
    fileprivate func mix(into hashes: inout [UInt64]) {
        switch self {
        case .integers(let values): for row in hashes.indices { hashes[row].mix(UInt64(bitPattern: values[row])) }
        case .floats(let values): for row in hashes.indices { hashes[row].mix(values[row].bitPattern) }
        case .identifiers(let values):
            for row in hashes.indices {
                hashes[row].mix(values[row].high)
                hashes[row].mix(values[row].low)
            }
        case .strings(let values), .bodies(let values): for row in hashes.indices { hashes[row].mix(values[row]) }
        case .stringLists(let lists):
            for row in hashes.indices {
                hashes[row].mix(UInt64(lists[row].count))
                for item in lists[row] { hashes[row].mix(item) }
            }
        }
    }
}

extension UInt64 {
    fileprivate mutating func mix(_ value: UInt64) { self = mixed(value) }

    fileprivate mutating func mix(_ bytes: [UInt8]) {
        mix(UInt64(CRC32C.checksum(bytes)) << 32 | UInt64(bytes.count & 0xffff_ffff))
    }
}
