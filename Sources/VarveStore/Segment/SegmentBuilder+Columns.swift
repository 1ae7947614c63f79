import VarveBytes
import VarveCodec

/// Short runs of rows with several columns that wait for others, to go into one block with them.
///
/// Memory: at most 1 024 runs of 4 096 rows together, of 8 MiB unless a single run is larger.
struct PendingRecords {
    private(set) var runs: [PendingRuns.Run] = []
    /// Of each run.
    private var columns: [[SegmentColumnValues]] = []
    private var rowCount = 0
    private var byteCount = 0

    /// Above it another run saves nothing more: 32 full BODY pages.
    static let byteCountMax = 32 * SegmentFormat.bodyPageRawByteCountTarget

    /// Whether the block may take this run too; its series ascend, so that one is found by binary search.
    func hasRoom(for series: SeriesID, _ values: [SegmentColumnValues]) -> Bool {
        guard let last = runs.last else { return true }
        return last.series < series && runs.count < SegmentFormat.runsTarget
            && byteCount + values.byteCount <= Self.byteCountMax
            && rowCount + (values.first?.rowCount ?? 0) <= SegmentFormat.blockRowsTarget
    }

    mutating func append(_ run: PendingRuns.Run, _ values: [SegmentColumnValues]) {
        runs.append(run)
        columns.append(values)
        rowCount += run.time.rowCount
        byteCount += values.byteCount
    }

    /// Takes the newest run back, if it is of `series`.
    mutating func removeLast(of series: SeriesID) -> (run: PendingRuns.Run, columns: [SegmentColumnValues])? {
        guard let run = runs.last, run.series == series, let values = columns.last else { return nil }
        runs.removeLast()
        columns.removeLast()
        rowCount -= run.time.rowCount
        byteCount -= values.byteCount
        return (run, values)
    }

    /// The columns of all runs, one run after the other. O(rows).
    /// - Precondition: there is a run.
    var concatenated: [SegmentColumnValues] {
        columns[0].indices.map { column in .concatenated(columns.map { $0[column] }) }
    }
}

extension SegmentBuilder {
    /// Adds one value of each column for each row of `time`; for all kinds but single numbers.
    ///
    /// The only block of a series, when it is short, waits for those of others as in
    /// ``addValueBlock(series:time:values:)``. Bodies go into BODY pages of their own, so that filtering by the other
    /// columns reads none of them.
    /// - Parameter columns: as ``schema`` lists them. Bodies have at most 16 MiB each.
    package mutating func addBlock(
        series: SeriesID, time: TimeBlockReference, columns: [SegmentColumnValues]
    ) throws(StoreError) {
        precondition(columns.map(\.type) == schema.columns.map(\.type), "the columns are those of the segment's kind")
        precondition(columns.allSatisfy { $0.rowCount == time.rowCount }, "one value per column and row")
        if let (run, earlier) = pendingRecords.removeLast(of: series) {
            try addWholeBlock(series: series, time: run.time, columns: earlier)
        }
        guard time.rowCount < SegmentFormat.runRowsEnd, seriesEntries.last?.series != series else {
            return try addWholeBlock(series: series, time: time, columns: columns)
        }
        if !pendingRecords.hasRoom(for: series, columns) { try sealRecords() }
        pendingRecords.append(PendingRuns.Run(series: series, time: time), columns)
    }

    private mutating func addWholeBlock(
        series: SeriesID, time: TimeBlockReference, columns: [SegmentColumnValues]
    ) throws(StoreError) {
        let offset = blockPage.payload.count
        var writer = ByteWriter()
        try encode(columns, into: &writer)
        blockPage.payload.append(contentsOf: writer.bytes)
        try addEntry(series: series, time: time, offset: offset, statistics: nil)
    }

    /// Writes the waiting runs of kinds with several columns as one block.
    mutating func sealRecords() throws(StoreError) {
        guard let first = pendingRecords.runs.first else { return }
        let waiting = pendingRecords
        pendingRecords = PendingRecords()
        guard waiting.runs.count > 1 else {
            return try addWholeBlock(series: first.series, time: first.time, columns: waiting.concatenated)
        }
        let offset = blockPage.payload.count
        var writer = ByteWriter()
        writer.integers(waiting.runs.map { Int64($0.series.rawValue) })
        writer.integers(waiting.runs.map { Int64($0.time.ordinal) })
        try encode(waiting.concatenated, into: &writer)
        blockPage.payload.append(contentsOf: writer.bytes)
        try addEntry(runs: waiting.runs, offset: offset)
    }

    private mutating func encode(_ columns: [SegmentColumnValues], into writer: inout ByteWriter) throws(StoreError) {
        for column in columns {
            if case .bodies(let bodies) = column {
                try writeBodies(bodies, into: &writer)
            } else {
                Self.encode(column, into: &writer, effort)
            }
        }
    }

    private static func encode(_ column: SegmentColumnValues, into writer: inout ByteWriter, _ effort: CodecEffort) {
        switch column {
        case .integers(let values): writer.integers(values, effort: effort)
        case .floats(let values): writer.floats(values, effort: effort)
        case .strings(let values): StringStream.encode(values, into: &writer, effort: effort)
        case .identifiers(let values): for value in values { writer.write(value) }
        case .stringLists(let lists): encode(lists, into: &writer, effort)
        case .bodies: preconditionFailure("bodies have pages of their own")
        }
    }

    private static func encode(_ lists: [[[UInt8]]], into writer: inout ByteWriter, _ effort: CodecEffort) {
        writer.integers(lists.map { Int64($0.count) }, effort: effort)
        let items = lists.flatMap { $0 }
        precondition(items.count <= SegmentFormat.listItemsMax, "a block has at most 1 Mi list items")
        var rest = items[...]
        while !rest.isEmpty {
            StringStream.encode(Array(rest.prefix(SegmentFormat.blockRowsTarget)), into: &writer, effort: effort)
            rest = rest.dropFirst(SegmentFormat.blockRowsTarget)
        }
    }

    /// Writes the bodies in pages of ≈ 256 KiB raw, and into the block: page count, first page, rows per page.
    private mutating func writeBodies(_ bodies: [[UInt8]], into writer: inout ByteWriter) throws(StoreError) {
        var rowsPerPage: [Int64] = []
        let firstPage = output.nextPage
        var start = 0
        while start < bodies.count {
            let end = Self.endOfBodyPage(bodies, from: start)
            var page = ByteWriter()
            BlobStream.encode(Array(bodies[start..<end]), effort: effort, into: &page)
            _ = try output.append(.body, page.bytes)
            rowsPerPage.append(Int64(end - start))
            start = end
        }
        writer.writeCount(rowsPerPage.count)
        writer.writeVarint(UInt64(firstPage))
        writer.integers(rowsPerPage)
    }

    /// The first row that no longer fits the page beginning with row `start`.
    private static func endOfBodyPage(_ bodies: [[UInt8]], from start: Int) -> Int {
        var byteCount = 0
        var end = start
        while end < bodies.count {
            precondition(bodies[end].count <= SegmentFormat.bodyByteCountMax, "a body has at most 16 MiB")
            byteCount += bodies[end].count
            if end > start && byteCount > SegmentFormat.bodyPageRawByteCountTarget { break }
            end += 1
        }
        return end
    }
}
