import VarveBytes
import VarveModel

/// First 4 KiB of a segment: who and what it is. Format: Docs/Format/segment.md, "Superblock".
struct SegmentSuperblock: Equatable {
    var identity: SegmentIdentity
    var schema: SegmentSchema
    var firstTimestamp: Int64
    var lastTimestamp: Int64
    var rowCount: Int
    var seriesCount: Int
    /// nil when the pages are not sealed.
    var keySection: KeySection?
    /// Whether the slower encoders have seen every block, so that merges may copy them.
    var isThorough = false

    init(
        identity: SegmentIdentity, schema: SegmentSchema, firstTimestamp: Int64, lastTimestamp: Int64, rowCount: Int,
        seriesCount: Int, keySection: KeySection? = nil, isThorough: Bool = false
    ) {
        self.isThorough = isThorough
        self.identity = identity
        self.schema = schema
        self.firstTimestamp = firstTimestamp
        self.lastTimestamp = lastTimestamp
        self.rowCount = rowCount
        self.seriesCount = seriesCount
        self.keySection = keySection
    }

    private static let multiWindowFlag: UInt32 = 1
    private static let thoroughFlag: UInt32 = 2
    private static let flagsOffset = 12
    /// Where the list of columns starts.
    static let columnsOffset = 128
    private static let crcOffset = SegmentFormat.superblockByteCount - 4
    private static let columnNameBytesMax = 255
    /// Rows and series that a reader believes: far above what fits 1 GiB, far below overflow of sums.
    private static let countMax = 1 << 48

