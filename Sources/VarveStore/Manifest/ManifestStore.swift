package import VarveIO

/// Reads and installs the numbered manifests of one store directory. Format: Docs/Format/manifest.md.
///
/// Stateless; the writer thread installs, any thread may load.
package struct ManifestStore: Sendable {
    private let directory: String
    private let temporaryDirectory: String
    private let fileSystem: any FileSystem

    /// Generations kept, the newest included: older ones serve people and damaged disks.
    package static let keptGenerations = 3
    private static let nameDigits = 20

    /// What ``load()`` found.
    package struct Loaded: Equatable, Sendable {
        package var manifest: Manifest
        /// Manifests of higher generations that do not verify. The store then lacks what they added: what the WAL no
        /// longer holds is lost, so this is for an operator to decide.
        package var damaged: [Corruption]

        package init(manifest: Manifest, damaged: [Corruption]) {
            self.manifest = manifest
            self.damaged = damaged
        }
    }

    /// - Parameter store: the store's directory; manifests live in its `manifest/`, unfinished ones in `tmp/`.
    package init(store: String, fileSystem: any FileSystem) {
        directory = store + "/manifest"
        temporaryDirectory = store + "/tmp"
        self.fileSystem = fileSystem
    }

    /// Creates the two directories. The caller makes their names durable in the store's directory.
    package func createDirectories() throws(StoreError) {
        try onDisk { () throws(DiskError) in
            try fileSystem.createDirectory(directory)
            try fileSystem.createDirectory(temporaryDirectory)
        }
    }

    /// The manifest with the highest generation that verifies; nil when there is no manifest at all.
    /// - Throws: `.newerFormat` when the highest intact one is of a newer version (older ones are then not the truth);
    ///   `.corrupt` when there are manifests but none verifies.
    package func load() throws(StoreError) -> Loaded? {
        var damaged: [Corruption] = []
        for generation in try generations().reversed() {
            do {
                return Loaded(manifest: try read(generation), damaged: damaged)
            } catch .corrupt(let place) {
                damaged.append(place)
            }
        }
        if let newest = damaged.first { throw .corrupt(newest) }
        return nil
    }

    /// Makes `manifest` the newest: written and synced under a temporary name, then linked to its own, which must not
    /// exist.
    ///
    /// When this returns, the manifest survives a power cut. Older generations but the newest three are removed.
    /// - Throws: `.inUse` when the generation exists already: somebody else writes this store. `.outcomeUnknown` when
    ///   the name was given but may not be durable; nothing may be deleted or acknowledged on the strength of it.
    package func install(_ manifest: Manifest) throws(StoreError) {
        let target = path(manifest.generation)
        let temporary = "\(temporaryDirectory)/manifest-\(Self.name(manifest.generation))"
        let bytes = manifest.encoded()
        precondition(bytes.count <= ManifestFormat.fileByteCountMax, "a manifest has at most 64 MiB")
        try onDisk { () throws(DiskError) in
            // Left by an install that did not get to its end.
            if try fileSystem.exists(temporary) { try fileSystem.remove(temporary) }
            let file = try fileSystem.open(temporary, .createNew)
            try file.write(bytes, at: 0)
            try file.sync()
            try file.close()
        }
        do {
            try fileSystem.link(temporary, to: target)
        } catch .exists {
            throw .inUse(directory: directory)
        } catch {
            throw .disk(error)
        }
        do { try fileSystem.syncDirectory(directory) } catch { throw .outcomeUnknown(error) }
        removeLeftovers(temporary, newest: manifest.generation)
    }

    /// Removes all generations below `generation` for good: they hold keys that are to be destroyed.
    package func removeGenerations(below generation: UInt64) throws(StoreError) {
        for old in try generations() where old < generation {
            try onDisk { () throws(DiskError) in try fileSystem.remove(path(old)) }
        }
        try onDisk { () throws(DiskError) in
            try fileSystem.syncDirectory(directory)
            // They had names there too, which a power cut could bring back.
            try fileSystem.syncDirectory(temporaryDirectory)
        }
    }

    /// Generations on disk, ascending; other names in the directory are ignored.
    package func generations() throws(StoreError) -> [UInt64] {
        let names: [String]
        do {
            names = try fileSystem.list(directory)
        } catch .notFound {
            return []
        } catch {
            throw .disk(error)
        }
        return names.compactMap(Self.generation(of:)).sorted()
    }

    /// Reads one generation and checks that it is the one its name says.
    package func read(_ generation: UInt64) throws(StoreError) -> Manifest {
        let path = path(generation)
        let bytes = try onDisk { () throws(DiskError) in
            let file = try fileSystem.open(path, .read)
            return try file.read(at: 0, count: min(file.byteCount(), ManifestFormat.fileByteCountMax))
        }
        let manifest = try Manifest(decoding: bytes, path: path)
        guard manifest.generation == generation else {
            let detail = "carries generation \(manifest.generation), its name says \(generation)"
            throw .corrupt(Corruption(path: path, offset: 32, detail: detail))
        }
        return manifest
    }

    /// `<directory>/<20 digits>`.
    package func path(_ generation: UInt64) -> String { "\(directory)/\(Self.name(generation))" }

    // MARK: Names

    /// 20 digits: every UInt64, sorted by name as by number.
    private static func name(_ generation: UInt64) -> String {
        let digits = String(generation)
        return String(repeating: "0", count: nameDigits - digits.count) + digits
    }

    private static func generation(of name: String) -> UInt64? {
        guard name.utf8.count == nameDigits, name.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt64(name)
    }

    /// Failures are left to the next install: a file too many harms nobody.
    private func removeLeftovers(_ temporary: String, newest: UInt64) {
        try? fileSystem.remove(temporary)
        guard let generations = try? generations() else { return }
        for old in generations.filter({ $0 <= newest }).dropLast(Self.keptGenerations) {
            try? fileSystem.remove(path(old))
        }
    }
}
