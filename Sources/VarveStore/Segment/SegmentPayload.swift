import VarveBytes
import VarveIO

/// A verified page in memory: its header is checked, its payload is not yet understood.
struct SegmentPayload: Sendable {
    /// The whole page as it lies on disk.
    let page: [UInt8]
    /// Bytes of the payload, padding excluded.
    let payloadByteCount: Int
    /// File offset of the first payload byte, for error messages.
    let fileOffset: Int

    /// The payload from `offset` on; empty when `offset` is at or beyond the end.
    @_lifetime(borrow self)
    func cursor(at offset: Int = 0) -> ByteCursor {
        let start = SegmentFormat.pageHeaderByteCount + min(offset, payloadByteCount)
        let end = SegmentFormat.pageHeaderByteCount + payloadByteCount
        return ByteCursor(page.span.bytes.extracting(start..<end))
    }
}

/// The pages of one open segment file. Immutable after init; any thread.
struct SegmentPages: Sendable {
    let file: any File
    let table: SegmentPageTable
    let segmentTag: UInt64

    /// Reads a page and checks it against its header and the page table.
    func read(_ page: Int, _ type: SegmentPageType) throws(StoreError) -> SegmentPayload {
        guard table.types.indices.contains(page), table.types[page] == type else {
            throw .corrupt(Corruption(path: file.path, offset: 0, detail: "index names page \(page) as a \(type) page"))
        }
        let reference = SegmentPageReference(
            number: UInt32(page), type: type, segmentTag: segmentTag, crc: table.crcs[page])
        return try Self.read(file, at: table.offsets[page], byteCount: table.byteCount(of: page), reference)
    }

    static func read(
        _ file: any File, at offset: Int, byteCount: Int, _ reference: SegmentPageReference
    ) throws(StoreError) -> SegmentPayload {
        let page = try readExactly(file, at: offset, count: byteCount)
        let payload = try decoding(file.path, at: offset) { () throws(FormatFault) in try reference.check(page) }
        return SegmentPayload(
            page: page, payloadByteCount: payload, fileOffset: offset + SegmentFormat.pageHeaderByteCount)
    }

    /// Reads bytes that must exist: a file that ends early is damaged.
    static func readExactly(_ file: any File, at offset: Int, count: Int) throws(StoreError) -> [UInt8] {
        do {
            return try file.read(at: offset, count: count)
        } catch .shortRead(let path, let offset, let wanted, let read) {
            let detail = "\(wanted) bytes expected, the file ends after \(read)"
            throw .corrupt(Corruption(path: path, offset: offset, detail: detail))
        } catch {
            throw .disk(error)
        }
    }
}