    /// The 4 096 bytes; the last four are the checksum of the others.
    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: SegmentFormat.superblockByteCount)
        writeIdentity(into: &writer)
        writer.write(firstTimestamp)
        writer.write(lastTimestamp)
        writer.write(UInt64(rowCount))
        writer.write(UInt64(seriesCount))
        writer.write(UInt64(0))
        writer.write(UInt16(schema.columns.count))
        for column in schema.columns {
            writer.write(column.type.rawValue)
            writer.write(UInt8(0))
            writer.write(column.name)
        }
        precondition(writer.count <= SegmentFormat.keySectionOffset, "the column list fits before the key section")
        if let keySection {
            writer.write(contentsOf: repeatElement(0, count: SegmentFormat.keySectionOffset - writer.count))
            writer.write(contentsOf: keySection.encoded())
            precondition(writer.count <= Self.crcOffset, "the name of a key leaves room for the rest of its section")
        }
        // Without keys the key section is all zero.
        writer.write(contentsOf: repeatElement(0, count: Self.crcOffset - writer.count))
        writer.write(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    private func writeIdentity(into writer: inout ByteWriter) {
        writer.write(SegmentFormat.magic)
        writer.write(SegmentFormat.version)
        writer.write(identity.kind.rawValue)
        writer.write(identity.level)
        writer.write((identity.isMultiWindow ? Self.multiWindowFlag : 0) | (isThorough ? Self.thoroughFlag : 0))
        writer.write(identity.uuid)
        writer.write(identity.storeUUID)
        writer.write(identity.window.start)
        writer.write(identity.window.end)
        writer.write(identity.lsnFirst)
        writer.write(identity.lsnLast)
        writer.write(identity.createdNs)
    }

    /// The stored checksum of an encoded superblock.
    static func crc(of bytes: [UInt8]) -> UInt32 {
        bytes[crcOffset...].enumerated().reduce(0) { $0 | UInt32($1.element) << UInt32(8 * $1.offset) }
    }

    /// Checks magic, checksum and version, in this order, then reads the fields.
    /// - Throws: `.newerFormat`; `.corrupt` for a foreign file and for everything else.
    static func decode(_ bytes: [UInt8], path: String) throws(StoreError) -> SegmentSuperblock {
        let magic = bytes.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
        guard bytes.count == SegmentFormat.superblockByteCount, magic == SegmentFormat.magic else {
            throw .corrupt(Corruption(path: path, offset: 0, detail: "not a segment file: magic VRVSEG01 expected"))
        }
        let found = crc(of: bytes)
        let computed = CRC32C.checksum(Array(bytes[..<crcOffset]))
        guard found == computed else {
            throw .corrupt(Corruption(path: path, offset: crcOffset, checksum: "superblock", stored: found, computed))
        }
        let version = UInt16(bytes[8]) | UInt16(bytes[9]) << 8
        guard version <= SegmentFormat.version else {
            throw .newerFormat(path: path, version: Int(version), supported: Int(SegmentFormat.version))
        }
        return try decoding(path, at: 0) { () throws(FormatFault) in
            var cursor = ByteCursor(bytes.span.bytes)
            var superblock = try SegmentSuperblock(fields: &cursor)
            superblock.isThorough = UInt32(bytes[flagsOffset]) & thoroughFlag != 0
            return superblock
        }
    }

    @_lifetime(cursor: copy cursor)
    private init(fields cursor: inout ByteCursor) throws(FormatFault) {
        identity = try Self.readIdentity(&cursor)
        firstTimestamp = try cursor.field()
        lastTimestamp = try cursor.field()
        rowCount = try Self.readCount(&cursor)
        seriesCount = try Self.readCount(&cursor)
        try Self.requireZero(cursor.field(UInt64.self), at: cursor.offset)
        let columnCount: UInt16 = try cursor.field()
        guard (1...SegmentFormat.columnsMax).contains(Int(columnCount)) else {
            throw FormatFault(offset: cursor.offset - 2, detail: "\(columnCount) columns, expected 1 to 64")
        }
        var columns: [SegmentColumn] = []
        guard Int(columnCount) <= identity.kind.schema.columns.count + SegmentFormat.extraColumnsMax else {
            throw FormatFault(offset: cursor.offset - 2, detail: "\(columnCount) columns, too many for its kind")
        }
        for _ in 0..<columnCount { columns.append(try Self.readColumn(&cursor)) }
        schema = SegmentSchema(columns)
        guard firstTimestamp <= lastTimestamp else {
            throw FormatFault(offset: 88, detail: "first row \(firstTimestamp) lies after the last \(lastTimestamp)")
        }
        try Self.skipZeros(&cursor, to: SegmentFormat.keySectionOffset)
        keySection = try Self.readKeySection(&cursor)
        try Self.skipZeros(&cursor, to: Self.crcOffset)
    }

    @_lifetime(cursor: copy cursor)
    private static func readIdentity(_ cursor: inout ByteCursor) throws(FormatFault) -> SegmentIdentity {
        try cursor.skipField(count: 10)
        let kindByte: UInt8 = try cursor.field()
        guard let kind = SegmentKind(rawValue: kindByte) else {
            throw FormatFault(offset: 10, detail: "unknown kind \(kindByte)")
        }
        let level: UInt8 = try cursor.field()
        let flags: UInt32 = try cursor.field()
        guard flags & ~(multiWindowFlag | thoroughFlag) == 0 else {
            throw FormatFault(offset: 12, detail: "unknown flags \(flags)")
        }
        let uuid = try cursor.uuidField()
        let storeUUID = try cursor.uuidField()
        let start: Int64 = try cursor.field()
        let end: Int64 = try cursor.field()
        guard start <= end else {
            throw FormatFault(offset: 48, detail: "window \(start)…\(end) ends before it starts")
        }
        let lsnFirst: UInt64 = try cursor.field()
        let lsnLast: UInt64 = try cursor.field()
        guard lsnFirst <= lsnLast else { throw FormatFault(offset: 64, detail: "LSN range \(lsnFirst)…\(lsnLast)") }
        return SegmentIdentity(
            uuid: uuid, storeUUID: storeUUID, kind: kind, level: level, window: TimeRange(start: start, end: end),
            isMultiWindow: flags & multiWindowFlag != 0, lsnFirst: lsnFirst, lsnLast: lsnLast,
            createdNs: try cursor.field())
    }

    @_lifetime(cursor: copy cursor)
    private static func readColumn(_ cursor: inout ByteCursor) throws(FormatFault) -> SegmentColumn {
        let typeByte: UInt8 = try cursor.field()
        guard let type = SegmentColumnType(rawValue: typeByte) else {
            throw FormatFault(offset: cursor.offset - 1, detail: "unknown column type \(typeByte)")
        }
        try requireZero(UInt64(cursor.field(UInt8.self)), at: cursor.offset)
        return SegmentColumn(try cursor.textField(limit: columnNameBytesMax), type)
    }

    @_lifetime(cursor: copy cursor)
    private static func readCount(_ cursor: inout ByteCursor) throws(FormatFault) -> Int {
        let count: UInt64 = try cursor.field()
        guard count <= UInt64(countMax) else {
            throw FormatFault(offset: cursor.offset - 8, detail: "count \(count) is above \(countMax)")
        }
        return Int(count)
    }

    /// A section that starts with a zero, the number of its keys, is empty.
    @_lifetime(cursor: copy cursor)
    private static func readKeySection(_ cursor: inout ByteCursor) throws(FormatFault) -> KeySection? {
        var ahead = cursor
        if try ahead.field(UInt8.self) == 0 { return nil }
        return try KeySection(decoding: &cursor)
    }

    @_lifetime(cursor: copy cursor)
    private static func skipZeros(_ cursor: inout ByteCursor, to end: Int) throws(FormatFault) {
        while cursor.offset < end { try requireZero(UInt64(cursor.field(UInt8.self)), at: cursor.offset) }
    }

    private static func requireZero(_ value: UInt64, at end: Int) throws(FormatFault) {
        guard value == 0 else { throw FormatFault(offset: end - 1, detail: "reserved bytes are not zero") }
    }
}

extension Corruption {
    /// A checksum that does not hold.
    init(path: String, offset: Int, checksum what: String, stored: UInt32, _ computed: UInt32) {
        self.init(
            path: path, offset: offset,
            detail: "checksum of the \(what): stored \(Self.hex(stored)), computed \(Self.hex(computed))")
    }

    static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
