import VarveBytes
import VarveCrypto

/// The 32 bytes in front of every page. Format: Docs/Format/segment.md, "Page".
struct SegmentPageHeader: Equatable {
    var type: SegmentPageType
    /// Bit 0: the payload is sealed. No other bit is defined.
    var flags: UInt8 = 0
    /// Which key of the superblock's key section; 0 when not sealed.
    var keySlot: UInt16 = 0
    /// Low half of the segment's UUID: tells pages of another file apart.
    var segmentTag: UInt64
    var number: UInt32
    /// Bytes of the payload before it was sealed.
    var rawByteCount: UInt32
    /// Bytes after the header, without padding.
    var storedByteCount: UInt32

    static let sealedFlag: UInt8 = 1

    /// Bytes of the whole page: header, payload, zeros up to a multiple of eight.
    static func pageByteCount(payload: Int) -> Int {
        let alignment = SegmentFormat.pageAlignment
        return SegmentFormat.pageHeaderByteCount + (payload + alignment - 1) / alignment * alignment
    }

    /// Appends header, payload and padding.
    /// - Returns: the checksum written into the header.
    func appendPage(_ payload: [UInt8], to output: inout [UInt8]) -> UInt32 {
        var writer = ByteWriter(capacity: SegmentFormat.pageHeaderByteCount)
        writer.write(SegmentFormat.pageMagic)
        writer.write(type.rawValue)
        writer.write(flags)
        writer.write(keySlot)
        writer.write(segmentTag)
        writer.write(number)
        writer.write(rawByteCount)
        writer.write(storedByteCount)
        let byteCount = Self.pageByteCount(payload: payload.count)
        let padding = [UInt8](repeating: 0, count: byteCount - SegmentFormat.pageHeaderByteCount - payload.count)
        var crc = CRC32C.checksum(writer.bytes)
        crc = CRC32C.checksum(payload, seed: crc)
        crc = CRC32C.checksum(padding, seed: crc)
        writer.write(crc)
        output.append(contentsOf: writer.bytes)
        output.append(contentsOf: payload)
        output.append(contentsOf: padding)
        return crc
    }
}

/// A page as the reader knows it before reading it.
struct SegmentPageReference: Equatable {
    var number: UInt32
    /// nil when any type will do.
    var type: SegmentPageType?
    var segmentTag: UInt64
    /// From the page table (or trailer): the checksum in the referrer catches pages that are intact but stale or
    /// misplaced.
    var crc: UInt32
    /// Of a sealed segment all pages are sealed, of a plain one none.
    var isSealed = false

    /// Checks a whole page as read from disk and gives its stored payload's byte count.
    func check(_ page: [UInt8]) throws(FormatFault) -> Int {
        guard page.count >= SegmentFormat.pageHeaderByteCount else {
            throw FormatFault(offset: 0, detail: "page \(number) is shorter than a page header")
        }
        let stored = Self.storedCRC(page)
        let computed = Self.computedCRC(page)
        guard stored == computed else {
            let detail =
                "page \(number): stored checksum \(Corruption.hex(stored)), computed \(Corruption.hex(computed))"
            throw FormatFault(offset: 28, detail: detail)
        }
        guard stored == crc else {
            let detail = "page \(number): intact, but not the page meant: checksum \(Corruption.hex(stored)), "
            throw FormatFault(offset: 28, detail: detail + "\(Corruption.hex(crc)) expected")
        }
        var cursor = ByteCursor(page.span.bytes)
        return try checkFields(&cursor, pageByteCount: page.count)
    }

    @_lifetime(cursor: copy cursor)
    private func checkFields(_ cursor: inout ByteCursor, pageByteCount: Int) throws(FormatFault) -> Int {
        try require(cursor.field(UInt32.self) == SegmentFormat.pageMagic, at: 0, "magic VPAG expected")
        let typeByte: UInt8 = try cursor.field()
        let found = SegmentPageType(rawValue: typeByte)
        try require(found != nil && (type == nil || found == type), at: 4, "type \(typeByte) not expected here")
        let flags: UInt8 = try cursor.field()
        try require(flags & ~SegmentPageHeader.sealedFlag == 0, at: 5, "unknown flags")
        try require((flags != 0) == isSealed, at: 5, isSealed ? "not sealed" : "sealed, but the segment has no key")
        let slot: UInt16 = try cursor.field()
        try require(slot == (isSealed ? KeySection.slot : 0), at: 6, "key slot \(slot) not expected")
        try require(cursor.field(UInt64.self) == segmentTag, at: 8, "belongs to another segment")
        let foundNumber: UInt32 = try cursor.field()
        try require(foundNumber == number, at: 16, "carries number \(foundNumber)")
        let raw: UInt32 = try cursor.field()
        let payload: UInt32 = try cursor.field()
        let overhead = isSealed ? UInt32(AESGCM.tagByteCount) : 0
        let (sum, isTooLarge) = raw.addingReportingOverflow(overhead)
        try require(!isTooLarge && sum == payload, at: 20, "\(raw) raw bytes, but \(payload) stored")
        let fits = SegmentPageHeader.pageByteCount(payload: Int(payload)) == pageByteCount
        try require(fits, at: 24, "\(payload) payload bytes do not fit a page of \(pageByteCount)")
        return Int(payload)
    }

    private func require(_ condition: Bool, at offset: Int, _ detail: String) throws(FormatFault) {
        guard condition else { throw FormatFault(offset: offset, detail: "page \(number): \(detail)") }
    }

    private static func storedCRC(_ page: [UInt8]) -> UInt32 {
        page.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 28, as: UInt32.self)) }
    }

    /// Over everything but the four bytes of the checksum itself.
    private static func computedCRC(_ page: [UInt8]) -> UInt32 {
        page.withUnsafeBytes { bytes in
            let head = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<28]))
            return CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[32...]), seed: head)
        }
    }
}
