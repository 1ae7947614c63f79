import VarveBytes
import VarveCodec
import VarveIO
import VarveModel

/// Reads checkpoint files of unknown origin. Never traps.
enum CheckpointReader {
    /// A part of the file whose checksum was right.
    struct Section: Sendable {
        var kind: CheckpointFormat.Section
        /// Names, sources …: at most ``CheckpointFormat/itemsMax``.
        var count: Int
        var content: [UInt8]
    }

    /// Fills an empty catalogue. Returns the length of the file.
    /// - Throws: `.corrupt` naming the place, `.newerFormat`, `.disk`.
    static func load(
        path: String, store: UUID16, generation: UInt64, fileSystem: any FileSystem, into catalogue: Catalogue
    ) throws(StoreError) -> Int {
        let (file, byteCount, header) = try onDisk { () throws(DiskError) in
            let file = try fileSystem.open(path, .read)
            let byteCount = try file.byteCount()
            let count = min(byteCount, CheckpointFormat.headerByteCount)
            return (file, byteCount, try file.read(at: 0, count: count))
        }
        let sectionCount = try check(header, path: path, store: store, generation: generation, byteCount: byteCount)
        var load = CheckpointLoad(memoryMax: CheckpointMemory.byteCountMax(ofFile: byteCount))
        var offset = CheckpointFormat.headerByteCount
        for _ in 0..<sectionCount {
            let start = offset
            let section = try read(file, at: &offset, end: byteCount)
            do throws(CatalogueError) {
                try catalogue.load(section, &load)
            } catch {
                throw .corrupt(Corruption(path: path, offset: start, detail: "checkpoint section: \(error)"))
            }
        }
        guard offset == byteCount else {
            throw .corrupt(Corruption(path: path, offset: offset, detail: "\(byteCount - offset) bytes too many"))
        }
        do throws(CatalogueError) {
            try catalogue.finish(&load)
        } catch {
            throw .corrupt(Corruption(path: path, offset: offset, detail: "checkpoint: \(error)"))
        }
        try onDisk { () throws(DiskError) in try file.close() }
        return byteCount
    }

    /// Returns the count of sections.
    static func check(
        _ header: [UInt8], path: String, store: UUID16, generation: UInt64, byteCount: Int
    ) throws(StoreError) -> Int {
        func corrupt(_ detail: String) -> StoreError { .corrupt(Corruption(path: path, offset: 0, detail: detail)) }
        guard header.count == CheckpointFormat.headerByteCount else { throw corrupt("header cut short") }
        func number<Integer: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: Integer.Type) -> Integer {
            header.withUnsafeBytes { Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
        }
        guard number(0, UInt64.self) == CheckpointFormat.magic else {
            throw corrupt("not a Varve catalogue checkpoint")
        }
        // The checksum first: a flipped bit must not pass for a newer format.
        guard CRC32C.checksum(Array(header.prefix(60))) == number(60, UInt32.self) else {
            throw corrupt("header damaged")
        }
        let version = number(8, UInt16.self)
        guard version <= CheckpointFormat.version else {
            throw .newerFormat(path: path, version: Int(version), supported: Int(CheckpointFormat.version))
        }
        guard version > 0, number(10, UInt16.self) == 0, header[48..<60].allSatisfy({ $0 == 0 }) else {
            throw corrupt("version \(version), flags or reserved bytes that no version writes")
        }
        guard number(16, UInt64.self) == store.high, number(24, UInt64.self) == store.low else {
            throw corrupt("the catalogue of another store")
        }
        let (found, length) = (number(32, UInt64.self), number(40, UInt64.self))
        guard found == generation, length == UInt64(byteCount) else {
            throw corrupt("generation \(found) of \(length) bytes; \(generation) of \(byteCount) expected")
        }
        return Int(number(12, UInt32.self))
    }

    static func read(_ file: any File, at offset: inout Int, end: Int) throws(StoreError) -> Section {
        let start = offset
        func corrupt(_ detail: String) -> StoreError {
            .corrupt(Corruption(path: file.path, offset: start, detail: "checkpoint section: " + detail))
        }
        let headerCount = CheckpointFormat.sectionHeaderByteCount
        guard end - start >= headerCount else { throw corrupt("header cut short") }
        let header = try onDisk { () throws(DiskError) in try file.read(at: start, count: headerCount) }
        let (checksum, words) = header.withUnsafeBytes { raw in
            func word(_ index: Int) -> Int { Int(raw.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)) }
            return (word(0), (1..<5).map(word))
        }
        let (rawCount, storedCount) = (words[1], words[2])
        guard storedCount <= end - start - headerCount, rawCount <= CheckpointFormat.sectionBytesMax else {
            throw corrupt("\(storedCount) bytes do not fit the file")
        }
        let stored = try onDisk { () throws(DiskError) in try file.read(at: start + headerCount, count: storedCount) }
        guard Int(CRC32C.checksum(stored, seed: CRC32C.checksum(Array(header[4...])))) == checksum else {
            throw corrupt("checksum is not \(checksum)")
        }
        guard let kind = CheckpointFormat.Section(rawValue: UInt16(words[0] & 0xffff)) else {
            throw corrupt("unknown kind \(words[0] & 0xffff)")
        }
        guard words[3] <= CheckpointFormat.itemsMax(kind) else { throw corrupt("\(words[3]) items") }
        let flags = words[0] >> 16
        guard flags == CheckpointFormat.compressedFlag || flags == 0 && rawCount == storedCount else {
            throw corrupt("flags \(flags), \(rawCount) bytes stored in \(storedCount)")
        }
        offset = start + headerCount + storedCount
        guard flags != 0 else { return Section(kind: kind, count: words[3], content: stored) }
        do throws(CodecError) {
            let content = try LZ4.decompress(stored.span.bytes, byteCount: rawCount, offset: 0)
            return Section(kind: kind, count: words[3], content: content)
        } catch {
            throw corrupt("\(error)")
        }
    }
}
