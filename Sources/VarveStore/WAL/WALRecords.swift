import VarveBytes
import VarveCodec

// Rows with several columns in groups of the log. Format: Docs/Format/wal.md, "Records".

extension WALFormat {
    /// Shorter sections are stored as they are: LZ4 finds little in them.
    static let recordsCompressedFrom = 4 << 10

    /// How a section of records is stored.
    enum RecordsForm: UInt8 {
        case plain = 0
        case lz4 = 1
    }
}

/// The records of a group on their way into and out of its payload.
enum WALRecords {
    /// Appends the section. O(bytes); compressed at about 500 MB/s where that saves 6 %.
    /// - Throws: when no reader would take it, compressed or not; nothing is appended then.
    static func encode(_ batches: [RecordColumns], into writer: inout ByteWriter) throws(RecordLimits.Excess) {
        let byteCount = batches.reduce(10) { $0 + $1.encodedByteCountMax }
        guard byteCount <= WALFormat.groupBytesMax else {
            throw RecordLimits.Excess(.groupBytes, byteCount, limit: WALFormat.groupBytesMax)
        }
        var section = ByteWriter(capacity: byteCount)
        section.writeCount(batches.count)
        for batch in batches { batch.encode(into: &section) }
        writer.writeCount(section.count)
        let block =
            section.count < WALFormat.recordsCompressedFrom
            ? nil
            : section.bytes.withUnsafeBytes { LZ4.compress($0, byteCountLimit: section.count * 94 / 100) }
        if let block {
            writer.write(WALFormat.RecordsForm.lz4.rawValue)
            writer.writeLengthPrefixed(block)
        } else {
            writer.write(WALFormat.RecordsForm.plain.rawValue)
            writer.write(contentsOf: section.bytes)
        }
    }

    /// Reads the section; the cursor then stands behind it. Uses at most 255 times the memory of the bytes read, and
    /// eight times as much again for strings without bytes.
    /// - Throws: with the offset of what cannot be right; never traps.
    @_lifetime(cursor: copy cursor)
    static func decode(_ cursor: inout ByteCursor) throws(FormatFault) -> [RecordColumns] {
        let start = cursor.offset
        let byteCount = try cursor.countField(limit: WALFormat.groupBytesMax)
        let code: UInt8 = try cursor.field()
        switch WALFormat.RecordsForm(rawValue: code) {
        case .plain:
            var section = ByteCursor(try cursor.spanField(count: byteCount))
            return try batches(&section, at: start)
        case .lz4:
            let storedCount = try cursor.countField(limit: cursor.remaining)
            let bytes = try decompress(&cursor, storedCount, byteCount: byteCount)
            var section = ByteCursor(bytes.span.bytes)
            return try batches(&section, at: start)
        case nil:
            throw FormatFault(offset: start, detail: "form \(code) of the records; known are 0 and 1")
        }
    }

    @_lifetime(cursor: copy cursor)
    private static func decompress(
        _ cursor: inout ByteCursor, _ storedCount: Int, byteCount: Int
    ) throws(FormatFault) -> [UInt8] {
        let start = cursor.offset
        let stored = try cursor.spanField(count: storedCount)
        do throws(CodecError) {
            return try LZ4.decompress(stored, byteCount: byteCount, offset: start)
        } catch {
            throw FormatFault(error)
        }
    }

    /// - Parameter offset: of the section in the payload, to which faults inside it are put down.
    @_lifetime(cursor: copy cursor)
    private static func batches(_ cursor: inout ByteCursor, at offset: Int) throws(FormatFault) -> [RecordColumns] {
        do throws(FormatFault) {
            var batches: [RecordColumns] = []
            // A batch takes at least 16 bytes.
            for _ in 0..<(try cursor.countField(limit: cursor.remaining / 16)) {
                batches.append(try RecordColumns(decoding: &cursor))
            }
            try cursor.requireEnd("records")
            return batches
        } catch {
            throw FormatFault(offset: offset, detail: "records, byte \(error.offset): \(error.detail)")
        }
    }
}

extension RecordColumns {
    /// Bytes that the batch takes in the section, or a few for each string more. O(rows and list items).
    fileprivate var encodedByteCountMax: Int { columns.reduce(64 + 12 * rowCount) { $0 + $1.encodedByteCountMax } }

    func encode(into writer: inout ByteWriter) {
        writer.write(kind.rawValue)
        writer.writeCount(rowCount)
        writer.writeCount(columns.count)
        for column in columns { writer.write(column.type.rawValue) }
        series.withUnsafeBytes { writer.write(raw: $0) }
        timestamps.withUnsafeBytes { writer.write(raw: $0) }
        for column in columns { column.encode(into: &writer) }
    }

