import VarveBytes
package import VarveCrypto
package import VarveIO
import VarveModel

/// Reads every byte of a store directory and checks every checksum and invariant, changing nothing.
package struct StoreVerifier {
    /// What a verification came to.
    package struct Report: Sendable, Equatable {
        package var fileCount = 0
        package var byteCount = 0
        package var segmentCount = 0
        /// Of the segments, those that are encrypted.
        package var sealedSegmentCount = 0
        package var seriesCount = 0
        /// Values, and rows with several columns, in segments and in the log above the manifest's floor.
        package var sampleCount = 0
        /// Encrypted files of which only checksums were verified: their samples are not counted.
        package var lockedFileCount = 0
        /// Empty when all is well.
        package var problems: [Corruption] = []
        /// Harmless things that an operator may want to know, such as files that nothing refers to.
        package var notes: [String] = []

        package init() {}
    }

    private let layout: StoreLayout
    private let fileSystem: any FileSystem
    private let keyProvider: (any KeyProvider)?
    /// Sealed files of which only the checksums could be verified.
    private var lockedFileCount = 0
    private let progress: (String) -> Void
    private var report = Report()

    /// Verifies a directory that no other process has open.
    /// - Parameters:
    ///   - keyProvider: for sealed files; without it only their checksums are verified, and a note says so.
    ///   - progress: gets the path of each file before it is read.
    /// - Throws: `.inUse`, `.notAStore`, `.newerFormat`, `.disk`. Damage is reported, not thrown.
    package static func verify(
        directory: String, fileSystem: any FileSystem, keyProvider: (any KeyProvider)? = nil,
        progress: (String) -> Void = { _ in }
    ) throws(StoreError) -> Report {
        try withoutActuallyEscaping(progress) { progress throws(StoreError) in
            var verifier = StoreVerifier(
                layout: StoreLayout(root: directory), fileSystem: fileSystem, keyProvider: keyProvider,
                progress: progress)
            let lock = try verifier.lock()
            // Closed with its last reference in any case.
            defer { try? lock?.close() }
            try verifier.run()
            return verifier.report
        }
    }

    private init(
        layout: StoreLayout, fileSystem: any FileSystem, keyProvider: (any KeyProvider)?,
        progress: @escaping (String) -> Void
    ) {
        self.keyProvider = keyProvider
        self.layout = layout
        self.fileSystem = fileSystem
        self.progress = progress
    }

    /// nil when there is no lock file: then no process has the directory open.
    private func lock() throws(StoreError) -> (any File)? {
        do throws(DiskError) {
            let lock = try fileSystem.open(layout.lockFile, .readWrite)
            try lock.lockExclusively()
            return lock
        } catch {
            switch error {
            case _ where error.refusesWriting: return try shareLock()
            case .notFound:
                let isStore = try onDisk { () throws(DiskError) in try layout.hasStore(fileSystem) }
                guard isStore else { throw .notAStore(directory: layout.root) }
                return nil
            case .locked: throw StoreLock.inUse(layout, fileSystem: fileSystem)
            default: throw .disk(error)
            }
        }
    }

    /// Of a directory in which this process may not write.
    private func shareLock() throws(StoreError) -> (any File)? {
        do throws(DiskError) {
            return try StoreLock.share(layout, fileSystem: fileSystem)
        } catch {
            guard case .locked = error else { throw .disk(error) }
            throw StoreLock.inUse(layout, fileSystem: fileSystem)
        }
    }

    private mutating func run() throws(StoreError) {
        progress(layout.manifestDirectory)
        let loaded: ManifestStore.Loaded?
        do throws(StoreError) {
            let manifests = ManifestStore(store: layout.root, fileSystem: fileSystem)
            loaded = try manifests.load()
            if let manifest = loaded?.manifest {
                try manifest.checkNumbers(path: manifests.path(manifest.generation))
            }
        } catch {
            return try record(error, path: layout.manifestDirectory)
        }
        guard let loaded else {
            guard let place = try layout.lostManifest(fileSystem) else { throw .notAStore(directory: layout.root) }
            report.problems.append(place)
            return
        }
        report.problems += loaded.damaged.map { $0.ofManifest(older: loaded.manifest.generation) }
        let catalogue = try checkCatalogue(loaded.manifest)
        try checkSegments(loaded.manifest, catalogue: catalogue)
        try checkLog(loaded.manifest, catalogue: catalogue, isAfterLostManifest: !loaded.damaged.isEmpty)
        try noteLeftovers(loaded.manifest)
        report.seriesCount = catalogue.seriesCount
    }

    /// Damage becomes a line of the report; anything else ends the verification.
    private mutating func record(_ error: StoreError, path: String) throws(StoreError) {
        switch error {
        case .corrupt(let place): report.problems.append(place)
        case .disk(.notFound(let path)), .disk(.shortRead(let path, _, _, _)):
            report.problems.append(Corruption(path: path, offset: 0, detail: "missing or cut short"))
        default: throw error
        }
    }

    private mutating func count(_ path: String) throws(StoreError) {
        report.fileCount += 1
        report.byteCount += try onDisk { () throws(DiskError) in try fileSystem.open(path, .read).byteCount() }
    }

    private mutating func checkCatalogue(_ manifest: Manifest) throws(StoreError) -> Catalogue {
        let catalogue = Catalogue()
        let path = layout.catalogueFile(generation: manifest.catalogueGeneration)
        progress(path)
        do throws(StoreError) {
            _ = try CatalogueLog.load(layout: layout, manifest: manifest, fileSystem: fileSystem, into: catalogue)
            if manifest.catalogueGeneration > 0 {
                try count(layout.checkpointFile(generation: manifest.catalogueGeneration))
            }
            if manifest.catalogueByteCount > 0 { try count(path) }
        } catch {
            try record(error.ofCatalogue, path: path)
        }
        return catalogue
    }

    private mutating func checkSegments(_ manifest: Manifest, catalogue: Catalogue) throws(StoreError) {
        let cache = PageCache(byteCountMax: 1 << 20)
        for summary in manifest.segments {
            let path = layout.segmentFile(summary.identity.uuid)
            progress(path)
            do throws(StoreError) {
                try count(path)
                if summary.wrappedKey != nil { report.sealedSegmentCount += 1 }
                if summary.wrappedKey != nil, keyProvider == nil {
                    lockedFileCount += 1
                    report.problems += try SegmentScrub.faults(path, summary, fileSystem: fileSystem)
                    report.segmentCount += 1
                    report.sampleCount += summary.rowCount
                    continue
                }
                let reader = try SegmentReader(
                    opening: path, fileSystem: fileSystem, cache: cache, wrappedKey: summary.wrappedKey,
                    keyProvider: keyProvider)
                if reader.summary != summary {
                    let detail = "holds \(reader.summary), the manifest says \(summary)"
                    report.problems.append(Corruption(path: path, offset: 0, detail: detail))
                }
                var problems: [Corruption] = []
                // A page that many blocks share is one place, however many of them need it.
                try reader.verify { if !problems.contains($0) { problems.append($0) } }
                report.problems += problems
                report.segmentCount += 1
                report.sampleCount += summary.rowCount
            } catch {
                try record(error, path: path)
            }
        }
    }

    private mutating func checkLog(
        _ manifest: Manifest, catalogue: Catalogue, isAfterLostManifest: Bool
    ) throws(StoreError) {
        progress(layout.walDirectory)
        var sampleCount = 0
        var problems: [Corruption] = []
        // Of rows that do not fit what is known before them; groups that only their key opens may have made it known.
        var misfits: [Corruption] = []
        let directory = layout.walDirectory
        let recovery = try WALRecovery(
            layout: layout, fileSystem: fileSystem, store: manifest.storeUUID, floor: manifest.walFloor,
            requiredFile: manifest.requiredLogFile, keyProvider: keyProvider, checksumsOnly: keyProvider == nil
        ) { group throws(StoreError) in
            for record in group.records {
                do throws(CatalogueError) {
                    try catalogue.apply(record)
                } catch {
                    problems.append(Corruption(path: directory, offset: 0, detail: "group \(group.lsn): \(error)"))
                }
            }
            let widths = catalogue.tables.shapeWidths
            let faults = group.batches.map { $0.fault(widths: widths) } + group.columns.map { catalogue.fault(of: $0) }
            misfits += faults.compactMap { $0 }.map {
                Corruption(path: directory, offset: 0, detail: "group \(group.lsn): \($0)")
            }
            sampleCount += group.batches.reduce(0) { $0 + $1.values.count }
            sampleCount += group.columns.reduce(0) { $0 + $1.rowCount }
        }
        if recovery.lockedFileCount == 0 { problems += misfits }
        report.sampleCount += sampleCount
        lockedFileCount += recovery.lockedFileCount
        let found = recovery.damage + problems
        report.problems += isAfterLostManifest ? Corruption.followingLostManifest(found) : Corruption.bounded(found)
        for file in recovery.files { try count(file.path) }
    }

    private mutating func noteLeftovers(_ manifest: Manifest) throws(StoreError) {
        let live = Set(manifest.segments.map { $0.identity.fileName })
        let (segments, orphans) = try onDisk { () throws(DiskError) in
            (try fileSystem.list(layout.segmentDirectory), try fileSystem.list(layout.orphanDirectory))
        }
        report.lockedFileCount = lockedFileCount
        if lockedFileCount > 0 {
            report.notes.append(
                "\(lockedFileCount) encrypted files: checksums verified, but not their content, which takes the keys")
        }
        let unknown = segments.filter { !live.contains($0) }
        if !unknown.isEmpty { report.notes.append("\(unknown.count) segment files that no manifest names") }
        if !orphans.isEmpty {
            report.notes.append("\(orphans.count) orphaned files set aside in \(layout.orphanDirectory)")
        }
    }
}
