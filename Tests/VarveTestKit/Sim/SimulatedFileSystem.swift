import Glibc
package import VarveIO

/// A disk in memory that loses power, tears writes, fills up and lies, as its test demands. The rules of durability are
/// those of POSIX and no better: content needs ``File/sync()``, names need ``FileSystem/syncDirectory(_:)`` on each
/// directory they stand in – also the name of a new directory in its parent.
///
/// Nothing here depends on time or chance: the same calls in the same order, with the same seeds, give the same disk.
/// Any thread.
package final class SimulatedFileSystem: FileSystem {
    private let disk: Monitor<SimulatedDisk>

    package init(capacityBytes: Int? = nil) {
        var disk = SimulatedDisk()
        disk.capacityBytes = capacityBytes
        self.disk = Monitor(disk)
    }

    package func createDirectory(_ path: String) throws(DiskError) {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in SimulatedDisk.components(path) {
            prefix += "/" + part
            try createOneDirectory(prefix)
        }
    }

    package func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any File {
        let (node, handle, generation) = try access { disk throws(DiskError) in
            let node = try Self.openNode(path, mode, &disk)
            disk.nodes[node]!.openCount += 1
            return (node, disk.newNumber(), disk.generation)
        }
        return SimulatedFile(
            path: path, isWritable: mode != .read, node: node, handle: handle, generation: generation, fileSystem: self)
    }

    package func rename(_ source: String, to target: String) throws(DiskError) {
        try perform(.rename, source) { disk, _ throws(DiskError) in try disk.rename(source, to: target) }
    }

    package func link(_ source: String, to target: String) throws(DiskError) {
        try perform(.link, source) { disk, _ throws(DiskError) in try disk.link(source, to: target) }
    }

    package func remove(_ path: String) throws(DiskError) {
        try perform(.remove, path) { disk, _ throws(DiskError) in try disk.remove(path) }
    }

    package func list(_ directory: String) throws(DiskError) -> [String] {
        try perform(.list, directory) { disk, _ throws(DiskError) in
            let number = try disk.directory(directory, operation: "opendir")
            return disk.nodes[number]!.entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    package func exists(_ path: String) throws(DiskError) -> Bool {
        try perform(.exists, path) { disk, _ in ((try? disk.find(path, operation: "access")) ?? nil) != nil }
    }

    package func syncDirectory(_ path: String) throws(DiskError) {
        try perform(.syncDirectory, path) { disk, effect throws(DiskError) in
            let directory = try disk.directory(path, operation: "fsync")
            if effect != .lyingSync { disk.syncDirectory(directory) }
        }
    }

    package func space(at path: String) throws(DiskError) -> DiskSpace {
        try perform(.space, path) { disk, _ throws(DiskError) in
            guard try disk.find(path, operation: "statvfs") != nil else { throw .notFound(path: path) }
            let total = disk.capacityBytes ?? Self.unlimitedBytes
            return DiskSpace(availableBytes: max(0, total - disk.usedBytes), totalBytes: total)
        }
    }

    /// What a disk without a limit reports: 1 TiB.
    private static let unlimitedBytes = 1 << 40
}

// MARK: - The test's side

extension SimulatedFileSystem {
    /// Cuts the power and starts again. Afterwards the disk holds what `survival` leaves, every older handle reports
    /// `.closed`, locks are gone, and calls work again after ``crashAfter(call:)``. Faults stay.
    package func crash(survival: Survival) { disk.withLock { $0.crash(survival: survival) } }

    /// Lets the power go at a mutating call, counted from 1 since the disk was made: that call and all calls after it
    /// fail (``DiskError/isSimulatedCrash``) until ``crash(survival:)``. The call itself may survive in any part.
    package func crashAfter(call: Int) { disk.withLock { $0.crashCall = call } }

    /// Whether the power is gone.
    package var isHalted: Bool { disk.withLock { $0.isHalted } }

    /// Mutating calls since the disk was made.
    package var callCount: Int { disk.withLock { $0.calls.count } }

    /// The mutating calls themselves, for the reader of a failed test.
    package var calls: [SimulatedCall] { disk.withLock { $0.calls } }

    /// Plans a fault; several may wait at the same time, and the first one planned wins.
    package func inject(_ fault: Fault) { disk.withLock { $0.faults.append(fault) } }

    package func clearFaults() { disk.withLock { $0.faults.removeAll() } }

    /// Bytes that all files can have together; nil for no limit.
    package var capacityBytes: Int? {
        get { disk.withLock { $0.capacityBytes } }
        set { disk.withLock { $0.capacityBytes = newValue } }
    }

    /// Whether the disk is mounted for reading: changes, and opening files for them, are refused with EROFS.
    package var isReadOnly: Bool {
        get { disk.withLock { $0.isReadOnly } }
        set { disk.withLock { $0.isReadOnly = newValue } }
    }

    /// Damages one bit of a file on the medium.
    package func flipBit(_ path: String, offset: Int, bit: Int) throws(DiskError) {
        try access { disk throws(DiskError) in
            guard let node = try disk.find(path, operation: "flip") else { throw .notFound(path: path) }
            disk.nodes[node]!.file.flipBit(bit, ofByteAt: offset)
        }
    }

    /// From now on every mutating call leaves the disk as a power cut in it would find it: what
    /// ``crashAfter(call:)`` gives for one call per run, for all calls of one run.
    package func recordCrashStates() { disk.withLock { $0.recordsCrashStates = true } }

    /// The states since the last call, oldest first; ``restore(_:)`` and ``crash(survival:)`` make disks of them.
    package func takeCrashStates() -> [SimulatedDisk] {
        disk.withLock { disk in
            defer { disk.crashStates = [] }
            return disk.crashStates
        }
    }

    /// Paths of all files, sorted.
    package func allFiles() -> [String] { disk.withLock { $0.paths(below: SimulatedDisk.root, "") }.sorted() }

    /// What `chmod` does.
    package func setPermissions(_ path: String, to permissions: UInt32) throws(DiskError) {
        try access { disk throws(DiskError) in
            guard let node = try disk.find(path, operation: "chmod") else { throw .notFound(path: path) }
            disk.nodes[node]!.permissions = permissions
        }
    }

    /// Whether any file of the disk, named or not, holds these bytes: as processes see it, or on the medium.
    package func holds(_ bytes: [UInt8]) -> Bool {
        disk.withLock { disk in
            disk.nodes.values.contains { !$0.isDirectory && $0.file.holds(bytes) }
        }
    }

    /// The whole disk, with handles, counters and plans. O(files); later changes do not reach it.
    package func snapshotState() -> SimulatedDisk { disk.withLock { $0 } }

    /// Goes back to a state. Handles opened in between must not be used any more.
    package func restore(_ state: SimulatedDisk) { disk.withLock { $0 = state } }
}

// MARK: - Inside

extension SimulatedFileSystem {
    func access<Value: Sendable>(
        _ body: (inout SimulatedDisk) throws(DiskError) -> Value
    ) throws(DiskError) -> Value {
        try disk.withLock { disk throws(DiskError) in try body(&disk) }
    }

    private func perform<Value: Sendable>(
        _ operation: SimulatedOperation, _ path: String,
        _ body: (inout SimulatedDisk, Fault.Effect?) throws(DiskError) -> Value
    ) throws(DiskError) -> Value {
        try access { disk throws(DiskError) in try disk.perform(operation, path, body) }
    }

    private func createOneDirectory(_ path: String) throws(DiskError) {
        try access { disk throws(DiskError) in
            if let number = try disk.find(path, operation: "mkdir") {
                guard disk.nodes[number]!.isDirectory else { throw .exists(path: path) }
                // Nothing to do, and so no call that could be crashed after; but a halted disk answers nothing.
                return try disk.perform(.exists, path) { _, _ in }
            }
            try disk.perform(.createDirectory, path) { disk, _ throws(DiskError) in
                _ = try disk.create(path, isDirectory: true, operation: "mkdir")
            }
        }
    }

    private static func openNode(
        _ path: String, _ mode: OpenMode, _ disk: inout SimulatedDisk
    ) throws(DiskError) -> Int {
        let found = try disk.find(path, operation: "open")
        let creates = mode == .createNew || mode == .createOrOpen
        guard let found else {
            return try disk.perform(creates ? .create : .open, path) { disk, _ throws(DiskError) in
                guard creates else { throw .notFound(path: path) }
                return try disk.create(path, isDirectory: false, operation: "open")
            }
        }
        return try disk.perform(.open, path) { disk, _ throws(DiskError) in
            if mode == .createNew { throw .exists(path: path) }
            if disk.isReadOnly, mode != .read { throw .system(operation: "open", path: path, errno: EROFS) }
            if disk.nodes[found]!.isDirectory { throw .system(operation: "open", path: path, errno: EISDIR) }
            return found
        }
    }
}
