package import VarveBytes
package import VarveIO

/// What `varve inspect` shows of one file of the catalogue.
package struct CatalogueDescription: Sendable, Equatable {
    package var store: UUID16
    package var generation: UInt64
    package var version: Int
    /// Frames of a log, sections of a checkpoint.
    package var partCount = 0
    /// Bytes of the header and of whole parts. A log may be longer: what follows was written for no manifest.
    package var byteCount = 0
    /// What is in it, by name, in the order of the file.
    package var counts: [Count] = []

    package struct Count: Sendable, Equatable {
        package var name: String
        package var count: Int
        /// Bytes on disk; 0 in a log, where everything is mixed.
        package var byteCount = 0
    }

    private init(store: UUID16, generation: UInt64, version: Int) {
        self.store = store
        self.generation = generation
        self.version = version
    }

    fileprivate mutating func add(_ name: String, _ count: Int, byteCount: Int = 0) {
        if let index = counts.firstIndex(where: { $0.name == name }) {
            counts[index].count += count
            counts[index].byteCount += byteCount
        } else {
            counts.append(Count(name: name, count: count, byteCount: byteCount))
        }
    }

    /// Bytes up to which the two kinds of file are alike: magic number, version, store.
    private static let commonByteCount = 32

    private static func head(_ bytes: [UInt8], _ path: String) throws(StoreError) -> (version: UInt16, store: UUID16) {
        guard bytes.count >= commonByteCount else {
            throw .corrupt(Corruption(path: path, offset: 0, detail: "cut short"))
        }
        return bytes.withUnsafeBytes { raw in
            func word(_ offset: Int) -> UInt64 {
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
            let version = UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
            return (version, UUID16(high: word(16), low: word(24)))
        }
    }
}

extension CatalogueDescription {
    /// Reads a log of the catalogue, without the checkpoint before it. Its name must be that of its generation.
    /// - Throws: `.corrupt` naming the place, `.newerFormat`, `.disk`.
    package init(ofLog path: String, fileSystem: any FileSystem) throws(StoreError) {
        let bytes = try readWhole(
            path, byteCountMax: CatalogueLog.fileByteCountMax, fileSystem: fileSystem)
        let (version, store) = try Self.head(bytes, path)
        let name = String(path.split(separator: "/").last ?? "")
        let generation = StoreLayout.number(in: name, suffix: StoreLayout.catalogueSuffix) ?? 0
        let layout = StoreLayout(root: StoreLayout.root(ofFile: path))
        let log = CatalogueLog(
            layout: layout, store: store, generation: generation, byteCount: bytes.count, checkpointByteCount: 0)
        _ = try log.checkHeader(bytes)
        self.init(store: store, generation: generation, version: Int(version))
        byteCount = CatalogueLog.headerByteCount
        do throws(StoreError) {
            while byteCount < bytes.count {
                var found: [String: Int] = [:]
                let end = try log.readFrame(bytes, at: byteCount) { record throws(CatalogueError) in
                    found[record.title, default: 0] += 1
                }
                for (name, count) in found.sorted(by: { $0.key < $1.key }) { add(name, count) }
                partCount += 1
                byteCount = end
            }
        } catch {
            // What follows the last whole frame is of no manifest, or damage: which of them, `varve verify` knows.
            if partCount == 0 { throw error }
        }
    }

    /// Reads a checkpoint of the catalogue.
    /// - Throws: `.corrupt` naming the place, `.newerFormat`, `.disk`.
    package init(ofCheckpoint path: String, fileSystem: any FileSystem) throws(StoreError) {
        let (file, fileByteCount, header) = try onDisk { () throws(DiskError) in
            let file = try fileSystem.open(path, .read)
            let count = try file.byteCount()
            return (file, count, try file.read(at: 0, count: min(count, CheckpointFormat.headerByteCount)))
        }
        let (version, store) = try Self.head(header, path)
        let generation =
            header.count < 40
            ? 0 : header.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 32, as: UInt64.self)) }
        let sectionCount = try CheckpointReader.check(
            header, path: path, store: store, generation: generation, byteCount: fileByteCount)
        self.init(store: store, generation: generation, version: Int(version))
        byteCount = CheckpointFormat.headerByteCount
        for _ in 0..<sectionCount {
            let start = byteCount
            let section = try CheckpointReader.read(file, at: &byteCount, end: fileByteCount)
            // Totals have no items.
            add("\(section.kind)", section.kind == .totals ? 1 : section.count, byteCount: byteCount - start)
            partCount += 1
        }
    }
}

extension CatalogueRecord {
    fileprivate var title: String {
        switch self {
        case .source: "sources"
        case .fieldList: "field lists"
        case .shape: "shapes"
        case .activity: "days of activity"
        }
    }
}
