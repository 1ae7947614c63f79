import VarveBytes
import VarveModel

/// One unit of the log: everything that one sync made durable. Atomic: it is recovered whole or not at all.
/// Format: Docs/Format/wal.md, "Group".
package struct WALGroup: Equatable, Sendable {
    package var lsn: UInt64
    package var records: [CatalogueRecord]
    package var batches: [NumberedRows]
    /// Batches of rows with several columns.
    package var columns: [RecordColumns] = []
    /// Retry tokens: of the group's own batches, and of earlier ones whose groups are about to be given up.
    package var writes: [RememberedWrite] = []
}

/// Builds the bytes of a group from batches, without copying the columns first.
struct WALGroupEncoder {
    private(set) var writer = ByteWriter(capacity: 1 << 20)
    private var batchCount: UInt32 = 0
    private var batchCountOffset = 0
    private var type = WALFormat.rowsGroupType

    /// Starts a group. Catalogue records come first, because rows refer to them.
    mutating func begin(records: ArraySlice<CatalogueRecord>) {
        writer.removeAll()
        writer.write(contentsOf: repeatElement(0, count: WALFormat.groupHeaderByteCount))
        writer.writeCount(records.count)
        for record in records { record.encode(into: &writer) }
        batchCountOffset = writer.count
        batchCount = 0
        type = WALFormat.rowsGroupType
        writer.write(UInt32(0))
    }

    /// Adds the rows of a batch. Hot: once per batch, a memory copy per column.
    mutating func add(_ rows: NumberedRows) {
        batchCount += 1
        writer.writeCount(rows.timestamps.count)
        writer.writeCount(rows.values.count)
        rows.shapes.withUnsafeBytes { writer.write(raw: $0) }
        rows.timestamps.withUnsafeBytes { writer.write(raw: $0) }
        rows.values.withUnsafeBytes { writer.write(raw: $0) }
    }

    /// Adds all batches of rows with several columns, if there are any. After those of single numbers.
    /// - Throws: `.recordTooLarge` when they are too many for one group.
    mutating func add(_ batches: [RecordColumns]) throws(StoreError) {
        guard !batches.isEmpty else { return }
        type = WALFormat.recordsGroupType
        do throws(RecordLimits.Excess) {
            try WALRecords.encode(batches, into: &writer)
        } catch {
            throw .recordTooLarge(error)
        }
    }

    /// Adds the retry tokens. After all batches.
    mutating func add(_ writes: [RememberedWrite], lsn: UInt64) {
        guard !writes.isEmpty else { return }
        writer.writeCount(writes.count)
        for write in writes {
            writer.writeCount(write.token.bytes.count - 1)
            writer.write(contentsOf: write.token.bytes)
            writer.writeVarint(UInt64(write.token.part))
            writer.writeVarint(lsn - write.lsn)
            writer.writeCount(write.rows)
            writer.writeCount(write.values)
            writer.writeCount(write.refusedRows)
        }
        for write in writes {
            writer.write(write.contentHash)
            writer.write(write.refusal?.cause.rawValue ?? 0)
            guard let refusal = write.refusal else { continue }
            writer.writeCount(refusal.limit)
            writer.write(refusal.namespace)
        }
    }

    /// Completes the group: pads it and fills in its header.
    /// - Parameter unsyncedGroups: groups directly before this one that are not known to be durable.
    mutating func finish(lsn: UInt64, unsyncedGroups: Int, store: UUID16) -> [UInt8] {
        writer.overwrite(batchCount, at: batchCountOffset)
        let payloadByteCount = writer.count - WALFormat.groupHeaderByteCount
        precondition(payloadByteCount <= WALFormat.groupBytesMax, "the limits on batches keep groups readable")
        writer.overwrite(UInt32(payloadByteCount), at: 4)
        writer.overwrite(lsn, at: 8)
        writer.overwrite(type, at: 16)
        writer.overwrite(UInt32(unsyncedGroups), at: WALFormat.unsyncedGroupsOffset)
        writer.pad(to: WALFormat.alignment)
        writer.overwrite(WALGroup.checksum(writer.bytes[...], payloadByteCount: payloadByteCount, store: store), at: 0)
        return writer.bytes
    }
}

extension WALGroup {
    /// Checksum of a group's bytes from the length on. Seeded with the store's identifier: groups of another store,
    /// left over in a recycled file, are not taken for ours.
    static func checksum(_ bytes: ArraySlice<UInt8>, payloadByteCount: Int, store: UUID16) -> UInt32 {
        let covered = bytes.dropFirst(4).prefix(WALFormat.groupHeaderByteCount - 4 + payloadByteCount)
        return covered.withUnsafeBytes { CRC32C.checksum($0, seed: UInt32(truncatingIfNeeded: store.low)) }
    }

