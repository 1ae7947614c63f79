import Glibc
import VarveBytes
package import VarveCrypto
package import VarveIO
import VarveModel

/// What a snapshot came to.
package struct SnapshotReport: Sendable, Equatable {
    /// Every row acknowledged with this log sequence number or a lower one is in the copy, and no other.
    package var lsn: UInt64
    package var segmentCount = 0
    /// Files of the copy, linked and written.
    package var fileCount = 0
    /// Bytes of segments that the copy shares with the store.
    package var linkedBytes = 0
    /// Bytes that were written.
    package var copiedBytes = 0
    /// What an operator should know: copied instead of linked, files that were missing already.
    package var notices: [String] = []

    package init(lsn: UInt64) { self.lsn = lsn }
}

/// Makes a consistent copy of a store in another directory: segments by hard links, the catalogue and the needed part
/// of the log as copies, and a manifest. Restoring is opening the copy, or copying it to its place.
///
/// The engine describes one instant (``StoreEngine/beginSnapshot(to:)``); the steps then run anywhere, beside commits,
/// flushes and expiry. The copy is built under another name and appears with a rename, complete and durable.
package struct SnapshotJob: Sendable {
    /// A log file as far as it belongs to the snapshot.
    struct LogPart: Sendable {
        var source: String
        var firstLSN: UInt64
        var byteCount: Int
    }

    private enum Step {
        case prepare
        case segment(SegmentSummary)
        case catalogue
        case log(LogPart)
        case manifest
        case publish
    }

    private let source: StoreLayout
    private let target: StoreLayout
    private let unfinished: StoreLayout
    private let fileSystem: any FileSystem
    private let manifest: Manifest
    /// Keeps files that expire meanwhile until they are linked.
    private let segments: [SegmentHandle]
    private var steps: [Step]
    private var report: SnapshotReport
    /// Keeps the unfinished copy ours: another snapshot to the same place would remove what this one has linked.
    private var lock: (any File)?

    /// - Parameter logs: every log file with groups above the manifest's floor.
    init(
        source: StoreLayout, target: String, fileSystem: any FileSystem, manifest: Manifest,
        segments: [SegmentHandle], logs: [LogPart], lastLSN: UInt64
    ) {
        self.source = source
        self.target = StoreLayout(root: target)
        unfinished = StoreLayout(root: target + UnfinishedSnapshot.suffix)
        self.fileSystem = fileSystem
        var manifest = manifest
        let newest = logs.last?.firstLSN ?? 0
        manifest.counters.nextLSN = max(newest, manifest.walFloor)
        self.manifest = manifest
        self.segments = segments
        report = SnapshotReport(lsn: lastLSN)
        // Steps are taken from the end.
        steps = [.prepare] + manifest.segments.map { .segment($0) } + [.catalogue] + logs.map { .log($0) }
        steps = (steps + [.manifest, .publish]).reversed()
    }

    /// Runs all steps. Waits for the disk; not for event loops. What is unfinished after a failure is removed.
    /// - Throws: `.disk`; with `.exists` when the target exists.
    package mutating func run() throws(StoreError) -> SnapshotReport {
        while try step() {}
        return report
    }

    /// Does the next piece of work, a file at most.
    /// - Returns: false when everything is done.
    package mutating func step() throws(StoreError) -> Bool {
        guard let step = steps.popLast() else { return false }
        do throws(DiskError) {
            try perform(step)
        } catch {
            steps = []
            // Best effort: the next snapshot to this place begins with removing it.
            if lock != nil { try? remains.remove() }
            lock = nil
            throw .disk(error)
        }
        return !steps.isEmpty
    }

    private mutating func perform(_ step: Step) throws(DiskError) {
        switch step {
        case .prepare: try prepare()
        case .segment(let summary): try link(summary)
        case .catalogue: try copyCatalogue()
        case .log(let part): try copyLog(part)
        case .manifest: try writeManifest()
        case .publish: try publish()
        }
    }

    private mutating func prepare() throws(DiskError) {
        if try fileSystem.exists(target.root) { throw .exists(path: target.root) }
        try fileSystem.createDirectory(unfinished.root)
        lock = try StoreLock.take(unfinished, fileSystem: fileSystem)
        // What an interrupted snapshot to the same place has left.
        try remains.removeFiles()
        for directory in unfinished.directories { try fileSystem.createDirectory(directory) }
    }

    private mutating func link(_ summary: SegmentSummary) throws(DiskError) {
        let path = source.segmentFile(summary.identity.uuid)
        let copy = unfinished.segmentFile(summary.identity.uuid)
        do throws(DiskError) {
            try fileSystem.link(path, to: copy)
            report.linkedBytes += summary.byteCount
            report.fileCount += 1
        } catch {
            switch error {
            case .system(_, _, EXDEV), .system(_, _, EMLINK), .system(_, _, EPERM):
                let notice = "segments are copied: hard links from \(source.root) to \(target.root) are not possible"
                if !report.notices.contains(notice) { report.notices.append(notice) }
                let byteCount = try byteCount(of: path)
                try self.copy(path, to: copy, byteCount: byteCount)
            case .notFound:
                report.notices.append("\(path) is missing, in the store and so in the copy")
                return
            default: throw error
            }
        }
        report.segmentCount += 1
    }

    private func byteCount(of path: String) throws(DiskError) -> Int { try fileSystem.open(path, .read).byteCount() }

    /// The log only grows at its end, and only up to there does it count. The checkpoint that it continues, if there is
    /// one, never changes.
    private mutating func copyCatalogue() throws(DiskError) {
        let generation = manifest.catalogueGeneration
        if generation > 0 {
            let checkpoint = source.checkpointFile(generation: generation)
            try copy(
                checkpoint, to: unfinished.checkpointFile(generation: generation),
                byteCount: try byteCount(of: checkpoint))
        }
        guard manifest.catalogueByteCount > 0 else { return }
        try copy(
            source.catalogueFile(generation: generation), to: unfinished.catalogueFile(generation: generation),
            byteCount: Int(manifest.catalogueByteCount))
    }

    /// Copied, because log files are written and reused in place.
    private mutating func copyLog(_ part: LogPart) throws(DiskError) {
        try copy(part.source, to: unfinished.walFile(firstLSN: part.firstLSN), byteCount: part.byteCount)
    }

    private mutating func writeManifest() throws(DiskError) {
        let path = ManifestStore(store: unfinished.root, fileSystem: fileSystem).path(manifest.generation)
        let file = try fileSystem.open(path, .createNew)
        let bytes = manifest.encoded()
        try file.write(bytes, at: 0)
        try file.sync()
        try file.close()
        report.copiedBytes += bytes.count
        report.fileCount += 1
    }

    private mutating func publish() throws(DiskError) {
        for directory in unfinished.directories { try fileSystem.syncDirectory(directory) }
        try fileSystem.syncDirectory(unfinished.root)
        if try fileSystem.exists(target.root) { throw .exists(path: target.root) }
        try fileSystem.rename(unfinished.root, to: target.root)
        try fileSystem.syncDirectory(StoreLayout.parent(of: target.root))
        // From here on the file is the lock of the copy.
        try lock?.close()
        lock = nil
    }

    /// Bytes per read and write of a copy.
    private static let copyBytes = 1 << 20

    private mutating func copy(_ path: String, to target: String, byteCount: Int) throws(DiskError) {
        let input = try fileSystem.open(path, .read)
        let output = try fileSystem.open(target, .createNew)
        for offset in stride(from: 0, to: byteCount, by: Self.copyBytes) {
            let bytes = try input.read(at: offset, count: min(Self.copyBytes, byteCount - offset))
            try output.write(bytes, at: offset)
        }
        try output.sync()
        try output.close()
        report.copiedBytes += byteCount
        report.fileCount += 1
    }

    /// What was made so far.
    private var remains: UnfinishedSnapshot { UnfinishedSnapshot(layout: unfinished, fileSystem: fileSystem) }
}

