import VarveBytes
import VarveCrypto
import VarveIO
import VarveModel

/// Appends groups to log files, each durable before `append` returns. Owned by the writer.
struct WALWriter {
    /// A log file with groups in it, or the one being written.
    struct LogFile: Equatable {
        var path: String
        var firstLSN: UInt64
        /// Bytes before the first group: sealed files carry their key there.
        var headerByteCount: Int
        /// Bytes of groups; the file itself is longer, because it is preallocated.
        var usedBytes: Int
        /// Whether all that is in it was written since the store was opened. Others hold groups, or remains of them,
        /// whose numbers may be given out again after a power cut: behind a new group of a fitting length they would be
        /// read as its successors.
        var isReusable = false

        /// Where the last group ends.
        var endOffset: Int { headerByteCount + usedBytes }
    }

    /// Files kept for reuse until the store is closed: a rotation then needs no allocation. Two, because a flush frees
    /// several at once.
    static let sparesMax = 2

    private let layout: StoreLayout
    private let fileSystem: any FileSystem
    private let store: UUID16
    private let fileBytes: Int
    /// nil when new files are plain.
    private let keys: DataKeys?

    private(set) var lastLSN: UInt64
    /// Oldest first; the last one is open when `file` is not nil.
    private(set) var files: [LogFile]
    private var file: (any File)?
    /// Of `file`; nil when it is plain.
    private var seal: FileSeal?
    private var offset = 0
    private var capacity = 0
    private var spares: [String] = []
    /// Groups that were written and are not known to be durable, in order; kept to be written again after a failed
    /// sync.
    private var unsynced: [[UInt8]] = []
    private var unsyncedBytes = 0

    init(
        layout: StoreLayout, fileSystem: any FileSystem, store: UUID16, fileBytes: Int, lastLSN: UInt64,
        files: [LogFile], keys: DataKeys? = nil
    ) {
        self.layout = layout
        self.fileSystem = fileSystem
        self.store = store
        self.fileBytes = min(fileBytes, WALFormat.fileByteCountMax / 2)
        self.lastLSN = lastLSN
        self.files = files
        self.keys = keys
    }

    /// Bytes that a restart would read.
    var liveBytes: Int { files.reduce(0) { $0 + $1.usedBytes } }

    var nextLSN: UInt64 { lastLSN + 1 }

    /// Groups that were written and are not known to be durable.
    var unsyncedCount: Int { unsynced.count }

    /// Writes one group that was encoded for `nextLSN` and, unless that may wait, syncs it and all before it.
    ///
    /// A failed sync is never repeated on the same file: the kernel may have dropped the data and would report success.
    /// Every group that is not durable goes into a new file under its own LSN instead, so that a reader who finds both
    /// copies applies one.
    /// - Throws: `.disk` when nothing was written that could come back; `.outcomeUnknown` when the second sync failed
    ///   too.
    mutating func append(_ group: [UInt8], _ durability: Durability = .durable) throws(StoreError) {
        let byteCount = storedByteCount(group)
        if file == nil || offset + byteCount > capacity {
            // A file that others follow must be durable as a whole, or a hole in the middle would look like damage.
            try sync()
            try rotate(firstLSN: nextLSN, minimumBytes: byteCount)
        }
        let stored = try sealed(group)
        unsynced.append(group)
        unsyncedBytes += group.count
        do throws(DiskError) {
            try write(stored)
            if durability == .durable || isSyncDue { try syncFile() }
        } catch {
            try rewrite(after: error)
        }
        lastLSN += 1
    }

    /// So many groups wait for a sync that the next one must not wait any longer.
    private var isSyncDue: Bool {
        unsynced.count >= WALFormat.unsyncedGroupsMax || unsyncedBytes >= WALFormat.unsyncedBytesMax
    }

    /// Makes all groups durable. Without any that is not, costs nothing.
    /// - Throws: `.outcomeUnknown`.
    mutating func sync() throws(StoreError) {
        guard !unsynced.isEmpty else { return }
        // Without a file the groups could be written neither to the old nor to a new one.
        guard file != nil else { throw .outcomeUnknown(.closed(path: files.last?.path ?? layout.walDirectory)) }
        do throws(DiskError) {
            try syncFile()
        } catch {
            // The newest of the waiting groups is already counted.
            try rewrite(after: error, isNewestCounted: true)
        }
    }

    private mutating func syncFile() throws(DiskError) {
        guard let file else { preconditionFailure("groups that wait for a sync are in the open file") }
        try file.sync()
        unsynced = []
        unsyncedBytes = 0
    }

    /// Writes all groups that are not durable into a new file.
    private mutating func rewrite(after first: DiskError, isNewestCounted: Bool = false) throws(StoreError) {
        closeFile()
        let groups = unsynced
        let firstLSN = (isNewestCounted ? nextLSN : nextLSN + 1) - UInt64(groups.count)
        var stored: [[UInt8]] = []
        do throws(StoreError) {
            try rotate(firstLSN: firstLSN, minimumBytes: groups.reduce(0) { $0 + storedByteCount($1) })
            // Under the data key of the new file: the same number must not be sealed twice under one key.
            for group in groups { stored.append(try sealed(group)) }
        } catch {
            forgetNewest(isNewestCounted)
            throw .outcomeUnknown(first)
        }
        do throws(DiskError) {
            for group in stored { try write(group) }
            try syncFile()
        } catch {
            closeFile()
            forgetNewest(isNewestCounted)
            throw .outcomeUnknown(error)
        }
    }

