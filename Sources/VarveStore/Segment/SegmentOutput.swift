import VarveBytes
import VarveCrypto
import VarveIO

/// The file behind a builder: numbers pages, remembers where they lie, writes them in large pieces.
struct SegmentOutput {
    private let file: any File
    private let segment: UUID16
    /// nil when the segment is not sealed.
    private let seal: FileSeal?
    private var buffer: [UInt8] = []
    /// File offset of the first byte of `buffer`.
    private var bufferOffset = SegmentFormat.superblockByteCount
    private(set) var table = SegmentPageTable()

    init(file: any File, segment: UUID16, seal: FileSeal?) {
        self.file = file
        self.segment = segment
        self.seal = seal
        buffer.reserveCapacity(SegmentFormat.writeByteCount + SegmentFormat.bodyPageRawByteCountTarget)
    }

    /// File offset at which the next page will start.
    var endOffset: Int { bufferOffset + buffer.count }

    /// The number that the next page will get.
    var nextPage: UInt32 { UInt32(table.count) }

    /// Appends a page and gives its number.
    mutating func append(_ type: SegmentPageType, _ payload: [UInt8]) throws(StoreError) -> UInt32 {
        precondition(payload.count <= SegmentFormat.pagePayloadByteCountMax, "a page payload has at most 64 MiB")
        let number = nextPage
        var header = SegmentPageHeader(
            type: type, segmentTag: segment.low, number: number, rawByteCount: UInt32(payload.count),
            storedByteCount: UInt32(payload.count))
        let start = endOffset
        let crc: UInt32
        if let seal {
            header.flags = SegmentPageHeader.sealedFlag
            header.keySlot = KeySection.slot
            header.storedByteCount += UInt32(AESGCM.tagByteCount)
            let sealed = try sealing(file.path) { () throws(SealError) in
                try seal.sealPage(payload, segment: segment, number: number, type: type)
            }
            crc = header.appendPage(sealed, to: &buffer)
        } else {
            crc = header.appendPage(payload, to: &buffer)
        }
        table.append(type: type, byteCount: endOffset - start, crc: crc)
        if buffer.count >= SegmentFormat.writeByteCount { try writeBuffer() }
        return number
    }

    /// Appends bytes that are no page: the trailer.
    mutating func append(raw bytes: [UInt8]) { buffer.append(contentsOf: bytes) }

    /// Writes what is left and the superblock, and makes everything durable.
    mutating func finish(superblock: [UInt8]) throws(StoreError) {
        try writeBuffer()
        try onDisk { () throws(DiskError) in
            try file.write(superblock, at: 0)
            try file.sync()
            try file.close()
        }
    }

    private mutating func writeBuffer() throws(StoreError) {
        let (file, buffer, offset) = (self.file, self.buffer, bufferOffset)
        try onDisk { () throws(DiskError) in try file.write(buffer, at: offset) }
        bufferOffset += buffer.count
        self.buffer.removeAll(keepingCapacity: true)
    }
}

/// Type, place and checksum of every page of a segment. Pages follow one another without gaps, from the superblock on.
struct SegmentPageTable: Equatable, Sendable {
    private(set) var types: [SegmentPageType] = []
    private(set) var crcs: [UInt32] = []
    /// `offsets[n]` is where page n starts; one more than there are pages.
    private(set) var offsets: [Int] = [SegmentFormat.superblockByteCount]

    var count: Int { types.count }

    mutating func append(type: SegmentPageType, byteCount: Int, crc: UInt32) {
        types.append(type)
        crcs.append(crc)
        offsets.append(offsets[offsets.count - 1] + byteCount)
    }

    func byteCount(of page: Int) -> Int { offsets[page + 1] - offsets[page] }
}
