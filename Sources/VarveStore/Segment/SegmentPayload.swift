import VarveBytes
import VarveCrypto
import VarveIO

/// A verified page in memory: its header is checked, its payload is not yet understood.
struct SegmentPayload: Sendable {
    /// The whole page as it lies on disk; of a sealed one the header and the opened payload.
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
    let segment: UUID16
    /// nil when the segment is not sealed.
    let seal: FileSeal?

    /// Reads a page and checks it against its header and the page table.
    func read(_ page: Int, _ type: SegmentPageType) throws(StoreError) -> SegmentPayload {
        guard table.types.indices.contains(page), table.types[page] == type else {
            throw .corrupt(Corruption(path: file.path, offset: 0, detail: "index names page \(page) as a \(type) page"))
        }
        let reference = SegmentPageReference(
            number: UInt32(page), type: type, segmentTag: segment.low, crc: table.crcs[page], isSealed: seal != nil)
        let bytes = try Self.readExactly(file, at: table.offsets[page], count: table.byteCount(of: page))
        return try Self.payload(
            bytes, reference, segment: segment, seal: seal, path: file.path, at: table.offsets[page])
    }

    /// Checks a page as read from disk and opens it.
    /// - Parameter offset: where in the file it lies.
    static func payload(
        _ page: [UInt8], _ reference: SegmentPageReference, segment: UUID16, seal: FileSeal?, path: String,
        at offset: Int
    ) throws(StoreError) -> SegmentPayload {
        let storedByteCount = try decoding(path, at: offset) { () throws(FormatFault) in try reference.check(page) }
        let start = offset + SegmentFormat.pageHeaderByteCount
        guard let seal else {
            return SegmentPayload(page: page, payloadByteCount: storedByteCount, fileOffset: start)
        }
        do throws(SealError) {
            let opened = try seal.openPage(page, storedByteCount: storedByteCount, segment: segment)
            return SegmentPayload(
                page: opened, payloadByteCount: storedByteCount - AESGCM.tagByteCount, fileOffset: start)
        } catch .authentication {
            let detail = "page \(reference.number): \(SealError.authentication)"
            throw .corrupt(Corruption(path: path, offset: start, detail: detail))
        } catch {
            throw .sealed(path: path, error)
        }
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
