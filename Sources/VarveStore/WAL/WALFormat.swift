package import VarveBytes

/// Layout of log files. Docs/Format/wal.md; the two change together.
package enum WALFormat {
    /// "VRVWAL01" read as a little-endian integer.
    package static let magic: UInt64 = 0x3130_4C41_5756_5256
    /// Written by this program, and the newest that it reads. Earlier ones had no rows with several columns: plain
    /// files carried 1, sealed ones 2.
    package static let version: UInt16 = 3
    private static let firstSealedVersion: UInt16 = 2
    /// The version of sealed files before flags said so.
    static func isSealed(version: UInt16, flags: UInt16) -> Bool {
        version == firstSealedVersion || version > firstSealedVersion && flags & UInt16(sealedFlag) != 0
    }
    /// File header; its last 4 bytes are its checksum. Within one disk sector, so it is never half written. In a sealed
    /// file the key section follows.
    package static let fileHeaderByteCount = 64
    /// Group header: checksum, length, LSN, type, flags, reserved.
    package static let groupHeaderByteCount = 24
    /// Where a group's header says how many groups directly before it were not known to be durable when it was written.
    static let unsyncedGroupsOffset = 20
    /// A sync is due at the latest when so many groups are waiting for one.
    static let unsyncedGroupsMax = 4_096
    /// … or so many bytes, which are kept in memory until then.
    static let unsyncedBytesMax = 16 << 20
    /// Groups start at multiples of this, so that a scan for survivors after damage can step.
    package static let alignment = 8
    /// Batches are added to a group until it has this size: one write of 4 MiB takes about as long as its sync.
    package static let groupBytesTarget = 4 << 20
    /// The largest payload a reader accepts: four times what a writer puts into a group, which is records of
    /// `recordBytesTarget` and one more, and rows of `groupBytesTarget` or one batch of 9 MiB.
    package static let groupBytesMax = 256 << 20
    /// The largest file that a reader accepts, because it reads it whole: twice the largest that a writer makes.
    package static let fileByteCountMax = 1 << 30
    /// Catalogue records beyond this go ahead in groups of their own: names are as long as clients like.
    static let recordBytesTarget = 32 << 20
    /// The largest number a group can have; far from where adding to it overflows.
    static let lsnMax: UInt64 = 1 << 63
    /// Names, then rows of single numbers.
    package static let rowsGroupType: UInt8 = 1
    /// The same, then rows with several columns.
    package static let recordsGroupType: UInt8 = 2
    package static let groupTypes = rowsGroupType...recordsGroupType
}

/// First bytes of a log file.
package struct WALFileHeader: Equatable, Sendable {
    package var store: UUID16
    package var firstLSN: UInt64
    /// nil in a plain file.
    package var keySection: KeySection?

    package init(store: UUID16, firstLSN: UInt64) {
        self.store = store
        self.firstLSN = firstLSN
    }

    /// Bytes of the header, key section included.
    package var byteCount: Int { keySection == nil ? WALFormat.fileHeaderByteCount : encoded().count }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: WALFormat.fileHeaderByteCount)
        writer.write(WALFormat.magic)
        let isSealed = keySection != nil
        writer.write(WALFormat.version)
        writer.write(UInt16(isSealed ? WALFormat.sealedFlag : 0))
        writer.write(UInt32(isSealed ? KeySection.slot : 0))
        writer.write(store)
        writer.write(firstLSN)
        let section = keySection?.encoded() ?? []
        let byteCount = WALFormat.padded(
            WALFormat.fileHeaderByteCount + section.count + 4, to: WALFormat.sealedHeaderAlignment)
        writer.write(UInt32(isSealed ? byteCount : 0))
        writer.write(contentsOf: repeatElement(0, count: 16))
        writer.write(CRC32C.checksum(writer.bytes))
        guard isSealed else { return writer.bytes }
        writer.write(contentsOf: section)
        writer.write(contentsOf: repeatElement(0, count: byteCount - 4 - writer.count))
        writer.write(CRC32C.checksum(Array(writer.bytes[WALFormat.fileHeaderByteCount...])))
        return writer.bytes
    }

    /// - Parameter bytes: the file from its start on; what follows the header is not looked at.
    /// - Throws: `.corrupt` or `.newerFormat`, naming `path`.
    package init(decoding bytes: [UInt8], path: String) throws(StoreError) {
        func corrupt(_ offset: Int, _ detail: String) -> StoreError {
            .corrupt(Corruption(path: path, offset: offset, detail: detail))
        }
        guard bytes.count >= WALFormat.fileHeaderByteCount else {
            throw corrupt(0, "log header of \(bytes.count) bytes, \(WALFormat.fileHeaderByteCount) expected")
        }
        let fields:
            (
                magic: UInt64, version: UInt16, flags: UInt16, store: UUID16, firstLSN: UInt64, byteCount: UInt32,
                checksum: UInt32
            )
        do throws(BytesError) {
            var cursor = ByteCursor(bytes.span.bytes)
            fields.magic = try cursor.read()
            fields.version = try cursor.read()
            fields.flags = try cursor.read()
            try cursor.skip(count: 4)
            fields.store = try cursor.readUUID()
            fields.firstLSN = try cursor.read()
            fields.byteCount = try cursor.read()
            try cursor.skip(count: 16)
            fields.checksum = try cursor.read()
        } catch {
            throw corrupt(error.offset, "\(error)")
        }
        let expected = CRC32C.checksum(Array(bytes[..<60]))
        if fields.magic != WALFormat.magic { throw corrupt(0, "not a Varve log file") }
        if fields.checksum != expected { throw corrupt(60, "header checksum \(fields.checksum), \(expected) expected") }
        if fields.version > WALFormat.version {
            throw .newerFormat(path: path, version: Int(fields.version), supported: Int(WALFormat.version))
        }
        guard 1...WALFormat.lsnMax ~= fields.firstLSN else { throw corrupt(32, "first group \(fields.firstLSN)") }
        self.init(store: fields.store, firstLSN: fields.firstLSN)
        if WALFormat.isSealed(version: fields.version, flags: fields.flags) {
            keySection = try Self.readKeySection(bytes, byteCount: Int(fields.byteCount), path: path)
        }
    }

    private static func readKeySection(
        _ bytes: [UInt8], byteCount: Int, path: String
    ) throws(StoreError) -> KeySection {
        let start = WALFormat.fileHeaderByteCount
        guard byteCount > start, byteCount % WALFormat.sealedHeaderAlignment == 0,
            byteCount <= min(bytes.count, WALFormat.sealedHeaderByteCountMax)
        else { throw .corrupt(Corruption(path: path, offset: 40, detail: "header of \(byteCount) bytes")) }
        let end = byteCount - 4
        return try decoding(path, at: start) { () throws(FormatFault) in
            var cursor = ByteCursor(bytes.span.bytes.extracting(start..<byteCount))
            var ahead = cursor
            try ahead.skipField(count: end - start)
            let (stored, computed) = (try ahead.field(UInt32.self), CRC32C.checksum(Array(bytes[start..<end])))
            guard stored == computed else {
                let detail = "checksum \(Corruption.hex(stored)), computed \(Corruption.hex(computed))"
                throw FormatFault(offset: end - start, detail: "key section: " + detail)
            }
            let section = try KeySection(decoding: &cursor)
            guard bytes[(start + cursor.offset)..<end].allSatisfy({ $0 == 0 }) else {
                throw FormatFault(offset: cursor.offset, detail: "reserved bytes are not zero")
            }
            return section
        }
    }
}