    private func storedByteCount(_ group: [UInt8]) -> Int {
        keys == nil ? group.count : FileSeal.sealedByteCount(ofGroup: group)
    }

    /// The group as it goes into the current file.
    private func sealed(_ group: [UInt8]) throws(StoreError) -> [UInt8] {
        guard let seal else { return group }
        return try sealing(layout.walDirectory) { () throws(SealError) in try seal.sealGroup(group, store: store) }
    }

    /// A group that was not acknowledged takes its number back.
    private mutating func forgetNewest(_ isNewestCounted: Bool) {
        if !isNewestCounted { unsyncedBytes -= unsynced.removeLast().count }
    }

    private mutating func write(_ group: [UInt8]) throws(DiskError) {
        guard let file else { preconditionFailure("rotate opens a file") }
        try file.write(group, at: offset)
        offset += group.count
        files[files.count - 1].usedBytes += group.count
    }

    /// The next group goes to a new file. After a ``sync()``.
    mutating func endFile() { closeFile() }

    private mutating func closeFile() {
        // Everything acknowledged as durable has been synced, so a failure to close loses nothing.
        try? file?.close()
        file = nil
        seal = nil
    }

    /// Opens a file for groups from `firstLSN` on: prepared under a name that recovery ignores, then renamed, so that
    /// every file with a log name has a valid header.
    /// - Throws: `.sealed` when its data key cannot be wrapped: nothing is ever written in plain text instead.
    private mutating func rotate(firstLSN: UInt64, minimumBytes: Int) throws(StoreError) {
        closeFile()
        let target = layout.walFile(firstLSN: firstLSN)
        let made = try WALFileHeader.make(store: store, firstLSN: firstLSN, keys: keys, path: target)
        let header = made.header.encoded()
        let needed = header.count + minimumBytes
        var size = max(fileBytes, needed)
        do throws(DiskError) {
            let prepared = try prepareFile(size: &size, needed: needed)
            try prepared.file.write(header, at: 0)
            try prepared.file.sync()
            try fileSystem.rename(prepared.path, to: target)
            try fileSystem.syncDirectory(layout.walDirectory)
            file = prepared.file
        } catch {
            throw .disk(error)
        }
        // A file that got no group before it failed has the same name and is replaced.
        files.removeAll { $0.path == target }
        files.append(
            LogFile(
                path: target, firstLSN: firstLSN, headerByteCount: header.count, usedBytes: 0, isReusable: true))
        offset = header.count
        capacity = size
        seal = made.seal
    }

    /// A nearly full disk gets a shorter file, down to `needed` bytes: the last megabytes are usable too.
    private mutating func prepareFile(
        size: inout Int, needed: Int
    ) throws(DiskError) -> (path: String, file: any File) {
        while true {
            do throws(DiskError) {
                return try prepareFile(size: size)
            } catch {
                guard case .full = error, size > needed else { throw error }
                size = max(needed, size / 2)
            }
        }
    }

    private mutating func prepareFile(size: Int) throws(DiskError) -> (path: String, file: any File) {
        if size == fileBytes, let spare = spares.popLast() {
            return (spare, try fileSystem.open(spare, .readWrite))
        }
        let path = layout.walDirectory + "/" + Self.spareName(nextLSN)
        if try fileSystem.exists(path) { try fileSystem.remove(path) }
        let file = try fileSystem.open(path, .createNew)
        do throws(DiskError) {
            try file.preallocate(size)
        } catch {
            try? file.close()
            try? fileSystem.remove(path)
            throw error
        }
        return (path, file)
    }

    static func spareName(_ number: UInt64) -> String { "spare-" + StoreLayout.padded(number) }
    static func isSpare(_ name: String) -> Bool { name.hasPrefix("spare-") }

    /// Gives the disk the room of files that are only kept for reuse.
    mutating func removeSpares() throws(DiskError) {
        while let spare = spares.last {
            try fileSystem.remove(spare)
            spares.removeLast()
        }
    }

    /// First group of the newest file that holds one; nil when none does. A power cut may leave a file without groups,
    /// which nobody has to miss: ``release(through:)`` gives it up with those before it.
    var newestUsedFirstLSN: UInt64? { files.last { $0.firstLSN < nextLSN }?.firstLSN }

    /// Gives up files whose groups are all at or below `floor`. A failure leaves files behind that the next open
    /// removes.
    mutating func release(through floor: UInt64) throws(DiskError) {
        var renamed: [String] = []
        while let oldest = files.first {
            let end = files.count > 1 ? files[1].firstLSN : (file == nil ? nextLSN : UInt64.max)
            guard end <= floor + 1 else { break }
            let byteCount = try fileSystem.open(oldest.path, .read).byteCount()
            if oldest.isReusable, spares.count + renamed.count < Self.sparesMax, byteCount == fileBytes {
                let spare = layout.walDirectory + "/" + Self.spareName(oldest.firstLSN)
                try fileSystem.rename(oldest.path, to: spare)
                renamed.append(spare)
            } else {
                try fileSystem.remove(oldest.path)
            }
            // Only now: a file that could not be given up is tried again with the next flush.
            files.removeFirst()
        }
        guard !renamed.isEmpty else { return }
        // Before a spare gets a new header its old name must be gone for good, or a power cut could bring that name
        // back with a header that contradicts it.
        try fileSystem.syncDirectory(layout.walDirectory)
        spares += renamed
    }
}
