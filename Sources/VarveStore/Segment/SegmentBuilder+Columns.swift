import VarveBytes
import VarveCodec

extension SegmentBuilder {
    /// Adds one value of each column for each row of `time`; for events, keys, configuration items.
    ///
    /// Bodies go into BODY pages of their own at once, so that filtering by the other columns reads none of them.
    /// - Parameter columns: as ``schema`` lists them. Bodies have at most 16 MiB each.
    package mutating func addBlock(
        series: SeriesID, time: TimeBlockReference, columns: [SegmentColumnValues]
    ) throws(StoreError) {
        precondition(columns.map(\.type) == schema.columns.map(\.type), "the columns are those of the segment's kind")
        precondition(columns.allSatisfy { $0.rowCount == time.rowCount }, "one value per column and row")
        var writer = ByteWriter()
        for column in columns {
            if case .bodies(let bodies) = column {
                try writeBodies(bodies, into: &writer)
            } else {
                Self.encode(column, into: &writer)
            }
        }
        let offset = blockPage.payload.count
        blockPage.payload.append(contentsOf: writer.bytes)
        try addEntry(series: series, time: time, offset: offset, statistics: nil)
    }

    private static func encode(_ column: SegmentColumnValues, into writer: inout ByteWriter) {
        switch column {
        case .integers(let values): writer.integers(values)
        case .floats(let values): writer.floats(values)
        case .strings(let values): StringStream.encode(values, into: &writer)
        case .identifiers(let values): for value in values { writer.write(value) }
        case .stringLists(let lists): encode(lists, into: &writer)
        case .bodies: preconditionFailure("bodies have pages of their own")
        }
    }

    private static func encode(_ lists: [[[UInt8]]], into writer: inout ByteWriter) {
        writer.integers(lists.map { Int64($0.count) })
        let items = lists.flatMap { $0 }
        precondition(items.count <= SegmentFormat.listItemsMax, "a block has at most 1 Mi list items")
        var rest = items[...]
        while !rest.isEmpty {
            StringStream.encode(Array(rest.prefix(SegmentFormat.blockRowsTarget)), into: &writer)
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
            BlobStream.encode(Array(bodies[start..<end]), into: &page)
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
