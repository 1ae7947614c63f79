import VarveBytes
package import VarveCrypto
package import VarveIO
import VarveModel

/// An open segment. Format: Docs/Format/segment.md.
///
/// Immutable after init; any thread. Opening reads superblock and footer only; pages are read when asked for, checked
/// once and kept in the shared cache.
package final class SegmentReader: Sendable {
    package let summary: SegmentSummary
    package let schema: SegmentSchema
    package let path: String
    /// Whether the slower encoders have seen every block.
    package let isThorough: Bool
    let pages: SegmentPages
    let footer: SegmentFooter
    /// File offset and size of the footer page, trailer excluded.
    let footerOffset: Int
    let cache: PageCache
    let cacheOwner: UInt32
    /// Under this the cache holds directories of blocks of several series, by the blocks' ordinals.
    let directoryOwner: UInt32
    /// Under this the cache holds decoded rollups, by their first entry in the rollup index.
    let rollupOwner: UInt32
    /// Under this the cache holds the same by days.
    let dayRollupOwner: UInt32
    /// Under this the cache holds sums of blocks over hours, by the blocks' ordinals.
    let blockSumsOwner: UInt32

    /// Reads and checks superblock, trailer and footer: three reads of the disk.
    /// - Parameters:
    ///   - wrappedKey: the manifest's, of a sealed segment.
    ///   - keyProvider: unwraps it.
    ///   - quarantine: where pages that cannot be read are noted.
    /// - Throws: `.corrupt` for foreign, cut, damaged and forged files with the place; `.newerFormat`; `.disk`;
    ///   `.sealed` when the key is not to be had.
    package init(
        opening path: String, fileSystem: any FileSystem, cache: PageCache, wrappedKey: WrappedKey? = nil,
        keyProvider: (any KeyProvider)? = nil, quarantine: Quarantine = Quarantine()
    ) throws(StoreError) {
        let file = try onDisk { () throws(DiskError) in try fileSystem.open(path, .read) }
        let byteCount = try onDisk { () throws(DiskError) in try file.byteCount() }
        let smallest = SegmentFormat.superblockByteCount + SegmentFormat.trailerByteCount
        guard byteCount >= smallest else {
            let detail = "\(byteCount) bytes are too few for a segment; the smallest has \(smallest)"
            throw .corrupt(Corruption(path: path, offset: 0, detail: detail))
        }
        let head = try SegmentPages.readExactly(file, at: 0, count: SegmentFormat.superblockByteCount)
        let superblock = try SegmentSuperblock.decode(head, path: path)
        let trailer = try Self.readTrailer(file, byteCount: byteCount)
        let seal = try FileSeal.ofSegment(superblock, wrapped: wrappedKey, provider: keyProvider, path: path)
        footer = try Self.readFooter(file, trailer, superblock, seal)
        footerOffset = trailer.footerOffset
        summary = SegmentSummary(
            identity: superblock.identity, firstTimestamp: superblock.firstTimestamp,
            lastTimestamp: superblock.lastTimestamp, rowCount: superblock.rowCount, seriesCount: superblock.seriesCount,
            byteCount: byteCount, fileCRC: trailer.fileCRC, wrappedKey: wrappedKey)
        schema = superblock.schema
        isThorough = superblock.isThorough
        self.path = path
        pages = SegmentPages(
            file: file, table: footer.pages, segment: superblock.identity.uuid, seal: seal, fileSystem: fileSystem,
            quarantine: quarantine)
        try Self.checkReferences(path, head, footer, trailer, superblock)
        self.cache = cache
        cacheOwner = cache.registerOwner()
        directoryOwner = cache.registerOwner()
        rollupOwner = cache.registerOwner()
        dayRollupOwner = cache.registerOwner()
        blockSumsOwner = cache.registerOwner()
    }

    deinit {
        cache.forget(owner: cacheOwner)
        cache.forget(owner: directoryOwner)
        cache.forget(owner: rollupOwner)
        cache.forget(owner: dayRollupOwner)
        cache.forget(owner: blockSumsOwner)
    }

    /// Pages of the file, the footer excluded.
    var pageCount: Int { footer.pages.count }

    /// Reads a page from disk, whatever the caches hold, and checks it.
    /// - Returns: bytes read.
    /// - Throws: `.corrupt` when the page is damaged, and in quarantine from now on; `.disk`.
    func verifyPage(_ page: Int) throws(StoreError) -> Int { try pages.verify(page) }

    // MARK: Opening

    static func readTrailer(_ file: any File, byteCount: Int) throws(StoreError) -> SegmentTrailer {
        let offset = byteCount - SegmentFormat.trailerByteCount
        let bytes = try SegmentPages.readExactly(file, at: offset, count: SegmentFormat.trailerByteCount)
        let crc = CRC32C.checksum(Array(bytes[..<20]))
        return try decoding(file.path, at: offset) { () throws(FormatFault) in
            var cursor = ByteCursor(bytes.span.bytes)
            return try SegmentTrailer(&cursor, fileByteCount: byteCount, computedCRC: crc)
        }
    }

    private static func readFooter(
        _ file: any File, _ trailer: SegmentTrailer, _ superblock: SegmentSuperblock, _ seal: FileSeal?
    ) throws(StoreError) -> SegmentFooter {
        let bytes = try SegmentPages.readExactly(file, at: trailer.footerOffset, count: trailer.footerByteCount)
        // The footer's number is the count of the pages before it, which only the footer itself knows.
        let number = bytes.count >= SegmentFormat.pageHeaderByteCount ? pageNumber(bytes) : 0
        let reference = SegmentPageReference(
            number: number, type: .footer, segmentTag: superblock.identity.uuid.low, crc: trailer.footerCRC,
            isSealed: seal != nil)
        let payload = try SegmentPages.payload(
            bytes, reference, segment: superblock.identity.uuid, seal: seal, path: file.path, at: trailer.footerOffset)
        return try decoding(file.path, at: trailer.footerOffset) { () throws(FormatFault) in
            var cursor = payload.cursor()
            let footer = try SegmentFooter(
                &cursor, pagesByteCount: trailer.footerOffset - SegmentFormat.superblockByteCount)
            guard footer.pages.count == Int(number) else {
                throw FormatFault(offset: 16, detail: "footer numbered \(number) after \(footer.pages.count) pages")
            }
            return footer
        }
    }

    private static func pageNumber(_ page: [UInt8]) -> UInt32 {
        page.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 16, as: UInt32.self)) }
    }

    /// Each part must be the one that the others were written with.
    private static func checkReferences(
        _ path: String, _ head: [UInt8], _ footer: SegmentFooter, _ trailer: SegmentTrailer,
        _ superblock: SegmentSuperblock
    ) throws(StoreError) {
        let superblockCRC = SegmentSuperblock.crc(of: head)
        guard superblockCRC == footer.superblockCRC else {
            let detail = "superblock and footer are of different files"
            throw .corrupt(Corruption(path: path, offset: 0, detail: detail))
        }
        let fileCRC = SegmentTrailer.fileCRC(
            superblock: superblockCRC, pages: footer.pages.crcs, footer: trailer.footerCRC)
        guard fileCRC == trailer.fileCRC else {
            let place = trailer.footerOffset + trailer.footerByteCount + 16
            throw .corrupt(
                Corruption(path: path, offset: place, checksum: "file", stored: trailer.fileCRC, fileCRC))
        }
        guard superblock.schema.hasStatistics == superblock.identity.kind.schema.hasStatistics else {
            let detail = "the columns are not those of any \(superblock.identity.kind)"
            throw .corrupt(Corruption(path: path, offset: 128, detail: detail))
        }
        guard footer.seriesCount == superblock.seriesCount else {
            let detail = "\(superblock.seriesCount) series in the superblock, \(footer.seriesCount) in the footer"
            throw .corrupt(Corruption(path: path, offset: 112, detail: detail))
        }
    }

    // MARK: Pages

    /// The payload of a page, from the cache or the disk.
    func payload(_ page: UInt32, _ type: SegmentPageType) throws(StoreError) -> SegmentPayload {
        if case .payload(let payload)? = cache.find(owner: cacheOwner, page: page) { return payload }
        let payload = try pages.read(Int(page), type)
        cache.insert(.payload(payload), owner: cacheOwner, page: page)
        return payload
    }

    func timeLeaf(_ leaf: Int) throws(StoreError) -> TimeIndexLeaf {
        let page = footer.timeLeaves[leaf].page
        if case .timeLeaf(let leaf)? = cache.find(owner: cacheOwner, page: page) { return leaf }
        let payload = try pages.read(Int(page), .timeIndex)
        let count = Self.entries(of: leaf, total: footer.timeBlockCount, per: SegmentFormat.indexLeafEntries)
        let decoded = try decoding(path, at: payload.fileOffset) { () throws(FormatFault) in
            var cursor = payload.cursor()
            return try TimeIndexLeaf(&cursor, count: count, pageCount: footer.pages.count)
        }
        cache.insert(.timeLeaf(decoded), owner: cacheOwner, page: page)
        return decoded
    }

    func blockLeaf(_ leaf: Int) throws(StoreError) -> BlockIndexLeaf {
        let page = footer.blockLeaves[leaf].page
        if case .blockLeaf(let leaf)? = cache.find(owner: cacheOwner, page: page) { return leaf }
        let payload = try pages.read(Int(page), .blockIndex)
        let count = Self.entries(of: leaf, total: footer.blockCount, per: SegmentFormat.indexLeafEntries)
        let decoded = try decoding(path, at: payload.fileOffset) { () throws(FormatFault) in
            var cursor = payload.cursor()
            return try BlockIndexLeaf(
                &cursor, count: count, pageCount: footer.pages.count, timeBlockCount: footer.timeBlockCount,
                hasStatistics: schema.hasStatistics)
        }
        cache.insert(.blockLeaf(decoded), owner: cacheOwner, page: page)
        return decoded
    }

    func seriesLeaf(_ leaf: Int) throws(StoreError) -> SeriesIndexLeaf {
        let page = footer.seriesLeaves[leaf].page
        if case .seriesLeaf(let leaf)? = cache.find(owner: cacheOwner, page: page) { return leaf }
        let payload = try pages.read(Int(page), .seriesIndex)
        let count = Self.entries(of: leaf, total: footer.seriesCount, per: SegmentFormat.seriesLeafEntries)
        let decoded = try decoding(path, at: payload.fileOffset) { () throws(FormatFault) in
            var cursor = payload.cursor()
            return try SeriesIndexLeaf(&cursor, count: count, blockCount: footer.blockCount)
        }
        cache.insert(.seriesLeaf(decoded), owner: cacheOwner, page: page)
        return decoded
    }

    /// Entries of one leaf: all leaves but the last are full.
    static func entries(of leaf: Int, total: Int, per leafEntries: Int) -> Int {
        min(leafEntries, total - leaf * leafEntries)
    }

    /// Entry of the series index, by binary search in root and leaf; nil when the segment has no rows of `series`.
    func entry(of series: SeriesID) throws(StoreError) -> SeriesEntry? {
        let leaf = footer.seriesLeaves.partitioningIndex { $0.firstSeries > series } - 1
        return leaf < 0 ? nil : try seriesLeaf(leaf).entry(of: series)
    }

    /// All series of the segment, ascending.
    package func series() throws(StoreError) -> [SeriesID] {
        var all: [SeriesID] = []
        for leaf in footer.seriesLeaves.indices { all.append(contentsOf: try seriesLeaf(leaf).entries.map(\.series)) }
        return all
    }
}