    /// Reads a payload whose checksum is right.
    /// - Parameter type: of the group, one of ``WALFormat/groupTypes``.
    /// - Throws: a description with the offset inside the payload; never traps.
    package init(lsn: UInt64, type: UInt8, decoding payload: RawSpan) throws(FormatFault) {
        self.lsn = lsn
        records = []
        batches = []
        var cursor = ByteCursor(payload)
        // A record takes at least two bytes.
        for _ in 0..<(try cursor.countField(limit: payload.byteCount)) {
            let start = cursor.offset
            do throws(CatalogueError) {
                records.append(try CatalogueRecord(decoding: &cursor))
            } catch {
                throw FormatFault(offset: start, detail: "\(error)")
            }
        }
        do throws(BytesError) { batches = try Self.decodeBatches(&cursor) } catch { throw FormatFault(error) }
        if type == WALFormat.recordsGroupType { columns = try WALRecords.decode(&cursor) }
        do throws(BytesError) {
            if cursor.remaining > 0 { writes = try Self.decodeWrites(&cursor, lsn: lsn) }
        } catch {
            throw FormatFault(error)
        }
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeBatches(_ cursor: inout ByteCursor) throws(BytesError) -> [NumberedRows] {
        var batches: [NumberedRows] = []
        let batchCount: UInt32 = try cursor.read()
        for _ in 0..<batchCount {
            // A row takes 12 bytes and a value 8, so neither count can exceed what is left.
            let rowCount = try cursor.readCount(limit: cursor.remaining / 12)
            let valueCount = try cursor.readCount(limit: cursor.remaining / 8)
            batches.append(
                NumberedRows(
                    shapes: try cursor.readColumn(rowCount),
                    timestamps: try cursor.readColumn(rowCount),
                    values: try cursor.readColumn(valueCount)))
        }
        return batches
    }
}

extension WALGroup {
    @_lifetime(cursor: copy cursor)
    private static func decodeWrites(
        _ cursor: inout ByteCursor, lsn: UInt64
    ) throws(BytesError) -> [RememberedWrite] {
        var writes: [RememberedWrite] = []
        // A token takes at least seven bytes.
        for _ in 0..<(try cursor.readCount(limit: cursor.remaining / 7)) {
            let byteCount = try cursor.readCount(limit: RetryToken.byteCountMax - 1) + 1
            let bytes = try cursor.readBytes(count: byteCount)
            let part = try cursor.readCount(limit: Int(UInt32.max))
            let age = try cursor.readCount(limit: Int(clamping: lsn))
            writes.append(
                RememberedWrite(
                    token: RetryToken(bytes: bytes, part: UInt32(part)), lsn: lsn - UInt64(age),
                    rows: try cursor.readCount(limit: Limits.rowsPerBatchMax),
                    values: try cursor.readCount(limit: Limits.valuesPerBatchMax),
                    refusedRows: try cursor.readCount(limit: Limits.rowsPerBatchMax)))
        }
        guard cursor.remaining > 0 else { return writes }
        for index in writes.indices {
            writes[index].contentHash = try cursor.read()
            writes[index].refusal = try decodeRefusal(&cursor)
        }
        return writes
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeRefusal(_ cursor: inout ByteCursor) throws(BytesError) -> RememberedWrite.Refusal? {
        let code: UInt8 = try cursor.read()
        guard code != 0 else { return nil }
        let limit = try cursor.readCount(limit: Int.max)
        let namespace = try cursor.readString(limit: Limits.nameBytesMax)
        // A cause of a later version is as good as none: the count says that rows were refused.
        return SeriesRefusal.Cause(rawValue: code).map {
            RememberedWrite.Refusal(cause: $0, limit: limit, namespace: namespace)
        }
    }
}

extension ByteCursor {
    /// Reads `count` fixed-width elements. Elements are little-endian on disk, as on every platform that Swift 6
    /// supports.
    @_lifetime(self: copy self)
    mutating func readColumn<Element: BitwiseCopyable>(_ count: Int) throws(BytesError) -> [Element] {
        let byteCount = count * MemoryLayout<Element>.stride
        let span = try readSpan(count: byteCount)
        return span.withUnsafeBytes { source in
            [Element](unsafeUninitializedCapacity: count) { target, initialized in
                UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                initialized = count
            }
        }
    }
}
