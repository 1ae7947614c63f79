import VarveBytes
package import VarveIO

/// A copy under the name that it has while it is made: `NAME.unfinished`.
struct UnfinishedSnapshot {
    static let suffix = ".unfinished"

    let layout: StoreLayout
    let fileSystem: any FileSystem

    /// Removes everything, the directory included. Only files where a snapshot puts files are touched; with any other
    /// the directory stays.
    func remove() throws(DiskError) {
        try removeFiles()
        if try fileSystem.exists(layout.lockFile) { try fileSystem.remove(layout.lockFile) }
        try fileSystem.remove(layout.root)
    }

    /// Removes all but the directory and its lock file.
    func removeFiles() throws(DiskError) {
        for directory in layout.directories where try fileSystem.exists(directory) {
            for name in try fileSystem.list(directory) { try fileSystem.remove("\(directory)/\(name)") }
            try fileSystem.remove(directory)
        }
    }

    /// Whether a snapshot was begun here that nobody goes on with, and nothing else is here; if so it is removed.
    fileprivate func removeIfAbandoned() throws(DiskError) -> Bool {
        let lock: any File
        do throws(DiskError) {
            lock = try fileSystem.open(layout.lockFile, .readWrite)
            try lock.lockExclusively()
        } catch {
            switch error {
            // Somebody works on it, or it has just got its name, or it is no snapshot.
            case .locked, .notFound: return false
            default: throw error
            }
        }
        // Closed with its last reference in any case.
        defer { try? lock.close() }
        guard try fileSystem.exists(layout.root), try isOurs() else { return false }
        try remove()
        return true
    }

    /// Whether every name in the directory is one that a snapshot gives.
    private func isOurs() throws(DiskError) -> Bool {
        let known = Set([layout.lockFile] + layout.directories)
        for name in try fileSystem.list(layout.root) where !known.contains("\(layout.root)/\(name)") { return false }
        for directory in layout.directories where try fileSystem.exists(directory) {
            for name in try fileSystem.list(directory) where !isOurs(name, in: directory) { return false }
        }
        return true
    }

    private func isOurs(_ name: String, in directory: String) -> Bool {
        switch directory {
        case layout.walDirectory: StoreLayout.number(in: name, suffix: StoreLayout.walSuffix) != nil
        case layout.manifestDirectory: StoreLayout.number(in: name, suffix: "") != nil
        case layout.catalogueDirectory: StoreLayout.catalogueGeneration(in: name) != nil
        case layout.segmentDirectory:
            // A UUID has 32 digits.
            name.hasSuffix(StoreLayout.segmentSuffix) && name.utf8.count == 32 + StoreLayout.segmentSuffix.utf8.count
        default: false
        }
    }
}

extension Store {
    /// Removes the copies that killed processes have left unfinished in a directory of snapshots. What another process
    /// is working on stays, and so does everything that is not certainly such a copy.
    /// - Returns: what was removed; empty when there is no such directory.
    package static func removeUnfinishedSnapshots(
        in directory: String, fileSystem: any FileSystem
    ) throws(StoreError) -> [String] {
        try onDisk { () throws(DiskError) in
            guard try fileSystem.exists(directory) else { return [] }
            var removed: [String] = []
            for name in try fileSystem.list(directory) where name.hasSuffix(UnfinishedSnapshot.suffix) {
                guard SnapshotName(String(name.dropLast(UnfinishedSnapshot.suffix.count))) != nil else { continue }
                let layout = StoreLayout(root: "\(directory)/\(name)")
                let copy = UnfinishedSnapshot(layout: layout, fileSystem: fileSystem)
                if try copy.removeIfAbandoned() { removed.append(layout.root) }
            }
            return removed
        }
    }
}
