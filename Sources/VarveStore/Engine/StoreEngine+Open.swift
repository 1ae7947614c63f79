import Glibc
import Synchronization
import VarveBytes
package import VarveIO
import VarveModel

extension StoreEngine {
    /// Opens a directory: takes its lock, finds the newest manifest, opens the segments it names, loads the catalogue
    /// and replays the log above the manifest's floor. Creates what is missing when the options allow.
    ///
    /// Damaged segments are left out and reported in `damage`; a log with a hole opens read-only.
    package static func open(
        at directory: String, options: StoreOptions, environment: SystemEnvironment
    ) throws(StoreError) -> StoreEngine {
        let layout = StoreLayout(root: directory)
        let access = try prepareDirectory(layout, options: options, fileSystem: environment.fileSystem)
        let manifests = ManifestStore(store: directory, fileSystem: environment.fileSystem)
        let loaded = try manifests.load()
        let manifest: Manifest
        if let known = loaded?.manifest {
            manifest = known
            try manifest.checkNumbers(path: manifests.path(manifest.generation))
            // Its name may be in the cache only: after a kill, or when the sync of the directory failed. Nothing may be
            // built on a manifest that a power cut could take back.
            if access.mayWrite {
                try onDisk { () throws(DiskError) in
                    try environment.fileSystem.syncDirectory(layout.manifestDirectory)
                }
            }
        } else {
            manifest = try create(layout, manifests: manifests, options: options, environment: environment)
        }
        var engine = try StoreEngine(
            layout: layout, options: options, environment: environment, access: access, manifests: manifests,
            manifest: manifest)
        try engine.takeOver(loaded?.damaged ?? [])
        if access.mayWrite {
            engine.describeHolder()
            try engine.clearTemporaryDirectory()
        }
        try engine.openSegments()
        // While a file is missing or damaged, one that no manifest names may have its rows.
        if engine.damage.isEmpty, access.mayWrite { try engine.setOrphansAside() }
        try engine.replay()
        engine.catalogue.makeVisible()
        if access.mayWrite { try engine.applyChanges() }
        engine.findBallast()
        engine.observeSpace()
        if access.mayWrite { engine.catchUp() }
        return engine
    }

    /// Flushes before anybody is served when the log holds twice what a tail may: then processes have been killed
    /// before a flush beside their service was done, and every start would replay more than the one before.
    private mutating func catchUp() {
        let isOverfull =
            tail.valueCount / 2 >= options.tailValuesMax
            || tail.records.counts.byteCount / 2 >= options.tailRecordBytesMax
        // What fails is kept in `flushFailure`, or has made the store read-only; the writer tries again.
        if isOverfull { try? flush() }
    }

    private init(
        layout: StoreLayout, options: StoreOptions, environment: SystemEnvironment, access: StoreAccess,
        manifests: ManifestStore, manifest: Manifest
    ) throws(StoreError) {
        self.layout = layout
        self.options = options
        self.environment = environment
        self.access = access
        self.manifests = manifests
        self.manifest = manifest
        store = manifest.storeUUID
        bindingToken = Self.nextBindingToken()
        pageCache = PageCache(byteCountMax: options.pageCacheBytes)
        let random = environment.random
        let catalogue = Catalogue(hashKey: SipHash.Key(low: random.next(), high: random.next()))
        self.catalogue = catalogue
        retention = RetentionTable(manifest.retention, catalogue: catalogue)
        do throws(StoreError) {
            catalogueLog = try CatalogueLog.load(
                layout: layout, manifest: manifest, fileSystem: environment.fileSystem, into: catalogue)
        } catch {
            throw error.ofCatalogue
        }
        flushedCounts = catalogue.counts
        segments = []
        tailFirstLSN = manifest.walFloor + 1
        tailSinceNs = environment.clock.monotonicNs()
        tailLoggedBytes = 0
        damage = []
        readOnlyReason =
            options.readOnly
            ? "it was opened read-only" : access.mayWrite ? nil : "this process may not write in \(layout.root)"
        space = SpaceGuard(limits: options.space)
        let (retentionNs, isEndless) = Int64(options.retentionDays).multipliedReportingOverflow(by: Nanoseconds.perDay)
        expiryClock = ExpiryClock(
            retentionNs: isEndless ? .max : retentionNs, manifestNs: manifest.createdNs,
            monotonicNs: environment.clock.monotonicNs())
        wal = WALWriter(
            layout: layout, fileSystem: environment.fileSystem, store: store, fileBytes: options.walFileBytes,
            lastLSN: manifest.walFloor, files: [], keys: options.dataKeys(environment))
    }

    /// Every opening in this process gets another number, so that shapes bound by one are unknown to the next.
    private static let bindingTokens = Atomic<UInt32>(0)