    /// - Throws: also for columns of another version than this program's, and rows beyond ``RecordLimits``.
    @_lifetime(cursor: copy cursor)
    init(decoding cursor: inout ByteCursor) throws(FormatFault) {
        let start = cursor.offset
        let code: UInt8 = try cursor.field()
        guard let kind = SegmentKind(rawValue: code), kind != .metric else {
            throw FormatFault(offset: start, detail: "rows of unknown kind \(code)")
        }
        let rowCount = try cursor.countField(limit: min(RecordLimits.rowsMax, cursor.remaining / 12))
        var types: [UInt8] = []
        for _ in 0..<(try cursor.countField(limit: SegmentFormat.columnsMax)) { types.append(try cursor.field()) }
        let expected = kind.schema.columns.map(\.type)
        guard rowCount > 0, types == expected.map(\.rawValue) else {
            throw FormatFault(offset: start, detail: "\(rowCount) rows of kind \(kind) with columns \(types)")
        }
        let series: [UInt32] = try cursor.column(rowCount)
        let timestamps: [Int64] = try cursor.column(rowCount)
        var columns: [SegmentColumnValues] = []
        for type in expected {
            columns.append(try SegmentColumnValues(type, rowCount: rowCount, decoding: &cursor))
        }
        do throws(RecordLimits.Excess) {
            try RecordLimits.check(columns, rowCount: rowCount)
        } catch {
            throw FormatFault(offset: start, detail: "\(error)")
        }
        self.init(
            kind: kind, series: series.map { SeriesID(rawValue: $0) }, timestamps: timestamps, columns: columns)
    }
}

extension SegmentColumnValues {
    fileprivate var encodedByteCountMax: Int {
        switch self {
        case .integers(let values): 8 * values.count
        case .floats(let values): 8 * values.count
        case .identifiers(let values): 16 * values.count
        case .strings(let values), .bodies(let values): values.reduce(0) { $0 + Self.encodedByteCountMax($1) }
        case .stringLists(let lists):
            lists.reduce(0) { sum, list in list.reduce(sum + 2) { $0 + Self.encodedByteCountMax($1) } }
        }
    }

    /// Lengths below 128 take a byte, those of strings three at most, those of bodies four.
    private static func encodedByteCountMax(_ value: [UInt8]) -> Int { value.count + (value.count < 128 ? 1 : 4) }

    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .integers(let values): values.withUnsafeBytes { writer.write(raw: $0) }
        case .floats(let values): values.withUnsafeBytes { writer.write(raw: $0) }
        case .identifiers(let values): for value in values { writer.write(value) }
        case .strings(let values), .bodies(let values): for value in values { writer.writeLengthPrefixed(value) }
        case .stringLists(let lists):
            for list in lists {
                writer.writeCount(list.count)
                for item in list { writer.writeLengthPrefixed(item) }
            }
        }
    }

    @_lifetime(cursor: copy cursor)
    fileprivate init(
        _ type: SegmentColumnType, rowCount: Int, decoding cursor: inout ByteCursor
    ) throws(FormatFault) {
        switch type {
        case .integer: self = .integers(try cursor.column(rowCount))
        case .float: self = .floats(try cursor.column(rowCount))
        case .bytes16:
            var values: [UUID16] = []
            for _ in 0..<rowCount { values.append(try cursor.uuidField()) }
            self = .identifiers(values)
        case .string:
            self = .strings(try cursor.byteStrings(rowCount, byteCountMax: RecordLimits.stringByteCountMax))
        case .body:
            self = .bodies(try cursor.byteStrings(rowCount, byteCountMax: RecordLimits.bodyByteCountMax))
        case .stringList:
            var lists: [[[UInt8]]] = []
            for _ in 0..<rowCount {
                let count = try cursor.countField(limit: RecordLimits.listItemsMax)
                lists.append(try cursor.byteStrings(count, byteCountMax: RecordLimits.stringByteCountMax))
            }
            self = .stringLists(lists)
        }
    }
}

extension ByteCursor {
    /// Reads `count` strings, each behind its length. Grows with what is there, not with what is announced.
    @_lifetime(self: copy self)
    fileprivate mutating func byteStrings(_ count: Int, byteCountMax: Int) throws(FormatFault) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for _ in 0..<count { values.append(try bytesField(limit: byteCountMax)) }
        return values
    }

    /// Reads `count` fixed-width numbers.
    @_lifetime(self: copy self)
    fileprivate mutating func column<Element: BitwiseCopyable>(_ count: Int) throws(FormatFault) -> [Element] {
        do throws(BytesError) { return try readColumn(count) } catch { throw FormatFault(error) }
    }
}