extension StoreEngine {
    /// Describes the store as it is now, for a copy in `target`, which must not exist. Until ``endSnapshot()`` the
    /// log's and the catalogue's files are kept as they are.
    /// - Throws: `.outcomeUnknown` when what was acknowledged as buffered cannot be synced.
    package mutating func beginSnapshot(to target: String) throws(StoreError) -> SnapshotJob {
        if hasUnsyncedGroups { try syncLog() }
        snapshotCount += 1
        var logs: [SnapshotJob.LogPart] = []
        for (index, file) in wal.files.enumerated() where file.usedBytes > 0 {
            let isInSegments = index + 1 < wal.files.count && wal.files[index + 1].firstLSN <= manifest.walFloor + 1
            if isInSegments || wal.lastLSN <= manifest.walFloor { continue }
            logs.append(SnapshotJob.LogPart(source: file.path, firstLSN: file.firstLSN, byteCount: file.endOffset))
        }
        return SnapshotJob(
            source: layout, target: target, fileSystem: environment.fileSystem, manifest: manifest, segments: segments,
            logs: logs, lastLSN: wal.lastLSN)
    }

    /// To be called once for each snapshot begun, whatever became of it.
    package mutating func endSnapshot() {
        precondition(snapshotCount > 0, "a snapshot ends once")
        snapshotCount -= 1
        if snapshotCount == 0, readOnlyReason == nil { releaseLog() }
    }
}

extension Store {
    /// Makes a consistent copy in `target`, which must not exist, while rows keep coming: everything that was
    /// acknowledged before this call is in it. Waits; O(segments), and the log is copied. Not for event loops or the
    /// cooperative pool.
    /// - Throws: `.disk`, with `.exists` when the target exists; `.closed`; `.outcomeUnknown`.
    package func writeSnapshot(to target: String) throws(StoreError) -> SnapshotReport {
        var job = try onWriter { engine throws(StoreError) in try engine.beginSnapshot(to: target) }
        let result: Result<SnapshotReport, StoreError>
        do throws(StoreError) { result = .success(try job.run()) } catch { result = .failure(error) }
        // The writer waits for this before it closes, so it cannot be refused.
        try onWriter(evenClosing: true) { engine in engine.endSnapshot() }
        return try result.get()
    }

    /// Makes a copy of a directory that no process has open. The directory itself stays as it is, except for what every
    /// opening does.
    /// - Throws: `.inUse`, `.notAStore`, `.corrupt`, `.disk`.
    package static func writeSnapshot(
        of directory: String, to target: String, keyProvider: (any KeyProvider)? = nil, environment: SystemEnvironment
    ) throws(StoreError) -> SnapshotReport {
        var options = StoreOptions()
        options.keyProvider = keyProvider
        options.createIfMissing = false
        options.readOnly = true
        var engine = try StoreEngine.open(at: directory, options: options, environment: environment)
        defer { engine.close() }
        var job = try engine.beginSnapshot(to: target)
        var report = try job.run()
        engine.endSnapshot()
        report.notices += engine.damage.map { "the store is damaged, and so is the copy: \($0)" }
        return report
    }
}