    static func nextBindingToken() -> UInt64 {
        UInt64(bindingTokens.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// What the options change of the store. On a full or failing disk the store is opened as it was left: reads must
    /// not wait for room.
    private mutating func applyChanges() throws(StoreError) {
        try attempt(.keyRotation) { engine throws(StoreError) in try engine.rewrapKeys() }
        try attempt(.retentionChange) { engine throws(StoreError) in try engine.applyRetentionOptions() }
    }

    private mutating func attempt(
        _ task: BackgroundTask, _ change: (inout StoreEngine) throws(StoreError) -> Void
    ) throws(StoreError) {
        do throws(StoreError) {
            try change(&self)
        } catch {
            switch error {
            case .disk where !error.isShortage, .outcomeUnknown:
                failures.failed(task, error, nowNs: environment.clock.wallNs())
            default: throw error
            }
        }
    }

    // MARK: Steps

    private static func prepareDirectory(
        _ layout: StoreLayout, options: StoreOptions, fileSystem: any FileSystem
    ) throws(StoreError) -> StoreAccess {
        do throws(DiskError) {
            let isStore = try layout.hasStore(fileSystem)
            guard isStore || options.createIfMissing else { throw DiskError.notFound(path: layout.root) }
            try createDurably(layout.root, fileSystem: fileSystem)
            // Each time, because the creation of a store may have been cut short.
            for directory in layout.directories { try createDurably(directory, fileSystem: fileSystem) }
            return StoreAccess(lock: try StoreLock.take(layout, fileSystem: fileSystem), mayWrite: true)
        } catch {
            switch error {
            case _ where (options.readOnly || options.readsIfUnwritable) && error.refusesWriting:
                do throws(DiskError) {
                    return try .reading(layout, fileSystem: fileSystem)
                } catch {
                    guard case .locked = error else { throw .disk(error) }
                    throw StoreLock.inUse(layout, fileSystem: fileSystem)
                }
            case .notFound(let path) where path == layout.root && !options.createIfMissing:
                throw .notAStore(directory: layout.root)
            case .locked: throw StoreLock.inUse(layout, fileSystem: fileSystem)
            default: throw .disk(error)
            }
        }
    }

    /// Creates a directory and its missing parents so that their names survive a power cut.
    static func createDurably(_ path: String, fileSystem: any FileSystem) throws(DiskError) {
        let parent = StoreLayout.parent(of: path)
        if try !fileSystem.exists(path) {
            if parent != path { try createDurably(parent, fileSystem: fileSystem) }
            try fileSystem.createDirectory(path)
        }
        // Also for one that exists: who created it may have been interrupted before this line. A parent that may not
        // be opened for reading belongs to somebody else, and so does its durability.
        guard parent != path else { return }
        do throws(DiskError) {
            try fileSystem.syncDirectory(parent)
        } catch {
            guard case .system(_, _, EACCES) = error else { throw error }
        }
    }

    private static func create(
        _ layout: StoreLayout, manifests: ManifestStore, options: StoreOptions, environment: SystemEnvironment
    ) throws(StoreError) -> Manifest {
        // A new store here would make somebody's data unreachable.
        if let place = try layout.lostManifest(environment.fileSystem) { throw .corrupt(place) }
        guard options.createIfMissing else { throw .notAStore(directory: layout.root) }
        let random = environment.random
        var manifest = Manifest(
            storeUUID: UUID16(high: random.next(), low: random.next()), createdNs: environment.clock.wallNs())
        manifest.generation = 1
        try manifests.install(manifest)
        return manifest
    }

    private func clearTemporaryDirectory() throws(StoreError) {
        try onDisk { () throws(DiskError) in
            for name in try environment.fileSystem.list(layout.temporaryDirectory) {
                try environment.fileSystem.remove(layout.temporaryDirectory + "/" + name)
            }
        }
    }

    /// Segment files that the manifest does not name were written for one that was never installed; their rows are
    /// still in the log. They are moved out of the way, and removed a day later.
    private func setOrphansAside() throws(StoreError) {
        let live = Set(manifest.segments.map { $0.identity.fileName })
        let now = environment.clock.wallNs()
        try onDisk { () throws(DiskError) in
            for name in try environment.fileSystem.list(layout.segmentDirectory) where !live.contains(name) {
                let target = "\(layout.orphanDirectory)/\(StoreLayout.padded(UInt64(max(0, now))))-\(name)"
                try environment.fileSystem.rename("\(layout.segmentDirectory)/\(name)", to: target)
            }
            for name in try environment.fileSystem.list(layout.orphanDirectory) {
                guard let since = StoreLayout.number(in: String(name.prefix(20)), suffix: ""),
                    Int64(clamping: since) < now - Nanoseconds.perDay
                else { continue }
                try environment.fileSystem.remove("\(layout.orphanDirectory)/\(name)")
            }
        }
    }

    /// One unreadable file must not keep the others from being served; but a key that was not given is no damage.
    private mutating func openSegments() throws(StoreError) {
        for summary in manifest.segments.sorted(by: { $0.identity.precedes($1.identity) }) {
            do throws(StoreError) {
                segments.append(try openSegment(summary))
            } catch {
                let path = layout.segmentFile(summary.identity.uuid)
                // That the process may not open more files says nothing about this one.
                if error.isMissingKey || error.isShortage { throw error }
                var place = Corruption(path: path, offset: 0, detail: "\(error)")
                if case .corrupt(let exact) = error { place = exact }
                place.detail += "; its \(summary.rowCount) rows are missing from answers"
                damage.append(place)
                missing.append(summary.gap(place))
            }
        }
    }

    private mutating func replay() throws(StoreError) {
        var groups: [WALGroup] = []
        // Collected first, because applying changes this engine while the recovery reads with it.
        let recovery = try WALRecovery(
            layout: layout, fileSystem: environment.fileSystem, store: store, floor: manifest.walFloor,
            requiredFile: manifest.requiredLogFile, keyProvider: options.keyProvider
        ) { group in groups.append(group) }
        let isWhole = recovery.damage.isEmpty && !hasLostManifest
        var logDamage = recovery.damage
        for group in groups {
            guard let place = try apply(group) else { continue }
            if isWhole { throw .corrupt(place) }
            logDamage.append(place)
        }
        damage += hasLostManifest ? Corruption.followingLostManifest(logDamage) : Corruption.bounded(logDamage)
        if !recovery.damage.isEmpty, !hasLostManifest, !options.acceptsLoss {
            readOnlyReason =
                "acknowledged rows are missing from the log (\(recovery.damage[0])); open with --accept-loss to go on"
        }
        if access.mayWrite { try secure(recovery) }
        tailLoggedBytes = recovery.files.reduce(0) { $0 + $1.usedBytes }
        wal = WALWriter(
            layout: layout, fileSystem: environment.fileSystem, store: store, fileBytes: options.walFileBytes,
            lastLSN: recovery.lastLSN, files: recovery.files, keys: options.dataKeys(environment))
        // Numbers of groups in them may be given out again (``WALWriter/LogFile/isReusable``). One that stays behind is
        // used by nobody; the next opening tries again. Beside a damaged log they may be of use to an operator.
        guard recovery.damage.isEmpty, access.mayWrite else { return }
        for spare in recovery.spares { try? environment.fileSystem.remove(spare) }
    }

    /// A process that was killed left groups in the page cache that were never synced. They are about to be served, and
    /// later groups will build on them, so they must be durable now.
    private func secure(_ recovery: WALRecovery) throws(StoreError) {
        try onDisk { () throws(DiskError) in
            for file in recovery.files { try environment.fileSystem.open(file.path, .readWrite).sync() }
            guard let (path, bytes) = recovery.lastGroup else { return }
            // The last one may even have failed to sync: then the page cache has it, the medium does not, and a sync
            // alone reports success. Writing the same bytes again makes the kernel write them: those whose checksum was
            // right, for another read might return something else.
            let file = try environment.fileSystem.open(path, .readWrite)
            try file.write(Array(bytes), at: bytes.startIndex)
            try file.sync()
        }
    }

    /// Makes the rows of a group visible. When a group before it is missing, what gave its rows their names may be
    /// missing with it: such rows are left out.
    /// - Returns: why the group does not fit what came before it.
    private mutating func apply(_ group: WALGroup) throws(StoreError) -> Corruption? {
        var fault: String?
        for record in group.records {
            do throws(CatalogueError) {
                try catalogue.apply(record)
            } catch {
                fault = "\(error)"
            }
        }
        let now = environment.clock.monotonicNs()
        for write in group.writes { retryTokens.remember(write, loggedLSN: group.lsn, nowNs: now) }
        let widths = catalogue.tables.shapeWidths
        for rows in group.batches {
            if let reason = rows.fault(widths: widths) { fault = reason } else { addToTail(.rows(rows)) }
        }
        for records in group.columns {
            if let reason = catalogue.fault(of: records) { fault = reason } else { addToTail(.records([records])) }
        }
        return fault.map { Corruption(path: layout.walDirectory, offset: 0, detail: "group \(group.lsn): \($0)") }
    }

    /// Releases the directory, after a last sync for senders that did not wait for one.
    package mutating func close() {
        // A failure has made the store read-only and lost what its acknowledgement did not promise to keep.
        try? syncLog()
        wal.endFile()
        // The lock ends with the file in any case; closing early only makes that moment definite.
        try? access.lock?.close()
    }
}
