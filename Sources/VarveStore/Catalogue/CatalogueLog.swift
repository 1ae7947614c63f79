import VarveBytes
import VarveCodec
import VarveIO

/// The catalogue on disk: a checkpoint, and an append-only file of frames of records that came after it. Format:
/// Docs/Format/catalogue.md.
///
/// The manifest states how many bytes of the file count. What follows them was written for a manifest that was never
/// installed; the write-ahead log still holds the same facts. Until the store is closed they are written to the same
/// place again. What an earlier opening has left is never overwritten: its numbers may mean other things. Owned by
/// whoever flushes.
struct CatalogueLog: Sendable, Equatable {
    /// "VRVCAT01" read as a little-endian integer.
    static let magic: UInt64 = 0x3130_5441_4356_5256
    /// 2 since there are sources of several kinds and activity records.
    static let version: UInt16 = 2
    static let headerByteCount = 64
    /// Frame header: checksum, stored length, raw length, flags.
    static let frameHeaderByteCount = 16
    /// Raw bytes after which a frame ends: large enough for LZ4 to find the tags that sources share.
    static let frameBytesTarget = 256 << 10
    /// The largest frame that a reader accepts: the target and one record more.
    static let frameBytesMax = 16 << 20
    static let compressedFlag: UInt32 = 1
    /// The largest file that is read whole to be shown: a checkpoint follows when a log has 4 MiB, or a quarter of the
    /// last one.
    static let fileByteCountMax = 1 << 30

    let layout: StoreLayout
    let store: UUID16
    /// Grows by one with each checkpoint; part of the files' names. Generation 0 has no checkpoint.
    let generation: UInt64
    /// Bytes of the log that count; 0 before the first append.
    private(set) var byteCount: Int
    /// Bytes of the checkpoint that the log continues.
    let checkpointByteCount: Int
    /// Of the file; older ones get no record that their readers do not know.
    private var fileVersion = CatalogueLog.version
    /// Of the next checkpoint: above that of every file in the directory.
    private(set) var nextGeneration: UInt64
    /// Whether an earlier opening left bytes behind those that count. If others were written over them and a lying disk
    /// lost the write, checksums would be right and numbers would mean other series: so the next flush begins a new
    /// generation.
    private var hasRemains = false
    /// Generations beyond this, half of what a manifest may name, are names that no store made.
    private static let generationMax: UInt64 = 1 << 55

    init(layout: StoreLayout, store: UUID16, generation: UInt64, byteCount: Int, checkpointByteCount: Int) {
        self.layout = layout
        self.store = store
        self.generation = generation
        self.byteCount = byteCount
        self.checkpointByteCount = checkpointByteCount
        // Of a file with any name, too, which is only described.
        nextGeneration = generation &+ 1
    }

    var path: String { layout.catalogueFile(generation: generation) }
    /// Bytes of checkpoint and log.
    var totalByteCount: Int { checkpointByteCount + byteCount }

    /// Whether the next flush should write a checkpoint instead of going on with the log: reading the log costs ten
    /// times as much per byte, so it may reach a quarter of the checkpoint, and 4 MiB in any case.
    func isCheckpointDue(logBytesMax: Int) -> Bool {
        byteCount > max(logBytesMax, checkpointByteCount / 4) || byteCount > 0 && fileVersion < Self.version
            || hasRemains
    }

    /// Appends records and makes them durable. On failure nothing has changed: the next append writes to the same
    /// place.
    mutating func append(_ records: some Sequence<CatalogueRecord>, fileSystem: any FileSystem) throws(DiskError) {
        var writer = ByteWriter()
        if byteCount == 0 { writer.write(contentsOf: header(Self.version)) }
        var frame = ByteWriter(capacity: Self.frameBytesTarget)
        for record in records {
            record.encode(into: &frame)
            if frame.count >= Self.frameBytesTarget { Self.seal(&frame, into: &writer) }
        }
        Self.seal(&frame, into: &writer)
        guard writer.count > 0 else { return }
        let file = try fileSystem.open(path, .createOrOpen)
        try file.write(writer.bytes, at: byteCount)
        try file.sync()
        try file.close()
        byteCount += writer.count
    }

