import VarveBytes
package import VarveIO

/// Verifies the checksums of a sealed segment without its key: they are over what is stored, and together they make up
/// the checksum of the file that the manifest has.
package enum SegmentScrub {
    /// What is wrong with the file; empty when all checksums hold.
    /// - Throws: `.disk`, `.newerFormat`.
    package static func faults(
        _ path: String, _ summary: SegmentSummary, fileSystem: any FileSystem
    ) throws(StoreError) -> [Corruption] {
        do throws(StoreError) {
            try scrub(path, summary, fileSystem: fileSystem)
            return []
        } catch .corrupt(let place) {
            return [place]
        }
    }

    /// Goes from page header to page header: the page table is sealed.
    private static func scrub(
        _ path: String, _ summary: SegmentSummary, fileSystem: any FileSystem
    ) throws(StoreError) {
        let file = try onDisk { () throws(DiskError) in try fileSystem.open(path, .read) }
        let byteCount = try onDisk { () throws(DiskError) in try file.byteCount() }
        let smallest = SegmentFormat.superblockByteCount + SegmentFormat.trailerByteCount
        guard byteCount == summary.byteCount, byteCount >= smallest else {
            let detail = "\(byteCount) bytes, \(summary.byteCount) expected"
            throw .corrupt(Corruption(path: path, offset: 0, detail: detail))
        }
        let head = try SegmentPages.readExactly(file, at: 0, count: SegmentFormat.superblockByteCount)
        let superblock = try SegmentSuperblock.decode(head, path: path)
        guard superblock.keySection != nil, superblock.identity == summary.identity else {
            let detail = "plain, or another segment than the manifest names"
            throw .corrupt(Corruption(path: path, offset: 0, detail: detail))
        }
        let trailer = try SegmentReader.readTrailer(file, byteCount: byteCount)
        var crcs: [UInt32] = []
        var offset = SegmentFormat.superblockByteCount
        while offset < byteCount - SegmentFormat.trailerByteCount {
            let page = try readPage(file, at: offset, number: UInt32(crcs.count), summary)
            crcs.append(page.crc)
            offset += page.byteCount
        }
        let fileCRC = SegmentTrailer.fileCRC(
            superblock: SegmentSuperblock.crc(of: head), pages: Array(crcs.dropLast()), footer: crcs.last ?? 0)
        guard crcs.last == trailer.footerCRC, fileCRC == trailer.fileCRC, fileCRC == summary.fileCRC else {
            let place = byteCount - SegmentFormat.trailerByteCount + 16
            throw .corrupt(
                Corruption(path: path, offset: place, checksum: "file", stored: summary.fileCRC, fileCRC))
        }
    }

    private static func readPage(
        _ file: any File, at offset: Int, number: UInt32, _ summary: SegmentSummary
    ) throws(StoreError) -> (crc: UInt32, byteCount: Int) {
        let headerByteCount = SegmentFormat.pageHeaderByteCount
        let header = try SegmentPages.readExactly(file, at: offset, count: headerByteCount)
        let (stored, crc) = header.withUnsafeBytes { bytes in
            (
                Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt32.self))),
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 28, as: UInt32.self))
            )
        }
        let byteCount = SegmentPageHeader.pageByteCount(payload: stored)
        guard offset + byteCount <= summary.byteCount - SegmentFormat.trailerByteCount else {
            let detail = "page \(number) of \(stored) bytes ends behind the file"
            throw .corrupt(Corruption(path: file.path, offset: offset + 24, detail: detail))
        }
        let page = try SegmentPages.readExactly(file, at: offset, count: byteCount)
        let reference = SegmentPageReference(
            number: number, type: nil, segmentTag: summary.identity.uuid.low, crc: crc, isSealed: true)
        _ = try decoding(file.path, at: offset) { () throws(FormatFault) in try reference.check(page) }
        return (crc, byteCount)
    }
}
