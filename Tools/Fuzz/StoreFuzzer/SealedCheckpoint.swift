import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A checkpoint of the catalogue whose checksums are made right, and the store that it belongs to:
/// Docs/Format/catalogue.md.
struct SealedCheckpoint {
    static let store = UUID16(high: 1, low: 2)
    private static let headerByteCount = 64

    private(set) var bytes: [UInt8]

    /// Sections as the input has them: kind, flags, `u16` items, `u16` bytes, then those; the last may be cut short.
    init(sections input: ArraySlice<UInt8>) {
        var sections: [[UInt8]] = []
        var rest = input
        while rest.count >= 6 {
            let head = Array(rest.prefix(6))
            let byteCount = Int(head[4]) | Int(head[5]) << 8
            rest = rest.dropFirst(6)
            let content = rest.prefix(byteCount)
            rest = rest.dropFirst(byteCount)
            var section = ByteWriter()
            section.write(UInt16(head[0]))
            section.write(UInt16(head[1]))
            // What LZ4 gives at most, when the flag says that it is LZ4.
            section.write(UInt32(head[1] == 1 ? content.count * 200 : content.count))
            section.write(UInt32(content.count))
            section.write(UInt32(head[2]) | UInt32(head[3]) << 8)
            section.write(contentsOf: content)
            sections.append(section.bytes)
        }
        var writer = ByteWriter()
        writer.write(contentsOf: "VRVCIX01".utf8)
        writer.write(UInt16(1))
        writer.write(UInt16(0))
        writer.write(UInt32(sections.count))
        writer.write(Self.store)
        writer.write(UInt64(1))
        writer.write(UInt64(Self.headerByteCount + sections.reduce(0) { $0 + 4 + $1.count }))
        writer.write(contentsOf: repeatElement(0, count: 16))
        for section in sections {
            writer.write(CRC32C.checksum(section))
            writer.write(contentsOf: section)
        }
        bytes = writer.bytes
        seal()
    }

    /// The golden one with bytes changed at places that the input names: two bytes of place, one of content.
    init(changing golden: [UInt8], _ input: ArraySlice<UInt8>) {
        bytes = golden
        var changes = input
        while changes.count >= 3 {
            let place = Int(changes.removeFirst()) << 8 | Int(changes.removeFirst())
            bytes[place % bytes.count] = changes.removeFirst()
        }
        // Store, generation and length are compared with others; a change there would hide all else.
        bytes.replaceSubrange(12..<48, with: golden[12..<48])
        seal()
    }

    /// Makes all checksums right, as far as the lengths of sections lead.
    private mutating func seal() {
        put(CRC32C.checksum(Array(bytes[..<60])), at: 60)
        var start = Self.headerByteCount
        while start + 20 <= bytes.count {
            let stored = bytes.withUnsafeBytes {
                Int($0.loadUnaligned(fromByteOffset: start + 12, as: UInt32.self))
            }
            guard stored <= bytes.count - start - 20 else { return }
            put(CRC32C.checksum(Array(bytes[(start + 4)..<(start + 20 + stored)])), at: start)
            start += 20 + stored
        }
    }

    private mutating func put(_ checksum: UInt32, at offset: Int) {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: checksum, toByteOffset: offset, as: UInt32.self) }
    }

    /// Opens a store that has nothing else.
    func open() {
        let fileSystem = SimulatedFileSystem()
        do {
            for name in ["wal", "seg", "catalog", "tmp", "orphan", "manifest"] {
                try fileSystem.createDirectory("/data/\(name)")
            }
            let identity = bytes.withUnsafeBytes {
                UUID16(
                    high: $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                    low: $0.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
            }
            var manifest = Manifest(storeUUID: identity, createdNs: 0)
            manifest.generation = 1
            manifest.catalogueGeneration = bytes.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: 32, as: UInt64.self)
            }
            try ManifestStore(store: "/data", fileSystem: fileSystem).install(manifest)
            let digits = "\(manifest.catalogueGeneration)"
            let name = String(repeating: "0", count: 20 - digits.count) + digits
            try fileSystem.open("/data/catalog/\(name).idx", .createNew).write(bytes, at: 0)
        } catch {
            preconditionFailure("the simulated disk takes every write: \(error)")
        }
        _ = try? StoreVerifier.verify(directory: "/data", fileSystem: fileSystem)
    }
}