    private func header(_ version: UInt16) -> [UInt8] {
        var writer = ByteWriter(capacity: Self.headerByteCount)
        writer.write(Self.magic)
        writer.write(version)
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
    /// Reads the checkpoint and the counting bytes of the log into an empty catalogue.
    /// - Throws: `.corrupt` naming the place, also when series are missing that the manifest counts: their numbers
    ///   would be given to others. The catalogue is what gives rows their names, so there is nothing to serve
    ///   without it.
    static func load(
        layout: StoreLayout, manifest: Manifest, fileSystem: any FileSystem, into catalogue: Catalogue
    ) throws(StoreError) -> CatalogueLog {
        let generation = manifest.catalogueGeneration
        var checkpointByteCount = 0
        if generation > 0 {
            checkpointByteCount = try CheckpointReader.load(
                path: layout.checkpointFile(generation: generation), store: manifest.storeUUID, generation: generation,
                fileSystem: fileSystem, into: catalogue)
        }
        var log = CatalogueLog(
            layout: layout, store: manifest.storeUUID, generation: generation,
            byteCount: Int(manifest.catalogueByteCount), checkpointByteCount: checkpointByteCount)
        if log.byteCount > 0 { try log.read(fileSystem, into: catalogue) }
        guard UInt64(catalogue.seriesCount) >= manifest.counters.nextSeries else {
            let detail = "names \(catalogue.seriesCount) series, the manifest counts \(manifest.counters.nextSeries)"
            throw log.corrupt(log.byteCount, detail)
        }
        try onDisk { () throws(DiskError) in try log.findRemains(fileSystem) }
        return log
    }

    /// Looks for what was written for manifests that are not there.
    private mutating func findRemains(_ fileSystem: any FileSystem) throws(DiskError) {
        let names: [String]
        do throws(DiskError) {
            names = try fileSystem.list(layout.catalogueDirectory)
        } catch {
            // Without a directory there is nothing in it.
            guard case .notFound = error else { throw error }
            return
        }
        for name in names {
            guard let number = StoreLayout.catalogueGeneration(in: name), number < Self.generationMax else { continue }
            nextGeneration = max(nextGeneration, number + 1)
            guard number == generation, name.hasSuffix(StoreLayout.catalogueSuffix) else { continue }
            hasRemains = try fileSystem.open(path, .read).byteCount() > byteCount
        }
    }

    private mutating func read(_ fileSystem: any FileSystem, into catalogue: Catalogue) throws(StoreError) {
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
        fileVersion = try checkHeader(bytes)
        var offset = Self.headerByteCount
        while offset < bytes.count {
            offset = try readFrame(bytes, at: offset) { record throws(CatalogueError) in try catalogue.apply(record) }
        }
    }

    private func corrupt(_ offset: Int, _ detail: String) -> StoreError {
        .corrupt(Corruption(path: path, offset: offset, detail: detail))
    }

    /// Returns the version of the file.
    func checkHeader(_ bytes: [UInt8]) throws(StoreError) -> UInt16 {
        guard bytes.count >= Self.headerByteCount, bytes.starts(with: header(Self.version).prefix(8)) else {
            throw corrupt(0, "not a Varve catalogue")
        }
        let (version, checksum) = bytes.withUnsafeBytes {
            (
                $0.loadUnaligned(fromByteOffset: 8, as: UInt16.self),
                $0.loadUnaligned(fromByteOffset: 60, as: UInt32.self)
            )
        }
        // Before the version, so that damage is never taken for a newer format.
        guard CRC32C.checksum(Array(bytes.prefix(60))) == checksum else { throw corrupt(60, "header checksum") }
        guard version > 0 else { throw corrupt(8, "version 0") }
        guard version <= Self.version else {
            throw .newerFormat(path: path, version: Int(version), supported: Int(Self.version))
        }
        guard Array(bytes.prefix(Self.headerByteCount)) == header(version) else {
            throw corrupt(0, "header damaged, or the catalogue of another store")
        }
        return version
    }

    /// Returns the offset behind the frame.
    func readFrame(
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
        guard flags == Self.compressedFlag || flags == 0 && rawCount == storedCount else {
            throw corrupt(offset, "frame with flags \(flags), \(rawCount) bytes stored in \(storedCount)")
        }
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
