import VarveBytes
import VarveCodec
import VarveIO

/// The catalogue on disk: one append-only file of frames of records. Format: Docs/Format/catalogue.md.
///
/// The manifest states how many bytes of the file count. What follows them was written for a manifest that was never
/// installed; it is overwritten, because the write-ahead log still holds the same facts. Owned by whoever flushes.
struct CatalogueLog: Sendable, Equatable {
    /// "VRVCAT01" read as a little-endian integer.
    static let magic: UInt64 = 0x3130_5441_4356_5256
    static let version: UInt16 = 1
    static let headerByteCount = 64
    /// Frame header: checksum, stored length, raw length, flags.
    static let frameHeaderByteCount = 16
    /// Raw bytes after which a frame ends: large enough for LZ4 to find the tags that sources share.
    static let frameBytesTarget = 256 << 10
    /// The largest frame that a reader accepts: the target and one record more.
    static let frameBytesMax = 16 << 20
    static let compressedFlag: UInt32 = 1

    let path: String
    let store: UUID16
    /// Bytes that count; 0 before the first append.
    private(set) var byteCount: Int

    init(path: String, store: UUID16, byteCount: Int) {
        self.path = path
        self.store = store
        self.byteCount = byteCount
    }

    /// Appends records and makes them durable. On failure nothing has changed: the next append writes to the same
    /// place.
    mutating func append(_ records: [CatalogueRecord], fileSystem: any FileSystem) throws(DiskError) {
        guard !records.isEmpty || byteCount == 0 else { return }
        var writer = ByteWriter()
        if byteCount == 0 { writer.write(contentsOf: header()) }
        var frame = ByteWriter(capacity: Self.frameBytesTarget)
        for record in records {
            record.encode(into: &frame)
            if frame.count >= Self.frameBytesTarget { Self.seal(&frame, into: &writer) }
        }
        Self.seal(&frame, into: &writer)
        let file = try fileSystem.open(path, .createOrOpen)
        try file.write(writer.bytes, at: byteCount)
        try file.sync()
        try file.close()
        byteCount += writer.count
    }

    private func header() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.headerByteCount)
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(UInt16(0))  // flags; bit 0 will say that frames are sealed
        writer.write(UInt32(0))  // slot of the wrapped data key, for sealed frames
        writer.write(store)
        writer.write(contentsOf: repeatElement(0, count: 28))
        writer.write(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    private static func seal(_ frame: inout ByteWriter, into writer: inout ByteWriter) {
        guard frame.count > 0 else { return }
        let compressed = frame.bytes.withUnsafeBytes { LZ4.compress($0, byteCountLimit: frame.count - 1) }
        let stored = compressed ?? frame.bytes
        var rest = ByteWriter(capacity: stored.count + frameHeaderByteCount)
        rest.write(UInt32(stored.count))
        rest.write(UInt32(frame.count))
        rest.write(compressed == nil ? 0 : compressedFlag)
        rest.write(contentsOf: stored)
        writer.write(CRC32C.checksum(rest.bytes))
        writer.write(contentsOf: rest.bytes)
        frame.removeAll()
    }
}

extension CatalogueLog {
    /// Reads `byteCount` bytes of the file and gives every record to `apply`, in order.
    /// - Throws: `.corrupt` naming the place. The catalogue is what gives rows their names, so there is nothing to
    ///   serve
    ///   without it.
    static func load(
        path: String, store: UUID16, byteCount: Int, fileSystem: any FileSystem,
        apply: (CatalogueRecord) throws(CatalogueError) -> Void
    ) throws(StoreError) -> CatalogueLog {
        let log = CatalogueLog(path: path, store: store, byteCount: byteCount)
        guard byteCount > 0 else { return log }
        let bytes: [UInt8]
        do throws(DiskError) {
            let file = try fileSystem.open(path, .read)
            // Asked before so much memory is taken.
            let present = try file.byteCount()
            guard present >= byteCount else {
                throw DiskError.shortRead(path: path, offset: 0, wanted: byteCount, read: present)
            }
            bytes = try file.read(at: 0, count: byteCount)
            try file.close()
        } catch {
            throw .disk(error)
        }
        try log.checkHeader(bytes)
        var offset = headerByteCount
        while offset < bytes.count {
            offset = try log.readFrame(bytes, at: offset, apply: apply)
        }
        return log
    }

    private func corrupt(_ offset: Int, _ detail: String) -> StoreError {
        .corrupt(Corruption(path: path, offset: offset, detail: detail))
    }

    private func checkHeader(_ bytes: [UInt8]) throws(StoreError) {
        guard bytes.count >= Self.headerByteCount, bytes.starts(with: header().prefix(8)) else {
            throw corrupt(0, "not a Varve catalogue")
        }
        let (version, checksum) = bytes.withUnsafeBytes {
            ($0.loadUnaligned(fromByteOffset: 8, as: UInt16.self), $0.loadUnaligned(fromByteOffset: 60, as: UInt32.self))
        }
        // Before the version, so that damage is never taken for a newer format.
        guard CRC32C.checksum(Array(bytes.prefix(60))) == checksum else { throw corrupt(60, "header checksum") }
        guard version <= Self.version else {
            throw .newerFormat(path: path, version: Int(version), supported: Int(Self.version))
        }
        guard Array(bytes.prefix(Self.headerByteCount)) == header() else {
            throw corrupt(0, "header damaged, or the catalogue of another store")
        }
    }

    /// Returns the offset behind the frame.
    private func readFrame(
        _ bytes: [UInt8], at offset: Int, apply: (CatalogueRecord) throws(CatalogueError) -> Void
    ) throws(StoreError) -> Int {
        guard offset + Self.frameHeaderByteCount <= bytes.count else { throw corrupt(offset, "frame header cut short") }
        let (checksum, storedCount, rawCount, flags) = bytes.withUnsafeBytes { raw in
            func word(_ index: Int) -> UInt32 { raw.loadUnaligned(fromByteOffset: offset + 4 * index, as: UInt32.self) }
            return (word(0), Int(word(1)), Int(word(2)), word(3))
        }
        let start = offset + Self.frameHeaderByteCount
        guard storedCount <= bytes.count - start, rawCount <= Self.frameBytesMax else {
            throw corrupt(offset, "frame of \(storedCount) bytes does not fit the file")
        }
        let end = start + storedCount
        guard CRC32C.checksum(Array(bytes[(offset + 4)..<end])) == checksum else {
            throw corrupt(offset, "frame checksum is not \(checksum)")
        }
        try readRecords(bytes[start..<end], rawCount: rawCount, flags: flags, offset: offset, apply: apply)
        return end
    }

    private func readRecords(
        _ stored: ArraySlice<UInt8>, rawCount: Int, flags: UInt32, offset: Int,
        apply: (CatalogueRecord) throws(CatalogueError) -> Void
    ) throws(StoreError) {
        do {
            var frame = Array(stored)
            if flags & Self.compressedFlag != 0 {
                frame = try LZ4.decompress(stored.span.bytes, byteCount: rawCount, offset: 0)
            }
            var cursor = ByteCursor(frame.span.bytes)
            while !cursor.isAtEnd { try apply(try CatalogueRecord(decoding: &cursor)) }
        } catch {
            throw corrupt(offset, "frame content: \(error)")
        }
    }
}
