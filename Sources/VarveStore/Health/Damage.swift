import Glibc
import VarveIO
import VarveModel

// How damage to the files that hold a store together is recognised, and told so that somebody can act on it.

extension StoreLayout {
    /// Whether the directory belongs to a store, or did: anything of one is enough.
    func hasStore(_ fileSystem: any FileSystem) throws(DiskError) -> Bool {
        if try fileSystem.exists(manifestDirectory) { return true }
        return try firstDataFile(fileSystem) != nil
    }

    /// The damage of a directory with data and without a manifest; nil when there is no data either.
    func lostManifest(_ fileSystem: any FileSystem) throws(StoreError) -> Corruption? {
        let name = try onDisk { () throws(DiskError) in try firstDataFile(fileSystem) }
        return name.map { name in
            let detail = "no manifest, but data is here (\(name)); restore the manifest directory from a snapshot"
            return Corruption(path: manifestDirectory, offset: 0, detail: detail)
        }
    }

    private func firstDataFile(_ fileSystem: any FileSystem) throws(DiskError) -> String? {
        for directory in [segmentDirectory, walDirectory, catalogueDirectory] {
            guard try fileSystem.exists(directory) else { continue }
            if let name = try fileSystem.list(directory).first { return name }
        }
        return nil
    }
}

extension StoreError {
    /// The same failure, of the catalogue: without it no row has a name, so it is worth saying what helps.
    var ofCatalogue: StoreError {
        let advice =
            "; the catalogue names every series: restore it from a snapshot, with the manifest of that snapshot"
        switch self {
        case .corrupt(let place):
            return .corrupt(Corruption(path: place.path, offset: place.offset, detail: place.detail + advice))
        case .disk(.notFound(let path)):
            return .corrupt(Corruption(path: path, offset: 0, detail: "the file is missing" + advice))
        case .disk(.shortRead(let path, _, let wanted, let read)):
            let detail = "\(wanted) bytes expected, the file ends after \(read)"
            return .corrupt(Corruption(path: path, offset: read, detail: detail + advice))
        default: return self
        }
    }
}

extension Corruption {
    /// As many places as anybody reads, and how many more there are.
    static func bounded(_ places: [Corruption]) -> [Corruption] {
        let shownMax = 5
        guard places.count > shownMax + 1, let last = places.last else { return places }
        let rest = "and \(places.count - shownMax) more places like this"
        return places.prefix(shownMax) + [Corruption(path: last.path, offset: last.offset, detail: rest)]
    }

    /// What a log looks like from an older manifest than the one it was last shortened for: one consequence, not many
    /// faults.
    static func followingLostManifest(_ places: [Corruption]) -> [Corruption] {
        guard let first = places.first else { return [] }
        let detail =
            "\(places.count) places do not follow the older manifest, because the damaged one had more in "
            + "segments; the log itself may be whole"
        return [Corruption(path: first.path, offset: first.offset, detail: detail)]
    }

    /// A damaged manifest with what it means and what helps.
    /// - Parameter older: the generation that is used instead.
    func ofManifest(older: UInt64) -> Corruption {
        var place = self
        place.detail +=
            "; the store is shown as of manifest \(older), without what was flushed or merged since: restore "
            + "this manifest from a copy, or give up the difference with --accept-loss"
        return place
    }
}

extension StoreEngine {
    /// Opened from an older manifest, because newer ones are damaged.
    var hasLostManifest: Bool { lostGeneration != nil }

    /// Deals with manifests that are newer than the one in use, and damaged. The newest first.
    mutating func takeOver(_ damaged: [Corruption]) throws(StoreError) {
        guard let newest = damaged.first else { return }
        damage = damaged.map { $0.ofManifest(older: manifest.generation) }
        lostGeneration = try manifests.generations().last
        guard options.acceptsLoss, let lostGeneration else {
            readOnlyReason =
                "a newer manifest is damaged (\(newest)); restore it, or give up what only it names with "
                + "--accept-loss"
            return
        }
        // The next one must not meet the name of the damaged one.
        manifest.generation = max(manifest.generation, lostGeneration)
    }
}
